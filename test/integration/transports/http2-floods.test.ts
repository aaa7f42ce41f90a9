// Clients of opened tunnels that flood their HTTP/2 connection: it ends with a line in the log, and others are served meanwhile.
import {afterEach, describe, expect, test} from 'vitest'
import type {HarnessOptions} from '../../support/harness.js'
import {
  FLAG,
  FRAME,
  frame,
  FrameReader,
  headerBlock,
  PREFACE,
  secureTunnel,
  startStreamOrigin,
  StreamClient,
  startOpening,
  type Opening,
} from '../../support/http2.js'
import {once} from 'node:events'
import {TLSSocket} from 'node:tls'
import {queryObjects} from 'node:v8'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

interface Setup extends Opening {
  readonly authority: string
}

async function harness(options: HarnessOptions = {}): Promise<Setup> {
  const {h, interceptor} = await startOpening(options)
  open.push(h)
  const o = await startStreamOrigin((stream, headers) => {
    if (headers[':path'] === '/never') return
    stream.respond({':status': 200})
    stream.end('ok')
  })
  open.push(o)
  return {h, interceptor, authority: `site.test:${o.port}`}
}

interface RawStreamClient {
  readonly socket: TLSSocket
  readonly reader: FrameReader
}

async function rawClient({h, interceptor, authority}: Setup): Promise<RawStreamClient> {
  const socket = await secureTunnel(h.port, authority, {ca: interceptor.ca, protocols: ['h2']})
  open.push({close: () => socket.destroy()})
  const reader = new FrameReader(socket)
  socket.write(PREFACE)
  await reader.frame(FRAME.settings, 0)
  return {socket, reader}
}

async function served({h, interceptor, authority}: Setup): Promise<void> {
  const client = await StreamClient.open(h.port, authority, interceptor.ca)
  expect((await client.get('/')).body.toString()).toBe('ok')
  client.close()
}

const many = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({length: count}, (_, i) => make(i)))
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const head = (authority: string, path = '/never', more: readonly (readonly [string, string])[] = []): Buffer =>
  headerBlock([[':method', 'GET'], [':scheme', 'https'], [':authority', authority], [':path', path], ...more])

describe('a flood of', () => {
  test.each<[string, (authority: string) => Buffer]>([
    ['pings at once', () => many(20_000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))],
    ['settings', () => many(20_000, () => frame(FRAME.settings, 0, 0))],
    [
      'requests that are reset at once',
      (authority) =>
        many(5_000, (i) =>
          Buffer.concat([
            frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 2 * i + 1, head(authority)),
            frame(FRAME.reset, 0, 2 * i + 1, number(8)),
          ]),
        ),
    ],
    [
      'streams beyond their number',
      (authority) => many(5_000, (i) => frame(FRAME.headers, FLAG.endHeaders, 2 * i + 1, head(authority))),
    ],
    [
      'empty data',
      (authority) =>
        Buffer.concat([
          frame(FRAME.headers, FLAG.endHeaders, 1, head(authority)),
          many(20_000, () => frame(FRAME.data, 0, 1)),
        ]),
    ],
    ['empty heads', () => many(20_000, (i) => frame(FRAME.headers, FLAG.endHeaders, 2 * i + 1))],
    [
      'empty continuations',
      (authority) =>
        Buffer.concat([
          frame(FRAME.headers, 0, 1, head(authority)),
          many(20_000, () => frame(FRAME.continuation, 0, 1)),
        ]),
    ],
    [
      'continuations with fields',
      (authority) =>
        Buffer.concat([
          frame(FRAME.headers, 0, 1, head(authority)),
          many(100, () => frame(FRAME.continuation, 0, 1, headerBlock([['x', 'a'.repeat(16_000)]]))),
        ]),
    ],
    [
      'malformed requests',
      (authority) =>
        many(5_000, (i) =>
          frame(
            FRAME.headers,
            FLAG.endHeaders | FLAG.endStream,
            2 * i + 1,
            head(authority, '/', [['connection', 'x']]),
          ),
        ),
    ],
    ['priorities', () => many(400_000, () => frame(FRAME.priority, 0, 1, Buffer.alloc(5)))],
    ['window updates', () => many(500_000, () => frame(FRAME.window, 0, 0, number(1)))],
    ['unknown frames', () => many(500_000, () => frame(99, 0, 0, Buffer.alloc(4)))],
  ])('%s ends its connection', async (_, flood) => {
    const setup = await harness()
    const {socket, reader} = await rawClient(setup)
    socket.write(flood(setup.authority))
    await served(setup)
    await reader.end()
    const lines = setup.h.logs.filter(({event}) => event === 'anomaly').map(({fields}) => String(fields['reason']))
    expect(lines).toEqual([expect.stringContaining('HTTP/2 connection ended: ')])
    await served(setup)
  })

  test('pings that are answered one by one ends its connection', async () => {
    const setup = await harness()
    const {socket, reader} = await rawClient(setup)
    const acknowledged = (): number => reader.frames.filter(({type}) => type === FRAME.ping).length
    for (let round = 1; round <= 60; round++) {
      socket.write(many(400, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))))
      if (!(await reader.until(() => acknowledged() >= 400 * round))) break
    }
    expect(reader.closed).toBe(true)
    expect(setup.h.logs.map(({fields}) => fields['reason'])).toContain('HTTP/2 connection ended: too many pings')
    await served(setup)
  })
})

describe('a client that', () => {
  test('sends a head beyond the limit gets 431 or a reset, and is not forwarded', async () => {
    const setup = await harness()
    const {socket, reader} = await rawClient(setup)
    const fields = Array.from({length: 5}, (_, i): [string, string] => [`x-${i}`, 'a'.repeat(14_000)])
    socket.write(frame(FRAME.headers, 0, 1, head(setup.authority)))
    for (const [i, field] of fields.entries())
      socket.write(frame(FRAME.continuation, i === 4 ? FLAG.endHeaders : 0, 1, headerBlock([field])))
    await reader.until(() => reader.frames.some(({stream}) => stream === 1))
    expect(setup.h.commits.filter(({decision}) => decision.action === 'allow').length).toBe(1)
    await served(setup)
  })

  test('opens no window loses its stream after the idle limit, and the slot with it', async () => {
    const setup = await harness({settings: {idleTimeoutSeconds: 1}})
    const {socket, reader} = await rawClient(setup)
    const initialWindow = Buffer.from([0, 4, 0, 0, 0, 0])
    socket.write(frame(FRAME.settings, 0, 0, initialWindow))
    socket.write(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, head(setup.authority, '/')))
    const reset = await reader.frame(FRAME.reset, 1)
    expect(reset?.payload.readUInt32BE(0)).toBe(2)
    await setup.h.observed(1)
    expect(setup.h.shares.held('open_requests')).toBe(0)
  })

  test('never closes its side is cut off once its connection is over', async () => {
    const setup = await harness({limits: {firstByteMs: 100, lingerMs: 50}})
    const socket = await secureTunnel(setup.h.port, setup.authority, {ca: setup.interceptor.ca, protocols: ['h2']})
    open.push({close: () => socket.destroy()})
    socket.on('data', () => undefined)
    socket.write(PREFACE)
    // the tunnel is observed when its connection is gone
    await setup.h.observed(1)
    expect(setup.h.shares.held('descriptors')).toBe(0)
  })

  test('sends no request is told to leave', async () => {
    const setup = await harness({limits: {firstByteMs: 100}})
    const {reader} = await rawClient(setup)
    await reader.end()
    expect(reader.frames.some(({type}) => type === FRAME.goaway)).toBe(true)
    expect(setup.h.logs.filter(({event}) => event === 'anomaly')).toEqual([])
  })

  test('comes and goes leaves no connection in memory', async () => {
    const setup = await harness()
    const visit = async (): Promise<void> => {
      const client = await StreamClient.open(setup.h.port, setup.authority, setup.interceptor.ca)
      const stream = client.request({':path': '/'})
      stream.resume().end()
      await once(stream, 'close')
      client.close()
      await client.closed
    }
    await visit()
    const held = (): number => Number(queryObjects(TLSSocket, {format: 'count'}))
    const before = held()
    const count = 8
    for (let i = 0; i < count; i++) await visit()
    await setup.h.observed(2 * (count + 1))
    await expect.poll(() => held() - before, {timeout: 5_000, interval: 200}).toBeLessThan(count / 2)
  })

  test('stays beyond the lifetime of its tunnel is told to leave, and its running request ends', async () => {
    const setup = await harness({settings: {maxTunnelSeconds: 1}})
    const client = await StreamClient.open(setup.h.port, setup.authority, setup.interceptor.ca)
    open.push(client)
    const upload = client.request({':method': 'POST', ':path': '/never'})
    upload.write('begun')
    while (client.goaways.length === 0) await new Promise((done) => client.session.once('goaway', done))
    expect(client.goaways).toEqual([0])
    expect(upload.closed).toBe(false)
  })
})
