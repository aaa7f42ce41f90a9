// The decoded readings of a text: escapes undone in place, encoded runs, ROT13, reversed text. All
// runs of one kind of a text make one reading, so that a document full of harmless identifiers costs one scan more and no
// more; every reading knows where its parts came from.
import {countUpTo} from '../../lib/sorted.js'
import type {Span} from '../../lib/regex/engine.js'
import {rotate} from './letter-folds.js'
import {originalSpan, type MatchingText} from './matching-text.js'
import {sourceSpan} from '../../lib/text/rewritten.js'
import {encodingsIn, ESCAPES, MIN_RUN, PAIRS, WHOLE, type Encodings} from './encodings.js'
import {undoEscapes} from './escapes.js'

/** A text and the way back from its spans to the input. */
export interface Reading {
  readonly text: string
  place(start: number, end: number): Span
}

export interface Budget {
  bytes: number
  exhausted: boolean
}

/** Decoded bytes that one scan may look at. */
export function decodeBudget(text: string): Budget {
  return {bytes: 4 * text.length + 65_536, exhausted: false}
}

const NOTHING: readonly Reading[] = []
const NO_RUNS: readonly RegExpExecArray[] = []
const MIN_TEXT = 4
const HEX_PAIRS = /(?:(?:0x|\\x)?[0-9a-fA-F]{2}(?:[:,-] ?| )?){8,}/g
const ONLY_HEX = /^[0-9a-fA-F]+$/
const ONLY_BASE32 = /^(?:[A-Z2-7]+|[a-z2-7]+)=*$/
const ONLY_BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/

interface Piece extends Span {
  readonly text: string
}

/** Readings of a text, each decoded once; `encodings` are what it holds, `budget` is spent on what they hold. */
export function readingsOf(
  reading: Reading,
  budget: Budget,
  encodings = encodingsIn(reading.text),
): readonly Reading[] {
  const {text} = reading
  if (text.length < MIN_TEXT) return NOTHING
  const {signs, runs} = encodings
  if (signs === 0 && runs.length === 0) return NOTHING
  const results: Reading[] = []
  const add = (next: Reading | undefined): void => {
    if (next === undefined) return
    budget.bytes -= next.text.length
    if (budget.bytes < 0) budget.exhausted = true
    else results.push(next)
  }
  const unescaped = signs & ESCAPES ? undoEscapes(text) : undefined
  if (unescaped !== undefined) {
    // never longer than its source, and no deeper than the passes go: not charged
    results.push({
      text: unescaped.text,
      place(start, end) {
        const place = sourceSpan(unescaped.edits, start, end)
        return reading.place(place.start, place.end)
      },
    })
  }
  if (signs & ~ESCAPES || runs.length > 0) add(joined(encodedPieces(text, encodings), reading))
  return results
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

function joined(pieces: readonly Piece[], reading: Reading): Reading | undefined {
  if (pieces.length === 0) return undefined
  const starts: number[] = []
  let text = ''
  let before = -Infinity
  for (const piece of pieces) {
    const isNear = piece.start >= before && piece.start - before <= MOST_BETWEEN
    if (text !== '') text += isNear ? NEXT_LINE : BREAK
    starts.push(text.length)
    text += piece.text
    before = piece.end
  }
  const pieceAt = (offset: number): Piece | undefined => pieces[Math.max(0, countUpTo(starts, offset) - 1)]
  return {
    text,
    place(start, end) {
      const first = pieceAt(start)
      const last = pieceAt(Math.max(start, end - 1))
      return reading.place(Math.min(first?.start ?? 0, last?.start ?? 0), Math.max(first?.end ?? 0, last?.end ?? 0))
    },
  }
}

function encodedPieces(text: string, {signs, runs}: Encodings): readonly Piece[] {
  const pieces: Piece[] = []
  const add = (start: number, end: number, decoded: string | undefined): void => {
    if (decoded !== undefined) pieces.push({start, end, text: decoded})
  }
  for (let i = 0; i < runs.length; i += 2) {
    const index = runs[i] ?? 0
    const end = paddingEnd(text, runs[i + 1] ?? 0)
    const run = text.slice(index, end)
    if (ONLY_HEX.test(run)) add(index, end, fromHex(run))
    if (ONLY_BASE32.test(run)) add(index, end, readable(base32(run)))
    const whole = fromBase64(run)
    if (whole !== undefined) add(index, end, whole)
    else if (/[+/_-]/.test(run)) {
      // a separator of the surrounding text may be a letter of the alphabet
      for (const {index: at, 0: part} of run.matchAll(/[A-Za-z0-9]{16,}={0,2}/g)) {
        add(index + at, index + at + part.length, fromBase64(part))
      }
    }
  }
  for (const {start, end} of foldedRuns(text, runs)) {
    const bare = text.slice(start, end).replace(/[^A-Za-z0-9+/_=-]/g, '')
    add(start, end, ONLY_HEX.test(bare) ? readable(Buffer.from(bare, 'hex')) : fromBase64(bare))
  }
  for (const {index, 0: run} of signs & PAIRS ? text.matchAll(HEX_PAIRS) : NO_RUNS) {
    if (ONLY_HEX.test(run)) continue
    add(index, index + run.length, readable(Buffer.from(run.replace(/0x|\\x|[^0-9a-fA-F]/g, ''), 'hex')))
  }
  if (!(signs & WHOLE)) return pieces
  const bare = text.replace(/\s+/g, '')
  if (bare.length !== text.length && bare.length >= MIN_RUN && ONLY_BASE64.test(bare)) {
    add(0, text.length, ONLY_HEX.test(bare) ? readable(Buffer.from(bare, 'hex')) : fromBase64(bare))
  }
  return pieces
}

/** The end of a run with its padding. */
function paddingEnd(text: string, end: number): number {
  let after = end
  while (after < end + 2 && text.charAt(after) === '=') after++
  return after
}

const LINE_BREAK = /^[ \t]{0,16}\r?\n[ \t]{0,16}$/
const LAST_LINE = /^[ \t]{0,16}\r?\n[ \t]{0,16}([A-Za-z0-9+/_-]{1,15}={0,2})(?![A-Za-z0-9+/_-])/
const MOST_BETWEEN = 34

/** Encoded text as mail writes it, in lines: runs with nothing but a line end between them. */
function foldedRuns(text: string, runs: readonly number[]): readonly Span[] {
  const results: Span[] = []
  let start = -1
  let end = -1
  let lines = 0
  const close = (): void => {
    if (lines === 0) return
    const rest = LAST_LINE.exec(text.slice(end, end + MOST_BETWEEN + MIN_RUN + 2))
    if (rest !== null) results.push({start, end: end + rest[0].length})
    else if (lines > 1) results.push({start, end})
  }
  for (let i = 0; i < runs.length; i += 2) {
    const index = runs[i] ?? 0
    if (lines > 0 && index - end <= MOST_BETWEEN && LINE_BREAK.test(text.slice(end, index))) lines++
    else {
      close()
      start = index
      lines = 1
    }
    end = paddingEnd(text, runs[i + 1] ?? 0)
  }
  close()
  return results
}

/** A digit that stands before a run belongs to it by its looks. */
function fromHex(run: string): string | undefined {
  return readable(Buffer.from(run, 'hex')) ?? readable(Buffer.from(run.slice(1), 'hex'))
}

/** What stands before a run in the alphabet's letters shifts it: every alignment is read. */
function fromBase64(run: string): string | undefined {
  for (let shift = 0; shift < 4; shift++) {
    const decoded = readable(Buffer.from(run.slice(shift), 'base64'))
    if (decoded !== undefined) return decoded
  }
  return undefined
}

const MIN_READABLE = 8

/** The text, if at least 80 % of it is printable. */
function readable(bytes: Buffer): string | undefined {
  const n = bytes.length
  if (n < MIN_READABLE) return undefined
  const wide = asUtf16(bytes)
  if (wide !== undefined) return wide
  let characters = 0
  let bad = 0
  for (let i = 0; i < n;) {
    const c = bytes[i] ?? 0
    const width = c < 0x80 ? 1 : widthOf(bytes, i)
    if (width === 0 || (c < 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) || c === 0x7f) {
      // most runs are names, digests and pictures: they are told after a few bytes
      if (++bad * 5 > n) return undefined
    }
    characters++
    i += width === 0 ? 1 : width
  }
  return bad * 5 <= characters ? bytes.toString('utf8') : undefined
}

/** Latin text with a zero byte beside each letter, as shells of Windows take their commands. */
function asUtf16(bytes: Buffer): string | undefined {
  const zeros = [0, 0]
  // a few letters tell: what is none has no zero byte at every other place
  const most = Math.min(bytes.length, 64)
  for (let i = 0; i < most; i++) if (bytes[i] === 0) zeros[i & 1] = (zeros[i & 1] ?? 0) + 1
  const [even = 0, odd = 0] = zeros
  if (Math.max(even, odd) * 5 < most * 2 || Math.min(even, odd) > 0) return undefined
  const whole = bytes.subarray(0, bytes.length & ~1)
  return (odd > even ? whole : Buffer.from(whole).swap16()).toString('utf16le')
}

/** Bytes of the UTF-8 character of more than one byte that begins here; 0: there is none. */
function widthOf(bytes: Buffer, at: number): number {
  const c = bytes[at] ?? 0
  const width = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0
  for (let k = 1; k < width; k++) if (((bytes[at + k] ?? 0) & 0xc0) !== 0x80) return 0
  return width
}

function base32(run: string): Buffer {
  const bytes: number[] = []
  let buffer = 0
  let bits = 0
  for (let i = 0; i < run.length; i++) {
    const c = run.charCodeAt(i)
    if (c === 0x3d) break
    buffer = ((buffer << 5) | (c <= 0x37 ? c - 0x32 + 26 : (c | 0x20) - 0x61)) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((buffer >> bits) & 0xff)
    }
  }
  return Buffer.from(bytes)
}
