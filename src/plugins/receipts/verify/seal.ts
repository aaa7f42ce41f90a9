// Transcript roots: each must state what the v1 chain came to before it; the last one seals the run.
import {EvidenceFault} from '../../../formats/evidence-fault.js'
import {memberTable, readMembers, refuseUnknown, STRING, UINT64} from '../../../formats/member-table.js'
import type {Int} from '../../../formats/member-table.js'
import {isObject, type JsonValue} from '../../../lib/json/reader.js'
import type {RunningSegment} from './running-segment.js'

interface TranscriptRoot {
  readonly session_id: string
  readonly final_seq: Int
  readonly root_hash: string
  readonly receipt_count: Int
  readonly start_time: string
  readonly end_time: string
}

const TABLE = memberTable([
  ['session_id', STRING],
  ['final_seq', UINT64],
  ['root_hash', STRING],
  ['receipt_count', UINT64],
  ['start_time', STRING],
  ['end_time', STRING],
])

/** Throws EvidenceFault `seal_mismatch`. */
export function checkTranscriptRoot(detail: JsonValue, session: string, chain: RunningSegment | undefined): void {
  const root = parseRoot(detail)
  const compare = (name: keyof TranscriptRoot, computed: Int | string | undefined) => {
    if (root[name] !== computed)
      throw mismatch(`${name} is ${JSON.stringify(String(root[name]))}, computed ${JSON.stringify(String(computed))}`)
  }
  compare('session_id', session)
  if (!chain) throw mismatch('there is no receipt before it')
  compare('root_hash', chain.rootHash)
  compare('final_seq', chain.finalSeq)
  compare('receipt_count', chain.count)
  if (chain.startTime !== undefined) compare('start_time', chain.startTime)
  compare('end_time', chain.endTime)
}

function parseRoot(detail: JsonValue): TranscriptRoot {
  if (!isObject(detail)) throw mismatch('the detail is not an object')
  try {
    refuseUnknown(TABLE, detail, 'the transcript root')
    return readMembers(TABLE, detail) as unknown as TranscriptRoot
  } catch (error) {
    if (error instanceof EvidenceFault) throw mismatch(error.message)
    throw error
  }
}

const mismatch = (message: string) => new EvidenceFault('seal_mismatch', `transcript root: ${message}`)

/** The last transcript root, and what followed it. */
export class SealWatch {
  #last: {readonly receipts: number; readonly signedCheckpoints: number} | undefined
  #checkpointsAfter = 0
  #othersAfter = 0

  /** An entry of the type, which may follow the last root. */
  see(type: string): void {
    if (!this.#last || type === 'transcript_root') return
    if (type === 'checkpoint') this.#checkpointsAfter++
    else this.#othersAfter++
  }

  /** A root behind so many v1 receipts and signed checkpoints. */
  root(receipts: number, signedCheckpoints: number): void {
    this.#last = {receipts, signedCheckpoints}
    this.#checkpointsAfter = this.#othersAfter = 0
  }

  /** The last root covers all receipts. */
  covers(receipts: number): boolean {
    return this.#last?.receipts === receipts
  }

  /** A checkpoint was signed behind the last root. */
  isAnchored(signedCheckpoints: number): boolean {
    return this.#last !== undefined && signedCheckpoints > this.#last.signedCheckpoints
  }

  /** What a log that was stopped cleanly would not show at its end. */
  problem(): string | undefined {
    if (!this.#last) return 'there is no transcript root'
    return this.#othersAfter > 0 || this.#checkpointsAfter > 1 ? 'entries follow the last transcript root' : undefined
  }
}
