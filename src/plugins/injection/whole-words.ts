// Where spaces may be missing, words are still words: "sendTokenToUser" sends nothing to us, and "penultimateToken" is no
// token. Letters may stand against a word only where no space stands at all.
import type {Span} from '../../lib/regex/engine.js'

const HUMP = /[a-z][A-Z]/g
const LONGEST_JOINED = 16
const ONLY_LATIN = /^[a-zA-Z]+$/
const SMALL = /[a-z]/
const LATIN = /[a-zA-Z]/
const LETTER = /[\p{L}\p{N}]/u
const SPACE = /\s/
const INNER_SPACE = /[\p{L}\p{N}]\s+[\p{L}\p{N}]/u

// program text has few spaces anywhere
const SPACE_OR_CODE = /[\s{}()=;<>[\]"]/

/** Whether words stand against each other there without a space, and as words do. */
export function isClosed(between: string): boolean {
  return !SPACE_OR_CODE.test(between)
}

/** `between`: what lies between the words of a hit, ascending; all offsets are those of `text`. */
export function isWhole(text: string, start: number, end: number, between: readonly Span[]): boolean {
  for (const gap of between) {
    const filler = text.slice(gap.start, gap.end)
    if (!SPACE.test(filler)) {
      // what stands between joined words is a word or two
      if (filler.length > LONGEST_JOINED && ONLY_LATIN.test(filler)) return false
      continue
    }
    if (gap.start > start && letterAt(text, gap.start) && letterAt(text, gap.start - 1)) return false
    if (gap.end < end && letterAt(text, gap.end) && letterAt(text, gap.end - 1)) return false
  }
  if (wordsOf(start, end, between).some((word) => straddles(text, word))) return false
  const [first] = between
  const last = between.at(-1)
  if (first !== undefined && glued(text, start) && SPACE.test(text.slice(first.start, first.end))) return false
  if (last !== undefined && glued(text, end) && SPACE.test(text.slice(last.start, last.end))) return false
  return !cutsName(text, start, end)
}

function wordsOf(start: number, end: number, between: readonly Span[]): readonly Span[] {
  return [...between, {start: end, end}].map((gap, i) => ({start: between[i - 1]?.end ?? start, end: gap.start}))
}

/** A word with a space in it that continues beyond its edge: the "send" of "tokens and" is the end of one and another. */
function straddles(text: string, {start, end}: Span): boolean {
  return INNER_SPACE.test(text.slice(start, end)) && (glued(text, start) || glued(text, end))
}

function letterAt(text: string, at: number): boolean {
  return LETTER.test(text.charAt(at))
}

function glued(text: string, at: number): boolean {
  return at > 0 && letterAt(text, at - 1) && letterAt(text, at)
}

/** A name in camel case holds whole words only. */
function cutsName(text: string, start: number, end: number): boolean {
  const humps = text.slice(start, end).match(HUMP)?.length ?? 0
  if (humps < 2) return false
  return (
    (SMALL.test(text.charAt(end)) && LATIN.test(text.charAt(end - 1))) ||
    (SMALL.test(text.charAt(start)) && LATIN.test(text.charAt(start - 1)))
  )
}
