import {describe, expect, test} from 'vitest'
import {memoryOf, type Memory, type Sent} from './memory.js'

const TOKEN = `ghp_${'a1B2c3D4e5'.repeat(3)}F6g7H8`
const KEY = 'AKIAIOSFODNN7EXAMPLE'
const FRAGMENTS = {entropy_budget: {enabled: false}}
const GITHUB = 'warn: cross-request secret detected: GitHub Token'

const query = (value: string, name = 'v', host = 'a.example.com'): Sent => ({url: `http://${host}/?${name}=${value}`})
const json = (value: unknown): Sent => ({
  method: 'POST',
  headers: [['content-type', 'application/json']],
  body: JSON.stringify(value),
})
const text = (body: string): Sent => ({method: 'POST', headers: [['content-type', 'text/plain']], body})
const form = (body: string): Sent => ({
  method: 'POST',
  headers: [['content-type', 'application/x-www-form-urlencoded']],
  body,
})

function all(memory: Memory, requests: readonly Sent[]): readonly string[] {
  return requests.flatMap((request) => memory.send(request))
}
const fresh = (): Memory => memoryOf(FRAGMENTS)
const halves = (secret: string, at = Math.floor(secret.length / 2)): readonly [string, string] => [
  secret.slice(0, at),
  secret.slice(at),
]

describe('a secret in two requests', () => {
  const [first, second] = halves(TOKEN)
  test.each<readonly [name: string, requests: readonly Sent[]]>([
    ['in one parameter', [query(first), query(second)]],
    ['to different hosts', [query(first, 'v', 'a.example.com'), query(second, 'v', 'b.example.net')]],
    ['under different names', [query(first, 'x'), query(second, 'y')]],
    ['under numbered names', [query(first, 'part1'), query(second, 'part2')]],
    ['cut inside its prefix', [query(TOKEN.slice(0, 2)), query(TOKEN.slice(2))]],
    ['cut behind its first letter', [query(TOKEN.slice(0, 1)), query(TOKEN.slice(1))]],
    ['in the path', [{url: `http://a.example.com/up/${first}`}, {url: `http://a.example.com/${second}/x`}]],
    ['in names of parameters', [{url: `http://a.example.com/?${first}=1`}, {url: `http://a.example.com/?${second}=1`}]],
    ['as bare words', [{url: `http://a.example.com/?${first}`}, {url: `http://a.example.com/?${second}`}]],
    ['in a header', [{headers: [['x-trace', first]]}, {headers: [['x-trace', second]]}]],
    [
      'one half in a header, the other in the path',
      [{headers: [['x-a', first]]}, {url: `http://a.example.com/${second}`}],
    ],
    ['behind the same address', [query(`https://b.example/${first}`), query(`https://b.example/${second}`)]],
    ['with what nobody sees between', [query(`${first}%E2%80%8B`), query(`%E2%80%8B${second}`)]],
    ['in full-width letters', [query(first.replaceAll('a', '%EF%BD%81')), query(second)]],
    ['in strings of JSON', [json({a: {b: first}}), json({a: {b: second}})]],
    ['in names of JSON', [json({[first]: 1}), json({[second]: 1})]],
    ['in a form', [form(`a=${first}`), form(`a=${second}`)]],
    ['labelled in plain text', [text(`part1: ${first}`), text(`part2: ${second}`)]],
    ['behind escapes', [query(`%67%68${first.slice(2)}`), query(second)]],
    ['second half first', [query(second), query(first)]],
    ['second half first, in another place', [query(second, 'x'), query(first, 'y')]],
  ])('%s', (_name, requests) => {
    const memory = fresh()
    const [one, ...rest] = requests
    expect(memory.send(one ?? {})).toEqual([])
    expect(all(memory, rest)).toEqual([GITHUB])
  })

  test.each<[string, (piece: string, i: number) => Sent]>([
    ['the only value of each, in fields of any name', (piece, i) => query(piece, 'abc'.charAt(i))],
    ['the same header', (piece) => ({headers: [['Authorization', `Bearer ${piece}`]]})],
    ['a header that every client sends', (piece) => ({headers: [['User-Agent', piece]]})],
    ['a cookie', (piece) => ({headers: [['Cookie', `theme=dark; s=${piece}`]]})],
  ])('in three pieces: %s', (_name, request) => {
    const pieces = TOKEN.match(/.{1,14}/g) ?? []
    const memory = fresh()
    expect(pieces.map((piece, i) => memory.send(request(piece, i)))).toEqual([[], [], [GITHUB]])
  })

  test.each(['forward', 'connect'])(
    'in names of hosts of one domain, whose owner receives the queries: %s',
    (transport) => {
      const memory = fresh()
      const method = transport === 'connect' ? 'CONNECT' : 'GET'
      const [one, two] = halves(KEY.toLowerCase())
      expect([one, two].map((label) => memory.send({url: `http://${label}.drop.example.com/`, method}))).toEqual([
        [],
        ['warn: cross-request secret detected: AWS Access Key ID'],
      ])
      const apart = fresh()
      expect(
        all(
          apart,
          [one, two].map((label, i) => ({url: `http://${label}.drop${i}.example/`, method})),
        ),
      ).toEqual([])
    },
  )

  test('with other requests in between', () => {
    const memory = fresh()
    expect(memory.send(query(first))).toEqual([])
    for (let i = 0; i < 40; i++) {
      expect(memory.send({url: `http://docs.example.com/guide/page-${i}?lang=en&id=${i}x9Kq${i * 7919}`})).toEqual([])
    }
    expect(memory.send(text('an ordinary sentence about nothing. '.repeat(4000)))).toEqual([])
    expect(memory.send(query(second))).toEqual([GITHUB])
  })

  test('encoded, cut anywhere', () => {
    for (const encoding of ['base64', 'hex'] as const) {
      const encoded = Buffer.from(`key=${KEY}!`).toString(encoding).replace(/=+$/, '')
      const memory = fresh()
      const [one, two] = halves(encoded, 20)
      expect(memory.send(query(one))).toEqual([])
      expect(memory.send(query('padding-of-some-kind', 'other'))).toEqual([])
      expect(memory.send(query(two))).toEqual(['warn: cross-request secret detected: AWS Access Key ID'])
    }
  })

  test('of a rule that has been seen whole before', () => {
    const memory = fresh()
    expect(memory.send(query(`ghp_${'Z9y8X7w6V5'.repeat(4)}`))).toEqual([])
    expect(memory.send(query(first))).toEqual([])
    expect(memory.send(query(second))).toEqual([GITHUB])
  })

  test('blocks where the action says so', () => {
    const memory = memoryOf({...FRAGMENTS, action: 'block'})
    memory.send(query(first))
    expect(memory.send(query(second))).toEqual([GITHUB.replace('warn', 'block')])
    expect(memory.state.counts).toEqual({entropyExceeded: 0, dlpMatches: 1})
  })
})

test('the header of a private key, cut anywhere', () => {
  const header = '-----BEGIN RSA PRIVATE KEY-----'
  for (const at of [3, 8, 14, 20, 28]) {
    const memory = fresh()
    expect(memory.send(text(`x ${header.slice(0, at)}`))).toEqual([])
    expect(memory.send(text(`${header.slice(at)}\nMIIE`))).toEqual([
      'warn: cross-request secret detected: Private Key Header',
    ])
  }
})

describe('a secret in many requests', () => {
  const pieces = TOKEN.match(/.{1,8}/g) ?? []
  test('in order, in one place', () => {
    expect(
      all(
        fresh(),
        pieces.map((piece) => query(piece)),
      ),
    ).toEqual([GITHUB])
  })

  test('in any order, with padding in between', () => {
    const orders = [
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
      [1, 2, 3, 4, 0],
    ]
    for (const order of orders) {
      const memory = fresh()
      const results = order.flatMap((index) => [
        ...memory.send(query(pieces[index] ?? '', `part${index}`)),
        ...memory.send(text(`padding ${'lorem ipsum '.repeat(500)}`)),
      ])
      expect([order, results]).toEqual([order, [GITHUB]])
    }
  })
})

describe('no secret', () => {
  test('is what one request holds whole: other scanners have judged it', () => {
    const memory = fresh()
    expect(memory.send(query(TOKEN))).toEqual([])
    expect(memory.send(query(TOKEN))).toEqual([])
    expect(memory.send(query(`${TOKEN}x`))).toEqual([])
  })

  test('is made of words, paths, digests and identifiers behind the name of a kind of token', () => {
    const memory = fresh()
    const talk = [
      json({
        messages: [
          {
            role: 'user',
            content: 'Tokens of GitHub begin with ghp_ and those of Anthropic with sk-ant- so look for them',
          },
        ],
      }),
      json({
        messages: [{role: 'user', content: 'documentation configuration authentication and internationalization'}],
      }),
      json({
        messages: [
          {role: 'user', content: 'commit 3f786850e387550fdab836ed7e6dc881de23001b in src/plugins/dlp/gate.ts'},
        ],
      }),
      json({id: '123e4567-e89b-12d3-a456-426614174000', content: 'makeFragmentBuffer(scanner, options)'}),
      query('ghp_', 'q'),
      query('authentication', 'q'),
      query('internationalization', 'q'),
    ]
    expect(all(memory, talk)).toEqual([])
  })

  test('is a beginning in one place and an identifier in another', () => {
    const memory = fresh()
    expect(memory.send(query('sk-ant-abcd', 'prefix'))).toEqual([])
    for (const value of ['3f786850e387550fdab836ed7e6dc881de23001b', '123e4567-e89b-12d3-a456-426614174000']) {
      expect(memory.send(query(value, 'id'))).toEqual([])
    }
    expect(memory.send(query('section-2-configuration', 'anchor'))).toEqual([])
    expect(memory.send(query('a1B2c3D4e5F6', 'other'))).toEqual([
      'warn: cross-request secret detected: Anthropic API Key',
    ])
  })

  test('is in headers that are the same every time, or that change as sessions do', () => {
    const memory = fresh()
    for (let i = 0; i < 30; i++) {
      const session = Buffer.from(`${i * 7919}/${i * 104_729}`.repeat(2)).toString('base64url')
      const headers = [
        ['User-Agent', 'ghp_ client/1.0'],
        ['Authorization', 'Bearer ghp_'.padEnd(51, 'a1B2')],
        ['Cookie', `session=${session}; theme=dark`],
        ['Accept', '*/*'],
      ] as const
      expect(memory.send({url: `http://cdn${i}.example.com/`, headers})).toEqual([])
    }
  })

  test('is what one request holds in two fields: that is inspected with the request', () => {
    const [first, second] = halves(TOKEN)
    expect(fresh().send({url: `http://a.example.com/?x=${first}&y=${second}`})).toEqual([])
  })

  test('comes from another client', () => {
    const memory = fresh()
    const [first, second] = halves(TOKEN)
    memory.send({...query(first), ip: '10.0.0.1'})
    expect(memory.send({...query(second), ip: '10.0.0.2'})).toEqual([])
  })

  test('comes from a check, a replay or a redirect', () => {
    const [first, second] = halves(TOKEN)
    for (const purpose of ['check', 'replay', 'redirect'] as const) {
      const memory = fresh()
      memory.send({...query(first), purpose})
      expect(memory.send(query(second))).toEqual([])
    }
  })

  test('comes after the window', () => {
    const memory = fresh()
    const [first, second] = halves(TOKEN)
    memory.send(query(first))
    memory.advance(5 * 60_000)
    expect(memory.send(query(second))).toEqual([])
    memory.advance(60_000)
    expect(memory.send(query(first))).toEqual([GITHUB])
  })
})

describe('who a client is', () => {
  const [first, second] = halves(TOKEN)
  test('a name of its own choice does not split its memory', () => {
    const memory = fresh()
    memory.send({...query(first), agent: {name: 'a', basis: 'self-declared'}})
    expect(memory.send({...query(second), agent: {name: 'b', basis: 'matched'}})).toEqual([GITHUB])
  })

  test('a bound name does', () => {
    const memory = fresh()
    memory.send({...query(first), agent: {name: 'a', basis: 'bound'}})
    expect(memory.send({...query(second), agent: {name: 'b', basis: 'bound'}})).toEqual([])
    expect(memory.send({...query(second), agent: {name: 'a', basis: 'config-default'}})).toEqual([GITHUB])
  })
})

describe('what is kept', () => {
  test('is bounded, and a beginning outlives everything that has none', () => {
    const memory = memoryOf({...FRAGMENTS, fragment_reassembly: {max_buffer_bytes: 4096}})
    const [first, second] = halves(TOKEN)
    memory.send(query(first))
    for (let i = 0; i < 300; i++) {
      memory.send(query(Buffer.from(`${i * 7919}/${i}`.repeat(8)).toString('base64url'), `p${i % 7}`))
      expect(memory.service.bufferSize()).toBeLessThanOrEqual(4096)
    }
    expect(memory.send(query(second))).toEqual([GITHUB])
  })

  test('is forgotten on demand', () => {
    const memory = fresh()
    const [first, second] = halves(TOKEN)
    memory.send(query(first))
    expect(memory.service.forget({name: 'x', basis: 'self-declared'}, '10.0.0.1')).toBe(true)
    expect(memory.service.forget({name: 'x', basis: 'self-declared'}, '10.0.0.1')).toBe(false)
    expect(memory.send(query(second))).toEqual([])
  })

  test('survives a reload that changes nothing of it', () => {
    const [first, second] = halves(TOKEN)
    const before = fresh()
    before.send(query(first))
    expect(memoryOf({...FRAGMENTS, action: 'block'}, before.state).send(query(second))).toEqual([
      GITHUB.replace('warn', 'block'),
    ])
    const other = fresh()
    other.send(query(first))
    const changed = {...FRAGMENTS, fragment_reassembly: {window_minutes: 6}}
    expect(memoryOf(changed, other.state).send(query(second))).toEqual([])
  })

  test('a flood of clients does not flush an almost complete secret', () => {
    const memory = fresh()
    const [first, second] = halves(TOKEN)
    memory.send(query(first))
    for (let i = 0; i < 10_500; i++) memory.send({url: 'http://a.example.com/', ip: `10.1.${i >> 8}.${i & 255}`})
    expect(memory.send(query(second))).toEqual([GITHUB])
  })
})
