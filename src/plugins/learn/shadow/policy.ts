// `policy replay`: captures against a configuration, without contract. Records are judged by the code of the
// shadow replay; what no candidate policy of today can judge again stands as evidence, with its recorded action.
import {changeOf} from '../../../core/contract/deltas.js'
import type {Finding} from '../../../core/decision.js'
import {PipelockError} from '../../../core/errors.js'
import {indentJson} from '../../../lib/json/indent.js'
import {isObject} from '../../../lib/json/reader.js'
import {decodeCapture, type CaptureRecord} from '../../../formats/capture.js'
import {createChain, type RecorderEntry} from '../compile/chain.js'
import {dropCount, linesOf, type SourceChain} from '../compile/ingest.js'
import {actionOf, notReplayed, scanRecord} from './judge.js'
import {addSurface, hasSidecar, type Surface} from './replay.js'
import type {ScanUrl} from './scanner.js'

export interface PolicyReplayOptions {
  /** A fresh scanner; called for every chain, so that no state of one session reaches another. */
  readonly scanner: () => ScanUrl
  readonly candidateConfigHash: string
}

export type ChangeType = 'unchanged' | 'new_block' | 'new_allow' | 'summary_only' | 'evidence_only'

/** One record; `summary` is its detail as it stands in the capture. */
export interface PolicyRecord {
  readonly surface: string
  readonly summary: string
  readonly original: string
  readonly candidate: string | undefined
  readonly change: ChangeType
  readonly findings: readonly object[]
}

export interface PolicyDiff {
  readonly originalConfigHash: string
  readonly candidateConfigHash: string
  readonly total: number
  readonly skipped: number
  readonly dropped: number
  /** Lines that are no recorder entry: nothing says that they were captures. */
  readonly unreadable: number
  readonly records: readonly PolicyRecord[]
  readonly surfaces: ReadonlyMap<string, Surface>
  /** First files of chains whose beginning is missing. */
  readonly truncated: readonly string[]
}

/** The document holds every record, so its size is bounded by their number. */
const MAX_RECORDS = 250_000

/** Throws PipelockError for a broken chain and for more records than a document can hold. */
export async function replayPolicy(
  chains: readonly SourceChain[],
  {scanner, candidateConfigHash}: PolicyReplayOptions,
): Promise<PolicyDiff> {
  const counts = {total: 0, skipped: 0, dropped: 0, unreadable: 0}
  const records: PolicyRecord[] = []
  const surfaces = new Map<string, Surface>()
  const truncated: string[] = []
  let originalConfigHash = ''

  const take = async (entry: RecorderEntry, scan: ScanUrl): Promise<void> => {
    counts.total++
    if (counts.total > MAX_RECORDS) {
      throw new PipelockError('payload_too_large', `more than ${MAX_RECORDS} records do not fit one document`, {
        hint: 'replay fewer sessions at a time',
      })
    }
    const decoded = decodeCapture(entry.detail)
    if (decoded.kind !== 'capture') {
      counts.skipped++
      return
    }
    const {record} = decoded
    originalConfigHash ||= configHash(entry)
    addSurface(surfaces, record.surface, hasSidecar(entry.detail))
    records.push({surface: record.surface, summary: entry.detailText, ...(await judge(record, scan))})
  }

  for (const sources of chains) {
    const chain = createChain(true)
    const scan = scanner()
    let dropped = 0
    for (const source of sources) {
      let line = 0
      for (const bytes of linesOf(source)) {
        const entry = chain.next(bytes, {path: source.path, line: ++line})
        if (!entry) counts.unreadable++
        else if (entry.type === 'capture') await take(entry, scan)
        else if (entry.type === 'capture_drop') dropped = Math.max(dropped, dropCount(entry))
      }
    }
    if (chain.truncated) truncated.push(sources[0]?.path ?? '')
    counts.dropped += dropped
  }
  return {...counts, originalConfigHash, candidateConfigHash, records, surfaces, truncated}
}

type Judgement = Omit<PolicyRecord, 'surface' | 'summary'>

async function judge(record: CaptureRecord, scan: ScanUrl): Promise<Judgement> {
  const original = actionOf(record) || 'unknown'
  const left = (change: ChangeType): Judgement => ({original, candidate: undefined, change, findings: []})
  // there is no tool policy to judge a call with: taking none for "allow" would lift every recorded block
  if (record.surface !== 'url') {
    return left(notReplayed(record.surface).kind === 'summary_only' ? 'summary_only' : 'evidence_only')
  }
  const scanned = await scanRecord(record, scan)
  if (!scanned) return left('summary_only')
  const candidate = scanned.action || 'unknown'
  return {original, candidate, change: changeOf(original, candidate), findings: scanned.findings.map(findingText)}
}

function findingText({action, layer, detail}: Finding): object {
  return {kind: 'dlp', action, pattern_name: layer, match_text: detail}
}

function configHash({detail}: RecorderEntry): string {
  const hash = isObject(detail) ? detail['config_hash'] : undefined
  return typeof hash === 'string' ? hash : ''
}

export interface PolicyCounts {
  readonly total_records: number
  readonly replayed: number
  readonly new_blocks: number
  readonly new_allows: number
  readonly unchanged: number
  readonly evidence_only: number
  readonly summary_only: number
  readonly dropped: number
  readonly skipped: number
}

export function policyCounts({total, skipped, dropped, records}: PolicyDiff): PolicyCounts {
  const of = (requested: ChangeType): number => records.filter(({change}) => change === requested).length
  const [evidence, summary] = [of('evidence_only'), of('summary_only')]
  return {
    total_records: total,
    replayed: total - summary - evidence - skipped,
    new_blocks: of('new_block'),
    new_allows: of('new_allow'),
    unchanged: of('unchanged'),
    evidence_only: evidence,
    summary_only: summary,
    dropped,
    skipped,
  }
}

/** The document, its members in the published order. */
export function policyDocument(diff: PolicyDiff): string {
  const entries = diff.records.map(entryText)
  const changed = entries.filter((_, i) => isChange(diff.records[i]?.change))
  const surfaces = [...diff.surfaces].sort(([a], [b]) => (a < b ? -1 : 1))
  const members: readonly [string, string][] = [
    ['report_version', '1'],
    ['original_config_hash', JSON.stringify(diff.originalConfigHash)],
    ['candidate_config_hash', JSON.stringify(diff.candidateConfigHash)],
    ...Object.entries(policyCounts(diff)).map(([name, n]): [string, string] => [name, String(n)]),
    ['changes', `[${changed.join(',')}]`],
    ['all_records', `[${entries.join(',')}]`],
    ['capture_surfaces', JSON.stringify(Object.fromEntries(surfaces))],
  ]
  return `${indentJson(`{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`)}\n`
}

function isChange(change: ChangeType | undefined): boolean {
  return change === 'new_block' || change === 'new_allow'
}

function entryText({summary, original, candidate, change, findings}: PolicyRecord): string {
  const members: readonly [string, string][] = [
    ['summary', summary],
    ['original_action', JSON.stringify(original)],
    ...(candidate === undefined ? [] : [['candidate_action', JSON.stringify(candidate)] as [string, string]]),
    ['changed', String(isChange(change))],
    ['evidence_only', String(change === 'evidence_only')],
    ['summary_only', String(change === 'summary_only')],
    ['change_type', JSON.stringify(change)],
    ...(findings.length === 0 ? [] : [['candidate_findings', JSON.stringify(findings)] as [string, string]]),
  ]
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}
