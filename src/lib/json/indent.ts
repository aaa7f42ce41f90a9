// Lays a JSON text out in lines: tokens stay as they are, so that number spellings, escapes and the order of members survive,
// which a parse and a new writing would change.
import {tokensOf} from './lexer.js'

/** The text must be JSON already. Two spaces a level, empty containers closed at once. */
export function indentJson(text: string, level = 0): string {
  let out = ''
  let depth = level
  let isEmpty = false
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (const {kind, start, end} of tokensOf(text)) {
    const token = text.slice(start, end)
    if (kind === '}' || kind === ']') {
      depth--
      out += isEmpty ? token : line() + token
    } else {
      out += isEmpty ? line() + token : token
    }
    isEmpty = kind === '{' || kind === '['
    if (isEmpty) depth++
    else if (kind === ',') out += line()
    else if (kind === ':') out += ' '
  }
  return out
}
