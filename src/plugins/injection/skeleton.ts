// The weight of a match on the skeleton: everything but letters was removed to find it, so the removed
// characters are inspected again. Without a sign of evasion it is recorded at most.
import {INVISIBLE} from '../../lib/text/normalise.js'
import {originalSpan, type MatchingText} from './matching-text.js'
import type {Span} from '../../lib/regex/engine.js'
import type {Group} from './render.js'
import {isClosed, isWhole} from './whole-words.js'

export interface SkeletonMatch extends Span {
  readonly marked: boolean
}

const SENTENCE_END = /[.!?]["')\]]?\s|\n\s*\n/
const COLON = /[:=]/
const DASH = /[:=\-–—]/
const LIST_ITEM = /\n[ \t]*-[ \t]/g
const LETTER = /[\p{L}\p{N}]/u
const CONCEALED = new RegExp(`${INVISIBLE.source}|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f]`, 'u')
/** A letter beside a digit or a sign that is written for one. */
const DIGIT_IN_WORD =
  /[a-z][0134567896@$!|+][a-z]|(?:^|[^a-z0-9])[01345679@$][a-z]{2}|[a-z]{2}[013457$@](?:$|[^a-z0-9])/i
const OTHER_SCRIPT = /[^\x00-\x7f]/
const ASCII_LETTER = /[a-z]/i
const VOWEL = /[aeiou]/
const SPREAD = 4
const LINE_START = /(?:^|\n)[^\p{L}\p{N}\n]*$/u
const INDENT = 40

/** undefined: the text between the words rules it out. Spans are in the skeleton, `offsets` in a piece that begins at `base`. */
export function judgeSkeleton(
  view: MatchingText,
  input: string,
  base: number,
  offsets: Uint32Array,
  spans: readonly (Span | undefined)[],
  groups: readonly Group[],
): SkeletonMatch | undefined {
  const whole = spans[0]
  if (whole === undefined || whole.end === whole.start) return undefined
  const {text} = view
  const at = (index: number): number => base + (offsets[index] ?? 0)
  const start = at(whole.start)
  const end = at(whole.end - 1) + 1
  if (end - start > SPREAD * (whole.end - whole.start)) return undefined
  let closed = 0
  let marked = false
  // words and the joints between them; what fills a gap is somebody else's
  let from = start
  const gaps: Span[] = []
  const wordsUntil = (until: number): void => {
    marked ||= evasive(view, input, from, until)
  }
  for (const [i, group] of groups.entries()) {
    const span = spans[i + 1]
    if (span === undefined) continue
    const before = span.start === 0 ? base : at(span.start - 1) + 1
    const after = at(span.end)
    const between = text.slice(before, after)
    switch (group.kind) {
      case 'line':
        if (!LINE_START.test(text.slice(Math.max(0, start - INDENT), start))) return undefined
        break
      case 'any':
        if (!isOneWord(text.slice(at(span.start), at(span.end - 1) + 1))) return undefined
        break
      case 'exact':
        if (!isWritten(group.text, text, base, offsets.subarray(span.start, span.end))) return undefined
        break
      case 'mark':
        if (!inOrder(group.signs, between)) return undefined
        break
      case 'joint':
        if (group.joint === 'colon' && !COLON.test(between)) return undefined
        if (group.joint === 'dash' && !DASH.test(between.replace(LIST_ITEM, ' '))) return undefined
        if (group.joint !== 'separator' && SENTENCE_END.test(between)) return undefined
        if (isClosed(between)) closed++
        gaps.push({start: before, end: after})
        break
      case 'gap':
        if (group.gap === 'sentence' && SENTENCE_END.test(between)) return undefined
        if (isClosed(between)) closed++
        gaps.push({start: before, end: after})
        wordsUntil(before)
        from = after
        break
    }
  }
  wordsUntil(end)
  if (closed >= 2) marked = true
  if (!isWhole(text, start, end, gaps)) return undefined
  if (!marked && (LETTER.test(text.charAt(start - 1)) || LETTER.test(text.charAt(end)))) return undefined
  return {start, end, marked}
}

function evasive(view: MatchingText, input: string, start: number, end: number): boolean {
  const words = view.text.slice(start, end)
  if (DIGIT_IN_WORD.test(words)) return true
  if (view.offsets === undefined) return false
  const place = originalSpan(view, start, end)
  const original = input.slice(place.start, place.end)
  if (CONCEALED.test(original)) return true
  // letters of another script that read as ASCII
  return OTHER_SCRIPT.test(original) && ASCII_LETTER.test(words) && !OTHER_SCRIPT.test(words)
}

const LETTERS_APART = /^\S(?:\s+\S)*$/u

/** Written together, or each letter apart. */
function isOneWord(text: string): boolean {
  return !/\s/.test(text) || LETTERS_APART.test(text)
}

/** The vowels of a word are its own, or digits and signs written for them. */
function isWritten(word: string, text: string, base: number, offsets: Uint32Array): boolean {
  return offsets.every((offset, k) => {
    const letter = text.charAt(base + offset).toLowerCase()
    return !VOWEL.test(letter) || letter === word.charAt(k)
  })
}

/** Whether the signs stand in a text in their order. */
function inOrder(signs: string, text: string): boolean {
  let at = 0
  for (const sign of signs) {
    at = text.indexOf(sign, at) + 1
    if (at === 0) return false
  }
  return true
}
