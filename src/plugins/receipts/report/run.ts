// A folder of evidence as a report: verified, counted, and, for a page, in excerpts. One reading does
// all of it, so that what is counted is what was verified.
import type {KeyInfo, Roster} from '../../../formats/documents/roster.js'
import {fingerprint} from '../../../lib/ed25519.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import type {Place} from '../verify/lines.js'
import type {Pinned} from '../verify/output/limits.js'
import {failureOf, reportIntegrity, type IntegrityReport} from '../verify/output/integrity.js'
import type {IntegrityRequest} from '../verify/requests.js'
import type {Failure} from '../verify/verdict.js'
import type {LogObserver} from '../verify/log-verdict.js'
import {judgeFolder, type JudgedUnit, type Watch} from '../verify/folder.js'
import {Excerpt, type ExcerptRun} from './excerpt.js'
import {Collector, Facts, type Filter} from './facts.js'

/** `report`, its flags resolved. */
export interface EvidenceReportRequest extends IntegrityRequest {
  readonly filter: Filter
  /** Lines of evidence that the page holds at most; 0 when no page is written. */
  readonly embed: number
  readonly nowMs: number
  /** With the path as given, for whoever types the command again. */
  readonly roster?: (Pick<Roster, 'keys' | 'rootFingerprint'> & {readonly path: string}) | undefined
}

/** A flag and, where it takes one, its value. */
export type Flag = readonly [name: string, value?: string]

export interface KeyChange {
  readonly session: string
  readonly time: string
  readonly from: string
  readonly to: string
  /** Last receipt under the old key. */
  readonly finalSeq: string
}

/** Lines of one session for the page. */
export interface UnitExcerpt {
  readonly id: string
  readonly session: string
  readonly isRecorder: boolean
  readonly runs: readonly ExcerptRun[]
}

export interface EvidenceReport {
  readonly generatedAt: string
  readonly path: string
  readonly filter: Filter
  /** Trusted signers, as given. */
  readonly keys: readonly {readonly hex: string; readonly fingerprint: string}[]
  /** Who may sign evidence receipts, verified under its root; undefined when none was given. */
  readonly roster:
    {readonly path: string; readonly rootFingerprint: string; readonly keys: readonly KeyInfo[]} | undefined
  readonly pinned: Pinned
  /** No receipt was held to nothing but the key that it names. */
  readonly isPinned: boolean
  /** Flags of `integrity verify` beside path and keys, so that it verifies the same. */
  readonly sameFlags: readonly Flag[]
  readonly units: readonly JudgedUnit[]
  readonly failed: readonly {readonly unit: JudgedUnit; readonly failure: Failure}[]
  readonly integrity: IntegrityReport
  readonly facts: Facts
  readonly keyChanges: readonly KeyChange[]
  readonly moreKeyChanges: number
  /** Receipts that stand in the files, and those of them behind a failure, which nobody judged. */
  readonly receipts: number
  readonly notJudged: number
  readonly entries: number
  readonly excerpts: readonly UnitExcerpt[]
}

/** Bytes of evidence in a page at most. */
const MAX_BYTES = 4 * 1024 * 1024
/** So many sessions that failed get this many lines whatever the budget says: what is wrong must be there to be seen. */
const FAILED_SESSIONS = 64
const FAILED_LINES = 24
const MAX_KEY_CHANGES = 200

export async function createReport(request: EvidenceReportRequest): Promise<EvidenceReport> {
  const facts = new Facts()
  const excerpts: UnitExcerpt[] = []
  const left = {lines: request.embed, bytes: MAX_BYTES, failures: request.embed > 0 ? FAILED_SESSIONS : 0}
  let collector: Collector | undefined
  let excerpt: Excerpt | undefined
  const watch: Watch = (unit, failed, {unitsLeft, hasKeys}) => {
    const share = {lines: Math.floor(left.lines / unitsLeft), bytes: Math.floor(left.bytes / unitsLeft)}
    const isFailed = failed.length > 0 && left.failures > 0
    const budget = isFailed ? {lines: Math.max(share.lines, FAILED_LINES), bytes: Math.max(share.bytes, 65_536)} : share
    if (isFailed) left.failures--
    collector = new Collector(unit.id, request.filter, hasKeys)
    excerpt = new Excerpt(budget, failed)
    return observerOf(collector, excerpt)
  }
  const judged = ({id, session, isRecorder}: JudgedUnit) => {
    if (collector) facts.addAll(collector.facts)
    const runs = excerpt?.runs ?? []
    if (runs.length > 0) excerpts.push({id, session, isRecorder, runs})
    for (const {bytes} of runs.flatMap(({lines}) => lines)) {
      left.lines = Math.max(0, left.lines - 1)
      left.bytes = Math.max(0, left.bytes - bytes.length)
    }
    collector = undefined
    excerpt = undefined
  }
  const {units, skipped, trusted} = await judgeFolder(request, watch, judged)
  const {roster} = request
  const pinned = {v1: trusted.length > 0, v2: trusted.length > 0 || roster !== undefined}
  const chains = units.flatMap(({verdict}) => [verdict.v1, verdict.v2])
  const keyChanges = units.flatMap(changesOf)
  return {
    generatedAt: formatTimestamp(request.nowMs),
    path: request.path,
    filter: request.filter,
    keys: trusted.map(({hex, raw}) => ({hex, fingerprint: fingerprint(raw)})),
    roster: roster && {
      path: roster.path,
      rootFingerprint: roster.rootFingerprint,
      keys: [...roster.keys.values()].map(({info}) => info),
    },
    pinned,
    isPinned: pinned.v1 || (pinned.v2 && units.every(({verdict}) => verdict.v1.observed === 0)),
    sameFlags: sameFlags(request),
    units,
    failed: units.flatMap((unit) => {
      const failure = failureOf(unit)
      return failure ? [{unit, failure}] : []
    }),
    integrity: reportIntegrity(units, {pinned, skipped}),
    facts,
    keyChanges: keyChanges.slice(0, MAX_KEY_CHANGES),
    moreKeyChanges: Math.max(0, keyChanges.length - MAX_KEY_CHANGES),
    receipts: chains.reduce((sum, {observed: count}) => sum + count, 0),
    notJudged: chains.reduce((sum, {observed: count, receiptCount}) => sum + count - receiptCount, 0),
    entries: units.reduce((sum, {verdict}) => sum + (verdict.recorder?.entries ?? 0), 0),
    excerpts,
  }
}

function sameFlags(request: EvidenceReportRequest): readonly Flag[] {
  const {session, recursive, expectHead, strict, retainedSuffix, roster} = request
  return [
    ...flag('--roster', roster?.path),
    ...flag('--roster-root-fingerprint', roster?.rootFingerprint),
    ...flag('--session', session),
    ...flag('--recursive', recursive),
    ...flag('--expect-head', expectHead),
    ...flag('--strict', strict),
    ...flag('--retained-suffix', retainedSuffix),
  ]
}

function flag(name: Flag[0], value: string | boolean | undefined): readonly Flag[] {
  if (value === undefined || value === false) return []
  return [value === true ? [name] : [name, value]]
}

function observerOf(collector: Collector, excerpt: Excerpt): LogObserver {
  let place: Place = {file: '', line: 0}
  return {
    line(line) {
      place = line
      excerpt.line(line)
    },
    entry: (entry) => collector.entry(entry, place),
    receipt(record, at) {
      excerpt.receipt()
      collector.receipt(record, at)
    },
    evidence(receipt, _hash, at) {
      excerpt.receipt()
      collector.evidence(receipt, at)
    },
  }
}

function changesOf({id, verdict}: JudgedUnit): readonly KeyChange[] {
  const {segments} = verdict.v1
  return segments.slice(1).map((segment, i) => ({
    session: id,
    time: segment.start_time,
    from: segments[i]?.signer_key ?? '',
    to: segment.signer_key,
    finalSeq: String(segments[i]?.final_seq ?? ''),
  }))
}
