// A capture file as a source of bytes, its faults as coded errors. Parts of a file begin and end at lines, so that several
// threads can share it: a line belongs to the part in which it begins.
import {PipelockError, type ErrorCode} from '../../../core/errors.js'
import {
  checkSameFile,
  readChunksSecurely,
  ReadFault,
  readRangeSecurely,
  wholeRange,
  type FileRange,
  type ReadFaultKind,
} from '../../../lib/secure-read.js'

const CODES: Readonly<Record<ReadFaultKind, ErrorCode>> = {
  missing: 'file_not_found',
  unreadable: 'file_unreadable',
  symlink: 'file_not_regular',
  not_regular: 'file_not_regular',
  permissions: 'file_permissions',
  too_large: 'payload_too_large',
}

export function* readFileCoded(path: string): Generator<Uint8Array> {
  yield* coded(() => readChunksSecurely(path))
}

/** Size and identity of a regular file. */
export function fileRange(path: string): FileRange {
  try {
    return wholeRange(path)
  } catch (error) {
    throw codedFault(error)
  }
}

/** Throws when the file was replaced, cut or edited meanwhile: its digest and its lines would be of two files. */
export function checkUnchanged(path: string, whole: FileRange): void {
  try {
    checkSameFile(path, whole)
  } catch (error) {
    throw codedFault(error)
  }
}

export function* readBytesOfRange(path: string, range: FileRange): Generator<Uint8Array> {
  yield* coded(() => readRangeSecurely(path, range))
}

const LF = 10

/** The bytes of the lines that begin in a range of a file, which is `whole`. */
export function* readLinesOfRange(path: string, range: FileRange, whole: FileRange): Generator<Uint8Array> {
  // one byte before the range: it tells whether a line begins at its start
  let at = Math.max(0, range.from - 1)
  let inside = range.from === 0
  for (const chunk of coded(() => readRangeSecurely(path, {...range, from: at, to: whole.to}))) {
    let start = 0
    if (!inside) {
      const end = chunk.indexOf(LF)
      if (end === -1) {
        at += chunk.length
        if (at >= range.to) return // a line that begins before the range goes beyond it
        continue
      }
      start = end + 1
      inside = true
      if (at + start >= range.to) return
    }
    // the last line of the range is the one that holds its last byte
    const stop = at + chunk.length < range.to ? -1 : chunk.indexOf(LF, Math.max(start, range.to - 1 - at))
    yield chunk.subarray(start, stop === -1 ? chunk.length : stop + 1)
    if (stop !== -1) return
    at += chunk.length
  }
}

function* coded(chunks: () => Iterable<Uint8Array>): Generator<Uint8Array> {
  try {
    yield* chunks()
  } catch (error) {
    throw codedFault(error)
  }
}

function codedFault(error: unknown): unknown {
  return error instanceof ReadFault ? new PipelockError(CODES[error.kind], error.message) : error
}
