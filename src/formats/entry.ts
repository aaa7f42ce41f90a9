// Entries of the flight recorder: one line of writer-G text each, hashed over its fields and the exact bytes of its
// detail. Writers and readers of logs and captures share this file.
import {utf8} from '../lib/bytes.js'
import {sha256Hex} from '../lib/hash.js'
import {type JsonObject, type JsonValue} from '../lib/json/reader.js'
import {stringG} from '../lib/json/writer.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {EvidenceFault, readEvidenceObject} from './evidence-fault.js'
import {readInt, UINT64, type Int} from './member-table.js'

/** Fields that the hash covers besides the detail. Absent strings are "". */
export interface EntryHead {
  readonly v: 1 | 2 | 3
  readonly seq: Int
  readonly ts: string
  readonly session_id: string
  readonly chain_kind: string
  readonly writer_instance_id: string
  readonly trace_id: string
  readonly type: string
  readonly event_kind: string
  readonly transport: string
  readonly summary: string
  readonly raw_ref: string
  readonly prev_hash: string
}

/** A head as a writer gives it: version 2, and only non-empty members. */
export type NewEntry = Pick<
  EntryHead,
  'seq' | 'ts' | 'session_id' | 'type' | 'event_kind' | 'transport' | 'summary' | 'prev_hash'
> &
  Partial<Pick<EntryHead, 'trace_id' | 'raw_ref'>>

/** Link of the first entry of a session, which has no previous one. */
export const GENESIS = 'genesis'

/** Longest line that every reader accepts. */
export const MAX_ENTRY_BYTES = 1_048_576

/** SHA-256 over the fields of the entry's version, joined by zero bytes; `detail` is the text as on the line. */
export function hashEntry(head: EntryHead, detail: string): string {
  const h = head
  const fields =
    h.v === 1
      ? [h.v, h.seq, h.ts, h.session_id, h.trace_id, h.type, h.transport, h.summary, detail, h.raw_ref, h.prev_hash]
      : h.v === 2
        ? [
            h.v,
            h.seq,
            h.ts,
            h.session_id,
            h.trace_id,
            h.type,
            h.event_kind,
            h.transport,
            h.summary,
            detail,
            h.raw_ref,
            h.prev_hash,
          ]
        : [
            h.v,
            h.seq,
            h.ts,
            h.session_id,
            h.chain_kind,
            h.writer_instance_id,
            h.trace_id,
            h.type,
            h.event_kind,
            h.transport,
            h.summary,
            detail,
            h.raw_ref,
            h.prev_hash,
          ]
  return sha256Hex(fields.join('\0'))
}

export interface WrittenEntry {
  /** The line with its final LF. */
  readonly line: string
  readonly hash: string
  /** The detail exceeded the limit and was replaced by its length and digest. */
  readonly oversize: boolean
}

/**
 * The line of a new entry. `detail` is compact writer-G text. Throws for U+0000 in a hashed string: the fields are joined
 * by zero bytes, so it would let two entries share a hash.
 */
export function writeEntry(entry: NewEntry, detail: string): WrittenEntry {
  const head: EntryHead = {
    v: 2,
    chain_kind: '',
    writer_instance_id: '',
    seq: entry.seq,
    ts: entry.ts,
    session_id: entry.session_id.toWellFormed(),
    trace_id: (entry.trace_id ?? '').toWellFormed(),
    type: entry.type.toWellFormed(),
    event_kind: entry.event_kind.toWellFormed(),
    transport: entry.transport.toWellFormed(),
    summary: entry.summary.toWellFormed(),
    raw_ref: entry.raw_ref ?? '',
    prev_hash: entry.prev_hash,
  }
  if (hasZero(head)) throw new EvidenceFault('recorder_entry_invalid', 'an entry must not contain U+0000')
  const whole = finish(head, detail)
  if (whole.line.length * 3 <= MAX_ENTRY_BYTES || utf8(whole.line).length - 1 <= MAX_ENTRY_BYTES)
    return {...whole, oversize: false}
  const size = utf8(detail).length
  return {...finish(head, `{"oversize":true,"original_size":${size},"sha256":"${sha256Hex(detail)}"}`), oversize: true}
}

function finish(head: EntryHead, detail: string): {readonly line: string; readonly hash: string} {
  const hash = hashEntry(head, detail)
  return {line: `${entryLine(head, detail, hash)}\n`, hash}
}

/** The only accepted spelling of an entry: fixed order, writer-G strings, no white space, no empty optional members. */
export function entryLine(head: EntryHead, detail: string, hash: string): string {
  const h = head
  let out = `{"v":${h.v},"seq":${h.seq},"ts":${stringG(h.ts)},"session_id":${stringG(h.session_id)}`
  if (h.v === 3) out += `,"chain_kind":${stringG(h.chain_kind)},"writer_instance_id":${stringG(h.writer_instance_id)}`
  if (h.trace_id) out += `,"trace_id":${stringG(h.trace_id)}`
  out += `,"type":${stringG(h.type)}`
  if (h.event_kind) out += `,"event_kind":${stringG(h.event_kind)}`
  out += `,"transport":${stringG(h.transport)},"summary":${stringG(h.summary)},"detail":${detail}`
  if (h.raw_ref) out += `,"raw_ref":${stringG(h.raw_ref)}`
  return `${out},"prev_hash":${stringG(h.prev_hash)},"hash":${stringG(hash)}}`
}

function hasZero(head: EntryHead): boolean {
  for (const value of Object.values(head)) if (typeof value === 'string' && value.includes('\0')) return true
  return false
}

/** An entry as read from a line, its hash not yet compared. */
export interface Entry {
  readonly head: EntryHead
  readonly detail: JsonValue
  /** The exact text of the detail on the line. */
  readonly detailText: string
  readonly hash: string
}

const NAMES: ReadonlySet<string> = new Set([
  'v',
  'seq',
  'ts',
  'session_id',
  'chain_kind',
  'writer_instance_id',
  'trace_id',
  'type',
  'event_kind',
  'transport',
  'summary',
  'detail',
  'raw_ref',
  'prev_hash',
  'hash',
])

/** Reads one line without its LF strictly and compares it with the one accepted spelling. Throws EvidenceFault. */
export function parseEntryLine(line: string): Entry {
  const read = readEntryLine(line)
  return judgeEntry(line, read.value, read.detailText)
}

/** The object of a line with the source texts that hashes and signatures cover: `detail` ("" when absent) and `ext`. */
export function readEntryLine(line: string): {
  readonly value: JsonObject
  readonly detailText: string
  readonly extText: string | undefined
} {
  let detailText = ''
  let extText: string | undefined
  const value = readEvidenceObject(line, {
    onRootMember(name, start, end) {
      if (name === 'detail') detailText = line.slice(start, end)
      else if (name === 'ext') extText = line.slice(start, end)
    },
  })
  return {value, detailText, extText}
}

/** Checks an entry that was already parsed: its members are exactly those of its version, in the one spelling. */
export function judgeEntry(line: string, value: JsonObject, detailText: string): Entry {
  for (const name in value) if (!NAMES.has(name)) throw invalid(`unknown member ${JSON.stringify(name)}`)
  const {head, hash} = readHead(value)
  const detail = value['detail']
  if (detail === undefined) throw invalid('detail is missing')
  if (parseTimestamp(head.ts) === undefined) throw invalid('ts is not a canonical UTC timestamp')
  if (entryLine(head, detailText, hash) !== line) throw invalid('the line is not in its canonical form')
  return {head, detail, detailText, hash}
}

/**
 * The members that the hash covers, for every reader of entries. `isTolerant` passes over members that the version of the
 * entry does not have: later writers may add some. Throws EvidenceFault.
 */
export function readHead(value: JsonObject, isTolerant = false): {readonly head: EntryHead; readonly hash: string} {
  const version = value['v']
  if (version !== 1 && version !== 2 && version !== 3) throw invalid('v is not 1, 2 or 3')
  const seq = readInt(UINT64.min, UINT64.max, value['seq'])
  if (seq === undefined) throw invalid('seq is not an unsigned 64-bit integer')
  const member = (isOfVersion: boolean, name: string, read: typeof required): string => {
    if (isOfVersion) return read(value, name)
    return isTolerant ? '' : forbidden(value, name)
  }
  const head: EntryHead = {
    v: version,
    seq,
    ts: required(value, 'ts'),
    session_id: required(value, 'session_id'),
    chain_kind: member(version === 3, 'chain_kind', required),
    writer_instance_id: member(version === 3, 'writer_instance_id', required),
    trace_id: optional(value, 'trace_id'),
    type: required(value, 'type'),
    event_kind: member(version > 1, 'event_kind', optional),
    transport: required(value, 'transport'),
    summary: required(value, 'summary'),
    raw_ref: optional(value, 'raw_ref'),
    prev_hash: required(value, 'prev_hash'),
  }
  const hash = required(value, 'hash')
  if (hasZero(head)) throw invalid('a hashed string contains U+0000')
  return {head, hash}
}

function required(value: JsonObject, name: string): string {
  const member = value[name]
  if (typeof member !== 'string') throw invalid(`${name} is ${member === undefined ? 'missing' : 'not a string'}`)
  return member
}

function optional(value: JsonObject, name: string): string {
  return value[name] === undefined ? '' : required(value, name)
}

function forbidden(value: JsonObject, name: string): string {
  if (value[name] !== undefined) throw invalid(`${name} is not allowed in this version`)
  return ''
}

function invalid(message: string): EvidenceFault {
  return new EvidenceFault('recorder_entry_invalid', message)
}
