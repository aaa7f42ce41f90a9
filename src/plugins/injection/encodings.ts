// What a text may hold in encoded form, from one loop over its characters: a text without the signs of an encoding is not
// searched for it (scanning §16.2 item 2). It may see too much, never too little.

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
const KINDS = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  KINDS[c] =
    (/[A-Za-z0-9+/_-]/.test(character) ? IN_RUN : 0) |
    (/[0-9a-fA-FxX\\:, -]/.test(character) ? IN_PAIRS : 0) |
    (ESCAPE_SIGNS.includes(character) ? STARTS_ESCAPE : 0) |
    (/[A-Za-z0-9+/_=\s-]/.test(character) ? 0 : BREAKS_WHOLE)
}

/** What a text may hold, and where its runs are. */
export interface Encodings {
  readonly signs: number
  /** Start and end of each run of at least 16 characters of the base64 alphabets, padding apart. */
  readonly runs: readonly number[]
}

export function encodingsIn(text: string): Encodings {
  const runs: number[] = []
  let seen = 0
  let run = 0
  let pairs = 0
  let any = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    const kind = KINDS[unit] ?? (unit === CSI || unit === RIGHT_TO_LEFT ? STARTS_ESCAPE | BREAKS_WHOLE : BREAKS_WHOLE)
    any |= kind
    if (kind & IN_RUN) run++
    else {
      if (run >= MIN_RUN) runs.push(i - run, i)
      run = 0
    }
    if (kind & IN_PAIRS) {
      if (++pairs === MIN_RUN) seen |= PAIRS
    } else pairs = 0
  }
  if (run >= MIN_RUN) runs.push(text.length - run, text.length)
  if (any & STARTS_ESCAPE) seen |= ESCAPES
  if (!(any & BREAKS_WHOLE)) seen |= WHOLE
  return {signs: seen, runs}
}

/** Characters in runs that may be decoded. */
export function encodedLength(text: string): number {
  return encodingsIn(text).runs.reduce((sum, at, i) => (i % 2 === 0 ? sum - at : sum + at), 0)
}
