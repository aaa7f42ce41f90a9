// Text inside text: every maximal run of an encoding's alphabet is decoded at every alignment that its encoding allows, and
// what is readable in the result is handed on. Noise costs one pass and yields nothing, so that pictures
// and digests are cheap. Linear; the caller's budget bounds what nested encodings may add.

import {compressedRuns} from './compressed-runs.js'
import type {DecodeBudget, DecodedRun, RunEncoding, Runs} from './decoded-run.js'
import {dumpedRuns} from './hex-dump.js'
import {atOnce} from '../slices.js'
import {wrappedRuns, type Wrapped} from './wrapped-runs.js'

/** Shortest runs worth decoding: what eight characters, the shortest secret, take in each encoding. */
const MIN_BASE64 = 11
const MIN_HEX = 16
const MIN_BASE32 = 13
const MIN_TEXT = 8

const HEX = 1
const BASE32 = 2
const BASE32HEX = 4
const CROCKFORD = 8
const BASE64 = 16
const DIGIT = 32
const KINDS = new Uint8Array(128)
const BASE64_VALUE = new Uint8Array(128)
const HEX_VALUE = new Uint8Array(128)
const BASE32_VALUE = new Uint8Array(128)
const BASE32HEX_VALUE = new Uint8Array(128)
const CROCKFORD_VALUE = new Uint8Array(128)

function fill(alphabet: string, kind: number, values: Uint8Array, bothCases: boolean): void {
  for (const [i, character] of [...alphabet].entries()) {
    for (const c of bothCases ? [character, character.toLowerCase()] : [character]) {
      KINDS[c.charCodeAt(0)] = (KINDS[c.charCodeAt(0)] ?? 0) | kind
      values[c.charCodeAt(0)] = i
    }
  }
}
fill('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', BASE64, BASE64_VALUE, false)
KINDS[0x2d] = BASE64
KINDS[0x5f] = BASE64
BASE64_VALUE[0x2d] = 62
BASE64_VALUE[0x5f] = 63
fill('0123456789ABCDEF', HEX, HEX_VALUE, true)
fill('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', BASE32, BASE32_VALUE, true)
fill('0123456789ABCDEFGHIJKLMNOPQRSTUV', BASE32HEX, BASE32HEX_VALUE, true)
fill('0123456789ABCDEFGHJKMNPQRSTVWXYZ', CROCKFORD, CROCKFORD_VALUE, true)
for (let c = 0x30; c <= 0x39; c++) KINDS[c] = (KINDS[c] ?? 0) | DIGIT

export interface RunOptions {
  /** False: numbers are not read as character codes. */
  readonly codes?: boolean
  /** Characters of the shortest run that is decoded, where whoever asks looks for something longer. */
  readonly shortest?: number
}

/** Whatever a text holds in any encoding, for callers that have not looked for its runs. */
export function decodedRuns(text: string, budget: DecodeBudget, options: RunOptions = {}): readonly DecodedRun[] {
  const {codes = true, shortest = MIN_BASE64} = options
  const long: number[] = []
  const runs: number[] = []
  let breaks = 0
  let prefixes = 0
  let numbers = 0
  for (let start = 0, at = 0; at <= text.length; at++) {
    const c = text.charCodeAt(at)
    if (c === 0x78 || c === 0x58) prefixes++
    if (at < text.length && isEncoded(c)) {
      if (c === 0x2d || c === 0x5f) breaks++
      else if (isDigit(c) && !isDigit(text.charCodeAt(at - 1))) numbers++
      continue
    }
    breaks++
    if (at - start >= MIN_BASE64) runs.push(start, at)
    if (at - start >= shortest) long.push(start, at)
    start = at + 1
  }
  const results =
    runs.length === 0
      ? NOTHING
      : [
          ...decodeRuns(text, long, budget),
          ...compressedRuns(text, long, budget),
          ...decodeWrapped(wrappedRuns(text, runs), budget),
        ]
  // eight pairs have seven separators between them, and the end counts as one
  const pairs = breaks >= 8 || prefixes >= 7
  if (!pairs && (!codes || numbers < 8)) return results
  const separated = codes
    ? atOnce(decodeSeparated(text, budget))
    : charged([...separatedHex(text), ...dumpedRuns(text)], budget)
  return separated.length === 0 ? results : [...results, ...separated]
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

function isEncoded(c: number): boolean {
  return c < 128 && ((KINDS[c] ?? 0) & BASE64) !== 0
}

/** What runs hold that are written in lines. */
export function decodeWrapped(wrapped: readonly Wrapped[], budget: DecodeBudget): readonly DecodedRun[] {
  return wrapped.flatMap(({start, end, bare}) => {
    const runs = [0, bare.length]
    return [...decodeRuns(bare, runs, budget), ...compressedRuns(bare, runs, budget)].map((run) => ({
      ...run,
      start,
      end,
    }))
  })
}

/** What the runs hold in any encoding. Stops when the budget is used up. */
export function decodeRuns(text: string, runs: Runs, budget: DecodeBudget): readonly DecodedRun[] {
  let results: DecodedRun[] = NOTHING
  for (let i = 0; i < runs.length && budget.attempts >= 0 && budget.bytes >= 0; i += 2) {
    results = decodeRun(text, runs[i] ?? 0, runs[i + 1] ?? 0, budget, results)
  }
  return results
}

const NOTHING: DecodedRun[] = []
let input = Buffer.alloc(4096)
let output = Buffer.alloc(4096)

function decodeRun(text: string, start: number, end: number, budget: DecodeBudget, before: DecodedRun[]): DecodedRun[] {
  const n = end - start
  if (n < MIN_BASE64) return before
  if (n > input.length) {
    input = Buffer.alloc(2 * n)
    output = Buffer.alloc(2 * n)
  }
  if (n > 48) input.write(text.slice(start, end), 'latin1')
  else for (let i = 0; i < n; i++) input[i] = text.charCodeAt(start + i)
  let results = before
  if (isDigest(n)) return before
  const take = (encoding: RunEncoding, from: number, to: number, values: Uint8Array, width: number): void => {
    const count = decodeBits(from, to, values, width)
    budget.bytes -= count
    if (budget.bytes < 0) return
    for (let at = nextPiece(0, count); at < count; at = nextPiece(pieceEnd, count)) {
      if (--budget.attempts < 0) return
      if (results === NOTHING) results = []
      results.push({encoding, start: start + from, end: start + to, ...textIn(at, pieceEnd)})
    }
  }
  /** Of a long run only the surroundings of readable ASCII are decoded: it is mostly a picture or an archive. */
  const takeLong = (): void => {
    budget.bytes -= 3 * n
    if (budget.bytes < 0) return
    const done = [0, 0, 0, 0]
    forEachSeed(n, (at) => {
      if (at < (done[at & 3] ?? 0) || budget.attempts < 0) return
      const {first, last, to} = pieceAround(at, n)
      // the alphabet continues: reading starts again at a new group
      done[at & 3] = Math.max(at + 8, to)
      if (first === last || --budget.attempts < 0) return
      if (results === NOTHING) results = []
      results.push({encoding: 'base64', start, end, ...textIn(first, last)})
    })
  }
  // glued to a name or a path, an encoded text starts at any of the four alignments
  if (n > LONG) takeLong()
  else for (let shift = 0; shift < 4 && n - shift >= MIN_BASE64; shift++) take('base64', shift, n, BASE64_VALUE, 6)
  if (n < MIN_BASE32) return results
  const takeOthers = (low: number, high: number): void => {
    let hex = low
    let rfc = low
    let extended = low
    let crockford = low
    let digits = low
    for (let i = low; i <= high; i++) {
      const kind = i < high ? (KINDS[input[i] ?? 0] ?? 0) : 0
      if (kind & DIGIT) digits = i + 1
      if ((kind & HEX) === 0) {
        if (i - hex >= MIN_HEX) {
          take('hex', hex, i, HEX_VALUE, 4)
          take('hex', hex + 1, i, HEX_VALUE, 4)
        }
        hex = i + 1
      }
      if ((kind & BASE32) === 0) {
        if (i - rfc >= MIN_BASE32) take('base32', rfc, i, BASE32_VALUE, 5)
        rfc = i + 1
      }
      // the other two alphabets hold all digits: words have none
      if ((kind & BASE32HEX) === 0) {
        if (i - extended >= MIN_BASE32 && digits > extended) take('base32', extended, i, BASE32HEX_VALUE, 5)
        extended = i + 1
      }
      if ((kind & CROCKFORD) === 0) {
        if (i - crockford >= MIN_BASE32 && digits > crockford) take('base32', crockford, i, CROCKFORD_VALUE, 5)
        crockford = i + 1
      }
    }
  }
  if (n <= LONG) takeOthers(0, n)
  // in a long run of another encoding, what stands in letters of one case and digits
  else
    for (const alphabet of [UPPER_ALNUM, LOWER_ALNUM])
      for (const [low, high] of runsIn(n, alphabet)) takeOthers(low, high)
  return results
}

const DIGEST_LENGTHS = new Set([32, 40, 56, 64, 96, 128])
/** Of the bytes that hex of such a length hides as text. */
const READABLE_SHARE = 0.8

/**
 * Whether `input` holds hex of the length of a digest that is no text: histories and lock files are full of them, and what other
 * alphabets read in sixteen letters is chance.
 */
function isDigest(n: number): boolean {
  if (!DIGEST_LENGTHS.has(n)) return false
  const bytes: number[] = []
  for (let i = 0; i < n; i += 2) {
    const [high, low] = [input[i] ?? 0, input[i + 1] ?? 0]
    if (((KINDS[high] ?? 0) & (KINDS[low] ?? 0) & HEX) === 0) return false
    bytes.push(((HEX_VALUE[high] ?? 0) << 4) | (HEX_VALUE[low] ?? 0))
  }
  return readableIn(bytes) < READABLE_SHARE * bytes.length
}

/** Bytes that are part of printable characters in UTF-8, or all bytes where every second one is zero as in UTF-16. */
function readableIn(bytes: readonly number[]): number {
  if ([0, 1].some((half) => bytes.every((byte, i) => i % 2 === half || byte === 0))) return bytes.length
  let readable = 0
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i] ?? 0
    const width = byte < 0x80 ? 1 : byte >= 0xc2 && byte < 0xf5 ? 2 + Number(byte >= 0xe0) + Number(byte >= 0xf0) : 0
    const rest = bytes.slice(i + 1, i + Math.max(1, width))
    const isWhole = rest.length === width - 1 && rest.every((next) => next >= 0x80 && next < 0xc0)
    if (width > 1 && isWhole) readable += width
    else if (byte >= 0x20 && byte < 0x7f) readable++
    i += width > 1 && isWhole ? width : 1
  }
  return readable
}

/** A piece of `output`. UTF-16 has a zero beside each letter of Latin: as shells of Windows take their commands. */
function textIn(from: number, to: number): Pick<DecodedRun, 'text' | 'isWhole'> {
  const text = output.toString('utf8', from, to)
  if (text.charCodeAt(1) !== 0 && text.charCodeAt(0) !== 0) return {text}
  const letters = text.replaceAll('\0', '')
  // noise has no zero at every other place
  return letters.length <= 0.6 * text.length ? {text: letters, isWhole: true} : {text}
}

/** From `input` into `output`; how many bytes. */
function decodeBits(start: number, end: number, values: Uint8Array, width: number): number {
  const from = input
  const to = output
  let count = 0
  let i = start
  if (width === 6) {
    for (; i + 4 <= end; i += 4) {
      const group =
        ((values[from[i] ?? 0] ?? 0) << 18) |
        ((values[from[i + 1] ?? 0] ?? 0) << 12) |
        ((values[from[i + 2] ?? 0] ?? 0) << 6) |
        (values[from[i + 3] ?? 0] ?? 0)
      to[count] = group >> 16
      to[count + 1] = group >> 8
      to[count + 2] = group
      count += 3
    }
  }
  let buffer = 0
  let bits = 0
  for (; i < end; i++) {
    buffer = ((buffer << width) | (values[from[i] ?? 0] ?? 0)) & 0xffff
    bits += width
    if (bits >= 8) {
      bits -= 8
      to[count++] = buffer >> bits
    }
  }
  return count
}

/** Runs above this are searched for readable ASCII first. */
const LONG = 4096
/** Whole groups of four characters. */
const FIRST_REACH = 24
const BEFORE_SEED = 256
const AFTER_SEED = 1024

const UPPER_ALNUM = new Uint8Array(256)
const LOWER_ALNUM = new Uint8Array(256)
for (let c = 0; c < 128; c++) {
  UPPER_ALNUM[c] = /[0-9A-Z]/.test(String.fromCharCode(c)) ? 1 : 0
  LOWER_ALNUM[c] = /[0-9a-z]/.test(String.fromCharCode(c)) ? 1 : 0
}

/** Maximal runs of an alphabet in `input`, found by looking at every sixteenth character. */
function runsIn(n: number, alphabet: Uint8Array): readonly (readonly [number, number])[] {
  const bytes = input
  const runs: (readonly [number, number])[] = []
  for (let from = 0; from + MIN_HEX <= n;) {
    let at = from + MIN_HEX - 1
    while (at >= from && alphabet[bytes[at] ?? 0] === 1) at--
    if (at >= from) {
      from = at + 1
      continue
    }
    let end = from + MIN_HEX
    while (end < n && alphabet[bytes[end] ?? 0] === 1) end++
    runs.push([from, end])
    from = end
  }
  return runs
}

const READABLE = new Uint8Array(256)
for (let c = 0; c < 128; c++) READABLE[c] = c >= 0x20 && c !== 0x7f ? 1 : 0
// text of two bytes a character has them everywhere
READABLE[0] = 1

// Whether three bytes can be read, from the halves of their 24 bits: a bit for each way in which the middle byte may be cut.
const HIGH_HALF = new Uint8Array(4096)
const LOW_HALF = new Uint8Array(4096)
for (let half = 0; half < 4096; half++) {
  const high = half & 15
  const wayOfHigh = high === 0 ? 1 : high >= 2 && high <= 6 ? 2 : high === 7 ? 4 : 0
  const low = half >> 8
  HIGH_HALF[half] = READABLE[half >> 4] === 1 ? wayOfHigh : 0
  LOW_HALF[half] = READABLE[half & 255] === 1 ? (low === 0 ? 1 : 0) | 2 | (low < 15 ? 4 : 0) : 0
}

/** Whether the four characters of `input` at a place decode to readable ASCII. */
function isReadable(at: number): boolean {
  const from = input
  const values = BASE64_VALUE
  const high = ((values[from[at] ?? 0] ?? 0) << 6) | (values[from[at + 1] ?? 0] ?? 0)
  const low = ((values[from[at + 2] ?? 0] ?? 0) << 6) | (values[from[at + 3] ?? 0] ?? 0)
  return ((HIGH_HALF[high] ?? 0) & (LOW_HALF[low] ?? 0)) !== 0
}

/**
 * Calls for places in `input` where two groups of four characters in a row decode to readable ASCII, at any alignment. Of
 * two neighbours at least one is inspected, and the other where that one can be read.
 */
function forEachSeed(n: number, take: (at: number) => void): void {
  const from = input
  const values = BASE64_VALUE
  for (let i = 0; i + 4 <= n; i += 8) {
    let group =
      ((values[from[i] ?? 0] ?? 0) << 12) | ((values[from[i + 1] ?? 0] ?? 0) << 6) | (values[from[i + 2] ?? 0] ?? 0)
    const end = Math.min(i + 7, n)
    for (let at = i + 3; at < end; at++) {
      group = ((group << 6) | (values[from[at] ?? 0] ?? 0)) & 0xffffff
      if (((HIGH_HALF[group >> 12] ?? 0) & (LOW_HALF[group & 0xfff] ?? 0)) === 0) continue
      if (at >= 7 && isReadable(at - 7)) take(at - 7)
      else if (at + 4 < n && isReadable(at + 1)) take(at - 3)
    }
  }
}

interface PieceAround {
  /** In `output`; alike where it has too few visible characters. */
  readonly first: number
  readonly last: number
  /** Where its last group ends in `input`. */
  readonly to: number
}

/** As far around a place as can be read: a little at first, since most of what two groups show is chance. */
function pieceAround(at: number, n: number): PieceAround {
  let before = FIRST_REACH
  for (let after = FIRST_REACH; ;) {
    const from = Math.max(at & 3, at - before)
    const to = Math.min(n, at + after)
    const count = decodeBits(from, to, BASE64_VALUE, 6)
    const [first, last] = pieceAt(((at - from) * 3) >> 2, count)
    const isCutBefore = first === 0 && from > (at & 3) && before < BEFORE_SEED
    const isCutAfter = last === count && to < n
    if (!isCutBefore && !isCutAfter) return {first, last, to: from + 4 * Math.ceil(last / 3)}
    if (isCutBefore) before = BEFORE_SEED
    if (isCutAfter) after = after === FIRST_REACH ? AFTER_SEED : 2 * after
  }
}

/** The piece around a place in `output`; empty where it has too few visible characters. */
function pieceAt(place: number, count: number): readonly [number, number] {
  for (let at = nextPiece(0, count); at < count; at = nextPiece(pieceEnd, count)) {
    if (pieceEnd > place) return [at, pieceEnd]
  }
  return [place, place]
}

let pieceEnd = 0

/**
 * The next maximal piece of well-formed UTF-8 in `output` with at least eight letters, that are no controls: its
 * beginning, and its end in `pieceEnd`; `count` where there is none.
 */
function nextPiece(from: number, count: number): number {
  const bytes = output
  let start = from
  let visible = 0
  for (let i = from; i < count;) {
    const byte = bytes[i] ?? 0
    if (byte < 0x80) {
      if (byte >= 0x20 && byte !== 0x7f) visible++
      i++
      continue
    }
    const size = byte < 0xc2 || byte > 0xf4 ? 0 : sequenceAt(i, count)
    if (size > 0) {
      // a sign of Chinese says as much as two letters
      visible += size === 3 ? 2 : 1
      i += size
      continue
    }
    if (visible >= MIN_TEXT) {
      pieceEnd = i
      return start
    }
    i++
    start = i
    visible = 0
  }
  pieceEnd = count
  return visible >= MIN_TEXT ? start : count
}

/** Length of the well-formed sequence of several bytes at `i`, 0 where there is none. */
function sequenceAt(i: number, count: number): number {
  const byte = output[i] ?? 0
  const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
  if (i + size > count) return 0
  for (let k = 1; k < size; k++) if (((output[i + k] ?? 0) & 0xc0) !== 0x80) return 0
  return size
}

/** Pairs of hex digits with separators between them, and numbers that read as character codes. */
export function* decodeSeparated(text: string, budget: DecodeBudget): Generator<undefined, readonly DecodedRun[]> {
  const runs = [...separatedHex(text)]
  for (const others of [dumpedRuns, characterCodes]) {
    if (text.length > WITHOUT_PAUSE) yield
    runs.push(...others(text))
  }
  return charged(runs, budget)
}

/** Characters that are scanned in well under a millisecond. */
const WITHOUT_PAUSE = 4_096

/** Numbers that read as character codes, alone. */
export function decodedCodes(text: string, budget: DecodeBudget): readonly DecodedRun[] {
  return charged(characterCodes(text), budget)
}

/** As many as the budget pays for. */
function charged(runs: readonly DecodedRun[], budget: DecodeBudget): readonly DecodedRun[] {
  const results: DecodedRun[] = []
  for (const run of runs) {
    budget.bytes -= run.text.length
    if (--budget.attempts < 0 || budget.bytes < 0) return results
    results.push(run)
  }
  return results
}

// A start that fails has read seven more pairs at most.
const SEPARATED_HEX = /(?<![0-9a-z])(?:\\x|0x)?[0-9a-f]{2}(?:(?:[\s:,;.|_-]{1,5}(?:\\x|0x)?|\\x|0x)?[0-9a-f]{2}){7,}/gi
const NO_SEPARATOR = /^[0-9a-f]*$/i

/** Pairs of hex digits with separators or prefixes between them. */
function separatedHex(text: string): readonly DecodedRun[] {
  const results: DecodedRun[] = []
  SEPARATED_HEX.lastIndex = 0
  for (let match = SEPARATED_HEX.exec(text); match !== null; match = SEPARATED_HEX.exec(text)) {
    if (NO_SEPARATOR.test(match[0])) continue
    const digits = match[0].replace(/0x|\\x|[^0-9a-f]/gi, '')
    const decoded = Buffer.from(digits, 'hex').toString('utf8')
    const end = match.index + match[0].length
    results.push({encoding: 'hex', start: match.index, end, text: decoded, isWhole: true})
  }
  return results
}

const CODES = /(?<![0-9])[0-9]{1,7}(?:[^0-9]{1,16}[0-9]{1,7}){7,}/g
const NUMBER = /[0-9]+(?:\.[0-9]+)?e\+?[0-9]{1,2}|[0-9]+/gi
/** Without one, numbers are their digits. */
const EXPONENT = /[0-9]e\+?[0-9]/i
const DIGITS = /[0-9]+/g
const NO_NUMBERS: readonly string[] = []

/** Numbers that read as character codes. A fraction of nothing (`65.0`) reads as a NUL, which later steps delete. */
function characterCodes(text: string): readonly DecodedRun[] {
  const results: DecodedRun[] = []
  CODES.lastIndex = 0
  for (let match = CODES.exec(text); match !== null; match = CODES.exec(text)) {
    let decoded = ''
    let visible = 0
    for (const number of match[0].match(EXPONENT.test(match[0]) ? NUMBER : DIGITS) ?? NO_NUMBERS) {
      const code = Number(number)
      const valid = Number.isInteger(code) && code <= 0x10ffff
      decoded += valid ? String.fromCodePoint(code) : ' '
      if (valid && code > 0x20) visible++
    }
    if (visible >= MIN_TEXT) {
      const end = match.index + match[0].length
      results.push({encoding: 'decimal', start: match.index, end, text: decoded, isWhole: true})
    }
  }
  return results
}
