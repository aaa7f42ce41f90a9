// What the recorder itself stated about how far a session reaches, from the head file beside its log. Whoever removes a
// tail may remove this file too: then its absence is all that shows.
import {closeSync, constants, fstatSync, openSync, readSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno} from '../../core/errors.js'
import {EvidenceFault} from '../../formats/evidence-fault.js'
import {headFileName} from '../../formats/evidence-head.js'
import type {StatedHeads} from './head-cursor.js'

const CHUNK = 64 * 1024
/** A line has some 600 bytes. */
const MAX_LINE = 64 * 1024
const LF = 10
const SHAPE = /^evidence-(.+)\.head$/s

export interface StatedHead {
  /** `missing`: the folder was looked into. */
  readonly heads?: StatedHeads | 'missing' | undefined
  readonly notes?: readonly string[]
}

/** Those of all sessions of a directory, or of one. */
export function readStatedHeads(directory: string, session?: string): ReadonlyMap<string, StatedHead> {
  const sessions = readdirSync(directory).flatMap((name) => SHAPE.exec(name)?.[1] ?? [])
  const requested = sessions.filter((name) => session === undefined || name === session)
  return new Map(requested.map((name) => [name, readStatedHead(directory, name)]))
}

/**
 * Opened before the log's files are listed, and read no further than it reaches then: a running recorder continues, and
 * states more than there was to be read.
 */
export function readStatedHead(directory: string, session: string): StatedHead {
  const path = join(directory, headFileName(session))
  try {
    const size = withFile(path, (fd) => fstatSync(fd).size)
    return {heads: {path, lines: () => linesOf(path, size)}}
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return {heads: 'missing'}
    if (!(error instanceof EvidenceFault) && !isErrno(error, 'EACCES', 'EPERM', 'ELOOP', 'EIO', 'ENXIO')) throw error
    return {notes: [`${path} says nothing about the end of the log: ${error.message}`]}
  }
}

/** Whole lines without their LF; a crash may have cut the one behind them short. No file stays open in between. */
function* linesOf(path: string, size: number): Generator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0)
  for (let at = 0; at < size;) {
    const chunk = Buffer.alloc(Math.min(CHUNK, size - at))
    const count = withFile(path, (fd) => readSync(fd, chunk, 0, chunk.length, at))
    if (count === 0) return
    at += count
    const bytes = Buffer.concat([rest, chunk.subarray(0, count)])
    let start = 0
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      yield bytes.subarray(start, end)
      start = end + 1
    }
    // a line without end must not fill the memory; what is left of it is no head either
    rest = bytes.length - start > MAX_LINE ? Buffer.alloc(0) : bytes.subarray(start)
  }
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  // neither a FIFO that nobody writes to nor a link to elsewhere
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    if (!fstatSync(fd).isFile()) throw new EvidenceFault('malformed_json', 'it is not a regular file')
    return use(fd)
  } finally {
    closeSync(fd)
  }
}
