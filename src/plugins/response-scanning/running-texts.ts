// Texts that go on from piece to piece of a stream: what was said last of each of them is kept, so that words and credentials
// in pieces are found together. Bounded in number and in length.

/** What of one text is kept. */
export const TAIL = 4_096
/** Texts that are followed at once; the one that was silent longest is forgotten. */
const MAX_TEXTS = 64

/** What was said before, and what is new. */
export interface Continued {
  readonly before: readonly string[]
  readonly values: readonly string[]
}

export class RunningTexts {
  readonly #tails = new Map<string, readonly string[]>()

  /** What was said last of a text. */
  before(key: string): readonly string[] {
    return this.#tails.get(key) ?? NOTHING
  }

  /** Whether none is forgotten when all of these are followed. */
  hasRoomFor(keys: Iterable<string>): boolean {
    let size = this.#tails.size
    for (const key of keys) if (!this.#tails.has(key)) size++
    return size <= MAX_TEXTS
  }

  /** `keep`: UTF-16 units that the next one is joined to. */
  add(key: string, values: readonly string[], keep = TAIL): Continued {
    const before = this.#tails.get(key) ?? NOTHING
    if (values.length === 1 && isRepeated(values[0] ?? '', before.at(-1))) return {before, values: NOTHING}
    this.#tails.delete(key)
    this.#tails.set(key, lastOf([...before, ...values], keep))
    if (this.#tails.size > MAX_TEXTS) this.#tails.delete(this.#tails.keys().next().value ?? '')
    return {before, values}
  }
}

/** The text with `between` at every joint, and where the new part of it begins. */
export function joint({before, values}: Continued, between: string): {readonly text: string; readonly from: number} {
  const old = before.join(between)
  const added = values.join(between)
  return before.length === 0
    ? {text: added, from: 0}
    : {text: `${old}${between}${added}`, from: old.length + between.length}
}

/** Long parts as their beginnings and ends: all that is joined to others. */
export function seams({before, values}: Continued): Continued {
  return {before, values: values.map((value) => (value.length <= 2 * SEAM ? value : ends(value)))}
}

const SEAM = 512

function ends(value: string): string {
  return `${value.slice(0, SEAM)}\n\n${value.slice(-SEAM)}`
}

/** Only the first new value, where the rest is inspected by itself. */
export function firstOf({before, values}: Continued): Continued {
  let left = TAIL
  const first: string[] = []
  for (const value of values) {
    if (left <= 0) break
    first.push(value.slice(0, left))
    left -= value.length
  }
  return {before, values: first}
}

function lastOf(parts: readonly string[], keep: number): readonly string[] {
  const kept: string[] = []
  let left = keep
  for (let i = parts.length - 1; i >= 0 && left > 0 && kept.length < MAX_PARTS; i--) {
    const part = parts[i] ?? ''
    if (part === '') continue
    kept.push(part.length > left ? part.slice(-left) : part)
    left -= part.length
  }
  return kept.reverse()
}

/** A value that only repeats the last one adds nothing. */
export function isRepeated(value: string, before: string | undefined): boolean {
  return value === before && value.length >= SAYS
}

/** Fewer letters may stand twice in a word. */
const SAYS = 4
const NOTHING: readonly string[] = []
/** No word is cut into more. */
const MAX_PARTS = 1_024
