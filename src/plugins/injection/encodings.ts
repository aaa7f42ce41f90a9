// What a text may hold in encoded form, from one loop over its characters: a text without the signs of an encoding is not
// searched for it. It may see too much, never too little.

import type {MatchingText} from '../../lib/matching-text.js'
import {ESCAPE_SIGNS} from './escapes.js'

export const ESCAPES = 1
/** Pairs of hex digits with separators or prefixes. */
export const PAIRS = 2
/** Nothing but the base64 alphabets and white space. */
export const WHOLE = 4

export const MIN_RUN = 16

const IN_RUN = 1
const IN_PAIRS = 2
const STARTS_ESCAPE = 4
const BREAKS_WHOLE = 8
const CSI = 0x9b
const RIGHT_TO_LEFT = 0x202e
/** By UTF-16 unit, so that none is looked up in vain. */
const KINDS = new Uint8Array(0x10000)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  KINDS[c] =
    (/[A-Za-z0-9+/_-]/.test(character) ? IN_RUN : 0) |
    (/[0-9a-fA-FxX\\:, -]/.test(character) ? IN_PAIRS : 0) |
    (ESCAPE_SIGNS.includes(character) ? STARTS_ESCAPE : 0) |
    (/[A-Za-z0-9+/_=\s-]/.test(character) ? 0 : BREAKS_WHOLE)
}

KINDS.fill(BREAKS_WHOLE, 128)
for (const sign of [CSI, RIGHT_TO_LEFT]) KINDS[sign] = STARTS_ESCAPE | BREAKS_WHOLE

/** What a text may hold, and where its runs are. */
export interface Encodings {
  readonly signs: number
  /** Start and end of each run of at least 16 characters of the base64 alphabets, padding apart. */
  readonly runs: readonly number[]
}

export function encodingsIn(text: string): Encodings {
  const runs: number[] = []
  let count = 0
  let run = 0
  let pairs = 0
  let any = 0
  for (let i = 0; i < text.length; i++) {
    const kind = KINDS[text.charCodeAt(i)] ?? BREAKS_WHOLE
    any |= kind
    if (kind & IN_RUN) run++
    else {
      if (run >= MIN_RUN) runs.push(i - run, i)
      run = 0
    }
    if (kind & IN_PAIRS) {
      if (++pairs === MIN_RUN) count |= PAIRS
    } else pairs = 0
  }
  if (run >= MIN_RUN) runs.push(text.length - run, text.length)
  if (any & STARTS_ESCAPE) count |= ESCAPES
  if (!(any & BREAKS_WHOLE)) count |= WHOLE
  return {signs: count, runs}
}

/** Runs of the inspected text that the received text does not have: whole only without invisible characters. */
export function runsBehind(input: string, {text, offsets}: MatchingText): readonly number[] {
  if (offsets === undefined) return NONE
  const {runs} = encodingsIn(text)
  const results: number[] = []
  for (let i = 0; i < runs.length; i += 2) {
    const [start = 0, end = 0] = [runs[i], runs[i + 1]]
    const from = offsets[start] ?? 0
    const until = (offsets[end - 1] ?? 0) + 1
    if (until - from !== end - start || input.slice(from, until) !== text.slice(start, end)) results.push(start, end)
  }
  return results
}

const NONE: readonly number[] = []
