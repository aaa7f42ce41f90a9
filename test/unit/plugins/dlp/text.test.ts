import type {DlpScanner, TextMatch, TextOptions} from '../../../../src/core/services/dlp.js'
import {describe, expect, test} from 'vitest'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {EXAMPLES, hex, mixed, upper} from '../../../support/credentials.js'
import {base32, SPELLINGS} from '../../../support/spellings.js'

type Env = Readonly<Record<string, string>>
const build = (dlp: object = {}, env: Env = {}, canaries: object = {}): Promise<DlpScanner> =>
  buildScanner({dlp: sections.dlp.parse(dlp), canary_tokens: sections.canary_tokens.parse(canaries)}, {env})

const body: TextOptions = {surface: 'body'}
const key = ['AK', 'IA', upper(16)].join('')
const github = ['gh', 'p_', mixed(32)].join('')
const scanner = await build()
const only = (text: string, options = body): TextMatch | undefined => scanner.text(text, options).matches[0]

describe('text', () => {
  const around = (hidden: string): string => `Dear all,\nthe value is ${hidden} and more follows.`

  test.each(Object.entries(SPELLINGS))('finds a key spelled in %s, at its place', (_, {spell, encoded}) => {
    const hidden = spell(key)
    const text = around(hidden)
    const result = only(text)
    expect(result).toMatchObject({rule: 'AWS Access Key ID', core: true, encoded})
    // inside the hidden text, and nothing of the sentence around it but quotes
    expect(result?.start).toBeGreaterThanOrEqual(text.indexOf(hidden) - 1)
    expect(result?.end).toBeLessThanOrEqual(text.indexOf(hidden) + hidden.length + 1)
  })

  test('is exhausted by letters that unfold, and still finds what stands beside them', () => {
    const many = '\ufdfa'.repeat(150_000)
    expect(scanner.text(many, body)).toMatchObject({matches: [], exhausted: true})
    expect(scanner.text(`${many} ${key} `, {...body, all: true}).matches[0]?.rule).toBe('AWS Access Key ID')
    expect(scanner.text(`\ufdfa ${'Prose of a page. '.repeat(1_000)}`, body).exhausted).toBe(false)
  })

  test('finds a key in pieces wherever they stand among very many values, with pauses', () => {
    const pieces = key.match(/.{1,3}/g) ?? []
    const filler = Array.from({length: 30_000}, (_, i) => `w${i}.`)
    for (const at of [0, 10, 9_000, 11_500, 11_510, 13_000, 13_010, 20_000, 30_000]) {
      const values = [...filler.slice(0, at), ...pieces, ...filler.slice(at)]
      const steps = scanner.joinedSteps(values, {...body, asGiven: true})
      let pauses = 0
      let step = steps.next()
      for (; step.done !== true; step = steps.next()) pauses++
      expect([at, step.value.matches[0]?.rule]).toEqual([at, 'AWS Access Key ID'])
      expect(pauses).toBeGreaterThan(2)
    }
  })

  test.each([
    ['a length byte', `\u0014${Buffer.from(key).toString('base64')}`],
    ['a tab', `x\t${Buffer.from(key).toString('hex')}`],
    ['a line end', `x\n${base32(Buffer.from(key)).toLowerCase()}`],
    ['a name glued to it', `file_${Buffer.from(key).toString('base64')}`],
    ['an odd digit glued to it', `a${Buffer.from(key).toString('hex')}`],
  ])('finds an encoded run after %s', (_, text) => {
    expect(only(text)?.rule).toBe('AWS Access Key ID')
  })

  test('reports one secret once, however many views show it', () => {
    expect(scanner.text(`a\nb%20c "${github}" d.e`, {...body, all: true}).matches).toHaveLength(1)
    const twice = scanner.text(`${github} and ${github}`, {...body, all: true}).matches
    expect(twice.map(({start, end}) => [start, end])).toEqual([
      [0, 36],
      [41, 77],
    ])
    expect(scanner.text(`${github} and ${github}`, body).matches).toHaveLength(1)
  })

  test('names core rules first', () => {
    const names = scanner.text(`${EXAMPLES['npm Token']?.()[0]} ${key}`, body).matches.map(({rule}) => rule)
    expect(names).toEqual(['AWS Access Key ID', 'npm Token'])
  })

  test('glues lines only where the secret itself is broken', () => {
    expect(only(`${key.slice(0, 9)}\n${key.slice(9)}`)?.rule).toBe('AWS Access Key ID')
    expect(only(`foo${key.slice(0, 9)}\n${key.slice(9)}`)).toBeUndefined()
    expect(only(`see\n${key.slice(0, 4)}\nin the manual of March`)).toBeUndefined()
    expect(only('export DB_PASSWORD=\nsomething else entirely')).toBeUndefined()
  })

  test.each([
    'The quick brown fox jumps over the lazy dog, then reads src/lib/decode.ts and node_modules/.bin/tsc.',
    'sha512-7Bk1oHq9cVx0h2ZkY5qk8rY4pW1mT0s6u3nJ9dF2gL5aX8cV1bN4mQ7wE0rT3yU6iO9pA2sD5fG8hJ1kL4zX7w==',
    'id: 550e8400-e29b-41d4-a716-446655440000, time: 2026-11-21T18:00:00.000Z, size: 12,345,678',
    '[1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987]',
    'const token = process.env.GITHUB_TOKEN; RATE_TOKEN_BUCKET=1234567890',
  ])('leaves ordinary text alone: %s', (text) => {
    expect(scanner.text(text, body)).toEqual({matches: [], informational: [], exhausted: false})
  })

  test('decodes many short runs and nested ones within its budget', () => {
    const nested = (depth: number): string => {
      let text = 'some ordinary words of a plain text'
      for (let i = 0; i < depth; i++) text = Buffer.from(`${text} `.repeat(3)).toString('base64')
      return text
    }
    expect(scanner.text(nested(3), body).exhausted).toBe(false)
    // histories, lock files and bundles of certificates hold thousands of runs
    const many = Array.from({length: 4000}, (_, i) => Buffer.from(`text ${i}`).toString('base64url')).join(' ')
    expect(scanner.text(many, body).exhausted).toBe(false)
    expect(scanner.text(`${'%25'.repeat(5000)}41`, body).exhausted).toBe(false)
  })

  test('reads long lists of numbers and of short words to their end', () => {
    const clean = {matches: [], informational: [], exhausted: false}
    const words = ['alpha', 'beta', 'gamma', 'ok']
    expect(
      scanner.joined(
        Array.from({length: 20_000}, (_, i) => String(i)),
        body,
      ),
    ).toEqual(clean)
    expect(
      scanner.joined(
        Array.from({length: 20_000}, (_, i) => `${words[i % 4]}${i % 100}`),
        body,
      ),
    ).toEqual(clean)
  })

  test('keeps report-only patterns apart', async () => {
    const own = {name: 'Project Name', regex: 'aurora', severity: 'low', action: 'warn'}
    const verdict = (await build({patterns: [own]})).text('project aurora', body)
    expect(verdict.matches).toEqual([])
    expect(verdict.informational).toEqual([
      {rule: 'Project Name', severity: 'low', encoded: '', warn: true, start: 8, end: 14},
    ])
  })

  test('lets a cookie hold a token by its name', () => {
    const text = 'a=b; token=0123456789abcdef'
    expect(only(text)?.rule).toBe('Credential in URL')
    expect(only(text, {surface: 'cookie'})).toBeUndefined()
    expect(only(`token=${github}`, {surface: 'cookie'})?.rule).toBe('GitHub Token')
  })

  test('takes the parameters of a token endpoint and a digest under its name for what they are', () => {
    const form = 'grant_type=client_credentials&client_secret=0123456789abcdef'
    expect(only(form)?.rule).toBe('Credential in URL')
    const endpoint = scanner.text(form, {...body, tokenRequest: true})
    expect(endpoint.matches).toEqual([])
    expect(endpoint.informational.map(({rule}) => rule)).toEqual(['Credential in URL'])
    const digest = `0x${hex(64)}`
    expect(only(digest)?.rule).toBe('Ethereum Private Key')
    expect(scanner.text(digest, {...body, key: 'txHash'}).informational).toHaveLength(1)
    expect(scanner.text(`{"tx_hash": "${digest}"}`, body)).toMatchObject({
      matches: [],
      informational: [{severity: 'critical'}],
    })
    expect(only(digest, {...body, key: 'seed'})?.rule).toBe('Ethereum Private Key')
  })

  test('never names the secret', () => {
    for (const example of Object.values(EXAMPLES)) {
      const [secret] = example()
      expect(JSON.stringify(scanner.text(`x ${secret} y`, body))).not.toContain(secret)
    }
  })
})

describe('known values in text', () => {
  const secret = 'f4K9-zQ2x-LmN8-vB7c'
  test.each([
    ['raw', secret],
    ['base64 inside more', Buffer.from(`x=${secret};y`).toString('base64')],
    [
      'hex with separators',
      Buffer.from(secret)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
    ],
    ['reversed', [...secret].reverse().join('')],
    ['character codes', [...secret].map((c) => c.charCodeAt(0)).join(',')],
    ['HTML references', [...secret].map((c) => `&#${c.charCodeAt(0)};`).join('')],
    ['other separators', secret.replaceAll('-', '_')],
    ['percent', [...secret].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')],
  ])('%s', async (_, text) => {
    const withEnv = await build({}, {APP_SECRET: secret})
    const [result] = withEnv.text(`value: ${text}`, body).matches
    expect(result).toMatchObject({rule: 'Environment Variable Leak', severity: 'critical', encoded: 'env'})
    expect(withEnv.text(`value: ${text}`, {...body, patternsOnly: true}).matches).toEqual([])
  })
})

describe('a token with a readable head', () => {
  const jwt = EXAMPLES['JWT Token']?.()[0] ?? ''

  test('is found behind beginnings that lead nowhere', () => {
    const text = `${'ey'.repeat(40)}.eyx ${'ey'.repeat(3000)}${jwt}`
    expect(only(text)).toMatchObject({rule: 'JWT Token', start: text.length - jwt.length})
  })

  test.each([
    ['without an end', `${'ey'.repeat(8100)}.eyx `, false],
    ['with an end and no readable head', `${'eyJ'.repeat(5400)}.eyxx. `, true],
  ])('costs time that is linear in the beginnings of one %s', (_, piece, exhausted) => {
    const before = process.cpuUsage()
    expect(scanner.text(piece.repeat(16), body)).toMatchObject({matches: [], exhausted})
    // read from every beginning it is three seconds and more
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})

describe('values joined', () => {
  const joined = (...parts: readonly string[]): string | undefined => scanner.joined(parts, body).matches[0]?.rule

  // what very many of them cost is measured by the rows `growth` of the bench
  test('finds what is cut among values that hold a secret by themselves', () => {
    const values = Array.from({length: 50}, (_, i) => `${github.slice(0, -4)}${String(i).padStart(4, '0')}`)
    expect(joined(...values)).toBeUndefined()
    expect(joined(...values, key.slice(0, 9), key.slice(9))).toBe('AWS Access Key ID')
  })
  const encoded = Buffer.from(github).toString('base64')
  const inHex = Buffer.from(key).toString('hex')

  test.each([
    ['in order', [key.slice(0, 7), key.slice(7)]],
    ['as single characters', [...key]],
    ['sorted', [`2${key.slice(9)}`, `${key.slice(0, 9)}`].map((part, i) => (i === 0 ? part.slice(1) : part))],
    ['with others between', [github.slice(0, 3), 'a name', 'a place', github.slice(3)]],
    ['backwards with others between', ['x', github.slice(12), 'a name', github.slice(0, 12), 'y']],
    ['encoded', [Buffer.from(github).toString('base64').slice(0, 9), Buffer.from(github).toString('base64').slice(9)]],
    ['encoded, with others between', [encoded.slice(0, 9), 'page', 'name', encoded.slice(9)]],
    ['in hex, backwards', [inHex.slice(6), 'page', inHex.slice(0, 6)]],
  ])('finds one secret %s', (_, parts) => {
    expect(joined(...parts)).toMatch(/^(?:AWS Access Key ID|GitHub Token)$/)
  })

  test('reports only what no single value holds', () => {
    expect(joined(key, 'other')).toBeUndefined()
    expect(scanner.joined(['a', 'b'], body)).toEqual({matches: [], informational: [], exhausted: false})
    expect(scanner.joined([key.slice(0, 7), key.slice(7)], body).matches).toEqual([
      {rule: 'AWS Access Key ID', severity: 'critical', encoded: 'split', core: true, start: -1, end: -1},
    ])
  })

  test('does not make numbers and named values out of neighbours', () => {
    expect(joined('token=', 'something')).toBeUndefined()
    expect(joined('4111', '1111', '1111', '1111')).toBeUndefined()
    expect(joined('name', 'value', 'monkeys', 'k-means')).toBeUndefined()
  })
})

describe('a password within a sentence', () => {
  const named = (name: string, value: string): string => `${name}=${value}`
  test.each([
    ['behind a word', `Log in with ${named('password', 'kettle77blue')} and go on.`],
    ['behind a colon', `For the staging host: ${named('passwd', 'Blue!kettle4')}`],
    ['in quotes', `They wrote "${named('pwd', '9kettles.at.home')}" on the wall.`],
    ['at the end', `The rest is ${named('password', 'hunter22')}.`],
  ])('%s is found', (_, text) => {
    expect(only(text)).toMatchObject({rule: 'Credential in URL', encoded: ''})
    expect(scanner.text(text, {surface: 'cookie'}).matches).toEqual([])
  })

  test.each([
    ['a word', 'set password=required in the file'],
    ['a short value', 'set password=abc12 in the file'],
    ['a placeholder', 'set password=passw0rd in the file'],
    ['a variable', 'run it with password=${DB_PASSWORD2} once'],
    ['an index', 'open(host, password=credentials[1])'],
    ['a call', 'open(host, password=read_line2(file))'],
    ['a path', 'open(host, password=/run/secrets/db2)'],
    ['another name', 'set mypassword=kettle77blue in the file'],
    ['a token that no person chose', 'the cookie has token=kettle77blue in it'],
  ])('%s is none', (_, text) => {
    expect(scanner.text(text, body)).toMatchObject({matches: [], informational: []})
  })
})
