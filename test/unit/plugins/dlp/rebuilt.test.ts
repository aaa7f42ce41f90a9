// Tokens that a reader has to rebuild: in pieces of one length, backwards, in ROT13, in binary digits, in base 85, uuencoded.
// Each disguise stands beside an ordinary text of the same make, in which nothing is found.
import {createHash} from 'node:crypto'
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {EXAMPLES, upper} from '../../../support/credentials.js'
import {ascii85, binary, grouped, reversed, rot13, uuencoded, z85} from '../../../support/spellings.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const inText = (text: string) => {
  const {matches, informational} = scanner.text(text, {surface: 'body', all: true})
  return [...matches, ...informational].map(({rule}) => rule)
}
const inUrl = (raw: string) => {
  const {target} = parseTarget(raw)
  return target && scanner.scanUrl(target).match?.rule
}
const token = (name: string): string => EXAMPLES[name]?.()[0] ?? ''

const anthropic = token('Anthropic API Key')
const github = token('GitHub Token')
const key = ['AK', 'IA', upper(16)].join('')

const DISGUISES: readonly (readonly [name: string, disguise: (text: string) => string])[] = [
  ['spaces between characters', grouped(' ', 1)],
  ['dashes between characters', grouped('-', 1)],
  ['slashes between characters', grouped('/', 1)],
  ['underscores between characters', grouped('_', 1)],
  ['commas between characters', grouped(', ', 1)],
  ['colons between characters', grouped(':', 1)],
  ['asterisks between groups', grouped('*', 4)],
  ['emphasis marks between groups', grouped('**', 4)],
  ['bars between groups', grouped(' | ', 4)],
  ['spaces between groups', grouped(' ', 5)],
  ['code marks between groups', grouped('`', 4)],
  ['folded lines', (text) => `note: >-\n  ${grouped('\n  ', 8)(text)}\n`],
  ['block comments', grouped('/* x */', 4)],
  [
    'attributes',
    (text) =>
      `<p ${grouped(
        '|',
        6,
      )(text)
        .split('|')
        .map((part, i) => `a${i + 1}="${part}"`)
        .join(' ')}/>`,
  ],
  ['binary digits', binary('')],
  ['binary digits in groups', binary(' ')],
  ['Ascii85', (text) => `<~${ascii85(text)}~>`],
  ['Ascii85 without marks', ascii85],
  ['Z85', z85],
  ['uuencode', uuencoded],
  ['reversed', reversed],
  ['ROT13', rot13],
  ['character codes', (text) => [...text].map((c) => c.charCodeAt(0)).join(',')],
]

describe.each(DISGUISES)('%s', (_, disguise) => {
  test.each([
    ['Anthropic API Key', anthropic],
    ['GitHub Token', github],
    ['AWS Access Key ID', key],
  ])('%s: found in a text', (rule, secret) => {
    expect(inText(`Note of today: ${disguise(secret)}\nAll the rest stays.\n`)).toContain(rule)
  })

  test.each([
    ['Anthropic API Key', anthropic],
    ['GitHub Token', github],
    ['AWS Access Key ID', key],
  ])('%s: found in a query and in a path', (rule, secret) => {
    // line ends in a URL are refused before anything is looked for in it
    const written = encodeURIComponent(disguise(secret))
    expect(inUrl(`https://x.test/v1/items?note=${written}`)).toBe(rule)
    expect(inUrl(`https://x.test/v1/items/${written}/view`)).toBe(rule)
  })

  test('nothing is found where words stand in place of the token', () => {
    const words = 'a note of seven words without secrets in it'
    expect(inText(`Note of today: ${disguise(words)}\nAll the rest stays.\n`)).toEqual([])
    expect(inUrl(`https://x.test/v1/items?note=${encodeURIComponent(disguise(words))}`)).toBeUndefined()
  })
})

test.each(['Anthropic API Key', 'LaunchDarkly Key', 'Statsig Secret'])(
  '%s in base 85 is found behind any other run of visible characters',
  (rule) => {
    for (const encoded of [ascii85(token(rule)), z85(token(rule))]) {
      expect(inText(`the-notes-of-the-last-release: ${encoded}\nAll the rest stays.\n`)).toContain(rule)
    }
  },
)

/** 64 KB, the same in every run. */
const randomBase64 = (seed: number): string =>
  Array.from({length: 1536}, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest('base64url').slice(0, 42),
  ).join('')

describe('ordinary texts of the same make', () => {
  const aws = key.split('')
  test.each([
    [
      'mappings of a source map that spell a key',
      `${aws.map((c, i) => (i % 3 === 0 ? `;${c}` : i % 3 === 1 ? `,${c}A` : c)).join('')};AAAA`,
    ],
    [
      'groups of a token that are of no one length',
      `${key.slice(0, 3)} ${key.slice(3, 10)} ${key.slice(10, 12)} ${key.slice(12)}`,
    ],
    ['a key in other letter case in single characters', grouped(' ', 1)(key.toLowerCase().replace('a', 'A'))],
    ['a table of numbers', Array.from({length: 400}, (_, i) => String(1000 + ((i * 7919) % 9000))).join(' | ')],
    ['a table of bits', Array.from({length: 400}, (_, i) => String((i * 7919) % 2)).join(', ')],
    ['bits that are no text', Array.from({length: 512}, (_, i) => String(((i * i * 7919) >> 3) % 2)).join('')],
    ['words of one length', 'that this will have been said when they come over here from west then stop'],
    ['the sign of a token backwards in a name', 'the file _phg_list of xoxb and -tna-ks_backup'],
    ['the sign of a token in ROT13 in a name', 'status tuc_total and nxvn, and fx-nag-uvyyf'],
    ['code without blanks', `${'function(a,b){return a?b:c[d]<e&&f(g)};'.repeat(40)}`],
    ['attributes of one length', '<p a="left" b="next" c="last" d="main" e="unit" f="form"/>'],
    ['comments between words', 'open/* x */read/* x */seek/* x */shut/* x */done'],
  ])('%s', (_, text) => {
    expect(inText(text)).toEqual([])
  })

  test('random base64 of 256 KB spells no token backwards or in ROT13', () => {
    const random = Array.from({length: 8}, (_, i) => randomBase64(i)).join('')
    expect(inText(random)).toEqual([])
  })
})

test('a weak match hides no enforced one of the same rule that follows', () => {
  const twilio = token('Twilio API Key')
  const {matches, informational} = scanner.text(`ax${twilio} and ${twilio}`, {surface: 'body'})
  expect(informational.map(({rule}) => rule)).toEqual(['Twilio API Key'])
  expect(matches.map(({rule}) => rule)).toEqual(['Twilio API Key'])
})
