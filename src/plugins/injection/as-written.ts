// A hit whose words are spelled as the phrase has them: nothing was folded to find it, and only what stands between its
// letters is unusual, such as marks of quotation, bars of a table or a space after each letter.
import type {Span} from '../../lib/regex/engine.js'
import type {Group} from './render.js'

/** What no phrase goes across: an empty line. */
const PARAGRAPH = /\n[ \t]*\n/
/** A sentence ends, unless a word continues or a path begins. */
const SENTENCE_END = /[.!?\n](?![\w\u0080-\uffff]|[/~$.])/
/** A line of a quotation or a comment continues in the next. */
const LEADER = /\n[ \t]*(?:>+|\/{2,3}|#+|--|;+|%+)[ \t]+/g

/**
 * Whether a hit on the letters of a text is held to what it is held to in plain text: its gaps are no wider and go across no
 * more. Spans of the groups are in the letters, `offsets` lead into the text.
 */
export function isAsWritten(
  text: string,
  offsets: Uint32Array,
  spans: readonly (Span | undefined)[],
  groups: readonly Group[],
): boolean {
  const [whole] = spans
  if (whole === undefined) return false
  // one sign more or less is what tells a token of a model from a name
  if (!groups.some(({kind}) => kind === 'joint' || kind === 'gap')) return false
  if (PARAGRAPH.test(text.slice(offsets[whole.start], offsets[whole.end - 1]))) return false
  return groups.every((group, i) => {
    const span = spans[i + 1]
    if (span === undefined || group.kind !== 'gap') return true
    const from = span.start === 0 ? 0 : (offsets[span.start - 1] ?? 0) + 1
    const gap = text.slice(from, offsets[span.end]).replace(LEADER, ' ')
    if (gap.length > group.max + 2) return false
    // what comes straight before a word belongs to it
    return group.gap === 'any' || !(group.gap === 'line' ? /\n/ : SENTENCE_END).test(gap.slice(0, -1))
  })
}
