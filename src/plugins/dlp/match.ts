// The exact judgement of one rule at the places where the sweep says that it may stand: grammar, boundaries, validator.
// Every place is tried, so that a decoy in front does not shadow a real secret; the number of decoys is
// bounded and exhausting it is a finding.
import {SLOW_CHARACTERS} from '../../lib/regex/cost.js'
import type {Span} from '../../lib/regex/engine.js'
import type {Walk} from '../../lib/regex/one-pass.js'
import {is, leftEdge, rightEdge, SEGMENT, standsApart, worthOf} from './edges.js'
import {isWholeInNoise, noiseAround} from './noise.js'
import {isDistinctive} from './rebuilt.js'
import type {Rule} from './rules.js'
import {namesId} from './signed-token.js'
import {holds, isPossibleIn, namesHash} from './validators.js'

/** A text in which rules are looked for. */
export interface View {
  readonly text: string
  /** Offsets before which a separator was removed: there alone is a missing boundary manufactured. */
  readonly seams?: Pick<ReadonlySet<number>, 'has'>
  /** The same with its line ends, where `text` has spaces instead. */
  readonly lines?: string
  /** The text is (part of) the host name: then not even the host may be echoed. */
  readonly inHost?: true
  /** The text is the URL as a whole: host and path together. */
  readonly whole?: true
  /** Put together from what need not belong together: numbers, names and their values do not count. */
  readonly tokensOnly?: true
  /** What the view is, in words. */
  readonly name?: string
  /** The name under which the text stands as a value. */
  readonly key?: string
  /** How the text came about, where it could spell anything. */
  readonly limit?: Limit
}

/**
 * `codes`: numbers read as characters, in which known values, the rules of the floor and what has the sign of its issuer count.
 * `rebuilt`: put together from pieces, where the rules of the floor need their sign, too.
 */
export type Limit = 'codes' | 'rebuilt'

/** What is left for one scan; shared by all rules and views. */
export interface Budget {
  /** Places that may still be tried in vain. Below zero they are used up. */
  tries: number
  /** Finds that may be taken for chance, in the middle of noise; what comes after them counts. */
  chances: number
  /** Characters that expressions without an end may look through again, after a match in vain. */
  reach: number
  /** Characters for expressions that were found to be slow. */
  slow: number
}

const MAX_TRIES = 2000
const MAX_CHANCES = 4
const MAX_REACH = 1 << 24

/** Linear in the length of all inspected texts. */
export function matchBudget(length: number): Budget {
  return {
    tries: MAX_TRIES + (length >> 4),
    chances: MAX_CHANCES + (length >> 18),
    reach: MAX_REACH + 256 * length,
    slow: SLOW_CHARACTERS,
  }
}

export interface Standing extends Span {
  readonly informational: boolean
}

/** Every place of a view where a rule stands, from left to right. `places`: where the sweep saw its literals and runs. */
export function* matchesOf(
  rule: Rule,
  given: View,
  places: readonly number[],
  budget: Budget,
): Generator<Standing, undefined> {
  const {walk, check} = rule
  const view = rule.isNumber && given.lines !== undefined ? {...given, text: given.lines} : given
  if (check !== undefined && !isPossibleIn(check, view.text)) return
  // what is known by its form alone is manufactured where separators are deleted
  if (check === 'vendorToken' && (view.seams !== undefined || view.inHost || view.tokensOnly)) return
  if (walk === undefined) return yield* searched(rule, view, places[0] ?? 0, budget)
  for (const place of places) {
    if (rule.starts === 'segment') {
      for (const standing of segmentsOf(rule, walk, view, place, budget)) yield standing
      if (budget.tries < 0) return
      continue
    }
    const start = place - rule.back
    if (start < 0 || leftEdge(rule, view, start) === 'none') continue
    const end = walk(view.text, start)
    if (end < 0) continue
    const standing = judge(rule, view, {start, end}, budget)
    if (standing !== undefined) yield standing
    else if (--budget.tries < 0) return
  }
}

/**
 * Whether the grammar of a rule holds at a place, whatever stands around it: prefixes cut short end here. The place behind
 * the last one inspected where it does not, `Infinity` where it does or what stands far before the place decides.
 */
export function readInVain({walk, back, starts}: Rule, text: string, place: number): number {
  if (walk === undefined) return Infinity
  if (starts === 'segment') {
    // the dot, an object, the next dot
    return segmentEnd(walk, text, lastSegmentStart(text, place), place) < 0 ? place : Infinity
  }
  const end = place < back ? -1 : walk(text, place - back)
  return end < 0 ? -end : Infinity
}

/** Whether a rule is enforced, or worth a word, somewhere in a view. */
export function matchRule(
  rule: Rule,
  view: View,
  places: readonly number[],
  budget: Budget,
): 'hit' | 'reported' | 'none' | 'exhausted' {
  let isReported = false
  for (const {informational} of matchesOf(rule, view, places, budget)) {
    if (!informational) return 'hit'
    isReported = true
  }
  return budget.tries < 0 ? 'exhausted' : isReported ? 'reported' : 'none'
}

/**
 * An operator's expression that only an engine can follow. Each of its matches may cost a look at all that follows, and a
 * sender chooses how many of them are in vain.
 */
function* searched(rule: Rule, view: View, first: number, budget: Budget): Generator<Standing, undefined> {
  for (let at = first; at <= view.text.length;) {
    const rest = view.text.length - at
    if (rule.unbounded && at > first) budget.reach -= rest
    if (rule.slow) budget.slow -= rest
    if (budget.reach < 0 || budget.slow < 0) {
      budget.tries = -1
      return
    }
    const span = rule.matcher.exec(view.text, at)
    if (span === undefined) return
    const standing = judge(rule, view, span, budget)
    if (standing !== undefined) yield standing
    if (--budget.tries < 0) return
    // a match that is only reported may overlap one that is enforced
    at = standing?.informational === false ? Math.max(span.end, span.start + 1) : span.start + 1
  }
}

function judge(rule: Rule, view: View, {start, end}: Span, budget: Budget): Standing | undefined {
  const edges = [leftEdge(rule, view, start), rightEdge(rule, view, end)]
  if (edges.includes('none')) return undefined
  const worth = edges.includes('glued') ? worthOf(rule, view.text, start, end) : 'enforced'
  if (worth === 'none' || isLimited(rule, view, start, end)) return undefined
  const held = rule.check === undefined || holds(rule.check, {text: view.text, start, end})
  if (held === false) return undefined
  if (budget.chances > 0 && isChance(rule, view, start, end)) {
    budget.chances--
    return undefined
  }
  if (rule.check === 'vendorToken' && view.key !== undefined && namesId(view.key)) return undefined
  const isNamed = rule.check === 'notHash' && view.key !== undefined && namesHash(view.key)
  const informational = held === 'informational' || worth === 'reported' || isNamed
  return informational && view.limit === 'rebuilt' ? undefined : {start, end, informational}
}

function isLimited(rule: Rule, view: View, start: number, end: number): boolean {
  const {text, limit} = view
  if (limit === undefined || (limit === 'codes' && rule.core)) return false
  return !isDistinctive(rule, text, start, end) || (limit === 'rebuilt' && !standsApart(view, start, end))
}

function isChance(rule: Rule, {text, seams}: View, start: number, end: number): boolean {
  const {summed} = rule
  const issued = isIssued(rule, text, start, end)
  if (issued && (summed === undefined || seams?.has(start) || isWholeInNoise(text, start, start + summed))) return false
  const noise = noiseAround(text, start, end)
  return noise === 'base64url' || (noise === 'base64' && !issued)
}

/**
 * Spelled as its issuer spells it, or in one case throughout: for what is issued in one case the whole match, otherwise the
 * text that it is known by. Rules that are known by something else do not ask.
 */
function isIssued({issued, oneCase}: Rule, text: string, start: number, end: number): boolean {
  if (issued.length === 0 && !oneCase) return true
  // what follows without a separator is no part of it
  if (oneCase) return isOneCase(text.slice(start, Math.min(end, start + DECISIVE)))
  const whole = text.slice(start, end)
  return isOneCase(whole.slice(0, DECISIVE)) || issued.some((known) => whole.includes(known))
}

/** Shorter than anything that is issued in one case, and longer than chance keeps to one. */
const DECISIVE = 15

function isOneCase(text: string): boolean {
  return text === text.toUpperCase() || text === text.toLowerCase()
}

const MAX_SEGMENT = 16_384
const MIN_SEGMENT = 8

/**
 * Where an encoded JSON object may begin in the token characters before a dot; a name may be glued to it. What follows the
 * dot is the same for all of them and inspected once; each costs tries by its length, or a text that is all beginnings
 * would be read from every one of them.
 */
function* segmentsOf(rule: Rule, walk: Walk, view: View, dot: number, budget: Budget): Generator<Standing> {
  const {text} = view
  const end = segmentEnd(walk, text, lastSegmentStart(text, dot), dot)
  if (end < 0) return
  let first = dot
  while (first > 0 && dot - first < MAX_SEGMENT && is(text, first - 1, SEGMENT)) first--
  for (let start = first; start <= dot - MIN_SEGMENT; start++) {
    if (!isSegmentStart(text, start)) continue
    const standing = judge(rule, view, {start, end}, budget)
    if (standing !== undefined) yield standing
    else if ((budget.tries -= 1 + ((dot - start) >> 8)) < 0) return
  }
}

/** The beginning that is nearest to the dot, -1 where there is none. */
function lastSegmentStart(text: string, dot: number): number {
  for (let at = dot - 1; at >= 0 && dot - at <= MAX_SEGMENT && is(text, at, SEGMENT); at--) {
    if (at <= dot - MIN_SEGMENT && isSegmentStart(text, at)) return at
  }
  return -1
}

function segmentEnd(walk: Walk, text: string, start: number, dot: number): number {
  return start >= 0 && start < dot ? walk(text, start) : -1
}

/** `{` with a quote or white space behind it, in base64. */
const OBJECT_START = /e(?:y[A-DI-L]|w[k-r0-3])/y

function isSegmentStart(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== 0x65) return false
  OBJECT_START.lastIndex = at
  return OBJECT_START.test(text)
}
