// Reads writer-G text that stands in its one canonical spelling, in one pass and driven by the member tables of the
// formats. Whatever is accepted would be written again with the very same bytes, so nothing can be lost or hidden in it.
// Everything else is refused without a reason: the strict reader, which alone finds faults, reads it next (receipts §1.3).
import {compareCodePoints, stringG} from '../../lib/json/writer.js'
import {parseTimestamp} from '../../lib/timestamp.js'
import {INT64, type Int, type Member, type MemberTable, type Shape} from './member-table.js'

type Members = Record<string, unknown>

const QUOTE = 34
const BACKSLASH = 92
/** ASCII characters that writer G writes as they are. */
const PLAIN = Uint8Array.from({length: 128}, (_, c) => Number(c >= 32 && stringG(String.fromCharCode(c)).length === 3))
/** More digits than these may not be exact as a number. */
const EXACT_DIGITS = 15

export class CanonicalText {
  readonly text: string
  /** Where the next thing to read begins. */
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get ended(): boolean {
    return this.at === this.text.length
  }

  /** Passes over `expected` if it stands here. */
  skip(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  /** A string token. */
  string(): string | undefined {
    const {text} = this
    if (text.charCodeAt(this.at) !== QUOTE) return undefined
    const start = this.at + 1
    for (let at = start; ; at++) {
      const c = text.charCodeAt(at)
      if (c === QUOTE) {
        this.at = at + 1
        return text.slice(start, at)
      }
      if (!(c < 128 && PLAIN[c] === 1)) return this.#unusualString(start, at)
    }
  }

  /** Escapes and characters beyond ASCII: read by the engine, and accepted when writer G would spell them so. */
  #unusualString(start: number, from: number): string | undefined {
    const {text} = this
    let end = from
    for (let c = text.charCodeAt(end); c !== QUOTE; c = text.charCodeAt(end)) {
      if (Number.isNaN(c)) return undefined
      end += c === BACKSLASH ? 2 : 1
    }
    const token = text.slice(start - 1, end + 1)
    // an escaped lone surrogate would be written just as it was read; canonical text escapes no surrogate
    if (token.includes('\\ud')) return undefined
    const value = parseString(token)
    if (value === undefined || stringG(value) !== token) return undefined
    this.at = end + 1
    return value
  }

  integer(min: bigint, max: bigint): Int | undefined {
    const {text} = this
    const start = this.at
    const isNegative = text.charCodeAt(start) === 45
    const first = isNegative ? start + 1 : start
    let at = first
    for (let c = text.charCodeAt(at); c >= 48 && c <= 57; c = text.charCodeAt(at)) at++
    const digits = at - first
    if (digits === 0 || digits > EXACT_DIGITS) return undefined
    if (text.charCodeAt(first) === 48 && (digits > 1 || isNegative)) return undefined
    const value = Number(text.slice(start, at))
    if (value < min || value > max) return undefined
    this.at = at
    return value
  }

  /** An object of the table: members in its order, those that are opt only with a value. */
  members(table: MemberTable): Members | undefined {
    if (!this.skip('{')) return undefined
    const result: Members = {}
    let isFirst = true
    for (const member of table.members) {
      // most members of a long table are absent, which their first letter tells
      const letter = this.text.charCodeAt(this.at + (isFirst ? 1 : 2))
      if (letter !== member.letter || !this.skip(isFirst ? member.prefix : member.next)) {
        if (member.presence !== 'opt') return undefined
        continue
      }
      isFirst = false
      const value = this.#member(member)
      if (value === undefined) return undefined
      result[member.name] = value
    }
    return this.skip('}') ? result : undefined
  }

  #member({shape, presence}: Member): unknown {
    const value = this.#value(shape)
    const isZero = value === '' || value === 0 || value === false || value === null
    return presence === 'opt' && (isZero || isEmpty(shape, value)) ? undefined : value
  }

  #value(shape: Shape): unknown {
    switch (shape.kind) {
      case 'string':
        return this.string()
      case 'time': {
        const time = this.string()
        return time !== undefined && parseTimestamp(time) !== undefined ? time : undefined
      }
      case 'bool':
        return this.skip('true') ? true : this.skip('false') ? false : undefined
      case 'int':
        return this.integer(shape.min, shape.max)
      case 'strings-or-null':
        return this.skip('null') ? null : this.#list(() => this.string())
      case 'strings':
        return this.#list(() => this.string())
      case 'object':
        return this.members(shape.members)
      case 'objects':
        return this.#list(() => this.members(shape.members))
      case 'counts':
        return this.#counts()
    }
  }

  #list<T>(item: () => T | undefined): readonly T[] | undefined {
    if (!this.skip('[')) return undefined
    const list: T[] = []
    while (!this.skip(']')) {
      if (list.length > 0 && !this.skip(',')) return undefined
      const value = item()
      if (value === undefined) return undefined
      list.push(value)
    }
    return list
  }

  /** A map of integers, its names in their order and each once. */
  #counts(): Readonly<Record<string, Int>> | undefined {
    if (!this.skip('{')) return undefined
    const counts = Object.create(null) as Record<string, Int>
    let last: string | undefined
    while (!this.skip('}')) {
      if (last !== undefined && !this.skip(',')) return undefined
      const name = this.string()
      if (name === undefined || (last !== undefined && compareCodePoints(last, name) >= 0)) return undefined
      const count = this.skip(':') ? this.integer(INT64.min, INT64.max) : undefined
      if (count === undefined) return undefined
      counts[name] = count
      last = name
    }
    return counts
  }
}

/** Lists and maps without anything in them; an object is a value even when it is empty. */
function isEmpty(shape: Shape, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  return shape.kind === 'counts' && typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function parseString(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
