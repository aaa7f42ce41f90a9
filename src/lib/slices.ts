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

/** Whether a sign or a word of up to 64 characters is in a text, in steps. */
export function* isInSteps(text: string, words: RegExp): Generator<undefined, boolean> {
  for (const slice of slicesOf(text, 262_144, 64)) {
    if (words.test(slice.text)) return true
    yield
  }
  return false
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
