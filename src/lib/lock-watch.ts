// Whether somebody elsewhere still holds a lock. Nothing is known of a process in another container or on another machine
// but that it renews the time of its lock file. Only a change of that time counts, and only this process's own monotonic
// clock: clocks of two machines differ, and either may be set.

/** How often a holder renews its lock file, in milliseconds. */
export const HEARTBEAT_MS = 2000

/** A lock file that did not change for so long has no holder any more. Longer than an event loop is ever held up. */
export const STALE_MS = 15_000

interface Observation {
  readonly state: string
  readonly sinceMs: number
  /** It changed while it was observed: somebody is alive. */
  readonly changed: boolean
}

/** Observes the locks of one path. Made once and kept, by whoever tries again. */
export class LockWatch {
  readonly #monotonic: () => number
  readonly #staleMs: number
  readonly #observed = new Map<string, Observation>()

  constructor(monotonic: () => number = () => performance.now(), staleMs = STALE_MS) {
    this.#monotonic = monotonic
    this.#staleMs = staleMs
  }

  /** `state`: whatever changes with each heartbeat, and from one holder to the next. */
  isStale(path: string, state: string): boolean {
    const before = this.#observed.get(path)
    if (before?.state === state) return this.#isOld(before)
    this.#observed.set(path, {state, sinceMs: this.#monotonic(), changed: before !== undefined})
    return false
  }

  /** It takes more observation to tell whether anybody holds the lock. */
  get isUndecided(): boolean {
    return [...this.#observed.values()].some((each) => !each.changed && !this.#isOld(each))
  }

  forget(): void {
    this.#observed.clear()
  }

  #isOld({sinceMs}: Observation): boolean {
    return this.#monotonic() - sinceMs >= this.#staleMs
  }
}
