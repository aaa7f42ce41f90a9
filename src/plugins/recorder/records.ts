// From the facts of a decision to the records that are signed or written: the one place that names their members.
import type {ActionRecord, KeyTransition} from '../../formats/action-receipt.js'
import type {EvidenceHead} from '../../formats/evidence-head.js'
import type {EvidenceDraft} from '../../formats/evidence-receipt.js'
import {stringG} from '../../lib/json/writer.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {ContractFacts, DecisionFacts} from './facts.js'
import type {Gap} from './losses.js'

export interface ReceiptPosition {
  readonly seq: number
  readonly prevHash: string
  readonly transition: KeyTransition | undefined
}

export function actionRecord(f: DecisionFacts, at: ReceiptPosition, atMs: number): ActionRecord {
  const c = f.contract
  return {
    version: 1,
    action_id: f.actionId,
    action_type: f.actionType,
    timestamp: formatTimestamp(atMs),
    principal: 'local',
    actor: f.actor,
    delegation_chain: null,
    target: f.target,
    side_effect_class: f.sideEffect,
    reversibility: f.reversibility,
    policy_hash: f.policyHash,
    verdict: f.verdict,
    ...(c && {
      contract_winning_source: c.winningSource,
      contract_live_verdict: c.liveVerdict,
      contract_policy_sources: c.policySources,
      contract_rule_id: c.ruleId,
      active_manifest_hash: c.manifestHash,
      contract_hash: c.contractHash,
      contract_selector_id: c.selectorId,
      contract_generation: c.generation,
    }),
    transport: f.transport,
    method: f.method,
    layer: f.layer,
    pattern: f.pattern,
    severity: f.severity,
    ...(f.redaction && {redaction: f.redaction}),
    ...(f.shield && {shield: f.shield}),
    request_id: f.requestId,
    chain_prev_hash: at.prevHash,
    chain_seq: at.seq,
    ...(at.transition && {key_transition: at.transition}),
  }
}

export function receiptSummary(f: DecisionFacts): string {
  return `receipt: ${f.verdict} ${f.actionType} ${f.transport}`
}

/** The second receipt of a decision made under a contract. */
export function proxyDecision(f: DecisionFacts, c: ContractFacts, atMs: number): EvidenceDraft {
  return {
    payload_kind: 'proxy_decision',
    event_id: c.eventId,
    timestamp: formatTimestamp(atMs),
    principal: 'local',
    actor: f.actor,
    active_manifest_hash: c.manifestHash,
    contract_hash: c.contractHash,
    selector_id: c.selectorId,
    contract_generation: c.generation,
    payload: {
      action_type: f.actionType,
      target: f.target,
      verdict: f.verdict,
      transport: f.transport,
      policy_sources: [...c.policySources],
      winning_source: c.winningSource,
      ...(c.ruleId !== '' && {rule_id: c.ruleId}),
      ...(c.liveVerdict !== '' && {live_verdict: c.liveVerdict}),
    },
  }
}

export function proxyDecisionSummary(f: DecisionFacts, c: ContractFacts): string {
  return `proxy_decision: ${f.actionType} ${f.verdict} via ${c.winningSource}`
}

/** Evidence without a key: an entry of its own type, never an unsigned receipt. */
export function plainDecision(f: DecisionFacts): {readonly summary: string; readonly detail: string} {
  const pattern = f.pattern === '' ? '' : ` (${f.pattern})`
  return {
    summary: `${f.verdict}: ${f.layer === '' ? 'unknown' : f.layer}${pattern}`,
    detail: `{"layer":${text(f.layer)},"pattern":${text(f.pattern)},"request_id":${text(f.requestId)},"verdict":${text(f.verdict)}}`,
  }
}

/** What stands in place of a detail that holds a credential. */
export function withheldDetail(patterns: readonly string[], detail: string): string {
  const names = patterns.map((name) => text(`[REDACTED:${name}]`))
  return `{"detected_patterns":[${names.join(',')}],"original_size":${Buffer.byteLength(detail)},"redacted":true}`
}

export interface Segment {
  readonly finalSeq: number
  readonly rootHash: string
  readonly startTime: string
  readonly endTime: string
}

export function transcriptRoot(session: string, s: Segment): {readonly summary: string; readonly detail: string} {
  const count = s.finalSeq + 1
  return {
    summary: `transcript_root: ${count} receipts, root=${s.rootHash.slice(0, 16)}`,
    detail: `{"session_id":${text(session)},"final_seq":${s.finalSeq},"root_hash":"${s.rootHash}","receipt_count":${count},"start_time":"${s.startTime}","end_time":"${s.endTime}"}`,
  }
}

export interface Recovery {
  readonly summary: string
  readonly tornBytes: number
  readonly tornSha256: string
  readonly file: string
  /** The last entry that survived; null when there is none. */
  readonly resumedAfter: number | null
}

export function recoveryDetail(r: Recovery): string {
  return `{"torn_bytes":${r.tornBytes},"torn_sha256":"${r.tornSha256}","file":${text(r.file)},"resumed_after_seq":${r.resumedAfter}}`
}

/** The log was cut, or replaced, since its recorder stated how far it reaches: both positions, for whoever looks later. */
export function cutSummary(stated: EvidenceHead): string {
  return `recovery: the log does not reach entry ${stated.seq} any more, as its recorder stated`
}

export function cutDetail(stated: EvidenceHead, actual: {readonly seq: number | null; readonly hash: string}): string {
  const {seq, entry_hash: hash, time} = stated
  return `{"stated_seq":${seq},"stated_entry_hash":${text(hash)},"stated_at":${text(time)},"found_seq":${actual.seq},"found_entry_hash":${text(actual.hash)},"resumed_after_seq":${actual.seq}}`
}

/** Entries that were lost before this one: what an auditor must not take for quiet. */
export function gapSummary({count}: Gap): string {
  return `recovery: ${count} entries could not be written`
}

export function gapDetail(gap: Gap, resumedAfter: number | null): string {
  const {count, fromMs, throughMs, reason} = gap
  return `{"lost_entries":${count},"from":"${formatTimestamp(fromMs)}","through":"${formatTimestamp(throughMs)}","reason":${text(reason)},"resumed_after_seq":${resumedAfter}}`
}

const text = (value: string) => stringG(value.isWellFormed() ? value : value.toWellFormed())
