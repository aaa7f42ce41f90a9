// Reads canonical writer-G text straight from its bytes, driven by the member tables of the formats. Accepted text
// would be written again with the very same bytes, so nothing can be lost or hidden in it. Everything else is refused
// without a reason: the strict reader, which alone reports faults, reads it next.
import {utf8} from '../../../lib/bytes.js'
import {decodeUtf8, JsonFault} from '../../../lib/json/reader.js'
import {compareCodePoints, stringG} from '../../../lib/json/writer.js'
import {parseTimestamp} from '../../../lib/timestamp.js'
import {INT64, type MemberTable, type Shape} from '../../../formats/member-table.js'

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const ZERO = 48
const NINE = 57
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const DELETE = 127
/** ASCII characters that writer G does not escape and that no rule on control characters concerns. */
const PLAIN = Uint8Array.from({length: 256}, (_, c) =>
  Number(c >= 32 && c < DELETE && stringG(String.fromCharCode(c)).length === 3),
)
/** An integer with more digits may not be exact as a number. */
const EXACT_DIGITS = 15

const TRUE = utf8('true')
const FALSE = utf8('false')
const NULL = utf8('null')
const COLON = utf8(':')

export class CanonicalBytes {
  #bytes: Uint8Array = new Uint8Array()
  #end = 0
  /** Offset of the next byte to read. */
  at = 0
  /** Start of the last string read, without its quotes. */
  from = 0
  to = 0
  /** The last integer read. */
  value = 0
  /** Number of strings so far with escapes or non-ASCII characters. */
  unusual = 0

  /** Starts reading at `at`; nothing, or a control character, follows `end`. */
  open(bytes: Uint8Array, at: number, end: number): void {
    this.#bytes = bytes
    this.#end = end
    this.at = at
    this.unusual = 0
  }

  get ended(): boolean {
    return this.at === this.#end
  }

  /** Consumes `text` if it is next. */
  skip(text: Uint8Array): boolean {
    const bytes = this.#bytes
    const {at} = this
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
    this.at = at + text.length
    return true
  }

  #byte(c: number): boolean {
    if (this.#bytes[this.at] !== c) return false
    this.at++
    return true
  }

  /** Consumes a string token. */
  string(): boolean {
    const bytes = this.#bytes
    if (bytes[this.at] !== QUOTE) return false
    const from = this.at + 1
    let at = from
    while (PLAIN[bytes[at] ?? 0] === 1) at++
    if (bytes[at] !== QUOTE) return this.#unusualString(from, at)
    this.from = from
    this.to = at
    this.at = at + 1
    return true
  }

  /** Escapes and non-ASCII characters: decoded by the engine, and accepted when writer G would spell them so. */
  #unusualString(from: number, start: number): boolean {
    const bytes = this.#bytes
    let at = start
    for (let c = bytes[at]; c !== QUOTE; c = bytes[at]) {
      if (c === undefined || c < 32) return false
      at += c === BACKSLASH ? 2 : 1
    }
    if (at >= this.#end) return false
    const token = decode(bytes.subarray(from - 1, at + 1))
    // writer G would copy an escaped lone surrogate as read; canonical text escapes no surrogate
    if (token === undefined || token.includes('\\ud')) return false
    const value = parseString(token)
    if (value === undefined || stringG(value) !== token) return false
    this.unusual++
    this.from = from
    this.to = at
    this.at = at + 1
    return true
  }

  integer(min: bigint, max: bigint): boolean {
    const bytes = this.#bytes
    const isNegative = bytes[this.at] === MINUS
    const first = isNegative ? this.at + 1 : this.at
    let at = first
    let value = 0
    for (let c = bytes[at] ?? 0; c >= ZERO && c <= NINE; c = bytes[at] ?? 0) {
      value = value * 10 + (c - ZERO)
      if (++at - first > EXACT_DIGITS) return false
    }
    if (at === first) return false
    if (bytes[first] === ZERO && (at - first > 1 || isNegative)) return false
    this.value = isNegative ? -value : value
    if (this.value < min || this.value > max) return false
    this.at = at
    return true
  }

  /**
   * Consumes an object of the table: members in its order, `opt` ones only with a value. `places` receives the start
   * and end of each value, quotes included; those of absent members stay unchanged.
   */
  members(table: MemberTable, places?: Int32Array): boolean {
    if (!this.#byte(OPEN_BRACE)) return false
    const bytes = this.#bytes
    let next = 1
    for (const member of table.members) {
      // most members of a long table are absent, which their first letter shows
      if (bytes[this.at + next] !== member.letter || !this.skip(next === 1 ? member.firstBytes : member.nextBytes)) {
        if (member.presence !== 'opt') return false
        continue
      }
      next = 2
      const {at} = this
      if (!this.#value(member.shape, member.presence === 'opt')) return false
      if (places) {
        places[member.place] = at
        places[member.place + 1] = this.at
      }
    }
    return this.#byte(CLOSE_BRACE)
  }

  /** `opt`: the zero value must be spelled by absence. */
  #value(shape: Shape, opt: boolean): boolean {
    switch (shape.kind) {
      case 'string':
        return this.string() && !(opt && this.to === this.from)
      case 'time':
        return this.#time()
      case 'bool':
        return this.skip(TRUE) || (!opt && this.skip(FALSE))
      case 'int':
        return this.integer(shape.min, shape.max) && !(opt && this.value === 0)
      case 'strings-or-null':
        return this.skip(NULL) ? !opt : this.#list(opt)
      case 'strings':
        return this.#list(opt)
      case 'object':
        return this.members(shape.members)
      case 'objects':
        return this.#list(opt, shape.members)
      case 'counts':
        return this.#counts(opt)
    }
  }

  #time(): boolean {
    if (!this.string()) return false
    const text = decode(this.#bytes.subarray(this.from, this.to))
    return text !== undefined && parseTimestamp(text) !== undefined
  }

  /** A list of objects of the table, or of strings. */
  #list(opt: boolean, table?: MemberTable): boolean {
    if (!this.#byte(OPEN_BRACKET)) return false
    for (let count = 0; !this.#byte(CLOSE_BRACKET); count++) {
      if (count > 0 && !this.#byte(COMMA)) return false
      if (!(table ? this.members(table) : this.string())) return false
      opt = false
    }
    return !opt
  }

  /** A map of integers, its names sorted and unique. */
  #counts(opt: boolean): boolean {
    if (!this.#byte(OPEN_BRACE)) return false
    let last: string | undefined
    while (!this.#byte(CLOSE_BRACE)) {
      if (last !== undefined && !this.#byte(COMMA)) return false
      if (!this.string()) return false
      const name = parseString(decode(this.#bytes.subarray(this.from - 1, this.to + 1)) ?? '')
      if (name === undefined || (last !== undefined && compareCodePoints(last, name) >= 0)) return false
      if (!this.skip(COLON) || !this.integer(INT64.min, INT64.max)) return false
      last = name
    }
    return !(opt && last === undefined)
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

function parseString(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
