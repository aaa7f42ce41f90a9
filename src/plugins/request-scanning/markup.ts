// The text of XML or HTML between its tags, for inspection: a secret or a phrase may have tags inside. No parser, so that
// no document is too broken to be inspected; one linear pass.
import {joinSteps, LongList} from '../../lib/long-lists.js'
import {atOnce} from '../../lib/slices.js'

/** Tags, comments and CDATA marks taken out and replaced by `by`. undefined: there are none. */
export function withoutTags(text: string, by: '' | ' '): string | undefined {
  return atOnce(withoutTagsSteps(text, by))
}

/** Tags between two pauses. */
const STEP = 8_192

export function* withoutTagsSteps(text: string, by: '' | ' '): Generator<undefined, string | undefined> {
  if (!text.includes('<')) return undefined
  const parts = new LongList<string>()
  let from = 0
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', from)) {
    const end = markEnd(text, at)
    if (end < 0) break
    parts.push(text.slice(from, at))
    from = end
    if (parts.length % STEP === 0) yield
  }
  if (parts.length === 0) return undefined
  parts.push(text.slice(from))
  return (yield* joinSteps(parts, by)).replaceAll(']]>', by)
}

function markEnd(text: string, at: number): number {
  if (text.startsWith('<![CDATA[', at)) return at + 9
  if (text.startsWith('<!--', at)) {
    const end = text.indexOf('-->', at + 4)
    // without an end nobody knows how much it hides
    return end < 0 ? -1 : end + 3
  }
  const end = text.indexOf('>', at)
  return end < 0 ? -1 : end + 1
}
