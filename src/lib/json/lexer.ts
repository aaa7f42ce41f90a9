// The lexical grammar of JSON (RFC 8259), one function a token: every reader of this folder stands on it. What a token may
// follow is for the reader to decide, since strict and lenient readers differ there. Faults carry a kind.

export type JsonFaultKind = 'utf8' | 'empty' | 'syntax' | 'depth' | 'surrogate' | 'number' | 'duplicate' | 'trailing'

/** `offset` is a character index into the decoded text. */
export class JsonFault extends Error {
  readonly kind: JsonFaultKind
  readonly offset: number
  constructor(kind: JsonFaultKind, offset: number, message: string) {
    super(message)
    this.name = 'JsonFault'
    this.kind = kind
    this.offset = offset
  }
}

const QUOTE = 34
const MINUS = 45
const DOT = 46
const ZERO = 48
const BACKSLASH = 92

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** The offset of the first character that is no white space. */
export function skipSpace(source: string, from: number): number {
  let at = from
  for (; at < source.length; at++) {
    const c = source.charCodeAt(at)
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) break
  }
  return at
}

/**
 * The offset of the quote that closes a string, searched from `from` (behind its opening quote); the negated offset to continue
 * from where it does not stand before `limit`.
 */
export function closingQuote(source: string, from: number, limit = source.length): number {
  const to = Math.min(limit, source.length)
  let i = from
  for (; i < to; i++) {
    const c = source.charCodeAt(i)
    if (c === QUOTE) return i
    if (c === BACKSLASH) i++
    else if (c < 32) throw new JsonFault('syntax', i, 'a control character stands in a string')
  }
  if (i < source.length) return -i
  throw new JsonFault('syntax', source.length, 'the text ends inside a string')
}

/** `closingQuote` for a string without escapes; -1 for every other one, which `closingQuote` then reads. Most strings have none. */
export function plainQuote(source: string, from: number, limit = source.length): number {
  const to = Math.min(limit, source.length)
  for (let i = from; i < to; i++) {
    const c = source.charCodeAt(i)
    if (c === QUOTE) return i
    if (c === BACKSLASH || c < 32) return -1
  }
  return -1
}

/** The value of a string whose content stands between two offsets; surrogates may be unpaired. */
export function unescape(source: string, from: number, to: number): string {
  const raw = source.slice(from, to)
  return raw.includes('\\') ? undone(raw, from, 0, raw.length).text : raw
}

/** `unescape` in steps of about `size` characters. */
export function* unescapeSteps(source: string, from: number, to: number, size: number): Generator<undefined, string> {
  const raw = source.slice(from, to)
  if (!raw.includes('\\')) return raw
  const pieces: string[] = []
  for (let at = 0; at < raw.length;) {
    const piece = undone(raw, from, at, at + size)
    pieces.push(piece.text)
    at = piece.to
    yield
  }
  return pieces.join('')
}

/** Of `raw`, which begins at `offset`, the value between two places; an escape that begins there is read whole. */
function undone(raw: string, offset: number, from: number, to: number): {readonly text: string; readonly to: number} {
  // joined at once: a string that grows letter by letter is a tree, which would be copied when all of it is needed
  const parts: string[] = []
  let at = from
  for (let i = raw.indexOf('\\', at); i !== -1 && i < to; i = raw.indexOf('\\', at)) {
    if (i > at) parts.push(raw.slice(at, i))
    const letter = raw[i + 1] ?? ''
    if (letter === 'u') {
      const hex = raw.slice(i + 2, i + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
        throw new JsonFault('syntax', offset + i, '\\u needs four hexadecimal digits')
      }
      parts.push(String.fromCharCode(Number.parseInt(hex, 16)))
      at = i + 6
    } else {
      const plain = ESCAPES[letter]
      if (plain === undefined) throw new JsonFault('syntax', offset + i, 'unknown escape')
      parts.push(plain)
      at = i + 2
    }
  }
  const end = Math.max(at, Math.min(to, raw.length))
  parts.push(raw.slice(at, end))
  return {text: parts.join(''), to: end}
}

/** A value that is no string and no container begins with a digit, a minus or a letter of its word. */
export function isNumberStart(c: number): boolean {
  return c === MINUS || isDigit(c)
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= 57
}

/** The offset behind the number that begins at `start`. */
export function numberEnd(source: string, start: number): number {
  let at = source.charCodeAt(start) === MINUS ? start + 1 : start
  if (source.charCodeAt(at) === ZERO) {
    at++
    if (isDigit(source.charCodeAt(at))) throw new JsonFault('syntax', at, 'a number has a leading zero')
  } else {
    at = digitsEnd(source, at)
  }
  if (source.charCodeAt(at) === DOT) at = digitsEnd(source, at + 1)
  const e = source.charCodeAt(at)
  if (e === 101 || e === 69) {
    const sign = source.charCodeAt(++at)
    at = digitsEnd(source, sign === 43 || sign === MINUS ? at + 1 : at)
  }
  return at
}

function digitsEnd(source: string, start: number): number {
  let at = start
  while (isDigit(source.charCodeAt(at))) at++
  if (at === start) throw new JsonFault('syntax', at, 'a digit is expected')
  return at
}

/** The word `true`, `false` or `null` that begins at an offset. */
export function wordAt(source: string, at: number): 'true' | 'false' | 'null' {
  const c = source.charCodeAt(at)
  const word = c === 116 ? 'true' : c === 102 ? 'false' : 'null'
  if (source.startsWith(word, at)) return word
  throw new JsonFault('syntax', at, at >= source.length ? 'the text ends where a value should stand' : 'no JSON value')
}

export interface JsonToken {
  /** `"` for a string, `0` for a number or a word, else the punctuation itself. */
  readonly kind: '"' | '0' | '{' | '}' | '[' | ']' | ',' | ':'
  /** The range includes the quotes of a string. */
  readonly start: number
  readonly end: number
}

/** The tokens of a text that is known to be JSON. */
export function* tokensOf(source: string): Generator<JsonToken, undefined> {
  for (let at = skipSpace(source, 0); at < source.length; at = skipSpace(source, at)) {
    const start = at
    const c = source[at] ?? ''
    if ('{}[],:'.includes(c)) yield {kind: c as JsonToken['kind'], start, end: ++at}
    else if (c === '"') yield {kind: '"', start, end: (at = closingQuote(source, at + 1) + 1)}
    else if (isNumberStart(source.charCodeAt(at))) yield {kind: '0', start, end: (at = numberEnd(source, at))}
    else yield {kind: '0', start, end: (at += wordAt(source, at).length)}
  }
}
