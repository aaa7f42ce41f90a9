// What the accepted receipts of a v1 chain came to, segment by segment.
import type {Int} from '../../../formats/member-table.js'
import type {ChainReceipt} from './chain-receipt.js'
import type {ChainVerdict, Segment} from './verdict.js'

/** The signing segment that is running, as a transcript root describes it. */
export interface RunningSegment {
  readonly signerKey: string
  readonly count: Int
  /** Those of them that stand in the input: fewer than `count` in a retained suffix. */
  readonly present: number
  readonly finalSeq: Int
  readonly rootHash: string
  /** undefined when it began before a retained suffix */
  readonly startTime: string | undefined
  readonly endTime: string
}

/** How a receipt stands to the segment before it. */
export interface Standing {
  /** Receipts of its segment, this one included. */
  readonly count: Int
  readonly isNewSegment: boolean
  /** The segment began before what is left of the log. */
  readonly startedEarlier: boolean
}

export class Segments {
  readonly #ended: Segment[] = []
  #running: RunningSegment | undefined
  #count = 0
  #firstSeq: Int | undefined
  #startTime = ''

  get running(): RunningSegment | undefined {
    return this.#running
  }

  accept({record, signer, hash}: ChainReceipt, {count, isNewSegment, startedEarlier}: Standing): void {
    const {timestamp, chain_seq: finalSeq} = record
    if (isNewSegment && this.#running) this.#ended.push(segmentOf(this.#running))
    this.#firstSeq ??= finalSeq
    if (this.#count++ === 0) this.#startTime = timestamp
    const before = isNewSegment ? undefined : this.#running
    this.#running = {
      signerKey: signer.hex,
      count,
      present: (before?.present ?? 0) + 1,
      finalSeq,
      rootHash: hash,
      startTime: isNewSegment && !startedEarlier ? timestamp : before?.startTime,
      endTime: timestamp,
    }
  }

  get totals(): Pick<
    ChainVerdict,
    'receiptCount' | 'firstSeq' | 'finalSeq' | 'rootHash' | 'startTime' | 'endTime' | 'signerKeys' | 'segments'
  > {
    const running = this.#running
    const segments = running ? [...this.#ended, segmentOf(running)] : this.#ended
    return {
      receiptCount: this.#count,
      firstSeq: this.#firstSeq,
      finalSeq: running?.finalSeq,
      rootHash: running?.rootHash ?? '',
      startTime: this.#startTime,
      endTime: running?.endTime ?? '',
      signerKeys: segments.map((segment) => segment.signer_key),
      segments,
    }
  }
}

function segmentOf(running: RunningSegment): Segment {
  return {
    signer_key: running.signerKey,
    receipt_count: running.present,
    final_seq: running.finalSeq,
    root_hash: running.rootHash,
    start_time: running.startTime ?? '',
    end_time: running.endTime,
  }
}
