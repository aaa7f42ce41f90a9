// Requests over HTTP/2 that would mean something else once they are written as HTTP/1.1: each is reset, refused or stripped of the
// field in question, and the origin sees one well-formed request or none.
import {createServer} from 'node:tls'
import type {AddressInfo, Socket} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import type {Harness} from '../../support/harness.js'
import {FLAG, FRAME, frame, FrameReader, headerBlock, PREFACE, secureTunnel, startOpening} from '../../support/http2.js'
import {AUTHORITY, changed, REFUSED, STRIPPED, type Fields} from '../../support/http2-smuggling.js'
import {CERT, KEY} from '../../support/tls.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

interface Setup {
  readonly h: Harness
  readonly authority: string
  readonly received: () => string
  readonly socket: Socket
  readonly reader: FrameReader
}

/** A client of literal frames, and an HTTP/1.1 origin that keeps every byte. */
async function setUp(): Promise<Setup> {
  const {h, interceptor} = await startOpening()
  open.push(h)
  let received = ''
  const sockets = new Set<Socket>()
  const server = createServer({cert: CERT, key: KEY}, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      // one response for each end of a head
      for (const _ of chunk.toString('latin1').matchAll(/\r\n\r\n/g))
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
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
  const authority = `site.test:${(server.address() as AddressInfo).port}`
  const socket = await secureTunnel(h.port, authority, {ca: interceptor.ca, protocols: ['h2']})
  open.push({close: () => socket.destroy()})
  const reader = new FrameReader(socket)
  socket.write(PREFACE)
  return {h, authority, received: () => received, socket, reader}
}

function send({socket, authority}: Setup, fields: Fields, data: string | undefined, stream = 1): void {
  const block = headerBlock(fields.map(([name, value]) => [name, value.replaceAll(AUTHORITY, authority)]))
  const isEnd = data === undefined
  socket.write(frame(FRAME.headers, FLAG.endHeaders | (isEnd ? FLAG.endStream : 0), stream, block))
  if (!isEnd) socket.write(frame(FRAME.data, FLAG.endStream, stream, Buffer.from(data)))
}

/** Waits until a stream has a response or a reset, or the connection its end. */
async function settled({reader}: Setup, stream: number): Promise<void> {
  await reader.until(() =>
    reader.frames.some(
      (f) => (f.stream === stream && (f.type === FRAME.reset || f.type === FRAME.headers)) || f.type === FRAME.goaway,
    ),
  )
}

describe('a request', () => {
  test.each(REFUSED.map(([name, fields, data]) => [name, fields, data] as const))(
    '%s reaches no origin, and the next one is undisturbed',
    async (_, fields, data) => {
      const setup = await setUp()
      send(setup, fields, data)
      await settled(setup, 1)
      expect(setup.received()).toBe('')
      for (const {x, decision} of setup.h.commits) if (x.transport !== 'connect') expect(decision.action).toBe('block')
      if (setup.reader.closed) return
      send(setup, changed({':path': '/next'}), undefined, 3)
      await settled(setup, 3)
      expect(setup.received()).toMatch(/^GET \/next HTTP\/1\.1\r\n/)
    },
  )

  test.each(STRIPPED)('with %s is forwarded without the field, or not at all', async (_, fields) => {
    const setup = await setUp()
    send(setup, fields, undefined)
    await settled(setup, 1)
    expect(setup.received()).not.toMatch(/injected|^x\b/im)
  })

  test('becomes one request of HTTP/1.1, with framing of its own', async () => {
    const setup = await setUp()
    const fields: Fields = [...changed({':method': 'POST'}), ['cookie', 'a=1'], ['x', '\xe9'], ['cookie', 'b=2']]
    send(setup, fields, '0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n')
    await settled(setup, 1)
    await setup.reader.frame(FRAME.headers, 1)
    const lines = setup.received().split('\r\n')
    expect(lines[0]).toBe('POST / HTTP/1.1')
    expect(lines).toContain('cookie: a=1; b=2')
    expect(lines).toContain('x: \xe9')
    expect(lines).toContain('transfer-encoding: chunked')
    // the data is in one chunk of its exact size
    expect(setup.received()).toContain('\r\n\r\n1f\r\n0\r\n\r\nGET /smuggled')
  })
})

describe('data that differ from the declared length', () => {
  test.each([
    ['too few', '5', 'abc'],
    ['too many', '2', 'abc'],
  ])('%s reset both streams', async (_, length, data) => {
    const setup = await setUp()
    send(setup, [...changed({':method': 'POST'}), ['content-length', length]], data)
    await settled(setup, 1)
    expect(setup.reader.frames.some(({type, stream}) => type === FRAME.headers && stream === 1)).toBe(false)
    // never a complete request
    expect(setup.received()).not.toMatch(/\r\n\r\nabc/)
  })
})
