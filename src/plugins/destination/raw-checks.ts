// Checks of the URL as received, before a parser erases the evidence: line breaks and dot segments (scanning §3.3, §3.4).

/** A reason, in the order of the specification; raw CR and LF are refused by the parser before. */
export function findLineBreak(raw: string): string | undefined {
  if (!raw.includes('%')) return undefined
  const hash = raw.indexOf('#')
  const text = (hash < 0 ? raw : raw.slice(0, hash)).toLowerCase()
  if (text.includes('%0d%0a')) return 'CRLF injection sequence in URL'
  if (text.includes('%250d%250a')) return 'double-encoded CRLF injection sequence in URL'
  if (/%0[ad]/.test(text)) return 'encoded CR or LF in URL'
  // any depth of escaping
  if (/%(?:25)+0[ad]/.test(text)) return 'double-encoded CR or LF in URL'
  return undefined
}

const SEPARATOR = '[/\\\\]|%2f|%5c|%c0%af'
const DOT = '(?:\\.|%2e|%c0%ae)'
const TRAVERSAL = new RegExp(`(?:${SEPARATOR})${DOT}{2}(?=${SEPARATOR}|$)`)
const MAX_ROUNDS = 50

/** A dot-dot segment in any escaping, bounded by separators on both sides. */
export function hasTraversal(rawPath: string): boolean {
  if (!rawPath.includes('..') && !rawPath.includes('%')) return false
  let path = rawPath.toLowerCase()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (TRAVERSAL.test(path)) return true
    const next = path.replace(/%(?:25)+/g, '%')
    if (next === path) return false
    path = next
  }
  return true
}
