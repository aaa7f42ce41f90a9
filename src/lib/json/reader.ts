// Strict JSON reader for everything that is signed, hashed or judged. It keeps what JSON.parse loses: duplicate members,
// integers beyond 2^53, lone surrogates, unbounded depth. Faults carry a kind; the caller maps kinds to its own codes.
import {
  closingQuote,
  isNumberStart,
  JsonFault,
  numberEnd,
  plainQuote,
  skipSpace,
  unescape,
  unescapeSteps,
  wordAt,
} from './lexer.js'

export {JsonFault, type JsonFaultKind} from './lexer.js'

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
  /** Lists stay empty in the value: for whoever reads by the callbacks alone. */
  readonly withoutLists?: boolean
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

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
/** The only numbers whose token is not an integer contain one of these. */
const FRACTION = /[.eE]/
const WORDS = {true: true, false: false, null: null} as const

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

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
    this.at = skipSpace(this.text, this.at)
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
      if (top.list) {
        if (this.options.withoutLists !== true) top.list.push(value)
      } else {
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
    if (isNumberStart(c)) return this.number()
    const word = wordAt(this.text, this.at)
    this.at += word.length
    return WORDS[word]
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
      const plain = plainQuote(this.text, start, start + step)
      end = plain < 0 ? closingQuote(this.text, start, start + step) : plain
      if (end < 0) {
        this.isAtLongString = true
        return undefined
      }
      value = plain < 0 ? unescape(this.text, start, end) : this.text.slice(start, end)
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
    let end = closingQuote(this.text, start, start + STEP)
    for (; end < 0; end = closingQuote(this.text, -end, STEP - end)) yield
    this.long = {value: yield* unescapeSteps(this.text, start, end, STEP), end}
  }

  private number(): number | RawNumber {
    const start = this.at
    this.at = numberEnd(this.text, start)
    const token = this.text.slice(start, this.at)
    this.options.onNumber?.(token)
    if (token !== '-0' && !FRACTION.test(token)) {
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
