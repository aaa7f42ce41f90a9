// What the recorder itself said last about how far a session reaches, from the head file beside its log (receipts §7.4, §9
// row 6). Whoever removes a tail may remove this file too, so that its absence shows nothing.
import {closeSync, constants, fstatSync, openSync, readdirSync, readSync} from 'node:fs'
import {join} from 'node:path'
import {isErrno} from '../../core/errors.js'
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import {headFileName, parseHeadLine, type EvidenceHead} from '../../core/formats/evidence-head.js'

/** The file grows by a line at each checkpoint: only its end is read. */
const END_BYTES = 64 * 1024
const LF = 10
const SHAPE = /^evidence-(.+)\.head$/s

export interface StatedHead {
  readonly head?: EvidenceHead
  readonly notes?: readonly string[]
}

/** Those of all sessions of a directory, or of one. */
export function readStatedHeads(directory: string, session?: string): ReadonlyMap<string, StatedHead> {
  const sessions = readdirSync(directory).flatMap((name) => SHAPE.exec(name)?.[1] ?? [])
  const wanted = sessions.filter((name) => session === undefined || name === session)
  return new Map(wanted.map((name) => [name, readStatedHead(directory, name)]))
}

/** Read before the log's files are listed: a recorder that runs goes on, and says more than is there to be read then. */
export function readStatedHead(directory: string, session: string): StatedHead {
  const path = join(directory, headFileName(session))
  try {
    const line = lastLine(path)
    return line ? {head: parseHeadLine(line, session)} : {}
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return {}
    if (!(error instanceof EvidenceFault) && !isErrno(error, 'EACCES', 'EPERM', 'ELOOP', 'EIO', 'ENXIO')) throw error
    return {notes: [`${path} says nothing about the end of the log: ${error.message}`]}
  }
}

/** The last whole line; a crash may have cut the one behind it short. */
function lastLine(path: string): Buffer | undefined {
  // neither a FIFO that nobody writes to nor a link to elsewhere
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new EvidenceFault('malformed_json', 'it is no regular file')
    const from = Math.max(0, stat.size - END_BYTES)
    const bytes = Buffer.alloc(Math.min(stat.size, END_BYTES))
    const end = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from)).lastIndexOf(LF)
    if (end <= 0) return undefined
    const start = bytes.lastIndexOf(LF, end - 1) + 1
    if (start === 0 && from > 0) throw new EvidenceFault('malformed_json', 'its last line is too long')
    return bytes.subarray(start, end)
  } finally {
    closeSync(fd)
  }
}
