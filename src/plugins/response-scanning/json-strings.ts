// The strings of a JSON answer, joined in document order: a phrase may stand inside escapes, or be divided between two of
// them. Places in the joined text lead back to whole string tokens, so that the answer stays JSON.
import {countUpTo} from '../../lib/sorted.js'
import {JsonFault} from '../../lib/json/reader.js'
import {takeJsonTexts, type JsonText} from '../../lib/json/texts.js'
import {joinSteps, LongList} from '../../lib/long-lists.js'

/** Deeper nesting is nothing that a client reads, and a way to hide from whoever walks it. */
export const MAX_DEPTH = 256

export interface JsonStrings {
  readonly joined: string
  /** Members of lists put together with nothing between: words that were cut into letters or halves. */
  readonly lists: string
  /** The values without the names between them, a long one by its ends; "" where they stand together anyway. */
  readonly values: string
  /** UTF-16 spans in the source, quotes left out, of the tokens that a span of `joined` touches. */
  places(start: number, end: number): readonly {readonly start: number; readonly end: number}[]
}

/** undefined where the text is no JSON. */
export function* jsonStrings(source: string): Generator<undefined, JsonStrings | 'too_deep' | undefined> {
  const texts = new LongList<JsonText>()
  try {
    yield* takeJsonTexts(withoutMarks(source), {maxDepth: MAX_DEPTH, sequence: true}, (text) => {
      if (text.role === 'string' || text.role === 'key') texts.push(text)
    })
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return error.kind === 'depth' ? 'too_deep' : undefined
  }
  yield
  // of fixed size: a list of a million that grows is copied again and again, each time in one turn
  const starts = new Float64Array(texts.length)
  const joined: string[] = []
  const values: string[] = []
  const lists = new Lists()
  let valueCount = 0
  let named = false
  let length = 0
  for (let from = 0; from < texts.length; from += STEP) {
    if (from > 0) yield
    const pieces: string[] = []
    const pieceValues: string[] = []
    for (const [i, one] of texts.slice(from, from + STEP).entries()) {
      starts[from + i] = length
      length += one.text.length + 1
      pieces.push(one.text)
      lists.add(one)
      if (one.role === 'key') named = true
      else if (one.text !== '') pieceValues.push(ends(one.text))
    }
    joined.push(pieces.join('\n'))
    if (pieceValues.length > 0) values.push(pieceValues.join('\n'))
    valueCount += pieceValues.length
  }
  yield
  return {
    lists: yield* lists.text(),
    values: named && valueCount > 1 ? yield* joinSteps(values, '\n') : '',
    joined: joined.join('\n'),
    places(start, end) {
      const results: {start: number; end: number}[] = []
      for (let i = Math.max(0, countUpTo(starts, start) - 1); i < texts.length; i++) {
        const at = starts[i] ?? 0
        const token = texts.at(i)
        if (!token || at >= end) break
        if (at + token.text.length > start) results.push({start: token.start + 1, end: token.end - 1})
      }
      return results
    },
  }
}

/** The marks in front of the records of RFC 7464 as spaces, so that places stay. */
export function withoutMarks(source: string): string {
  return source.includes('\x1e') ? source.replaceAll('\x1e', ' ') : source
}

/** Of a phrase that is cut in two at most so much stands in one value. */
const PHRASE = 80

function ends(text: string): string {
  return text.length <= 2 * PHRASE ? text : `${text.slice(0, PHRASE)}\n\n${text.slice(-PHRASE)}`
}

/** Texts between two pauses. */
const STEP = 8_192

/** Strings with no name between them, two or more at a time. */
class Lists {
  readonly #lists = new LongList<string>()
  #run: string[] = []
  /** The beginning of a long run, joined. */
  readonly #begun: string[] = []

  add({role, text}: JsonText): void {
    if (role === 'key') this.#end()
    else this.#run.push(text)
    if (this.#run.length < STEP) return
    this.#begun.push(this.#run.join(''))
    this.#run = []
  }

  *text(): Generator<undefined, string> {
    this.#end()
    return yield* joinSteps(this.#lists, '')
  }

  #end(): void {
    if (this.#begun.length > 0 || this.#run.length > 1) {
      this.#lists.push(this.#begun.join('') + this.#run.join(''))
      this.#lists.push('\n')
    }
    this.#run = []
    this.#begun.length = 0
  }
}
