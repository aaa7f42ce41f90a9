// A token continues in front of a key, or behind it: what only a key looks like is enforced wherever it stands; what
// may be one is reported; in the middle of an encoded text it is noise.
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {mixed, upper} from '../../../support/credentials.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({scan_env: false}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const inText = (text: string, surface: 'body' | 'header' = 'body'): readonly string[] =>
  scanner.text(text, {surface, all: true}).matches.map(({rule}) => rule)
const reported = (text: string): readonly string[] =>
  scanner.text(text, {surface: 'body', all: true}).informational.map(({rule}) => rule)
const inUrl = (url: string): string | undefined => {
  const {target} = parseTarget(url)
  if (target === undefined) throw new Error(url)
  return scanner.scanUrl(target).match?.rule
}

const hex = (length: number): string => '0f3c9a7be1d25846'.repeat(8).slice(0, length)
const random = (length: number): string => `aB3${mixed(length - 3)}`

const KEYS: readonly (readonly [rule: string, key: string])[] = [
  ['AWS Access Key ID', ['AK', 'IA', upper(16)].join('')],
  ['Anthropic API Key', ['sk-', 'ant-api03-', random(60)].join('')],
  ['OpenAI API Key', ['sk-', 'proj-', random(48)].join('')],
  ['OpenAI Service Key', ['sk-', 'svcacct-', random(48)].join('')],
  ['npm Token', ['npm', '_', random(36)].join('')],
  ['Hugging Face Token', ['h', 'f_', random(34)].join('')],
  ['Replicate API Token', ['r', '8_', random(37)].join('')],
  ['Databricks Token', ['da', 'pi', hex(32)].join('')],
  ['Vercel Token', ['vercel', '_', random(24)].join('')],
  ['Google API Key', ['AI', 'za', random(35)].join('')],
  ['Telegram Bot Token', ['123456789', ':', random(35)].join('')],
]
const FRONT = ['x', 'X', '_', '-', 'a-', 'id_', 'Zz', 'note', 'z'.repeat(80)]

describe.each(KEYS)('%s', (rule, key) => {
  test.each(FRONT)('behind %s is found in a body, a header, a path, a query value and its name', (front) => {
    const glued = `${front}${key}`
    expect(inText(`say ${glued} twice`)).toEqual([rule])
    expect(inText(glued, 'header')).toEqual([rule])
    expect(inText(JSON.stringify({a: glued}))).toEqual([rule])
    expect(inUrl(`https://x.test/a/${glued}/b`)).toBe(rule)
    expect(inUrl(`https://x.test/a?q=${glued}`)).toBe(rule)
    expect(inUrl(`https://x.test/a?${encodeURIComponent(glued)}=1`)).toBe(rule)
  })
  test('before another character it is found, too', () => {
    for (const behind of ['x', '_', '-', '-x']) expect([behind, inText(`${key}${behind}`)]).toEqual([behind, [rule]])
  })
  test('behind a random run of more than 64 characters, short signs with a left edge are noise', () => {
    const run = mixed(90).replaceAll(/[^A-Za-z0-9]/g, 'q')
    expect(inText(`${run}${key}`)).toEqual(/^(?:sk-|vercel_|AIza)/.test(key) ? [rule] : [])
  })
})

test('a key id in the name of a host or a header, where letters have one case, is found', () => {
  const key = `akia${upper(16).toLowerCase().slice(0, 12)}7q2z`
  expect(inUrl(`https://xn--${key}.x.test/`)).toBe('AWS Access Key ID')
  expect(inUrl(`https://a${key}.x.test/`)).toBe('AWS Access Key ID')
  expect(inText(`x-${key}`, 'header')).toEqual(['AWS Access Key ID'])
})

test.each([
  ['a key of a word and a digest', `cache-key-${hex(32)}`, 'Mailgun API Key'],
  ['two letters before a digest', `TASK${hex(32)}`, 'Twilio API Key'],
  ['words behind a sign', 'task-proj-roadmap-for-2024-and-later', 'OpenAI API Key'],
])('%s may be one: reported, not enforced', (_, text, rule) => {
  expect(inText(text)).toEqual([])
  expect(reported(text)).toEqual([rule])
  expect(inUrl(`https://x.test/${text}`)).toBeUndefined()
})

test.each([
  'southeastasiainternationalbusinessforum',
  'https-malaysiaairlinesbookingportal-example',
  'SOUTHEASTASIAINTERNATIONALFORUM',
  'my_npm_package_name_with_many_words_and_2_numbers',
  'self_of_the_thirtieth_century_2030_revisited',
  'disk-ant-farm-simulator-two',
])('ordinary names are no keys: %s', (text) => {
  expect(inText(text)).toEqual([])
  expect(inUrl(`https://${text.replaceAll('_', '-').toLowerCase()}.test/${text}?${text}=${text}`)).toBeUndefined()
})
