// What a wildcard admits, in words: short, true for each form, and safe where a contract of somebody else is shown.
import {describe, expect, test} from 'vitest'
import type {Form} from '../../../../../src/formats/segment-forms.js'
import {flagsOf, riskOf} from '../../../../../src/plugins/learn/view/flags.js'
import {
  admittedCell,
  admittedText,
  breadthOfWildcard,
  formWords,
  wildcardWords,
} from '../../../../../src/plugins/learn/view/forms.js'
import {viewOf, type RuleView, type WildcardView} from '../../../../../src/plugins/learn/view/rule-view.js'

const free = (over: Partial<Extract<Form, {form: 'free'}>> = {}): Form => ({
  form: 'free',
  characters: '-_',
  other: false,
  min_length: 3,
  max_length: 44,
  ...over,
})

test.each<[Form, string]>([
  [{form: 'year'}, 'a year'],
  [{form: 'month'}, 'a month'],
  [{form: 'day'}, 'a day of the month'],
  [{form: 'date'}, 'a date'],
  [{form: 'basic_date'}, 'a date without dashes'],
  [{form: 'year_month'}, 'a year and month'],
  [{form: 'week'}, 'a week of a year'],
  [{form: 'integer'}, 'an integer'],
  [{form: 'uuid'}, 'a UUID'],
  [{form: 'ulid'}, 'a ULID'],
  [{form: 'version'}, 'a version number'],
  [{form: 'locale'}, 'a language code'],
  [{form: 'email'}, 'a mail address'],
  [{form: 'hex', length: 40}, 'a 40-digit hash'],
  [{form: 'token', length: 22}, 'a token of 22 characters'],
  [{form: 'numbered', prefix: 'prj-'}, '"prj-" and a number'],
  [{form: 'prefixed', prefix: 'cus_', length: 14}, '"cus_" and 14 letters or digits'],
  [free(), 'any word of letters, digits, - and _, 3 to 44 characters'],
  [free({characters: ''}), 'any word of letters and digits, 3 to 44 characters'],
  [
    free({characters: '.', other: true, min_length: 5, max_length: 5}),
    'any word of letters, digits, . and other scripts and symbols, 5 characters',
  ],
  [free({characters: '@'}), 'any word of letters, digits and "@", 3 to 44 characters'],
])('%j: %s', (form, words) => {
  expect(formWords(form)).toBe(words)
})

const wildcard = (forms: WildcardView['forms'], index = 2): WildcardView => ({index, distinct: 9, events: 90, forms})

describe('several forms', () => {
  test('are joined by "or", and lengths of one form are named together', () => {
    expect(wildcardWords(wildcard([{form: 'integer'}, {form: 'date'}]))).toBe('an integer or a date')
    const hashes = [40, 7, 64].map((length): Form => ({form: 'hex', length}))
    expect(wildcardWords(wildcard([...hashes, {form: 'uuid'}]))).toBe('a hash of 7, 40 or 64 digits or a UUID')
    const tokens = [22, 20, 21, 43].map((length): Form => ({form: 'token', length}))
    expect(wildcardWords(wildcard(tokens))).toBe('a token of 20 to 22 or 43 characters')
    const prefixed = ['msg_', 'run_'].map((prefix): Form => ({form: 'prefixed', prefix, length: 12}))
    expect(wildcardWords(wildcard(prefixed))).toBe('"msg_" or "run_" and 12 letters or digits')
  })

  test('a form that is not known admits nothing, since the rule has no match then', () => {
    expect(wildcardWords(wildcard([{form: 'integer'}, undefined]))).toMatch(/^nothing/)
    expect(wildcardWords(wildcard([]))).toMatch(/^nothing/)
  })

  test('are bounded where a contract has hundreds', () => {
    const forms = Array.from({length: 200}, (_, i): Form => ({form: 'prefixed', prefix: `p${i}_`, length: 8}))
    expect(wildcardWords(wildcard(forms))).toMatch(/ or 188 more forms and 8 letters or digits$/)
  })
})

test('the wildcards of a path stand in order; a path of an older profile says nothing', () => {
  const path = {collapsed: [wildcard([{form: 'month'}], 3), wildcard([{form: 'year'}], 2)]}
  expect(admittedCell(path)).toBe('a year / a month')
  expect(admittedText(path)).toBe('the first * is a year, the second * is a month')
  expect(admittedText({collapsed: [wildcard([{form: 'integer'}])]})).toBe('* is an integer')
  expect(admittedText({collapsed: [wildcard(undefined)]})).toBe('')
})

function ruleWith(value: string, forms: readonly unknown[] | undefined): RuleView {
  const index = value.split('/').indexOf('*')
  return viewOf({
    rule_id: 'r',
    rule_kind: 'http_destination',
    lifecycle_state: 'capture_only',
    confidence: 'stable',
    wilson_lower: '0.9',
    selector: {
      host: {value: 'a.example'},
      methods: ['GET'],
      paths: [
        {
          value,
          normalization: {
            collapsed_segments: [{index, distinct_values: 9, event_count: 90, ...(forms ? {forms} : {})}],
          },
        },
      ],
    },
  } as unknown as Parameters<typeof viewOf>[0])
}

test('a typed wildcard ranks below one of any value; words rank above it, most of all in the first segment', () => {
  const risk = (value: string, forms?: readonly unknown[]): number =>
    riskOf(flagsOf(ruleWith(value, forms), {minEvents: 0, blockedOnly: new Set()}))
  const typed = risk('/a/*', [{form: 'integer'}])
  expect(typed).toBeLessThan(risk('/a/*', [free()]))
  expect(typed).toBeLessThan(risk('/a/*'))
  expect(risk('/*/a', [free()])).toBeGreaterThan(risk('/a/*'))
  expect(risk('/*/a', [{form: 'integer'}])).toBe(typed)
  expect(breadthOfWildcard(wildcard([{form: 'integer'}, free()]))).toBe('free')
})
