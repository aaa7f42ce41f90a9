// The parts of an HTML text that no reader sees: comments, scripts and styles. No parser: every byte passes here, and a document too
// broken to be parsed is still read by clients. Linear.

const OPEN = /<(?:!--|(script|style)\b)/gi

/** Their contents, one per line; "" when there are none. */
export function hiddenMarkup(text: string): string {
  const parts: string[] = []
  OPEN.lastIndex = 0
  for (let match = OPEN.exec(text); match; match = OPEN.exec(text)) {
    // its attributes are part of what nobody sees; an expression that went on to its end would begin anew at every tag
    const from = match.index + match[0].length
    const close = match[1] === undefined ? '-->' : `</${match[1].toLowerCase()}`
    const end = close === '-->' ? text.indexOf(close, from) : indexOfCaseless(text, close, from)
    const content = text.slice(from, end < 0 ? text.length : end).trim()
    if (content !== '') parts.push(content)
    if (end < 0) break
    OPEN.lastIndex = end
  }
  return parts.join('\n')
}

function indexOfCaseless(text: string, lower: string, from: number): number {
  for (let at = text.indexOf('</', from); at >= 0; at = text.indexOf('</', at + 2)) {
    if (text.slice(at, at + lower.length).toLowerCase() === lower) return at
  }
  return -1
}
