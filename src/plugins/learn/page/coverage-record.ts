// Reads the coverage file beside a candidate. It is made by compile on this machine, yet read like any document: strictly,
// bounded, and its figures must agree with each other, for a curve that lies is worse than none.
import {readFileSecurely, inFile} from '../../../core/key-source.js'
import {PipelockError} from '../../../core/errors.js'
import {int, list, object, opt, string, type Infer, type Type} from '../../../formats/documents/schema.js'
import {decodeJson, MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {pathExists} from '../../../lib/secure-read.js'
import {incidences, observedKeys, type Frequency} from '../compile/coverage.js'
import {COVERAGE_VERSION} from '../compile/coverage-file.js'
import {stem} from '../outputs.js'

const count: Type<number> = {
  read(value, where) {
    const exact = int.read(value, where)
    if (typeof exact !== 'number' || exact < 0) fault(`${where} is not a count`)
    return exact
  },
  isZero: (value) => value === 0,
}

const TRAFFIC = list(object({events: count, sessions: count, text: string}))

const RECORD = object({
  all_events: count,
  blocked: TRAFFIC,
  blocked_more: count,
  contract_hash: string,
  coverage_version: count,
  events: count,
  frequencies: list(object({keys: count, sessions: count})),
  keys: count,
  sessions: list(object({keys: count, new: count, start: string, total: count})),
  singleton_events: count,
  unclassified_events: count,
  // a profile that does not tell these apart writes none
  unserved: opt(TRAFFIC),
  unserved_more: opt(count),
})

type Raw = Infer<typeof RECORD>

interface TrafficRecord {
  readonly text: string
  readonly events: number
  readonly sessions: number
}

export interface CoverageRecord {
  readonly sessions: readonly {
    readonly start: string
    readonly keys: number
    readonly new: number
    readonly total: number
  }[]
  readonly frequencies: readonly Frequency[]
  readonly keys: number
  readonly events: number
  readonly singletonEvents: number
  readonly unclassifiedEvents: number
  readonly allEvents: number
  readonly blocked: readonly TrafficRecord[]
  readonly blockedMore: number
  /** What the origin answered with an error. */
  readonly unserved: readonly TrafficRecord[]
  readonly unservedMore: number
}

export type KnownCoverage =
  | {readonly kind: 'found'; readonly record: CoverageRecord; readonly earlier: boolean}
  | {readonly kind: 'absent'}
  | {readonly kind: 'other'}

/** What lies beside the candidate: its own coverage, that of the version it was edited from, another's, or none. */
export function coverageOf(
  candidate: string,
  hashes: {readonly contract: string; readonly prior: string | undefined},
): KnownCoverage {
  const path = `${stem(candidate)}.coverage.json`
  if (!pathExists(path)) return {kind: 'absent'}
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  const raw = inFile(path, () => {
    const decoded = decodeJson(bytes, RECORD, {maxBytes: MAX_CONTRACT_BYTES, name: 'coverage'})
    checkRecord(decoded)
    return decoded
  })
  const earlier = raw.contract_hash !== hashes.contract
  if (earlier && raw.contract_hash !== hashes.prior) return {kind: 'other'}
  return {
    kind: 'found',
    earlier,
    record: {
      sessions: raw.sessions ?? [],
      frequencies: raw.frequencies ?? [],
      keys: raw.keys,
      events: raw.events,
      singletonEvents: raw.singleton_events,
      unclassifiedEvents: raw.unclassified_events,
      allEvents: raw.all_events,
      blocked: raw.blocked ?? [],
      blockedMore: raw.blocked_more,
      unserved: raw.unserved ?? [],
      unservedMore: raw.unserved_more ?? 0,
    },
  }
}

function checkRecord(raw: Raw): void {
  if (raw.coverage_version !== COVERAGE_VERSION) fault(`coverage_version is not ${COVERAGE_VERSION}`)
  const sessions = raw.sessions ?? []
  const frequencies = raw.frequencies ?? []
  let total = 0
  for (const session of sessions) {
    total += session.new
    if (session.total !== total || session.new > session.keys) fault('the sessions do not add up')
  }
  const pairs = sessions.reduce((sum, session) => sum + session.keys, 0)
  let last = 0
  for (const {sessions: f} of frequencies) {
    if (f <= last || f > sessions.length) fault('the frequencies are not in order')
    last = f
  }
  if (total !== raw.keys || observedKeys(frequencies) !== raw.keys || incidences(frequencies) !== pairs) {
    fault('sessions and frequencies disagree')
  }
  if (raw.singleton_events > raw.events || raw.unclassified_events > raw.all_events) fault('the events do not add up')
}

function fault(what: string): never {
  throw new PipelockError('invalid_field', `coverage: ${what}`, {hint: 'compile again'})
}
