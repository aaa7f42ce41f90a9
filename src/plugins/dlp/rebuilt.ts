// Texts that were rebuilt from a disguise (src/lib/text/rebuilt-runs.ts): the signs by which the sweep notices that one may be
// there, and how much a match has to show in them.
import type {DecodeBudget, DecodedRun} from '../../lib/text/decoded-run.js'
import {HINT, literalHint, rebuiltRuns, rot13} from '../../lib/text/rebuilt-runs.js'
import type {Rule} from './rules.js'
import {hintsOf, type Sign, type Sweep} from './sweep.js'

/** Shorter signs come up everywhere in other words. */
const MIN_SIGN = 4

const ARMOURED = ['begin 0', 'begin 6', 'begin 7'].map((text) => ({text, kind: HINT.uuencode}))

/** The signs of rules as they read backwards and in ROT13, and the heads of encoded files. */
export function signsOf(rules: readonly Rule[]): readonly Sign[] {
  const issued = new Set(rules.filter(isSigned).flatMap((rule) => rule.issued))
  const long = [...issued].filter((text) => text.length >= MIN_SIGN || /[^A-Za-z0-9]/.test(text))
  return [
    ...ARMOURED,
    ...long.map((text) => ({text: [...text].reverse().join(''), kind: HINT.backward})),
    ...long.filter((text) => /[A-Za-z]/.test(text)).map((text) => ({text: rot13(text), kind: HINT.rotated})),
  ]
}

/** Signs that are names or words (`"type"`, `password`) say nothing in a text that was rebuilt. */
export function isSigned({issued, check}: Rule): boolean {
  return issued.length > 0 && (check === undefined || !NAMED.has(check))
}

const NAMED: ReadonlySet<string> = new Set([
  'notPlaceholder',
  'variable',
  'serviceAccount',
  'bearer',
  'keyName',
  'vendorToken',
])

/** Signs of so many characters need no digits behind them. */
const LONG_SIGN = 8
const LONGEST_BODY = 48
const MIN_DIGITS = 2

/** Whether a match holds the sign of its issuer in the case in which it is issued, and what follows is drawn at random. */
export function isDistinctive(rule: Rule, text: string, start: number, end: number): boolean {
  if (!isSigned(rule)) return false
  let last = end
  while (last < text.length && last - end < LONGEST_BODY && /[A-Za-z0-9_-]/.test(text.charAt(last))) last++
  // expressions stop where they are decided
  const whole = text.slice(start, last)
  const sign = rule.issued.find((known) => whole.includes(known))
  if (sign === undefined || sign.length < MIN_SIGN - 1) return false
  return sign.length >= LONG_SIGN || whole.replace(sign, '').replace(/[^0-9]/g, '').length >= MIN_DIGITS
}

/** What a short text may be a disguise of. */
export type Rebuild = (text: string, budget: DecodeBudget) => readonly DecodedRun[]

export const NOT_REBUILT: Rebuild = () => NOTHING
const NOTHING: readonly DecodedRun[] = []
/** Nothing shorter is a token with something between its characters, or in another alphabet. */
export const MIN_DISGUISED = 16

/** Whether the swept text hints at more than that it has no blanks, which a URL never has. */
export function hasSigns({hintCount, hints}: Sweep): boolean {
  for (let i = 0; i < hintCount; i++) if (hints[3 * i] !== HINT.long) return true
  return false
}

/** For texts that no scan has swept yet. */
export function createRebuild(sweep: Sweep): Rebuild {
  return (text, budget) => {
    if (text.length < MIN_DISGUISED) return NOTHING
    sweep.run(text)
    const hints = [...Array.from(hintsOf(sweep)), ...literalHint(text)]
    return hints.length === 0 ? NOTHING : rebuiltRuns(text, hints, budget)
  }
}
