// Lists of millions, worked on in steps: an array of that length is copied whenever it grows and cleared where it is made,
// in one turn, and everybody else waits.

/** What arrays and long lists have in common. */
export interface Items<T> extends Iterable<T> {
  readonly length: number
  at(index: number): T | undefined
  slice(from: number, to: number): readonly T[]
}

/** Items of one piece; also those between two pauses, which of most work is a millisecond or two. */
const PIECE = 8_192

/** A list in pieces. */
export class LongList<T> implements Items<T> {
  readonly #pieces: T[][] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    const index = this.#length++
    let piece = this.#pieces[Math.floor(index / PIECE)]
    // whoever needs a second piece will need all of it
    if (piece === undefined) this.#pieces.push((piece = index === 0 ? [] : new Array<T>(PIECE)))
    piece[index % PIECE] = item
  }

  at(index: number): T | undefined {
    return index < this.#length ? this.#pieces[Math.floor(index / PIECE)]?.[index % PIECE] : undefined
  }

  slice(from: number, to: number): readonly T[] {
    const end = Math.min(to, this.#length)
    if (end <= PIECE) return this.#pieces[0]?.slice(from, end) ?? []
    const slices: T[][] = []
    for (let at = from; at < end;) {
      const start = at % PIECE
      slices.push(this.#pieces[(at - start) / PIECE]?.slice(start, start + end - at) ?? [])
      at += PIECE - start
    }
    const [first = [], ...others] = slices
    return others.length === 0 ? first : first.concat(...others) // flat() takes ten times as long
  }

  /** Drops what stands from here on; its memory is used again. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length)
  }

  *[Symbol.iterator](): Generator<T, undefined> {
    for (let from = 0; from < this.#length; from += PIECE) yield* this.slice(from, from + PIECE)
  }
}

/** `join` in steps. */
export function* joinSteps(parts: Items<string>, between: string): Generator<undefined, string> {
  const joined: string[] = []
  for (let from = 0; from < parts.length; from += PIECE) {
    if (from > 0) yield
    joined.push(parts.slice(from, from + PIECE).join(between))
  }
  return joined.join(between)
}

/** `flatMap` for what becomes nothing or one, in steps; undefined is left out. */
export function* collectSteps<T, U>(items: Items<T>, by: (item: T) => U | undefined): Generator<undefined, Items<U>> {
  // most bodies hold a few texts, and each is collected again and again
  const made: U[] | LongList<U> = items.length <= PIECE ? [] : new LongList<U>()
  for (let from = 0; from < items.length; from += PIECE) {
    if (from > 0) yield
    for (const item of items.slice(from, from + PIECE)) {
      const one = by(item)
      if (one !== undefined) made.push(one)
    }
  }
  return made
}

/** `toSorted` in steps: stable; the list itself where it is in order. */
export function* sortSteps<T>(items: Items<T>, compare: (a: T, b: T) => number): Generator<undefined, Items<T>> {
  if (yield* isSortedSteps(items, compare)) return items
  if (items.length <= PIECE) return [...items].sort(compare)
  const RUN = PIECE / 2
  let from = new LongList<T>()
  let to = new LongList<T>()
  for (let at = 0; at < items.length; at += RUN) {
    if (at > 0) yield
    for (const item of [...items.slice(at, at + RUN)].sort(compare)) from.push(item)
  }
  // runs are merged two by two, from one list into the other and back
  for (let width = RUN; width < items.length; width *= 2) {
    to.cut(0)
    for (let start = 0; start < from.length; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)]
      let [left, right] = [start, middle]
      while (left < middle || right < end) {
        const isLeft = right >= end || (left < middle && compare(from.at(left) as T, from.at(right) as T) <= 0)
        to.push(from.at(isLeft ? left++ : right++) as T)
        if (to.length % PIECE === 0) yield
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** The places of a list, in steps: what is sorted instead of what stands there. */
export function* indexesSteps({length}: Items<unknown>): Generator<undefined, Items<number>> {
  const indexes = new LongList<number>()
  for (let i = 0; i < length; i++) {
    indexes.push(i)
    if (i % PIECE === PIECE - 1) yield
  }
  return indexes
}

/** Whether a list is in order, in steps. */
export function* isSortedSteps<T>(items: Items<T>, compare: (a: T, b: T) => number): Generator<undefined, boolean> {
  for (let i = 1; i < items.length; i++) {
    if (compare(items.at(i - 1) as T, items.at(i) as T) > 0) return false
    if (i % PIECE === 0) yield
  }
  return true
}
