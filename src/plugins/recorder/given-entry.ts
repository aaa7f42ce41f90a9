// What other parts of the firewall give to be recorded.
import type {EntryFields} from '../../formats/entry-log.js'
import type {EvidenceDraft} from '../../formats/evidence-receipt.js'

/** An entry that another part of the firewall writes; `detail` is compact JSON text in writer G. */
export interface OtherEntry extends EntryFields {
  readonly detail: string
  /** The detail as it was before redaction; for escrow only. */
  readonly raw?: string
  readonly atMs: number
}

/** An evidence receipt to be signed here and appended to the v2 chain. */
export interface EvidenceEntry {
  readonly draft: Omit<EvidenceDraft, 'timestamp'>
  readonly transport: string
  readonly summary: string
  readonly atMs: number
}
