// A v1 receipt as its chain sees it, and how the chain words a fault at one.
import type {ActionRecord} from '../../../formats/action-record.js'
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import type {Int} from '../../../formats/member-table.js'
import type {Signed} from './signatures.js'

/** What the rules of the chain look at in a record. */
export type ChainedRecord = Pick<
  ActionRecord,
  | 'action_id'
  | 'verdict'
  | 'decision_phase'
  | 'timestamp'
  | 'run_nonce'
  | 'chain_prev_hash'
  | 'chain_seq'
  | 'session_control'
>

/** A receipt that is valid by itself: form, members, signature. Its links are not checked yet. */
export interface ChainReceipt extends Signed {
  readonly record: ChainedRecord
  /** What the next receipt links to. */
  readonly hash: string
  readonly whole: () => ActionRecord
}

/** The receipt before another one. */
export interface Link {
  readonly hash: string
  readonly seq: Int
}

export function faultAt(seq: Int, reason: EvidenceReason, message: string): EvidenceFault {
  return new EvidenceFault(reason, `seq ${seq}: ${message}`)
}
