// The head of a session as stated at each signed checkpoint: one line of `evidence-<session>.head`. It makes a removed
// tail visible, even after the log was continued.
import {parsePublicKeyHex, parseSignatureText, sign, signatureText, verify, type PrivateKey} from '../lib/ed25519.js'
import {sha256} from '../lib/hash.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {INT64, memberTable, readMembers, refuseUnknown, STRING, UINT64, writeMembers, type Int} from './member-table.js'

export interface EvidenceHead {
  readonly version: 1
  readonly session_id: string
  /** The checkpoint, and the hash of the entry before it, which its signature covers. */
  readonly seq: Int
  readonly entry_hash: string
  /** The last receipt before it; `genesis` when there was none. */
  readonly receipt_seq: Int
  readonly root_hash: string
  readonly checkpoint_signature: string
  readonly signer_key: string
  readonly time: string
}

const SIGNED = [
  ['version', INT64],
  ['session_id', STRING],
  ['seq', UINT64],
  ['entry_hash', STRING],
  ['receipt_seq', UINT64],
  ['root_hash', STRING],
  ['checkpoint_signature', STRING],
  ['signer_key', STRING],
  ['time', STRING],
] as const
const SIGNED_TABLE = memberTable(SIGNED)
const TABLE = memberTable([...SIGNED, ['signature', STRING]])
const DOMAIN = 'pipelock-evidence-head-v1\0'

const message = (head: EvidenceHead): Buffer => sha256(DOMAIN + writeMembers(SIGNED_TABLE, head))

/** Stored beside the files of its session. */
export function headFileName(session: string): string {
  return `evidence-${session}.head`
}

/** The line with its LF; the key is that of `signer_key`. */
export function headLine(head: Omit<EvidenceHead, 'version' | 'signer_key'>, key: PrivateKey): string {
  const whole: EvidenceHead = {version: 1, ...head, signer_key: key.public.hex}
  return `${writeMembers(TABLE, {...whole, signature: signatureText(sign(key, message(whole)))})}\n`
}

/** Parses a line without its LF and checks its signature under the key that it names. Throws EvidenceFault. */
export function parseHeadLine(line: Uint8Array, session: string): EvidenceHead {
  const value = readEvidenceObject(line)
  refuseUnknown(TABLE, value, 'the head')
  const read = readMembers(TABLE, value) as unknown as EvidenceHead & {readonly signature: string}
  if (read.version !== 1) throw new EvidenceFault('unsupported_version', 'the head is not of version 1')
  if (read.session_id !== session) throw new EvidenceFault('invalid_field', 'the head names another session')
  const key = parsePublicKeyHex(read.signer_key)
  const signature = parseSignatureText(read.signature)
  if (!key || !signature) throw new EvidenceFault('signature_malformed', 'the head has no usable key or signature')
  if (!verify(key, message(read), signature)) throw new EvidenceFault('signature_invalid', 'the head does not verify')
  return read
}
