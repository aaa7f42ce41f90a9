// The share of one client in the common resources, on real sockets.
import {createServer, type Socket} from 'node:net'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import type {OwnRoute} from '../../../src/transports/host.js'
import {shareBounds} from '../../../src/host/share-bounds.js'
import {startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {RawClient} from '../../support/raw-socket.js'

const open: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close()
})

const health: OwnRoute = {
  methods: ['GET'],
  handle: async () => ({status: 200, headers: [], body: Buffer.from('well\n')}),
}

/** Holds every body, of requests and of responses. */
const HOLDING: HarnessOptions['hooks'] = {
  requires: () => ({maxBytes: 10_000_000, over: () => undefined}),
}

async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const h = await startHarness({routes: new Map([['/health', health]]), ...options})
  open.push(() => h.close())
  return h
}

/** An origin that reads everything and calls `respond`. */
async function origin(respond: (socket: Socket) => void = () => undefined): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => respond(socket))
    socket.resume()
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((done) => server.close(done))
  })
  return (server.address() as AddressInfo).port
}

async function client(h: Harness): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(() => c.close())
  return c
}

const get = (port: number, path = '/'): string =>
  `GET http://site.test:${port}${path} HTTP/1.1\r\nHost: site.test:${port}\r\n\r\n`
const post = (port: number, length: number): string =>
  `POST http://site.test:${port}/ HTTP/1.1\r\nHost: site.test:${port}\r\nContent-Length: ${length}\r\n\r\n`
const CONNECT = (port: number): string => `CONNECT site.test:${port} HTTP/1.1\r\nHost: site.test:${port}\r\n\r\n`
const FETCH = (port: number): string =>
  `GET /fetch?url=http%3A%2F%2Fsite.test%3A${port}%2F HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
const HEALTH = 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((done) => setImmediate(done))
}

const layerOf = (response: {readonly fields: ReadonlyMap<string, string>}): unknown[] => [
  response.fields.get('x-pipelock-block-reason'),
  response.fields.get('x-pipelock-block-reason-layer'),
]

test.each([
  ['forward', get],
  ['fetch', FETCH],
])(
  'a client with a quarter of all open requests: the next one on %s is refused, own routes respond',
  async (_, request) => {
    const h = await harness({shares: {open_requests: 8}})
    const port = await origin()
    for (let i = 0; i < 2; i++) (await client(h)).send(get(port))
    await until(() => h.commits.length === 2)
    const third = await (await client(h)).send(request(port)).response()
    expect([third.status, ...layerOf(third)]).toEqual([503, 'rate_limit', 'request_limit'])
    expect(h.commits.map(({decision}) => decision.action)).toEqual(['allow', 'allow', 'block'])
    expect((await (await client(h)).send(HEALTH).response()).status).toBe(200)
  },
)

test('a request that waits behind another one on its connection counts as open, and the connection accepts no more', async () => {
  const h = await harness({shares: {open_requests: 8}})
  const port = await origin((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
  const c = (await client(h)).send(get(port).repeat(9))
  const statuses: number[] = []
  for (;;) {
    const response = await c.response()
    statuses.push(response.status)
    if (response.fields.get('connection') === 'close') break
  }
  expect(statuses.at(-1)).toBe(503)
  expect(statuses.length).toBeLessThan(9)
})

test('connections beyond the share of a client reach own routes only, one request each', async () => {
  const h = await harness({shares: {descriptors: 8}})
  const port = await origin()
  await client(h)
  await client(h)
  await until(() => h.shares.held('descriptors') === 2)
  for (const request of [get(port), CONNECT(port), FETCH(port)]) {
    const c = await client(h)
    const response = await c.send(request).response()
    expect([response.status, ...layerOf(response)]).toEqual([503, 'rate_limit', 'connection_limit'])
    await c.end()
  }
  const c = await client(h)
  expect((await c.send(HEALTH).response()).status).toBe(200)
  await c.end()
  expect(h.shares.held('descriptors')).toBe(2)
})

test('silent connections beyond the share give way to one with a request', async () => {
  const h = await harness({shares: {descriptors: 4}, limits: {spareConnections: 3}})
  for (let i = 0; i < 12; i++) await client(h)
  await until(() => h.server.openConnections === 4)
  expect((await (await client(h)).send(HEALTH).response()).status).toBe(200)
})

test('a socket to an origin counts for its client: without a free descriptor every transport responds 503', async () => {
  for (const [request, surface] of [
    [get, 'forward'],
    [CONNECT, 'connect'],
    [FETCH, 'fetch'],
  ] as const) {
    const h = await harness({shares: {descriptors: 4}})
    const port = await origin()
    const response = await (await client(h)).send(request(port)).response()
    expect([surface, response.status, ...layerOf(response)]).toEqual([surface, 503, 'rate_limit', 'connection_limit'])
    expect(h.commits.at(-1)?.decision.action).toBe('block')
  }
})

test('held uploads: beyond a quarter of the bytes 503, and finished ones are released', async () => {
  const h = await harness({shares: {held_bytes: 400_000}, hooks: HOLDING})
  const port = await origin()
  const first = (await client(h)).send(post(port, 90_000)).send(Buffer.alloc(80_000))
  await until(() => h.shares.held('held_bytes') === 80_000)
  const second = await (await client(h)).send(post(port, 90_000)).send(Buffer.alloc(30_000)).response()
  expect([second.status, ...layerOf(second)]).toEqual([503, 'rate_limit', 'held_bytes'])
  first.close()
  await until(() => h.shares.held('held_bytes') === 0)
})

test.each([
  ['forward', get],
  ['fetch', FETCH],
])('responses held on %s: beyond a quarter of the bytes 503, and nothing of them arrives', async (_, request) => {
  const h = await harness({shares: {held_bytes: 400_000}, hooks: HOLDING})
  const port = await origin((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 500000\r\n\r\n')
    socket.write(Buffer.alloc(500_000, 'x'))
  })
  const response = await (await client(h)).send(request(port)).response()
  expect([response.status, ...layerOf(response)]).toEqual([503, 'rate_limit', 'held_bytes'])
  expect(response.body.toString()).not.toContain('xx')
})

test('a held upload below the minimum rate ends, however often a byte arrives', async () => {
  const h = await harness({hooks: HOLDING, limits: {slowBytes: 1_000, leastRateMs: 40}})
  const c = (await client(h)).send(post(await origin(), 90_000)).send(Buffer.alloc(5_000))
  const drip = setInterval(() => c.send('x'), 5)
  const response = await c.response()
  clearInterval(drip)
  expect([response.status, ...layerOf(response)]).toEqual([503, 'rate_limit', 'body_rate'])
})

test.each([
  ['forward', get],
  ['fetch', FETCH],
])('a response held on %s below the minimum rate ends', async (_, request) => {
  const h = await harness({hooks: HOLDING, limits: {slowBytes: 1_000, leastRateMs: 40}})
  const port = await origin((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 90000\r\n\r\n${'x'.repeat(5_000)}`)
    const drip = setInterval(() => socket.write('x'), 5)
    socket.on('close', () => clearInterval(drip))
  })
  const response = await (await client(h)).send(request(port)).response()
  expect([response.status, ...layerOf(response)]).toEqual([503, 'rate_limit', 'body_rate'])
})

test('blanks of an API that is still working: a small body may arrive at any rate', async () => {
  const h = await harness({hooks: HOLDING, limits: {leastRateMs: 5}})
  const port = await origin((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    let blanks = 0
    const drip = setInterval(() => {
      socket.write(blanks++ < 10 ? '1\r\n\n\r\n' : '2\r\n{}\r\n0\r\n\r\n')
      if (blanks > 10) clearInterval(drip)
    }, 5)
  })
  const response = await (await client(h)).send(get(port)).response()
  expect([response.status, response.body.toString().trim()]).toEqual([200, '{}'])
})

test('one client of a host with 1,024 descriptors works with 64 connections and 64 tunnels at a time', async () => {
  const h = await harness({shares: shareBounds(1_024, {heldMb: 256, openRequests: 0}), hooks: HOLDING})
  const port = await origin((socket) =>
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(50_000)}`),
  )
  for (const request of [get(port), CONNECT(port)]) {
    const clients = await Promise.all(Array.from({length: 64}, () => client(h)))
    for (const c of clients) c.send(request)
    const isTunnel = request === CONNECT(port)
    const statuses = await Promise.all(clients.map(async (c) => (await c.response(isTunnel)).status))
    expect(new Set(statuses)).toEqual(new Set([200]))
    for (const c of clients) c.close()
    await until(() => h.server.openConnections === 0)
  }
})

test('clients that leave at any moment release their shares', async () => {
  const h = await harness({hooks: HOLDING, asyncDestination: true, asyncCommit: true})
  const port = await origin((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhalf'))
  const requests = [
    get(port),
    get(port).repeat(20),
    post(port, 9_000) + 'half',
    CONNECT(port),
    FETCH(port),
    get(port).slice(0, 40),
    'nonsense\r\n\r\n',
  ]
  for (const request of requests) {
    for (let turns = 0; turns < 12; turns++) {
      const c = (await client(h)).send(request)
      for (let i = 0; i < turns; i++) await new Promise((done) => setImmediate(done))
      c.close()
    }
  }
})

test('idle connections close before a client runs out of descriptors', async () => {
  const h = await harness({shares: {descriptors: 48}})
  for (let i = 0; i < 30; i++) {
    const port = await origin((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    const c = await client(h)
    expect((await c.send(get(port)).response()).status).toBe(200)
    c.close()
  }
  expect(h.shares.held('descriptors')).toBeLessThanOrEqual(12)
})
