// Exclusive lock files with their owner inside, since Node has no flock. A lock whose owner is gone is taken over; the
// owner is known by pid and start time, so a pid that the system gave to another process does not hold it.
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import {randomBytes} from 'node:crypto'
import {basename, dirname, join} from 'node:path'

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

const mine = new Set<string>()

/** Takes the lock at `path` or says who holds it. Never waits. Two callers in one process exclude each other as well. */
export function tryLock(name: string): LockResult {
  // one lock has one path: through a link in front of its directory it would look like one that nobody here holds
  const path = join(realpathSync(dirname(name)), basename(name))
  const self: LockOwner = {pid: process.pid, started: startOf(process.pid)}
  for (let attempt = 0; attempt < 5; attempt++) {
    const temporary = `${path}.${randomBytes(6).toString('hex')}`
    const fd = openSync(temporary, 'wx', 0o600)
    try {
      writeSync(fd, `${JSON.stringify(self)}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    try {
      // link is the one call that creates a complete file under a name or fails: no reader sees it half written
      linkSync(temporary, path)
      unlinkSync(temporary)
      mine.add(path)
      return {held: true, lock: {release: () => release(path)}}
    } catch (error) {
      unlinkSync(temporary)
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = readOwner(path)
    if (owner && isAlive(owner, path)) return {held: false, owner}
    // stale: move it aside under a name of our own first, so that two takers cannot both remove a fresh lock
    const aside = `${path}.stale-${randomBytes(6).toString('hex')}`
    try {
      renameSync(path, aside)
      const moved = readOwner(aside)
      if (moved && (moved.pid !== owner?.pid || moved.started !== owner.started)) {
        linkSync(aside, path) // it was not the one we judged: put it back
        unlinkSync(aside)
        return {held: false, owner: moved}
      }
      unlinkSync(aside)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return {held: false, owner: readOwner(path)}
}

function release(path: string): void {
  if (!mine.delete(path)) return
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function readOwner(path: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number') {
      return {pid: value.pid, started: 'started' in value && typeof value.started === 'string' ? value.started : ''}
    }
  } catch {
    // gone or damaged: either way nobody is named by it
  }
  return undefined
}

function isAlive(owner: LockOwner, path: string): boolean {
  if (owner.pid === process.pid) return owner.started === startOf(process.pid) && mine.has(path)
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // a killed process whose parent never waits for it keeps its pid, but it holds nothing any more
  const [state = ''] = statOf(owner.pid)
  if (state === 'Z' || state === 'X') return false
  const started = startOf(owner.pid)
  return owner.started === '' || started === '' || started === owner.started
}

function startOf(pid: number): string {
  return statOf(pid)[19] ?? ''
}

/** Fields of /proc/<pid>/stat from the third (the state) on; empty where there is none. The name in front may hold anything. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}
