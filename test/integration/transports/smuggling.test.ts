// Request smuggling, row by row: what a client may send, how the listener responds, that nothing of a refused message
// reaches the origin, and that the listener survives.
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {startHarness, type Harness} from '../../support/harness.js'
import {startRawOrigin, type RawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

let h: Harness
let o: RawOrigin

/** Responds to complete messages only, so an unfinished one is never acknowledged. */
beforeAll(async () => {
  o = await startRawOrigin((socket, received) => {
    let responses = 0
    socket.on('data', () => {
      const text = received()
      const complete = countMessages(text)
      while (responses < complete) {
        responses++
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }
    })
  })
  h = await startHarness({
    limits: {lingerMs: 200, drainMs: 300, headMs: 150, checkIntervalMs: 20},
    refuse: (x) => (/\.\.|%0d%0a/i.test(x.rawTarget) ? {layer: 'path_traversal', reason: 'parse_error'} : undefined),
  })
})
afterAll(async () => {
  await h.close()
  await o.close()
})
beforeEach(() => {
  o.received.length = 0
  h.commits.length = 0
})

function countMessages(text: string): number {
  let count = 0
  let at = 0
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at)
    if (end < 0) return count
    const head = text.slice(at, end).toLowerCase()
    const length = /content-length: (\d+)/.exec(head)?.[1]
    if (length !== undefined) at = end + 4 + Number(length)
    else if (head.includes('transfer-encoding: chunked')) {
      const last = text.indexOf('0\r\n\r\n', end + 4)
      if (last < 0) return count
      at = last + 5
    } else at = end + 4
    if (at > text.length) return count
    count++
  }
}

interface Row {
  readonly name: string
  /** `@` is replaced by the origin's authority, `~` by an at sign. */
  readonly send: string
  readonly status: number
  /** A refusal with block headers. */
  readonly blocked?: boolean
  /** Text that must have reached the origin. */
  readonly upstream?: readonly string[]
  readonly notUpstream?: readonly string[]
  /** Nothing of the message may have been sent, not even a head. */
  readonly nothingSent?: boolean
}

const post = (fields: string, body: string): string => `POST http://@/p HTTP/1.1\r\nHost: @\r\n${fields}\r\n\r\n${body}`
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n'
const refused = {status: 400, blocked: true, nothingSent: true} as const

const rows: Row[] = [
  {name: 'length, then chunked', send: post('Content-Length: 4\r\nTransfer-Encoding: chunked', CHUNKS), ...refused},
  {name: 'chunked, then length', send: post('Transfer-Encoding: chunked\r\nContent-Length: 4', CHUNKS), ...refused},
  {name: 'length twice', send: post('Content-Length: 3\r\nContent-Length: 3', 'abc'), ...refused},
  {name: 'length twice, different', send: post('Content-Length: 3\r\nContent-Length: 4', 'abc'), ...refused},
  {name: 'length list', send: post('Content-Length: 3, 3', 'abc'), ...refused},
  ...['+3', '0x3', '1e3', '-1', '', '18446744073709551616', '9007199254740993'].map((value) => ({
    name: `length ${value || '(empty)'}`,
    send: post(`Content-Length: ${value}`, 'abc'),
    ...refused,
  })),
  ...[
    'chunked, identity',
    'chunked,',
    'chunked, chunked',
    '\x0bchunked',
    'xchunked',
    'identity',
    'chunked;q=1',
    'gzip, chunked',
    'gzip',
  ].map((value) => ({
    name: `transfer encoding ${JSON.stringify(value)}`,
    send: post(`Transfer-Encoding: ${value}`, CHUNKS),
    ...refused,
  })),
  {
    name: 'chunked on two lines',
    send: post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', CHUNKS),
    ...refused,
  },
  {
    name: 'length with a space behind',
    send: post('Content-Length: 3 ', 'abc'),
    status: 200,
    upstream: ['content-length: 3\r\n'],
  },
  {
    name: 'length 003',
    send: post('Content-Length: 003', 'abc'),
    status: 200,
    upstream: ['content-length: 3\r\n'],
    notUpstream: ['003'],
  },
  {
    name: 'chunked in HTTP/1.0',
    send: `POST http://@/p HTTP/1.0\r\nHost: @\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    ...refused,
  },
  {
    name: 'Chunked',
    send: post('Transfer-Encoding: Chunked', CHUNKS),
    status: 200,
    upstream: ['transfer-encoding: chunked', 'abc'],
  },
  {
    name: 'tab before chunked',
    send: post('Transfer-Encoding:\tchunked', CHUNKS),
    status: 200,
    upstream: ['transfer-encoding: chunked'],
  },
  {
    name: 'Transfer_Encoding beside a length',
    send: post('Content-Length: 3\r\nTransfer_Encoding: chunked', 'abc'),
    ...refused,
  },
  {name: 'Content_Length', send: post('Content_Length: 3', ''), ...refused},
  {name: 'space before the colon', send: post('X-A : 1\r\nContent-Length: 0', ''), ...refused},
  {name: 'obs-fold', send: post('X-A: 1\r\n 2\r\nContent-Length: 0', ''), ...refused},
  {name: 'bare CR', send: post('X-A: 1\r2\r\nContent-Length: 0', ''), ...refused},
  {name: 'bare LF', send: 'GET http://@/p HTTP/1.1\nHost: @\n\n', ...refused},
  {name: 'NUL', send: post('X-A: 1\x002', ''), ...refused},
  {name: 'control', send: post('X-A: 1\x012', ''), ...refused},
  {name: 'bad name', send: post('X(A): 1', ''), ...refused},
  {name: 'empty name', send: post(': 1', ''), ...refused},
  {name: 'no colon', send: post('X-A', ''), ...refused},
  {
    name: 'value with bytes above 0x7f',
    send: 'GET http://@/p HTTP/1.1\r\nHost: @\r\nX-A: caf\xc3\xa9\xff\r\n\r\n',
    status: 200,
    upstream: ['X-A: caf\xc3\xa9\xff\r\n'],
  },
  {name: 'two equal Host lines', send: 'GET http://@/p HTTP/1.1\r\nHost: @\r\nHost: @\r\n\r\n', ...refused},
  {name: 'two different Host lines', send: 'GET http://@/p HTTP/1.1\r\nHost: @\r\nHost: b\r\n\r\n', ...refused},
  {name: 'no Host', send: 'GET http://@/p HTTP/1.1\r\n\r\n', ...refused},
  ...['other.test', '', 'site.test', 'a, b', 'u:p~site.test'].map((value) => ({
    name: `absolute form with Host ${value || '(empty)'}`,
    send: `GET http://@/p HTTP/1.1\r\nHost: ${value}\r\n\r\n`,
    status: 200,
    upstream: ['host: @\r\n'],
    notUpstream: [`ost: ${value}\r\n`],
  })),
  {
    name: 'userinfo in the target',
    send: 'GET http://user:pw~@/p HTTP/1.1\r\nHost: @\r\n\r\n',
    status: 200,
    upstream: ['GET /p HTTP/1.1\r\nhost: @\r\n'],
    notUpstream: ['user', 'pw'],
  },
  ...['Authorization', 'Host', 'content-length', 'a b', 'x\xe9'].map((value) => ({
    name: `Connection: ${value}`,
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\nAuthorization: x\r\nConnection: ${value}\r\n\r\n`,
    ...refused,
  })),
  ...['Pipelock-Mediation', 'Range', 'X-Anything'].map((value) => ({
    name: `Connection: ${value}`,
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\n${value}: 1\r\nConnection: keep-alive, ${value}\r\n\r\n`,
    status: 200,
    upstream: ['GET /p'],
    notUpstream: [`${value}:`],
  })),
  {name: 'HTTP/2.0', send: 'GET http://@/p HTTP/2.0\r\nHost: @\r\n\r\n', status: 505, blocked: true, nothingSent: true},
  {name: 'HTTP/0.9', send: 'GET http://@/p\r\n\r\n', status: 505, blocked: true, nothingSent: true},
  {
    name: 'two spaces',
    send: 'GET  http://@/p  HTTP/1.1\r\nHost: @\r\n\r\n',
    status: 200,
    upstream: ['GET /p HTTP/1.1\r\n'],
  },
  {name: 'HTTP/1.2', send: 'GET http://@/p HTTP/1.2\r\nHost: @\r\n\r\n', ...refused},
  {name: 'HTTP/2 preface', send: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ...refused},
  {name: 'unknown method', send: 'FROB http://@/p HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'lower-case method', send: 'get http://@/p HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'tab in the target', send: 'GET http://@/p\tq HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'space in the target', send: 'GET http://@/p q HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'UTF-8 in the target', send: 'GET http://@/\xc3\xa9 HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'backslash authority', send: 'GET http:\\\\@/p HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'http:host', send: 'GET http:site.test HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: '//host/', send: 'GET //site.test/p HTTP/1.1\r\nHost: @\r\n\r\n', status: 404, nothingSent: true},
  {name: 'GET *', send: 'GET * HTTP/1.1\r\nHost: @\r\n\r\n', status: 404, nothingSent: true},
  {name: 'origin form with two names in Host', send: 'GET /p HTTP/1.1\r\nHost: a, b\r\n\r\n', ...refused},
  {name: 'origin form with userinfo in Host', send: 'GET /p HTTP/1.1\r\nHost: u~b\r\n\r\n', ...refused},
  {name: 'OPTIONS *', send: 'OPTIONS * HTTP/1.1\r\nHost: @\r\n\r\n', status: 405, blocked: true, nothingSent: true},
  {name: 'TRACE', send: 'TRACE http://@/p HTTP/1.1\r\nHost: @\r\n\r\n', status: 405, blocked: true, nothingSent: true},
  {
    name: '/a/../b',
    send: 'GET http://@/a/../b HTTP/1.1\r\nHost: @\r\n\r\n',
    status: 403,
    blocked: true,
    nothingSent: true,
  },
  {
    name: '%0d%0a',
    send: 'GET http://@/a%0d%0ab HTTP/1.1\r\nHost: @\r\n\r\n',
    status: 403,
    blocked: true,
    nothingSent: true,
  },
  {name: 'ws://', send: 'GET ws://@/p HTTP/1.1\r\nHost: @\r\n\r\n', status: 403, blocked: true, nothingSent: true},
  ...['zz', 'fffffffffffffffff', '3 ', '0x3', '-1'].map((size) => ({
    name: `chunk size ${JSON.stringify(size)}`,
    send: post('Transfer-Encoding: chunked', `${size}\r\nabc\r\n0\r\n\r\n`),
    status: 400,
    blocked: true,
    notUpstream: ['0\r\n\r\n'],
  })),
  {
    name: 'bare LF between chunks',
    send: post('Transfer-Encoding: chunked', '3\nabc\n0\n\n'),
    status: 400,
    blocked: true,
    notUpstream: ['0\r\n\r\n'],
  },
  ...['Content-Length: 5', 'Transfer-Encoding: chunked', 'Host: other', 'Content_Length: 5'].map((field) => ({
    name: `${field} in a trailer`,
    send: post('Transfer-Encoding: chunked', `3\r\nabc\r\n0\r\n${field}\r\n\r\n`),
    status: 400,
    blocked: true,
    notUpstream: ['0\r\n\r\n'],
  })),
  {
    name: 'chunk extension and trailers',
    send: post('Transfer-Encoding: chunked\r\nTrailer: X-T', '3;a=b\r\nabc\r\n0\r\nX-T: 1\r\n\r\n'),
    status: 200,
    upstream: ['3\r\nabc\r\n', '0\r\n\r\n'],
    notUpstream: ['a=b', 'X-T'],
  },
  ...['\xa0chunked', 'chunked\xa0', '\x0bchunked', '\x85chunked'].map((value) => ({
    name: `Transfer-Encoding: ${JSON.stringify(value)}`,
    send: post(`Transfer-Encoding: ${value}`, CHUNKS),
    ...refused,
  })),
  {
    name: 'Transfer-Encoding between spaces',
    send: post('Transfer-Encoding:   chunked  ', CHUNKS),
    status: 200,
    upstream: ['0\r\n\r\n'],
  },
  ...[
    '100-continue, foo',
    'foo, 100-continue',
    '100-continue;q=1',
    'x-100-continue',
    '100-continue\r\nExpect: foo',
  ].map((value) => ({
    name: `Expect: ${JSON.stringify(value)}`,
    send: post(`Expect: ${value}\r\nContent-Length: 3`, 'abc'),
    status: 417,
    blocked: true,
    nothingSent: true,
  })),
  ...[
    'DESCRIBE http://@/p RTSP/1.0',
    'PLAY http://@/p RTSP/1.0',
    'SOURCE http://@/p ICE/1.0',
    'SOURCE http://@/p HTTP/1.1',
  ].map((line) => ({
    name: line,
    send: `${line}\r\nHost: @\r\n\r\n`,
    status: 505,
    blocked: true,
    nothingSent: true,
  })),
  ...[
    'X_Forwarded_For',
    'x-forwarded_for',
    'X_Pipelock_Agent',
    'Pipelock_Mediation',
    'X_Real_IP',
    'Proxy_Authorization',
    'Proxy_Connection',
    'HTTP2_Settings',
    'Keep_Alive',
    'X_PIPELOCK_hint',
  ].map((name) => ({
    name: `${name}, spelt with underscores`,
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\n${name}: a-value\r\nMy_Field: kept\r\n\r\n`,
    status: 200,
    upstream: ['My_Field: kept'],
    notUpstream: ['a-value'],
  })),
  ...['X-Mine, X_Mine', 'x_mine'].map((named) => ({
    name: `Connection: ${named}`,
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\nConnection: ${named}\r\nX-Mine: a-value\r\nX_Mine: a-value\r\n\r\n`,
    status: 200,
    upstream: ['GET /p'],
    notUpstream: ['a-value'],
  })),
  {
    name: 'Connection: Content_Type',
    send: 'GET http://@/p HTTP/1.1\r\nHost: @\r\nConnection: Content_Type\r\n\r\n',
    ...refused,
  },
  {
    name: 'Expect: foo',
    send: post('Expect: foo\r\nContent-Length: 3', 'abc'),
    status: 417,
    blocked: true,
    nothingSent: true,
  },
  {name: 'CONNECT with a URL', send: 'CONNECT http://site.test/ HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'CONNECT with userinfo', send: 'CONNECT u~site.test:443 HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'CONNECT port 0', send: 'CONNECT site.test:0 HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'CONNECT port 70000', send: 'CONNECT site.test:70000 HTTP/1.1\r\nHost: @\r\n\r\n', ...refused},
  {name: 'CONNECT with a length', send: 'CONNECT @ HTTP/1.1\r\nHost: @\r\nContent-Length: 3\r\n\r\nabc', ...refused},
  {
    name: 'CONNECT chunked',
    send: `CONNECT @ HTTP/1.1\r\nHost: @\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    ...refused,
  },
  {
    name: 'CONNECT in HTTP/2.0',
    send: 'CONNECT @ HTTP/2.0\r\nHost: @\r\n\r\n',
    status: 505,
    blocked: true,
    nothingSent: true,
  },
  {
    name: '300 fields',
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\n${'X-A: 1\r\n'.repeat(299)}\r\n`,
    status: 431,
    blocked: true,
    nothingSent: true,
  },
  {
    name: 'head over 64 KiB',
    send: `GET http://@/p HTTP/1.1\r\nHost: @\r\n${`X-A: ${'a'.repeat(6000)}\r\n`.repeat(12)}\r\n`,
    status: 431,
    blocked: true,
    nothingSent: true,
  },
  {
    name: 'request line over 16 KiB',
    send: `GET http://@/${'a'.repeat(17_000)} HTTP/1.1\r\nHost: @\r\n\r\n`,
    status: 414,
    blocked: true,
    nothingSent: true,
  },
  {
    name: 'Upgrade: h2c with a body',
    send: post(
      'Upgrade: h2c\r\nHTTP2-Settings: AAA\r\nConnection: Upgrade, HTTP2-Settings\r\nContent-Length: 3',
      'abc',
    ),
    status: 200,
    upstream: ['abc'],
    notUpstream: ['pgrade', 'Settings'],
  },
  {
    name: 'Upgrade: websocket',
    send: 'GET http://@/p HTTP/1.1\r\nHost: @\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    status: 403,
    blocked: true,
    nothingSent: true,
  },
]

describe('the listener', () => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_name, row) => {
    const authority = `site.test:${o.port}`
    const fill = (text: string): string => text.replaceAll('@', authority).replaceAll('~', '@')
    const client = await RawClient.open(h.port)
    try {
      client.send(fill(row.send))
      const response = await client.response()
      expect(response.status).toBe(row.status)
      expect(response.fields.has('x-pipelock-block-reason')).toBe(row.blocked ?? response.status === 403)
      if (row.blocked) {
        expect(h.commits.filter((c) => c.decision.action === 'block')).toHaveLength(1)
        expect(response.fields.get('cache-control')).toBe('no-store')
      }
      if (
        response.status === 400 ||
        response.status === 505 ||
        response.status === 431 ||
        response.status === 414 ||
        response.status === 417
      ) {
        expect(response.fields.get('connection')).toBe('close')
        // nothing after the refusal, and the connection ends
        expect((await client.end()).length).toBe(0)
      }
      const sent = o.received.join('')
      if (row.nothingSent) expect(sent).toBe('')
      for (const text of row.upstream ?? []) expect(sent).toContain(fill(text))
      for (const text of row.notUpstream ?? []) expect(sent).not.toContain(fill(text))
    } finally {
      client.close()
    }
    // the listener survives and the next exchange is undisturbed
    const next = await RawClient.open(h.port)
    next.send(`GET http://${authority}/next HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    expect((await next.response()).status).toBe(200)
    next.close()
  })

  test('half a head: 408 without block headers', async () => {
    const client = await RawClient.open(h.port)
    client.send('GET http://site.test/ HTTP/1.1\r\nHos')
    const response = await client.response()
    expect(response.status).toBe(408)
    expect(response.fields.has('x-pipelock-block-reason')).toBe(false)
    expect(await client.end()).toBe('')
    client.close()
  })

  test('body shorter than its length: the upstream request is destroyed, never completed', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(`POST http://${authority}/p HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 10\r\n\r\nabc`).finish()
    const response = await client.response()
    expect(response.status).toBe(400)
    client.close()
  })
})

describe('order on one connection', () => {
  test('responds to pipelined requests one after the other', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(
      ['/a', '/b', '/c'].map((p) => `GET http://${authority}${p} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`).join(''),
    )
    for (let i = 0; i < 3; i++) expect((await client.response()).status).toBe(200)
    expect(o.received.join('').match(/GET \/[abc]/g)).toEqual(['GET /a', 'GET /b', 'GET /c'])
    client.close()
  })

  test('responds to a malformed head after a good request in its place', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(`GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\n\r\nFROB / HTTP/1.1\r\n\r\n`)
    expect((await client.response()).status).toBe(200)
    const second = await client.response()
    expect(second.status).toBe(400)
    expect(second.fields.get('x-pipelock-block-reason')).toBe('bad_request')
    expect(await client.end()).toBe('')
    expect(h.commits.map((c) => c.decision.action)).toEqual(['allow', 'block'])
    client.close()
  })

  test('responds to broken framing of a waiting request in its place', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(
      `GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\n\r\n` +
        `POST http://${authority}/b HTTP/1.1\r\nHost: ${authority}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    )
    expect((await client.response()).status).toBe(200)
    expect((await client.response()).status).toBe(400)
    expect(await client.end()).toBe('')
    expect(o.received.join('')).not.toContain('/b')
    client.close()
  })

  test('bytes behind Connection: close are discarded', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(
      `GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n` +
        `GET http://${authority}/b HTTP/1.1\r\nHost: ${authority}\r\n\r\n`,
    )
    expect((await client.response()).status).toBe(200)
    expect(await client.end()).toBe('')
    expect(o.received.join('')).not.toContain('/b')
    client.close()
  })

  test('takes nothing after an upgrade for a request', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(
      `GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n` +
        `POST http://${authority}/b HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 60\r\n\r\n`,
    )
    client.send(`GET http://${authority}/c HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    expect((await client.response()).status).toBe(200)
    expect(await client.end()).toBe('')
    expect(o.received.join('')).not.toMatch(/\/[bc]/)
    client.close()
  })

  test('a CONNECT waits for the responses before it', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(
      `GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\n\r\nCONNECT ${authority} HTTP/1.1\r\nHost: x\r\n\r\n`,
    )
    expect((await client.response()).status).toBe(200)
    await client.until((text) => text.startsWith('HTTP/1.1 200 Connection Established\r\n\r\n'))
    client.close()
  })

  test('responds to forty pipelined requests', async () => {
    const client = await RawClient.open(h.port)
    const authority = `site.test:${o.port}`
    client.send(`GET http://${authority}/a HTTP/1.1\r\nHost: ${authority}\r\n\r\n`.repeat(40))
    for (let i = 0; i < 40; i++) expect((await client.response()).status).toBe(200)
    client.close()
  })
})
