// The head of a session after each signed checkpoint, one line each, for export to another machine: what was said there
// makes a removed tail visible here (receipts §7.4, §9 row 6). Appended, never rewritten.
import {errnoOf} from '../../core/errors.js'
import type {LogDirectory, LogFile} from '../../lib/log-directory.js'
import {memberTable, STRING, UINT64, INT64, writeMembers} from '../../core/formats/member-table.js'
import {sign, signatureText, type PrivateKey} from '../../lib/ed25519.js'
import {sha256} from '../../lib/hash.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {ReceiptHead} from './resume.js'

interface Head {
  /** The checkpoint, and the hash of the entry before it, which its signature covers. */
  readonly seq: number
  readonly entryHash: string
  /** Signature of the checkpoint. */
  readonly signature: string
  readonly atMs: number
  readonly receipts: ReceiptHead | undefined
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

export function headFileName(session: string): string {
  return `evidence-${session}.head`
}

/** Throws what the directory throws. */
export function appendHead(directory: LogDirectory, session: string, head: Head, key: PrivateKey): void {
  const {seq, entryHash, signature, atMs, receipts} = head
  const signed = {
    version: 1,
    session_id: session,
    seq,
    entry_hash: entryHash,
    receipt_seq: receipts?.seq ?? 0,
    root_hash: receipts?.hash ?? 'genesis',
    checkpoint_signature: signature,
    signer_key: key.public.hex,
    time: formatTimestamp(atMs),
  }
  const proof = signatureText(sign(key, sha256(DOMAIN + writeMembers(SIGNED_TABLE, signed))))
  const line = Buffer.from(`${writeMembers(TABLE, {...signed, signature: proof})}\n`)
  const name = headFileName(session)
  const file = openHead(directory, name)
  try {
    if (file.write(line) !== line.length) throw new Error(`${name} took a part of a line only`)
  } finally {
    file.close()
  }
}

/** Tried, not looked for: a folder may hold thousands of files. */
function openHead(directory: LogDirectory, name: string): LogFile {
  try {
    return directory.append(name)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return directory.create(name)
  }
}
