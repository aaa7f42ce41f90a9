// Redaction of requests, and secrets split over several requests, on every transport that can carry them.
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
import {ADAPTERS, perform, type Action} from './transports.js'
import {GOOD, merge, OTHER, type Config} from './world.js'

const AWS = ['AK', 'IA', upper(16)].join('')
const GITHUB = ['gh', 'p_', mixed(36)].join('')
const [FIRST, SECOND] = [GITHUB.slice(0, 18), GITHUB.slice(18)]

const NO_BODY = {
  connect: 'a CONNECT has no body, and what follows is an opaque tunnel',
  fetch: 'the fetch route takes GET alone, and sends none',
  websocket: 'a handshake is a GET without a body',
} as const
const NO_PATH = {connect: 'a CONNECT names host and port only'} as const

const REDACTING: Config = {
  request_body_scanning: {enabled: true},
  redaction: {enabled: true, default_profile: 'p', profiles: {p: {classes: ['aws-access-key', 'email']}}},
}
const JOINING: Config = {
  request_body_scanning: {enabled: true},
  cross_request_detection: {enabled: true, action: 'block'},
}
const BUDGET: Config = {
  cross_request_detection: {enabled: true, entropy_budget: {action: 'block', bits_per_window: 10}},
}
const worlds = worldsOf(
  {
    redacting: {config: REDACTING},
    'redacting, audit': {config: merge(REDACTING, {mode: 'audit', enforce: false})},
    joining: {config: JOINING},
    'joining, audit': {config: merge(JOINING, {mode: 'audit'})},
    budget: {config: BUDGET},
  },
  [AWS, GITHUB, SECOND],
)

const deny = (reason: string, layer: string, retry: ExpectedBlock['retry']): ExpectedBlock => ({
  reason,
  layer,
  severity: 'critical',
  retry,
  status: 403,
})
const UNREDACTED = deny('redaction_failure', 'redaction', 'transient')
const TOGETHER = deny('cross_request_deny', 'cross_request', 'none')

const post = (body: string | Buffer, ...fields: readonly (readonly [string, string])[]): Action => ({
  host: GOOD,
  method: 'POST',
  content: {bytes: Buffer.from(body), fields: [['Content-Type', 'application/json'], ...fields]},
})
const SECRET = JSON.stringify({key: AWS, to: 'jane@example.com'})
const REDACTED = '{"key":"<pl:aws-access-key:1>","to":"<pl:email:1>"}'

const redaction = (['redacting', 'redacting, audit'] as const).flatMap((mode): readonly Guarantee[] => [
  {
    name: `${mode}: the origin gets placeholders, and the receipt counts them`,
    exempt: NO_BODY,
    async holds(t) {
      const world = await worlds.get(mode)
      for (const action of [post(SECRET), post(gzipSync(SECRET), ['Content-Encoding', 'gzip'])]) {
        const {result, receipts} = await watch(world, () => perform(t, world, action))
        expectNoVerdict(result)
        expect(world.http.requests.at(-1)?.body.toString()).toBe(REDACTED)
        expect(receipts.at(-1)?.redaction).toEqual({
          profile: 'p',
          provider: 'generic-json',
          parser: 'json',
          total_redactions: 2,
          by_class: {'aws-access-key': 1, email: 1},
        })
      }
    },
  },
  {
    name: `${mode}: what cannot be redacted is not sent`,
    exempt: NO_BODY,
    async holds(t) {
      const world = await worlds.get(mode)
      for (const body of [`{"a":"${AWS}"`, `{"a":"${AWS}","a":1}`, `[4111111111111111,"${AWS}"]x`]) {
        const {result, receipts, reached} = await watch(world, () => perform(t, world, post(body)))
        expectBlock(result, UNREDACTED)
        expect(reached).toBe(0)
        expectReceipts(receipts, result, 'block', 'redaction')
        expect(allText(result)).not.toContain(AWS.toLowerCase())
      }
    },
  },
])

const half = (value: string, host = GOOD): Action => ({host, path: `/page?part=${value}`})

const together: readonly Guarantee[] = [
  {
    name: 'a secret in two requests to two hosts is blocked with the second',
    exempt: NO_PATH,
    async holds(t) {
      await worlds.fresh('joining', async (world) => {
        expectNoVerdict(await perform(t, world, half(FIRST, OTHER)))
        expectNoVerdict(await perform(t, world, {host: GOOD, path: '/page'}))
        const {result, receipts, reached} = await watch(world, () => perform(t, world, half(SECOND)))
        expectBlock(result, TOGETHER)
        expect(reached).toBe(0)
        expectReceipts(receipts, result, 'block', 'cross_request')
        expect(receipts.at(-1)?.pattern).toBe('GitHub Token')
      })
    },
  },
  {
    name: 'one half on another transport counts as well',
    exempt: NO_PATH,
    async holds(t) {
      await worlds.fresh('joining', async (world) => {
        const other = t.name === 'forward' ? ADAPTERS.fetch : ADAPTERS.forward
        expectNoVerdict(await perform(other, world, half(FIRST)))
        expectBlock(await perform(t, world, half(SECOND)), TOGETHER)
      })
    },
  },
  {
    name: 'in audit mode it passes with a warning in evidence',
    exempt: NO_PATH,
    async holds(t) {
      await worlds.fresh('joining, audit', async (world) => {
        expectNoVerdict(await perform(t, world, half(FIRST)))
        const {result, receipts} = await watch(world, () => perform(t, world, half(SECOND)))
        expectNoVerdict(result)
        expect(receipts.map((r) => [r.verdict, r.layer]).at(-1)).toEqual(['warn', 'cross_request'])
      })
    },
  },
  {
    name: 'an exhausted budget applies to every transport',
    async holds(t) {
      await worlds.fresh('budget', async (world) => {
        const used = half('kX82mQ71pL93tR44zB56')
        await perform(ADAPTERS.forward, world, used)
        const {result, reached} = await watch(world, () => perform(t, world, {host: GOOD, path: '/page?a=b'}))
        expectBlock(result, TOGETHER)
        expect(reached).toBe(0)
      })
    },
  },
]

matrix('over requests', [...redaction, ...together])
worlds.examined()
