// What could not be recorded, until the log itself says so. Totals only grow; an entry of the log tells everything up to a
// total, and when that entry is lost the total that counts falls back with the chain.

export interface Loss {
  /** Total of lost entries with this one. */
  readonly total: number
  readonly fromMs: number
  readonly throughMs: number
  readonly reason: string
}

export interface Gap {
  readonly count: number
  readonly fromMs: number
  readonly throughMs: number
  readonly reason: string
}

export class Losses {
  #list: readonly Loss[] = []

  get total(): number {
    return this.#list.at(-1)?.total ?? 0
  }

  /** `told`: the total that the log tells by now. */
  add({count, fromMs, throughMs, reason}: Gap, recorded: number): void {
    const last = this.#list.at(-1)
    const total = this.total + count
    // losses in a row that no entry tells yet are one, so that an hour of a full disk takes no more memory than a moment
    if (last !== undefined && last.total > recorded) {
      const merged = {
        total,
        fromMs: Math.min(last.fromMs, fromMs),
        throughMs: Math.max(last.throughMs, throughMs),
        reason: last.reason,
      }
      this.#list = [...this.#list.slice(0, -1), merged]
    } else this.#list = [...this.#list, {total, fromMs, throughMs, reason}]
  }

  /** What a log that tells `told` leaves out. */
  after(recorded: number): Gap | undefined {
    const open = this.#list.filter(({total}) => total > recorded)
    const [first] = open
    if (first === undefined) return undefined
    return {
      count: this.total - recorded,
      fromMs: Math.min(...open.map(({fromMs}) => fromMs)),
      throughMs: Math.max(...open.map(({throughMs}) => throughMs)),
      reason: first.reason,
    }
  }

  /** Forgets what is told durably; the last one stays for its total. */
  settle(recorded: number): void {
    if (this.#list.length > 1)
      this.#list = this.#list.filter((loss, i) => loss.total > recorded || i === this.#list.length - 1)
  }
}
