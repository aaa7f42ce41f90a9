// Reads the lines of JSONL files, one file open at a time and one line in memory at a time.
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs'
import {PipelockError} from '../../../core/errors.js'
import {MAX_LINE_BYTES} from '../../../formats/evidence-fault.js'
import {splitLines} from '../../../lib/line-reader.js'
import type {Line} from './lines.js'

const CHUNK = 256 * 1024

/** The lines of the files in order. A file that cannot be opened throws its system error. */
export function* readLines(files: readonly string[]): Generator<Line> {
  for (const file of files) {
    const fd = openRegular(file)
    try {
      for (const {line, bytes, terminated, tooLong} of splitLines(chunksOf(fd), MAX_LINE_BYTES)) {
        yield {file, line, bytes, terminated, tooLong}
      }
    } finally {
      closeSync(fd)
    }
  }
}

/** Throws its system error, and `evidence_unreadable` for what is no regular file. */
export function openRegular(file: string): number {
  // a FIFO among the files of a stranger must not hold the verifier up for ever, nor a link to a device that has no end
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw new PipelockError('evidence_unreadable', `${file} is not a regular file`)
}

function* chunksOf(fd: number): Generator<Buffer> {
  for (;;) {
    // a fresh buffer each time: the caller may hold the last line while the next one is read
    const chunk = Buffer.allocUnsafe(CHUNK)
    const count = readSync(fd, chunk, 0, CHUNK, null)
    if (count === 0) return
    yield chunk.subarray(0, count)
  }
}
