// The forms of a text in which what stands between its pieces is deleted: line ends between words, dots inside them, quotes
// between string literals; and the one in which controls are spaces.
import {createRewriter, type Edit} from '../../lib/text/rewritten.js'
import {FLAG} from './byte-kinds.js'
import {joinedChains, oneOf, type Chain} from './chains.js'

const CONTROL = /[\x00-\x1f\x7f-\x9f]/g
const CONTROL_RUN = /[\x00-\x1f\x7f-\x9f]+/g

/** Those of the sweep, and C1 controls, which are rare enough to look for. */
export function allFlags(text: string, flags: number): number {
  return flags & FLAG.beyond && /[\x80-\x9f]/.test(text) ? flags | FLAG.control | FLAG.unseen : flags
}

/** With controls as spaces. */
export function lineOf(text: string, flags: number): string {
  return allFlags(text, flags) & FLAG.control ? text.replace(CONTROL, ' ') : text
}

export interface Joined {
  readonly made: {readonly text: string; readonly edits: readonly Edit[]}
  readonly original: string
  readonly encoding: '' | 'subdomain' | 'concat'
}

const WORDS: Chain = {
  separator: /[\t\n\r]+/y,
  begins: oneOf(/[\t\n\r]/),
  holds: oneOf(/[^\x00-\x20\x7f-\x9f]/),
  within: oneOf(/[^\x00-\x08\x0b\x0c\x0e-\x20\x7f-\x9f]/),
}
const DOTTED: Chain = {
  separator: /\.+/y,
  begins: oneOf(/\./),
  holds: oneOf(/[A-Za-z0-9_+/=-]/),
  within: oneOf(/[A-Za-z0-9_.+/=-]/),
}
/** String literals that a program puts together, and neighbours in a list. */
const LITERALS: Chain = {
  separator: /["'`]\s{0,8}[+.,&]?\s{0,8}["'`]/y,
  begins: oneOf(/["'`]/),
  holds: oneOf(/[A-Za-z0-9_./+=-]/),
  // white space stands beyond Latin letters, too
  within: oneOf(/[A-Za-z0-9_./+=,&\s"'`\u0100-]/),
}

export interface KnownForms {
  readonly flags: number
  readonly breaks: Int32Array
  /** How the text was made from one whose chains were joined: only those that are touched are joined again. */
  readonly edits: readonly Edit[] | undefined
}

/** In steps: undefined is a pause. */
export function* withoutSeparators(
  text: string,
  {flags, breaks, edits}: KnownForms,
): Generator<Joined | undefined, undefined> {
  const isUnseen = (flags & FLAG.unseen) !== 0
  if (flags & FLAG.control) {
    // between words only tokens run on; other controls may stand inside anything
    const made = yield* isUnseen ? deleted(text, CONTROL_RUN) : joinedChains(text, breaks, WORDS, edits)
    if (made !== undefined) yield {made, original: text, encoding: ''}
  }
  if (flags & FLAG.dotted) {
    const made = yield* joinedChains(text, breaks, DOTTED, edits)
    if (made !== undefined) yield {made, original: text, encoding: 'subdomain'}
  }
  if (flags & FLAG.quote) {
    const line = isUnseen ? text.replace(CONTROL, ' ') : text
    const made = yield* joinedChains(line, breaks, LITERALS, edits)
    if (made !== undefined) yield {made, original: line, encoding: 'concat'}
  }
  return undefined
}

/** Runs that are deleted between two pauses. */
const DELETED = 4_096

function* deleted(text: string, separators: RegExp): Generator<undefined, Joined['made']> {
  const rewriter = createRewriter(text)
  let count = 0
  for (const match of text.matchAll(separators)) {
    rewriter.replace(match.index, match.index + match[0].length, '')
    if (++count % DELETED === 0) yield
  }
  return rewriter.done()
}
