// Long texts in pieces that overlap, so that whoever looks through one can pause in between: one text of a megabyte would
// hold up everybody else. What is no longer than the overlap stands whole in one of the pieces.

export interface Slice {
  readonly text: string
  /** Where it stands in the whole, in UTF-16 units. */
  readonly start: number
}

/** A few milliseconds of looking for anything. */
const SIZE = 65_536
/** No token, phrase or key block that is looked for as a whole is longer. */
const OVERLAP = 16_384
/** How far a piece begins earlier for the sake of a whole word: half a token may look like another one. */
const WORD = 1_024

/** For scans that cost more at a match: a text may contain injected instructions by the thousand. */
export const SMALL = [32_768, 4_096] as const

export function* slicesOf(text: string, size: number = SIZE, overlap: number = OVERLAP): Generator<Slice, undefined> {
  let start = 0
  while (start + size + overlap < text.length) {
    yield {text: text.slice(start, start + size + overlap), start}
    start = wordStart(text, start + size)
  }
  yield {text: start === 0 ? text : text.slice(start), start}
}

function wordStart(text: string, at: number): number {
  for (let i = at; i > at - WORD && i > 0; i--) if (text.charCodeAt(i - 1) <= 0x20) return i
  return at
}

/** Work in steps, without a pause. */
export function atOnce<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Work in steps: after each of them everybody else has a turn. */
export async function pausing<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    await new Promise(setImmediate)
  }
}

/** Items between two pauses; of most work that is a millisecond or two. */
const ITEMS = 8_192

/** `join` in steps. */
export function* joinSteps(parts: readonly string[], between: string): Generator<undefined, string> {
  if (parts.length <= ITEMS) return parts.join(between)
  const joined: string[] = []
  for (let at = 0; at < parts.length; at += ITEMS) {
    joined.push(parts.slice(at, at + ITEMS).join(between))
    yield
  }
  return joined.join(between)
}

/** `flatMap` for what becomes nothing or one, in steps; undefined is left out. */
export function* collectSteps<T, U>(items: readonly T[], by: (item: T) => U | undefined): Generator<undefined, U[]> {
  // a list of a million that grows is copied again and again, each time in one turn
  const made = items.length <= ITEMS ? [] : new Array<U>(items.length)
  let count = 0
  for (let i = 0; i < items.length; i++) {
    const one = by(items[i] as T)
    if (one !== undefined) made[count++] = one
    if (i % ITEMS === ITEMS - 1) yield
  }
  made.length = count
  return made
}

/** Whether two lists hold the same in the same order, in steps. */
export function* isSameSteps<T>(one: readonly T[], other: readonly T[]): Generator<undefined, boolean> {
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) {
    if (one[i] !== other[i]) return false
    if (i % ITEMS === ITEMS - 1) yield
  }
  return true
}

/** `toSorted` in steps: stable, runs first, then merged two by two, from one list into another and back. */
export function* sortSteps<T>(items: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, T[]> {
  let from: T[] = []
  let to: T[] = []
  const RUN = ITEMS / 2
  for (let at = 0; at < items.length; at += RUN) {
    for (const item of items.slice(at, at + RUN).sort(compare)) from.push(item)
    if (items.length > RUN) yield
  }
  for (let width = RUN; width < items.length; width *= 2) {
    let count = 0
    for (let start = 0; start < from.length; start += 2 * width) {
      const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)]
      let [left, right] = [start, middle]
      while (left < middle || right < end) {
        const isLeft = right >= end || (left < middle && compare(from[left] as T, from[right] as T) <= 0)
        to[count++] = from[isLeft ? left++ : right++] as T
        if (count % ITEMS === 0) yield
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** A list for millions of items: an array is copied whenever it grows, in one turn, and this is not. */
export class LongList<T> {
  readonly #pieces: T[][] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length % PIECE === 0) this.#pieces.push([])
    this.#pieces.at(-1)?.push(item)
    this.#length++
  }

  at(index: number): T | undefined {
    return this.#pieces[Math.floor(index / PIECE)]?.[index % PIECE]
  }
}

const PIECE = 32_768
