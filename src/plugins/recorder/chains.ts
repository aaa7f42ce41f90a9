// Where the chains of a recorder stand: receipts of both versions, checkpoints, and what the log tells of losses.
import type {KeyTransition} from '../../formats/action-receipt.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import type {EvidenceHead, ReceiptHead} from './resume.js'

export interface Chains {
  readonly receipts: ReceiptHead | undefined
  readonly transition: KeyTransition | undefined
  /** undefined: not looked for yet; null: none in the log. */
  readonly evidence: EvidenceHead | null | undefined
  readonly checkpoint: number
  readonly sealed: boolean
  /** How many lost entries the log tells of. */
  readonly lossesRecorded: number
}

/** What a key finds: another one begins a segment that names the last receipt before it. */
export function withTransition(chains: Chains, {public: {hex}}: PrivateKey): Chains {
  const {receipts} = chains
  if (receipts === undefined || receipts.signer === hex) return {...chains, transition: undefined}
  const {signer, seq, hash} = receipts
  return {...chains, transition: {prior_signer_key: signer, prior_chain_seq: seq, prior_chain_hash: hash}}
}
