// Strict JSON reader for everything that is signed, hashed or judged. It keeps what JSON.parse loses: duplicate members,
// integers beyond 2^53, lone surrogates, unbounded depth. Faults carry a kind; the caller maps kinds to its own codes.
// Specifications: receipts §1.2, contracts §3.

/** A number that is not a safe integer written plainly; `text` is the token as received. */
export class RawNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type JsonValue = null | boolean | string | number | RawNumber | JsonValue[] | JsonObject
/** Objects have no prototype, so a member called `__proto__` is an ordinary member. Integer-like names are re-ordered by the engine: never rely on member order. */
export interface JsonObject {
  [name: string]: JsonValue
}

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

export interface JsonReadOptions {
  /** Deepest nesting of containers accepted, the outermost one counted as 1. */
  readonly maxDepth: number
  /** Numbers other than integers from -2^63 to 2^63-1 without fraction, exponent or minus zero are the fault `number`. */
  readonly integersOnly?: boolean
  /** Compare (and return) member names in NFC; names equal only after NFC are duplicates too. */
  readonly nfcNames?: boolean
  /** Report the source range of the members of the outermost object, for hashing received bytes. */
  readonly onRootMember?: (name: string, start: number, end: number) => void
  /** Every string in document order, member names included; the range is that of its token with the quotes. */
  readonly onString?: (value: string, start: number, end: number, isName: boolean) => void
  /** The token of every number, in document order. */
  readonly onNumber?: (token: string) => void
  /** Called instead of the fault `trailing`, for formats that judge the value before what follows it. */
  readonly onTrailing?: (offset: number) => void
}

const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true})

/** Decodes UTF-8 or throws the fault `utf8`. A byte order mark is kept, and then is a syntax fault. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new JsonFault('utf8', 0, 'not valid UTF-8')
  }
}

/** Reads exactly one JSON value. Throws JsonFault; the first fault in document order decides. */
export function readJson(input: Uint8Array | string, options: JsonReadOptions): JsonValue {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  return new Reader(text, options).document()
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const MINUS = 45
const DOT = 46
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

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

class Reader {
  private at = 0
  private depth = 0
  private readonly text: string
  private readonly options: JsonReadOptions

  constructor(text: string, options: JsonReadOptions) {
    this.text = text
    this.options = options
  }

  document(): JsonValue {
    this.space()
    if (this.at >= this.text.length) throw new JsonFault('empty', this.at, 'nothing but white space')
    const value = this.value()
    this.space()
    if (this.at < this.text.length) {
      if (!this.options.onTrailing) throw new JsonFault('trailing', this.at, 'text after the value')
      this.options.onTrailing(this.at)
    }
    return value
  }

  private fail(what: string): never {
    throw new JsonFault('syntax', this.at, what)
  }

  private space(): void {
    const {text} = this
    for (; this.at < text.length; this.at++) {
      const c = text.charCodeAt(this.at)
      if (c !== SPACE && c !== LF && c !== CR && c !== TAB) return
    }
  }

  private value(): JsonValue {
    const c = this.text.charCodeAt(this.at)
    switch (c) {
      case OPEN_BRACE:
        return this.object()
      case OPEN_BRACKET:
        return this.array()
      case QUOTE:
        return this.string(false)
      case 116:
        return this.literal('true', true)
      case 102:
        return this.literal('false', false)
      case 110:
        return this.literal('null', null)
      default:
        if (c === MINUS || (c >= 48 && c <= 57)) return this.number()
        return this.fail(this.at >= this.text.length ? 'the text ends where a value should stand' : 'no JSON value')
    }
  }

  private literal<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('no JSON value')
    this.at += word.length
    return value
  }

  private enter(): void {
    if (++this.depth > this.options.maxDepth) {
      throw new JsonFault('depth', this.at, `more than ${this.options.maxDepth} nested containers`)
    }
    this.at++
    this.space()
  }

  private object(): JsonObject {
    const root = this.depth === 0 ? this.options.onRootMember : undefined
    this.enter()
    const result = Object.create(null) as JsonObject
    if (this.text.charCodeAt(this.at) === CLOSE_BRACE) return this.leave(result)
    for (;;) {
      if (this.text.charCodeAt(this.at) !== QUOTE) this.fail('a member name is expected')
      const nameAt = this.at
      let name = this.string(true)
      if (this.options.nfcNames && !isAscii(name)) name = name.normalize('NFC')
      if (name in result) throw new JsonFault('duplicate', nameAt, `member ${JSON.stringify(name)} stands twice`)
      this.space()
      if (this.text.charCodeAt(this.at) !== COLON) this.fail('":" is expected')
      this.at++
      this.space()
      const start = this.at
      result[name] = this.value()
      root?.(name, start, this.at)
      this.space()
      const c = this.text.charCodeAt(this.at)
      if (c === CLOSE_BRACE) return this.leave(result)
      if (c !== COMMA) this.fail('"," or "}" is expected')
      this.at++
      this.space()
    }
  }

  private array(): JsonValue[] {
    this.enter()
    const result: JsonValue[] = []
    if (this.text.charCodeAt(this.at) === CLOSE_BRACKET) return this.leave(result)
    for (;;) {
      result.push(this.value())
      this.space()
      const c = this.text.charCodeAt(this.at)
      if (c === CLOSE_BRACKET) return this.leave(result)
      if (c !== COMMA) this.fail('"," or "]" is expected')
      this.at++
      this.space()
    }
  }

  private leave<T>(value: T): T {
    this.at++
    this.depth--
    return value
  }

  private string(isName: boolean): string {
    const tokenAt = this.at
    const value = this.characters()
    this.options.onString?.(value, tokenAt, this.at, isName)
    return value
  }

  private characters(): string {
    const {text} = this
    const start = ++this.at
    let plain = true
    for (let i = start; ; i++) {
      const c = text.charCodeAt(i)
      if (c === QUOTE) {
        this.at = i + 1
        const raw = text.slice(start, i)
        // only \u escapes can bring a surrogate in (the text was decoded from UTF-8 or is a caller's string)
        if (plain) return raw.isWellFormed() ? raw : this.surrogate(start)
        return this.unescape(raw, start)
      }
      if (c === BACKSLASH) {
        plain = false
        i++
        if (i >= text.length) break
      } else if (c < SPACE || Number.isNaN(c)) {
        this.at = i
        this.fail(Number.isNaN(c) ? 'the text ends inside a string' : 'a control character stands in a string')
      }
    }
    return this.fail('the text ends inside a string')
  }

  private surrogate(at: number): never {
    throw new JsonFault('surrogate', at, 'an unpaired surrogate stands in a string')
  }

  private unescape(raw: string, start: number): string {
    let out = ''
    let from = 0
    for (let i = raw.indexOf('\\'); i !== -1; i = raw.indexOf('\\', from)) {
      out += raw.slice(from, i)
      const letter = raw[i + 1] ?? ''
      if (letter === 'u') {
        const hex = raw.slice(i + 2, i + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
          this.at = start + i
          this.fail('\\u needs four hexadecimal digits')
        }
        out += String.fromCharCode(Number.parseInt(hex, 16))
        from = i + 6
      } else {
        const plain = ESCAPES[letter]
        if (plain === undefined) {
          this.at = start + i
          this.fail('unknown escape')
        }
        out += plain
        from = i + 2
      }
    }
    out += raw.slice(from)
    return out.isWellFormed() ? out : this.surrogate(start)
  }

  private digits(): void {
    const start = this.at
    for (;;) {
      const c = this.text.charCodeAt(this.at)
      if (!(c >= 48 && c <= 57)) break
      this.at++
    }
    if (this.at === start) this.fail('a digit is expected')
  }

  private number(): number | RawNumber {
    const start = this.at
    const {text} = this
    if (text.charCodeAt(this.at) === MINUS) this.at++
    if (text.charCodeAt(this.at) === 48) {
      this.at++
      const c = text.charCodeAt(this.at)
      if (c >= 48 && c <= 57) this.fail('a number has a leading zero')
    } else {
      this.digits()
    }
    let integer = true
    if (text.charCodeAt(this.at) === DOT) {
      integer = false
      this.at++
      this.digits()
    }
    const e = text.charCodeAt(this.at)
    if (e === 101 || e === 69) {
      integer = false
      this.at++
      const sign = text.charCodeAt(this.at)
      if (sign === 43 || sign === MINUS) this.at++
      this.digits()
    }
    const token = text.slice(start, this.at)
    this.options.onNumber?.(token)
    if (integer && token !== '-0') {
      const value = Number(token)
      if (Number.isSafeInteger(value)) return value
      if (!this.options.integersOnly || isInt64(token)) return new RawNumber(token)
    }
    if (this.options.integersOnly) {
      throw new JsonFault('number', start, `${token.slice(0, 40)} is no 64-bit integer; use a decimal string`)
    }
    return new RawNumber(token)
  }
}

function isInt64(token: string): boolean {
  if (token.length > 20) return false
  const value = BigInt(token)
  return value >= MIN_INT64 && value <= MAX_INT64
}

export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawNumber)
}

const INTEGER = /^-?(0|[1-9][0-9]*)$/

/** The exact value of an integer token, or undefined when it has a fraction, an exponent, is minus zero or no number. */
export function integerOf(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === 'number') return BigInt(value)
  if (value instanceof RawNumber && value.text !== '-0' && INTEGER.test(value.text) && value.text.length <= 40) {
    return BigInt(value.text)
  }
  return undefined
}
