// The forms of path segments that a typed wildcard admits: each a grammar with bounds, read from the normalization block of a
// rule and held against the canonical segment (decoded, in small letters). Published in docs/formats/segment-forms.md.

export type SimpleName =
  | 'year'
  | 'month'
  | 'day'
  | 'date'
  | 'basic_date'
  | 'year_month'
  | 'week'
  | 'integer'
  | 'uuid'
  | 'ulid'
  | 'version'
  | 'locale'
  | 'email'

/** A form as the contract states it. Lengths are in code points. */
export type Form =
  | {readonly form: SimpleName}
  | {readonly form: 'hex' | 'token'; readonly length: number}
  | {readonly form: 'numbered'; readonly prefix: string}
  | {readonly form: 'prefixed'; readonly prefix: string; readonly length: number}
  /** Open vocabulary: letters, digits and these characters; `other` stands for everything outside printable ASCII. */
  | {
      readonly form: 'free'
      readonly characters: string
      readonly other: boolean
      readonly min_length: number
      readonly max_length: number
    }

/** Digits of the hashes, object ids and abbreviated commits that are in use. */
const HEX_LENGTHS: ReadonlySet<number> = new Set([7, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64, 96, 128])
const TOKEN_LENGTHS = {min: 16, max: 128}
const TAIL_LENGTHS = {min: 6, max: 64}
export const MAX_FREE_LENGTH = 2048

const YEAR = /^(?:19|20)[0-9]{2}$/
const MONTH = /^(?:0?[1-9]|1[0-2])$/
const DAY = /^(?:0?[1-9]|[12][0-9]|3[01])$/
const DATE = /^((?:19|20)[0-9]{2})-([0-9]{2})-([0-9]{2})$/
const BASIC_DATE = /^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$/
const YEAR_MONTH = /^(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])$/
const WEEK = /^((?:19|20)[0-9]{2})-?w([0-9]{2})$/
const INTEGER = /^[0-9]{1,20}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/
const VERSION =
  /^(?:v[0-9]{1,4}|v?[0-9]{1,4}(?:\.[0-9]{1,6}){1,3}(?:(?:a|b|rc)[0-9]{1,4})?(?:[-+][0-9a-z][0-9a-z.+-]{0,31})?)$/
const LOCALE = /^([a-z]{2})(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|[0-9]{3}))?$/
const EMAIL = /^[0-9a-z_+-](?:[0-9a-z._+-]{0,62}[0-9a-z_+-])?@[0-9a-z](?:[0-9a-z-]{0,62})(?:\.[0-9a-z-]{1,63}){1,8}$/
const HEX = /^[0-9a-f]+$/
const TOKEN = /^[0-9a-z_-]+$/
const TAIL = /^[0-9a-z]+$/
const NUMBER_TAIL = /^[0-9]{1,18}$/
const NUMBERED_PREFIX = /^[a-z]{1,32}[_-]$/
const TAIL_PREFIX = /^[a-z][0-9a-z]{0,11}[_-]$/

/** ISO 639-1. */
const LANGUAGES: ReadonlySet<string> = new Set(
  (
    'aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et ' +
    'eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl ' +
    'km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj ' +
    'om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to ' +
    'tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu'
  ).split(' '),
)

type Matcher = (segment: string, above: readonly string[], depth: number) => boolean

const matching =
  (grammar: RegExp): Matcher =>
  (segment) =>
    grammar.test(segment)

const dated =
  (grammar: RegExp): Matcher =>
  (segment) => {
    const parts = grammar.exec(segment)
    return parts !== null && isDate(Number(parts[1]), Number(parts[2]), Number(parts[3]))
  }

const MATCHERS: Readonly<Record<SimpleName, Matcher>> = {
  year: matching(YEAR),
  // a month stands below its year, a day below its month: a two-digit number alone says nothing
  month: (segment, above, depth) => MONTH.test(segment) && YEAR.test(above[depth - 1] ?? ''),
  day(segment, above, depth) {
    const [year = '', month = ''] = [above[depth - 2], above[depth - 1]]
    return (
      DAY.test(segment) && YEAR.test(year) && MONTH.test(month) && isDate(Number(year), Number(month), Number(segment))
    )
  },
  date: dated(DATE),
  basic_date: dated(BASIC_DATE),
  year_month: matching(YEAR_MONTH),
  week(segment) {
    const parts = WEEK.exec(segment)
    return parts !== null && Number(parts[2]) >= 1 && Number(parts[2]) <= weeksIn(Number(parts[1]))
  },
  integer: matching(INTEGER),
  uuid: matching(UUID),
  ulid: matching(ULID),
  version: matching(VERSION),
  locale: (segment) => LANGUAGES.has(LOCALE.exec(segment)?.[1] ?? ''),
  email: matching(EMAIL),
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  return day >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

/** ISO 8601: a year has 53 weeks when it begins on a Thursday, or on a Wednesday in a leap year. */
function weeksIn(year: number): number {
  const first = new Date(Date.UTC(year, 0, 1)).getUTCDay()
  return first === 4 || (first === 3 && isDate(year, 2, 29)) ? 53 : 52
}

/** True for what has the grammar of a locale, whether its language exists or not. */
export function isLikeLocale(segment: string): boolean {
  return LOCALE.test(segment)
}

/** True when the form admits a canonical segment below the first `depth` segments of `above`, all of them if not stated. */
export function admits(form: Form, segment: string, above: readonly string[], depth = above.length): boolean {
  switch (form.form) {
    case 'hex':
      return segment.length === form.length && HEX.test(segment)
    case 'token':
      return segment.length === form.length && TOKEN.test(segment)
    case 'numbered':
      return segment.startsWith(form.prefix) && NUMBER_TAIL.test(segment.slice(form.prefix.length))
    case 'prefixed':
      return (
        segment.length === form.prefix.length + form.length &&
        segment.startsWith(form.prefix) &&
        TAIL.test(segment.slice(form.prefix.length))
      )
    case 'free':
      return isFree(form, segment)
    default:
      return MATCHERS[form.form](segment, above, depth)
  }
}

function isFree({characters, other, min_length, max_length}: Extract<Form, {form: 'free'}>, segment: string): boolean {
  let length = 0
  for (const c of segment) {
    length++
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || characters.includes(c)) continue
    if (!other || (c >= '!' && c <= '~')) return false
  }
  return length >= min_length && length <= max_length
}

/** Simple forms from the most special to the most general: the first that admits a value is its form. */
const SPECIAL_FIRST: readonly SimpleName[] = [
  'year',
  'basic_date',
  'date',
  'year_month',
  'week',
  'integer',
  'uuid',
  'ulid',
]

/** The most special form of a value, whatever stands above it; undefined for a word. Months and days need what stands above them. */
export function formOf(segment: string): Form | undefined {
  for (const form of SPECIAL_FIRST) if (MATCHERS[form](segment, [], 0)) return {form}
  // without a digit it is a word of these letters
  if (HEX_LENGTHS.has(segment.length) && HEX.test(segment) && /[0-9]/.test(segment)) {
    return {form: 'hex', length: segment.length}
  }
  for (const form of ['version', 'locale', 'email'] as const) if (MATCHERS[form](segment, [], 0)) return {form}
  const cut = segment.search(/[_-]/) + 1
  const [prefix, tail] = [segment.slice(0, cut), segment.slice(cut)]
  if (NUMBERED_PREFIX.test(prefix) && NUMBER_TAIL.test(tail)) return {form: 'numbered', prefix}
  const {min, max} = TAIL_LENGTHS
  if (TAIL_PREFIX.test(prefix) && TAIL.test(tail) && tail.length >= min && tail.length <= max) {
    return {form: 'prefixed', prefix, length: tail.length}
  }
  const {min: least, max: most} = TOKEN_LENGTHS
  if (TOKEN.test(segment) && segment.length >= least && segment.length <= most) {
    return {form: 'token', length: segment.length}
  }
  return undefined
}

/** One text for equal forms. */
export function formKey(form: Form): string {
  return JSON.stringify(formMembers(form))
}

/** Members in the order of the published table. */
export function formMembers(form: Form): {readonly [name: string]: string | number | boolean} {
  switch (form.form) {
    case 'hex':
    case 'token':
      return {form: form.form, length: form.length}
    case 'numbered':
      return {form: form.form, prefix: form.prefix}
    case 'prefixed':
      return {form: form.form, prefix: form.prefix, length: form.length}
    case 'free': {
      const {characters, other, min_length, max_length} = form
      return {form: 'free', characters, other, min_length, max_length}
    }
    default:
      return {form: form.form}
  }
}

/** A form as a contract states it; undefined for one that this build does not know, which then admits nothing. */
export function parseForm(value: unknown): Form | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const members: {readonly [name: string]: unknown} = {...value}
  const form = formOfMembers(members)
  if (!form) return undefined
  // a member that is not of the form might restrict it
  return Object.keys(formMembers(form)).length === Object.keys(members).length ? form : undefined
}

function formOfMembers(m: {readonly [name: string]: unknown}): Form | undefined {
  const {form: name} = m
  if (typeof name !== 'string') return undefined
  if (Object.hasOwn(MATCHERS, name)) return {form: name as SimpleName}
  if (name === 'hex') {
    const length = integerIn(m['length'], 1, 128)
    return length !== undefined && HEX_LENGTHS.has(length) ? {form: name, length} : undefined
  }
  if (name === 'token') {
    const length = integerIn(m['length'], TOKEN_LENGTHS.min, TOKEN_LENGTHS.max)
    return length === undefined ? undefined : {form: name, length}
  }
  if (name === 'numbered') {
    const {prefix} = m
    return typeof prefix === 'string' && NUMBERED_PREFIX.test(prefix) ? {form: name, prefix} : undefined
  }
  if (name === 'prefixed') {
    const {prefix} = m
    const length = integerIn(m['length'], TAIL_LENGTHS.min, TAIL_LENGTHS.max)
    if (typeof prefix !== 'string' || !TAIL_PREFIX.test(prefix) || length === undefined) return undefined
    return {form: name, prefix, length}
  }
  if (name !== 'free') return undefined
  const {characters, other} = m
  const min_length = integerIn(m['min_length'], 1, MAX_FREE_LENGTH)
  const max_length = integerIn(m['max_length'], min_length ?? 1, MAX_FREE_LENGTH)
  if (typeof characters !== 'string' || typeof other !== 'boolean') return undefined
  return min_length === undefined || max_length === undefined
    ? undefined
    : {form: name, characters, other, min_length, max_length}
}

/** Contracts are decoded with exact integers, which may be bigints. */
function integerIn(value: unknown, min: number, max: number): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max ? number : undefined
}
