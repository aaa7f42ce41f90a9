// A text without the tags and comments of markup: what a reader sees as one word or one sentence may have tags inside, one around
// each letter even. No parser, so that no page is too broken; linear.
import {createRewriter, type Rewritten} from './rewritten.js'

/** Elements that stand apart from what is before and after them. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body center details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 head ' +
    'header hr html main nav ol p pre section summary table tbody thead tfoot title ul'
  ).split(' '),
)
/** Elements that are words or items of the same sentence. */
const PARTS = new Set('br button caption dd dt figcaption img input label li option td text th tr tspan'.split(' '))
/** What a word or an escape may be made of. */
export const WORD = '[A-Za-z0-9_+/%&\\\\\\u0080-\\uffff-]'
const BEGINS = /<(?=[a-zA-Z/!?])/g
const TAG = /<\/?([a-z][a-z0-9]*)/iy

/** Tags of nothing but letters of one word, directly between two of its letters. */
const IN_WORD = new RegExp(
  `${WORD}(?:<(?!/?(?:${[...BLOCKS, ...PARTS].join('|')})(?![a-z0-9]))[a-z/!?][^<]*>)+${WORD}`,
  'i',
)

/** Whether a word would be put together where tags are; says no only where none would. */
export function hasTagsInWords(text: string): boolean {
  return IN_WORD.test(text)
}

/** undefined where there are no tags. */
export function withoutMarkup(text: string): Rewritten | undefined {
  const rewriter = createRewriter(text)
  BEGINS.lastIndex = 0
  for (let match = BEGINS.exec(text); match !== null; match = BEGINS.exec(text)) {
    const end = markEnd(text, match.index)
    // without an end nobody knows how much it hides
    if (end < 0) break
    const by = standsFor(text, match.index)
    // a line end between two cells is one of the source, not of the table
    const next = by === ' ' ? spaceEnd(text, end) : end
    rewriter.replace(match.index, next, by)
    BEGINS.lastIndex = next
  }
  const done = rewriter.done()
  return done.edits.length === 0 ? undefined : done
}

/** Where the mark that begins here ends; -1 where it has no end. */
function markEnd(text: string, at: number): number {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4)
  if (text.startsWith('<![CDATA[', at)) return at + 9
  return after(text, '>', at + 1)
}

function after(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from)
  return at < 0 ? -1 : at + sign.length
}

function spaceEnd(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 0x20) at++
  return at
}

function standsFor(text: string, at: number): string {
  TAG.lastIndex = at
  const name = TAG.exec(text)?.[1]?.toLowerCase() ?? ''
  return BLOCKS.has(name) ? '\n\n' : PARTS.has(name) ? ' ' : ''
}
