// Responses of origins as literal bytes: the client receives a complete response, a 502 or a reset, never a cut
// response that looks complete, and the process survives all of it.
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {startHarness, type Harness} from '../../support/harness.js'
import {startLiteralOrigin, startOrigin, startRawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

let h: Harness
const open: {close(): unknown}[] = []
beforeAll(async () => {
  h = await startHarness({limits: {lingerMs: 100, upstreamHeadMs: 150}, settings: {idleTimeoutSeconds: 0.3}})
})
afterAll(() => h.close())
afterEach(async () => {
  for (const item of open.splice(0)) await item.close()
})

async function through(
  port: number,
  request = `GET http://site.test:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`,
): Promise<RawClient> {
  const client = await RawClient.open(h.port)
  open.push(client)
  return client.send(request)
}
const get = (port: number, version = '1.1', method = 'GET'): string =>
  `${method} http://site.test:${port}/ HTTP/${version}\r\nHost: x\r\n\r\n`

const bad: [string, string][] = [
  [
    'length with chunked',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc'],
  ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
  ['length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc'],
  ['gzip, chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
  ['chunked, gzip', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc'],
  ['gzip', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc'],
  ['chunked behind a no-break space', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: \xa0chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'],
  ['ICY', 'ICY 200 OK\r\n\r\nok'],
  ['no HTTP', 'hello\r\n\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n\r\n'],
  ['field without colon', 'HTTP/1.1 200 OK\r\nfield\r\n\r\n'],
  ['space before the colon', 'HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length: 0\r\n\r\n'],
  ['NUL in a field', 'HTTP/1.1 200 OK\r\nX-A: 1\x002\r\nContent-Length: 0\r\n\r\n'],
  ['control in a field', 'HTTP/1.1 200 OK\r\nX-A: 1\x012\r\nContent-Length: 0\r\n\r\n'],
  ['bare CR in a field', 'HTTP/1.1 200 OK\r\nX-A: 1\r2\r\nContent-Length: 0\r\n\r\n'],
  ['head over 64 KiB', `HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(6000)}\r\n`.repeat(12)}Content-Length: 0\r\n\r\n`],
  ['101 unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
  [
    '101 unasked without fields',
    'HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  ],
  ['100 unasked', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
]

describe('refused with 502', () => {
  test.each(bad)('%s', async (_name, bytes) => {
    const o = await startLiteralOrigin(bytes)
    open.push(o)
    const client = await through(o.port)
    const response = await client.response()
    expect(response.status).toBe(502)
    expect(response.body.toString()).toBe('forward proxy fetch failed\n')
    expect(response.fields.has('x-pipelock-block-reason')).toBe(false)
    // the client's connection is still in step
    const good = await startOrigin()
    open.push(good)
    client.send(get(good.port))
    expect((await client.response()).status).toBe(200)
  })

  test('a connection closed without a response', async () => {
    const o = await startRawOrigin((socket) => void socket.on('data', () => socket.destroy()))
    open.push(o)
    expect((await (await through(o.port)).response()).status).toBe(502)
  })

  test('a closed port', async () => {
    const o = await startOrigin()
    await o.close()
    expect((await (await through(o.port)).response()).status).toBe(502)
  })

  test('no response in time: 504', async () => {
    const o = await startRawOrigin(() => {})
    open.push(o)
    const response = await (await through(o.port)).response()
    expect(response.status).toBe(504)
    expect(response.body.toString()).toBe('upstream timed out\n')
  })
})

describe('handed on', () => {
  test('a status phrase with bytes above 0x7f is replaced', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 200 \xff\xfe\x01ok\r\nContent-Length: 2\r\n\r\nok')
    open.push(o)
    const response = await (await through(o.port)).response()
    expect([200, 502]).toContain(response.status)
    if (response.status === 200) expect(response.statusLine).toBe('HTTP/1.1 200 OK')
  })

  test('a UTF-8 phrase becomes the standard one, an unknown status has none', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 404 n\xc3\xa3o\r\nContent-Length: 0\r\n\r\n')
    open.push(o)
    expect((await (await through(o.port)).response()).statusLine).toBe('HTTP/1.1 404 Not Found')
    const p = await startLiteralOrigin('HTTP/1.1 299 \xc3\xa3\r\nContent-Length: 0\r\n\r\n')
    open.push(p)
    expect((await (await through(p.port)).response()).status).toBe(299)
  })

  test('1xx are not forwarded', async () => {
    const o = await startLiteralOrigin(
      'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    )
    open.push(o)
    const response = await (await through(o.port)).response()
    expect(response.status).toBe(200)
    expect(response.fields.has('link')).toBe(false)
  })

  test('fields keep order, case, duplicates and bytes; hop-by-hop fields and forged verdicts are removed', async () => {
    const o = await startLiteralOrigin(
      'HTTP/1.1 200 Fine\r\nSet-Cookie: a=1\r\nX-B: caf\xe9\r\nset-cookie: b=2\r\nX-Pipelock-Block-Reason: dlp_match\r\n' +
        'Connection: X-Hop, Content-Type, x y\r\nX-Hop: 1\r\nContent-Type: text/plain\r\nKeep-Alive: timeout=9\r\n' +
        'Proxy-Authenticate: Basic\r\nTrailer: X-T\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok',
    )
    open.push(o)
    const response = await (await through(o.port)).response()
    expect(response.statusLine).toBe('HTTP/1.1 200 Fine')
    const names = response.rawFields.filter(([n]) => !/^(?:connection|keep-alive)$/i.test(n))
    expect(names).toEqual([
      ['Set-Cookie', 'a=1'],
      ['X-B', 'caf\xe9'],
      ['set-cookie', 'b=2'],
      ['Content-Type', 'text/plain'],
      ['Content-Length', '2'],
    ])
  })

  test('a chunked body is chunked again, without extensions and trailers', async () => {
    const o = await startLiteralOrigin(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n',
    )
    open.push(o)
    const response = await (await through(o.port)).response()
    expect(response.fields.get('transfer-encoding')).toBe('chunked')
    expect(response.body.toString()).toBe('abcde')
    expect(response.fields.has('trailer')).toBe(false)
  })

  test('a body that ends with the connection', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 200 OK\r\n\r\nabc', {end: true})
    open.push(o)
    expect((await (await through(o.port)).response()).body.toString()).toBe('abc')
  })

  test('to an HTTP/1.0 client a body of unknown length ends with the connection', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n')
    open.push(o)
    const client = await through(o.port, get(o.port, '1.0'))
    const text = await client.end()
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(text).not.toMatch(/transfer-encoding/i)
    expect(text.endsWith('\r\n\r\nabc')).toBe(true)
  })

  test('HEAD and 304 keep their length, 204 has none', async () => {
    const head = await startLiteralOrigin('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n')
    open.push(head)
    const client = await through(head.port, get(head.port, '1.1', 'HEAD'))
    expect((await client.response(true)).fields.get('content-length')).toBe('10')
    const notModified = await startLiteralOrigin('HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n')
    open.push(notModified)
    client.send(get(notModified.port))
    expect((await client.response()).fields.get('content-length')).toBe('10')
    const none = await startLiteralOrigin('HTTP/1.1 204 No Content\r\n\r\n')
    open.push(none)
    client.send(get(none.port))
    const response = await client.response()
    expect(response.status).toBe(204)
    expect(response.fields.has('content-length')).toBe(false)
    expect(response.fields.has('transfer-encoding')).toBe(false)
  })

  test('surplus bytes after a body destroy the upstream connection, not the response', async () => {
    const o = await startLiteralOrigin(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    )
    open.push(o)
    const client = await through(o.port)
    expect((await client.response()).body.toString()).toBe('ok')
    client.send(get(o.port))
    expect((await client.response()).body.toString()).toBe('ok')
    expect(o.connections()).toBe(2)
  })

  test('a body after a response to HEAD never becomes the next response', async () => {
    const o = await startRawOrigin((socket, received) => {
      socket.on('data', () => {
        const head = received().split('\r\n\r\n').length - 1 === 1 && received().startsWith('HEAD')
        socket.write(
          head ? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil' : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        )
      })
    })
    open.push(o)
    const client = await through(o.port, get(o.port, '1.1', 'HEAD'))
    await client.response(true)
    client.send(get(o.port))
    expect((await client.response()).body.toString()).toBe('ok')
  })
})

describe('cut short', () => {
  // bytes that the client has read already, then the fault: some clients take a reset that overtakes data for an end
  const cut: [string, string, string][] = [
    ['shorter than its length', 'Content-Length: 10\r\n\r\nabc', ''],
    ['without the last chunk', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', ''],
    ['with a bad chunk', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'zz\r\n'],
  ]
  test.each(cut)('%s: the client connection is reset', async (_name, begin, rest) => {
    for (const version of ['1.1', '1.0']) {
      const o = await startLiteralOrigin(`HTTP/1.1 200 OK\r\n${begin}`)
      open.push(o)
      const client = await through(o.port, get(o.port, version))
      await client.until((text) => text.includes('abc'))
      for (const socket of o.sockets) socket.end(rest)
      const text = await client.end()
      expect(text.endsWith('0\r\n\r\n')).toBe(false)
      expect({version, code: client.error?.code}).toEqual({version, code: 'ECONNRESET'})
    }
  })

  test('an origin that stalls in a body resets the client', async () => {
    const o = await startLiteralOrigin('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    open.push(o)
    const client = await through(o.port)
    await client.end()
    expect(client.error?.code).toBe('ECONNRESET')
  })
})
