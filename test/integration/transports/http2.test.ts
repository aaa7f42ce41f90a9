// Clients that speak HTTP/2 inside tunnels that are opened: every stream is judged like an HTTP/1.1 request, streams both ways
// with back-pressure, and ends only as its peer ended it.
import type {RequestListener} from 'node:http'
import {createServer as createSecureServer} from 'node:https'
import type {AddressInfo, Socket} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import type {Harness, HarnessOptions} from '../../support/harness.js'
import {resultOf, StreamClient, startOpening, type Opening} from '../../support/http2.js'
import {CERT, KEY} from '../../support/tls.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function harness(options: HarnessOptions = {}): Promise<Opening> {
  const opening = await startOpening(options)
  open.push(opening.h)
  return opening
}

/** An origin that speaks HTTP/1.1. */
async function origin(listener: RequestListener): Promise<{readonly port: number}> {
  const sockets = new Set<Socket>()
  const server = createSecureServer({cert: CERT, key: KEY}, (req, res) => {
    req.on('error', () => undefined)
    res.on('error', () => undefined)
    listener(req, res)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        for (const socket of sockets) socket.destroy()
      }),
  })
  return {port: (server.address() as AddressInfo).port}
}

async function inside({h, interceptor}: Opening, port: number): Promise<StreamClient> {
  const client = await StreamClient.open(h.port, `site.test:${port}`, interceptor.ca)
  open.push(client)
  expect(client.socket.alpnProtocol).toBe('h2')
  return client
}

const decisions = (h: Harness): readonly string[] =>
  h.commits.map(({x, decision}) => `${x.transport} ${x.method} ${x.rawTarget} ${decision.action}`)

describe('to an HTTP/1.1 origin', () => {
  test('a GET is judged with its whole URL and forwarded as an ordinary request', async () => {
    const setup = await harness()
    const requests: string[][] = []
    const o = await origin((req, res) => {
      requests.push([req.method ?? '', req.url ?? '', ...req.rawHeaders])
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      res.end('hello')
    })
    const client = await inside(setup, o.port)
    const got = await client.get('/a?b=1', {'user-agent': 'test', cookie: ['c=1', 'd=2'], te: 'trailers'})
    expect(got.status).toBe(200)
    expect(got.body.toString()).toBe('hello')
    expect(got.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(got.headers['connection']).toBeUndefined()
    expect(got.reset).toBe(0)
    const authority = `site.test:${o.port}`
    expect(requests).toEqual([
      ['GET', '/a?b=1', 'host', authority, 'connection', 'keep-alive', 'user-agent', 'test', 'cookie', 'c=1; d=2'],
    ])
    expect(decisions(setup.h)).toEqual([
      `connect CONNECT https://${authority}/ allow`,
      `intercept GET https://${authority}/a?b=1 allow`,
    ])
    client.close()
    await setup.h.observed(2)
    expect(setup.h.ends.map(({x, end}) => [x.transport, end.status]).toSorted()).toEqual([
      ['connect', 200],
      ['intercept', 200],
    ])
  })

  test('bodies of both directions arrive unchanged', async () => {
    const setup = await harness()
    const o = await origin((req, res) => void req.pipe(res))
    const client = await inside(setup, o.port)
    const sent = Buffer.alloc(3_000_000, 'sent ')
    const got = await client.post('/', sent)
    expect(got.status).toBe(200)
    expect(got.body.equals(sent)).toBe(true)
    expect(got.reset).toBe(0)
  })

  test('a refused request leaves the other streams of the connection alone', async () => {
    const setup = await harness({
      refuse: (x) => (x.target?.path === '/bad' ? {reason: 'domain_blocklist', layer: 'blocklist'} : undefined),
    })
    let release: (() => void) | undefined
    const o = await origin((_req, res) => {
      res.write('begun')
      release = () => res.end(' ended')
    })
    const client = await inside(setup, o.port)
    const slow = client.request({':path': '/slow'}, {endStream: true})
    const slowResult = resultOf(slow)
    await new Promise<void>((done) => void slow.once('data', () => done()))
    const refused = await client.get('/bad')
    expect(refused.status).toBe(403)
    expect(refused.headers['x-pipelock-block-reason']).toBe('domain_blocklist')
    release?.()
    const got = await slowResult
    expect(got.body.toString()).toBe('begun ended')
    expect(got.reset).toBe(0)
  })

  test('a refusal ends an upload that continues', async () => {
    const setup = await harness({refuse: (x) => (x.target?.path === '/bad' ? {} : undefined)})
    const o = await origin((_req, res) => res.end('ok'))
    const client = await inside(setup, o.port)
    const upload = client.request({':method': 'POST', ':path': '/bad'})
    upload.write(Buffer.alloc(10))
    const got = await resultOf(upload)
    expect(got.status).toBe(403)
    expect(got.body.toString()).toContain('blocked')
    expect(got.reset).toBe(0)
    expect((await client.get('/')).body.toString()).toBe('ok')
  })

  test('a response that comes before the end of its upload arrives whole', async () => {
    const setup = await harness()
    const sent = Buffer.alloc(2_000_000, 'early ')
    const o = await origin((_req, res) => res.end(sent))
    const client = await inside(setup, o.port)
    const upload = client.request({':method': 'POST', ':path': '/'})
    upload.write('begun')
    const got = await resultOf(upload)
    expect([got.status, got.body.equals(sent), got.reset]).toEqual([200, true, 0])
  })

  test('a body that the origin cuts short resets the stream, and never ends it in order', async () => {
    const setup = await harness()
    for (const length of [undefined, 100]) {
      const o = await origin((_req, res) => {
        if (length !== undefined) res.setHeader('Content-Length', length)
        res.write('half')
        setImmediate(() => res.destroy())
      })
      const client = await inside(setup, o.port)
      const got = await client.get('/')
      expect(got.reset).not.toBe(0)
    }
  })

  test('a client that cancels its request ends the request to the origin', async () => {
    const setup = await harness()
    let closed: (() => void) | undefined
    const ended = new Promise<void>((done) => (closed = done))
    const o = await origin((_req, res) => {
      res.on('close', () => closed?.())
      res.write('begun')
    })
    const client = await inside(setup, o.port)
    const stream = client.request({':path': '/'}, {endStream: true})
    await new Promise<void>((done) => void stream.once('data', () => done()))
    stream.close(8)
    await ended
    await setup.h.observed(1)
  })

  test('requests beyond the client share are refused one by one', async () => {
    const setup = await harness({shares: {open_requests: 8}})
    const held: (() => void)[] = []
    const o = await origin((_req, res) => void held.push(() => res.end('ok')))
    const client = await inside(setup, o.port)
    const running = [client.get('/1'), client.get('/2')]
    while (held.length < 2) await new Promise((done) => setImmediate(done))
    expect((await client.get('/3')).status).toBe(503)
    for (const end of held) end()
    expect((await Promise.all(running)).map(({status}) => status)).toEqual([200, 200])
  })

  test('a stop of the listener lets a running stream end, and admits no other', async () => {
    const setup = await harness()
    let release: (() => void) | undefined
    const o = await origin((_req, res) => {
      res.write('begun')
      release = () => res.end(' ended')
    })
    const client = await inside(setup, o.port)
    const running = client.request({':path': '/'}, {endStream: true})
    const result = resultOf(running)
    await new Promise((done) => running.once('data', done))
    const goaway = new Promise((done) => client.session.once('goaway', done))
    const stopped = setup.h.server.close(30_000)
    await goaway
    expect(client.goaways).toEqual([0])
    release?.()
    expect((await result).body.toString()).toBe('begun ended')
    await stopped
    await client.closed
  })

  test('a policy that denies the host ends the connection with a GOAWAY, and every stream', async () => {
    let denied = false
    const setup = await harness({
      refuse: (x) =>
        denied && x.transport === 'connect' ? {reason: 'domain_blocklist', layer: 'blocklist'} : undefined,
    })
    const o = await origin((_req, res) => void res.write('begun'))
    const client = await inside(setup, o.port)
    const running = client.request({':path': '/'}, {endStream: true})
    const result = resultOf(running)
    await new Promise((done) => running.once('data', done))
    denied = true
    setup.h.generation()
    setup.h.server.policyChanged()
    await result
    await client.closed
    expect(client.goaways).toEqual([0])
    await setup.h.observed(2)
    expect(setup.h.commits.at(-1)?.decision.cause).toMatchObject({reason: 'domain_blocklist', layer: 'blocklist'})
  })

  test('a HEAD, a 204 and a 304 have no content', async () => {
    const setup = await harness()
    const o = await origin((req, res) => {
      res.statusCode = Number(req.url?.slice(1))
      if (res.statusCode === 200) res.setHeader('Content-Length', 5)
      res.end(req.method === 'HEAD' ? undefined : '')
    })
    const client = await inside(setup, o.port)
    const head = await client.get('/200', {':method': 'HEAD'})
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, '5', 0])
    for (const status of [204, 304]) {
      const got = await client.get(`/${status}`)
      expect([got.status, got.body.length, got.reset]).toEqual([status, 0, 0])
    }
  })

  test('a response that nobody reads holds the origin back, and no other stream', async () => {
    const setup = await harness()
    const most = 64 * 1_048_576
    let written = 0
    const o = await origin((req, res) => {
      if (req.url !== '/endless') return void res.end('ok')
      const chunk = Buffer.alloc(65_536)
      const write = (): void => {
        for (; written < most; written += chunk.length) if (!res.write(chunk)) return
      }
      res.on('drain', write)
      write()
    })
    const client = await inside(setup, o.port)
    const stream = client.request({':path': '/endless'}, {endStream: true})
    stream.pause()
    let before = -1
    // other responses go round while it is stalled
    for (let turns = 0; turns < 50 || written > before; turns++) {
      before = written
      expect((await client.get('/')).body.toString()).toBe('ok')
    }
    expect(written).toBeLessThan(most / 2)
  })
})
