// The segment ledger: which values a collapse took in. They may be identifiers, so they stand beside the
// candidate, never in it; `split` needs them. It is not signed: whoever reads one believes nothing of it that the
// candidate does not allow already.
import {decodeDocument} from '../../../formats/documents/decode.js'
import {int, list, map, object, string} from '../../../formats/documents/schema.js'
import {MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {isCanonicalSegment} from '../../../formats/path-pattern.js'
import {ruleId} from '../../../formats/rule-key.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {quoted} from '../../../lib/terminal.js'
import {stem} from '../outputs.js'
import {sortedJson} from './sorted-json.js'
import type {Inferred, LedgerPosition} from './rule-draft.js'

/** A collapsed position of one path of a rule. */
export interface LedgerEntry extends LedgerPosition {
  readonly path_index: number
}

export interface Ledger {
  readonly contractHash: string
  readonly rules: ReadonlyMap<string, readonly LedgerEntry[]>
}

/** Values that compile keeps of one position. */
export const LEDGER_VALUES = 256

export function ledgerPath(candidate: string): string {
  return `${stem(candidate)}.segments.json`
}

/** Where the next ledger stands while a candidate is rewritten in place. */
export function pendingLedgerPath(candidate: string): string {
  return `${stem(candidate)}.segments.next.json`
}

export function ledgerOf(inferred: Inferred, contractHash: string): Ledger {
  const rules = new Map<string, readonly LedgerEntry[]>()
  for (const {key, ledger} of inferred.rules) {
    if (ledger)
      rules.set(
        ruleId(key),
        ledger.map((position) => ({...position, path_index: 0})),
      )
  }
  return {contractHash, rules}
}

export function ledgerText({contractHash, rules}: Ledger): string {
  const members = [...rules].map(([id, entries]) => [
    id,
    entries.map(({index, path_index, values}) => ({index, path_index, values: values.map((entry) => ({...entry}))})),
  ])
  return sortedJson({contract_hash: contractHash, rules: Object.fromEntries(members)})
}

const FILE = object({
  contract_hash: string,
  rules: map(list(object({index: int, path_index: int, values: list(object({event_count: int, value: string}))}))),
})

/**
 * The ledger beside a candidate, or undefined when there is none. Throws for one that is malformed. A command that was
 * killed after it had rewritten the candidate left the ledger of the new one under its pending name.
 */
export function readLedger(candidate: string, contractHash: string): Ledger | undefined {
  const ledger = readAt(ledgerPath(candidate))
  if (ledger?.contractHash === contractHash) return ledger
  const pending = readAt(pendingLedgerPath(candidate))
  return pending?.contractHash === contractHash ? pending : ledger
}

function readAt(path: string): Ledger | undefined {
  let bytes: Buffer
  try {
    bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  } catch (error) {
    if (error instanceof PipelockError && error.code === 'file_not_found') return undefined
    throw error
  }
  return inFile(path, () => {
    const file = decodeDocument(bytes, 'json', FILE, {maxBytes: MAX_CONTRACT_BYTES, name: 'ledger'})
    const rules = new Map<string, readonly LedgerEntry[]>()
    for (const [id, entries] of Object.entries(file.rules ?? {})) rules.set(id, (entries ?? []).map(checkedEntry))
    return {contractHash: file.contract_hash, rules}
  })
}

type RawEntry = NonNullable<NonNullable<ReturnType<typeof FILE.read>['rules']>[string]>[number]

function checkedEntry({index, path_index, values}: RawEntry): LedgerEntry {
  const keys = new Set<string>()
  const read = (values ?? []).map(({event_count, value}) => {
    // a value that compile would never have written could become a path that no request has, or another one than it shows
    if (!isCanonicalSegment(value)) fault(`${quoted(value)} is not a canonical path segment`)
    if (keys.has(value)) fault(`duplicate value ${quoted(value)} at one position`)
    keys.add(value)
    return {event_count: small(event_count, 1), value}
  })
  return {
    index: small(index, 1),
    path_index: small(path_index, 0),
    values: read.sort((a, b) => b.event_count - a.event_count || compareCodePoints(a.value, b.value)),
  }
}

function small(value: number | bigint, min: number): number {
  if (typeof value === 'number' && value >= min) return value
  return fault(`${value} is not a count or a position`)
}

function fault(what: string): never {
  throw new PipelockError('invalid_field', what)
}
