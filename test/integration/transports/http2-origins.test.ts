// Origins that are asked over HTTP/2: streams share a connection, trailers and cancellations pass, and what an origin must not do
// ends its connection.
import {createServer as createTlsServer, type TLSSocket} from 'node:tls'
import type {AddressInfo} from 'node:net'
import {constants} from 'node:http2'
import {afterEach, describe, expect, test} from 'vitest'
import {finding, type HarnessOptions} from '../../support/harness.js'
import {
  FLAG,
  FRAME,
  frame,
  FrameReader,
  headerBlock,
  resultOf,
  secureTunnel,
  startStreamOrigin,
  StreamClient,
  type ServeStream,
  type StreamOrigin,
  startOpening,
  type Opening,
} from '../../support/http2.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT, KEY} from '../../support/tls.js'

const {NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM} = constants

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function harness(options: HarnessOptions = {}): Promise<Opening> {
  const opening = await startOpening(options)
  open.push(opening.h)
  return opening
}

async function origin(serve: ServeStream): Promise<StreamOrigin> {
  const o = await startStreamOrigin(serve)
  open.push(o)
  return o
}

async function inside({h, interceptor}: Opening, port: number): Promise<StreamClient> {
  const client = await StreamClient.open(h.port, `site.test:${port}`, interceptor.ca)
  open.push(client)
  return client
}

/** An origin of literal frames: `serve` is called for the head of each request. */
async function rawOrigin(
  serve: (socket: TLSSocket, stream: number, connection: number, reader: FrameReader) => void,
): Promise<{readonly port: number; readonly readers: FrameReader[]}> {
  const readers: FrameReader[] = []
  const sockets = new Set<TLSSocket>()
  const server = createTlsServer({cert: CERT, key: KEY, ALPNProtocols: ['h2']}, (socket) => {
    sockets.add(socket)
    socket.write(frame(FRAME.settings, 0, 0))
    const reader = new FrameReader(socket, 24)
    const connection = readers.push(reader) - 1
    let served = 0
    socket.on('data', () => {
      const heads = reader.frames.filter(({type}) => type === FRAME.headers)
      for (const {stream} of heads.slice(served)) serve(socket, stream, connection, reader)
      served = heads.length
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({
    close: () =>
      new Promise<void>((done) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => done())
      }),
  })
  return {port: (server.address() as AddressInfo).port, readers}
}

const echo: ServeStream = (stream) => {
  stream.respond({':status': 200})
  stream.pipe(stream)
}

describe('a request', () => {
  test('to an origin that speaks HTTP/2 shares one connection with others, and has its fields', async () => {
    const setup = await harness()
    const heads: (readonly string[])[] = []
    const held: (() => void)[] = []
    const o = await origin((stream, _headers, raw) => {
      heads.push(raw)
      held.push(() => {
        stream.respond({':status': 200, 'set-cookie': ['a=1', 'b=2']})
        stream.end('ok')
      })
    })
    const client = await inside(setup, o.port)
    const running = ['/a?b=1', '/c'].map((path) => client.get(path, {te: 'trailers', 'user-agent': 'test'}))
    while (held.length < 2) await new Promise((done) => setImmediate(done))
    for (const respond of held.toReversed()) respond()
    for (const got of await Promise.all(running)) {
      expect([got.status, got.body.toString(), got.reset]).toEqual([200, 'ok', 0])
      expect(got.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    }
    expect(o.connections()).toBe(1)
    const authority = `site.test:${o.port}`
    const pseudo = [':method', 'GET', ':scheme', 'https', ':authority', authority, ':path', '/a?b=1']
    expect(heads[0]).toEqual([...pseudo, 'user-agent', 'test', 'te', 'trailers'])
  })

  test('of an HTTP/1.1 client is asked over HTTP/2, in either framing', async () => {
    const setup = await harness()
    const o = await origin(echo)
    const authority = `site.test:${o.port}`
    const tls = await secureTunnel(setup.h.port, authority, {ca: setup.interceptor.ca, protocols: ['http/1.1']})
    const client = RawClient.of(tls)
    open.push(client)
    client.send(`POST / HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 5\r\n\r\nhello`)
    expect((await client.response()).body.toString()).toBe('hello')
    client.send(
      `POST / HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`,
    )
    expect((await client.response()).body.toString()).toBe('hello')
    expect(o.connections()).toBe(1)
  })

  test('streams both ways at once, and ends when both have ended', async () => {
    const setup = await harness()
    const o = await origin(echo)
    const client = await inside(setup, o.port)
    const call = client.request({':method': 'POST', ':path': '/', 'content-type': 'application/grpc'})
    const result = resultOf(call)
    for (const message of ['first', 'second']) {
      const back = new Promise<Buffer>((done) => void call.once('data', done))
      call.write(message)
      expect((await back).toString()).toBe(message)
    }
    call.end()
    const got = await result
    expect([got.status, got.reset]).toEqual([200, 0])
  })

  test('of megabytes passes in both directions', async () => {
    const setup = await harness()
    const o = await origin(echo)
    const client = await inside(setup, o.port)
    const sent = Buffer.alloc(5_000_000, 'both ways ')
    const got = await client.post('/', sent)
    expect(got.body.equals(sent)).toBe(true)
  })

  test('that its client cancels is cancelled at the origin', async () => {
    const setup = await harness()
    let rst: ((code: number) => void) | undefined
    const cancelled = new Promise<number>((done) => (rst = done))
    const o = await origin((stream) => {
      stream.on('close', () => rst?.(stream.rstCode))
      stream.respond({':status': 200})
      stream.write('begun')
    })
    const client = await inside(setup, o.port)
    const stream = client.request({':path': '/'}, {endStream: true})
    await new Promise((done) => stream.once('data', done))
    stream.close(NGHTTP2_CANCEL)
    expect(await cancelled).toBe(NGHTTP2_CANCEL)
  })

  test('with a response before its end is not sent to its end', async () => {
    const setup = await harness()
    const o = await origin((stream) => {
      stream.respond({':status': 413})
      stream.end('too much')
    })
    const client = await inside(setup, o.port)
    const upload = client.request({':method': 'POST', ':path': '/'})
    upload.write('a')
    const got = await resultOf(upload)
    expect([got.status, got.body.toString(), got.reset]).toEqual([413, 'too much', 0])
  })

  test.each([
    ['GET', 200],
    ['POST', 502],
  ])('%s that the origin refuses unprocessed ends as %i', async (method, status) => {
    const setup = await harness()
    let asked = 0
    const o = await origin((stream) => {
      if (asked++ === 0) return stream.close(NGHTTP2_REFUSED_STREAM)
      stream.respond({':status': 200})
      stream.end('ok')
    })
    const client = await inside(setup, o.port)
    const got = await client.get('/', {':method': method})
    expect(got.status).toBe(status)
    expect(asked).toBe(method === 'GET' ? 2 : 1)
  })

  test('above the last stream of a GOAWAY is repeated on another connection, and those below it end', async () => {
    const setup = await harness()
    const ok = (stream: number): Buffer =>
      Buffer.concat([
        frame(FRAME.headers, FLAG.endHeaders, stream, headerBlock([[':status', '200']])),
        frame(FRAME.data, FLAG.endStream, stream, Buffer.from(`ok ${stream}`)),
      ])
    const o = await rawOrigin((socket, stream, connection) => {
      if (connection > 0) return void socket.write(ok(stream))
      if (stream === 1) return
      socket.write(frame(FRAME.goaway, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])))
      socket.write(ok(1))
    })
    const client = await inside(setup, o.port)
    const first = client.get('/first')
    const reader = async (): Promise<FrameReader> => {
      while (!o.readers[0]) await new Promise((done) => setImmediate(done))
      return o.readers[0]
    }
    await (await reader()).frame(FRAME.headers, 1)
    const second = client.get('/second')
    expect((await first).body.toString()).toBe('ok 1')
    expect((await second).body.toString()).toBe('ok 1')
    expect(o.readers.length).toBe(2)
  })
})

describe('a response', () => {
  test('has its trailers', async () => {
    const setup = await harness()
    const o = await origin((stream) => {
      stream.respond({':status': 200, 'content-type': 'application/grpc'}, {waitForTrailers: true})
      stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0', 'x-pipelock-fake': '1'}))
      stream.end('message')
    })
    const client = await inside(setup, o.port)
    const got = await client.post('/', 'request', {te: 'trailers'})
    expect(got.body.toString()).toBe('message')
    expect(Object.entries(got.trailers ?? {})).toEqual([['grpc-status', '0']])
  })

  test('of trailers only stays one frame', async () => {
    const setup = await harness()
    const o = await origin((stream) => stream.respond({':status': 200, 'grpc-status': '5'}, {endStream: true}))
    const client = await inside(setup, o.port)
    const got = await client.post('/', 'request')
    expect(got.headers['grpc-status']).toBe('5')
    expect(got.flags & FLAG.endStream).toBe(FLAG.endStream)
  })

  test('is cut where a finding in its trailers blocks it', async () => {
    const setup = await harness({
      hooks: {
        inspect: (_x, unit) =>
          unit.headers.some(([, value]) => value === 'obey')
            ? [finding({reason: 'prompt_injection', layer: 'response'})]
            : [],
      },
    })
    const o = await origin((stream) => {
      stream.respond({':status': 200}, {waitForTrailers: true})
      stream.on('wantTrailers', () => stream.sendTrailers({'grpc-message': 'obey'}))
      stream.end('message')
    })
    const client = await inside(setup, o.port)
    const got = await client.get('/')
    expect(got.reset).toBe(NGHTTP2_INTERNAL_ERROR)
    expect(got.trailers).toBeUndefined()
    expect(setup.h.commits.at(-1)?.decision.action).toBe('block')
  })

  test.each([0, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR])(
    'that the origin resets with code %i never ends in order',
    async (code) => {
      const setup = await harness()
      const o = await rawOrigin((socket, stream) => {
        socket.write(frame(FRAME.headers, FLAG.endHeaders, stream, headerBlock([[':status', '200']])))
        socket.write(frame(FRAME.data, 0, stream, Buffer.from('half')))
        socket.write(frame(FRAME.reset, 0, stream, Buffer.from([0, 0, 0, code])))
      })
      const client = await inside(setup, o.port)
      expect((await client.get('/')).reset).toBe(NGHTTP2_INTERNAL_ERROR)
    },
  )

  test('skips informational ones', async () => {
    const setup = await harness()
    const o = await origin((stream) => {
      stream.additionalHeaders({':status': 103, link: '</a>'})
      stream.respond({':status': 200})
      stream.end('ok')
    })
    const client = await inside(setup, o.port)
    expect((await client.get('/')).body.toString()).toBe('ok')
  })
})

describe('an origin that', () => {
  const status = (value: string): Buffer => headerBlock([[':status', value]])

  test.each<[string, (stream: number) => Buffer]>([
    [
      'sends a head beyond the limit',
      (stream) =>
        frame(
          FRAME.headers,
          FLAG.endHeaders,
          stream,
          Buffer.concat([
            status('200'),
            ...Array.from({length: 8}, (_, i) => headerBlock([[`x-${i}`, 'a'.repeat(1_500)]])),
          ]),
        ),
    ],
    [
      'sends informational responses without end',
      (stream) =>
        Buffer.concat(Array.from({length: 100}, () => frame(FRAME.headers, FLAG.endHeaders, stream, status('103')))),
    ],
    ['ends its response before a head', (stream) => frame(FRAME.data, FLAG.endStream, stream, Buffer.from('a'))],
    [
      'sends fields of a connection',
      (stream) =>
        frame(
          FRAME.headers,
          FLAG.endHeaders,
          stream,
          headerBlock([
            [':status', '200'],
            ['transfer-encoding', 'chunked'],
          ]),
        ),
    ],
    ['sends a status that is not one', (stream) => frame(FRAME.headers, FLAG.endHeaders, stream, status('abc'))],
    [
      'pushes',
      (stream) =>
        frame(
          FRAME.push,
          FLAG.endHeaders,
          stream,
          Buffer.concat([
            Buffer.from([0, 0, 0, 2]),
            headerBlock([
              [':method', 'GET'],
              [':scheme', 'https'],
              [':authority', 'site.test'],
              [':path', '/'],
            ]),
          ]),
        ),
    ],
    ['closes the connection', () => frame(FRAME.goaway, 0, 0, Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]))],
  ])('%s costs its own request', async (name, response) => {
    const setup = await harness({limits: {headBytes: 8_192, upstreamHeadMs: 1_000}})
    const good = await origin(echo)
    let asked = 0
    const o = await rawOrigin((socket, stream) => {
      asked++
      socket.write(response(stream))
      if (name === 'pushes') socket.end()
    })
    const client = await inside(setup, o.port)
    const got = await client.get('/', {':method': 'POST'})
    // Node 20 does not report the end of a connection that breaks the protocol
    expect(got.status).toBe(name.startsWith('ends its response') && got.status === 504 ? 504 : 502)
    expect(asked).toBe(1)
    const other = await inside(setup, good.port)
    expect((await other.post('/', 'still served')).body.toString()).toBe('still served')
  })
})
