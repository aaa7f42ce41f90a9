// JSON texts of typed documents: member order as declared, integers exact, strings as plain JSON. For files only;
// hashes and signatures never use this text.
import {RawNumber} from '../../lib/json/reader.js'

/** One line without white space. */
export function compactText(value: object): string {
  return write(value, '', '')
}

/** Two-space indentation, empty containers closed at once, final LF. */
export function indentedText(value: object): string {
  return `${write(value, '  ', '\n')}\n`
}

function write(value: unknown, step: string, newline: string): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError('signed documents may hold integers only')
      return String(value)
    case 'bigint':
      return String(value)
    case 'object':
      break
    default:
      throw new TypeError(`a ${typeof value} has no JSON form`)
  }
  if (value === null) return 'null'
  if (value instanceof RawNumber) return value.text
  if (Array.isArray(value)) {
    return container(
      '[',
      ']',
      value.map((item: unknown) => write(item, step, newline && newline + step)),
      newline,
      step,
    )
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${step && ' '}${write(member, step, newline && newline + step)}`,
  )
  return container('{', '}', members, newline, step)
}

function container(open: string, close: string, parts: readonly string[], newline: string, step: string): string {
  if (parts.length === 0) return open + close
  const inner = newline && newline + step
  return `${open}${inner}${parts.join(`,${inner}`)}${newline}${close}`
}
