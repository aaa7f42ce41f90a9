// Writes the head of a session after each signed checkpoint, one line each, for export to another machine and for whoever
// verifies the folder (receipts §7.4, §9 row 6). Appended, never rewritten.
import {errnoOf} from '../../core/errors.js'
import {headFileName, headLine} from '../../core/formats/evidence-head.js'
import type {PrivateKey} from '../../lib/ed25519.js'
import type {LogDirectory, LogFile} from '../../lib/log-directory.js'
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

/** Throws what the directory throws. */
export function appendHead(directory: LogDirectory, session: string, head: Head, key: PrivateKey): void {
  const {seq, entryHash, signature, atMs, receipts} = head
  const text = headLine(
    {
      session_id: session,
      seq,
      entry_hash: entryHash,
      receipt_seq: receipts?.seq ?? 0,
      root_hash: receipts?.hash ?? 'genesis',
      checkpoint_signature: signature,
      time: formatTimestamp(atMs),
    },
    key,
  )
  const line = Buffer.from(text)
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
