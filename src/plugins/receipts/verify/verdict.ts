// Values that the verifiers share: where and why something failed, and what a chain came to.
import {EvidenceFault, type EvidenceReason} from '../../../formats/evidence-fault.js'
import type {CanonicalForm} from '../../../formats/evidence-receipt.js'
import type {Int} from '../../../formats/member-table.js'
import type {Place} from './lines.js'

export interface Failure {
  readonly reason: EvidenceReason
  readonly message: string
  /** Declared chain_seq of a v1 receipt, position of a v2 receipt, seq of a recorder entry; 0 for a whole chain. */
  readonly seq: Int
  readonly place: Place | undefined
}

export interface Segment {
  readonly signer_key: string
  readonly receipt_count: number
  readonly final_seq: Int
  readonly root_hash: string
  readonly start_time: string
  readonly end_time: string
}

/** What a chain of either version came to. Final seq and root belong to the last segment. */
export interface ChainVerdict {
  readonly recordType: 'action_receipt_v1' | 'evidence_receipt_v2'
  /** Receipts met in the input, verified or not. */
  readonly observed: number
  /** Receipts that passed before the failure, all of them when there is none. */
  readonly receiptCount: number
  readonly firstSeq: Int | undefined
  readonly finalSeq: Int | undefined
  readonly rootHash: string
  readonly startTime: string
  readonly endTime: string
  readonly failure: Failure | undefined
  /** Every signature was checked under a key that the caller trusts. */
  readonly signaturesVerified: boolean
  readonly signerKeys: readonly string[]
  readonly segments: readonly Segment[]
  readonly signerKeyId: string
  readonly canonicalization: CanonicalForm | undefined
}

/** Runs `check`; an EvidenceFault becomes its reason, everything else passes through. */
export function faultOf(check: () => void): EvidenceFault | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof EvidenceFault) return error
    throw error
  }
}

export function increment(value: Int): Int {
  if (typeof value === 'number' && value < Number.MAX_SAFE_INTEGER) return value + 1
  const next = BigInt(value) + 1n
  return next <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(next) : next
}
