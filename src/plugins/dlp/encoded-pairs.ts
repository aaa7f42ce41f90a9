// An encoded secret cut in two, with other values between the halves: the first half already
// decodes to text that ends inside a token, which words and numbers hardly ever do. Only then are pairs worth decoding.
import {decodeField} from '../../lib/decode.js'
import type {Gate} from './gate.js'

const [MIN_RUN, MAX_RUN] = [4, 512]
const RUN_AT_START = /^[A-Za-z0-9+/_-]/
const RUN_PART = /^[A-Za-z0-9+/_=-]/
const READABLE = /^[ -~]{2,}$/
const MAX_COMBINED = 20
/** Whole groups of every encoding: a half that is too short to be decoded as a field is read behind them. */
const FILLER = '2A2A2A2A2A2A2A2A'
const FILLED = {hex: 8, base64: 12, base32: 10} as const

/** The first half of an encoded token that a value ends in; "" where it ends in none. */
export function opensEncoded(value: string, gate: Pick<Gate, 'openEnd'>): string {
  const run = runAtEnd(value)
  if (run.length < MIN_RUN) return ''
  // one character of a group of base64 says nothing
  const groups = run.length % 4 === 1 ? run.slice(0, -1) : run
  const opens = decodeField(FILLER + groups).some(({encoding, bytes}) => {
    const text = bytes.toString('latin1', FILLED[encoding])
    return READABLE.test(text) && gate.openEnd(text) !== undefined
  })
  return opens ? run : ''
}

/** From the end: an expression would try every place before it. */
function runAtEnd(value: string): string {
  let at = value.length
  while (at > 0 && value.length - at < MAX_RUN && RUN_AT_START.test(value.charAt(at - 1))) at--
  return value.slice(at)
}

export function continuesEncoded(value: string): boolean {
  return RUN_AT_START.test(value)
}

/** The second half that a value begins with, and the character that ends it. */
export function runAtStart(value: string): string {
  let at = 0
  while (at < value.length && at < MAX_RUN && RUN_PART.test(value.charAt(at))) at++
  return value.slice(0, at + 1)
}

/** Pairs of values, in order, that may hold an encoded token together. */
export function encodedPairs(values: readonly string[], gate: Pick<Gate, 'openEnd'>): readonly string[] {
  if (values.length < 3) return NONE
  const some = values.slice(0, MAX_COMBINED)
  const pairs: string[] = []
  // the last of them has nothing behind it
  for (let i = 0; i < some.length - 1; i++) {
    const value = some[i] ?? ''
    if (opensEncoded(value, gate) === '') continue
    for (const other of some.slice(i + 1)) if (continuesEncoded(other)) pairs.push(value + other)
  }
  return pairs
}

const NONE: readonly string[] = []
