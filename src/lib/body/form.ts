// application/x-www-form-urlencoded: names and values in wire order, once decoded as every server decodes them, and until
// nothing is left to decode. Linear; never throws.
import {decodeOnce, decodePercent} from '../decode.js'

export interface FormField {
  readonly name: string
  readonly value: string
  /** Name or value had to be decoded more often than once; these are the last forms. */
  readonly deep?: {readonly name: string; readonly value: string}
}

const ESCAPE = /%[0-9a-f]{2}/iy
/** Escapes between two pauses. */
const ESCAPES = 16_384

/** Whether a percent sign begins no escape, in steps: servers disagree on what follows it. */
export function* hasMalformedEscape(text: string): Generator<undefined, boolean> {
  let count = 0
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 3)) {
    ESCAPE.lastIndex = at
    if (!ESCAPE.test(text)) return true
    if (++count % ESCAPES === 0) yield
  }
  return false
}

export function readForm(source: string): readonly FormField[] {
  return [...fieldsOf(source)]
}

/** One field after the other: five megabytes hold more than a million of them. */
export function* fieldsOf(source: string): Generator<FormField, undefined> {
  for (let from = 0, end = 0; from <= source.length; from = end + 1) {
    end = source.indexOf('&', from)
    if (end < 0) end = source.length
    if (end === from) continue
    const pair = source.slice(from, end)
    const equals = pair.indexOf('=')
    yield equals < 0 ? field(pair, '') : field(pair.slice(0, equals), pair.slice(equals + 1))
  }
}

function field(rawName: string, rawValue: string): FormField {
  const name = once(rawName)
  const value = once(rawValue)
  if (!name.includes('%') && !value.includes('%')) return {name, value}
  const deepName = decodePercent(rawName, true)
  const deepValue = decodePercent(rawValue, true)
  if (deepName.text === name && deepValue.text === value) return {name, value}
  return {name, value, deep: {name: deepName.text, value: deepValue.text}}
}

function once(text: string): string {
  return decodeOnce(text.includes('+') ? text.replaceAll('+', ' ') : text)
}
