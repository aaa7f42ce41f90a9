// Tables of single rules and settings: card issuers, files of secrets, exemptions by host, keys of
// test networks, names inside DNS queries.
import {createHash} from 'node:crypto'
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner, check} from '../../../../src/plugins/dlp/create.js'
import {base58Check, luhn, mixed, upper} from '../../../support/credentials.js'

const folder = mkdtempSync(join(tmpdir(), 'pipelock-tables-'))
afterAll(() => rmSync(folder, {recursive: true}))

const KEY = ['AK', 'IA', upper(16)].join('')
const SECRET = 'f4K9-zQ2x-LmN8-vB7c'

function build(dlp: object = {}, env: Readonly<Record<string, string>> = {}, canaries: object = {}) {
  return buildScanner({dlp: sections.dlp.parse(dlp), canary_tokens: sections.canary_tokens.parse(canaries)}, {env})
}
const plain = await build()
function urlRule(raw: string, scanner = plain): string | undefined {
  const {target} = parseTarget(raw)
  if (target === undefined) throw new Error(`refused: ${raw}`)
  return scanner.scanUrl(target).match?.rule
}
const rules = (text: string, scanner = plain): readonly string[] =>
  scanner.text(text, {surface: 'body', all: true}).matches.map(({rule}) => rule)

describe('a card of every issuer', () => {
  const number = (prefix: string, length: number): string =>
    luhn(`${prefix}${'0481592637048159263'.slice(prefix.length, length - 1)}`)
  const ISSUED: readonly (readonly [prefix: string, length: number])[] = [
    ['4', 16],
    ['4', 19],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['2720', 16],
    ['34', 15],
    ['37', 15],
    ['3528', 16],
    ['3589', 19],
    ['6011', 16],
    ['6011', 19],
    ['644', 16],
    ['649', 19],
    ['65', 16],
  ]
  test.each(ISSUED)('%s… with %i digits', (prefix, length) => {
    const digits = number(prefix, length)
    expect(digits).toHaveLength(length)
    const spaced = digits.replace(/(.{4})(?=.)/g, '$1 ')
    for (const text of [digits, `card: ${spaced}.`, `card: ${spaced.replaceAll(' ', '-')}.`]) {
      expect([text, rules(text)]).toEqual([text, ['Credit Card Number']])
    }
    expect(urlRule(`https://x.test/?card=${digits}`)).toBe('Credit Card Number')
    const last = (Number(digits.slice(-1)) + 1) % 10
    expect(rules(`card: ${digits.slice(0, -1)}${last}.`)).toEqual([])
  })

  test.each([
    ['1', 16],
    ['50', 16],
    ['56', 16],
    ['2220', 16],
    ['2721', 16],
    ['36', 16],
    ['3527', 16],
    ['3590', 16],
    ['6012', 16],
    ['643', 16],
    ['66', 16],
    ['4', 17],
    ['4', 15],
    ['34', 16],
    ['51', 19],
  ] as const)('%s… with %i digits is none', (prefix, length) => {
    expect(rules(`card: ${number(prefix, length)}.`)).toEqual([])
  })

  test('of one digit alone is none', () => {
    expect(rules(`card: ${'4'.repeat(16)}.`)).toEqual([])
  })
})

test('keys of the test network of Bitcoin are reported, never enforced', () => {
  for (const payload of [
    [0xef, ...Buffer.alloc(32, 11)],
    [0xef, ...Buffer.alloc(32, 11), 1],
  ]) {
    const {matches, informational} = plain.text(base58Check(Buffer.from(payload)), {surface: 'body'})
    expect([matches, informational.map(({rule}) => rule)]).toEqual([[], ['Bitcoin WIF Private Key']])
  }
  expect(rules(base58Check(Buffer.from([0x6f, ...Buffer.alloc(32, 11)])))).toEqual([])
})

describe('a file of secrets', () => {
  const path = join(folder, 'secrets')
  writeFileSync(path, `${mixed(24)}\n`)
  const config = {dlp: sections.dlp.parse({secrets_file: path}), canary_tokens: sections.canary_tokens.parse({})}
  test.each([
    [0o600, true],
    [0o400, true],
    [0o640, true],
    [0o440, true],
    [0o700, true],
    [0o620, false],
    [0o660, false],
    [0o610, false],
    [0o604, false],
    [0o602, false],
    [0o601, false],
    [0o644, false],
    [0o777, false],
  ])('of mode %o', async (mode, isRead) => {
    chmodSync(path, mode)
    const problems = await check(config)
    expect(problems.map(({field}) => field)).toEqual(isRead ? [] : ['dlp.secrets_file'])
    if (!isRead) expect(problems[0]?.message).toContain(`mode 0${mode.toString(8)}`)
  })

  test('says which lines it skips, and nothing of what is in them', async () => {
    const lines = [
      '# c',
      '',
      '  padded-secret-value-1  ',
      'short',
      'a\0bcdefghijklmnopqrs',
      'x'.repeat(4097),
      'duplicate-secret-1',
    ]
    const many = Array.from({length: 1001}, (_, i) => `numbered-secret-${i}-${mixed(8)}`)
    writeFileSync(path, [...lines, 'duplicate-secret-1', ...many].join('\r\n'), {mode: 0o600})
    chmodSync(path, 0o600)
    const warnings: string[] = []
    const scanner = await buildScanner(config, {env: {APP: 'duplicate-secret-1'}}, (field, message) => {
      expect(field).toBe('dlp.secrets_file')
      warnings.push(message)
    })
    expect(warnings).toEqual([
      'line 4 skipped: shorter than 16 bytes',
      'line 5 skipped: holds a NUL',
      'line 6 skipped: longer than 4096 bytes',
      'line 1007 and what follows skipped: more than 1000 entries',
    ])
    expect(rules('a padded-secret-value-1 b', scanner)).toEqual(['Known Secret Leak'])
    expect(rules('a duplicate-secret-1 b', scanner)).toEqual(['Environment Variable Leak'])
    expect(rules(`a numbered-secret-997-${mixed(8)} b`, scanner)).toEqual(['Known Secret Leak'])
    expect(rules(`a numbered-secret-998-${mixed(8)} b`, scanner)).toEqual([])
  })

  test.each([
    ['missing', join(folder, 'none'), 'cannot read'],
    ['a folder', folder, 'no regular file'],
  ])('that is %s', async (_, secrets_file, message) => {
    const dlp = sections.dlp.parse({secrets_file})
    expect((await check({...config, dlp}))[0]?.message).toContain(message)
  })
})

describe('exemptions of a pattern by host', () => {
  const own = {name: 'Badge', regex: 'badge-[0-9]{4}', severity: 'high', exempt_domains: ['*.hr.test', 'bücher.test']}
  const scanner = build({patterns: [own]}, {APP_SECRET: SECRET}, {tokens: [{name: 'bait', value: 'canary-7h2k-9q1z'}]})
  test.each([
    ['https://hr.test/badge-7777', undefined],
    ['https://a.b.hr.test/?q=badge-7777', undefined],
    ['https://A.HR.test./?q=badge-7777', undefined],
    ['https://xn--bcher-kva.test/badge-7777', undefined],
    ['https://badge-7777.hr.test/', undefined],
    ['https://xhr.test/badge-7777', 'Badge'],
    ['https://hr.test.evil.test/badge-7777', 'Badge'],
    ['https://hr.test@evil.test/badge-7777', 'Badge'],
    ['https://evil.test/?x=.hr.test&q=badge-7777', 'Badge'],
    [`https://hr.test/${KEY}`, 'AWS Access Key ID'],
    [`https://hr.test/?q=${SECRET}`, 'Environment Variable Leak'],
    ['https://hr.test/?q=canary-7h2k-9q1z', 'Canary Token (bait)'],
    [`https://hr.test/badge-7777?q=${KEY}`, 'AWS Access Key ID'],
  ])('%s', async (raw, expected) => {
    expect(urlRule(raw, await scanner)).toBe(expected)
  })

  test('hold in URLs alone', async () => {
    expect(rules('see badge-7777 at hr.test', await scanner)).toEqual(['Badge'])
  })
})

describe('the name in a DNS query of a value', () => {
  const query = (...labels: string[]): string =>
    Buffer.concat([
      Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
      ...labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
      Buffer.from([0, 0, 1, 0, 1]),
    ]).toString('base64url')
  const hidden = Buffer.from(`the key is ${KEY}, so it is`).toString('hex')
  test.each([
    ['a key', [KEY, 'x', 'test']],
    ['a key in two labels', [KEY.slice(0, 9), KEY.slice(9), 'x', 'test']],
    ['hex in two labels whose length reads as a digit', [hidden.slice(0, 50), hidden.slice(50), 'x', 'test']],
  ])('%s', (_, labels) => {
    expect(urlRule(`https://dns.test/dns-query?dns=${query(...labels)}`)).toBe('AWS Access Key ID')
  })
  test('of an ordinary host is clean', () => {
    expect(urlRule(`https://dns.test/dns-query?dns=${query('www', 'example', 'com')}`)).toBeUndefined()
  })
})

describe('values with the form of a secret', () => {
  const PRIME = `0x${'f'.repeat(56)}00000a17`
  test.each([
    ['the prime of a curve', `const FIELD = ${PRIME}n`],
    ['the base point of a curve', 'let x = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798'],
    ['the bits of a number', `EXPECT_EQ(mangled(1.0), ${luhn('40')}0000000000000)`],
    ['an expression for addresses', String.raw`/mongodb:\/\/(\w+:\w+@)?[a-z]+/ and "mongodb://\\w+:\\w+@host"`],
    ['a name with the length of an account number', 'plugin-es2015-destructuring-6230t'],
    ['a parameter that shows where a value stands', 'https://x.test/a?token=Value'],
  ])('%s is not enforced', (_, text) => {
    expect(rules(text)).toEqual([])
  })

  test.each([
    ['Ethereum Private Key', `const FIELD = 0x${createHash('sha256').update('key').digest('hex')}n`],
    ['Credit Card Number', luhn('400000000012300')],
    ['MongoDB Connection String', String.raw`mongodb://jo:\w+Kd93ks@db.example/`],
    ['IBAN', 'GB82WEST12345698765432'],
    ['IBAN', 'DE89 3704 0044 0532 0130 00'],
    ['Credential in URL', 'https://x.test/a?token=Value8Kd93ks'],
  ])('%s is found: %s', (rule, text) => {
    expect(rules(text)).toContain(rule)
  })
})
