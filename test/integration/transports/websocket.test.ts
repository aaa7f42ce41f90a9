// WebSockets through a real listener with real sockets: every way to open one, what is refused, each rule of the frames with
// its close code, and how a WebSocket ends.
import type {Socket} from 'node:net'
import {connect as tlsConnect} from 'node:tls'
import {afterEach, describe, expect, test} from 'vitest'
import type {Finding} from '../../../src/core/decision.js'
import type {Unit} from '../../../src/core/exchange.js'
import type {Hooks} from '../../../src/core/plugin.js'
import {closePayload} from '../../../src/lib/frames.js'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {testInterceptor} from '../../support/interception.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT} from '../../support/tls.js'
import {
  connected,
  rawFrame,
  startWebSocketOrigin,
  upgrade,
  WebSocketPeer,
  type Handshake,
  type Opened,
  type OriginOptions,
  type WebSocketOrigin,
} from '../../support/websockets.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

/** Blocks a message with `forbidden`, in either direction; `stripped` is taken out of those of a server. */
const inspect: Hooks['inspect'] = (_x, unit: Unit): Finding[] => {
  const text = unit.bytes.toString('latin1')
  if (text.includes('forbidden')) return [finding({reason: 'dlp_match', layer: 'body_dlp'})]
  const start = unit.direction === 'response' ? text.indexOf('stripped') : -1
  if (start < 0) return []
  const replace = [{start, end: start + 8, text: '-'}]
  return [finding({reason: 'prompt_injection', layer: 'response_scan', action: 'strip', replace})]
}

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const limits = {lingerMs: 100, webSocketCloseMs: 200, ...options.limits}
  const websocket = {enabled: true, ...options.websocket}
  const hooks = {inspect, ...options.hooks}
  const h = await startHarness({ca: [CERT], ...options, hooks, limits, websocket})
  open.push(h)
  return h
}

async function origin(options: OriginOptions = {}): Promise<WebSocketOrigin> {
  const started = await startWebSocketOrigin(options)
  open.push(started)
  return started
}

async function socketTo(port: number): Promise<Socket> {
  const socket = await connected(port)
  open.push({close: () => socket.destroy()})
  return socket
}

const own = (h: Harness, url: string, more: Partial<Handshake> = {}): Handshake => ({
  path: `/ws?url=${url}`,
  host: `127.0.0.1:${h.port}`,
  ...more,
})

async function openOwn(h: Harness, url: string, more: Partial<Handshake> = {}): Promise<Opened> {
  return upgrade(await socketTo(h.port), own(h, url, more))
}

interface Session {
  readonly h: Harness
  readonly o: WebSocketOrigin
  readonly client: WebSocketPeer
  readonly server: WebSocketPeer
}

/** An open WebSocket through /ws. */
async function session(options: HarnessOptions = {}, originOptions: OriginOptions = {}): Promise<Session> {
  const h = await harness(options)
  const o = await origin(originOptions)
  const {peer} = await openOwn(h, `ws://site.test:${o.port}/chat`)
  if (!peer) throw new Error('not opened')
  return {h, o, client: peer, server: await o.peer()}
}

const decisions = (h: Harness): readonly string[] =>
  h.commits.map(({x, decision}) => `${x.transport} ${x.method} ${x.rawTarget} ${decision.action}`)

const BLOCK =
  'close 1008 {"block_reason":"dlp_match","version":"1","severity":"critical","retry":"none","layer":"body_dlp"}'

/** A client that takes part in the closing handshake. */
const replies = ({client}: Session): Promise<readonly string[]> => client.end()

describe('opening', () => {
  test('/ws relays messages of both sides, unmasked to the client, and is judged as a GET of the http URL', async () => {
    const {h, o, client} = await session()
    client.text('hello')
    expect(await client.until(1)).toEqual(['text hello'])
    expect(decisions(h)).toEqual([`websocket GET http://site.test:${o.port}/chat allow`])
    expect(o.heads[0]).toMatch(/^GET \/chat HTTP\/1\.1\r\nHost: site\.test:\d+\r\nUpgrade: websocket\r\n/)
    client.closing(1000, 'done')
    expect(await client.end()).toEqual(['text hello', 'close 1000 done'])
    await h.observed(1)
    expect(h.events).toEqual(['ws:opened', 'ws:closed 5 5'])
    expect(h.ends[0]?.end).toMatchObject({
      status: 101,
      requestBytes: 5,
      responseBytes: 5,
      messages: {text: 2, binary: 0},
    })
  })

  test('wss is dialled with TLS and judged as https', async () => {
    const h = await harness()
    const o = await origin({secure: true})
    const {peer} = await openOwn(h, encodeURIComponent(`wss://site.test:${o.port}/a?b=1&c=2`))
    peer?.text('secure')
    expect(await peer?.until(1)).toEqual(['text secure'])
    expect(decisions(h)).toEqual([`websocket GET https://site.test:${o.port}/a?b=1&c=2 allow`])
  })

  test('an upgrade in absolute form', async () => {
    const h = await harness()
    const o = await origin()
    const {peer} = await upgrade(await socketTo(h.port), {
      path: `http://site.test:${o.port}/x`,
      host: `site.test:${o.port}`,
      fields: [
        'Cookie: a=b',
        'X-Custom: 1',
        'Origin: http://page.test',
        'Sec-WebSocket-Extensions: permessage-deflate',
      ],
    })
    peer?.text('absolute')
    expect(await peer?.until(1)).toEqual(['text absolute'])
    expect(decisions(h)).toEqual([`websocket GET http://site.test:${o.port}/x allow`])
    expect(o.heads[0]).toContain('Cookie: a=b\r\nX-Custom: 1\r\nOrigin: http://page.test')
    expect(o.heads[0]).not.toMatch(/extensions/i)
  })

  test('an upgrade in plain HTTP inside a tunnel', async () => {
    const h = await harness()
    const o = await origin()
    const authority = `site.test:${o.port}`
    const tunnel = await RawClient.open(h.port)
    open.push(tunnel)
    tunnel.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    expect((await tunnel.response(true)).status).toBe(200)
    const {peer} = await upgrade(tunnel.detach(), {path: '/x', host: authority})
    peer?.text('tunnelled')
    expect(await peer?.until(1)).toEqual(['text tunnelled'])
    expect(decisions(h)).toEqual([
      `connect CONNECT https://${authority}/ allow`,
      `websocket GET http://${authority}/x allow`,
    ])
  })

  test('an upgrade inside an opened TLS tunnel', async () => {
    const interceptor = await testInterceptor()
    const h = await harness({interceptor})
    const o = await origin({secure: true})
    const authority = `site.test:${o.port}`
    const tunnel = await RawClient.open(h.port)
    open.push(tunnel)
    tunnel.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    expect((await tunnel.response(true)).status).toBe(200)
    const tls = tlsConnect({socket: tunnel.detach(), servername: 'site.test', ca: interceptor.ca})
    const {peer} = await upgrade(tls, {path: '/x', host: authority})
    peer?.text('inside')
    expect(await peer?.until(1)).toEqual(['text inside'])
    expect(decisions(h)).toEqual([
      `connect CONNECT https://${authority}/ allow`,
      `websocket GET https://${authority}/x allow`,
    ])
    peer?.text('forbidden')
    expect(await peer?.until(2)).toEqual(['text inside', BLOCK])
    tls.destroy()
  })

  test('frames that the client sends with its head wait for the 101', async () => {
    const h = await harness()
    const o = await origin()
    const {peer} = await openOwn(h, `ws://site.test:${o.port}/`, {early: rawFrame(0x81, 'early', true)})
    expect(await peer?.until(1)).toEqual(['text early'])
  })

  test('frames that the server sends with its 101 are judged like any others', async () => {
    const respond = (_: string, accept: string): string =>
      `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n${rawFrame(0x81, 'first', false).toString('latin1')}`
    const {client} = await session({}, {respond})
    expect(await client.until(1)).toEqual(['text first'])
  })

  test('the subprotocol that the server chose is the one of the client', async () => {
    const h = await harness()
    const respond = (_: string, accept: string): string =>
      `HTTP/1.1 101 x\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: b\r\n\r\n`
    const o = await origin({respond})
    const {head} = await openOwn(h, `ws://site.test:${o.port}/`, {fields: ['Sec-WebSocket-Protocol: a, b']})
    expect(head).toMatch(/\r\nSec-WebSocket-Protocol: b$/)
    expect(o.heads[0]).toContain('\r\nSec-WebSocket-Protocol: a, b')
  })

  test('another upgrade than to a WebSocket stays an ordinary request', async () => {
    const h = await harness()
    const client = await RawClient.open(h.port)
    open.push(client)
    client.send(
      'GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n',
    )
    expect((await client.response()).status).toBe(404)
  })
})

describe('headers of /ws', () => {
  const FIELDS = [
    'Authorization: Bearer x',
    'X-Api-Key: y',
    'Cookie: a=b',
    'X-Other: no',
    'Origin: http://localhost:3000',
    'User-Agent: agent/1',
    'X-Pipelock-Agent: bob',
  ]
  const sent = async (websocket: HarnessOptions['websocket'] = {}): Promise<readonly string[]> => {
    const h = await harness({websocket: {enabled: true, ...websocket}})
    const o = await origin()
    await openOwn(h, `ws://site.test:${o.port}/`, {fields: FIELDS})
    return (o.heads[0] ?? '')
      .split('\r\n')
      .slice(2)
      .filter((line) => !/^(?:Upgrade|Connection|Sec-WebSocket-(?:Key|Version)):/.test(line))
      .map((line) => line.replace(String(o.port), 'PORT'))
  }

  test('only credentials and the agent go on, with the origin of the destination', async () => {
    expect(await sent()).toEqual([
      'User-Agent: agent/1 pipelock/0',
      'Authorization: Bearer x',
      'X-Api-Key: y',
      'Origin: http://site.test:PORT',
    ])
  })

  test('cookies and the origin of the client go on where configured', async () => {
    expect(await sent({forwardsCookies: true, originPolicy: 'forward'})).toContain('Cookie: a=b')
    expect(await sent({originPolicy: 'forward'})).toContain('Origin: http://localhost:3000')
    expect((await sent({originPolicy: 'strip'})).join()).not.toContain('Origin')
  })
})

describe('refusals before the 101', () => {
  const reasonOf = ({head}: Opened): string => /x-pipelock-block-reason: (\S+)/i.exec(head)?.[1] ?? ''

  test.each<readonly [string, string, Partial<Handshake>, number, string]>([
    ['no url', '', {path: '/ws'}, 400, 'bad_request'],
    ['another scheme', 'http://site.test/', {}, 400, 'bad_request'],
    ['an unreadable URL', 'ws://', {}, 400, 'bad_request'],
    ['version 8', 'ws://site.test/', {version: '8'}, 400, 'bad_request'],
    ['a short key', 'ws://site.test/', {key: 'abc'}, 400, 'bad_request'],
    ['a subprotocol twice', 'ws://site.test/', {fields: ['Sec-WebSocket-Protocol: a, a']}, 400, 'bad_request'],
    ['a body', 'ws://site.test/', {fields: ['Content-Length: 4']}, 400, 'bad_request'],
    ['another method', 'ws://site.test/', {method: 'POST'}, 405, 'bad_request'],
    ['a page elsewhere', 'ws://site.test/', {fields: ['Origin: https://evil.test']}, 403, 'bad_request'],
    ['a page without an origin', 'ws://site.test/', {fields: ['Origin: null']}, 403, 'bad_request'],
    ['a name pointed at the listener', 'ws://site.test/', {host: 'evil.test'}, 421, 'bad_request'],
    ['a malformed head', 'ws://site.test/', {fields: ['Content-Length: 1', 'Content-Length: 1']}, 400, 'bad_request'],
  ])('%s', async (_name, url, more, status, reason) => {
    const h = await harness()
    const opened = await openOwn(h, url, more)
    expect([opened.peer === undefined && opened.status, reasonOf(opened)]).toEqual([status, reason])
    expect(opened.head).toContain('Connection: close')
    expect(h.commits.map(({decision}) => decision.action)).toEqual(['block'])
    await h.observed(1)
  })

  test.each(['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:80'])('the origin %s passes', async (page) => {
    const h = await harness()
    const o = await origin()
    expect((await openOwn(h, `ws://site.test:${o.port}/`, {fields: [`Origin: ${page}`]})).peer).toBeDefined()
  })

  test('a plain GET of /ws is not an upgrade', async () => {
    const h = await harness()
    const client = await RawClient.open(h.port)
    open.push(client)
    client.send('GET /ws?url=ws://site.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect((await client.response()).status).toBe(400)
  })

  test('off: 404 for /ws, 403 elsewhere', async () => {
    const h = await harness({websocket: {enabled: false}})
    const client = await RawClient.open(h.port)
    open.push(client)
    client.send('GET /ws?url=ws://site.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const response = await client.response()
    expect([response.status, response.fields.get('x-pipelock-block-reason')]).toEqual([404, 'not_enabled'])
    const off = await openOwn(h, 'ws://site.test/')
    expect([off.peer === undefined && off.status, reasonOf(off)]).toEqual([404, 'not_enabled'])
    const absolute = await upgrade(await socketTo(h.port), {path: 'http://site.test/', host: 'site.test'})
    expect([absolute.peer === undefined && absolute.status, reasonOf(absolute)]).toEqual([403, 'not_enabled'])
  })

  test('a denied destination is not dialled', async () => {
    const h = await harness({refuse: () => ({})})
    const o = await origin()
    const opened = await openOwn(h, `ws://site.test:${o.port}/`)
    expect(opened.peer === undefined && [opened.status, opened.body]).toEqual([
      403,
      'WebSocket blocked: refused by test',
    ])
    expect(o.heads).toEqual([])
  })

  test('a listener of this process is not dialled', async () => {
    const h = await harness({isOwnListener: () => true})
    const opened = await openOwn(h, `ws://127.0.0.1:${h.port}/ws`)
    expect([opened.peer === undefined && opened.status, reasonOf(opened)]).toEqual([403, 'ssrf_private_ip'])
  })

  test('a connection beyond the share of its client', async () => {
    const h = await harness({shares: {descriptors: 4}})
    const o = await origin()
    const url = `ws://site.test:${o.port}/`
    await socketTo(h.port)
    const opened = await openOwn(h, url)
    expect(opened.peer === undefined && [opened.status, opened.body]).toEqual([503, 'too many open connections'])
    expect(o.heads).toEqual([])
  })

  test('more than the configured number', async () => {
    const h = await harness({websocket: {enabled: true, maxConnections: 1}})
    const o = await origin()
    const url = `ws://site.test:${o.port}/`
    const first = await openOwn(h, url)
    const second = await openOwn(h, url)
    expect(second.peer === undefined && [second.status, second.body]).toEqual([
      503,
      'too many active WebSocket connections',
    ])
    first.peer?.closing(1000)
    await first.peer?.end()
    await h.observed(2)
    expect((await openOwn(h, url)).peer).toBeDefined()
  })
})

describe('the handshake with the server', () => {
  const head =
    (lines: string): NonNullable<OriginOptions['respond']> =>
    (_, accept) =>
      `${lines.replace('ACCEPT', accept).replaceAll('\n', '\r\n')}\r\n\r\n`
  const GOOD = 'HTTP/1.1 101 x\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: ACCEPT'

  test.each([
    ['another status', 'HTTP/1.1 403 Forbidden\nContent-Length: 0', 'status 403'],
    ['a wrong Sec-WebSocket-Accept', GOOD.replace('ACCEPT', 'abc'), 'dial failed'],
    ['no Sec-WebSocket-Accept', GOOD.replace('\nSec-WebSocket-Accept: ACCEPT', ''), 'dial failed'],
    ['no Upgrade', GOOD.replace('\nUpgrade: websocket', ''), 'dial failed'],
    ['no Connection', GOOD.replace('\nConnection: Upgrade', ''), 'dial failed'],
    ['an extension', `${GOOD}\nSec-WebSocket-Extensions: permessage-deflate`, 'dial failed'],
    ['a subprotocol that was not offered', `${GOOD}\nSec-WebSocket-Protocol: chat`, 'dial failed'],
    ['a folded field', `${GOOD}\n folded: 1`, 'dial failed'],
    ['no HTTP', 'hello', 'dial failed'],
  ])('%s is a 502 without a verdict', async (_name, lines, expected) => {
    const h = await harness()
    const o = await origin({respond: head(lines)})
    const opened = await openOwn(h, `ws://site.test:${o.port}/`)
    expect(opened.peer === undefined && opened.status).toBe(502)
    expect(opened.peer === undefined && opened.body).toContain(expected)
    expect(opened.head).not.toMatch(/x-pipelock/i)
    await h.observed(1)
    expect(h.events).toEqual([])
  })

  test('a server that says nothing is given up', async () => {
    const h = await harness({limits: {webSocketHandshakeMs: 50}})
    const o = await origin({respond: () => ''})
    const opened = await openOwn(h, `ws://site.test:${o.port}/`)
    expect(opened.peer === undefined && opened.status).toBe(502)
  })

  test('nobody listens', async () => {
    const h = await harness()
    const opened = await openOwn(h, 'ws://site.test:1/')
    expect(opened.peer === undefined && [opened.status, opened.body]).toEqual([502, 'WebSocket dial failed'])
  })
})

describe('frames', () => {
  test('fragments become one frame, with pings in between, at any cut of the bytes', async () => {
    const {client, server} = await session()
    const bytes = Buffer.concat([
      rawFrame(0x01, 'one ', true),
      rawFrame(0x89, 'p', true),
      rawFrame(0x00, 'two ', true),
      rawFrame(0x80, 'three', true),
      rawFrame(0x81, 'four', true),
    ])
    for (const byte of bytes) client.socket.write(Buffer.from([byte]))
    expect(await server.until(3)).toEqual(['ping p', 'text one two three', 'text four'])
    expect(await client.until(3)).toEqual(['pong p', 'text one two three', 'text four'])
  })

  test('many frames in one packet keep their order', async () => {
    const {client} = await session()
    const numbers = Array.from({length: 500}, (_, i) => String(i))
    client.socket.write(Buffer.concat(numbers.map((n) => rawFrame(0x81, n, true))))
    expect(await client.until(500)).toEqual(numbers.map((n) => `text ${n}`))
  })

  test('large messages pass in both directions under back-pressure', async () => {
    const {client} = await session({websocket: {enabled: true, maxMessageBytes: 1_000_000}})
    for (let i = 0; i < 8; i++) client.text(String(i).repeat(900_000))
    const received = await client.until(8)
    expect(received.map((line) => `${line.length} ${line.at(-1)}`)).toEqual(
      Array.from({length: 8}, (_, i) => `900005 ${i}`),
    )
  })

  test.each<readonly [string, Buffer, string]>([
    ['a message that is too long', rawFrame(0x81, 'x'.repeat(1_001), true), 'close 1009 message too large'],
    ['a compressed frame', rawFrame(0xc1, 'x', true), 'close 1002 compressed frames not supported'],
    ['a reserved bit', rawFrame(0xa1, 'x', true), 'close 1002 reserved bit set'],
    ['a fragmented ping', rawFrame(0x09, 'x', true), 'close 1002 fragmented control frame'],
    ['a long ping', rawFrame(0x89, 'x'.repeat(126), true), 'close 1002 control frame too long'],
    ['a continuation without a start', rawFrame(0x80, 'x', true), 'close 1002 continuation without a start'],
    [
      'a message inside another',
      Buffer.concat([rawFrame(0x01, 'x', true), rawFrame(0x81, 'y', true)]),
      'close 1002 new message inside a fragmented message',
    ],
    ['an unknown opcode', rawFrame(0x83, 'x', true), 'close 1002 unknown opcode'],
    ['an unmasked frame', rawFrame(0x81, 'x', false), 'close 1002 unmasked frame'],
    ['a text that is not UTF-8', rawFrame(0x81, Buffer.from([0xff]), true), 'close 1007 invalid UTF-8'],
    [
      'a close code that must not be sent',
      rawFrame(0x88, Buffer.from([3, 237]), true),
      'close 1002 invalid close frame',
    ],
    [
      'a binary message',
      rawFrame(0x82, 'x', true),
      'close 1008 {"block_reason":"not_enabled","version":"1","severity":"info","retry":"policy","layer":"ws_protocol"}',
    ],
  ])('of a client: %s ends the WebSocket, with a receipt', async (_name, bytes, expected) => {
    const {h, client, server} = await session({websocket: {enabled: true, maxMessageBytes: 1_000}})
    client.socket.write(bytes)
    expect(await client.end()).toEqual([expected])
    expect(await server.end()).toEqual(['close 1001'])
    await h.observed(1)
    expect(h.commits.map(({decision}) => `${decision.action} ${decision.cause?.layer ?? ''}`)).toEqual([
      'allow ',
      'block ws_protocol',
    ])
  })

  test.each<readonly [string, Buffer, string, string]>([
    ['a masked frame', rawFrame(0x81, 'x', true), 'close 1002 masked frame', 'close 1001 server broke the protocol'],
    [
      'a compressed frame',
      rawFrame(0xc1, 'x', false),
      'close 1002 compressed frames not supported',
      'close 1001 server broke the protocol',
    ],
    [
      'a message that is too long',
      rawFrame(0x82, 'x'.repeat(1_001), false),
      'close 1009 message too large',
      'close 1009 message too large',
    ],
    [
      'a text that is not UTF-8',
      rawFrame(0x81, Buffer.from([0xc0]), false),
      'close 1007 invalid UTF-8',
      'close 1001 server broke the protocol',
    ],
  ])('of a server: %s ends the WebSocket', async (_name, bytes, toServer, toClient) => {
    const {client, server} = await session(
      {websocket: {enabled: true, maxMessageBytes: 1_000}},
      {onEvent: () => undefined},
    )
    server.socket.write(bytes)
    expect(await client.end()).toEqual([toClient])
    expect(await server.end()).toEqual([toServer])
  })

  test('every frame to the server has a mask of its own', async () => {
    const masks: string[] = []
    const {client, server} = await session()
    server.socket.on('data', (chunk: Buffer) => masks.push(chunk.toString('hex', 2, 6)))
    client.text('a')
    await client.until(1)
    client.text('a')
    await client.until(2)
    expect(new Set(masks).size).toBe(2)
  })
})

describe('messages', () => {
  test('a block closes with its reason, after its receipt, and nothing of it reaches the server', async () => {
    const s = await session()
    s.client.text('fine').text('forbidden').text('never')
    expect(await replies(s)).toEqual(['text fine', BLOCK].filter((line) => s.client.lines.includes(line)))
    expect(s.client.lines.at(-1)).toBe(BLOCK)
    expect((await s.server.end()).join()).toBe('text fine,close 1001')
    await s.h.observed(1)
    expect(s.h.commits.map(({x, decision}) => `${x.id === s.h.commits[0]?.x.id} ${decision.action}`)).toEqual([
      'true allow',
      'true block',
    ])
    expect(s.h.logs.filter(({event}) => event === 'ws_blocked').map(({fields}) => fields['direction'])).toEqual([
      'client_to_server',
    ])
  })

  test('a match that only exists in all fragments together is a match', async () => {
    const s = await session()
    s.client.frame(0x01, 'forb').frame(0x80, 'idden')
    expect(await replies(s)).toEqual([BLOCK])
    expect(await s.server.end()).toEqual(['close 1001'])
  })

  test('a block of a message of the server tells the server nothing', async () => {
    const s = await session({}, {onEvent: () => undefined})
    s.server.text('forbidden')
    expect(await replies(s)).toEqual([BLOCK])
    expect(await s.server.end()).toEqual(['close 1001'])
  })

  test('what is stripped of a message of the server does not reach the client', async () => {
    const {client, server} = await session({}, {onEvent: () => undefined})
    server.text('a stripped b')
    expect(await client.until(1)).toEqual(['text a - b'])
  })

  test('without enforcement a match passes with a warning', async () => {
    const {h, client} = await session({enforce: false})
    client.text('forbidden')
    expect(await client.until(1)).toEqual(['text forbidden'])
    expect(h.logs.filter(({event}) => event === 'ws_scan').map(({fields}) => fields['scanner'])).toEqual([
      'body_dlp',
      'body_dlp',
    ])
    expect(h.commits).toHaveLength(1)
  })

  test('without scanning of text a match passes, and the log says so once', async () => {
    const {h, client} = await session({websocket: {enabled: true, scansText: false}})
    client.text('forbidden').text('forbidden')
    expect(await client.until(2)).toEqual(['text forbidden', 'text forbidden'])
    expect(h.logs.filter(({event}) => event === 'anomaly')).toHaveLength(1)
  })

  test('binary messages of a client pass where configured, and are judged', async () => {
    const {client} = await session({websocket: {enabled: true, allowsBinary: true}})
    client.frame(0x82, 'bytes')
    expect(await client.until(1)).toEqual(['binary bytes'])
    client.frame(0x82, 'forbidden')
    expect((await client.end()).at(-1)).toBe(BLOCK)
  })

  test('a fragmented message of a client is refused while redaction is on', async () => {
    const {client} = await session({websocket: {enabled: true, redacts: true}})
    client.frame(0x01, 'a').frame(0x80, 'b')
    expect((await client.end()).join()).toContain('"block_reason":"redaction_failure"')
  })

  test('a byte budget that is used up closes', async () => {
    const meter: Hooks['meter'] = () => {
      let left = 8
      return {
        take: (bytes) =>
          (left -= bytes) < 0 ? finding({reason: 'data_budget', layer: 'budget', hard: true}) : undefined,
      }
    }
    const {client} = await session({hooks: {meter}})
    client.text('12345')
    expect((await client.end()).at(-1)).toContain('"block_reason":"data_budget"')
  })

  test('an asynchronous inspection keeps the order of messages', async () => {
    let calls = 0
    const slow: Hooks['inspect'] = (x, unit) =>
      new Promise((resolve) => setTimeout(() => resolve(inspect(x, unit)), calls++ % 2 === 0 ? 15 : 1))
    const {client} = await session({hooks: {inspect: slow}})
    for (const text of ['1', '2', '3', '4']) client.text(text)
    expect(await client.until(4)).toEqual(['text 1', 'text 2', 'text 3', 'text 4'])
  })
})

describe('the end', () => {
  test.each([
    [1000, 'done'],
    [4999, 'äöü'],
    [1011, ''],
  ])('the close code %i of the server reaches the client', async (code, reason) => {
    const {h, client, server} = await session({}, {onEvent: () => undefined})
    server.closing(code, reason)
    expect(await client.until(1)).toEqual([`close ${code} ${reason}`.trimEnd()])
    client.closing(code)
    expect(await server.end()).toEqual([`close ${code}`])
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
  })

  test('a close frame without a code has none on the other side', async () => {
    const {client, server} = await session({}, {onEvent: () => undefined})
    client.frame(0x88)
    expect(await server.until(1)).toEqual(['close'])
  })

  test('a close reason of a client is judged', async () => {
    const watched = ((_x, head) =>
      head.direction === 'request'
        ? {
            layer: 'body_dlp',
            maxEventBytes: 1,
            feed: (unit) => ({
              findings: unit.bytes.includes('forbidden') ? [finding({reason: 'dlp_match', layer: 'body_dlp'})] : [],
              open: false,
            }),
            unreadable: () => finding({reason: 'dlp_match', layer: 'body_dlp'}),
          }
        : undefined) satisfies Hooks['watch']
    for (const frame of [
      rawFrame(0x88, closePayload({code: 1000, reason: 'forbidden'}), true),
      rawFrame(0x8a, 'forbidden', true),
    ]) {
      const {client, server} = await session({hooks: {watch: watched}})
      client.socket.write(frame)
      expect(await client.end()).toEqual([BLOCK])
      expect(await server.end()).toEqual(['close 1001'])
    }
  })

  test('a server that vanishes: the client is told', async () => {
    const {client, server} = await session()
    server.socket.destroy()
    expect(await client.end()).toEqual(['close 1001'])
  })

  test('a client that vanishes: the server is told, and the end is observed', async () => {
    const {h, client, server} = await session()
    client.socket.destroy()
    expect(await server.end()).toEqual(['close 1001'])
    await h.observed(1)
  })

  test('a client that does not take part in the closing handshake does not hold the connection', async () => {
    const {h, client, server} = await session({}, {onEvent: () => undefined})
    server.closing(1000)
    expect(await client.end()).toEqual(['close 1000'])
    await h.observed(1)
  })

  test('no frame for the idle limit, and the longest lifetime', async () => {
    for (const websocket of [{idleTimeoutSeconds: 0.05}, {maxConnectionSeconds: 0.1}]) {
      const {client, server} = await session({websocket: {enabled: true, ...websocket}})
      expect(await client.end()).toEqual(['close 1001 connection timeout'])
      expect(await server.end()).toEqual(['close 1001 connection timeout'])
    }
  })

  test('a new policy that denies the host closes it with a receipt; another keeps it', async () => {
    let denies = false
    const {h, client, server} = await session({refuse: () => (denies ? {} : undefined)})
    h.generation()
    h.server.policyChanged()
    client.text('still here')
    expect(await client.until(1)).toEqual(['text still here'])
    denies = true
    h.generation()
    h.server.policyChanged()
    expect((await client.end()).at(-1)).toMatch(/^close 1008 \{"block_reason":"domain_blocklist",/)
    expect((await server.end()).at(-1)).toBe('close 1001')
    await h.observed(1)
    expect(h.commits.map(({decision}) => decision.action)).toEqual(['allow', 'block'])
    expect(h.logs.find(({event}) => event === 'ws_blocked')?.fields).not.toHaveProperty('direction')
  })

  test('a stop of the listener closes with 1001', async () => {
    const {h, client, server} = await session()
    client.socket.on('end', () => client.socket.end())
    const stopped = h.server.close(0)
    expect(await client.end()).toEqual(['close 1001 shutting down'])
    expect((await server.end()).join()).toMatch(/^close 1001 shutting down/)
    await stopped
    await h.observed(1)
  })
})
