// What is remembered of each client, bounded: when the table is full the one goes that is furthest from anything, and only
// among equals the one that was quiet longest, so that a flood of clients cannot flush an almost complete secret.

export type Progress = 0 | 1 | 2 | 3

export interface SessionTable<Session> {
  /** The session of a key, made when it is not there. */
  open(key: string, nowMs: number, make: () => Session): Session
  peek(key: string): Session | undefined
  /** Says how far a session is; done after every request that changed it. */
  settle(key: string, progress: Progress): void
  delete(key: string): boolean
  values(): Iterable<Session>
}

interface Entry<Session> {
  readonly session: Session
  touchedMs: number
  progress: Progress
}

const LEVELS: readonly Progress[] = [0, 1, 2, 3]

/** Sessions that were quiet for `idleMs` hold nothing any more and go first. */
export function createSessionTable<Session>(max: number, idleMs: number): SessionTable<Session> {
  const entries = new Map<string, Entry<Session>>()
  /** Keys of each level, the longest quiet first. */
  const levels = LEVELS.map(() => new Set<string>())
  const level = (progress: Progress): Set<string> => levels[progress] ?? new Set()

  const remove = (key: string): boolean => {
    const entry = entries.get(key)
    if (entry === undefined) return false
    level(entry.progress).delete(key)
    return entries.delete(key)
  }

  const makeRoom = (nowMs: number): void => {
    for (const keys of levels) {
      for (const key of keys) {
        if (nowMs - (entries.get(key)?.touchedMs ?? 0) < idleMs) break
        remove(key)
      }
    }
    if (entries.size < max) return
    for (const keys of levels) {
      for (const key of keys) {
        remove(key)
        return
      }
    }
  }

  return {
    open(key, nowMs, make) {
      let entry = entries.get(key)
      if (entry === undefined) {
        if (entries.size >= max) makeRoom(nowMs)
        entry = {session: make(), touchedMs: nowMs, progress: 0}
        entries.set(key, entry)
      }
      entry.touchedMs = nowMs
      const keys = level(entry.progress)
      keys.delete(key)
      keys.add(key)
      return entry.session
    },
    peek: (key) => entries.get(key)?.session,
    settle(key, progress) {
      const entry = entries.get(key)
      if (entry === undefined || entry.progress === progress) return
      level(entry.progress).delete(key)
      level(progress).add(key)
      entry.progress = progress
    },
    delete: remove,
    *values() {
      for (const {session} of entries.values()) yield session
    },
  }
}
