// Credentials in request headers: which are inspected, in what forms, and what passwords may pass.
import {describe, expect, test} from 'vitest'
import type {Header} from '../../../../src/core/exchange.js'
import {mixed, upper} from '../../../support/credentials.js'
import {bodiesOf, brief, type Request} from './fixtures.js'

const AWS = ['AK', 'IA', upper(16)].join('')
const results = ['header_dlp block AWS Access Key ID']

async function judged(headers: readonly Header[], section: object = {}, request: Request = {}) {
  const bodies = await bodiesOf({action: 'block', ...section})
  return bodies.judge({...request, headers})
}
const rulesIn = async (headers: readonly Header[], section: object = {}) => brief(await judged(headers, section))
const basic = (pair: string): Header => ['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]

describe('mode sensitive', () => {
  test.each([
    ['a listed one', ['authorization', `Bearer ${AWS}`]],
    ['a listed one in other case', ['X-API-KEY', AWS]],
    ['a cookie among others', ['Cookie', `a=1; token=${AWS}; b=2`]],
    ['a cookie, escaped', ['Cookie', `a=${encodeURIComponent(`"${AWS}"`)}`]],
    ['in base64', ['X-Token', Buffer.from(`x ${AWS}`).toString('base64')]],
    ['a JWT segment', ['Authorization', `Bearer x.${Buffer.from(JSON.stringify({k: AWS})).toString('base64url')}.y`]],
    ['a Referer', ['Referer', `https://x.test/a?b=${AWS.slice(0, 8)}&c=${AWS.slice(8)}`]],
    ['an Origin', ['Origin', `https://${AWS.toLowerCase()}.x.test`]],
    ['an unlisted one that looks random', ['X-Trace', `${AWS}${mixed(30)}`.replace(AWS, `${AWS} `)]],
  ] as const)('finds it in %s', async (_what, header) => {
    expect(await rulesIn([header])).toEqual(results)
  })

  test('puts the values of listed headers together, and of others only what looks random', async () => {
    const cut = (first: string, second: string): readonly Header[] => [
      [first, AWS.slice(0, 9)],
      [second, AWS.slice(9)],
    ]
    expect(await rulesIn(cut('X-Own', 'X-Api-Key'))).toEqual([])
    expect(await rulesIn(cut('X-Own', 'X-Api-Key'), {sensitive_headers: ['x-own', 'x-api-key']})).toEqual(results)
    const random = mixed(40)
    const key = ['lin', '_api_', random].join('')
    const halves: readonly Header[] = [
      ['X-Api-Key', key.slice(0, 12)],
      ['X-Trace', key.slice(12)],
    ]
    expect(await rulesIn(halves)).toEqual(['header_dlp block Linear API Key'])
    expect(await rulesIn(halves, {ignore_headers: ['x-trace']})).toEqual([])
  })
})

describe.each(['sensitive', 'all'])('in mode %s a whole credential is found', (header_mode) => {
  const HEADERS = [
    ...[
      'User-Agent',
      'Accept',
      'Accept-Encoding',
      'Accept-Language',
      'Accept-Charset',
      'Content-Type',
      'Content-Language',
    ],
    ...[
      'Referer',
      'Origin',
      'Host',
      'If-None-Match',
      'If-Match',
      'Range',
      'From',
      'Via',
      'Forwarded',
      'X-Forwarded-For',
    ],
    ...[
      'X-Request-Id',
      'Traceparent',
      'Proxy-Authenticate',
      'Proxy-Connection',
      'Expect',
      'Sec-Fetch-Mode',
      'Cache-Control',
    ],
    ...['Cookie', 'Authorization', 'X-Own'],
  ]
  test.each(HEADERS)('in %s', async (name) => {
    expect(await rulesIn([[name, AWS]], {header_mode})).toEqual(results)
    expect(await rulesIn([[name, AWS]], {header_mode, ignore_headers: [name]})).toEqual(results)
  })

  test('in a parameter, behind a word, encoded and as a name', async () => {
    const values: readonly Header[] = [
      ['Content-Type', `text/plain; charset=utf-8; x=${AWS}`],
      ['User-Agent', `Mozilla/5.0 (${AWS}) Gecko`],
      ['Accept', Buffer.from(AWS).toString('base64')],
      [AWS, ''],
      [`X-Note`, encodeURIComponent(AWS.replaceAll('A', '%41'))],
    ]
    for (const header of values)
      expect([header[0], await rulesIn([header], {header_mode})]).toEqual([header[0], results])
  })

  test('and not in fields that frame the message', async () => {
    const framing = ['Connection', 'Keep-Alive', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade', 'Content-Length']
    for (const name of framing) expect(await rulesIn([[name, AWS]], {header_mode})).toEqual([])
  })
})

test('numbers that identify a trace are no cards, where a header is not listed', async () => {
  const card = ['4012', '8888', '8888', '1881'].join('')
  expect(await rulesIn([['X-Datadog-Trace-Id', card]])).toEqual([])
  expect(await rulesIn([['X-Api-Key', card]])).toEqual(['header_dlp block Credit Card Number'])
  expect(await rulesIn([['X-Datadog-Trace-Id', card]], {header_mode: 'all'})).not.toEqual([])
})

describe('mode all', () => {
  const all = {header_mode: 'all'}
  test('looks at names, values, and both together', async () => {
    expect(await rulesIn([['X-Request-Id', AWS]], all)).toEqual(results)
    expect(await rulesIn([[AWS, 'x']], all)).toEqual(results)
    const named: Header = ['aws_secret_access_key', mixed(40)]
    expect(await rulesIn([named], all)).toEqual(['header_dlp block AWS Secret Key'])
  })
  test('takes ordinary requests for clean', async () => {
    const headers: Header[] = [
      ['Host', 'api.github.com'],
      ['User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0'],
      ['Accept', 'application/json, text/plain, */*'],
      ['Accept-Language', 'en-US,en;q=0.9'],
      ['Cache-Control', 'no-cache'],
      ['X-Request-Id', 'a3f8b2c1-4e5d-6f7a-8b9c-0d1e2f3a4b5c'],
      ['Cookie', 'session_id=abc123def456; theme=dark; _ga=GA1.2.1234567890.1234567890; token=abcdefgh'],
      ['If-None-Match', 'W/"5f1c0e0a5a1b4c9d8e7f0123456789ab"'],
      ['Referer', 'https://www.example.com/search?q=how+to+write+a+token'],
    ]
    expect(await rulesIn(headers, all)).toEqual([])
  })
})

test('one cut over several headers is found, in wire order and by name', async () => {
  const first = AWS.slice(0, 9)
  const second = AWS.slice(9)
  expect(
    await rulesIn([
      ['Authorization', first],
      ['X-Api-Key', second],
    ]),
  ).toEqual(results)
  expect(
    await rulesIn([
      ['X-Token', second],
      ['Cookie', 'a=b'],
      ['X-Api-Key', first],
    ]),
  ).toEqual(results)
  expect(await rulesIn([['Cookie', `a=${first}; b=${second}`]])).toEqual(results)
})

test('the finding names the header, the client is told nothing else', async () => {
  const [finding] = await judged([['X-Api-Key', AWS]])
  expect(finding).toMatchObject({
    header: 'x-api-key',
    detail: 'request header contains secret: AWS Access Key ID (x-api-key)',
    clientDetail: 'request header contains secret',
  })
  const [inTunnel] = await judged([['X-Api-Key', AWS]], {}, {transport: 'connect'})
  expect(inTunnel?.clientDetail).toBe('header DLP match')
})

test('switched off, headers are not inspected; with the setting left out they are', async () => {
  expect(await rulesIn([['X-Api-Key', AWS]], {scan_headers: false})).toEqual([])
  expect(await rulesIn([['X-Api-Key', AWS]], {scan_headers: null})).toEqual(results)
})

describe('Basic credentials', () => {
  const password = 'correct horse'
  const asked = {url: 'https://git.test/x', headers: [basic(`me:${password}`)]}
  const refused = ['header_dlp block Credential in URL']
  const informational = ['header_dlp allow Credential in URL']

  test('are a finding, unless they are short or stand for something', async () => {
    expect(await rulesIn([basic(`me:${password}`)])).toEqual(refused)
    for (const pair of ['me:short', 'me', 'me:', 'me:${PASSWORD}', 'me:REDACTED', 'me:%PASSWORD%']) {
      expect([pair, await rulesIn([basic(pair)])]).toEqual([pair, []])
    }
  })

  test('may go to a host of the allowlist; their content is still scanned', async () => {
    const bodies = await bodiesOf({action: 'block'}, {allowlist: ['git.test']})
    expect(brief(await bodies.judge(asked))).toEqual(informational)
    const known = {...asked, headers: [basic(`me:${AWS}`)]}
    expect(brief(await bodies.judge(known))).toEqual([...results, ...informational])
  })

  test('may go where they were requested, by the same scheme, name and port, and by the same agent', async () => {
    const bodies = await bodiesOf({action: 'block'})
    const challenge: Header[] = [['WWW-Authenticate', 'Negotiate, Basic realm="x"']]
    expect(brief(await bodies.judge(asked))).toEqual(refused)
    await bodies.answered(asked, 403, challenge)
    await bodies.answered(asked, 401, [['WWW-Authenticate', 'Bearer basic="x"']])
    expect(brief(await bodies.judge(asked))).toEqual(refused)
    await bodies.answered(asked, 401, challenge)
    expect(brief(await bodies.judge(asked))).toEqual(informational)
    for (const other of ['http://git.test/x', 'https://git.test:444/x', 'https://x.git.test/x']) {
      expect(brief(await bodies.judge({...asked, url: other}))).toEqual(refused)
    }
    expect(brief(await bodies.judge({...asked, agent: {name: 'b', basis: 'bound'}}))).toEqual(refused)
    const known = {...asked, headers: [basic(`me:${AWS}`)]}
    expect(brief(await bodies.judge(known))).toEqual([...results, ...informational])
  })

  test('for this proxy are no finding of their own', async () => {
    const [, value] = basic(`me:${password}`)
    expect(await rulesIn([['Proxy-Authorization', value]])).toEqual([])
    const [, known] = basic(`me:${AWS}`)
    expect(await rulesIn([['Proxy-Authorization', known]])).toEqual(results)
  })
})

describe('an opaque token of a bearer', () => {
  const token = mixed(40)
  test('is worth a word where no rule knows it', async () => {
    for (const section of [{}, {header_mode: 'all'}]) {
      const [finding, another] = await judged([['Authorization', `Bearer ${token}`]], section)
      expect([finding?.action, finding?.matches, another]).toEqual([
        'allow',
        [{pattern_name: 'Bearer Token', severity: 'medium'}],
        undefined,
      ])
    }
    expect(await rulesIn([['Authorization', `Bearer ${AWS}${'a'.repeat(20)}`]])).toEqual(results)
    expect(await rulesIn([['Authorization', `Bearer ${mixed(31)}`]])).toEqual([])
    expect(await rulesIn([['X-Api-Key', `Bearer ${token}`]])).toEqual([])
  })
})
