// Argument matching of tool rules: typed scalar equality, numbers by exact rational value. An unsupported value does
// not match; a matcher never widens a rule.
import {RawNumber} from '../../lib/json/reader.js'

export interface ArgumentMatcher {
  readonly key: string
  readonly value: unknown
}

/**
 * Matchers of a rule's `args`: empty when the member is absent, undefined when it is malformed (the rule then matches
 * nothing).
 */
export function parseArgumentMatchers(value: unknown): readonly ArgumentMatcher[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value)) return undefined
  const matchers: ArgumentMatcher[] = []
  for (const item of value as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || !('key' in item) || !('value' in item)) return undefined
    if (typeof item.key !== 'string') return undefined
    matchers.push({key: item.key, value: item.value})
  }
  return matchers
}

/** True when every matcher holds. A missing key does not match; it is not a wildcard. */
export function argumentsMatch(matchers: readonly ArgumentMatcher[], values: unknown): boolean {
  if (matchers.length === 0) return true
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return false
  const members = values as Readonly<Record<string, unknown>>
  return matchers.every(({key, value}) => Object.hasOwn(members, key) && scalarEquals(value, members[key]))
}

/** Strings as strings, booleans as booleans, numbers as rationals; null and containers equal nothing. */
export function scalarEquals(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' || typeof a === 'boolean') return a === b
  const x = rational(a)
  if (x === undefined) return false
  const y = rational(b)
  return y !== undefined && x.digits === y.digits && x.exponent === y.exponent
}

interface Rational {
  /** Sign and significant digits without zeros at either end; "" means zero. */
  readonly digits: string
  readonly exponent: number
}

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?)0*([0-9]+))?$/
/** Longer exponents are not compared: no tool takes them, and their arithmetic would not be exact. */
const MAX_EXPONENT_DIGITS = 12

function rational(value: unknown): Rational | undefined {
  const text =
    value instanceof RawNumber
      ? value.text
      : typeof value === 'number' || typeof value === 'bigint'
        ? String(value)
        : ''
  const match = NUMBER.exec(text)
  if (!match) return undefined
  const [, sign = '', whole = '', fraction = '', exponentSign = '', exponent = '0'] = match
  if (exponent.length > MAX_EXPONENT_DIGITS) return undefined
  const all = whole + fraction
  let from = 0
  while (all.charCodeAt(from) === 48) from++
  let to = all.length
  while (to > from && all.charCodeAt(to - 1) === 48) to--
  if (from === to) return {digits: '', exponent: 0}
  const shift = exponentSign === '-' ? -Number(exponent) : Number(exponent)
  return {digits: sign + all.slice(from, to), exponent: shift - fraction.length + (all.length - to)}
}
