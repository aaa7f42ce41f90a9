// What the state of the evidence contributes to /metrics.
import {perLabel, type Sample} from '../../core/sample.js'
import type {RecorderStatus} from '../../core/services/recorder.js'

export type EvidenceState = Pick<RecorderStatus, 'failures' | 'withheld' | 'untold' | 'degraded' | 'syncs'>

export function evidenceSamples({failures, withheld, untold, degraded, syncs}: EvidenceState): readonly Sample[] {
  const name = 'receipt_emit_failures_total'
  const help = 'Receipts that could not be written, or were withheld because they hold a credential'
  return [
    {name, help, labels: {reason: 'write'}, value: failures},
    {name, help, labels: {reason: 'redaction'}, value: withheld},
    {
      gauge: true,
      name: 'evidence_degraded',
      help: '1 while evidence cannot be written, or its losses are not yet recorded',
      value: degraded === undefined ? 0 : 1,
    },
    {
      gauge: true,
      name: 'evidence_gap_pending',
      help: 'Lost entries not yet recorded in the log',
      value: untold,
    },
    ...perLabel('evidence_syncs_total', 'Syncs of the evidence log by what made them', 'kind', syncs),
  ]
}
