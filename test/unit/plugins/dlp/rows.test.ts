// Two true examples of every row plain, in capitals, with a character that is not seen, escaped twice, encoded,
// and as the only value of a JSON key; two near misses in the same spellings.
import {randomBytes} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {BUILT_IN_PATTERNS} from '../../../../src/plugins/dlp/patterns.js'
import {EXAMPLES, INFORMATIONAL, upper} from '../../../support/credentials.js'
import {MORE_EXAMPLES} from '../../../support/more-credentials.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
/** What is enforced, and of the rest the rows that never are. */
const results = (text: string): readonly string[] => {
  const {matches, informational} = scanner.text(text, {surface: 'body', all: true})
  const rules = matches.map(({rule}) => rule)
  expect(rules.filter((rule) => INFORMATIONAL.has(rule))).toEqual([])
  return [...rules, ...informational.map(({rule}) => rule).filter((rule) => INFORMATIONAL.has(rule))]
}

const middle = (text: string): string => `${text.slice(0, text.length >> 1)}\u200b${text.slice(text.length >> 1)}`
const everyByte = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '%$&')

const HIDDEN: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'a zero-width character inside': middle,
  base64: (text) => Buffer.from(text).toString('base64'),
  'hex with colons': (text) =>
    Buffer.from(text)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
  'a JSON value': (text) => JSON.stringify({v: text}),
}

/** Rows whose grammar or checksum says in which case they are written. */
const CASED = new Set(['jwt', 'wif', 'base58check'])

/** Encoders escape reserved characters alone. */
const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text))

const ROWS = BUILT_IN_PATTERNS.flatMap(({name, regex, check}) =>
  [EXAMPLES, MORE_EXAMPLES].map((examples, i) => {
    const [match, miss] = examples[name]?.() ?? ['', '']
    const isCased = regex.includes('(?-i') || CASED.has(check ?? '')
    return {name, which: i + 1, hit: match, miss, isCased}
  }),
)

describe.each(ROWS)('$name, $which', ({name, hit: match, miss}) => {
  test('has an example', () => {
    expect(match).not.toBe('')
    expect(miss).not.toBe('')
  })

  test.each(Object.keys(HIDDEN))('as %s', (how) => {
    // the one row that begins a line or a parameter: strings of JSON are inspected one by one
    const isParameter = how === 'a JSON value' && name === 'Credential in URL'
    expect(results(isParameter ? match : (HIDDEN[how]?.(match) ?? ''))).toContain(name)
    expect(results(HIDDEN[how]?.(miss) ?? '')).not.toContain(name)
  })

  test('behind two escapes', () => {
    expect(results(everyByte(everyByte(match)))).toContain(name)
    expect(results(twice(miss))).not.toContain(name)
  })
})

test.each(ROWS.filter(({isCased}) => !isCased))('$name, $which, in capitals', ({name, hit: match}) => {
  expect(results(match.toUpperCase())).toContain(name)
})

describe('inside a picture of base64', () => {
  const key = ['AK', 'IA', upper(16)].join('')
  test.each([0, 1, 2, 3, 4, 5])('behind %i bytes more', (more) => {
    const bytes = Buffer.concat([randomBytes(30_000 + more), Buffer.from(` ${key} `), randomBytes(30_000)])
    expect(results(bytes.toString('base64'))).toContain('AWS Access Key ID')
    expect(results(`${'x'.repeat(more)}${bytes.toString('base64')}`)).toContain('AWS Access Key ID')
  })

  test('as a text of its own', () => {
    const text = `${'An ordinary line of a long document. '.repeat(400)}${key} ${'And it goes on. '.repeat(400)}`
    expect(results(Buffer.from(text).toString('base64'))).toContain('AWS Access Key ID')
    expect(results(Buffer.from(text, 'utf16le').toString('base64'))).toContain('AWS Access Key ID')
  })

  test('as hex', () => {
    const hidden = Buffer.from(key).toString('hex')
    expect(
      results(`${randomBytes(6000).toString('base64')}${hidden}${randomBytes(6000).toString('base64')}`),
    ).toContain('AWS Access Key ID')
  })
})
