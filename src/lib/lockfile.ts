// Exclusive lock files with their owner inside, since Node has no flock. A lock whose owner is gone is taken over. An owner
// of this PID namespace is known by pid and start time, so that a pid that the system gave to another process does not hold
// it; one in another container or on another machine by its heartbeat. Such a holder may be judged gone while it is only
// held up: whoever writes for long asks before each write whether the lock is still its own.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  unlinkSync,
  writeSync,
  type Stats,
} from 'node:fs'
import {randomBytes} from 'node:crypto'
import {basename, dirname, join} from 'node:path'
import {isLocal, isThere, NOBODY, ownerText, parseOwner, thisProcess, type LockOwner} from './lock-owner.js'
import {HEARTBEAT_MS, type LockWatch} from './lock-watch.js'

/** Names a lock that is held, for another thread of the process. */
export interface LockName {
  readonly path: string
  readonly token: string
}

export interface Lock {
  readonly name: LockName
  release(): void
}

export type LockResult =
  | {
      readonly held: true
      readonly lock: Lock
      /** Whose heartbeat had stopped. */
      readonly takenFrom?: LockOwner
    }
  | {readonly held: false; readonly owner: LockOwner | undefined}

const MAX_LOCK_BYTES = 4096
const POLL_MS = 500

/** Tokens of the locks that this process holds, by path. */
const mine = new Map<string, string>()

/**
 * Takes the lock at `path` or says who holds it. Never waits. Two callers in one process exclude each other as well. An
 * owner that cannot be judged from here holds it, unless the watch saw no heartbeat for long enough.
 */
export function tryLock(name: string, watch?: LockWatch): LockResult {
  // one lock has one path: through a link in front of its directory it would look like one that nobody here holds
  const path = join(realpathSync(dirname(name)), basename(name))
  const token = randomBytes(16).toString('hex')
  let takenFrom: LockOwner | undefined
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(path, token)) {
      watch?.forget()
      return {held: true, lock: hold({path, token}), ...(takenFrom && {takenFrom})}
    }
    const result = read(path)
    if (isHeld(result, path, watch)) return {held: false, owner: result?.owner}
    if (removeStale(path, result, watch) && result?.isElsewhere) takenFrom = result.owner ?? NOBODY
  }
  return {held: false, owner: read(path)?.owner}
}

export interface Patience {
  readonly watch: LockWatch
  /** Resolves after so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>
  /** Told once, before the first pause. */
  readonly onWait?: (owner: LockOwner | undefined) => void
}

/** As tryLock; where an owner can be judged by its heartbeat only, waits until one is seen or is missing for long enough. */
export async function takeLock(path: string, {watch, pause = sleep, onWait}: Patience): Promise<LockResult> {
  for (let isFirst = true; ; isFirst = false) {
    const result = tryLock(path, watch)
    if (result.held || !watch.isUndecided) return result
    if (isFirst) onWait?.(result.owner)
    await pause(POLL_MS)
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** `missing`: no file is there. An owner: somebody else took the lock over. Throws system errors. */
export function lockState({path, token}: LockName): 'held' | 'missing' | LockOwner {
  const result = read(path)
  if (result === undefined) return 'missing'
  return result.owner?.token === token ? 'held' : (result.owner ?? NOBODY)
}

/** Makes the file of a lock again after it was removed. False when there is one meanwhile. */
export function restoreLock({path, token}: LockName): boolean {
  return create(path, token)
}

function hold(name: LockName): Lock {
  const {path, token} = name
  mine.set(path, token)
  const stop = startHeartbeat(name)
  return {
    name,
    release() {
      stop()
      if (mine.get(path) === token) mine.delete(path)
      // it may be the lock of another by now
      if (lockState(name) === 'held') removeIfPresent(path)
    },
  }
}

function startHeartbeat({path, token}: LockName): () => void {
  let lastMs = performance.now()
  const beat = (): void => {
    try {
      const fd = openLock(path)
      try {
        if (parseOwner(readText(fd))?.token !== token) return
        const nowMs = performance.now()
        // from what stands there, by the monotonic clock: setting the time of day must not undo a heartbeat
        const seconds = (fstatSync(fd).mtimeMs + nowMs - lastMs) / 1000
        futimesSync(fd, seconds, seconds)
        lastMs = nowMs
      } finally {
        closeSync(fd)
      }
    } catch {
      // a heartbeat that cannot be given makes the lock look abandoned: its holder finds out before it writes
    }
  }
  const timer = setInterval(beat, HEARTBEAT_MS).unref()
  return () => clearInterval(timer)
}

/** Makes the file with our name inside; false when there is one. */
function create(path: string, token: string): boolean {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`)
  const fd = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(fd, ownerText(thisProcess(token)))
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
function removeStale(path: string, result: LockState | undefined, watch: LockWatch | undefined): boolean {
  const claim = `${path}.${claimName(result?.owner)}`
  if (!create(claim, randomBytes(16).toString('hex'))) {
    const claimant = read(claim)
    if (!isHeld(claimant, claim, watch)) removeStale(claim, claimant, watch)
    return false
  }
  try {
    const now = read(path)
    if (!now || !isSame(now.owner, result?.owner) || isHeld(now, path, watch)) return false
    removeIfPresent(path)
    return true
  } finally {
    removeIfPresent(claim)
  }
}

/** Digits only: what stands in the file of another must not choose a path. */
function claimName(owner: LockOwner | undefined): string {
  if (!owner) return 'damaged'
  const token = owner.token.replace(/[^0-9a-f]/g, '').slice(0, 32)
  return `${owner.pid}-${owner.started.replace(/\D/g, '')}${token && `-${token}`}`
}

function isSame(a: LockOwner | undefined, b: LockOwner | undefined): boolean {
  return a?.pid === b?.pid && a?.started === b?.started && a?.token === b?.token
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** A file under the name of the lock. */
interface LockState {
  /** undefined: it names no process. */
  readonly owner: LockOwner | undefined
  /** The process that holds it cannot be inspected from here. */
  readonly isElsewhere: boolean
  /** Changes with each heartbeat, and from one holder to the next. */
  readonly state: string
}

/** undefined when nothing is there. Throws system errors that say nothing about the file. */
function read(path: string): LockState | undefined {
  let fd: number
  try {
    fd = openLock(path)
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    // a link could name anything, a socket nothing: neither is a lock
    if (code === 'ELOOP' || code === 'ENXIO') return {owner: undefined, isElsewhere: false, state: ''}
    // of another user: it cannot be read, but its heartbeat shows
    if (code === 'EACCES') return {owner: undefined, isElsewhere: true, state: stateOf(lstatSync(path))}
    throw error
  }
  try {
    const stat = fstatSync(fd)
    const owner = stat.isFile() ? parseOwner(readText(fd)) : undefined
    return {owner, isElsewhere: owner !== undefined && !isLocal(owner), state: `${owner?.token} ${stateOf(stat)}`}
  } finally {
    closeSync(fd)
  }
}

const stateOf = ({ino, mtimeMs}: Stats): string => `${ino} ${mtimeMs}`

function openLock(path: string): number {
  // a pipe in its place would make us wait for ever
  return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
}

/** '' for one that is too long for a lock. */
function readText(fd: number): string {
  const buffer = Buffer.alloc(MAX_LOCK_BYTES + 1)
  const length = readSync(fd, buffer, 0, buffer.length, 0)
  return length > MAX_LOCK_BYTES ? '' : buffer.toString('utf8', 0, length)
}

function isHeld(result: LockState | undefined, path: string, watch: LockWatch | undefined): boolean {
  if (result?.isElsewhere) return !watch?.isStale(path, result.state)
  const owner = result?.owner
  if (!owner) return false
  // a lock in our own name that nobody here took was left by a process before us with the same pid and start
  return isThere(owner) && (owner.pid !== process.pid || mine.has(path))
}
