// Every character that hides a token from a reader that does not fold, and every way of encoding one
//: the pattern behind it is still matched.
import {describe, expect, test} from 'vitest'
import {normaliseForDlp} from '../../../../src/lib/text/normalise.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {upper} from '../../../support/credentials.js'

const KEY = ['AK', 'IA', upper(16)].join('')
const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const rules = (text: string): readonly string[] =>
  scanner.text(text, {surface: 'body', all: true}).matches.map(({rule}) => rule)
const cut = (by: string): string => `${KEY.slice(0, 9)}${by}${KEY.slice(9)}`

/** Code points of a list such as `200b–200f feff`. */
function points(list: string): readonly number[] {
  return list.split(' ').flatMap((entry) => {
    const [first = 0, last = first] = entry.split('–').map((text) => parseInt(text, 16))
    // of a long range its ends and the middle
    return last - first < 40
      ? Array.from({length: last - first + 1}, (_, i) => first + i)
      : [first, (first + last) >> 1, last]
  })
}

const INVISIBLE =
  'ad 115f–1160 200b–200f 202a–202e 2060–2064 2066–2069 3164 fe00–fe0f feff fff9–fffb e0000–e007f e0100–e01ef ' +
  '34f 61c 17b4–17b5 180b–180f 2065 206a–206f ffa0 fff0–fff8 1bca0–1bca3 1d173–1d17a e0080–e0fff'
const EXOTIC_SPACES = 'a0 1680 180e 2000–200a 2028 2029 202f 205f 3000 85 2800 fffc'
const CONTROLS = '0–8 b–c e–1f 7f 80–9f'

describe.each([
  ['invisible', INVISIBLE],
  ['exotic white space', EXOTIC_SPACES],
  ['controls', CONTROLS],
])('%s inside a token', (_, list) => {
  test.each(points(list).map((code) => code.toString(16)))('U+%s', (code) => {
    expect(rules(cut(String.fromCodePoint(parseInt(code, 16))))).toEqual(['AWS Access Key ID'])
  })
})

test('marks, compatibility forms and look-alikes are folded', () => {
  const CYRILLIC: Readonly<Record<string, string>> = {A: '\u0410', K: '\u041a', I: '\u0406', T: '\u0422', E: '\u0415'}
  expect(rules(KEY.replace(/[AKITE]/g, (c) => CYRILLIC[c] ?? c))).toEqual(['AWS Access Key ID'])
  expect(rules([...KEY].join('\u0301'))).toEqual(['AWS Access Key ID'])
  expect(rules(KEY.replace(/[!-~]/g, (c) => String.fromCodePoint(c.charCodeAt(0) + 0xfee0)))).toEqual([
    'AWS Access Key ID',
  ])
  expect(rules(KEY.replace(/[A-Z]/g, (c) => String.fromCodePoint(0x1d400 + c.charCodeAt(0) - 0x41)))).toEqual([
    'AWS Access Key ID',
  ])
})

test('a plain space is kept, kana and Hangul come through whole', () => {
  expect(rules(cut(' '))).toEqual([])
  for (const text of ['\u30d7\u30ed\u30f3\u30d7\u30c8', '\uc774\uc804']) {
    expect(normaliseForDlp(text).joined).toBe(text)
  }
  expect(normaliseForDlp('\u30d5\u309a').joined).toBe('\u30d7')
})

describe('decoders', () => {
  const bytes = Buffer.from(KEY)
  const hex = bytes.toString('hex')
  const base64 = bytes.toString('base64')
  const pairs = (by: string, before = ''): string => before + hex.replace(/..(?=.)/g, `$&${by}${before}`)
  const spelled = (alphabet: string, padded: boolean): string => {
    let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
    bits += '0'.repeat((5 - (bits.length % 5)) % 5)
    const text = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[parseInt(five, 2)] ?? '').join('')
    return padded ? text.padEnd(Math.ceil(text.length / 8) * 8, '=') : text
  }
  const RFC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const EXTENDED = '0123456789ABCDEFGHIJKLMNOPQRSTUV'
  const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  const codes = [...bytes]
  const FORMS: Readonly<Record<string, string>> = {
    base64,
    'base64 without padding': base64.replace(/=+$/, ''),
    'base64 with too much padding': `${base64.replace(/=+$/, '')}====`,
    'base64 of the URL alphabet': Buffer.from(`??>>${KEY}`).toString('base64url'),
    'base64 in lines': base64.replace(/.{9}/g, '$&\r\n'),
    hex,
    'hex in capitals': hex.toUpperCase(),
    'hex with colons': pairs(':'),
    'hex with spaces': pairs(' '),
    'hex with dashes': pairs('-'),
    'hex with commas': pairs(','),
    'hex with backslashes': pairs('', '\\x'),
    'hex with 0x': pairs(', ', '0x'),
    'hex of a C array': pairs(',\n  ', '0x'),
    base32: spelled(RFC, true),
    'base32 without padding': spelled(RFC, false),
    'base32 in lower case': spelled(RFC, false).toLowerCase(),
    base32hex: spelled(EXTENDED, false),
    'base32 of Crockford': spelled(CROCKFORD, false),
    'decimal references': codes.map((code) => `&#${code};`).join(''),
    'decimal references, open': codes
      .map((code) => `&#${code}`)
      .join(' ')
      .replaceAll(' ', ''),
    'hexadecimal references': codes.map((code) => `&#x${code.toString(16)};`).join(''),
    'escapes of JSON': codes.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join(''),
    'escapes and references': codes
      .map((c, i) => (i % 2 ? `&#x${c.toString(16)};` : `\\u00${c.toString(16)}`))
      .join(''),
    'character codes': codes.join(','),
    'character codes, as fractions': codes.map((code) => `${code}.0`).join(' '),
    'character codes, with exponents': codes.map((code) => `${code / 10}e1`).join(' '),
    'base64 of hex of base64': Buffer.from(Buffer.from(base64).toString('hex')).toString('base64'),
  }
  test.each(Object.entries(FORMS))('%s', (_, text) => {
    for (const whole of [text, `a = "${text}";`, `a\t${text}\nb`]) expect(rules(whole)).toContain('AWS Access Key ID')
  })

  test('go three deep and no further', () => {
    const deep = (times: number): string => {
      let text = KEY
      for (let i = 0; i < times; i++) text = Buffer.from(text).toString('base64')
      return text
    }
    expect(rules(deep(3))).toEqual(['AWS Access Key ID'])
    expect(rules(deep(4))).toEqual([])
  })
})
