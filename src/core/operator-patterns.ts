// The operator's patterns of what must not be learned (learn §5.2), on the one linear-time engine: what they are tried on is
// chosen by whoever sends the requests.
import {decodePercent} from '../../../lib/decode.js'
import {compilePattern, PatternError, type Matcher, type RegexEngine} from '../../../lib/regex/engine.js'

export interface PatternProblem {
  readonly field: string
  readonly message: string
}

/** What is wrong with the expressions of a list, each with its place in the configuration. */
export function patternProblems(
  field: string,
  sources: readonly string[],
  at: (index: number) => string,
  engine: RegexEngine,
): readonly PatternProblem[] {
  return sources.flatMap((source, i) => {
    try {
      compilePattern(engine, source)
      return []
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      return [{field: `${field}${at(i)}`, message: `${JSON.stringify(source.slice(0, 80))}: ${error.message}`}]
    }
  })
}

/** True when a text matches, as written or with its percent escapes undone. */
export type Hits = (text: string) => boolean

export function matcherOf(sources: readonly string[], engine: () => RegexEngine): Hits {
  if (sources.length === 0) return () => false
  const opened = engine()
  const matchers = sources.map((source) => compilePattern(opened, source))
  return (text) => {
    if (text === '') return false
    if (hits(matchers, text)) return true
    const decoded = decodePercent(text, true).text
    return decoded !== text && hits(matchers, decoded)
  }
}

function hits(matchers: readonly Matcher[], text: string): boolean {
  return matchers.some((matcher) => matcher.exec(text, 0) !== undefined)
}
