// What of a long text can be part of a match over its ends: tokens that are cut in two, words of a seed
// phrase, encoded characters one by one, and a little prose. The middle of a text is judged with the text itself, once.

/** Always there: the headers of keys have white space in them. */
const NEAR = 48
/** 24 words of a seed phrase but one, or so many encoded characters. */
const MOST = 216
/** No token that is cut in two is longer. */
const REACH = 1_024
/** What no rule reads over: neither tokens, nor words in a row, nor words that are near. */
export const CUT = ` ${'| x '.repeat(12)}| `

/** The ends of a text, of at least `near` characters each; a text that is hardly longer than they are stays whole. */
export function edges(text: string, near: number = NEAR): string {
  if (text.length <= 2.5 * near) return text
  const head = untilSpace(text, Math.max(near, reach(text, 1)), 1)
  const tail = untilSpace(text, Math.max(near, reach(text, -1)), -1)
  return head + tail + CUT.length >= text.length
    ? text
    : `${text.slice(0, head)}${CUT}${text.slice(text.length - tail)}`
}

/** A space that stays in every view; line ends and the like are deleted in some. */
const SPACE = 0x20

function untilSpace(text: string, from: number, step: 1 | -1): number {
  let length = from
  while (length < REACH && length < text.length && codeAt(text, length, step) !== SPACE) length++
  return length
}

/** The `i`th unit from the beginning, or from the end. */
function codeAt(text: string, i: number, step: 1 | -1): number {
  return text.charCodeAt(step === 1 ? i : text.length - 1 - i)
}

/** Words of seed phrases have three to eight letters. */
const [MIN_WORD, MAX_WORD] = [3, 8]

/** How far words go that may be of a seed phrase, or the code of a character. */
function reach(text: string, step: 1 | -1): number {
  let length = 0
  let letters = 0
  /** Since the last change of case: words may be run together. */
  let run = 0
  let hasDigit = false
  let isHex = true
  let kind = 0
  const end = Math.min(MOST, text.length)
  for (let i = 0; i <= end; i++) {
    const c = i < end ? codeAt(text, i, step) : SPACE
    const next = kindOf(c)
    if (next !== kind && next !== DIGIT) run = 0
    kind = next
    if (kind !== OTHER) {
      letters++
      hasDigit ||= kind === DIGIT
      isHex &&= kind === DIGIT || (c | SPACE) <= 0x66
      if (++run > MAX_WORD) return length
      continue
    }
    if (letters > 0 && letters < MIN_WORD && !hasDigit && !isHex) return length
    length = i
    letters = 0
    hasDigit = false
    isHex = true
  }
  return length
}

const OTHER = 0
const DIGIT = 1
const LOWER = 2
const UPPER = 3

function kindOf(c: number): number {
  if (c >= 0x61 && c <= 0x7a) return LOWER
  if (c >= 0x30 && c <= 0x39) return DIGIT
  return c >= 0x41 && c <= 0x5a ? UPPER : OTHER
}
