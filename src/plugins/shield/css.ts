// Style sheets of drawings: nothing in them may lead out of the document.
import {unescapeCss} from './markup/css-visibility.js'
import type {Removals} from './removals.js'

export const STRIPPED = '#_stripped'

const OUTSIDE =
  /@import\b[^;{}]{0,4096};?|\burl\(\s*(?!["']?\s*#)(?:"[^"]{0,65536}"|'[^']{0,65536}'|[^)"']{0,65536})\s*\)?|\b(?:-webkit-)?(?:image-set|image|cross-fade|src)\(/gi

/** The text that is safe; the same where nothing has to change. */
export function withoutReferences(text: string, matches: Removals): string {
  if (!/url|import|image|src|cross|\\/i.test(text)) return text
  const direct = replaced(text, matches)
  if (!direct.includes('\\')) return direct
  // what is spelt with escapes reads the same without them
  const read = unescapeCss(direct)
  const plain = replaced(read, matches)
  return plain === read ? direct : plain
}

function replaced(text: string, matches: Removals): string {
  return text.replace(OUTSIDE, (result) => {
    matches.add('svg_external_references', result.length)
    if (result.startsWith('@')) return ''
    return /^url/i.test(result) ? `url(${STRIPPED})` : 'none('
  })
}
