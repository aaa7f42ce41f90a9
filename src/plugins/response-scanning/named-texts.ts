// The texts of JSON values by the names that they stand under: what a stream of them says is heard member by member, and all
// in a row. Bounded; never throws.
import {JsonFault} from '../../lib/json/reader.js'
import {takeJsonTexts} from '../../lib/json/texts.js'
import {MAX_DEPTH, withoutMarks} from './json-strings.js'

/** Names that are followed at once; the texts of others are only in the row of all. */
const MAX_NAMES = 64
/** Every string and name in a row. */
export const ALL = '\0all'
/** What is no JSON, as it stands. */
export const RAW = '\0raw'

export function* namedTexts(text: string): Generator<undefined, ReadonlyMap<string, readonly string[]>> {
  const named = new Map<string, string[]>()
  if (text.trim() === '') return named
  const all: string[] = []
  named.set(ALL, all)
  try {
    yield* takeJsonTexts(withoutMarks(text), {maxDepth: MAX_DEPTH, sequence: true}, ({role, text: value, under}) => {
      if ((role !== 'string' && role !== 'key') || value === '') return
      all.push(value)
      if (role === 'key') return
      const values = named.get(under)
      if (values) values.push(value)
      else if (named.size <= MAX_NAMES) named.set(under, [value])
    })
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    return new Map([[RAW, [text]]])
  }
  return named
}
