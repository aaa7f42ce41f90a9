// What chance spells in base64 is no key; what somebody pasted there is one (scanning §15 row 14).
import {createHash} from 'node:crypto'
import {describe, expect, it} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {EXAMPLES} from '../../../support/credentials.js'

const scanner = await buildScanner(
  {dlp: sections.dlp.parse({}), canary_tokens: sections.canary_tokens.parse({})},
  {env: {}},
)
const found = (text: string): readonly string[] =>
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

  it.each([
    ['AWS Access Key ID', aws],
    ['IBAN', iban],
    ['Google API Key', google],
    ['GitHub Token', github],
  ])('%s counts as it was issued', (name, secret) => {
    expect(found(inside(secret))).toContain(name)
  })

  it.each([
    ['AWS Access Key ID', aws.toLowerCase()],
    ['IBAN', iban.toLowerCase()],
    ['Google API Key', google.toUpperCase()],
    ['GitHub Token', github.toUpperCase()],
  ])('%s counts in one case', (name, secret) => {
    expect(found(inside(secret))).toContain(name)
  })

  it.each([
    ['AWS Access Key ID', aws],
    ['IBAN', iban],
  ])('%s in cases that only chance mixes so is none', (name, secret) => {
    expect(found(inside(alternating(secret)))).not.toContain(name)
  })
})

it('an encoded key counts there as before', () => {
  const hidden = Buffer.concat([bytes('d', 900), Buffer.from(` ${aws} `), bytes('e', 900)]).toString('base64')
  expect(found(hidden)).toContain('AWS Access Key ID')
})

it.each([
  ['prose', (text: string) => `${'The boats came in early. '.repeat(60)}${text}${' Nobody saw them.'.repeat(60)}`],
  ['a short run', (text: string) => `${noise('a', 200)}/${text}/${noise('b', 200)}`],
  ['a run of hex', (text: string) => `${bytes('a', 600).toString('hex')}/${text}/${bytes('b', 600).toString('hex')}`],
  ['a run in capitals', (text: string) => `${noise('a').toUpperCase()}/${text}/${noise('b').toUpperCase()}`],
])('in %s a key counts in any cases', (_, around) => {
  expect(found(around(alternating(aws)))).toContain('AWS Access Key ID')
})

it('more of them than chance makes count', () => {
  const one = `${noise('a')}/${alternating(aws)}/`
  expect(found(`${one.repeat(4)}${noise('b')}`)).not.toContain('AWS Access Key ID')
  expect(found(`${one.repeat(6)}${noise('b')}`)).toContain('AWS Access Key ID')
})

describe('short pieces of a long run are looked at together', () => {
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

  it.each([
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

  it('and never make one find of two', () => {
    expect(found(`${around('abcdefg pw')}${around('d=hunter2x')}`)).toEqual([])
  })
})
