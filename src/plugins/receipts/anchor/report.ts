// What `evidence anchor verify` is asked and what it answers: what was established, and why the rest was refused.
export interface AnchorVerifyRequest {
  readonly anchor: string
  /** The log's keys: verifier keys, or public keys under the name of the origin. */
  readonly keys: readonly string[]
  readonly origin?: string | undefined
  readonly witnesses: readonly string[]
  /** How many of the witnesses must have signed; default: all. */
  readonly quorum?: number | undefined
  /** A file with a receipt, or its hash. */
  readonly receipt?: string | undefined
  /** An earlier checkpoint. */
  readonly previous?: string | undefined
  readonly evidence?: string | undefined
  readonly session: string
  readonly signers: readonly string[]
  readonly retainedSuffix: boolean
}

export type AnchorReason =
  | 'checkpoint_invalid'
  | 'cosignature_missing'
  | 'tile_mismatch'
  | 'receipt_not_included'
  | 'checkpoints_inconsistent'
  | 'evidence_invalid'
  | 'evidence_truncated'
  | 'evidence_differs'

export interface AnchorReport {
  readonly ok: boolean
  readonly reason?: AnchorReason
  readonly error?: string
  readonly origin?: string
  readonly tree_size?: number
  readonly root_hash?: string
  readonly signers?: readonly string[]
  readonly cosignatures?: readonly {readonly name: string; readonly time: number | null}[]
  readonly receipt?: {readonly hash: string; readonly index: number; readonly proof: readonly string[]}
  readonly previous?: {readonly tree_size: number; readonly root_hash: string; readonly proof: readonly string[]}
  readonly evidence?: {
    readonly session: string
    readonly receipts: number
    readonly not_anchored: number
    readonly head_deleted: number
  }
  readonly warnings: readonly string[]
}

/** Ends the verification; what was established before stays in the report. */
export class Refusal extends Error {
  readonly reason: AnchorReason
  constructor(reason: AnchorReason, message: string) {
    super(message)
    this.name = 'Refusal'
    this.reason = reason
  }
}

/** A report in the making. */
export type Draft = {-readonly [Name in keyof AnchorReport]: AnchorReport[Name]}
