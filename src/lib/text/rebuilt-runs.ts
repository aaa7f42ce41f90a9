// Texts that a reader has to rebuild before they read as a token: cut into pieces of one length, spelled backwards or in ROT13,
// in binary digits, in base 85 or uuencoded. Each disguise is one row of `REBUILDERS` and begins from a hint that the pass over
// the text noted, so that ordinary text pays for the notes alone. What is rebuilt from pieces could be chance, so that whoever
// asks decides by `isRebuilt` how much a match in it has to show.
import type {DecodeBudget, DecodedRun, RunEncoding} from './decoded-run.js'
import {isTouched, type Edit, type Span} from './rewritten.js'

/** What a hint says about the text at its place. */
export const HINT = {
  chain: 0,
  comment: 1,
  attribute: 2,
  long: 3,
  binary: 4,
  uuencode: 5,
  backward: 6,
  rotated: 7,
  literal: 8,
} as const

/**
 * Hints of one text, three numbers each: of `HINT`, the place, and a size, which is of a sign its length, and of a chain the distance
 * between its pieces in the upper bits and their length in the lowest eight.
 */
export type Hints = ArrayLike<number>

interface Piece {
  readonly start: number
  readonly end: number
  readonly text: string
  /** Where in `text` each piece but the first begins. */
  readonly seams?: ReadonlySet<number>
  /** Where it is another one than the row says. */
  readonly encoding?: RunEncoding
}

interface Rebuilder {
  readonly encoding: RunEncoding
  /** Put together from pieces or letters that stand there as something else. */
  readonly isRebuilt: boolean
  /** The text around a hint, undefined where it is an ordinary one; empty where all of it was read in vain. */
  rebuild(text: string, at: number, size: number): Piece | undefined
  /** The part of the text that decides what is rebuilt, where that is bounded. */
  reach?(text: string, at: number, size: number): Span
}

/** To see through one more disguise, add a hint, the pass that notes it, and a row here. */
const REBUILDERS: readonly Rebuilder[] = [
  {encoding: 'split', isRebuilt: true, rebuild: chainAt},
  {encoding: 'split', isRebuilt: true, rebuild: (text, at) => markedAt(text, at, COMMENT)},
  {encoding: 'split', isRebuilt: true, rebuild: (text, at) => markedAt(text, at, ATTRIBUTE)},
  {encoding: 'base85', isRebuilt: false, rebuild: base85At, reach: visibleFrom},
  {encoding: 'binary', isRebuilt: false, rebuild: binaryAt},
  {encoding: 'uuencode', isRebuilt: false, rebuild: uuencodedAt},
  {encoding: 'reversed', isRebuilt: true, rebuild: (text, at, size) => turned(around(text, at, size)), reach: windowAt},
  {encoding: 'rot13', isRebuilt: true, rebuild: (text, at, size) => rotated(around(text, at, size)), reach: windowAt},
  {encoding: 'split', isRebuilt: true, rebuild: (text, at) => markedAt(text, at, LITERAL)},
]

/** What the hints of a text lead to. `edits`: how it was made from a text whose hints were followed; what they leave is known. */
export function rebuiltRuns(
  text: string,
  hints: Hints,
  budget: DecodeBudget,
  edits?: readonly Edit[],
): readonly DecodedRun[] {
  const results: DecodedRun[] = []
  // a long chain has several hints, and a window many signs
  const done = REBUILDERS.map(() => 0)
  for (let i = 0; i < hints.length && budget.attempts >= 0 && budget.bytes >= 0; i += 3) {
    const kind = hints[i] ?? 0
    const place = hints[i + 1] ?? 0
    const rebuilder = REBUILDERS[kind]
    if (rebuilder === undefined || place < (done[kind] ?? 0)) continue
    const size = hints[i + 2] ?? 0
    const reach = edits && rebuilder.reach?.(text, place, size)
    if (reach !== undefined && !isTouched(edits ?? [], reach.start, reach.end)) {
      if (kind !== HINT.long) done[kind] = reach.end
      continue
    }
    const piece = rebuilder.rebuild(text, place, size)
    if (piece === undefined) continue
    done[kind] = piece.end
    if (piece.text === '') continue
    budget.bytes -= piece.text.length
    budget.attempts--
    const {isRebuilt, encoding} = rebuilder
    results.push({encoding, ...piece, isWhole: true, ...(isRebuilt && {isRebuilt})})
  }
  return results
}

/** No token that is looked for is shorter. */
const MIN_TOKEN = 16
const MAX_TOKEN = 4_096
export const MAX_SEPARATOR = 12

/** Pieces of one length with the same separator between them. `at` begins a piece; `size` is its distance and its length. */
function chainAt(text: string, at: number, size: number): Piece | undefined {
  const stride = size >> 8
  const length = size & 255
  if (stride <= length) return undefined
  const separator = text.slice(at - stride + length, at)
  const isPiece = (from: number): boolean => {
    for (let i = from; i < from + length; i++) if (!isVisible(text.charCodeAt(i))) return false
    return text.startsWith(separator, from + length)
  }
  if (!isPiece(at - stride)) return undefined
  let start = at - stride
  while (start - stride >= 0 && at - start < MAX_TOKEN && isPiece(start - stride)) start -= stride
  let last = at
  while (last - start < MAX_TOKEN * stride && isPiece(last)) last += stride
  let end = last
  while (end < last + length && end < text.length && isVisible(text.charCodeAt(end))) end++
  if (!mayBeToken(text, start, end)) return {start, end, text: ''}
  let out = ''
  const seams = new Set<number>()
  for (let from = start; from < end; from += stride) {
    if (from > start) seams.add(out.length)
    out += text.slice(from, Math.min(from + length, end))
  }
  const bits = bitsOf(out)
  if (bits !== undefined) return {start, end, text: bits, encoding: 'binary'}
  return out.length < MIN_TOKEN || isPlain(out) ? undefined : {start, end, text: out, seams}
}

/** `abcd/* x *\/efgh` */
const COMMENT = {piece: /[^\s/*]{1,16}/y, mark: /\/\*[^*/]{0,40}\*\//y, back: 16}
/** `a="abcd" b="efgh"` */
const ATTRIBUTE = {piece: /[^\s"'<>]{1,16}/y, mark: /["']\s{1,8}[A-Za-z_][\w:.-]{0,24}\s?=\s?["']/y, back: 0}

/** `"abcd" + "efgh"` */
const LITERAL = {piece: /[^\s"'`]{1,16}/y, mark: /["'`]\s{0,8}[+.,&]?\s{0,8}["'`]/y, back: 16}
const BETWEEN_LITERALS = /[A-Za-z0-9_-]["'`]\s{0,8}[+.,&]?\s{0,8}["'`](?=[A-Za-z0-9_-])/

/** A hint of the first two string literals that are put together; texts have a view of their own for them. */
export function literalHint(text: string): readonly number[] {
  const at = text.search(BETWEEN_LITERALS)
  return at < 0 ? [] : [HINT.literal, at + 1, 0]
}

/** Pieces of one length with a mark between them that is not always the same. `at`: where the first piece ends or begins. */
function markedAt(text: string, at: number, {piece, mark, back}: typeof COMMENT): Piece | undefined {
  let start = at
  while (start > 0 && at - start < back && isTokenCharacter(text.charCodeAt(start - 1))) start--
  const seams = new Set<number>()
  let out = ''
  let length = 0
  let end = start
  for (let from = start; out.length < MAX_TOKEN;) {
    piece.lastIndex = from
    const own = piece.exec(text)?.[0] ?? ''
    if (own === '' || (length > 0 && own.length > length)) break
    if (out !== '') seams.add(out.length)
    out += own
    end = from + own.length
    if (length > 0 && own.length < length) break
    length = own.length
    mark.lastIndex = end
    if (!mark.test(text)) break
    from = mark.lastIndex
  }
  return {start, end, text: seams.size < 2 || out.length < MIN_TOKEN || isPlain(out) ? '' : out, seams}
}

/** The first two digits of a group that begins with 0x20 and with 0x7e. */
const LEAST_85 = Math.floor(0x20_00_00_00 / 85 ** 3)
const MOST_85 = Math.floor(0x7e_ff_ff_ff / 85 ** 3)
const PLACES_85 = 64
const OPENS_85 = new Uint8Array(128)
for (const sign of '"\'`=:>,;([{/~') OPENS_85[sign.charCodeAt(0)] = 1
const Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
const ALPHABETS = [Z85, Array.from({length: 85}, (_, i) => String.fromCharCode(33 + i)).join('')].map((alphabet) => {
  const values = new Int8Array(128).fill(-1)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
})
/** By two characters, a bit for each alphabet in which they may begin a text: they decide within which bounds its first byte lies. */
const BEGINS_85 = new Uint8Array(128 * 128)
for (let pair = 0; pair < BEGINS_85.length; pair++) {
  for (const [i, values] of ALPHABETS.entries()) {
    const [high = -1, low = -1] = [values[pair >> 7], values[pair & 127]]
    const digits = high * 85 + low
    if (high >= 0 && low >= 0 && digits >= LEAST_85 && digits <= MOST_85)
      BEGINS_85[pair] = (BEGINS_85[pair] ?? 0) | (1 << i)
  }
}

/** Base 85 that begins a run of visible characters, or stands behind a mark near its beginning. */
function base85At(text: string, start: number): Piece | undefined {
  let before = 0
  let c = start < text.length ? text.charCodeAt(start) : 0
  const last = Math.min(start + PLACES_85, text.length - LEAST_DIGITS + 1)
  for (let at = start; at < last; at++) {
    const next = text.charCodeAt(at + 1)
    // what follows a blank is a run of its own
    if (c <= 0x20) return undefined
    const opens = at === start || (before < 128 && OPENS_85[before] === 1)
    before = c
    c = next
    if (!opens || before >= 128 || next >= 128) continue
    const alphabets = BEGINS_85[(before << 7) | next] ?? 0
    for (let i = 0; alphabets >> i > 0; i++) {
      const values = ALPHABETS[i]
      if (values === undefined || ((alphabets >> i) & 1) === 0 || !beginsText(text, at, values)) continue
      const out = base85(text, at, values)
      if (!isPlain(out)) return {start: at, end: at + Math.ceil((out.length * 5) / 4), text: out}
    }
  }
  return undefined
}

/** Digits of the shortest token. */
const LEAST_DIGITS = (MIN_TOKEN / 4) * 5

/** The run of visible characters that begins at a place. */
function visibleFrom(text: string, at: number): Span {
  let end = at
  while (end < text.length && text.charCodeAt(end) > 0x20) end++
  return {start: at, end}
}

/** Whether a token's worth of groups is printable ASCII: noise is read no further than its first. */
function beginsText(text: string, from: number, values: Int8Array): boolean {
  for (let at = from; at < from + LEAST_DIGITS; at += 5) {
    let value = 0
    for (let i = at; i < at + 5; i++) {
      const c = text.charCodeAt(i)
      const digit = c < 128 ? (values[c] ?? -1) : -1
      if (digit < 0) return false
      value = value * 85 + digit
    }
    if (value > 0xffffffff) return false
    for (let shift = 24; shift >= 0; shift -= 8) if (!isPrintable((value >>> shift) & 255)) return false
  }
  return true
}

/** Printable ASCII, as far as it goes. */
function base85(text: string, from: number, values: Int8Array): string {
  let out = ''
  for (let at = from; out.length < MAX_TOKEN; at += 5) {
    let value = 0
    let count = 0
    for (; count < 5; count++) {
      const c = text.charCodeAt(at + count)
      const digit = c < 128 ? (values[c] ?? -1) : -1
      if (digit < 0) break
      value = value * 85 + digit
    }
    // a last group is cut, and stands for one byte less than it has digits
    for (let i = count; i < 5; i++) value = value * 85 + 84
    let isText = value <= 0xffffffff
    for (let shift = 24; shift > 32 - 8 * count && isText; shift -= 8) {
      const byte = (value >>> shift) & 255
      isText = isPrintable(byte)
      if (isText) out += String.fromCharCode(byte)
    }
    if (count < 5 || !isText) return out
  }
  return out
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f
}

function binaryAt(text: string, start: number): Piece | undefined {
  let end = start
  while (end < text.length && end - start < 8 * MAX_TOKEN && (text.charCodeAt(end) | 1) === 0x31) end++
  const out = bitsOf(text.slice(start, end))
  return out === undefined ? undefined : {start, end, text: out}
}

const BITS = /^(?:[01]{8}){8,}$/

/** What binary digits say, eight for each byte of printable ASCII. */
function bitsOf(digits: string): string | undefined {
  if (!BITS.test(digits)) return undefined
  let out = ''
  for (let i = 0; i < digits.length; i += 8) out += String.fromCharCode(parseInt(digits.slice(i, i + 8), 2))
  return /^[\t\n\r -~]*$/.test(out) ? out : undefined
}

const UU_HEAD = /begin [0-7]{3,4} [^\r\n]{0,255}\r?\n/y
const UU_LINE = /[!-M][ -`]{4,84}\r?\n?/y

function uuencodedAt(text: string, start: number): Piece | undefined {
  UU_HEAD.lastIndex = start
  if (!UU_HEAD.test(text)) return undefined
  let out = ''
  let end = UU_HEAD.lastIndex
  for (UU_LINE.lastIndex = end; out.length < 16 * MAX_TOKEN; UU_LINE.lastIndex = end) {
    const line = UU_LINE.exec(text)?.[0]
    if (line === undefined) break
    const size = line.charCodeAt(0) - 0x20
    const bytes: number[] = []
    for (let i = 1; bytes.length < size && i < line.length; i += 4) {
      let word = 0
      for (let k = 0; k < 4; k++) word = (word << 6) | (((line.charCodeAt(i + k) || 0x20) - 0x20) & 63)
      bytes.push((word >> 16) & 255, (word >> 8) & 255, word & 255)
    }
    out += Buffer.from(bytes.slice(0, size)).toString('latin1')
    end += line.length
  }
  return out === '' ? undefined : {start, end, text: out}
}

/** Characters on both sides of a sign: no token is longer than a few hundred. */
const REACH = 320

function windowAt(text: string, at: number, size: number): Span {
  return {start: Math.max(0, at - REACH), end: Math.min(text.length, at + size + REACH)}
}

function around(text: string, at: number, size: number): Piece {
  const {start, end} = windowAt(text, at, size)
  return {start, end, text: text.slice(start, end)}
}

const ASCII = /^[\x00-\x7f]*$/

function turned(piece: Piece): Piece {
  const {text} = piece
  return {
    ...piece,
    text: ASCII.test(text) ? Buffer.from(text, 'latin1').reverse().toString('latin1') : [...text].reverse().join(''),
  }
}

function rotated(piece: Piece): Piece {
  return {...piece, text: rot13(piece.text)}
}

/** Each letter replaced by the thirteenth after it; twice, a text is itself. */
export function rot13(text: string): string {
  const units = Buffer.from(text, 'utf16le')
  for (let i = 0; i < units.length; i += 2) {
    const c = units[i] ?? 0
    const isLetter = units[i + 1] === 0 && (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a
    if (isLetter) units[i] = (c & 31) <= 13 ? c + 13 : c - 13
  }
  return units.toString('utf16le')
}

/** Says no only for words: most hints are some of one length. */
function mayBeToken(text: string, start: number, end: number): boolean {
  let capitals = 0
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0x30 && c <= 0x3a) return true
    if (c >= 0x41 && c <= 0x5a && ++capitals === 3) return true
  }
  return false
}

/** Words or digits alone: no token. */
function isPlain(text: string): boolean {
  if (/^[0-9A-Fa-f]*$/.test(text)) return true
  return !/[0-9]/.test(text) && !/[A-Z].*[A-Z].*[A-Z]/.test(text) && !text.includes('://')
}

function isVisible(c: number): boolean {
  return c > 0x20 && c !== 0x7f
}

function isAlnum(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a)
}

function isTokenCharacter(c: number): boolean {
  return isAlnum(c) || c === 0x2d || c === 0x5f
}
