// The form that the deterministic writer gives documents, read in one pass over the lines: candidates of
// thousands of rules are read by every command. Whatever is not plainly of that form is left to the full reader, so this
// one never refuses anything and knows no error.
import type {JsonObject, JsonValue} from '../json/reader.js'
import {plainScalar} from './plain-scalar.js'

/** Characters that ask for quotes or for a decision of the full reader: controls, separators of lines, byte order marks. */
const ODD = /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff]/
const ODD_START = /^(?:[,[\]{}#&*!|>'"%@`]|---|\.\.\.|[-?:](?: |$))/
const QUOTED = /^"((?:[^"\\]|\\(?:["\\ntr]|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}))*)"$/
const QUOTED_KEY = /^"((?:[^"\\]|\\(?:["\\ntr]|x[0-9a-f]{2}|u(?!d[89a-f])[0-9a-f]{4}))*)":(?: |$)/
const ESCAPE = /\\(?:(["\\])|([ntr])|x([0-9a-f]{2})|u([0-9a-f]{4}))/g
const SHORT: Readonly<Record<string, string>> = {n: '\n', t: '\t', r: '\r'}
/** Longer keys may not stand on one line in YAML. */
const MAX_KEY = 500

/** Thrown and caught here: the text is for the full reader. */
class NotPlain extends Error {}

/** The tree, or undefined when the text is not of the form; then nothing is said about whether it is good. */
export function readBlockYaml(text: string, maxDepth: number): JsonObject | undefined {
  if (!text.endsWith('\n') || ODD.test(text) || !text.isWellFormed()) return undefined
  try {
    const reader = new BlockReader(text, maxDepth)
    return reader.document()
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

class BlockReader {
  readonly #text: string
  readonly #maxDepth: number
  /** The line at hand without its indentation; what stands in a sequence item is taken off its front. */
  #line = ''
  /** Column of the line at hand; -1 at the end of the text. */
  #column = -1
  #next = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#advance()
  }

  document(): JsonObject {
    if (this.#column !== 0 || this.#line.startsWith('- ')) throw new NotPlain()
    // a map of column 0 ends where the text ends: no line stands further left
    return this.#map(0, 0)
  }

  #advance(): void {
    const text = this.#text
    let start = this.#next
    if (start >= text.length) {
      this.#column = -1
      return
    }
    const end = text.indexOf('\n', start)
    const first = start
    while (text.charCodeAt(start) === 0x20) start++
    // a blank line belongs to nothing here, and may belong to a scalar above
    if (start === end) throw new NotPlain()
    this.#line = text.slice(start, end)
    this.#column = start - first
    this.#next = end + 1
  }

  #map(column: number, depth: number): JsonObject {
    if (depth >= this.#maxDepth) throw new NotPlain()
    const result = Object.create(null) as JsonObject
    do {
      const {name, rest} = splitKey(this.#line)
      const key = name.normalize('NFC')
      if (key in result) throw new NotPlain()
      this.#advance()
      result[key] = rest === '' ? this.#below(column, depth + 1) : this.#scalar(rest, column)
    } while (this.#column === column)
    if (this.#column > column) throw new NotPlain()
    return result
  }

  /** The container under a key: a key without anything is left to the full reader. */
  #below(column: number, depth: number): JsonValue {
    const inner = this.#column
    if (inner <= column) throw new NotPlain()
    return this.#line.startsWith('- ') ? this.#list(inner, depth) : this.#map(inner, depth)
  }

  #list(column: number, depth: number): JsonValue {
    if (depth >= this.#maxDepth) throw new NotPlain()
    const result: JsonValue[] = []
    do {
      if (!this.#line.startsWith('- ')) throw new NotPlain()
      this.#line = this.#line.slice(2)
      this.#column = column + 2
      result.push(this.#item(column, depth + 1))
    } while (this.#column === column)
    if (this.#column > column) throw new NotPlain()
    return result
  }

  #item(column: number, depth: number): JsonValue {
    const inner = this.#column
    if (this.#line.startsWith('- ')) return this.#list(inner, depth)
    if (isEntry(this.#line)) return this.#map(inner, depth)
    const text = this.#line
    this.#advance()
    return this.#scalar(text, column)
  }

  /** A scalar on the line before; a deeper line after it would continue it. */
  #scalar(text: string, column: number): JsonValue {
    if (this.#column > column) throw new NotPlain()
    if (text === '{}') return Object.create(null) as JsonObject
    if (text === '[]') return []
    if (text.startsWith('"')) return unquote(QUOTED.exec(text)?.[1])
    checkPlain(text)
    const scalar = plainScalar(text)
    if (scalar.kind !== 'value') throw new NotPlain()
    return scalar.value
  }
}

function isEntry(line: string): boolean {
  if (line.startsWith('"')) return QUOTED_KEY.test(line)
  return line.includes(': ') || line.endsWith(':')
}

function splitKey(line: string): {readonly name: string; readonly rest: string} {
  if (line.startsWith('"')) {
    const match = QUOTED_KEY.exec(line)
    if (match === null || match[0].length > MAX_KEY) throw new NotPlain()
    return {name: unquote(match[1]), rest: restOf(line, match[0].length)}
  }
  const colon = line.indexOf(': ')
  const end = colon === -1 && line.endsWith(':') ? line.length - 1 : colon
  if (end <= 0 || end > MAX_KEY) throw new NotPlain()
  const name = line.slice(0, end)
  checkPlain(name)
  const scalar = plainScalar(name)
  if (scalar.kind !== 'value' || typeof scalar.value !== 'string') throw new NotPlain()
  return {name, rest: restOf(line, colon === -1 ? line.length : colon + 2)}
}

/** What stands after `key: `; a blank that nothing follows is left to the full reader. */
function restOf(line: string, from: number): string {
  const rest = line.slice(from)
  if (rest === '' && line.endsWith(' ')) throw new NotPlain()
  return rest
}

function checkPlain(text: string): void {
  if (ODD_START.test(text) || text.startsWith(' ') || text.endsWith(' ')) throw new NotPlain()
  if (text.endsWith(':') || text.includes(': ') || text.includes(' #')) throw new NotPlain()
}

function unquote(inner: string | undefined): string {
  if (inner === undefined) throw new NotPlain()
  if (!inner.includes('\\')) return inner
  return inner.replace(ESCAPE, (_, self?: string, short?: string, two?: string, four?: string) => {
    if (self !== undefined) return self
    if (short !== undefined) return SHORT[short] ?? ''
    return String.fromCharCode(Number.parseInt(two ?? four ?? '', 16))
  })
}
