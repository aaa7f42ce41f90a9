// A batch of changes as a signed statement (learn §13.5, contracts §20). Nothing is sampled in a replay, so both counts are
// the count of the batch.
import type {EvidenceDraft} from '../../../core/formats/evidence-receipt.js'
import {formatTimestamp} from '../../../lib/timestamp.js'
import {WINDOW_MS, type Batch} from './deltas.js'

/** What the recorder is handed: it adds time, place in the chain and signature. */
export interface DeltaEntry {
  readonly draft: Omit<EvidenceDraft, 'timestamp'>
  readonly transport: string
  readonly summary: string
  readonly atMs: number
}

export function deltaEntries(
  batches: readonly Batch[],
  contract: {readonly hash: string; readonly selectorId: string},
  nowMs: number,
  newId: () => string,
): readonly DeltaEntry[] {
  return batches.map((batch) => ({
    draft: {
      payload_kind: 'shadow_delta',
      event_id: newId(),
      principal: 'learn',
      actor: 'shadow',
      contract_hash: contract.hash,
      selector_id: contract.selectorId,
      payload: {
        contract_hash: contract.hash,
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
