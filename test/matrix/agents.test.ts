// Messages between agents on every transport that can see them: requests, responses, cards, streams and headers.
import {expect} from 'vitest'
import {upper} from '../support/credentials.js'
import {expectBlock, expectNoVerdict, matrix, watch, worldsOf, type ExpectedBlock} from './matrix.js'
import {perform, type Action, type Adapter} from './transports.js'
import {GOOD, INJECTED} from './world.js'

const AWS = ['AK', 'IA', upper(16)].join('')

const worlds = worldsOf(
  {
    block: {config: {request_body_scanning: {enabled: false}, a2a_scanning: {enabled: true}}},
    warn: {config: {request_body_scanning: {enabled: false}, a2a_scanning: {enabled: true, action: 'warn'}}},
    report: {config: {enforce: false, request_body_scanning: {enabled: false}, a2a_scanning: {enabled: true}}},
    off: {config: {request_body_scanning: {enabled: false}, response_scanning: {enabled: true}}},
  },
  [AWS],
)
type Names = Parameters<typeof worlds.get>[0]

const OPAQUE = {
  connect: 'what is said inside an opaque tunnel cannot be seen',
  websocket: 'its messages have no status, headers or media type: test/integration has their table',
} as const
const NO_BODY = {
  ...OPAQUE,
  fetch: 'the fetch route takes GET alone, and sends none',
  websocket: 'a handshake is a GET without a body',
} as const
const WHOLE = {...OPAQUE, fetch: '/fetch answers as a whole: nothing of a stream is delivered before its end'} as const

const MATCHED: ExpectedBlock = {
  reason: 'prompt_injection',
  layer: 'a2a_body',
  status: 403,
  severity: 'critical',
  retry: 'none',
}

const message = (text: string): Action => ({
  host: GOOD,
  path: '/answers/task',
  method: 'POST',
  content: {
    fields: [['Content-Type', 'application/json']],
    bytes: Buffer.from(
      JSON.stringify({jsonrpc: '2.0', id: 1, method: 'message/send', params: {message: {parts: [{text}]}}}),
    ),
  },
})
const request = (kind: string): Action => ({
  host: GOOD,
  path: `/answers/${kind}`,
  headers: [['A2A-Version', '1.0']],
})

async function act(t: Adapter, name: Names, action: Action) {
  const world = await worlds.get(name)
  return watch(world, () => perform(t, world, action))
}

matrix('messages between agents', [
  {
    name: 'ordinary messages pass in both directions, with one receipt',
    async holds(t) {
      const actions = [
        request('task'),
        request('card'),
        request('messages'),
        ...(t.name in NO_BODY ? [] : [message('hello')]),
      ]
      for (const action of actions) {
        const {result, receipts} = await act(t, 'block', action)
        expect(result.status).toBe(200)
        expectNoVerdict(result)
        expect(receipts.slice(result.before.length).map(({verdict}) => verdict)).toEqual(['allow'])
      }
    },
  },
  {
    name: 'an injected instruction or a credential never leaves, and is reported where nothing is enforced',
    exempt: NO_BODY,
    async holds(t) {
      const order = await act(t, 'block', message(INJECTED))
      expectBlock(order.result, MATCHED)
      expect(order.reached).toBe(0)
      expectBlock((await act(t, 'block', message(`key ${AWS}`))).result, {...MATCHED, reason: 'dlp_match'})
      for (const name of ['warn', 'report'] as const) {
        const {result, receipts, reached} = await act(t, name, message(INJECTED))
        expectNoVerdict(result)
        expect([result.status, reached]).toEqual([200, 1])
        expect(receipts.slice(result.before.length).map((r) => [r.verdict, r.layer])).toEqual([['warn', 'a2a_body']])
      }
      expect((await act(t, 'off', message(INJECTED))).result.status).toBe(200)
    },
  },
  {
    name: 'an injected instruction or an internal address in a response does not arrive',
    exempt: OPAQUE,
    async holds(t) {
      const task = await act(t, 'block', request('injected_task'))
      expectBlock(task.result, {...MATCHED, layer: 'a2a_response'})
      const card = await act(t, 'warn', request('internal_card'))
      expectBlock(card.result, {...MATCHED, reason: 'ssrf_private_ip', layer: 'a2a_card'})
      for (const {result} of [task, card]) expect(result.body + result.content).not.toContain('origin says')
    },
  },
  {
    name: 'an injected instruction split over two messages of a stream is never completed',
    exempt: WHOLE,
    async holds(t) {
      const world = await worlds.get('block')
      const {result, receipts} = await watch(world, () =>
        perform(t, world, request('split_messages')).catch((error: unknown) => String(error)),
      )
      const text = typeof result === 'string' ? result : result.body + result.content
      expect(text).not.toContain(INJECTED.slice(15))
      const last = receipts.at(-1)
      expect([last?.verdict, last?.layer]).toEqual(['block', 'a2a_stream'])
    },
  },
  {
    name: 'extensions are judged as addresses',
    exempt: OPAQUE,
    async holds(t) {
      const action = {
        ...request('task'),
        headers: [['A2A-Extensions', 'https://ext.example/v1, http://10.1.2.3/']] as const,
      }
      const {result, reached} = await act(t, 'block', action)
      expectBlock(result, {...MATCHED, reason: 'ssrf_private_ip', layer: 'a2a_header'})
      expect(reached).toBe(0)
    },
  },
])

worlds.examined()
