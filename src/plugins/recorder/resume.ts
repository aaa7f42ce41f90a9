// Taking a log up again: the head of the entries, of the receipts and of the checkpoints, read from the end. The last
// receipt must verify before its number and hash are trusted; lines since the last checkpoint are checked one by one, and
// a damaged one means that nothing is ever appended here again.
import type {ActionReceipt} from '../../formats/action-receipt.js'
import type {Entry} from '../../formats/entry.js'
import {DamagedLog, judge, linesBackward, linesForward, readTail, type LogTail} from '../../formats/entry-tail.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
} from '../../formats/evidence-receipt.js'
import {parsePublicKeyHex} from '../../lib/ed25519.js'
import {sha256Hex} from '../../lib/hash.js'
import {isObject} from '../../lib/json/reader.js'
import type {LogDirectory} from '../../lib/log-directory.js'
import {segmentBeginning} from './segments.js'
import {isReplaced, RECEIPT, verifiedReceipt} from './verified-receipt.js'

/** The last receipt of the chain and the segment it ends. */
export interface ReceiptHead {
  readonly seq: number
  readonly hash: string
  readonly signer: string
  readonly startTime: string
  readonly endTime: string
}

export interface EvidenceHead {
  readonly nextSeq: number
  readonly hash: string
}

export interface LogState {
  readonly tail: LogTail
  readonly receipts: ReceiptHead | undefined
  /** Sequence of the last checkpoint; -1 when there is none. */
  readonly checkpoint: number
  /** The log ends with a transcript root and its checkpoint, and nothing after them. */
  readonly sealed: boolean
}

const EVIDENCE = Buffer.from('"type":"evidence_receipt"')

/** Reads only. Throws DamagedLog, PipelockError for a receipt that does not verify, or what the directory throws. */
export function readLogState(directory: LogDirectory, session: string): LogState {
  const tail = readTail(directory, session)
  let checkpoint: number | undefined
  let last: {readonly receipt: ActionReceipt; readonly entry: Entry} | undefined
  let root: Entry | undefined
  let later: Entry | undefined
  let previous: Entry | undefined
  for (const {name, bytes} of backward(directory, tail)) {
    if (checkpoint !== undefined && !bytes.includes(RECEIPT)) continue
    const entry = judge(name, bytes, session)
    if (checkpoint === undefined) {
      if (later !== undefined) link(name, entry, later)
      if (later !== undefined && previous === undefined) previous = entry
      later = entry
      if (entry.head.type === 'checkpoint') checkpoint = Number(entry.head.seq)
      if (entry.head.type === 'transcript_root') root ??= entry
    }
    if (last === undefined && entry.head.type === 'action_receipt') {
      const receipt = verifiedReceipt(name, entry)
      if (receipt !== undefined) last = {receipt, entry}
    }
    if (checkpoint !== undefined && last !== undefined) break
  }
  const sealed = tail.last?.head.type === 'checkpoint' && previousType(directory, tail) === 'transcript_root'
  return {
    tail,
    receipts: last && receiptHead(directory, tail, last.receipt, root),
    checkpoint: checkpoint ?? (later === undefined ? -1 : Number(later.head.seq) - 1),
    sealed,
  }
}

function* backward(directory: LogDirectory, tail: LogTail): Generator<{readonly name: string; readonly bytes: Buffer}> {
  for (const name of tail.files.toReversed()) {
    const end = name === tail.file?.name ? tail.file.bytes : directory.size(name)
    if (name !== tail.file?.name && directory.read(name, end - 1, 1)[0] !== 10) {
      throw new DamagedLog(name, 'its last line is torn, and another file follows')
    }
    for (const {bytes} of linesBackward(directory, name, end)) yield {name, bytes}
  }
}

function link(name: string, entry: Entry, later: Entry): void {
  if (entry.hash !== later.head.prev_hash || Number(entry.head.seq) !== Number(later.head.seq) - 1) {
    throw new DamagedLog(name, `entry ${later.head.seq} does not follow entry ${entry.head.seq}`)
  }
}

function previousType(directory: LogDirectory, tail: LogTail): string | undefined {
  let first = true
  for (const {name, bytes} of backward(directory, tail)) {
    if (!first) return judge(name, bytes, tail.last?.head.session_id ?? '').head.type
    first = false
  }
  return undefined
}

function receiptHead(
  directory: LogDirectory,
  tail: LogTail,
  last: ActionReceipt,
  root: Entry | undefined,
): ReceiptHead {
  const {record, signer} = last
  return {
    seq: Number(record.chain_seq),
    hash: sha256Hex(last.envelope),
    signer: signer.hex,
    startTime: segmentStart(directory, tail, last, root),
    endTime: record.timestamp,
  }
}

/** When the segment of the last receipt began. A root since then says it; else the first receipt of this signer does. */
function segmentStart(directory: LogDirectory, tail: LogTail, last: ActionReceipt, root: Entry | undefined): string {
  const {record, signer} = last
  if (record.chain_seq === 0) return record.timestamp
  if (root !== undefined && isObject(root.detail) && root.detail['final_seq'] === record.chain_seq) {
    const start = root.detail['start_time']
    if (typeof start === 'string') return start
  }
  const session = tail.last?.head.session_id ?? ''
  const detail = segmentBeginning({directory, files: tail.files, session}, signer.hex)?.detail
  const first = isObject(detail) ? detail['action_record'] : undefined
  if (isObject(first) && first['chain_seq'] === 0 && typeof first['timestamp'] === 'string') return first['timestamp']
  return record.timestamp // the head of the chain is gone, which verification reports
}

/** True when a receipt of this log was signed by the key: it may not open another segment. */
export function signedBefore(directory: LogDirectory, files: readonly string[], keyHex: string): boolean {
  const mark = Buffer.from(`"signer_key":"${keyHex}"`)
  for (const name of files) for (const bytes of linesForward(directory, name)) if (bytes.includes(mark)) return true
  return false
}

/** The end of the v2 chain, looked for when the first such receipt is to be written: most logs have none. */
export function readEvidenceHead(
  directory: LogDirectory,
  files: readonly string[],
  session: string,
): EvidenceHead | undefined {
  for (const name of files.toReversed()) {
    for (const {bytes} of linesBackward(directory, name, directory.size(name))) {
      if (!bytes.includes(EVIDENCE)) continue
      const entry = judge(name, bytes, session)
      if (entry.head.type !== 'evidence_receipt' || isReplaced(entry.detail)) continue
      const receipt = parseEvidenceReceipt(readEvidenceReceipt(entry.detailText))
      const key = parsePublicKeyHex(receipt.proof.signerKeyId)
      const form = key === undefined ? 'rfc8785' : matchingForm(receipt, key)
      if (form === undefined)
        throw new DamagedLog(name, `the evidence receipt of entry ${entry.head.seq} does not verify`)
      return {nextSeq: Number(receipt.chain_seq) + 1, hash: evidenceReceiptHash(receipt, form)}
    }
  }
  return undefined
}
