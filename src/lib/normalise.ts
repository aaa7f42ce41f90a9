// The normal form in which credentials are looked for (scanning §4.2, pipeline DLP): invisible characters and exotic white
// space deleted before NFKC (which would turn them into spaces that break a token), look-alikes folded, marks stripped.
// Printable ASCII is its own normal form.
import {foldConfusables} from './confusables.js'
import {makeRewriter, type Rewritten} from './rewritten.js'

export interface NormalText {
  /** Line ends, tabs and other controls as one space. */
  readonly line: string
  /** Controls deleted; the same string when there are none. */
  readonly joined: string
}

const PLAIN = /^[\x20-\x7e]*$/
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g
const CONTROL_RUN = /[\x00-\x1f\x7f-\x9f]+/g
export const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
export const EXOTIC_SPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\ufffc]/g
const MARKS = /(?![\u3099\u309a])\p{Mn}/gu
// An ASCII character never combines with what stands before it: a run of others, with the one that it may combine with,
// is normalised by itself.
const ISLANDS = /[\x00-\x7f]?[^\x00-\x7f]+/g

export function normaliseForDlp(text: string): NormalText {
  if (PLAIN.test(text)) return {line: text, joined: text}
  const folded = fold(text)
  const line = folded.replace(CONTROL_RUN, ' ')
  return {line, joined: line === folded ? folded : folded.replace(CONTROLS, '')}
}

function fold(text: string): string {
  const visible = text.replace(INVISIBLE, '').replace(EXOTIC_SPACE, '')
  if (PLAIN.test(visible)) return visible
  return foldConfusables(visible.normalize('NFKC')).normalize('NFD').replace(MARKS, '').normalize('NFC')
}

/** Folded only, with the places from which the parts came. */
export function foldForDlp(text: string): Rewritten {
  const rewriter = makeRewriter(text)
  ISLANDS.lastIndex = 0
  for (let hit = ISLANDS.exec(text); hit !== null; hit = ISLANDS.exec(text)) {
    const [island] = hit
    const by = fold(island)
    if (by !== island) rewriter.replace(hit.index, hit.index + island.length, by)
  }
  return rewriter.done()
}

/** The same with every control character as a space of its own, so that offsets stay. */
export function lineForDlp(text: string): Rewritten {
  if (PLAIN.test(text)) return {text, edits: []}
  const folded = foldForDlp(text)
  return {text: folded.text.replace(CONTROLS, ' '), edits: folded.edits}
}
