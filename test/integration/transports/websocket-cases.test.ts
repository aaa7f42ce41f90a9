// The cases of a conformance suite for WebSockets through the proxy, in both directions, through /ws and inside an opened tunnel,
// with an origin that echoes: what arrives, what comes back, and with which code either side is closed.
import {createHash} from 'node:crypto'
import {connect as tlsConnect} from 'node:tls'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {closePayload} from '../../../src/lib/frames.js'
import {startHarness, type Harness} from '../../support/harness.js'
import {testInterceptor, type TestInterceptor} from '../../support/interception.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT} from '../../support/tls.js'
import {WEBSOCKET_CASES, type WebSocketCase} from '../../support/websocket-cases.js'
import {
  connected,
  rawFrame,
  startWebSocketOrigin,
  upgrade,
  type Opened,
  type WebSocketOrigin,
  type WebSocketPeer,
} from '../../support/websockets.js'

const WAYS = ['/ws', 'opened tunnel'] as const
type Way = (typeof WAYS)[number]

let interceptor: TestInterceptor
let h: Harness
/** Echo in front of clients that send; silent ones let a server begin. */
const echoes: Partial<Record<Way, WebSocketOrigin>> = {}
const silent: Partial<Record<Way, WebSocketOrigin>> = {}

beforeAll(async () => {
  const issuing = await testInterceptor()
  const certificate = issuing.contextFor('site.test')
  interceptor = {...issuing, contextFor: () => certificate}
  h = await startHarness({
    ca: [CERT],
    interceptor,
    limits: {lingerMs: 500, webSocketCloseMs: 2_000},
    websocket: {enabled: true, allowsBinary: true},
  })
  for (const way of WAYS) {
    const secure = way !== '/ws'
    echoes[way] = await startWebSocketOrigin({secure})
    silent[way] = await startWebSocketOrigin({secure, onEvent: () => undefined})
  }
})
afterAll(async () => {
  await h.close()
  for (const origin of [...Object.values(echoes), ...Object.values(silent)]) await origin.close()
})

async function open(way: Way, {port}: WebSocketOrigin): Promise<Opened> {
  if (way === '/ws') {
    const path = `/ws?url=ws://site.test:${port}/`
    return upgrade(await connected(h.port), {path, host: `127.0.0.1:${h.port}`})
  }
  const authority = `site.test:${port}`
  const tunnel = await RawClient.open(h.port)
  tunnel.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  expect((await tunnel.response(true)).status).toBe(200)
  const tls = tlsConnect({socket: tunnel.detach(), servername: 'site.test', ca: interceptor.ca})
  return upgrade(tls, {path: '/', host: authority})
}

interface Session {
  readonly client: WebSocketPeer
  readonly server: WebSocketPeer
}

async function session(way: Way, origin: WebSocketOrigin | undefined): Promise<Session> {
  if (!origin) throw new Error('no origin')
  const index = origin.peers.length
  const {peer: client} = await open(way, origin)
  if (!client) throw new Error('not opened')
  return {client, server: await origin.peer(index)}
}

/** The frames, then a close frame that says so: it arrives where the case has not closed before. */
function send(sender: WebSocketPeer, isMasked: boolean, {frames, packets}: WebSocketCase): void {
  const sent = frames.map(({first, payload, isMaskedWrongly = false}) =>
    rawFrame(first, payload, isMasked !== isMaskedWrongly),
  )
  const bytes = Buffer.concat([...sent, rawFrame(0x88, closePayload(OVER), isMasked)])
  const size = packets ?? bytes.length
  for (let at = 0; at < bytes.length; at += size) sender.socket.write(bytes.subarray(at, at + size))
}

const OVER = {code: 1000, reason: 'over'}

/** Takes part in the closing handshake; all lines that arrived. */
async function finish(peer: WebSocketPeer): Promise<readonly string[]> {
  for (let count = 1; ; count++) {
    const lines = await peer.until(count)
    const last = lines[count - 1]
    if (last === undefined) return lines.map(short)
    if (!last.startsWith('close')) continue
    peer.closing(1000)
    peer.socket.end()
    return (await peer.end()).map(short)
  }
}

const short = (line: string): string =>
  line.length < 200 ? line : `${line.slice(0, 20)}… ${createHash('sha1').update(line, 'latin1').digest('hex')}`

/** What the echo sends back. */
const echoOf = (line: string): readonly string[] =>
  line.startsWith('pong') ? [] : [line.startsWith('ping') ? line.replace('ping', 'pong') : line]

const closed = (what: string): string => `close ${what}`.trimEnd()

/** Close frames of a case: for the sender and for the other side. */
function closes(one: WebSocketCase, sender: 'client' | 'server'): {readonly sender: string; readonly other: string} {
  const {fails, closes: own = '1000 over'} = one
  // the echo states a code where it got none
  if (fails === undefined) return {sender: closed(own === '' ? '1000' : own), other: closed(own)}
  const fault = fails.replace('(un)masked', sender === 'client' ? 'unmasked' : 'masked')
  const isTooLarge = fails.startsWith('1009')
  const why = sender === 'client' ? '1001' : isTooLarge ? fault : '1001 server broke the protocol'
  return {sender: closed(fault), other: closed(why)}
}

async function fromClient(way: Way, one: WebSocketCase): Promise<void> {
  const {client, server} = await session(way, echoes[way])
  send(client, true, one)
  const [lines, arrived] = await Promise.all([finish(client), server.end()])
  const expected = closes(one, 'client')
  expect(arrived.map(short)).toEqual([...one.arrives.map(short), expected.other])
  const echoed = one.arrives.flatMap(echoOf).map(short)
  // a fault does not wait for what the origin would still have sent
  const before = one.fails === undefined ? echoed : echoed.slice(0, lines.length - 1)
  expect(lines).toEqual([...before, expected.sender])
}

async function fromServer(way: Way, one: WebSocketCase): Promise<void> {
  const {client, server} = await session(way, silent[way])
  send(server, false, one)
  const [arrived, lines] = await Promise.all([finish(client), finish(server)])
  const expected = closes(one, 'server')
  expect(arrived).toEqual([...one.arrives.map(short), expected.other])
  // the client states its own code in the closing handshake
  expect(lines).toEqual([one.fails === undefined ? 'close 1000' : expected.sender])
}

describe.each(WAYS)('%s', (way) => {
  test.each(WEBSOCKET_CASES.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    await Promise.all([fromClient(way, one), fromServer(way, one)])
  })
})
