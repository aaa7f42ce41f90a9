// The receipts of a session in log order, each with its text and hash: the second look at a log whose signatures and links
// were verified. Every hash link is followed again, so that what is handed on is bound to the roots that were verified.
import {
  keyReader,
  parseActionReceipt,
  readActionReceipt,
  type ActionReceipt,
  type ReadKey,
} from '../../../formats/action-receipt.js'
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
} from '../../../formats/evidence-receipt.js'
import type {Int} from '../../../formats/member-table.js'
import type {PublicKey} from '../../../lib/ed25519.js'
import {sha256Hex} from '../../../lib/hash.js'
import {escapeHtml} from '../../../lib/json/writer.js'
import type {RecordType} from '../anchor/leaf.js'
import {isBlank, withoutCr} from './lines.js'
import {readLine} from './read-line.js'
import {readLines} from './read-lines.js'

export interface LocatedReceipt {
  readonly recordType: RecordType
  readonly chainSeq: Int
  /** The text that was hashed; for a v2 receipt, the one of each form that its signature may cover. */
  readonly texts: readonly string[]
  readonly hashes: readonly string[]
  readonly link: string
}

/** How much of a log is read: the receipts that were verified, and not what was appended since. */
export interface ReceiptCounts {
  readonly v1: number
  readonly v2: number
}

/** Throws EvidenceFault where the log is no longer the one that was verified. `keys` tell which form a v2 receipt signs. */
export function* readReceipts(
  files: readonly string[],
  counts: ReceiptCounts,
  keys: readonly PublicKey[],
): Generator<LocatedReceipt> {
  const readKey = keyReader()
  const previous: Record<RecordType, readonly string[]> = {action_receipt_v1: [], evidence_receipt_v2: []}
  const left: Record<RecordType, number> = {action_receipt_v1: counts.v1, evidence_receipt_v2: counts.v2}
  if (counts.v1 + counts.v2 === 0) return
  for (const {bytes, tooLong} of readLines(files)) {
    if (tooLong) throw new EvidenceFault('malformed_json', 'the line is longer than 8 MiB')
    if (isBlank(bytes)) continue
    const receipt = receiptIn(withoutCr(bytes), readKey, keys)
    if (!receipt || left[receipt.recordType] === 0) continue
    const before = previous[receipt.recordType]
    if (before.length > 0 && !before.includes(receipt.link)) {
      throw new EvidenceFault(
        'chain_break',
        `${receipt.recordType} ${receipt.chainSeq} does not link to the one before`,
      )
    }
    previous[receipt.recordType] = receipt.hashes
    left[receipt.recordType]--
    yield receipt
    if (left.action_receipt_v1 + left.evidence_receipt_v2 === 0) return
  }
  throw new EvidenceFault('no_receipts', 'the log became shorter while it was read')
}

function receiptIn(bytes: Buffer, readKey: ReadKey, keys: readonly PublicKey[]): LocatedReceipt | undefined {
  const {text, value, detailText, extText} = readLine(bytes)
  if (typeof value['type'] === 'string' && detailText !== '') {
    if (value['type'] === 'action_receipt') return actionReceipt(readActionReceipt(detailText, readKey))
    return value['type'] === 'evidence_receipt' ? evidenceReceipt(detailText, keys) : undefined
  }
  if (value['action_record'] !== undefined) return actionReceipt(parseActionReceipt(value, extText, readKey))
  return value['record_type'] === undefined ? undefined : evidenceReceipt(text, keys)
}

function actionReceipt({record, envelope}: ActionReceipt): LocatedReceipt {
  return {
    recordType: 'action_receipt_v1',
    chainSeq: record.chain_seq,
    texts: [envelope],
    hashes: [sha256Hex(envelope)],
    link: record.chain_prev_hash,
  }
}

function evidenceReceipt(text: string, keys: readonly PublicKey[]): LocatedReceipt {
  const receipt = parseEvidenceReceipt(readEvidenceReceipt(text))
  const escaped = escapeHtml(receipt.whole)
  const form =
    escaped === receipt.whole ? 'rfc8785' : keys.map((key) => matchingForm(receipt, key)).find((f) => f !== undefined)
  const forms = form === undefined ? (['rfc8785', 'html-escaped'] as const) : [form]
  return {
    recordType: 'evidence_receipt_v2',
    chainSeq: receipt.chain_seq,
    texts: forms.map((f) => (f === 'rfc8785' ? receipt.whole : escaped)),
    hashes: forms.map((f) => evidenceReceiptHash(receipt, f)),
    link: receipt.chain_prev_hash,
  }
}
