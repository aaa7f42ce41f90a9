// Strict JSON reader for everything that is signed, hashed or judged. It keeps what JSON.parse loses: duplicate members,
// integers beyond 2^53, lone surrogates, unbounded depth. Faults carry a kind; the caller maps kinds to its own codes.
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
  const reader = new Reader(typeof input === 'string' ? input : decodeUtf8(input), options)
  reader.read(Number.POSITIVE_INFINITY)
  return reader.end()
}

/** `readJson` in steps: a document of megabytes takes tens of milliseconds to read. */
export function* readJsonSteps(text: string, options: JsonReadOptions): Generator<undefined, JsonValue> {
  const reader = new Reader(text, options)
  while (!reader.read(STEP)) {
    yield
    if (reader.isAtLongString) yield* reader.longString()
  }
  return reader.end()
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

/** A container whose end is not read yet. */
type Open =
  | {readonly list: JsonValue[]}
  | {
      readonly list: undefined
      readonly object: JsonObject
      /** Of the member that is read. */
      name: string
      start: number
    }

/** Characters read between two pauses. */
const STEP = 32_768

class Reader {
  private at = 0
  private readonly text: string
  private readonly options: JsonReadOptions
  private readonly open: Open[] = []
  private root: JsonValue = null
  /** The innermost container is an object, and a name is next. */
  private isName = false
  /** The string that `read` stopped at, read by `longString`. */
  private long: {readonly value: string; readonly end: number} | undefined
  /** `read` stopped in front of a string that is longer than its step. */
  isAtLongString = false

  constructor(text: string, options: JsonReadOptions) {
    this.text = text
    this.options = options
    this.space()
    if (this.at >= text.length) throw new JsonFault('empty', this.at, 'the text is empty')
  }

  /** The value, once `read` returned true. */
  end(): JsonValue {
    this.space()
    if (this.at < this.text.length) {
      if (!this.options.onTrailing) throw new JsonFault('trailing', this.at, 'text after the value')
      this.options.onTrailing(this.at)
    }
    return this.root
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

  /** Reads about so many characters of the value; true at its end. */
  read(step: number): boolean {
    const {text, open} = this
    const limit = this.at + step
    while (this.at < limit) {
      if (this.isName) {
        const top = open.at(-1)
        if (top === undefined || top.list || !this.name(top, step)) return false
        this.isName = false
      }
      let value: JsonValue | undefined
      const c = text.charCodeAt(this.at)
      if (c === QUOTE) value = this.string(false, step)
      else if (c === OPEN_BRACE) {
        this.enter()
        const object = Object.create(null) as JsonObject
        if (text.charCodeAt(this.at) !== CLOSE_BRACE) {
          open.push({list: undefined, object, name: '', start: 0})
          this.isName = true
          continue
        }
        this.at++
        value = object
      } else if (c === OPEN_BRACKET) {
        this.enter()
        const list: JsonValue[] = []
        if (text.charCodeAt(this.at) !== CLOSE_BRACKET) {
          open.push({list})
          continue
        }
        this.at++
        value = list
      } else value = this.scalar(c)
      if (value === undefined) return false
      if (this.close(value)) return true
    }
    return false
  }

  /** Puts a value where it belongs, and ends the containers that end with it; true where nothing is open any more. */
  private close(first: JsonValue): boolean {
    const {text, open} = this
    for (let value = first; ;) {
      const top = open.at(-1)
      if (top === undefined) {
        this.root = value
        return true
      }
      if (top.list) top.list.push(value)
      else {
        top.object[top.name] = value
        if (open.length === 1) this.options.onRootMember?.(top.name, top.start, this.at)
      }
      this.space()
      const c = text.charCodeAt(this.at)
      if (c === COMMA) {
        this.at++
        this.space()
        this.isName = !top.list
        return false
      }
      if (top.list) {
        if (c !== CLOSE_BRACKET) this.fail('"," or "]" is expected')
        value = top.list
      } else {
        if (c !== CLOSE_BRACE) this.fail('"," or "}" is expected')
        value = top.object
      }
      this.at++
      open.pop()
    }
  }

  private scalar(c: number): JsonValue {
    if (c === MINUS || (c >= 48 && c <= 57)) return this.number()
    switch (c) {
      case 116:
        return this.literal('true', true)
      case 102:
        return this.literal('false', false)
      case 110:
        return this.literal('null', null)
      default:
        return this.fail(this.at >= this.text.length ? 'the text ends where a value should stand' : 'no JSON value')
    }
  }

  private literal<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('no JSON value')
    this.at += word.length
    return value
  }

  private enter(): void {
    if (this.open.length >= this.options.maxDepth) {
      throw new JsonFault('depth', this.at, `more than ${this.options.maxDepth} nested containers`)
    }
    this.at++
    this.space()
  }

  /** The name of a member up to its value; false where the name is a long string. */
  private name(member: Extract<Open, {readonly list: undefined}>, step: number): boolean {
    const nameAt = this.at
    if (this.text.charCodeAt(nameAt) !== QUOTE) this.fail('a member name is expected')
    let name = this.string(true, step)
    if (name === undefined) return false
    if (this.options.nfcNames && !isAscii(name)) name = name.normalize('NFC')
    if (name in member.object) throw new JsonFault('duplicate', nameAt, `duplicate member ${JSON.stringify(name)}`)
    this.space()
    if (this.text.charCodeAt(this.at) !== COLON) this.fail('":" is expected')
    this.at++
    this.space()
    member.name = name
    member.start = this.at
    return true
  }

  /** undefined where it is longer than a step: `longString` reads it first. */
  private string(isName: boolean, step: number): string | undefined {
    const start = this.at + 1
    let value: string
    let end: number
    if (this.long) ({value, end} = this.long)
    else {
      this.hasEscape = false
      end = this.quoteFrom(start, start + step, start)
      if (end < 0) {
        this.isAtLongString = true
        return undefined
      }
      value = this.text.slice(start, end)
      if (this.hasEscape) value = this.unescape(value, start, 0, value.length)
    }
    this.long = undefined
    // only \u escapes can bring a surrogate in (the text was decoded from UTF-8 or is a caller's string)
    if (!value.isWellFormed()) throw new JsonFault('surrogate', start, 'an unpaired surrogate stands in a string')
    this.at = end + 1
    this.options.onString?.(value, start - 1, this.at, isName)
    return value
  }

  *longString(): Generator<undefined, void> {
    const start = this.at + 1
    this.isAtLongString = false
    this.hasEscape = false
    let end = this.quoteFrom(start, start + STEP, start)
    for (; end < 0; end = this.quoteFrom(-end, STEP - end, start)) yield
    const raw = this.text.slice(start, end)
    const pieces: string[] = this.hasEscape ? [] : [raw]
    for (let from = 0; this.hasEscape && from < raw.length; from = this.unescapedTo) {
      pieces.push(this.unescape(raw, start, from, from + STEP))
      yield
    }
    this.long = {value: pieces.join(''), end}
  }

  /** The offset of the closing quote; the negated offset to continue from where it does not stand before `limit`. */
  private quoteFrom(from: number, limit: number, start: number): number {
    const {text} = this
    for (let i = from; i < limit; i++) {
      const c = text.charCodeAt(i)
      if (c === QUOTE) return i
      if (c === BACKSLASH) {
        this.hasEscape = true
        i++
        if (i >= text.length) {
          this.at = start
          this.fail('the text ends inside a string')
        }
        if (i + 1 >= limit) return -(i + 1)
      } else if (c < SPACE || Number.isNaN(c)) {
        this.at = i
        this.fail(Number.isNaN(c) ? 'the text ends inside a string' : 'a control character stands in a string')
      }
    }
    return -limit
  }

  private hasEscape = false
  private unescapedTo = 0

  /** Of `raw`, which begins at `start`, what stands between two offsets; an escape that begins there is read whole. */
  private unescape(raw: string, start: number, from: number, to: number): string {
    let out = ''
    let at = from
    for (let i = raw.indexOf('\\', at); i !== -1 && i < to; i = raw.indexOf('\\', at)) {
      out += raw.slice(at, i)
      const letter = raw[i + 1] ?? ''
      if (letter === 'u') {
        const hex = raw.slice(i + 2, i + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
          this.at = start + i
          this.fail('\\u needs four hexadecimal digits')
        }
        out += String.fromCharCode(Number.parseInt(hex, 16))
        at = i + 6
      } else {
        const plain = ESCAPES[letter]
        if (plain === undefined) {
          this.at = start + i
          this.fail('unknown escape')
        }
        out += plain
        at = i + 2
      }
    }
    this.unescapedTo = Math.max(at, Math.min(to, raw.length))
    return out + raw.slice(at, this.unescapedTo)
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
