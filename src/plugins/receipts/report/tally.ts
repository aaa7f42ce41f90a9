// Counts by name in bounded memory, whatever names come: an attacker who invents a million of them can neither fill the
// memory nor push out the frequent ones. Up to the capacity counts are exact. Beyond it the smallest count is taken from all
// (Misra and Gries), and `missed` says by how much a count may be too low.

export interface Counted {
  readonly count: number
  /** Those of them that were marked. */
  readonly marked: number
  /** Milliseconds since the epoch; undefined when no time was told. */
  readonly first: number | undefined
  readonly last: number | undefined
}

export class Tally {
  readonly #capacity: number
  readonly #counts = new Map<string, Counted>()
  #missed = 0
  #overflowed = false

  /** `capacity`: names that are counted exactly. */
  constructor(capacity = 4096) {
    this.#capacity = capacity
  }

  add(name: string, mark: boolean, time: number | undefined): void {
    const marked = mark ? 1 : 0
    this.merge(name, {count: 1, marked, first: time, last: time})
  }

  merge(name: string, more: Counted): void {
    const old = this.#counts.get(name)
    if (!old) {
      this.#counts.set(name, more)
      if (this.#counts.size > 2 * this.#capacity) this.#compress()
      return
    }
    this.#counts.set(name, {
      count: old.count + more.count,
      marked: old.marked + more.marked,
      first: least(old.first, more.first),
      last: most(old.last, more.last),
    })
  }

  addAll(other: Tally): void {
    for (const [name, counted] of other.#counts) this.merge(name, counted)
    this.#missed += other.#missed
    this.#overflowed ||= other.#overflowed
  }

  /** Frequent ones first; those of the same frequency by name. */
  get entries(): readonly (readonly [name: string, counted: Counted])[] {
    return [...this.#counts].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1))
  }

  get names(): number {
    return this.#counts.size
  }

  /** Names were dropped: there are more than `names`. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** How much every count may be too low. */
  get missed(): number {
    return this.#missed
  }

  #compress(): void {
    const counts = [...this.#counts.values()].map(({count}) => count).sort((a, b) => b - a)
    const taken = counts[this.#capacity] ?? 0
    this.#missed += taken
    this.#overflowed = true
    for (const [name, counted] of this.#counts) {
      if (counted.count <= taken) this.#counts.delete(name)
      else
        this.#counts.set(name, {
          ...counted,
          count: counted.count - taken,
          marked: Math.min(counted.marked, counted.count - taken),
        })
    }
  }
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}

function most(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.max(a, b)
}
