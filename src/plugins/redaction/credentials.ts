// Classes for what the credential rules know (scanning §9.3): the rules find it, in every view and encoding, and this says
// how much of the text belongs to it. Rules decide with the smallest count, so a find is widened to the end of its token.
import {endOfKeyBlock} from './key-block.js'
import type {Place} from './places.js'
import {CREDENTIAL_CLASSES, CREDENTIAL_PRIORITY} from './classes.js'

/** What is asked of the credential scanner. */
export interface CredentialFinder {
  readonly ruleNames: readonly string[]
  text(
    input: string,
    options: {readonly surface: 'body'; readonly all: true; readonly patternsOnly: true},
  ): {
    readonly matches: readonly RuleMatch[]
    readonly informational: readonly RuleMatch[]
    readonly exhausted: boolean
  }
}

interface RuleMatch {
  readonly rule: string
  readonly encoded: string
  readonly start: number
  readonly end: number
}

/** Class name of a rule: its name in lower case, everything but letters and digits as hyphens. */
export function classOfRule(rule: string): string {
  return rule
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** Every class that rules are found under, with the names of its rules. */
export function credentialClasses(ruleNames: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const classes = new Map<string, Set<string>>()
  const add = (label: string, rule: string): void => {
    if (label !== '') classes.set(label, (classes.get(label) ?? new Set()).add(rule))
  }
  for (const rule of ruleNames) add(classOfRule(rule), rule)
  for (const [label, rule] of Object.entries(CREDENTIAL_CLASSES)) if (ruleNames.includes(rule)) add(label, rule)
  return classes
}

/** Looks for the rules of some classes; `exhausted` is called when the scanner could not look everywhere. */
export function credentialPlaces(
  finder: CredentialFinder,
  classes: ReadonlyMap<string, ReadonlySet<string>>,
  exhausted: () => never,
): (text: string) => readonly Place[] {
  const labels = new Map<string, string[]>()
  for (const [label, rules] of classes) for (const rule of rules) labels.set(rule, [...(labels.get(rule) ?? []), label])
  return (text) => {
    const verdict = finder.text(text, {surface: 'body', all: true, patternsOnly: true})
    if (verdict.exhausted) exhausted()
    const places: Place[] = []
    for (const match of [...verdict.matches, ...verdict.informational]) {
      if (match.start < 0) continue
      const {start, end} = match.encoded === '' ? extent(match, text) : match
      for (const label of labels.get(match.rule) ?? []) places.push({start, end, label, priority: CREDENTIAL_PRIORITY})
    }
    return places
  }
}

/** Rules that know a value by the name in front of it: the name is no secret and stays. */
const NAMED: Readonly<Record<string, RegExp>> = {
  'Credential in URL': /^[^=]*=/,
  'Environment Variable Secret': /^[^=]*=/,
  'AWS Secret Key': /^.*?secret.?access.?key["'=:\s]{1,5}/is,
}
const VALUE_END = /[\s&"']|$/g
const TOKEN_TAIL = /[A-Za-z0-9_+/=-]*(?:\.[A-Za-z0-9_-]{8,})*/y

function extent({rule, start, end}: RuleMatch, text: string): {readonly start: number; readonly end: number} {
  const name = NAMED[rule]?.exec(text.slice(start, end))?.[0]
  if (name !== undefined) return {start: start + name.length, end: valueEnd(text, end)}
  if (rule === 'Private Key Header') return {start, end: endOfKeyBlock(text, end)}
  if (!/[A-Za-z0-9_+/=-]/.test(text.charAt(end - 1))) return {start, end}
  TOKEN_TAIL.lastIndex = end
  return {start, end: end + (TOKEN_TAIL.exec(text)?.[0].length ?? 0)}
}

function valueEnd(text: string, from: number): number {
  VALUE_END.lastIndex = from
  return VALUE_END.exec(text)?.index ?? text.length
}
