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

/**
 * Folded only, with the places from which the parts came. An ASCII character never combines with what stands before it: a
 * run of others, with the one that it may combine with, is normalised by itself.
 */
export function foldForDlp(text: string): Rewritten {
  const rewriter = makeRewriter(text)
  const n = text.length
  for (let at = 0; at < n; at++) {
    if (text.charCodeAt(at) < 0x80) continue
    // an island: with the ASCII character before it
    const start = at > 0 && text.charCodeAt(at - 1) < 0x80 ? at - 1 : at
    let isDropped = true
    let c = text.charCodeAt(at)
    const first = at
    for (; c >= 0x80; c = ++at < n ? text.charCodeAt(at) : 0) isDropped &&= isDeleted(c)
    const island = text.slice(start, at)
    const by = isDropped ? text.slice(start, first) : fold(island)
    if (by !== island) rewriter.replace(start, at, by)
  }
  return rewriter.done()
}

const UNKNOWN = 0
const DELETED = 1
const KEPT = 2
/** What becomes of a UTF-16 unit, as it is asked. */
const units = new Uint8Array(0x10000)

/** Whether a character of one unit is deleted whatever stands beside it. */
function isDeleted(c: number): boolean {
  const known = units[c]
  if (known !== UNKNOWN) return known === DELETED
  const is = (c < 0xd800 || c > 0xdfff) && fold(String.fromCharCode(c)) === ''
  units[c] = is ? DELETED : KEPT
  return is
}

/** The same with every control character as a space of its own, so that offsets stay. */
export function lineForDlp(text: string): Rewritten {
  if (PLAIN.test(text)) return {text, edits: []}
  const folded = foldForDlp(text)
  return {text: folded.text.replace(CONTROLS, ' '), edits: folded.edits}
}
