// The operator's own patterns for answers: expressions as they were written, matched without regard to case in
// the normal form of a text, with invisible characters taken out and as spaces, and in whatever is decoded from it. No other
// folding is theirs: what an expression means with other letters nobody has said.
import {originalSpan, type MatchingText} from './matching-text.js'
import {nearest} from '../../lib/nearest.js'
import {compilePattern, PatternError, type Matcher, type RegexEngine} from '../../lib/regex/engine.js'
import {largestRepeat} from '../../lib/regex/syntax.js'
import {excerpt, type Match, type Judgement} from './passes.js'
import type {Thresholds} from './classifier/classifier.js'
import {LEARNED} from './learned.js'
import {RULES} from './rules.js'

/** What scanning takes from the section `response_scanning`. */
export interface OwnRules {
  /** false: only the core floor applies. */
  readonly enabled?: boolean
  /** undefined: rules alone. */
  readonly classifier?: Thresholds & {readonly enabled: boolean}
  readonly include_defaults: boolean
  readonly patterns: readonly {readonly name: string; readonly regex: string}[]
  readonly core_observe_exceptions: readonly {readonly pattern: string}[]
}

export interface OwnPattern {
  readonly matcher: Matcher
  /** A match may be of any length. */
  readonly unbounded: boolean
  /** Some texts hold it up; told by measuring. */
  readonly slow: boolean
  readonly as: Match['phrase']
}

/** `isSlow` is asked about each expression once. */
export function compileOwn(
  {patterns}: Pick<OwnRules, 'patterns'>,
  engine: RegexEngine,
  isSlow: (matcher: Matcher, i: number) => boolean = () => false,
): readonly OwnPattern[] {
  return patterns.map(({name, regex}, i) => {
    const matcher = compilePattern(engine, regex)
    return {
      matcher,
      unbounded: largestRepeat(regex) === Infinity,
      slow: isSlow(matcher, i),
      as: {rule: name, order: RULES.length + i, core: false, mentionable: false},
    }
  })
}

export interface Problem {
  readonly field: string
  readonly message: string
}

/** What is wrong with the section, each with the field that says it. */
export function checkOwn(section: OwnRules, engine: RegexEngine): readonly Problem[] {
  const problems: Problem[] = []
  const visited = new Set<string>()
  for (const [i, {name, regex}] of section.patterns.entries()) {
    const field = `response_scanning.patterns[${i}]`
    if (visited.has(name)) problems.push({field: `${field}.name`, message: `${JSON.stringify(name)} is used twice`})
    visited.add(name)
    try {
      if (compilePattern(engine, regex).exec('', 0) !== undefined) {
        problems.push({
          field: `${field}.regex`,
          message: `${JSON.stringify(name)}: matches the empty text, and with it every response; make it require a character`,
        })
      }
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      problems.push({
        field: `${field}.regex`,
        message: `${JSON.stringify(name)}: ${error.message}; the syntax is that of RE2`,
      })
    }
  }
  const known = [...RULES.map(({name}) => name), LEARNED]
  for (const [i, {pattern}] of section.core_observe_exceptions.entries()) {
    if (known.includes(pattern)) continue
    const near = nearest(pattern, known)
    problems.push({
      field: `response_scanning.core_observe_exceptions[${i}].pattern`,
      message: `no built-in rule is called ${JSON.stringify(pattern)}${near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`}`,
    })
  }
  return problems
}

/** Adds what the patterns find in a reading. */
export function judgeOwn(patterns: readonly OwnPattern[], judgement: Judgement, matches: Match[]): void {
  if (patterns.length === 0) return
  const words = judgement.views.words()
  for (const pattern of patterns) {
    find(pattern, judgement.views.primary, judgement, matches)
    if (words !== undefined) find(pattern, words, judgement, matches)
  }
}

function find(
  {matcher, unbounded, slow, as: phrase}: OwnPattern,
  view: MatchingText,
  {reading, as, work}: Judgement,
  matches: Match[],
): void {
  for (let from = 0; from <= view.text.length && work.left >= 0;) {
    const rest = view.text.length - from
    if (slow) work.slow -= rest
    if (work.slow < 0) {
      work.left = -1
      return
    }
    const match = matcher.exec(view.text, from)
    // a match without an end may have cost a look at all that follows it
    work.left -= match === undefined || unbounded ? rest : match.end - from
    if (match === undefined) return
    const place = originalSpan(view, match.start, match.end)
    matches.push({
      phrase,
      pass: as ?? 'primary',
      informational: false,
      ...reading.place(place.start, place.end),
      text: excerpt(view.text, match.start, match.end),
    })
    from = Math.max(match.end, match.start + 1)
  }
}
