// Exclusive lock files with their owner inside, since Node has no flock. A lock whose owner is gone is taken over; the
// owner is known by pid and start time, so a pid that the system gave to another process does not hold it.
import {closeSync, fsyncSync, linkSync, openSync, realpathSync, unlinkSync, writeSync} from 'node:fs'
import {randomBytes} from 'node:crypto'
import {basename, dirname, join} from 'node:path'
import {isRunning, startOf} from './process.js'
import {readSecurely} from './secure-read.js'

export interface Lock {
  release(): void
}

export interface LockOwner {
  readonly pid: number
  /** Start time of the process in clock ticks since boot ("" where the system does not tell). */
  readonly started: string
}

export type LockResult =
  {readonly held: true; readonly lock: Lock} | {readonly held: false; readonly owner: LockOwner | undefined}

const MAX_LOCK_BYTES = 4096

const mine = new Set<string>()

/** Takes the lock at `path` or says who holds it. Never waits. Two callers in one process exclude each other as well. */
export function tryLock(name: string): LockResult {
  // one lock has one path: through a link in front of its directory it would look like one that nobody here holds
  const path = join(realpathSync(dirname(name)), basename(name))
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(path)) {
      mine.add(path)
      return {held: true, lock: {release: () => release(path)}}
    }
    const owner = readOwner(path)
    if (owner && isAlive(owner, path)) return {held: false, owner}
    removeStale(path, owner)
  }
  return {held: false, owner: readOwner(path)}
}

/**
 * For who holds the lock at `path` already, in whatever thread: makes its file again when that is gone, as with a directory
 * that was removed and recreated. The owner when somebody else has taken it meanwhile; then nothing here may be written.
 */
export function keepLock(path: string): LockOwner | undefined {
  if (isUs(readOwner(path)) || create(path)) return undefined
  const owner = readOwner(path)
  return isUs(owner) ? undefined : (owner ?? NOBODY)
}

function isUs(owner: LockOwner | undefined): boolean {
  return owner?.pid === process.pid && owner.started === startOf(process.pid)
}

/** A lock file that names no process. */
const NOBODY: LockOwner = {pid: 0, started: ''}

/** Makes the file with our name inside; false when there is one. */
function create(path: string): boolean {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(fd, `${JSON.stringify({pid: process.pid, started: startOf(process.pid)})}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  try {
    // link is the one call that creates a complete file under a name or fails: no reader sees it half written
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    unlinkSync(temporary)
  }
}

/**
 * Removes a lock whose owner is gone. Who removes it must be the only one who judges that owner, or a slower taker would
 * remove the lock of a faster one: so the right to do it is itself a lock, named after the owner that is gone.
 */
function removeStale(path: string, owner: LockOwner | undefined): void {
  // digits only: what stands in the file of another must not choose a path
  const claim = `${path}.${owner ? `${owner.pid}-${owner.started.replace(/\D/g, '')}` : 'damaged'}`
  if (!create(claim)) {
    const claimant = readOwner(claim)
    if (!claimant || !isThere(claimant)) removeStale(claim, claimant)
    return
  }
  try {
    const now = readOwner(path)
    if (now?.pid === owner?.pid && now?.started === owner?.started) removeIfPresent(path)
  } finally {
    removeIfPresent(claim)
  }
}

function release(path: string): void {
  // in a directory that was recreated meanwhile it may be the lock of another
  if (mine.delete(path) && isUs(readOwner(path))) removeIfPresent(path)
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function readOwner(path: string): LockOwner | undefined {
  try {
    // a pipe in its place would make us wait for ever, a link could name anything
    const value: unknown = JSON.parse(readSecurely(path, {maxBytes: MAX_LOCK_BYTES}).toString('utf8'))
    // 0 and negative numbers are groups of processes, which always run: nobody could take over from them
    if (typeof value === 'object' && value !== null && 'pid' in value && isPid(value.pid)) {
      return {pid: value.pid, started: 'started' in value && typeof value.started === 'string' ? value.started : ''}
    }
  } catch {
    // gone or damaged: either way nobody is named by it
  }
  return undefined
}

function isPid(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
}

function isAlive(owner: LockOwner, path: string): boolean {
  // a lock in our own name that nobody here took was left by a process before us with the same pid and start
  return isThere(owner) && (owner.pid !== process.pid || mine.has(path))
}

function isThere({pid, started}: LockOwner): boolean {
  if (!isRunning(pid)) return false
  const running = startOf(pid)
  return started === '' || running === '' || started === running
}
