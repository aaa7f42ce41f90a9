// What a text holds in encoded form, and the text in another alphabet or order. All runs of a text make one reading, so that a
// document full of harmless identifiers costs one scan more and no more; every reading knows where its parts came from.
import {compressedRuns} from '../../lib/text/compressed-runs.js'
import type {DecodeBudget, DecodedRun} from '../../lib/text/decoded-run.js'
import {decodedCodes, decodeRuns, decodeSeparated, decodeWrapped} from '../../lib/text/encoded-runs.js'
import {wrappedRuns} from '../../lib/text/wrapped-runs.js'
import {countUpTo} from '../../lib/sorted.js'
import type {Span} from '../../lib/regex/engine.js'
import {rotate} from './letter-folds.js'
import {originalSpan, type MatchingText} from './matching-text.js'
import {CODES, PAIRS, type Encodings} from './encodings.js'

/** A text and the way back from its spans to the input. */
export interface Reading {
  readonly text: string
  place(start: number, end: number): Span
}

export interface Budget extends DecodeBudget {
  exhausted: boolean
}

/**
 * Work that one scan may do for what is decoded; linear in the text. Digests, certificates and tables of numbers decode to
 * noise at every alignment and in every reading of the text, some 30 bytes for each character of a file that holds nothing else.
 */
export function decodeBudget(text: string): Budget {
  const bytes = 32 * text.length + 262_144
  return {attempts: bytes / LEAST_OF_ATTEMPT, bytes, exhausted: false}
}

const LEAST_OF_ATTEMPT = 64

const NOTHING: readonly DecodedRun[] = []
const MOST_BETWEEN = 34

/** All that is encoded in a text, decoded, as one, in steps; undefined where nothing can be read. `budget` is spent on it. */
export function* decodedIn(
  reading: Reading,
  budget: Budget,
  {signs, runs}: Encodings,
): Generator<undefined, Reading | undefined> {
  const {text} = reading
  const pieces = [
    ...decodeRuns(text, runs, budget),
    ...compressedRuns(text, runs, budget),
    ...decodeWrapped(wrappedRuns(text, runs), budget),
    ...(signs & PAIRS ? yield* decodeSeparated(text, budget) : signs & CODES ? decodedCodes(text, budget) : NOTHING),
  ]
  if (budget.attempts < 0 || budget.bytes < 0) budget.exhausted = true
  return joined(
    pieces.sort((a, b) => a.start - b.start),
    reading,
  )
}

/** The same text in another alphabet or order: free of cost to write, so free of budget to read. */
export function mirrored(view: MatchingText, how: 'rotated' | 'backward'): Reading {
  const {text} = view
  if (how === 'rotated') return {text: rotate(text), place: (start, end) => originalSpan(view, start, end)}
  // by UTF-16 units: half of a pair is no letter in either order
  return {
    text: Array.from({length: text.length}, (_, i) => text.charAt(text.length - 1 - i)).join(''),
    place: (start, end) => originalSpan(view, text.length - end, text.length - start),
  }
}

const BREAK = '\n\n'
/** One payload in pieces, as listings and literals have it, continues in the next, in the middle of a word perhaps. */
const NEXT_LINE = '\n'

function joined(pieces: readonly DecodedRun[], reading: Reading): Reading | undefined {
  if (pieces.length === 0) return undefined
  const starts: number[] = []
  let text = ''
  let start = -1
  let before = -Infinity
  for (const piece of pieces) {
    const isNear = piece.start === start || (piece.start >= before && piece.start - before <= MOST_BETWEEN)
    if (text !== '') text += isNear ? NEXT_LINE : BREAK
    starts.push(text.length)
    text += piece.text
    ;({start, end: before} = piece)
  }
  const pieceAt = (offset: number): DecodedRun | undefined => pieces[Math.max(0, countUpTo(starts, offset) - 1)]
  return {
    text,
    place(start, end) {
      const first = pieceAt(start)
      const last = pieceAt(Math.max(start, end - 1))
      return reading.place(Math.min(first?.start ?? 0, last?.start ?? 0), Math.max(first?.end ?? 0, last?.end ?? 0))
    },
  }
}
