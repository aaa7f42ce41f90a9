// The entries that the log makes about itself: the roots of its transcripts, what was recovered, what is missing. And what
// stands in an entry in place of a detail that must not be shown.
import type {EvidenceHead} from '../../formats/evidence-head.js'
import type {EntryFields} from '../../formats/entry-log.js'
import {sha256Hex} from '../../lib/hash.js'
import {stringG} from '../../lib/json/writer.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {Gap} from './losses.js'

/** An entry with its detail, as it is staged. */
export interface OwnEntry {
  readonly fields: EntryFields
  readonly detail: string
}

/** What stands in place of a detail that holds a credential. */
export function withheldDetail(patterns: readonly string[], detail: string): string {
  const names = patterns.map((name) => jsonText(`[REDACTED:${name}]`))
  return `{"detected_patterns":[${names.join(',')}],"original_size":${Buffer.byteLength(detail)},"redacted":true}`
}

export interface Segment {
  readonly finalSeq: number
  readonly rootHash: string
  readonly startTime: string
  readonly endTime: string
}

export function transcriptRoot(session: string, s: Segment): OwnEntry {
  const count = s.finalSeq + 1
  const summary = `transcript_root: ${count} receipts, root=${s.rootHash.slice(0, 16)}`
  return {
    fields: {type: 'transcript_root', event_kind: 'transcript_root', transport: '', summary},
    detail: `{"session_id":${jsonText(session)},"final_seq":${s.finalSeq},"root_hash":"${s.rootHash}","receipt_count":${count},"start_time":"${s.startTime}","end_time":"${s.endTime}"}`,
  }
}

/** The log ended in a part of a line, which is kept in a file of its own. `resumedAfter`: the last entry that survived. */
export function tornRecord(bytes: Buffer, file: string, resumedAfter: number | null): OwnEntry {
  return recovery(`recovery: torn record of ${bytes.length} bytes set aside`, bytes, file, resumedAfter)
}

/** The file of the log was removed while it was written. */
export function removedFile(resumedAfter: number | null): OwnEntry {
  const summary = 'recovery: evidence was removed while running, a new file was begun'
  return recovery(summary, Buffer.alloc(0), '', resumedAfter)
}

function recovery(summary: string, torn: Buffer, file: string, resumedAfter: number | null): OwnEntry {
  const detail = `{"torn_bytes":${torn.length},"torn_sha256":"${sha256Hex(torn)}","file":${jsonText(file)},"resumed_after_seq":${resumedAfter}}`
  return {fields: recoveryFields(summary), detail}
}

/** The log was cut, or replaced, since its recorder stated how far it reaches: both positions, for an investigation. */
export function cut(stated: EvidenceHead, actual: {readonly seq: number | null; readonly hash: string}): OwnEntry {
  const {seq, entry_hash: hash, time} = stated
  return {
    fields: recoveryFields(`recovery: the log does not reach entry ${seq} any more, as its recorder stated`),
    detail: `{"stated_seq":${seq},"stated_entry_hash":${jsonText(hash)},"stated_at":${jsonText(time)},"found_seq":${actual.seq},"found_entry_hash":${jsonText(actual.hash)},"resumed_after_seq":${actual.seq}}`,
  }
}

/** Entries that were lost before this one: an auditor must not take the hole for quiet. */
export function gapEntry(gap: Gap, resumedAfter: number | null): OwnEntry {
  const {count, fromMs, throughMs, reason} = gap
  return {
    fields: recoveryFields(`recovery: ${count} entries could not be written`),
    detail: `{"lost_entries":${count},"from":"${formatTimestamp(fromMs)}","through":"${formatTimestamp(throughMs)}","reason":${jsonText(reason)},"resumed_after_seq":${resumedAfter}}`,
  }
}

function recoveryFields(summary: string): EntryFields {
  return {type: 'recovery', event_kind: 'recovery', transport: '', summary}
}

/** A string of a detail: a lone surrogate has no UTF-8 form. */
export function jsonText(value: string): string {
  return stringG(value.isWellFormed() ? value : value.toWellFormed())
}
