// Whether the log is still this writer's. A writer that was held up for long (a paused container, a suspended machine) may
// have lost its lock to another one; what it wrote then would fork the chain for good. So it asks before each write and
// each sync. It continues only when the lock is free again and the log ends exactly where this writer left it.
import {errnoOf} from '../../core/errors.js'
import type {LogPosition} from '../../formats/entry-log.js'
import {sessionFiles} from '../../formats/entry-tail.js'
import {NOBODY, ownerName, type LockOwner} from '../../lib/lock-owner.js'
import {lockState, restoreLock, type LockName} from '../../lib/lockfile.js'
import type {LogDirectory} from '../../lib/log-directory.js'

export class LogOwnership {
  readonly #directory: LogDirectory
  readonly #lock: LockName
  /** Why nothing is ever written again: another writer has continued the log. */
  #lost: string | undefined

  constructor(directory: LogDirectory, lock: LockName) {
    this.#directory = directory
    this.#lock = lock
  }

  /** `end`: where the log of the session ends, undefined when it has no file. Throws when another writer has it. */
  check(session: string, end: LogPosition | undefined): void {
    if (!this.#isMissing()) return
    try {
      this.#restore()
    } catch (error) {
      // with its directory the lock goes too; it is restored when the directory is made again
      if (errnoOf(error) === 'ENOENT') return
      throw error
    }
    if (this.#isUntouched(session, end)) return
    this.#lost = 'another writer has continued the evidence log; restart the firewall to take it up again'
    throw new Error(this.#lost)
  }

  /** After the directory was made anew: two writers that find an empty one must not both begin a log there. */
  directoryMade(): void {
    if (this.#isMissing()) this.#restore()
  }

  #isMissing(): boolean {
    if (this.#lost !== undefined) throw new Error(this.#lost)
    const state = lockState(this.#lock)
    if (state === 'held') return false
    if (state === 'missing') return true
    throw inUse(state)
  }

  #restore(): void {
    if (restoreLock(this.#lock)) return
    const state = lockState(this.#lock)
    throw inUse(typeof state === 'string' ? NOBODY : state)
  }

  #isUntouched(session: string, end: LogPosition | undefined): boolean {
    const last = sessionFiles(this.#directory.names(), session).at(-1)
    // all files removed: nobody has continued anything
    if (last === undefined) return true
    return end !== undefined && last === end.name && this.#directory.size(last) === end.bytes
  }
}

function inUse(owner: LockOwner): Error {
  return new Error(`the evidence log is in use by ${ownerName(owner)} now`)
}
