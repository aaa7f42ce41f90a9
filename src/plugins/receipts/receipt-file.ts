// Files of lifecycle receipts: JSON lines, one chain per file, each append durable before it is reported.
import type {AppendedReceipt} from '../../core/services/receipts.js'
import {closeSync, constants, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync} from 'node:fs'
import {dirname} from 'node:path'
import {PipelockError} from '../../core/errors.js'
import {EvidenceFault, MAX_LINE_BYTES} from '../../formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
  signEvidenceReceipt,
  type ChainPosition,
  type EvidenceDraft,
  type EvidenceSigner,
} from '../../formats/evidence-receipt.js'
import {fsyncDirectory, writeAll, writeFileAtomic} from '../../lib/atomic-file.js'
import {NOBODY, ownerName} from '../../lib/lock-owner.js'
import {tryLock} from '../../lib/lockfile.js'

/**
 * Signs the draft as the next receipt of the file's chain and appends it with fsync. A fragment that a crash left behind
 * the last complete line is set aside beside the file. Throws when the file is locked, or its last receipt is damaged.
 */
export function appendEvidenceReceipt(path: string, draft: EvidenceDraft, signer: EvidenceSigner): AppendedReceipt {
  const lock = tryLock(`${path}.lock`)
  if (!lock.held) {
    throw new PipelockError('store_locked', `${ownerName(lock.owner ?? NOBODY)} is writing ${path}`, {
      hint: `if that process has ended, remove ${path}.lock`,
    })
  }
  try {
    return append(path, draft, signer)
  } finally {
    lock.lock.release()
  }
}

function append(path: string, draft: EvidenceDraft, signer: EvidenceSigner): AppendedReceipt {
  const isNew = !existsSync(path)
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600)
  try {
    const position = nextPosition(path, fd, signer)
    const {text, hash} = signEvidenceReceipt(draft, position, signer)
    const end = fstatSync(fd).size
    try {
      writeAll(fd, Buffer.from(`${text}\n`))
      fsyncSync(fd)
    } catch (error) {
      ftruncateSync(fd, end) // a half line would be taken for a crash by the next writer
      throw error
    }
    if (isNew) fsyncDirectory(dirname(path))
    return {text, hash, chainSeq: position.chain_seq}
  } finally {
    closeSync(fd)
  }
}

function nextPosition(path: string, fd: number, signer: EvidenceSigner): ChainPosition {
  const last = lastLine(path, fd)
  if (last === undefined) return {chain_seq: 0, chain_prev_hash: 'genesis'}
  let receipt
  try {
    receipt = parseEvidenceReceipt(readEvidenceReceipt(last))
  } catch (error) {
    if (!(error instanceof EvidenceFault)) throw error
    throw damaged(path, error.message, error)
  }
  const own = receipt.proof.signerKeyId === signer.id ? matchingForm(receipt, signer.key.public) : 'rfc8785'
  if (own === undefined) throw damaged(path, 'its signature does not verify')
  const seq = BigInt(receipt.chain_seq) + 1n
  return {
    chain_seq: seq <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seq) : seq,
    chain_prev_hash: evidenceReceiptHash(receipt, own),
  }
}

/** The last complete line. What stands behind it is a write that never finished: it is kept aside and cut off. */
function lastLine(path: string, fd: number): Buffer | undefined {
  const {size} = fstatSync(fd)
  const length = Math.min(size, 2 * MAX_LINE_BYTES)
  const tail = Buffer.alloc(length)
  for (let at = 0; at < length;) {
    const count = readSync(fd, tail, at, length - at, size - length + at)
    if (count === 0) throw damaged(path, 'it became shorter while it was read')
    at += count
  }
  const end = tail.lastIndexOf(10)
  if (end === -1 && length < size) throw damaged(path, 'its last line is too long')
  const complete = size - (length - (end + 1))
  if (complete < size) {
    writeFileAtomic(`${path}.torn-${complete}`, tail.subarray(end + 1))
    ftruncateSync(fd, complete)
    fsyncSync(fd)
  }
  for (let stop = end; stop >= 0;) {
    const start = tail.lastIndexOf(10, stop - 1)
    if (start === -1 && stop > 0 && length < size) throw damaged(path, 'its last line is too long')
    const line = tail.subarray(start + 1, stop)
    if (!/^[\t\v\f\r ]*$/.test(line.toString('latin1'))) return line
    stop = start
  }
  return undefined
}

function damaged(path: string, what: string, cause?: unknown): PipelockError {
  return new PipelockError('recorder_chain_break', `the last receipt of ${path} is damaged: ${what}`, {
    hint: 'verify the file with "pipelock verify-receipt" and move it aside; a new file starts a new chain',
    cause,
  })
}
