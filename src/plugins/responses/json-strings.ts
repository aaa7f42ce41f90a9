// The strings of a JSON answer, joined in document order: a phrase may stand inside escapes, or be divided between two of
// them (scanning §7.1). Places in the joined text lead back to whole string tokens, so that the answer stays JSON.
import {JsonFault} from '../../lib/json/reader.js'
import {jsonTextSteps, type JsonText} from '../../lib/json/texts.js'

/** Deeper nesting is nothing that a client reads, and a way to hide from whoever walks it. */
const MAX_DEPTH = 256

export interface JsonStrings {
  readonly joined: string
  /** Members of lists put together with nothing between: words that were cut into letters or halves. */
  readonly lists: string
  /** UTF-16 spans in the source, quotes left out, of the tokens that a span of `joined` touches. */
  places(start: number, end: number): readonly {readonly start: number; readonly end: number}[]
}

/** undefined where the text is no JSON. */
export function* jsonStrings(source: string): Generator<undefined, JsonStrings | 'too_deep' | undefined> {
  let texts: readonly JsonText[]
  try {
    texts = yield* jsonTextSteps(source, {maxDepth: MAX_DEPTH, sequence: true})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return error.kind === 'depth' ? 'too_deep' : undefined
  }
  const strings = texts.filter(({role}) => role === 'string' || role === 'key')
  const starts: number[] = []
  let length = 0
  for (const {text} of strings) {
    starts.push(length)
    length += text.length + 1
  }
  return {
    lists: listsOf(strings),
    joined: strings.map(({text}) => text).join('\n'),
    places(start, end) {
      const found: {start: number; end: number}[] = []
      for (let i = lastAtOrBefore(starts, start); i < strings.length; i++) {
        const at = starts[i] ?? 0
        const token = strings[i]
        if (!token || at >= end) break
        if (at + token.text.length > start) found.push({start: token.start + 1, end: token.end - 1})
      }
      return found
    },
  }
}

/** Strings with no name between them, two or more at a time. */
function listsOf(strings: readonly JsonText[]): string {
  let out = ''
  let run = ''
  let members = 0
  const end = (): void => {
    if (members > 1) out += `${run}\n`
    run = ''
    members = 0
  }
  for (const {role, text} of strings) {
    if (role === 'key') end()
    else {
      run += text
      members++
    }
  }
  end()
  return out
}

function lastAtOrBefore(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}
