// Forms of segments a second time, written from docs/formats/segment-forms.md alone.

export interface SecondForm {
  readonly form: string
  readonly prefix?: string
  readonly length?: number
  readonly characters?: string
  readonly other?: boolean
  readonly min_length?: number
  readonly max_length?: number
}

const HEX_LENGTHS = [7, 8, 10, 12, 16, 20, 24, 32, 40, 48, 56, 64, 96, 128]
const isBetween = (value: unknown, from: number, to: number): boolean =>
  Number.isInteger(value) && Number(value) >= from && Number(value) <= to
const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value)

type Members = Readonly<Record<string, (value: unknown) => boolean>>
/** The other members of each form, and the values that they may have. */
const MEMBERS = new Map<string, Members>([
  ...['year', 'month', 'day', 'date', 'basic_date', 'year_month', 'week'].map((form) => [form, {}] as const),
  ...['integer', 'uuid', 'ulid', 'version', 'locale', 'email'].map((form) => [form, {}] as const),
  ['hex', {length: (value) => HEX_LENGTHS.includes(value as number)}],
  ['numbered', {prefix: (value) => isText(value, /^[a-z]{1,32}[_-]$/)}],
  [
    'prefixed',
    {
      prefix: (value) => isText(value, /^[a-z][a-z0-9]{0,11}[_-]$/),
      length: (value) => isBetween(value, 6, 64),
    },
  ],
  ['token', {length: (value) => isBetween(value, 16, 128)}],
  [
    'free',
    {
      characters: (value) => typeof value === 'string',
      other: (value) => typeof value === 'boolean',
      min_length: (value) => isBetween(value, 1, 2048),
      max_length: (value) => isBetween(value, 1, 2048),
    },
  ],
])

const YEAR = /^(?:19|20)[0-9]{2}$/
const MONTH = /^(?:0?[1-9]|1[0-2])$/
const DAY = /^(?:0?[1-9]|[12][0-9]|3[01])$/
const LOCALE = /^([a-z]{2})(?:[-_][a-z]{4})?(?:[-_](?:[a-z]{2}|[0-9]{3}))?$/
const VERSION =
  /^(?:v[0-9]{1,4}|v?[0-9]{1,4}(?:\.[0-9]{1,6}){1,3}(?:(?:a|b|rc)[0-9]{1,4})?(?:[-+][a-z0-9][a-z0-9.+-]{0,31})?)$/
const EMAIL = /^(?!\.)[0-9a-z._+-]{1,64}(?<!\.)@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,8}$/

function exists(year: string, month: string, day: string): boolean {
  const y = Number(year)
  const isLeap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0
  return YEAR.test(year) && Number(day) >= 1 && Number(day) <= days
}

/** ISO 8601 gives a year that begins on a Thursday 53 weeks, and a leap year that begins on a Wednesday. */
function hasWeek(year: string, week: string): boolean {
  const first = new Date(Date.UTC(Number(year), 0, 1)).getUTCDay()
  const weeks = first === 4 || (first === 3 && exists(year, '2', '29')) ? 53 : 52
  return YEAR.test(year) && Number(week) >= 1 && Number(week) <= weeks
}

/** The grammar of a locale with any two letters as language. */
export const isLikeLocale = (segment: string): boolean => LOCALE.test(segment)

export class SecondForms {
  readonly #languages: ReadonlySet<string>

  constructor(languages: string) {
    this.#languages = new Set(languages.trim().split(/\s+/))
  }

  /** The form, or undefined for what is none. */
  parse(value: unknown): SecondForm | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const {form, ...others} = value as Readonly<Record<string, unknown>>
    const members = MEMBERS.get(form as string)
    if (members === undefined || Object.keys(others).some((name) => !Object.hasOwn(members, name))) return undefined
    const isInOrder = form !== 'free' || Number(others['min_length']) <= Number(others['max_length'])
    return isInOrder && Object.entries(members).every(([name, isInRange]) => isInRange(others[name]))
      ? (value as SecondForm)
      : undefined
  }

  admits(form: SecondForm, segment: string, above: readonly string[] = []): boolean {
    const {prefix = '', length = 0, characters = '', other = false, min_length = 1, max_length = 0} = form
    const rest = segment.startsWith(prefix) ? segment.slice(prefix.length) : ''
    const parts = (pattern: RegExp): readonly string[] | undefined => pattern.exec(segment)?.slice(1)
    const [year = '', month = ''] = [above.at(-2), above.at(-1)]
    switch (form.form) {
      case 'year':
        return YEAR.test(segment)
      case 'month':
        return MONTH.test(segment) && YEAR.test(above.at(-1) ?? '')
      case 'day':
        return DAY.test(segment) && MONTH.test(month) && exists(year, month, segment)
      case 'date':
      case 'basic_date': {
        const date = parts(form.form === 'date' ? /^(\d{4})-(\d\d)-(\d\d)$/ : /^(\d{4})(\d\d)(\d\d)$/)
        return date !== undefined && exists(date[0] ?? '', date[1] ?? '', date[2] ?? '')
      }
      case 'year_month': {
        const [y = '', m = ''] = parts(/^(\d{4})-(\d\d)$/) ?? []
        return exists(y, m, '1')
      }
      case 'week': {
        const [y = '', w = ''] = parts(/^(\d{4})-?w(\d\d)$/) ?? []
        return hasWeek(y, w)
      }
      case 'integer':
        return /^[0-9]{1,20}$/.test(segment)
      case 'uuid':
        return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(segment)
      case 'ulid':
        return /^[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(segment)
      case 'hex':
        return segment.length === length && /^[0-9a-f]*$/.test(segment)
      case 'version':
        return VERSION.test(segment)
      case 'locale':
        return this.#languages.has(parts(LOCALE)?.[0] ?? '')
      case 'email':
        return EMAIL.test(segment)
      case 'numbered':
        return /^[0-9]{1,18}$/.test(rest)
      case 'prefixed':
        return rest.length === length && /^[a-z0-9]*$/.test(rest)
      case 'token':
        return segment.length === length && /^[a-z0-9_-]*$/.test(segment)
      case 'free': {
        const all = [...segment]
        const isAdmitted = (c: string): boolean =>
          /[a-z0-9]/.test(c) || characters.includes(c) || (other && !/[\u0021-\u007e]/.test(c))
        return all.length >= min_length && all.length <= max_length && all.every(isAdmitted)
      }
      default:
        return false
    }
  }

  /** The form of a value below the segments `above`, or undefined for a word. */
  formOf(segment: string, above: readonly string[] = []): SecondForm | undefined {
    const [prefix = ''] = /^[^_-]*[_-]/.exec(segment) ?? []
    const after = segment.length - prefix.length
    const candidates: readonly SecondForm[] = [
      ...['month', 'day', 'year', 'basic_date', 'date', 'year_month', 'week'].map((form) => ({form})),
      ...['integer', 'uuid', 'ulid'].map((form) => ({form})),
      ...(/[0-9]/.test(segment) ? [{form: 'hex', length: segment.length}] : []),
      ...['version', 'locale', 'email'].map((form) => ({form})),
      {form: 'numbered', prefix},
      {form: 'prefixed', prefix, length: after},
      {form: 'token', length: segment.length},
    ]
    return candidates.find((form) => this.parse(form) !== undefined && this.admits(form, segment, above))
  }
}
