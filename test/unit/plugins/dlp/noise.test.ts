// What chance spells in base64 is no key; what somebody pasted there is one.
import {createCipheriv, createHash} from 'node:crypto'
import {crc32} from 'node:zlib'
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {EXAMPLES, mixed} from '../../../support/credentials.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const results = (text: string): readonly string[] =>
  scanner.text(text, {surface: 'body', all: true}).matches.map(({rule}) => rule)

/** Random bytes that are the same in every run. */
const bytes = (seed: string, length: number): Buffer =>
  Buffer.concat(
    Array.from({length: Math.ceil(length / 32)}, (_, i) => createHash('sha256').update(`${seed}${i}`).digest()),
  )
const noise = (seed: string, length = 900): string => bytes(seed, length).toString('base64').slice(0, length)
const lines = (text: string): string => text.replace(/.{76}/g, '$&\r\n')
const alternating = (text: string): string =>
  [...text.toLowerCase()].map((c, i) => (i % 2 === 1 ? c.toUpperCase() : c)).join('')

const [aws = ''] = EXAMPLES['AWS Access Key ID']?.() ?? []
const [iban = ''] = EXAMPLES['IBAN']?.() ?? []
const [google = ''] = EXAMPLES['Google API Key']?.() ?? []
const [github = ''] = EXAMPLES['GitHub Token']?.() ?? []

const AROUND: Readonly<Record<string, (text: string) => string>> = {
  'a run of base64': (text) => `${noise('a')}/${text}+${noise('b')}`,
  'lines of base64': (text) => `${lines(noise('a', 912))}${noise('c', 40)}/${text}+${lines(noise('b', 912))}`,
  'a JSON string': (text) => JSON.stringify({image: `${noise('a')}/${text}/${noise('b')}`}),
}

describe.each(Object.keys(AROUND))('inside %s', (where) => {
  const inside = AROUND[where] ?? String

  test.each([
    ['AWS Access Key ID', aws],
    ['IBAN', iban],
    ['Google API Key', google],
    ['GitHub Token', github],
  ])('%s counts as it was issued', (name, secret) => {
    expect(results(inside(secret))).toContain(name)
  })

  test.each([
    ['AWS Access Key ID', aws.toLowerCase()],
    ['IBAN', iban.toLowerCase()],
    ['Google API Key', google.toUpperCase()],
    ['GitHub Token', github.toUpperCase()],
  ])('%s counts in one case', (name, secret) => {
    expect(results(inside(secret))).toContain(name)
  })

  test.each([
    ['AWS Access Key ID', aws],
    ['IBAN', iban],
  ])('%s in cases that only chance mixes so is none', (name, secret) => {
    expect(results(inside(alternating(secret)))).not.toContain(name)
  })
})

test('an encoded key counts there as before', () => {
  const hidden = Buffer.concat([bytes('d', 900), Buffer.from(` ${aws} `), bytes('e', 900)]).toString('base64')
  expect(results(hidden)).toContain('AWS Access Key ID')
})

test.each([
  ['prose', (text: string) => `${'The boats came in early. '.repeat(60)}${text}${' Nobody saw them.'.repeat(60)}`],
  ['a short run', (text: string) => `${noise('a', 200)}/${text}/${noise('b', 200)}`],
  ['a run of hex', (text: string) => `${bytes('a', 600).toString('hex')}/${text}/${bytes('b', 600).toString('hex')}`],
  ['a run in capitals', (text: string) => `${noise('a').toUpperCase()}/${text}/${noise('b').toUpperCase()}`],
])('in %s a key counts in any cases', (_, around) => {
  expect(results(around(alternating(aws)))).toContain('AWS Access Key ID')
})

test('more of them than chance makes count', () => {
  const one = `${noise('a')}/${alternating(aws)}/`
  expect(results(`${one.repeat(4)}${noise('b')}`)).not.toContain('AWS Access Key ID')
  expect(results(`${one.repeat(6)}${noise('b')}`)).toContain('AWS Access Key ID')
})

describe('in noise of the other alphabet, which spells a short sign', () => {
  const rule = 'GitHub Token'
  const random = (seed: string, length: number): string =>
    createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
      .update(Buffer.alloc(length))
      .toString('base64url')
  // cut to glue: no sign of the alphabet stands next to what is put between
  const before = `${random('before', 900)}x`
  const after = `x${random('after', 900)}`
  const summed = (body: string): string => {
    let sum = ''
    for (let left = crc32(body); left > 0; left = Math.floor(left / 62)) {
      sum = (BASE62[left % 62] ?? '') + sum
    }
    return ['gh', 'p_', body, sum.padStart(6, '0')].join('')
  }
  const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const whole = ['gh', 'p_', mixed(36)].join('')
  const published = ['gh', 'p_', 'zQWBuTSOoRi4A9spHcVY5', 'ncnsDkxkJ0mLq17'].join('')

  test('none of a hundred random texts of 256 KB holds a find', () => {
    const finds = Array.from({length: 100}, (_, i) => results(random(`text ${i}`, 196_608)))
    expect(finds.filter((names) => names.includes(rule))).toEqual([])
  })

  test.each([
    ['with a checksum that holds', before + summed(mixed(30)) + after],
    ['with a checksum that begins with a zero', before + published + after],
    ['between signs of the alphabet', `${before}-${whole}_${after}`],
    ['where the noise ends', `${before}${whole}`],
    ['where the noise ends in a string', JSON.stringify({data: before + whole})],
    ['where the noise begins', `${whole}${after}`],
    ['on a line of its own', `${before}\n${whole}\n${after}`],
    ['more often than chance makes it', (before + whole).repeat(8) + after],
    ['in noise with other signs', `${before}/${before.slice(-400)}${whole}${after}`],
    ['in a short run', before.slice(-200) + whole + after.slice(0, 200)],
    ['in a run of hex', bytes('a', 600).toString('hex') + whole + bytes('b', 600).toString('hex')],
  ])('a token counts %s', (_, text) => {
    expect(results(text)).toContain(rule)
  })

  test.each([
    ['glued on both sides', before + whole + after],
    ['behind a sign alone', `${before}-${whole}${after}`],
    ['before a sign alone', `${before}${whole}-${after}`],
    ['of another length between signs', `${before}-${whole}x-${after}`],
    [
      'with a checksum that does not hold',
      before + summed(mixed(30)).replace(/.$/, (c) => (c === 'a' ? 'b' : 'a')) + after,
    ],
    ['whose sign alone is in capitals', before + whole.replace('ghp', 'GHP') + after],
  ])('what chance may make is none %s', (_, text) => {
    expect(results(text)).not.toContain(rule)
  })
})

describe('short pieces of a long run are inspected together', () => {
  const around = (piece: string): string =>
    Buffer.concat([
      bytes('f', 30_001),
      Buffer.from([0xff]),
      Buffer.from(piece),
      Buffer.from([0xff]),
      bytes('g', 30_000),
    ])
      .toString('base64')
      .replaceAll('=', '')

  test.each([
    ['as they are', `pwd=${'hunter2x'}`, 'Credential in URL'],
    ['with a character that is not seen', 'pw\u200bd=hunter2x', 'Credential in URL'],
    ['with an escape', 'p%77d=hunter2x', 'Credential in URL'],
    ['with a control character', 'tok\x02en=hunter2x', 'Credential in URL'],
    ['encoded again', Buffer.from('pwd=hunter2x9').toString('base64'), 'Credential in URL'],
  ])('%s', (_, piece, rule) => {
    const text = around(piece)
    const [match] = scanner.text(text, {surface: 'body'}).matches
    expect(match).toMatchObject({rule, start: 0, end: text.length})
  })

  test('and never make one find of two', () => {
    expect(results(`${around('abcdefg pw')}${around('d=hunter2x')}`)).toEqual([])
  })
})
