// Writes the head of a session after each signed checkpoint, one line each, for export to another machine and for whoever
// verifies the folder. Appended, never rewritten.
import {errnoOf} from '../../core/errors.js'
import {headFileName, headLine} from '../../formats/evidence-head.js'
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

/** The head file of a session. The log stands without it: one that cannot be written costs nothing but the word about it. */
export class HeadFile {
  readonly #directory: LogDirectory
  readonly #session: string
  readonly #notice: (text: string) => void
  #fails = false

  constructor(directory: LogDirectory, session: string, notice: (text: string) => void) {
    this.#directory = directory
    this.#session = session
    this.#notice = notice
  }

  append(head: Head, key: PrivateKey): void {
    try {
      append(this.#directory, this.#session, head, key)
      this.#fails = false
    } catch (error) {
      if (!this.#fails) this.#notice(`the head file cannot be written: ${error instanceof Error ? error.message : ''}`)
      this.#fails = true
    }
  }
}

/** Throws what the directory throws. */
function append(directory: LogDirectory, session: string, head: Head, key: PrivateKey): void {
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
