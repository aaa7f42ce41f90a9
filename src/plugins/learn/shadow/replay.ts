// The pass over the captures: chains are verified as compile verifies them, records are judged one by one, and
// only counts stay.
import {
  changeOf,
  createBatches,
  exemplarId,
  isBlocking,
  type Batch,
  type Change,
} from '../../../core/contract/deltas.js'
import type {RuleCounts} from '../../../core/contract/quarantine.js'
import {PipelockError} from '../../../core/errors.js'
import {isObject, type JsonValue} from '../../../lib/json/reader.js'
import {parseTimestampLoosely} from '../../../lib/timestamp.js'
import {decodeCapture, type CaptureRecord} from '../../../formats/capture.js'
import {createChain, type RecorderEntry} from '../compile/chain.js'
import {DEFAULT_PRIVACY, type Privacy} from '../privacy/privacy.js'
import {hider} from '../privacy/redact.js'
import {dropCount, linesOf, type SourceChain} from '../compile/ingest.js'
import type {Assumed} from './assumption.js'
import type {DecidedBlocks} from './decided.js'
import {createCoverage, type BroadRule, type Unmatched} from './coverage.js'
import {judgeRecord, type Replayed} from './judge.js'
import type {OpenSidecar} from '../sidecar/open.js'
import {sealedInput} from './sealed-input.js'
import type {ScanUrl} from './scanner.js'

export interface ReplayOptions {
  readonly assumed: Assumed
  /** A fresh scanner; called for every chain, so that no state of one session reaches another. */
  readonly scanner: () => ScanUrl
  /** Records of other agents are left out; undefined keeps all. */
  readonly agent: string | undefined
  readonly sinceMs: number
  /** Time of records that bear none. */
  readonly nowMs: number
  readonly salt: Uint8Array | undefined
  /** Default: what holds without configuration. */
  readonly privacy?: Privacy | undefined
  /** Default: what the records say is all there is. */
  readonly openSidecar?: OpenSidecar | undefined
  /** What the contract in force decided; default: nothing. */
  readonly decided?: DecidedBlocks | undefined
}

export type Grade = 'none' | 'summary' | 'partial' | 'full'

export interface Surface {
  /** The lowest of its records. */
  readonly grade: Grade
  /** Every record has one. */
  readonly sidecar: boolean
}

export interface Replay {
  readonly total: number
  readonly replayed: number
  readonly newBlocks: number
  readonly newAllows: number
  /** New blocks that the contract in force decided; undefined when none was named. */
  readonly decidedBlocks: number | undefined
  readonly evidenceOnly: number
  readonly summaryOnly: number
  readonly malformed: number
  readonly redacted: number
  readonly foreign: number
  readonly dropped: number
  readonly defaultDenies: number
  readonly captureOnlyMatches: number
  /** By rule id, in byte order. */
  readonly rules: ReadonlyMap<string, RuleCounts>
  readonly batches: readonly Batch[]
  readonly surfaces: ReadonlyMap<string, Surface>
  readonly unmatched: readonly Unmatched[]
  readonly broad: readonly BroadRule[]
  /** First files of chains whose beginning is missing. */
  readonly truncated: readonly string[]
  /** Records whose sidecar was looked for and is not there. */
  readonly missingSidecars: number
}

/** Rule id of a change that the scanners alone made, where the contract has no jurisdiction. */
const SCANNER = 'scanner'
/** Surfaces whose scanners no candidate configuration can loosen. */
const FLOOR_SURFACES: ReadonlySet<string> = new Set(['tool_policy', 'dlp'])

type Mutable<T> = {-readonly [K in keyof T]: T[K]}

/** Throws PipelockError for a broken chain, and where a replay would allow what the scanners had blocked. */
export async function replay(chains: readonly SourceChain[], options: ReplayOptions): Promise<Replay> {
  const counts = {
    total: 0,
    replayed: 0,
    newBlocks: 0,
    newAllows: 0,
    decidedBlocks: 0,
    evidenceOnly: 0,
    summaryOnly: 0,
    malformed: 0,
    redacted: 0,
    foreign: 0,
    dropped: 0,
    defaultDenies: 0,
    captureOnlyMatches: 0,
    missingSidecars: 0,
  }
  const rules = new Map<string, Mutable<RuleCounts>>()
  const batches = createBatches()
  const surfaces = new Map<string, Surface>()
  const coverage = createCoverage(options.assumed.enforcedRules)
  const truncated: string[] = []
  const hide = hider(options.salt)
  const {privacy = DEFAULT_PRIVACY} = options

  const take = async (entry: RecorderEntry, path: string, scan: ScanUrl): Promise<void> => {
    const timeMs = parseTimestampLoosely(entry.ts)?.unixMs
    if (timeMs !== undefined && timeMs < options.sinceMs) return
    const decoded = decodeCapture(entry.detail)
    if (decoded.kind === 'malformed') {
      counts.malformed++
      return
    }
    if (decoded.kind === 'redacted') {
      counts.total++
      counts.redacted++
      counts.summaryOnly++
      return
    }
    const filtered = privacy.filter(decoded.record)
    if (filtered.kind !== 'kept') {
      // nothing of it may stand in a report
      counts.total++
      counts.summaryOnly++
      return
    }
    const {record} = filtered
    if (options.agent !== undefined && record.agent !== '' && record.agent !== options.agent) {
      counts.foreign++
      return
    }
    counts.total++
    const opened = options.openSidecar?.(path, entry.detail)
    if (opened === 'missing') counts.missingSidecars++
    addSurface(surfaces, record.surface, opened === 'missing' ? false : hasSidecar(entry.detail))
    const sealed = opened === undefined || opened === 'missing' ? undefined : sealedInput(opened, entry.detail)
    if ([sealed?.url, sealed?.toolArgs].some((text) => text !== undefined && privacy.isRegulated(text))) {
      counts.summaryOnly++
      return
    }
    const judged = await judgeRecord(
      record,
      {assumed: options.assumed, privacy, sealed, decided: options.decided},
      scan,
    )
    if (judged.kind === 'evidence_only') counts.evidenceOnly++
    else if (judged.kind === 'summary_only') counts.summaryOnly++
    else addReplayed(record, judged, timeMs ?? options.nowMs)
  }

  const addReplayed = (record: CaptureRecord, judged: Replayed, timeMs: number): void => {
    const {original, candidate, ruleId} = judged
    const change = changeOf(original, candidate)
    if (change === 'new_allow' && isBlocking(original) && FLOOR_SURFACES.has(record.surface)) {
      throw new PipelockError(
        'scanner_floor',
        `a replayed ${record.surface} record would override a block of the scanners`,
      )
    }
    counts.replayed++
    if (change === 'new_block') counts.newBlocks++
    if (change === 'new_allow') counts.newAllows++
    const isDecided = change === 'new_block' && judged.isDecided
    if (isDecided) counts.decidedBlocks++
    if (judged.captureOnly) counts.captureOnlyMatches++
    if (judged.contractBlock) {
      coverage.blocked(judged.shown(hide), change === 'new_block', isDecided)
      if (ruleId === 'default_deny') counts.defaultDenies++
    }
    if (judged.contractAllow && ruleId !== undefined) coverage.allowed(ruleId, judged.place)
    if (ruleId !== undefined) addEvaluation(rules, ruleId, change)
    if (change === 'unchanged') return
    const exemplar = (): string => exemplarId(record, options.salt)
    batches.add({ruleId: ruleId ?? SCANNER, original, candidate, exemplarId: exemplar, timeMs})
  }

  for (const sources of chains) {
    const chain = createChain(true)
    const scan = options.scanner()
    let dropped = 0
    for (const source of sources) {
      let line = 0
      for (const bytes of linesOf(source)) {
        const entry = chain.next(bytes, {path: source.path, line: ++line})
        if (!entry) counts.malformed++
        else if (entry.type === 'capture') await take(entry, source.path, scan)
        else if (entry.type === 'capture_drop') dropped = Math.max(dropped, dropCount(entry))
      }
    }
    if (chain.truncated) truncated.push(sources[0]?.path ?? '')
    counts.dropped += dropped
  }
  return {
    ...counts,
    decidedBlocks: options.decided && counts.decidedBlocks,
    rules: new Map([...rules].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))),
    batches: batches.sorted(),
    surfaces,
    unmatched: coverage.unmatched(),
    broad: coverage.broad(),
    truncated,
  }
}

function addEvaluation(rules: Map<string, Mutable<RuleCounts>>, ruleId: string, change: Change): void {
  const rule = rules.get(ruleId) ?? {evaluations: 0, newBlocks: 0, newAllows: 0, unchanged: 0}
  rules.set(ruleId, rule)
  rule.evaluations++
  if (change === 'new_block') rule.newBlocks++
  else if (change === 'new_allow') rule.newAllows++
  else rule.unchanged++
}

const GRADES: readonly Grade[] = ['none', 'summary', 'partial', 'full']

/** Whole payloads lie in sidecars only; a URL or a tool call is whole in its record. */
export function gradeOf(surface: string, sidecar: boolean): Grade {
  if (surface === 'url' || surface === 'tool_policy') return 'full'
  if (surface === 'response' || surface === 'dlp' || surface === 'tool_scan') return sidecar ? 'full' : 'partial'
  if (surface === 'cee') return sidecar ? 'full' : 'none'
  return 'summary'
}

export function addSurface(surfaces: Map<string, Surface>, name: string, sidecar: boolean): void {
  const known = surfaces.get(name)
  const grade = gradeOf(name, sidecar)
  const lowest = known && GRADES.indexOf(known.grade) < GRADES.indexOf(grade) ? known.grade : grade
  surfaces.set(name, {grade: lowest, sidecar: sidecar && (known?.sidecar ?? true)})
}

export function hasSidecar(detail: JsonValue | undefined): boolean {
  const reference = isObject(detail) ? detail['payload_ref'] : undefined
  return typeof reference === 'string' && reference !== ''
}
