// What the wildcards of a pattern admit, in few words: a person who enforces a rule answers for every value of these forms.
import {formKey, type Form, type SimpleName} from '../../../formats/segment-forms.js'
import type {PathView, RuleView} from './rule-view.js'

/** How a piece of text from the contract stands among the words: in a code span, or between quotation marks. */
export type Quote = (text: string) => string

const SIMPLE: Readonly<Record<SimpleName, string>> = {
  year: 'a year',
  month: 'a month',
  day: 'a day of the month',
  date: 'a date',
  basic_date: 'a date without dashes',
  year_month: 'a year and month',
  week: 'a week of a year',
  integer: 'an integer',
  uuid: 'a UUID',
  ulid: 'a ULID',
  version: 'a version number',
  locale: 'a language code',
  email: 'a mail address',
}

const ANY = 'any value'
const UNKNOWN = 'nothing: this version does not know its form'
/** A contract of somebody else may have any number. */
const MOST_FORMS = 12

const plainQuote: Quote = (text) => `"${text}"`

/** One form in words. */
export function formWords(form: Form, quote: Quote = plainQuote): string {
  switch (form.form) {
    case 'hex':
      return `a ${form.length}-digit hash`
    case 'token':
      return `a token of ${form.length} characters`
    case 'numbered':
      return `${quote(form.prefix)} and a number`
    case 'prefixed':
      return `${quote(form.prefix)} and ${form.length} letters or digits`
    case 'free':
      return freeWords(form, quote)
    default:
      return SIMPLE[form.form]
  }
}

function freeWords(
  {characters, other, min_length: min, max_length: max}: Extract<Form, {form: 'free'}>,
  quote: Quote,
): string {
  const parts = [
    'letters',
    'digits',
    // the usual ones need no quotation marks
    ...(/^[-_.~]*$/.test(characters) ? characters : characters === '' ? [] : [quote(characters)]),
    ...(other ? ['other scripts and symbols'] : []),
  ]
  const last = parts.at(-1) ?? ''
  const lengths = min === max ? `${min} characters` : `${min} to ${max} characters`
  return `any word of ${parts.slice(0, -1).join(', ')} and ${last}, ${lengths}`
}

type Wildcard = PathView['collapsed'][number]

/** What one wildcard admits: its forms joined by "or", those that differ in length only as one. */
export function wildcardWords({forms}: Pick<Wildcard, 'forms'>, quote: Quote = plainQuote): string {
  if (forms === undefined) return ANY
  const known = forms.filter((form) => form !== undefined)
  // one that cannot be read leaves the rule without any match
  if (known.length === 0 || known.length < forms.length) return UNKNOWN
  const alike = new Map<string, Form[]>()
  for (const form of known) {
    const key =
      form.form === 'prefixed' ? `prefixed ${form.length}` : GROUPED.has(form.form) ? form.form : formKey(form)
    const group = alike.get(key)
    if (group) group.push(form)
    else alike.set(key, [form])
  }
  return either(bounded([...alike.values()].map((group) => groupWords(group, quote))))
}

const GROUPED: ReadonlySet<string> = new Set(['hex', 'token', 'numbered'])

/** Forms of one name that differ in their length or their prefix only. */
function groupWords(forms: readonly Form[], quote: Quote): string {
  const [first, ...others] = forms
  if (!first) return ''
  if (others.length === 0) return formWords(first, quote)
  const lengths = forms.flatMap((form) => ('length' in form ? [form.length] : [])).sort((a, b) => a - b)
  const prefixes = either(bounded(forms.flatMap((form) => ('prefix' in form ? [quote(form.prefix)] : []))))
  switch (first.form) {
    case 'hex':
      return `a hash of ${either(lengths.map(String))} digits`
    case 'token':
      return `a token of ${either(spans(lengths))} characters`
    case 'prefixed':
      return `${prefixes} and ${first.length} letters or digits`
    default:
      return `${prefixes} and a number`
  }
}

function bounded(texts: readonly string[]): readonly string[] {
  const more = texts.length - MOST_FORMS
  return more > 0 ? [...texts.slice(0, MOST_FORMS), `${more} more forms`] : texts
}

function either(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1) ?? ''}`
}

/** `20 to 23` for lengths without a gap. */
function spans(sorted: readonly number[]): readonly string[] {
  const runs: {readonly from: number; to: number}[] = []
  for (const length of sorted) {
    const run = runs.at(-1)
    if (run && length <= run.to + 1) run.to = length
    else runs.push({from: length, to: length})
  }
  return runs.map(({from, to}) => (from === to ? String(from) : `${from} to ${to}`))
}

/** The wildcards of a path in order, as the cell of a table: `a year / a month`. Empty where nothing says what they admit. */
export function admittedCell({collapsed}: Pick<PathView, 'collapsed'>, quote: Quote = plainQuote): string {
  if (!collapsed.some(({forms}) => forms)) return ''
  return inOrder(collapsed)
    .map((wildcard) => wildcardWords(wildcard, quote))
    .join(' / ')
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth']

/** The same as a sentence: `* is an integer`, or `the first * is a year, the second * is a month`. */
export function admittedText(path: Pick<PathView, 'collapsed'>, quote: Quote = plainQuote): string {
  if (admittedCell(path, quote) === '') return ''
  const [only, ...others] = inOrder(path.collapsed)
  if (only && others.length === 0) return `* is ${wildcardWords(only, quote)}`
  return inOrder(path.collapsed)
    .map((wildcard, i) => `the ${ORDINALS[i] ?? `${i + 1}th`} * is ${wildcardWords(wildcard, quote)}`)
    .join(', ')
}

function inOrder(collapsed: PathView['collapsed']): PathView['collapsed'] {
  return collapsed.toSorted((a, b) => a.index - b.index)
}

/** The same of every path of a rule. */
export function admittedOf({paths}: Pick<RuleView, 'paths'>): string {
  return paths
    .map((path) => admittedText(path))
    .filter((text) => text !== '')
    .join('; ')
}

/** typed: known forms with bounds of their own; free: words of some letters; any: everything but what is set apart. */
export type Breadth = 'typed' | 'free' | 'any'

export function breadthOfWildcard({forms}: Pick<Wildcard, 'forms'>): Breadth {
  if (forms === undefined) return 'any'
  return forms.some((form) => form?.form === 'free') ? 'free' : 'typed'
}
