// The one way to match configurable expressions against traffic: RE2 syntax, linear time, two engines behind one
// interface. Everything outside this folder sees a pattern accepted by both engines or by none.
import {fallbackEngine} from './fallback.js'
import type {Matcher, RegexEngine} from './matcher.js'
import {loadNativeEngine} from './native.js'
import {checkPattern} from './syntax.js'
import {errorText} from '../error-text.js'

export type {EngineName, Matcher, RegexEngine, Span} from './matcher.js'

export class PatternError extends Error {}

/**
 * The native engine where it loads, else the portable one; `choice` (PIPELOCK_REGEX) names one. The built-in RegExp is
 * never a fallback: it backtracks.
 */
export function openEngine(choice?: string): RegexEngine {
  if (choice === 're2js') return fallbackEngine
  if (choice !== undefined && choice !== '' && choice !== 're2') {
    throw new PatternError(`unknown regular expression engine ${JSON.stringify(choice)}: use re2 or re2js`)
  }
  const native = loadNativeEngine()
  if (native !== undefined) return native
  if (choice === 're2') throw new PatternError('the native regular expression engine is not installed')
  return fallbackEngine
}

/** Compiles an operator's expression, case-insensitive unless it says otherwise. */
export function compilePattern(engine: RegexEngine, source: string): Matcher {
  const problem = checkPattern(source)
  if (problem !== undefined) throw new PatternError(problem)
  try {
    // The portable engine is always present, so what it refuses is refused everywhere.
    if (engine !== fallbackEngine) fallbackEngine.compile(withCaseFolding(source))
    return engine.compile(withCaseFolding(source))
  } catch (error) {
    throw new PatternError(errorText(error))
  }
}

/**
 * An expression of this program, compiled when it is first tried: most are never tried in the life of a process. That both
 * engines accept it is proved by the tests, not at every start.
 */
export function ownPattern(engine: RegexEngine, source: string): Matcher {
  let compiled: Matcher | undefined
  const matcher = (): Matcher => (compiled ??= engine.compile(withCaseFolding(source)))
  return {
    source,
    exec: (text, from) => matcher().exec(text, from),
    groups: (text, from) => matcher().groups(text, from),
  }
}

/** Matching ignores case; a leading `(?i)` is not repeated. */
export function withCaseFolding(source: string): string {
  return /^\(\?[a-zA-Z]*i[a-zA-Z]*\)/.test(source) ? source : `(?i)${source}`
}
