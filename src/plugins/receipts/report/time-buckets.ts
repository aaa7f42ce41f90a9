// Counts over time in a bounded number of buckets: as events spread, buckets grow to the next width that people read
// easily. Order of arrival does not matter.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Each a multiple of the one before, so that buckets of one width fall into those of the next. */
const WIDTHS = [SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY] as const

export interface Bucket {
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly counts: readonly number[]
}

export class TimeBuckets {
  readonly #kinds: number
  readonly #most: number
  #counts = new Map<number, number[]>()
  #width: number = WIDTHS[0]
  #least = Number.POSITIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  /** `kinds` of events are counted beside each other, in at most `most` buckets from the first to the last. */
  constructor(kinds: number, most = 200) {
    this.#kinds = kinds
    this.#most = most
  }

  add(time: number, kind: number, count = 1): void {
    this.#least = Math.min(this.#least, time)
    this.#last = Math.max(this.#last, time)
    while (this.#span > this.#most) this.#widen()
    const at = Math.floor(time / this.#width)
    const counts = this.#counts.get(at) ?? Array<number>(this.#kinds).fill(0)
    counts[kind] = (counts[kind] ?? 0) + count
    this.#counts.set(at, counts)
  }

  addAll(other: TimeBuckets): void {
    if (other.#counts.size === 0) return
    // bounds first: a bucket's beginning may lie before its first event
    while (this.#width < other.#width) this.#widen()
    for (const [at, counts] of other.#counts) {
      const time = Math.min(Math.max(at * other.#width, other.#least), other.#last)
      for (const [kind, count] of counts.entries()) if (count > 0) this.add(time, kind, count)
    }
    this.#least = Math.min(this.#least, other.#least)
    this.#last = Math.max(this.#last, other.#last)
    while (this.#span > this.#most) this.#widen()
  }

  /** Milliseconds. */
  get width(): number {
    return this.#width
  }

  /** All from the first to the last, empty ones too. */
  get buckets(): readonly Bucket[] {
    if (this.#counts.size === 0) return []
    const from = Math.floor(this.#least / this.#width)
    return Array.from({length: this.#span}, (_, i) => ({
      from: (from + i) * this.#width,
      counts: this.#counts.get(from + i) ?? Array<number>(this.#kinds).fill(0),
    }))
  }

  get #span(): number {
    return Math.floor(this.#last / this.#width) - Math.floor(this.#least / this.#width) + 1
  }

  #widen(): void {
    const next = WIDTHS.find((width) => width > this.#width) ?? 2 * this.#width
    const factor = next / this.#width
    const wider = new Map<number, number[]>()
    for (const [at, counts] of this.#counts) {
      const into = wider.get(Math.floor(at / factor))
      if (into) for (const [kind, count] of counts.entries()) into[kind] = (into[kind] ?? 0) + count
      else wider.set(Math.floor(at / factor), counts)
    }
    this.#counts = wider
    this.#width = next
  }
}
