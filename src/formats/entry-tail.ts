// Finds the end of a session's log after a stop of any kind: the last whole line, the torn fragment after it, and the
// lines before it, read backwards. Nothing is changed on disk until everything needed was read.
import {decodeUtf8, JsonFault} from '../lib/json/reader.js'
import type {LogDirectory} from '../lib/log-directory.js'
import {parseTimestamp} from '../lib/timestamp.js'
import {hashEntry, parseEntryLine, readEntryLine, type Entry} from './entry.js'
import {FIRST, type LogHead, type OpenFile} from './entry-log.js'
import {EvidenceFault, MAX_LINE_BYTES} from './evidence-fault.js'

/** A whole line that is not an entry of this chain. Nothing is ever appended to such a log. */
export class DamagedLog extends Error {
  readonly file: string
  constructor(file: string, message: string) {
    super(`${file}: ${message}`)
    this.name = 'DamagedLog'
    this.file = file
  }
}

export interface TornTail {
  readonly file: string
  /** Length of the file without it. */
  readonly keep: number
  readonly bytes: Buffer
}

export interface LogTail {
  readonly head: LogHead
  /** The file that holds the last entry. */
  readonly file: OpenFile | undefined
  readonly last: Entry | undefined
  /** Names with a whole line, oldest first. */
  readonly files: readonly string[]
  readonly torn: readonly TornTail[]
  /** Names without any line. */
  readonly empty: readonly string[]
}

/** Log files of exactly this session by their number: split at the last dash, so that `agent` does not adopt `agent-debug`. */
export function sessionFiles(names: readonly string[], session: string): readonly string[] {
  const prefix = `evidence-${session}-`
  const files: {readonly name: string; readonly first: bigint}[] = []
  for (const name of names) {
    if (!name.startsWith(prefix) || !name.endsWith('.jsonl')) continue
    const digits = name.slice(prefix.length, -'.jsonl'.length)
    if (/^[0-9]{1,20}$/.test(digits)) files.push({name, first: BigInt(digits)})
  }
  return files.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0)).map(({name}) => name)
}

/** Reads the end. Throws DamagedLog, or what the directory throws. */
export function readTail(directory: LogDirectory, session: string): LogTail {
  const names = [...sessionFiles(directory.names(), session)]
  const torn: TornTail[] = []
  const empty: string[] = []
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const size = directory.size(name)
    const whole = endOfLines(directory, name, size)
    let keep = whole
    if (whole === size && whole > 0) {
      const line = lastLine(directory, name, whole)
      if (!isJson(line.bytes)) keep = line.start
    }
    if (keep < size) torn.unshift({file: name, keep, bytes: directory.read(name, keep, size - keep)})
    if (keep === 0) {
      empty.unshift(name)
      continue
    }
    const last = judge(name, lastLine(directory, name, keep).bytes, session)
    const first = Number(name.slice(`evidence-${session}-`.length, -'.jsonl'.length))
    const seq = Number(last.head.seq)
    if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(first) || seq < first) {
      throw new DamagedLog(name, 'its number does not fit its last entry')
    }
    const head = {seq: seq + 1, prevHash: last.hash, atMs: ceilingMs(last.head.ts)}
    return {head, last, file: {name, bytes: keep, lines: seq - first + 1}, files: [...names, name], torn, empty}
  }
  return {head: FIRST, file: undefined, last: undefined, files: [], torn, empty}
}

/** Milliseconds rounded up: other writers give finer fractions than this one. */
function ceilingMs(ts: string): number {
  return (parseTimestamp(ts) ?? 0) + (/\.\d{4}/.test(ts) ? 1 : 0)
}

/**
 * Sets fragments aside, cuts the files to their whole lines and removes empty files. Returns the names of the files
 * with the fragments.
 */
export function sealTail(directory: LogDirectory, tail: LogTail, nowMs: number): readonly string[] {
  const aside = tail.torn.map(({file, keep, bytes}) => {
    const stem = file.slice(0, -'.jsonl'.length)
    const name = storeUnder(
      (ms) => `${stem}.torn-${ms}`,
      nowMs,
      (candidate) => directory.store(candidate, bytes),
    )
    if (keep > 0) directory.cut(file, keep)
    return name
  })
  for (const name of tail.empty) directory.remove(name)
  if (tail.empty.length > 0) directory.sync()
  return aside
}

function storeUnder(nameAt: (ms: number) => string, nowMs: number, store: (name: string) => void): string {
  for (let ms = nowMs; ; ms++) {
    try {
      store(nameAt(ms))
      return nameAt(ms)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
}

export interface LineAt {
  readonly start: number
  readonly bytes: Buffer
}

const CHUNK = 64 * 1024
const LF = 10

/**
 * Whole lines (without LF) from `end`, which follows a LF, to the start of the file. Throws DamagedLog for an endless
 * one.
 */
export function* linesBackward(directory: LogDirectory, name: string, end: number): Generator<LineAt> {
  let rest: Buffer = Buffer.alloc(0)
  for (let position = end; position > 0;) {
    const length = Math.min(CHUNK, position)
    position -= length
    const buffer = Buffer.concat([directory.read(name, position, length), rest])
    let stop = buffer.length
    while (stop >= 2) {
      const before = buffer.lastIndexOf(LF, stop - 2)
      if (before === -1) break
      yield {start: position + before + 1, bytes: notEndless(name, buffer.subarray(before + 1, stop - 1))}
      stop = before + 1
    }
    rest = notEndless(name, buffer.subarray(0, stop))
  }
  if (rest.length > 0) yield {start: 0, bytes: rest.subarray(0, -1)}
}

/** Whole lines (without LF) of a file from its start. Throws DamagedLog for an endless one. */
export function* linesForward(directory: LogDirectory, name: string): Generator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for (let position = 0; ;) {
    const chunk = directory.read(name, position, CHUNK)
    if (chunk.length === 0) return
    position += chunk.length
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let at = buffer.indexOf(LF); at !== -1; at = buffer.indexOf(LF, start)) {
      yield notEndless(name, buffer.subarray(start, at))
      start = at + 1
    }
    rest = notEndless(name, buffer.subarray(start))
  }
}

/** Refuses an endless line: no writer makes one and no verifier accepts it. It is damage and never read whole. */
function notEndless(name: string, line: Buffer): Buffer {
  if (line.length > MAX_LINE_BYTES + 1) throw new DamagedLog(name, 'a line is longer than 8 MiB')
  return line
}

/** Checks one line by itself: form, hash, session. Throws DamagedLog. */
export function judge(file: string, line: Uint8Array, session: string): Entry {
  let entry: Entry
  try {
    entry = parseEntryLine(decodeUtf8(line))
  } catch (error) {
    if (error instanceof EvidenceFault) throw new DamagedLog(file, `${error.reason}: ${error.message}`)
    if (error instanceof JsonFault) throw new DamagedLog(file, `malformed_json: ${error.message}`)
    throw error
  }
  if (entry.head.v === 3) throw new DamagedLog(file, 'entries of version 3 cannot be continued')
  if (entry.head.session_id !== session) throw new DamagedLog(file, 'an entry names another session')
  if (hashEntry(entry.head, entry.detailText) !== entry.hash)
    throw new DamagedLog(file, `the hash of entry ${entry.head.seq} is wrong`)
  return entry
}

/** Offset after the last LF. */
function endOfLines(directory: LogDirectory, name: string, size: number): number {
  for (let position = size; position > 0;) {
    const length = Math.min(CHUNK, position)
    position -= length
    const at = directory.read(name, position, length).lastIndexOf(LF)
    if (at !== -1) return position + at + 1
  }
  return 0
}

function lastLine(directory: LogDirectory, name: string, end: number): LineAt {
  for (const line of linesBackward(directory, name, end)) return line
  throw new DamagedLog(name, 'it has no line')
}

/** A torn line is one that is not JSON at all; a duplicate member or deep nesting is damage, not a tear. */
function isJson(line: Uint8Array): boolean {
  try {
    readEntryLine(decodeUtf8(line))
    return true
  } catch (error) {
    return !(error instanceof JsonFault || (error instanceof EvidenceFault && error.reason === 'malformed_json'))
  }
}
