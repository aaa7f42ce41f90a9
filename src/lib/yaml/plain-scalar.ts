// What a plain scalar of the strict subset means, judged by its text alone: both readers ask here, so that
// no text can be a number to one and a string to the other.
import {RawNumber} from '../json/reader.js'

export type PlainScalar =
  | {readonly kind: 'value'; readonly value: string | number | boolean | null | RawNumber}
  /** A number of YAML that is no 64-bit integer, or a date: a string to some readers and not to others. */
  | {readonly kind: 'number' | 'timestamp'}

const NULL = /^(?:null|~)?$/
const INTEGER = /^-?(?:0|[1-9][0-9]*)$/
/** Everything else that the core schema of YAML 1.2 reads as a number. */
const NUMBER = [
  /^[-+]?[0-9]+$/,
  /^0o[0-7]+$/,
  /^0x[0-9a-fA-F]+$/,
  /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/,
  /^[-+]?\.(?:inf|Inf|INF)$/,
  /^\.(?:nan|NaN|NAN)$/,
]
/** How each of the above, and a date, begins. */
const NUMERIC_START = /^[-+.0-9]/
const TIMESTAMP = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt \t]|$)/
const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

export function plainScalar(text: string): PlainScalar {
  if (!NUMERIC_START.test(text)) return {kind: 'value', value: wordValue(text)}
  if (INTEGER.test(text) && text !== '-0' && isInt64(text)) {
    const value = Number(text)
    return {kind: 'value', value: Number.isSafeInteger(value) ? value : new RawNumber(text)}
  }
  if (NUMBER.some((shape) => shape.test(text))) return {kind: 'number'}
  if (TIMESTAMP.test(text)) return {kind: 'timestamp'}
  return {kind: 'value', value: text}
}

export function isNullText(text: string): boolean {
  return NULL.test(text)
}

function wordValue(text: string): string | boolean | null {
  if (text === 'true') return true
  if (text === 'false') return false
  return isNullText(text) ? null : text
}

function isInt64(text: string): boolean {
  if (text.length > 20) return false
  const value = BigInt(text)
  return value >= MIN_INT64 && value <= MAX_INT64
}
