// Lines of JSONL files, one file open at a time and one line in memory at a time (receipts §1.2). Only LF ends a line:
// U+0085, U+2028 and U+2029 are ordinary characters.
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {PipelockError} from '../../core/errors.js'
import {MAX_LINE_BYTES} from '../../core/formats/evidence-fault.js'

export interface Place {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

export interface Line extends Place {
  /** Without the LF. Empty when the line is too long to be read. */
  readonly bytes: Buffer
  readonly terminated: boolean
  readonly tooLong: boolean
}

const CHUNK = 256 * 1024

/** The lines of the files in order. A file that cannot be opened throws its system error. */
export function* readLines(files: readonly string[]): Generator<Line> {
  for (const file of files) {
    // a FIFO among the files of a stranger must not hold the verifier up for ever
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (fstatSync(fd).isFIFO()) throw new PipelockError('evidence_unreadable', `${file} is a FIFO, not a file`)
      yield* linesOf(file, fd)
    } finally {
      closeSync(fd)
    }
  }
}

function* linesOf(file: string, fd: number): Generator<Line> {
  let parts: Buffer[] = []
  let length = 0
  let line = 1
  const take = (last: Buffer, terminated: boolean): Line => {
    const total = length + last.length
    const tooLong = total > MAX_LINE_BYTES
    const bytes = tooLong ? Buffer.alloc(0) : parts.length === 0 ? last : Buffer.concat([...parts, last], total)
    parts = []
    length = 0
    return {file, line: line++, bytes, terminated, tooLong}
  }
  for (;;) {
    // a fresh buffer each time: the caller may hold the last line while the next one is read
    const chunk = Buffer.allocUnsafe(CHUNK)
    const count = readSync(fd, chunk, 0, CHUNK, null)
    if (count === 0) break
    const data = chunk.subarray(0, count)
    let from = 0
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, from)) {
      yield take(data.subarray(from, end), true)
      from = end + 1
    }
    if (from === count) continue
    const rest = data.subarray(from)
    // beyond the cap nothing is kept: a line without end must not fill the memory
    if (length <= MAX_LINE_BYTES) parts.push(rest)
    length += rest.length
  }
  if (length > 0) yield take(Buffer.alloc(0), false)
}

/** The items with the knowledge which one is the last. */
export function* markLast<T>(items: Iterable<T>): Generator<{readonly item: T; readonly last: boolean}> {
  let held: {readonly item: T} | undefined
  for (const item of items) {
    if (held) yield {item: held.item, last: false}
    held = {item}
  }
  if (held) yield {item: held.item, last: true}
}

/** A line without its one trailing CR. */
export function withoutCr(bytes: Buffer): Buffer {
  return bytes.length > 0 && bytes[bytes.length - 1] === 13 ? bytes.subarray(0, -1) : bytes
}

export function isBlank(bytes: Buffer): boolean {
  for (const c of bytes) if (c !== 32 && (c < 9 || c > 13)) return false
  return true
}
