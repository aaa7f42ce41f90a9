// Content of requests on every transport that carries it: blocked with its reason where policy is enforced, forwarded
// with a warning in evidence where it is not, except content that could not be inspected.
import {gzipSync} from 'node:zlib'
import {expect} from 'vitest'
import {mixed, upper} from '../support/credentials.js'
import {
  allText,
  expectBlock,
  expectNoVerdict,
  expectReceipts,
  matrix,
  watch,
  worldsOf,
  type ExpectedBlock,
  type Guarantee,
} from './matrix.js'
import {perform, type Action, type Adapter, type Content, type TransportName} from './transports.js'
import {GOOD, merge, type Config} from './world.js'

const AWS = ['AK', 'IA', upper(16)].join('')
const LINEAR = ['lin', '_api_', mixed(40)].join('')

const NO_BODY = {
  connect: 'a CONNECT has no body, and what follows is an opaque tunnel',
  fetch: 'the fetch route takes GET alone, and sends none',
  websocket: 'a handshake is a GET without a body',
} as const

const CONFIG: Config = {request_body_scanning: {enabled: true, max_body_bytes: 2000}}
const worlds = worldsOf(
  {
    enforced: {config: CONFIG},
    blocking: {config: merge(CONFIG, {request_body_scanning: {action: 'block'}})},
    audit: {config: merge(CONFIG, {mode: 'audit'})},
    'not enforced': {config: merge(CONFIG, {enforce: false})},
  },
  [AWS, LINEAR],
)

interface Row {
  readonly name: string
  readonly action: Action
  readonly block: ExpectedBlock
  readonly hard?: true
  readonly exempt?: Partial<Readonly<Record<TransportName, string>>>
}

const block = (reason: string, layer: string, severity: ExpectedBlock['severity']): ExpectedBlock => ({
  reason,
  layer,
  severity,
  retry: 'none',
  status: 403,
})
const HEADER = block('dlp_match', 'header_dlp', 'critical')
/** The head of a handshake is scanned whatever is set for other heads, under a label that says so. */
const onTransport = (t: Adapter, expected: ExpectedBlock): ExpectedBlock =>
  t.name === 'websocket' && expected === HEADER ? {...HEADER, layer: 'dlp_header'} : expected
const BODY = block('dlp_match', 'body_dlp', 'critical')
const UNREAD = block('parse_error', 'request_body', 'warn')

const post = (bytes: string | Buffer, ...fields: Exclude<Content['fields'], undefined>): Action => ({
  host: GOOD,
  method: 'POST',
  content: {bytes: Buffer.from(bytes), fields},
})
const json = ['Content-Type', 'application/json'] as const
const gzip = ['Content-Encoding', 'gzip'] as const

const ROWS: readonly Row[] = [
  {name: 'a credential in a header', action: {host: GOOD, headers: [['X-Api-Key', AWS]]}, block: HEADER},
  {
    name: 'a credential split over two headers',
    action: {
      host: GOOD,
      headers: [
        ['X-Token', AWS.slice(0, 8)],
        ['X-Api-Key', AWS.slice(8)],
      ],
    },
    block: HEADER,
  },
  ...['User-Agent', 'Accept', 'Accept-Language', 'X-Own'].map((name) => ({
    name: `a credential in ${name}`,
    action: {host: GOOD, headers: [[name, `x/1.0 (${AWS})`]]} as const,
    block: HEADER,
  })),
  {name: 'a credential as the name of a header', action: {host: GOOD, headers: [[AWS, 'x']]}, block: HEADER},
  {
    name: 'a credential in a parameter of the type',
    action: post('x', ['Content-Type', `text/plain; x=${AWS}`]),
    block: HEADER,
    exempt: NO_BODY,
  },
  {
    name: 'a credential behind references with leading zeros',
    action: post(AWS.replace('A', '&#0000000065;').replace('K', '&#x00000004b;')),
    block: BODY,
    exempt: NO_BODY,
  },
  {name: 'a credential in a body', action: post(JSON.stringify({a: AWS}), json), block: BODY, exempt: NO_BODY},
  {name: 'a credential in gzip', action: post(gzipSync(AWS), gzip), block: BODY, exempt: NO_BODY},
  {name: 'broken JSON', action: post('{', json), block: UNREAD, hard: true, exempt: NO_BODY},
  {name: 'broken gzip', action: post('x', gzip), block: UNREAD, hard: true, exempt: NO_BODY},
  {name: 'a body beyond the limit', action: post('x'.repeat(2001)), block: UNREAD, hard: true, exempt: NO_BODY},
]

const blocks = ROWS.map(({name, action, block: expected, exempt = {}}): Guarantee => ({
  name: `blocks: ${name}`,
  exempt,
  async holds(t) {
    const world = await worlds.get('enforced')
    const {result, receipts, reached} = await watch(world, () => perform(t, world, action))
    expectBlock(result, onTransport(t, expected))
    expect(reached).toBe(0)
    expectReceipts(receipts, result, 'block', onTransport(t, expected).layer)
    expect(allText(result)).not.toContain(AWS.toLowerCase())
  },
}))

const lenient = (['audit', 'not enforced'] as const).flatMap((mode) =>
  ROWS.map(({name, action, block: expected, exempt = {}, hard}): Guarantee => ({
    name: `${mode}: ${hard === true ? 'still blocks' : 'passes'} ${name}`,
    exempt,
    async holds(t) {
      const world = await worlds.get(mode)
      const {result, receipts, reached} = await watch(world, () => perform(t, world, action))
      if (hard === true) {
        expectBlock(result, expected)
        expect(reached).toBe(0)
        return expectReceipts(receipts, result, 'block', expected.layer)
      }
      expectNoVerdict(result)
      expect(reached).toBe(1)
      const last = receipts.at(-1)
      expect([last?.verdict, last?.transport, last?.layer]).toEqual([
        'warn',
        result.decidedOn,
        onTransport(t, expected).layer,
      ])
    },
  })),
)

const REST: readonly Guarantee[] = [
  {
    name: 'the action applies to findings that are not critical',
    exempt: NO_BODY,
    async holds(t) {
      const action = post(JSON.stringify({a: LINEAR}), json)
      const warned = await worlds.get('enforced')
      const {result, receipts, reached} = await watch(warned, () => perform(t, warned, action))
      expectNoVerdict(result)
      expect(reached).toBe(1)
      expect(receipts.at(-1)?.layer).toBe('body_dlp')
      const blocking = await worlds.get('blocking')
      expectBlock(await perform(t, blocking, action), BODY)
    },
  },
  {
    name: 'a body in an unsupported character set is refused where findings are enforced, and otherwise forwarded and recorded',
    exempt: NO_BODY,
    async holds(t) {
      const action = post(Buffer.from('c1d2c9c1', 'hex'), ['Content-Type', 'text/plain; charset=cp037'])
      expectBlock(await perform(t, await worlds.get('blocking'), action), UNREAD)
      const warned = await worlds.get('enforced')
      const {result, receipts} = await watch(warned, () => perform(t, warned, action))
      expectNoVerdict(result)
      expect([receipts.at(-1)?.verdict, receipts.at(-1)?.layer]).toEqual(['warn', 'request_body'])
    },
  },
  {
    name: 'a clean body arrives byte for byte, in its own coding',
    exempt: NO_BODY,
    async holds(t) {
      const world = await worlds.get('enforced')
      const bytes = gzipSync('{"nothing": "here"}')
      const {result, receipts} = await watch(world, () => perform(t, world, post(bytes, json, gzip)))
      expectNoVerdict(result)
      expect(world.http.requests.at(-1)?.body.equals(bytes)).toBe(true)
      expectReceipts(receipts, result, 'allow', undefined)
    },
  },
]

matrix('request content', [...blocks, ...lenient, ...REST])
worlds.examined()
