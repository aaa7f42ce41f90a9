// What a leaf of an anchored log is: not the receipt, which would show every target to whoever serves or witnesses the log,
// but a short text with its session, kind, sequence number and receipt hash. The hash covers the whole signed receipt.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import type {Int} from '../../../formats/member-table.js'

export type RecordType = 'action_receipt_v1' | 'evidence_receipt_v2'

export interface AnchorLeaf {
  readonly session: string
  readonly recordType: RecordType
  readonly chainSeq: Int
  /** Receipt hash, 64 lowercase hex characters. */
  readonly hash: string
}

const HEADER = 'pipelock-receipt-leaf-v1'
const LEAF =
  /^pipelock-receipt-leaf-v1\n([^\p{Cc}]+)\n(action_receipt_v1|evidence_receipt_v2) (0|[1-9][0-9]{0,19}) ([0-9a-f]{64})\n$/u

/** Four lines, the last one ended too. Throws EvidenceFault for a session whose name would not stay in its line. */
export function leafEntry({session, recordType, chainSeq, hash}: AnchorLeaf): Buffer {
  const text = `${HEADER}\n${session}\n${recordType} ${chainSeq} ${hash}\n`
  if (!LEAF.test(text))
    throw new EvidenceFault('recorder_entry_invalid', 'the session cannot be named in an anchored log')
  return Buffer.from(text, 'utf8')
}

/** What an entry of an anchored log says, or undefined when it is no leaf of ours. */
export function parseLeafEntry(entry: Buffer): AnchorLeaf | undefined {
  const [, session, recordType, chainSeq, hash] = LEAF.exec(entry.toString('utf8')) ?? []
  if (session === undefined || chainSeq === undefined || hash === undefined) return undefined
  const seq = BigInt(chainSeq)
  return {
    session,
    recordType: recordType === 'action_receipt_v1' ? recordType : 'evidence_receipt_v2',
    chainSeq: seq <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(seq) : seq,
    hash,
  }
}
