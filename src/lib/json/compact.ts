// Removes the insignificant white space of a JSON text and escapes the five HTML characters inside strings; key order,
// number spelling and existing escapes stay as they are.
import {tokensOf} from './lexer.js'
import {escapeHtml} from './writer.js'

/** The text must be JSON already. */
export function compactJson(text: string): string {
  let out = ''
  for (const {start, end} of tokensOf(text)) out += text.slice(start, end)
  return escapeHtml(out)
}
