// Words that a separator holds together: `a.b.c`, `"a" + "b"`, tokens that run on in the next line. Looked for from their
// separators, which are few, and each character is passed once or twice, however the words lie (scanning §4.2, §5.1).
import {makeRewriter, type Rewritten} from '../../lib/rewritten.js'

export interface Chain {
  /** Global. Stands between two words. */
  readonly separator: RegExp
  /** Whether a character belongs to a word. */
  holds(c: number): boolean
}

/** Of ASCII characters. */
export function oneOf(characters: RegExp): Chain['holds'] {
  const table = new Uint8Array(128)
  for (let c = 0; c < 128; c++) if (characters.test(String.fromCharCode(c))) table[c] = 1
  return (c) => c < 128 && table[c] === 1
}

/** Stands between pieces that have nothing to do with each other. */
export const GAP = '\0'
/** With its separators; nothing shorter can hold anything. */
const MIN_PIECE = 8

/** The chains of a text without their separators, with a gap where anything else stood; undefined where there are none. */
export function joinedChains(text: string, {separator, holds}: Chain): Rewritten | undefined {
  const rewriter = makeRewriter(text)
  const holdsAt = (at: number): boolean => at >= 0 && at < text.length && holds(text.charCodeAt(at))
  let end = 0
  let from = 0
  separator.lastIndex = 0
  for (let hit = separator.exec(text); hit !== null; hit = separator.exec(text)) {
    const after = hit.index + hit[0].length
    if (hit.index <= from || !holdsAt(hit.index - 1) || !holdsAt(after)) {
      // its last character may begin the next one
      separator.lastIndex = Math.max(hit.index + 1, after - 1)
      continue
    }
    let start = hit.index
    while (start > from && holdsAt(start - 1)) start--
    const cuts = [hit.index, after]
    let at = wordEnd(text, after, holds)
    for (
      let next = separatorAt(text, at, separator);
      next > at && holdsAt(next);
      next = separatorAt(text, at, separator)
    ) {
      cuts.push(at, next)
      at = wordEnd(text, next, holds)
    }
    from = at
    separator.lastIndex = at
    if (at - start < MIN_PIECE) continue
    if (start > end) rewriter.replace(end, start, GAP)
    for (let i = 0; i < cuts.length; i += 2) rewriter.replace(cuts[i] ?? 0, cuts[i + 1] ?? 0, '')
    end = at
  }
  if (end === 0) return undefined
  if (end < text.length) rewriter.replace(end, text.length, GAP)
  return rewriter.done()
}

function wordEnd(text: string, from: number, holds: Chain['holds']): number {
  let at = from
  while (at < text.length && holds(text.charCodeAt(at))) at++
  return at
}

/** Where the separator that begins at a place ends; the place itself where none does. */
function separatorAt(text: string, at: number, separator: RegExp): number {
  separator.lastIndex = at
  const hit = separator.exec(text)
  return hit?.index === at ? at + hit[0].length : at
}
