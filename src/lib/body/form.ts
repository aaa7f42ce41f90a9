// application/x-www-form-urlencoded: names and values in wire order, once decoded as every server decodes them, and until
// nothing is left to decode (scanning §5.2). Linear; never throws.
import {decodeOnce, decodePercent} from '../decode.js'

export interface FormField {
  readonly name: string
  readonly value: string
  /** Name or value had to be decoded more often than once; these are the last forms. */
  readonly deep?: {readonly name: string; readonly value: string}
}

const MALFORMED = /%(?![0-9a-f]{2})/i

/** A percent sign that begins no escape: servers disagree on what follows it. */
export function hasMalformedEscape(text: string): boolean {
  return text.includes('%') && MALFORMED.test(text)
}

export function readForm(source: string): readonly FormField[] {
  const fields: FormField[] = []
  for (const pair of source.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = equals < 0 ? pair : pair.slice(0, equals)
    const value = equals < 0 ? '' : pair.slice(equals + 1)
    fields.push(field(name, value))
  }
  return fields
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
