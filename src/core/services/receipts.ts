// Files of lifecycle receipts as a service: a running firewall finishes a file that an interrupted promote left.
import type {EvidenceDraft, EvidenceSigner} from '../../formats/evidence-receipt.js'

export interface AppendedReceipt {
  readonly text: string
  readonly hash: string
  readonly chainSeq: number | bigint
}

export interface ReceiptService {
  /** Signs the draft as the next receipt of the file's chain and appends it with fsync. Throws store_locked. */
  appendEvidenceReceipt(path: string, draft: EvidenceDraft, signer: EvidenceSigner): AppendedReceipt
}
