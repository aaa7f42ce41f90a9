// Canonical JSON writers of the evidence and contract formats: G (fixed member order, HTML escapes),
// J (RFC 8785 restricted to 64-bit integers, NFC first, sorted by code point) and its
// HTML-escaped form E. The plain RFC 8785 writer is lib/jcs.ts.
import {isAscii, RawNumber, type JsonValue} from './reader.js'

// matches the five characters that Go's encoder escapes inside strings
const HTML = /[<>&\u2028\u2029]/g
const NEEDS_HTML = /[<>&\u2028\u2029]/
const HTML_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** Replaces the five characters in a JSON text or string token; outside strings they cannot occur in JSON. */
export function escapeHtml(json: string): string {
  return NEEDS_HTML.test(json) ? json.replace(HTML, (c) => HTML_ESCAPES[c] ?? c) : json
}

/** Printable ASCII without the characters that JSON or writer G escapes: most strings, and then no work is needed. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/

/** A string token in writer G. The text must be well formed (no lone surrogate). */
export function stringG(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : escapeHtml(JSON.stringify(text))
}

/** Order by Unicode code point, which is UTF-8 byte order; UTF-16 unit order differs above U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xs = x >= 0xd800 && x <= 0xdfff
    const ys = y >= 0xd800 && y <= 0xdfff
    if (xs !== ys) return xs ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

export class CanonicalFault extends Error {
  readonly kind: 'duplicate' | 'number' | 'surrogate' | 'type'
  constructor(kind: CanonicalFault['kind'], message: string) {
    super(message)
    this.name = 'CanonicalFault'
    this.kind = kind
  }
}

/** Values that writer J takes: JSON values, plain objects and arrays, and bigints. Members that are undefined are refused, never skipped. */
export type CanonicalInput =
  | null
  | boolean
  | string
  | number
  | bigint
  | RawNumber
  | JsonValue
  | readonly CanonicalInput[]
  | {readonly [name: string]: CanonicalInput}

const MAX = 2n ** 63n - 1n

/** Writer J. Throws CanonicalFault for fractions, integers beyond ±(2^63−1), lone surrogates and names equal after NFC. */
export function canonicalJ(value: CanonicalInput): string {
  switch (typeof value) {
    case 'string':
      return stringJ(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0))
        throw new CanonicalFault('number', 'not an exact integer')
      return String(value)
    case 'bigint':
      if (value > MAX || value < -MAX) throw new CanonicalFault('number', 'integer beyond 64 bits')
      return String(value)
    case 'object':
      break
    default:
      throw new CanonicalFault('type', `a ${typeof value} cannot be written`)
  }
  if (value === null) return 'null'
  if (value instanceof RawNumber) {
    if (!/^-?(0|[1-9][0-9]{0,19})$/.test(value.text) || value.text === '-0') {
      throw new CanonicalFault('number', `${value.text.slice(0, 40)} is no integer`)
    }
    return canonicalJ(BigInt(value.text))
  }
  if (Array.isArray(value)) {
    let out = '['
    for (let i = 0; i < value.length; i++) out += (i ? ',' : '') + canonicalJ(value[i] as CanonicalInput)
    return `${out}]`
  }
  const object = value as {readonly [name: string]: CanonicalInput}
  const names = Object.keys(object)
  if (names.every(isAscii)) {
    names.sort()
    let out = '{'
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string
      out += `${(i ? ',' : '') + JSON.stringify(name)}:${canonicalJ(object[name] as CanonicalInput)}`
    }
    return `${out}}`
  }
  const pairs = names.map((name) => [name.normalize('NFC'), name] as const)
  pairs.sort((a, b) => compareCodePoints(a[0], b[0]))
  for (let i = 1; i < pairs.length; i++) {
    if (pairs[i]?.[0] === pairs[i - 1]?.[0]) throw new CanonicalFault('duplicate', 'two names are equal after NFC')
  }
  return `{${pairs.map(([nfc, name]) => `${stringJ(nfc)}:${canonicalJ(object[name] as CanonicalInput)}`).join(',')}}`
}

function stringJ(text: string): string {
  if (isAscii(text)) return JSON.stringify(text)
  if (!text.isWellFormed()) throw new CanonicalFault('surrogate', 'an unpaired surrogate stands in a string')
  return JSON.stringify(text.normalize('NFC'))
}
