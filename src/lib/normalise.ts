// The normal form in which credentials are looked for (scanning §4.2, pipeline DLP): invisible characters and exotic white
// space deleted before NFKC (which would turn them into spaces that break a token), look-alikes folded, marks stripped.
// Printable ASCII is its own normal form.
import {foldConfusables} from './confusables.js'

export interface NormalText {
  /** Line ends, tabs and other controls as one space. */
  readonly line: string
  /** Controls deleted; the same string when there are none. */
  readonly joined: string
}

const PLAIN = /^[\x20-\x7e]*$/
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g
const CONTROL_RUN = /[\x00-\x1f\x7f-\x9f]+/g
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu
const EXOTIC_SPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\ufffc]/g
const MARKS = /(?![\u3099\u309a])\p{Mn}/gu

export function normaliseForDlp(text: string): NormalText {
  if (PLAIN.test(text)) return {line: text, joined: text}
  const visible = text.replace(INVISIBLE, '').replace(EXOTIC_SPACE, '')
  const folded = foldConfusables(visible.normalize('NFKC')).normalize('NFD').replace(MARKS, '').normalize('NFC')
  const line = folded.replace(CONTROL_RUN, ' ')
  return {line, joined: line === folded ? folded : folded.replace(CONTROLS, '')}
}
