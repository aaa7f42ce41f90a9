// A batch of contract changes as a statement to be signed. Nothing is sampled, neither in a replay nor in the running
// service, so both counts are the count of the batch.
import type {EvidenceDraft} from '../../formats/evidence-receipt.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import {WINDOW_MS, type Batch} from './deltas.js'

/** Input of the recorder, which adds time, chain position and signature. */
export interface Statement {
  readonly draft: Omit<EvidenceDraft, 'timestamp'>
  readonly transport: string
  readonly summary: string
  readonly atMs: number
}

/** The contract that a statement is about; members are absent where no contract is in force. */
export interface StatementSubject {
  readonly contractHash: string
  readonly selectorId: string
  readonly manifestHash?: string
  readonly generation?: number
}

/** Envelope members that bind a statement to its contract. */
export function boundTo({contractHash, selectorId, manifestHash = '', generation = 0}: StatementSubject) {
  return {
    contract_hash: contractHash,
    selector_id: selectorId,
    active_manifest_hash: manifestHash,
    contract_generation: generation,
  }
}

export function deltaStatements(
  batches: readonly Batch[],
  subject: StatementSubject,
  by: {readonly principal: string; readonly actor: string},
  nowMs: number,
  newId: () => string,
): readonly Statement[] {
  return batches.map((batch) => ({
    draft: {
      payload_kind: 'shadow_delta',
      event_id: newId(),
      ...by,
      ...boundTo(subject),
      payload: {
        contract_hash: subject.contractHash,
        rule_id: batch.ruleId,
        original_verdict: batch.original,
        candidate_verdict: batch.candidate,
        aggregation: {
          window_start: formatTimestamp(batch.startMs),
          window_end: formatTimestamp(batch.startMs + WINDOW_MS),
          lossless_count: batch.count,
          delta_sample_count: batch.count,
          exemplar_ids: batch.exemplarIds,
        },
      },
    },
    transport: 'shadow',
    summary: `shadow_delta: ${batch.original} to ${batch.candidate}, ${batch.count} records`,
    atMs: nowMs,
  }))
}
