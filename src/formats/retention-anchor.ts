// Retention anchor: the signed statement of the chain's state before the first kept entry.
import {parsePublicKeyHex, parseSignatureText, sign, signatureText, verify, type PrivateKey} from '../lib/ed25519.js'
import {sha256} from '../lib/hash.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {INT64, memberTable, readMembers, refuseUnknown, STRING, UINT64, writeMembers, type Int} from './member-table.js'

export interface RetentionAnchor {
  readonly version: 1
  readonly session_id: string
  readonly deleted_through_seq: Int
  readonly entry_hash: string
  readonly receipt_seq: Int
  /** `genesis` when no receipt was deleted */
  readonly receipt_hash: string
  readonly signer_key: string
  readonly time: string
}

const SIGNED = [
  ['version', INT64],
  ['session_id', STRING],
  ['deleted_through_seq', UINT64],
  ['entry_hash', STRING],
  ['receipt_seq', UINT64],
  ['receipt_hash', STRING],
  ['signer_key', STRING],
  ['time', STRING],
] as const
const SIGNED_TABLE = memberTable(SIGNED)
const TABLE = memberTable([...SIGNED, ['signature', STRING]])
const DOMAIN = 'pipelock-retention-anchor-v1\0'
const HASH = /^[0-9a-f]{64}$/

function message(anchor: RetentionAnchor): Buffer {
  return sha256(DOMAIN + writeMembers(SIGNED_TABLE, anchor))
}

/** The text of the anchor's file; the key is that of `signer_key`. */
export function retentionAnchorText(anchor: Omit<RetentionAnchor, 'version' | 'signer_key'>, key: PrivateKey): string {
  const whole: RetentionAnchor = {version: 1, ...anchor, signer_key: key.public.hex}
  const signature = signatureText(sign(key, message(whole)))
  return `${writeMembers(TABLE, {...whole, signature})}\n`
}

/** Stored beside the files of its session. */
export function retentionAnchorName(session: string): string {
  return `evidence-${session}.retained.json`
}

/** Throws EvidenceFault `retention_anchor_invalid`. With trusted keys, the signer must be one of them. */
export function parseRetentionAnchor(
  bytes: Uint8Array,
  session: string,
  trusted: ReadonlySet<string>,
): RetentionAnchor {
  let read: RetentionAnchor & {readonly signature: string}
  try {
    const value = readEvidenceObject(bytes)
    refuseUnknown(TABLE, value, 'the retention anchor')
    read = readMembers(TABLE, value) as unknown as RetentionAnchor & {readonly signature: string}
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    throw retentionFault(error.message)
  }
  if (read.version !== 1) throw retentionFault('the retention anchor is not of version 1')
  if (read.session_id !== session) throw retentionFault('the retention anchor names another session')
  if (!HASH.test(read.entry_hash)) throw retentionFault('entry_hash is not 64 lowercase hex characters')
  const none = read.receipt_hash === 'genesis'
  if (none ? read.receipt_seq !== 0 : !HASH.test(read.receipt_hash))
    throw retentionFault('receipt_hash is not that of a receipt')
  if (parseTimestamp(read.time) === undefined) throw retentionFault('time is not a canonical UTC timestamp')
  const key = parsePublicKeyHex(read.signer_key)
  const signature = parseSignatureText(read.signature)
  if (!key || !signature || !verify(key, message(read), signature))
    throw retentionFault('the retention anchor does not verify')
  if (trusted.size > 0 && !trusted.has(key.hex))
    throw retentionFault('the retention anchor is signed by a key that is not trusted')
  return read
}

export const retentionFault = (text: string) => new EvidenceFault('retention_anchor_invalid', text)
