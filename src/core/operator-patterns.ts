// The operator's patterns of values that are regulated, sensitive or private, on the one linear-time engine: whoever sends the
// requests chooses the texts that they are tried on.
import {decodePercent} from '../lib/decode.js'
import {compilePattern, PatternError, type Matcher, type RegexEngine} from '../lib/regex/engine.js'

export interface PatternProblem {
  readonly field: string
  readonly message: string
}

/** The invalid expressions of a list, each with its place in the configuration. */
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
export type TextTest = (text: string) => boolean

/** Opens the engine only where there are patterns. */
export function anyOf(sources: readonly string[], engine: () => RegexEngine): TextTest {
  if (sources.length === 0) return () => false
  const opened = engine()
  const matchers = sources.map((source) => compilePattern(opened, source))
  return (text) => {
    if (text === '') return false
    if (matchesAny(matchers, text)) return true
    const decoded = decodePercent(text, true).text
    return decoded !== text && matchesAny(matchers, decoded)
  }
}

function matchesAny(matchers: readonly Matcher[], text: string): boolean {
  return matchers.some((matcher) => matcher.exec(text, 0) !== undefined)
}
