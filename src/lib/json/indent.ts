// Lays a compact JSON text out in lines: tokens stay as they are, so that number spellings, escapes and the order of members
// survive, which a parse and a new writing would change.

/** The text must be JSON without white space between its tokens. Two spaces a level, empty containers closed at once. */
export function indentJson(text: string, level = 0): string {
  const out: string[] = []
  let depth = level
  let from = 0
  let inString = false
  const line = (): string => `\n${'  '.repeat(depth)}`
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (inString) {
      if (c === '\\') i++
      else if (c === '"') inString = false
      continue
    }
    if (c === '"') inString = true
    else if (c === '{' || c === '[') {
      const isEmpty = text[i + 1] === (c === '{' ? '}' : ']')
      if (isEmpty) {
        i++
        continue
      }
      depth++
      out.push(text.slice(from, i + 1), line())
      from = i + 1
    } else if (c === '}' || c === ']') {
      depth--
      out.push(text.slice(from, i), line())
      from = i
    } else if (c === ',') {
      out.push(text.slice(from, i + 1), line())
      from = i + 1
    } else if (c === ':') {
      out.push(text.slice(from, i + 1), ' ')
      from = i + 1
    }
  }
  return out.join('') + text.slice(from)
}
