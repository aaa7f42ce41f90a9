// Classes for what the credential rules know: the rules find it, in every view and encoding, and this says
// how much of the text belongs to it. Rules decide with the smallest count, so a find is widened to the end of its token.
import type {DlpScanner, TextMatch} from '../../core/services/dlp.js'
import type {Span} from '../../lib/text/rewritten.js'
import {endOfKeyBlock} from './key-block.js'
import {withPadding, type Place} from './places.js'
import {CREDENTIAL_CLASSES, CREDENTIAL_PRIORITY, ENCODED_CLASSES} from './classes.js'

/** The part of the credential scanner that redaction uses. */
export type CredentialFinder = Pick<DlpScanner, 'ruleNames' | 'text'>

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
  for (const [label, rule] of Object.entries({...CREDENTIAL_CLASSES, ...ENCODED_CLASSES})) {
    if (ruleNames.includes(rule)) add(label, rule)
  }
  return classes
}

export interface Credentials {
  /**
   * Places of what the rules of the classes find, and of every credential that one of the places `found` would cut in two:
   * its rest would be sent, and no rule would know it any more.
   */
  in(text: string, results: readonly Place[]): readonly Place[]
  /** In the value of a member: some rules know a value by its name. */
  under(name: string, value: string): readonly Place[]
}

/** Looks for the rules of some classes; `exhausted` is called when the scanner could not look everywhere. */
export function createCredentials(
  finder: CredentialFinder,
  classes: ReadonlyMap<string, ReadonlySet<string>>,
  exhausted: () => never,
): Credentials {
  const labels = new Map<string, string[]>()
  for (const [label, rules] of classes) for (const rule of rules) labels.set(rule, [...(labels.get(rule) ?? []), label])
  const asksNames = [...labels.keys()].some((rule) => BY_NAME.has(rule))

  const matchesIn = (text: string): readonly TextMatch[] => {
    const verdict = finder.text(text, {surface: 'body', all: true, patternsOnly: true})
    if (verdict.exhausted) exhausted()
    return [...verdict.matches, ...verdict.informational].filter(({start}) => start >= 0)
  }

  return {
    in(text, results) {
      if (text.length < MIN_TEXT || (labels.size === 0 && results.length === 0)) return NONE
      const places: Place[] = []
      for (const match of matchesIn(text)) {
        const isPlain = match.encoded === ''
        const {start, end} = isPlain ? extent(match, text) : {...match, end: withPadding(text, match.end)}
        const known = labels.get(match.rule) ?? NO_LABELS
        const asked = isPlain ? known.filter((label) => ENCODED_CLASSES[label] !== match.rule) : known
        for (const label of asked) places.push({start, end, label, priority: CREDENTIAL_PRIORITY})
        const whole = asked.length === 0 ? withHalves({start, end}, results) : undefined
        if (whole) places.push({...whole, label: classOfRule(match.rule), priority: OVER_ALL})
      }
      return places
    },

    under(name, value) {
      if (!asksNames || value.length > MAX_NAMED || !NAMES.test(name)) return NONE
      const head = `"${name}":"`
      const text = `${head}${value}"`
      return matchesIn(text).flatMap((match): readonly Place[] => {
        const {start, end} = match.encoded === '' ? extent(match, text) : match
        const [from, to] = [Math.max(0, start - head.length), Math.min(value.length, end - head.length)]
        if (!BY_NAME.has(match.rule) || to <= from) return NONE
        return (labels.get(match.rule) ?? NO_LABELS).map((label) => ({
          start: from,
          end: to,
          label,
          priority: CREDENTIAL_PRIORITY,
        }))
      })
    },
  }
}

const NONE: readonly Place[] = []
const NO_LABELS: readonly string[] = []
/** No credential is shorter. */
const MIN_TEXT = 8
/** Above every dictionary. */
const OVER_ALL = 1_001
/** A secret under a name is no document. */
const MAX_NAMED = 4_096
const BY_NAME: ReadonlySet<string> = new Set([
  'AWS Secret Key',
  'Cloudflare API Token',
  'GCP Service Account Private Key ID',
])
const NAMES = /secret.?access.?key|private_key_id|(?:cf|cloudflare)[_-]api[_-]/i

/** The span with the places that begin or end inside it; undefined where there are none, or it goes as a whole anyway. */
function withHalves(span: Span, results: readonly Place[]): Span | undefined {
  const cutting = results.filter((one) => one.isForged !== true && one.start < span.end && one.end > span.start)
  if (cutting.length === 0 || cutting.some(({start, end}) => start <= span.start && end >= span.end)) return undefined
  return {
    start: Math.min(span.start, ...cutting.map(({start}) => start)),
    end: Math.max(span.end, ...cutting.map(({end}) => end)),
  }
}

/** Rules that know a value by the name in front of it: the name is no secret and stays. */
const NAMED: Readonly<Record<string, RegExp>> = {
  'Credential in URL': /^[^=]*=/,
  'Environment Variable Secret': /^[^=]*=/,
  'AWS Secret Key': /^.*?secret.?access.?key["'=:\s]{1,5}/is,
  'Cloudflare API Token': /^.*?api[_-](?:token|key)["'=:\s]{1,8}/is,
}
const VALUE_END = /[\s&"']|$/g
const TOKEN_TAIL = /[A-Za-z0-9_+/=-]*(?:\.[A-Za-z0-9_-]{8,})*/y

function extent({rule, start, end}: TextMatch, text: string): {readonly start: number; readonly end: number} {
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
