// Checks of the URL as received, before a parser erases the evidence: line breaks and dot segments.

/** The reason, most specific first; the parser already refuses raw CR and LF. */
export function findLineBreak(raw: string): string | undefined {
  if (!raw.includes('%')) return undefined
  const hash = raw.indexOf('#')
  const text = (hash < 0 ? raw : raw.slice(0, hash)).toLowerCase()
  if (text.includes('%0d%0a')) return 'CRLF injection sequence in URL'
  if (text.includes('%250d%250a')) return 'double-encoded CRLF injection sequence in URL'
  if (/%(?:u00)?0[ad]/.test(text)) return 'encoded CR or LF in URL'
  // any depth of escaping
  if (/%(?:25)+(?:u00)?0[ad]/.test(text)) return 'double-encoded CR or LF in URL'
  return undefined
}

/** True for separators that end a line for readers of Unicode, but not for parsers of a head: reported, not refused. */
export function hasLineSeparator(raw: string): boolean {
  if (!raw.includes('%')) return false
  const hash = raw.indexOf('#')
  return /%(?:e2%80%a[89]|u202[89])/i.test(hash < 0 ? raw : raw.slice(0, hash))
}

const SEPARATOR = '[/\\\\]|%2f|%5c|%c0%af|%u002f|%u005c'
const DOT = '(?:\\.|%2e|%c0%ae|%u002e)'
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
