// The report of a replay as data, its members in a fixed order. It is unsigned, so rates may be fractions.
import {formatTimestamp} from '../../../lib/timestamp.js'
import {percent} from '../view/code-span.js'
import type {EnforceLevel} from '../view/decisions.js'
import {advise, COOLDOWN_MS} from '../../../core/contract/quarantine.js'
import type {Assumption} from './assumption.js'
import type {Place} from './judge.js'
import {WINDOW_MS} from '../../../core/contract/deltas.js'
import type {Grade, Replay} from './replay.js'

export interface RuleReport {
  readonly rule_id: string
  readonly evaluations: number
  readonly new_blocks: number
  readonly new_allows: number
  readonly unchanged: number
  readonly new_block_rate_pct: number
  readonly state: string
  readonly reason?: string
}

export interface QuarantineReport {
  readonly rule_id: string
  readonly reason: string
  readonly evaluations: number
  readonly new_blocks: number
  readonly new_block_rate_pct: number
  readonly cooldown_until: string
}

/** The names are those of an older wire form. */
export interface BatchReport {
  readonly ContractHash: string
  readonly RuleID: string
  readonly OriginalVerdict: string
  readonly CandidateVerdict: string
  readonly WindowStart: string
  readonly WindowEnd: string
  readonly LosslessCount: number
  readonly ExemplarIDs: readonly string[]
}

export interface ShadowReport {
  readonly report_version: 1
  readonly generated_at: string
  readonly contract_hash: string
  readonly total_records: number
  readonly replayed: number
  readonly changed: number
  readonly new_blocks: number
  readonly new_allows: number
  /** New blocks that a contract in force decided; there when one was named. */
  readonly decided_blocks?: number
  readonly evidence_only: number
  readonly summary_only: number
  readonly rules: readonly RuleReport[]
  readonly quarantines?: readonly QuarantineReport[]
  readonly batches?: readonly BatchReport[]
  readonly capture_surfaces?: Readonly<Record<string, {readonly grade: Grade; readonly sidecar: boolean}>>
  readonly assumption: Assumption
  readonly level: EnforceLevel
  readonly verified: boolean
  readonly default_denies: number
  readonly capture_only_matches: number
  /** `new_blocks` of `events` were not blocked when they were captured; of those `decided_blocks` are decided. */
  readonly unmatched: readonly (Place & {
    readonly events: number
    readonly new_blocks: number
    readonly decided_blocks?: number
  })[]
  readonly malformed: number
  readonly dropped: number
}

/** What a page shows of a report. */
export type ReplaySummary = Omit<
  ShadowReport,
  'report_version' | 'rules' | 'quarantines' | 'batches' | 'capture_surfaces'
> & {readonly rules: readonly Omit<RuleReport, 'new_block_rate_pct'>[]}

export interface ReportFacts {
  readonly contractHash: string
  readonly assumption: Assumption
  readonly level: EnforceLevel
  readonly verified: boolean
  readonly nowMs: number
}

export function shadowReport(replay: Replay, facts: ReportFacts): ShadowReport {
  const {contractHash, nowMs} = facts
  const rules = [...replay.rules].map(([id, counts]): RuleReport => {
    const {state, reason} = advise(counts)
    return {
      rule_id: id,
      evaluations: counts.evaluations,
      new_blocks: counts.newBlocks,
      new_allows: counts.newAllows,
      unchanged: counts.unchanged,
      new_block_rate_pct: Number(percent(counts.newBlocks, counts.evaluations)),
      state,
      ...(reason === undefined ? {} : {reason}),
    }
  })
  const quarantines = rules
    .filter((rule) => rule.state === 'candidate')
    .map((rule): QuarantineReport => ({
      rule_id: rule.rule_id,
      reason: rule.reason ?? '',
      evaluations: rule.evaluations,
      new_blocks: rule.new_blocks,
      new_block_rate_pct: rule.new_block_rate_pct,
      cooldown_until: formatTimestamp(nowMs + COOLDOWN_MS),
    }))
  const batches = replay.batches.map((batch): BatchReport => ({
    ContractHash: contractHash,
    RuleID: batch.ruleId,
    OriginalVerdict: batch.original,
    CandidateVerdict: batch.candidate,
    WindowStart: formatTimestamp(batch.startMs),
    WindowEnd: formatTimestamp(batch.startMs + WINDOW_MS),
    LosslessCount: batch.count,
    ExemplarIDs: batch.exemplarIds,
  }))
  const surfaces = [...replay.surfaces].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    report_version: 1,
    generated_at: formatTimestamp(nowMs),
    contract_hash: contractHash,
    total_records: replay.total,
    replayed: replay.replayed,
    changed: replay.newBlocks + replay.newAllows,
    new_blocks: replay.newBlocks,
    new_allows: replay.newAllows,
    ...(replay.decidedBlocks === undefined ? {} : {decided_blocks: replay.decidedBlocks}),
    evidence_only: replay.evidenceOnly,
    summary_only: replay.summaryOnly,
    rules,
    ...(quarantines.length === 0 ? {} : {quarantines}),
    ...(batches.length === 0 ? {} : {batches}),
    ...(surfaces.length === 0 ? {} : {capture_surfaces: Object.fromEntries(surfaces)}),
    assumption: facts.assumption,
    level: facts.level,
    verified: facts.verified,
    default_denies: replay.defaultDenies,
    capture_only_matches: replay.captureOnlyMatches,
    unmatched: replay.unmatched.map(({host, path, method, events, newBlocks, decidedBlocks}) => ({
      host,
      path,
      method,
      events,
      new_blocks: newBlocks,
      ...(replay.decidedBlocks === undefined ? {} : {decided_blocks: decidedBlocks}),
    })),
    malformed: replay.malformed,
    dropped: replay.dropped,
  }
}

export function reportJson(report: ShadowReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
