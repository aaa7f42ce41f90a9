// The exact judgement of one rule on one view: expression, boundaries, validator. Every hit is tried, so that a decoy in
// front does not shadow a real secret (scanning §6.3); the number of tries is bounded and exhausting it is a finding.
import type {Span} from '../../lib/regex/engine.js'
import type {Rule} from './rules.js'
import {holds} from './validators.js'

/** A text in which rules are looked for. */
export interface View {
  readonly text: string
  /** Offsets before which a separator was removed: there alone is a missing boundary manufactured (scanning §4.2). */
  readonly seams?: Pick<ReadonlySet<number>, 'has'>
  /** The text is (part of) the host name: then not even the host may be echoed. */
  readonly inHost?: true
  /** The text is the URL as a whole: host and path together. */
  readonly whole?: true
}

/** Tries left for one scan; shared by all rules and views. */
export interface Budget {
  tries: number
}

export const MAX_TRIES = 2000

export type MatchResult = 'hit' | 'none' | 'exhausted'

export function matchRule(rule: Rule, view: View, budget: Budget): MatchResult {
  const hit = nextMatch(rule, view, 0, budget)
  return typeof hit === 'string' ? hit : 'hit'
}

/** The first place at or after `from` where the rule stands. */
export function nextMatch(rule: Rule, view: View, from: number, budget: Budget): Span | 'none' | 'exhausted' {
  const {text} = view
  if (!mayHold(rule, text)) return 'none'
  for (let at = from; at <= text.length;) {
    const span = rule.matcher.exec(text, at)
    if (span === undefined) return 'none'
    if (boundedLeft(rule, view, span.start) && boundedRight(rule, view, span.end)) {
      if (rule.check === undefined || holds(rule.check, {text, start: span.start, end: span.end})) return span
    }
    if (--budget.tries < 0) return 'exhausted'
    at = span.start + 1
  }
  return 'none'
}

/** False where a text has none of the literals that a match must hold: cheaper than asking the expression. */
function mayHold({literals, needsLiteral}: Rule, text: string): boolean {
  // the long s is the one letter that matching folds onto ASCII and lower case does not
  if (!needsLiteral || text.includes('\u017f')) return true
  const lower = text.toLowerCase()
  return literals.some((literal) => lower.includes(literal))
}

const ALNUM = 1
const TOKEN = 2
const HEX = 4
const BASE64 = 8
const CLASSES = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  CLASSES[c] =
    (/[A-Za-z0-9]/.test(character) ? ALNUM : 0) |
    (/[A-Za-z0-9_-]/.test(character) ? TOKEN : 0) |
    (/[A-Fa-f0-9]/.test(character) ? HEX : 0) |
    (/[A-Za-z0-9/+=]/.test(character) ? BASE64 : 0)
}
const BIT = {alnum: ALNUM, token: TOKEN, hex: HEX, base64: BASE64}

function is(text: string, at: number, bit: number): boolean {
  const c = text.charCodeAt(at)
  return c < 128 && ((CLASSES[c] ?? 0) & bit) !== 0
}

function boundedLeft({left}: Rule, {text, seams}: View, start: number): boolean {
  if (left === undefined || start === 0) return true
  if (left === 'parameter') {
    if (seams?.has(start)) return true
    let at = start - 1
    while (at >= 0 && (text[at] === ' ' || text[at] === '\t')) at--
    return at >= 0 && '?&;'.includes(text.charAt(at))
  }
  // Numbers and names are everywhere inside joined text: only tokens with a prefix of their own have their boundary waived.
  return (left === 'token' && seams?.has(start) === true) || !is(text, start - 1, BIT[left])
}

function boundedRight({right}: Rule, {text, seams}: View, end: number): boolean {
  return right === undefined || end >= text.length || seams?.has(end) === true || !is(text, end, BIT[right])
}
