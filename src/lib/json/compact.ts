// Removes the insignificant white space of a JSON text and escapes the five HTML characters inside strings; key order,
// number spelling and existing escapes stay as they are.
import {escapeHtml} from './writer.js'

/** The text must be JSON already. */
export function compactJson(text: string): string {
  let out = ''
  let from = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 92) i++
      else if (c === 34) inString = false
    } else if (c === 34) {
      inString = true
    } else if (c === 32 || c === 9 || c === 10 || c === 13) {
      out += text.slice(from, i)
      from = i + 1
    }
  }
  return escapeHtml(out + text.slice(from))
}
