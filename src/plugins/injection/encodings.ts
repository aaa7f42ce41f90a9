// What a text may hold in encoded form, from one loop over its characters: a text without the signs of an encoding is not
// searched for it. It may see too much, never too little.

import {UnitBuffer} from '../../lib/text/units.js'
import type {MatchingText} from './matching-text.js'

/** Pairs of hex digits with separators or prefixes, and offsets of a dump. */
export const PAIRS = 1
/** Eight short numbers, one near the other, that may be codes of characters. */
export const CODES = 2

const MIN_RUN = 16

const IN_RUN = 1
const IN_PAIRS = 2
const IN_NUMBER = 4
const KINDS = new Uint8Array(0x10000)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  KINDS[c] =
    (/[A-Za-z0-9+/_-]/.test(character) ? IN_RUN : 0) |
    (/[0-9a-fA-FxX\\:;,.|_\s-]/.test(character) ? IN_PAIRS : 0) |
    (/[0-9]/.test(character) ? IN_NUMBER : 0)
}

/** Two numbers of one list have no more between them. */
const MOST_APART = 16
const MIN_NUMBERS = 8

/** What a text may hold, and where its runs are. */
export interface Encodings {
  readonly signs: number
  /** Start and end of each run of at least 16 characters of the base64 alphabets, padding apart. */
  readonly runs: readonly number[]
}

const buffer = new UnitBuffer()

export function encodingsIn(text: string): Encodings {
  const units = buffer.load(text)
  const {length} = text
  const runs: number[] = []
  let signs = 0
  let run = 0
  let pairs = 0
  let numbers = 0
  let numberEnd = 0
  for (let i = 0; i < length; i++) {
    const kind = KINDS[units[i] ?? 0] ?? 0
    if (kind & IN_RUN) run++
    else {
      if (run >= MIN_RUN) runs.push(i - run, i)
      run = 0
    }
    if (kind & IN_PAIRS) {
      if (++pairs === MIN_RUN) signs |= PAIRS
    } else pairs = 0
    if ((kind & IN_NUMBER) === 0) continue
    if (i > numberEnd) numbers = i - numberEnd > MOST_APART ? 1 : numbers + 1
    if (numbers === MIN_NUMBERS) signs |= CODES
    numberEnd = i + 1
  }
  if (run >= MIN_RUN) runs.push(length - run, length)
  return {signs, runs}
}

export function holdsAny({signs, runs}: Encodings): boolean {
  return signs !== 0 || runs.length > 0
}

/** What the inspected text holds and the received text does not: whole only without invisible characters. */
export function encodingsBehind(written: Encodings, input: string, {text, offsets}: MatchingText): Encodings {
  if (offsets === undefined) return NONE
  const {signs, runs} = encodingsIn(text)
  const results: number[] = []
  for (let i = 0; i < runs.length; i += 2) {
    const [start = 0, end = 0] = [runs[i], runs[i + 1]]
    const from = offsets[start] ?? 0
    const until = (offsets[end - 1] ?? 0) + 1
    if (until - from !== end - start || input.slice(from, until) !== text.slice(start, end)) results.push(start, end)
  }
  return {signs: signs & ~written.signs, runs: results}
}

const NONE: Encodings = {signs: 0, runs: []}
