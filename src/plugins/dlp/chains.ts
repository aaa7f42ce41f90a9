// Words that a separator holds together: `a.b.c`, `"a" + "b"`, tokens that run on in the next line. Looked for from their
// separators, which are few, and each character is passed once or twice, however the words lie (scanning §4.2, §5.1).
import {makeRewriter, type Rewritten, type Span} from '../../lib/rewritten.js'

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
  for (let hit = nextIn(text, 0, separator); hit !== undefined;) {
    if (hit.start <= from || !holdsAt(hit.start - 1) || !holdsAt(hit.end)) {
      // its last character may begin the next one
      hit = nextIn(text, Math.max(hit.start + 1, hit.end - 1), separator)
      continue
    }
    let {start} = hit
    while (start > from && holdsAt(start - 1)) start--
    const cuts: number[] = []
    let at: number
    do {
      cuts.push(hit.start, hit.end)
      at = wordEnd(text, hit.end, holds)
      hit = nextIn(text, at, separator)
    } while (hit?.start === at && holdsAt(hit.end))
    from = at
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

/** The first separator from a place on. */
function nextIn(text: string, from: number, separator: RegExp): Span | undefined {
  separator.lastIndex = from
  const hit = separator.exec(text)
  return hit === null ? undefined : {start: hit.index, end: hit.index + hit[0].length}
}
