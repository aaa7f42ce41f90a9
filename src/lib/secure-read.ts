// Bounded reads of files that must be trusted: the checks look at the opened descriptor, never at the path, so nothing
// can be exchanged between check and read. Faults carry a kind; the caller maps kinds to its own codes.
import {closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats} from 'node:fs'

export type ReadFaultKind = 'missing' | 'unreadable' | 'symlink' | 'not_regular' | 'permissions' | 'too_large'

export class ReadFault extends Error {
  readonly kind: ReadFaultKind
  readonly path: string
  constructor(kind: ReadFaultKind, path: string, message: string) {
    super(message)
    this.name = 'ReadFault'
    this.kind = kind
    this.path = path
  }
}

export interface SecureReadOptions {
  readonly maxBytes: number
  /** Follow a link in the last component (mounted secrets are links); the checks then hold for its target. Default: refuse. */
  readonly followLinks?: boolean
  /** Permission bits that the opened file must not have. */
  readonly forbiddenMode?: number
}

/** The content of a regular file. Throws ReadFault; the checks run in the order link, open, kind, permissions, size. */
export function readSecurely(path: string, options: SecureReadOptions): Buffer {
  const fd = open(path, options.followLinks === true)
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new ReadFault('not_regular', path, `${path} is not a regular file`)
    const forbidden = stat.mode & (options.forbiddenMode ?? 0)
    if (forbidden !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0')
      throw new ReadFault('permissions', path, `${path} has mode ${mode}, which lets others reach it`)
    }
    if (stat.size > options.maxBytes) throw tooLarge(path, options.maxBytes)
    return readBounded(fd, path, options.maxBytes)
  } finally {
    closeSync(fd)
  }
}

function open(path: string, followLinks: boolean): number {
  // O_NONBLOCK: opening a FIFO would otherwise wait for a writer before its kind can be seen
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW)
  try {
    return openSync(path, flags)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ReadFault('missing', path, `${path} does not exist`)
    if (code === 'ELOOP' && !followLinks) throw new ReadFault('symlink', path, `${path} is a symbolic link`)
    // a socket or a device without driver
    if (code === 'ENXIO') throw new ReadFault('not_regular', path, `${path} is not a regular file`)
    throw new ReadFault('unreadable', path, `${path} cannot be opened (${code || String(error)})`)
  }
}

/** The content of a regular file of any size in pieces, each only valid until the next step; links are refused. Throws ReadFault. */
export function* readChunksSecurely(path: string): Generator<Buffer> {
  const fd = open(path, false)
  try {
    if (!fstatSync(fd).isFile()) throw new ReadFault('not_regular', path, `${path} is not a regular file`)
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) yield buffer.subarray(0, count)
  } finally {
    closeSync(fd)
  }
}

/** Bytes `from` to `to` of the file that has this identity, so that parts read one after the other are of one file. */
export interface FileRange {
  readonly from: number
  readonly to: number
  readonly device: number
  readonly inode: number
  /** Of the whole file. */
  readonly size: number
  readonly changedMs: number
}

/** What is at the path now: its size and identity. Throws ReadFault. */
export function wholeRange(path: string): FileRange {
  const fd = open(path, false)
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new ReadFault('not_regular', path, `${path} is not a regular file`)
    const {size, dev, ino, ctimeMs} = stat
    return {from: 0, to: size, device: dev, inode: ino, size, changedMs: ctimeMs}
  } finally {
    closeSync(fd)
  }
}

/** As readChunksSecurely, but a range; what was appended since is left alone, what was replaced, cut or edited is a fault. */
export function* readRangeSecurely(path: string, range: FileRange): Generator<Buffer> {
  const fd = open(path, false)
  try {
    if (isChanged(fstatSync(fd), range)) throw changed(path)
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (let at = range.from; at < range.to;) {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, range.to - at), at)
      if (count === 0) throw changed(path)
      at += count
      yield buffer.subarray(0, count)
    }
  } finally {
    closeSync(fd)
  }
}

/** Throws ReadFault when a file is no longer the one that the range was made of, but for what was appended. */
export function checkSameFile(path: string, range: FileRange): void {
  const fd = open(path, false)
  try {
    if (isChanged(fstatSync(fd), range)) throw changed(path)
  } finally {
    closeSync(fd)
  }
}

/** The time of change cannot be set back; of a file that grew it says nothing, since its writer may still be at work. */
function isChanged({dev, ino, size, ctimeMs}: Stats, range: FileRange): boolean {
  if (dev !== range.device || ino !== range.inode || size < range.size) return true
  return size === range.size && ctimeMs !== range.changedMs
}

function changed(path: string): ReadFault {
  return new ReadFault('unreadable', path, `${path} was changed while it was read`)
}

/** Reads to the end, and one byte further than allowed: a file may grow after its size was read. */
function readBounded(fd: number, path: string, maxBytes: number): Buffer {
  const parts: Buffer[] = []
  let total = 0
  for (;;) {
    const part = Buffer.allocUnsafe(Math.min(64 * 1024, maxBytes + 1 - total))
    const count = readSync(fd, part)
    if (count === 0) return Buffer.concat(parts, total)
    parts.push(part.subarray(0, count))
    total += count
    if (total > maxBytes) throw tooLarge(path, maxBytes)
  }
}

function tooLarge(path: string, maxBytes: number): ReadFault {
  return new ReadFault('too_large', path, `${path} is larger than ${maxBytes} bytes`)
}

/** True when something is at the path, links followed; an answer for messages, never for trust. */
export function pathExists(path: string): boolean {
  try {
    return statSync(path, {throwIfNoEntry: false}) !== undefined
  } catch {
    return false // too long, or under something that is no directory: no such file either way
  }
}
