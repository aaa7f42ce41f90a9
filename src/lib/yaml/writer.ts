// Deterministic YAML: one text per value, whatever the order of members. Strings are plain unless a
// closed list of shapes asks for quotes, so another reader of YAML 1.1 or 1.2 can take none of them for anything else.
import {RawNumber} from '../json/reader.js'
import {compareCodePoints, type CanonicalInput} from '../json/writer.js'

type Members = {readonly [name: string]: CanonicalInput}

/** The document with its final LF. Members are written in byte order; numbers must be integers. */
export function writeYaml(value: Members): string {
  const out: string[] = []
  writeMap(value, 0, 4, '', out)
  return out.join('')
}

/** `lead` stands before the first member instead of its indentation (the dash of a sequence item). */
function writeMap(map: Members, column: number, childColumn: number, lead: string, out: string[]): void {
  const indent = ' '.repeat(column)
  let before = lead || indent
  for (const name of Object.keys(map).sort(compareCodePoints)) {
    const value = map[name]
    if (value === undefined) throw new TypeError(`member ${name} is undefined`)
    out.push(before, key(name), ':')
    writeValue(value, childColumn, out)
    before = indent
  }
}

/** After `key:`: a scalar on the same line, a container on the lines below. */
function writeValue(value: CanonicalInput, column: number, out: string[]): void {
  const inline = scalar(value)
  if (inline !== undefined) {
    out.push(' ', inline, '\n')
    return
  }
  out.push('\n')
  if (isList(value)) writeList(value, column, ' '.repeat(column), out)
  else writeMap(value as Members, column, column + 4, '', out)
}

function writeList(list: readonly CanonicalInput[], column: number, lead: string, out: string[]): void {
  const indent = ' '.repeat(column)
  let before = lead
  for (const item of list) {
    const inline = scalar(item)
    if (inline !== undefined) out.push(before, '- ', inline, '\n')
    else if (isList(item)) writeList(item, column + 2, `${before}- `, out)
    else writeMap(item as Members, column + 2, column + 4, `${before}- `, out)
    before = indent
  }
}

function isList(value: CanonicalInput): value is readonly CanonicalInput[] {
  return Array.isArray(value)
}

/** The text of anything that fits on one line, or undefined for a container with content. */
function scalar(value: CanonicalInput): string | undefined {
  switch (typeof value) {
    case 'string':
      return yamlString(value)
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0))
        throw new TypeError('only integers have a YAML form here')
      return String(value)
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      break
    default:
      throw new TypeError(`a ${typeof value} has no YAML form`)
  }
  if (value === null) return 'null'
  if (value instanceof RawNumber) return value.text
  if (isList(value)) return value.length === 0 ? '[]' : undefined
  return Object.keys(value).length === 0 ? '{}' : undefined
}

function key(name: string): string {
  // a plain key that ends in `<<` would form the refused sequence with its colon
  return name.endsWith('<<') ? `"${escape(name)}"` : yamlString(name)
}

const ODD_CHARACTER = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff]/
const ODD_CHARACTERS = /["\\\u0000-\u001f\u007f-\u00a0\u2028\u2029\ufeff]/g
const ODD_START = /^(?:[,[\]{}#&*!|>'"%@`]|---|\.\.\.|[-?:](?: |$))/
const ODD_WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i
const NUMERIC = [
  /^[-+]?[0-9][0-9_]*$/,
  /^[-+]?0[xob][0-9a-f_]+$/i,
  /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i,
  /^[-+]?\.inf$/i,
  /^\.nan$/i,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?$/,
]
const NUMERIC_START = /^[-+.0-9]/

/** A string value or key, quoted where the closed list says so. */
export function yamlString(text: string): string {
  return needsQuotes(text) ? `"${escape(text)}"` : text
}

function needsQuotes(text: string): boolean {
  if (text === '' || text.startsWith(' ') || text.endsWith(' ') || text.endsWith(':')) return true
  if (text.includes(': ') || text.includes(' #') || text.includes('<<:') || ODD_CHARACTER.test(text)) return true
  if (ODD_START.test(text) || ODD_WORD.test(text) || text === '~' || text === '<<' || text === '=') return true
  return NUMERIC_START.test(text) && NUMERIC.some((shape) => shape.test(text))
}

const SHORT: Readonly<Record<string, string>> = {'"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r'}

function escape(text: string): string {
  return text
    .replace(ODD_CHARACTERS, (c) => {
      const short = SHORT[c]
      if (short !== undefined) return short
      const code = c.charCodeAt(0)
      return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
    })
    .replaceAll('<<:', '\\x3c<:')
}
