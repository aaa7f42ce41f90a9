// The latest of many events, by their own time: sessions are read one after another, not in the order in which they ran.

interface Timed {
  readonly timeMs: number
}

export class Latest<T extends Timed> {
  readonly #most: number
  #items: T[] = []
  #total = 0

  constructor(most: number) {
    this.#most = most
  }

  add(item: T): void {
    this.#total++
    this.#keep(item)
  }

  addAll(other: Latest<T>): void {
    this.#total += other.#total
    for (const item of other.#items) this.#keep(item)
  }

  /** How many there were. */
  get observed(): number {
    return this.#total
  }

  /** Latest first; of the same time the one that came later first. */
  get items(): readonly T[] {
    return this.#sorted().slice(0, this.#most)
  }

  #keep(item: T): void {
    this.#items.push(item)
    if (this.#items.length >= 2 * this.#most) this.#items = this.#sorted().slice(0, this.#most).reverse()
  }

  #sorted(): T[] {
    return this.#items.toReversed().sort((a, b) => b.timeMs - a.timeMs)
  }
}
