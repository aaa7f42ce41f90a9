// Words that a separator holds together: `a.b.c`, `"a" + "b"`, tokens that run on in the next line. Looked for from the
// places of separators, which are few, and each character is passed once or twice, however the words lie.
import {countBelow} from '../../lib/sorted.js'
import {createRewriter, isTouched, type Edit, type Rewritten, type Span} from '../../lib/text/rewritten.js'

export interface Chain {
  /** Sticky. Stands between two words. */
  readonly separator: RegExp
  /** Characters with which it begins; none of them is part of a word. */
  readonly begins: Characters
  /** Those of words. */
  readonly holds: Characters
  /** Those of words and separators: no chain reaches over any other. */
  readonly within: Characters
}

/** 1 for each member; the last entry is that of all characters from U+0100 on. */
export type Characters = Uint8Array

const LAST = 256

export function oneOf(characters: RegExp): Characters {
  const table = new Uint8Array(LAST + 1)
  for (let c = 0; c <= LAST; c++) if (characters.test(String.fromCharCode(c))) table[c] = 1
  return table
}

function has(characters: Characters, text: string, at: number): boolean {
  if (at >= text.length) return false
  const c = text.charCodeAt(at)
  return characters[c < LAST ? c : LAST] === 1
}

/** Stands between pieces that have nothing to do with each other. */
export const GAP = '\0'
/** With its separators; nothing shorter can hold anything. */
const MIN_PIECE = 8

/** Places of separators inspected between two pauses. */
const PLACES = 4_096

/** The parts of a text in which every chain lies that an edit touches; ascending, without overlap. */
function besideEdits(text: string, edits: readonly Edit[], within: Characters): readonly Span[] {
  const parts: Span[] = []
  for (const {outStart, outEnd} of edits) {
    const done = parts.at(-1)?.end ?? 0
    let start = outStart
    while (start > done && has(within, text, start - 1)) start--
    let end = Math.max(outEnd, done)
    while (has(within, text, end)) end++
    if (end > done) parts.push({start: Math.max(start, done), end})
  }
  return parts
}

/**
 * The chains of a text without their separators, with a gap where anything else stood, in steps; undefined where there are
 * none. `breaks`: ascending places among which are those where separators begin. `edits`: only chains that one of them touches.
 */
export function* joinedChains(
  text: string,
  breaks: ArrayLike<number>,
  {separator, begins, holds, within}: Chain,
  edits?: readonly Edit[],
): Generator<undefined, Rewritten | undefined> {
  const rewriter = createRewriter(text)
  const n = text.length
  /** The end of a separator that stands between two words. */
  const separatorEnd = (at: number): number => {
    if (at >= n || !has(begins, text, at)) return -1
    separator.lastIndex = at
    return separator.test(text) && has(holds, text, separator.lastIndex) ? separator.lastIndex : -1
  }
  const isSelected = (start: number, last: number): boolean => edits === undefined || isTouched(edits, start, last)
  let end = 0
  let from = 0
  for (const part of edits === undefined ? [{start: 0, end: n}] : besideEdits(text, edits, within)) {
    for (let i = part.start === 0 ? 0 : countBelow(breaks, part.start); i < breaks.length; i++) {
      if (i % PLACES === PLACES - 1) yield
      const first = breaks[i] ?? 0
      if (first >= part.end) break
      if (first <= from || !has(begins, text, first) || !has(holds, text, first - 1)) continue
      let next = separatorEnd(first)
      if (next < 0) continue
      let start = first - 1
      while (start > from && holds[Math.min(text.charCodeAt(start - 1), LAST)] === 1) start--
      const cuts: number[] = []
      for (let at = first; next >= 0; next = separatorEnd(at)) {
        cuts.push(at, next)
        if (cuts.length % PLACES === 0) yield
        at = next
        while (at < n && holds[Math.min(text.charCodeAt(at), LAST)] === 1) at++
        from = at
      }
      if (from - start < MIN_PIECE || !isSelected(start, from)) continue
      if (start > end) rewriter.replace(end, start, GAP)
      for (let k = 0; k < cuts.length; k += 2) {
        rewriter.replace(cuts[k] ?? 0, cuts[k + 1] ?? 0, '')
        if (k % PLACES === PLACES - 2) yield
      }
      end = from
    }
  }
  if (end === 0) return undefined
  if (end < n) rewriter.replace(end, n, GAP)
  return rewriter.done()
}
