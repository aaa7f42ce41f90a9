// The flight recorder as a service: entries and signed statements of other parts, and the state of the evidence.
import type {EntryFields} from '../../formats/entry-log.js'
import type {EvidenceDraft} from '../../formats/evidence-receipt.js'
import type {DirectoryKey} from '../../formats/keys/key-directory.js'
import type {PrivateKey} from '../../lib/ed25519.js'

/** An entry that another part of the firewall writes; `detail` is compact JSON text in writer G. */
export interface OtherEntry extends EntryFields {
  readonly detail: string
  /** The detail before redaction; for escrow only. */
  readonly raw?: string
  readonly atMs: number
}

/** An evidence receipt to be signed by the recorder and appended to the v2 chain. */
export interface EvidenceEntry {
  readonly draft: Omit<EvidenceDraft, 'timestamp'>
  readonly transport: string
  readonly summary: string
  readonly atMs: number
}

/** Something that an operator lifts or restores, for a receipt of the type `authorize`. */
export interface Authorization {
  readonly verdict: 'allow' | 'block'
  readonly layer:
    'exemption_granted' | 'exemption_expired' | 'exemption_withdrawn' | 'kill_switch_on' | 'kill_switch_off'
  /** Where it holds. */
  readonly target: string
  /** Who is responsible. */
  readonly actor: string
  readonly pattern: string
}

/** The last contract that the receipts of a log name. */
export interface LastContract {
  readonly generation: number
  /** For messages. */
  readonly where: string
}

export interface RecorderStatus {
  readonly enabled: boolean
  readonly directory: string
  readonly session: string
  readonly nextSeq: number
  /** 64 hex characters of the key that signs receipts; "" without one: then there are no receipts. */
  readonly publicKeyHex: string
  readonly requireReceipts: boolean
  /** Entries that could not be written since the start. */
  readonly failures: number
  /** Receipts withheld since the start because a field that is never rewritten held a credential: holes in the chain. */
  readonly withheld: number
  /** Lost entries that the log does not report yet. */
  readonly untold: number
  /** Syncs of the log by cause. */
  readonly syncs: Readonly<Record<string, number>>
  /** The last contract that the log named when it was opened. */
  readonly lastContract: LastContract | undefined
  /** Why evidence is incomplete at the moment. */
  readonly degraded: string | undefined
}

export interface KeyDirectory {
  readonly keys: readonly DirectoryKey[]
  readonly signer: PrivateKey | undefined
}

export interface RecorderService {
  readonly enabled: boolean
  /** Records an entry of another part; resolves when it is acknowledged, at once when the recorder is off. */
  append(entry: OtherEntry): Promise<void>
  /** Signs a statement of another part and adds it to the chain, without waiting. False without a signing key. */
  evidence(statement: EvidenceEntry): boolean
  /** Records an authorization, without waiting. */
  authorize(authorization: Authorization): void
  status(): RecorderStatus
  /** The keys that sign receipts, the current one first, and the private half of the current one. */
  keyDirectory(): KeyDirectory
}
