// The words of a page without its tags: what a reader sees as one word or one sentence may have tags inside, one around each
// letter even. No parser, so that no page is too broken; linear.
import {createRewriter, sourceSpan} from '../../lib/text/rewritten.js'
import type {Reading} from './decoded.js'

/** Elements that stand apart from what is before and after them. */
const BLOCKS = new Set(
  (
    'address article aside blockquote body center details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 head ' +
    'header hr html main nav ol p pre section summary table tbody thead tfoot title ul'
  ).split(' '),
)
/** Elements that are words or items of the same sentence. */
const PARTS = new Set('br button caption dd dt figcaption img input label li option td text th tr tspan'.split(' '))
const TAG = /<\/?([a-z][a-z0-9]*)/iy
const LIKE_TAG = /<[a-z/!?]/i

/** undefined where there are no tags. */
export function withoutMarkup(reading: Reading): Reading | undefined {
  const {text} = reading
  if (!LIKE_TAG.test(text)) return undefined
  const rewriter = createRewriter(text)
  for (let at = text.indexOf('<'); at >= 0;) {
    const end = markEnd(text, at)
    // without an end nobody knows how much it hides
    if (end < 0) break
    let next = at + 1
    if (end > at) {
      const by = standsFor(text, at)
      // a line end between two cells is one of the source, not of the table
      next = by === ' ' ? spaceEnd(text, end) : end
      rewriter.replace(at, next, by)
    }
    at = text.indexOf('<', next)
  }
  const {text: bare, edits} = rewriter.done()
  if (edits.length === 0) return undefined
  return {
    text: bare,
    place(start, end) {
      const place = sourceSpan(edits, start, end)
      return reading.place(place.start, place.end)
    },
  }
}

/** Where the mark that begins here ends; its beginning where there is none, -1 where it has no end. */
function markEnd(text: string, at: number): number {
  if (text.startsWith('<!--', at)) return after(text, '-->', at + 4)
  if (text.startsWith('<![CDATA[', at)) return at + 9
  return LIKE_TAG.test(text.slice(at, at + 2)) ? after(text, '>', at + 1) : at
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
