// Transcript roots: each must state what the v1 chain came to before it; the last one seals the run (receipts §3.4, §7.3).
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import {memberTable, readMembers, refuseUnknown, STRING, UINT64} from '../../core/formats/member-table.js'
import type {Int} from '../../core/formats/member-table.js'
import {isObject, type JsonValue} from '../../lib/json/reader.js'
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

/** What followed the last transcript root. */
export interface Seal {
  /** v1 receipts met when the root was written. */
  readonly receipts: number
  readonly signedCheckpoints: number
  checkpointsAfter: number
  othersAfter: number
}
