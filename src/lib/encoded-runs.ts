// Text inside text: every maximal run of an encoding's alphabet is decoded at every alignment that its encoding allows, and
// what is readable in the result is handed on (scanning §4.3). Noise costs one pass and yields nothing, so that pictures
// and digests are cheap. Linear; the caller's budget bounds what nested encodings may add.

export type RunEncoding = 'base64' | 'hex' | 'base32' | 'decimal'

export interface DecodedRun {
  readonly encoding: RunEncoding
  /** The encoded run in the text given (UTF-16 offsets). */
  readonly start: number
  readonly end: number
  /** A readable piece of what it decodes to. */
  readonly text: string
}

/** Work that decoding may do for one scan; below zero it is used up. */
export interface DecodeBudget {
  /** Readable pieces. */
  attempts: number
  /** Decoded bytes. */
  bytes: number
}

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

export function* decodedRuns(text: string, budget: DecodeBudget): Generator<DecodedRun> {
  const n = text.length
  for (let at = 0; at < n;) {
    while (at < n && !(kindAt(text, at) & BASE64)) at++
    const start = at
    let kinds = 0
    while (at < n) {
      const kind = kindAt(text, at)
      if (!(kind & BASE64)) break
      kinds |= kind
      at++
    }
    if (at - start >= MIN_BASE64) yield* decodeRun(text, start, at, kinds, budget)
    if (budget.attempts < 0 || budget.bytes < 0) return
  }
  for (const found of [...separatedHex(text), ...characterCodes(text)]) {
    if (!spend(budget, found.text.length)) return
    yield found
  }
}

function kindAt(text: string, at: number): number {
  const c = text.charCodeAt(at)
  return c < 128 ? (KINDS[c] ?? 0) : 0
}

function spend(budget: DecodeBudget, bytes: number): boolean {
  budget.bytes -= bytes
  budget.attempts--
  return budget.attempts >= 0 && budget.bytes >= 0
}

let scratch = new Uint8Array(4096)

function* decodeRun(
  text: string,
  start: number,
  end: number,
  kinds: number,
  budget: DecodeBudget,
): Generator<DecodedRun> {
  const piecesOf = function* (encoding: RunEncoding, from: number, to: number, bytes: number): Generator<DecodedRun> {
    budget.bytes -= bytes
    if (budget.bytes < 0) return
    for (const piece of readable(bytes)) {
      if (--budget.attempts < 0) return
      yield {encoding, start: from, end: to, text: piece}
    }
  }
  if (scratch.length < end - start) scratch = new Uint8Array(2 * (end - start))
  // glued to a name or a path, an encoded text starts at any of the four alignments
  for (let shift = 0; shift < 4 && end - start - shift >= MIN_BASE64; shift++) {
    yield* piecesOf('base64', start, end, decodeBits(text, start + shift, end, BASE64_VALUE, 6))
  }
  if (end - start < MIN_BASE32 || (kinds & (HEX | BASE32)) === 0) return
  for (const [from, to] of subruns(text, start, end, HEX, MIN_HEX)) {
    yield* piecesOf('hex', from, to, decodeBits(text, from, to, HEX_VALUE, 4))
    yield* piecesOf('hex', from, to, decodeBits(text, from + 1, to, HEX_VALUE, 4))
  }
  for (const [from, to] of subruns(text, start, end, BASE32, MIN_BASE32)) {
    yield* piecesOf('base32', from, to, decodeBits(text, from, to, BASE32_VALUE, 5))
  }
  // the other two alphabets hold all digits: words have none
  if ((kinds & DIGIT) === 0) return
  for (const [from, to] of subruns(text, start, end, BASE32HEX, MIN_BASE32)) {
    yield* piecesOf('base32', from, to, decodeBits(text, from, to, BASE32HEX_VALUE, 5))
  }
  for (const [from, to] of subruns(text, start, end, CROCKFORD, MIN_BASE32)) {
    yield* piecesOf('base32', from, to, decodeBits(text, from, to, CROCKFORD_VALUE, 5))
  }
}

function* subruns(
  text: string,
  start: number,
  end: number,
  kind: number,
  minimum: number,
): Generator<readonly [number, number]> {
  for (let at = start; at < end;) {
    while (at < end && !(kindAt(text, at) & kind)) at++
    const from = at
    while (at < end && kindAt(text, at) & kind) at++
    if (at - from >= minimum) yield [from, at]
  }
}

/** Into `scratch`; how many bytes. */
function decodeBits(text: string, start: number, end: number, values: Uint8Array, width: number): number {
  let buffer = 0
  let bits = 0
  let count = 0
  for (let i = start; i < end; i++) {
    buffer = ((buffer << width) | (values[text.charCodeAt(i)] ?? 0)) & 0xffff
    bits += width
    if (bits >= 8) {
      bits -= 8
      scratch[count++] = (buffer >> bits) & 0xff
    }
  }
  return count
}

/** Maximal pieces of well-formed UTF-8 in `scratch` with at least eight characters that are no controls. */
function readable(count: number): readonly string[] {
  const pieces: string[] = []
  let start = 0
  let visible = 0
  for (let i = 0; i <= count;) {
    const byte = i < count ? (scratch[i] ?? 0) : 0xff
    const size = byte < 0x80 ? 1 : sequenceAt(i, count)
    if (size === 0) {
      if (visible >= MIN_TEXT) pieces.push(Buffer.from(scratch.subarray(start, i)).toString('utf8'))
      start = i + 1
      visible = 0
      i++
      continue
    }
    if (byte >= 0x20 && byte !== 0x7f) visible++
    i += size
  }
  return pieces
}

/** Length of the well-formed sequence of several bytes at `i`, 0 where there is none. */
function sequenceAt(i: number, count: number): number {
  const byte = scratch[i] ?? 0
  const size = byte >= 0xc2 && byte < 0xe0 ? 2 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xf0 && byte < 0xf5 ? 4 : 0
  if (size === 0 || i + size > count) return 0
  for (let k = 1; k < size; k++) if (((scratch[i + k] ?? 0) & 0xc0) !== 0x80) return 0
  return size
}

// A start that fails has looked at seven more pairs at most.
const SEPARATED_HEX = /(?<![0-9a-z])(?:\\x|0x)?[0-9a-f]{2}(?:(?:[\s:,;.|_-]{1,2}(?:\\x|0x)?|\\x|0x)[0-9a-f]{2}){7,}/gi

/** Pairs of hex digits with separators or prefixes between them. */
function separatedHex(text: string): readonly DecodedRun[] {
  const found: DecodedRun[] = []
  SEPARATED_HEX.lastIndex = 0
  for (let hit = SEPARATED_HEX.exec(text); hit !== null; hit = SEPARATED_HEX.exec(text)) {
    const digits = hit[0].replace(/0x|\\x|[^0-9a-f]/gi, '')
    const decoded = Buffer.from(digits, 'hex').toString('utf8')
    found.push({encoding: 'hex', start: hit.index, end: hit.index + hit[0].length, text: decoded})
  }
  return found
}

const CODES = /(?<![0-9])[0-9]{1,7}(?:[^0-9]{1,16}[0-9]{1,7}){7,}/g
const NUMBER = /[0-9]+(?:\.[0-9]+)?e\+?[0-9]{1,2}|[0-9]+/gi

/** Numbers that read as character codes. A fraction of nothing (`65.0`) reads as a NUL, which later steps delete. */
function characterCodes(text: string): readonly DecodedRun[] {
  const found: DecodedRun[] = []
  CODES.lastIndex = 0
  for (let hit = CODES.exec(text); hit !== null; hit = CODES.exec(text)) {
    let decoded = ''
    let visible = 0
    for (const [number] of hit[0].matchAll(NUMBER)) {
      const code = Number(number)
      const valid = Number.isInteger(code) && code <= 0x10ffff
      decoded += valid ? String.fromCodePoint(code) : ' '
      if (valid && code > 0x20) visible++
    }
    if (visible >= MIN_TEXT) {
      found.push({encoding: 'decimal', start: hit.index, end: hit.index + hit[0].length, text: decoded})
    }
  }
  return found
}
