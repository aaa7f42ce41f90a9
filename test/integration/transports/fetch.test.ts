// /fetch through a real listener: targets, text, redirects, caps, times, refusals.
import {createServer as createTlsHttp} from 'node:https'
import type {AddressInfo} from 'node:net'
import {brotliCompressSync, deflateRawSync, gzipSync} from 'node:zlib'
import {afterEach, describe, expect, test} from 'vitest'
import {startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {
  closed,
  startForgetfulOrigin,
  startOrigin,
  startRawOrigin,
  startLiteralOrigin,
  type Origin,
  type Respond,
} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT, KEY} from '../../support/tls.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})
async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const h = await startHarness(options)
  open.push(h)
  return h
}
async function origin(respond?: Respond): Promise<Origin> {
  const o = await startOrigin(respond)
  open.push(o)
  return o
}
interface Got {
  readonly status: number
  readonly fields: ReadonlyMap<string, string>
  readonly text: string
  readonly json: Record<string, unknown>
}
async function ask(
  h: Harness,
  target: string,
  options: {readonly method?: string; readonly fields?: string} = {},
): Promise<Got> {
  const c = await RawClient.open(h.port)
  open.push(c)
  c.send(`${options.method ?? 'GET'} ${target} HTTP/1.1\r\nHost: localhost\r\n${options.fields ?? ''}\r\n`)
  const response = await c.response()
  const text = response.body.toString()
  return {status: response.status, fields: response.fields, text, json: text.startsWith('{') ? JSON.parse(text) : {}}
}
const fetchUrl = (h: Harness, url: string, more = ''): Promise<Got> =>
  ask(h, `/fetch?url=${encodeURIComponent(url)}${more}`)
const page =
  (type: string, body: string | Buffer, fields: Record<string, string> = {}): Respond =>
  (_r, res) =>
    void res.writeHead(200, {'Content-Type': type, ...fields}).end(body)

describe('responses', () => {
  test('returns plain text unchanged, members in order, with a line feed', async () => {
    const o = await origin(page('text/plain', 'hello <b> & "you"'))
    const h = await harness()
    const got = await fetchUrl(h, `http://site.test:${o.port}/a?b=c#frag`)
    expect(got.status).toBe(200)
    expect(got.fields.get('content-type')).toBe('application/json')
    expect(got.text).toBe(
      `{"url":"http://site.test:${o.port}/a?b=c","agent":"anonymous","status_code":200,"content_type":"text/plain",` +
        '"content":"hello <b> & \\"you\\"","blocked":false}\n',
    )
    expect(o.requests[0]?.rawHeaders.map((v, i) => (i % 2 ? v : v.toLowerCase()))).toEqual([
      'host',
      `site.test:${o.port}`,
      'connection',
      'keep-alive',
      'user-agent',
      'Pipelock Fetch/1.0',
      'accept',
      'text/html,application/xhtml+xml,application/xml;q=0.9,text/plain,*/*;q=0.8',
      'accept-encoding',
      'identity',
    ])
    await h.observed(1)
    expect(h.commits.map((e) => [e.x.transport, e.x.method, e.decision.action])).toEqual([['fetch', 'GET', 'allow']])
    expect(h.ends[0]?.end).toMatchObject({status: 200, responseBytes: 17})
  })

  test('no client header goes out, the query may name the agent', async () => {
    const o = await origin()
    const h = await harness()
    const url = encodeURIComponent(`http://site.test:${o.port}/`)
    const got = await ask(h, `/fetch?url=${url}&agent=me%2Fyou`, {fields: 'Cookie: c\r\nAuthorization: a\r\n'})
    expect(got.json['agent']).toBe('me_you')
    expect(o.requests[0]?.rawHeaders.join()).not.toMatch(/cookie|authorization/i)
    expect(h.commits[0]?.x.headers.map(([n]) => n)).toEqual(['Host', 'Cookie', 'Authorization'])
  })

  test('the upstream status is a member of the object, not our status', async () => {
    const o = await origin((_r, res) => void res.writeHead(404, {'Content-Type': 'text/plain'}).end('gone'))
    const got = await fetchUrl(await harness(), `http://site.test:${o.port}/`)
    expect([got.status, got.json['status_code'], got.json['content']]).toEqual([200, 404, 'gone'])
  })

  test('returns the text of a page without navigation, forms, scripts and hidden content', async () => {
    const o = await origin(
      page(
        'Text/HTML',
        `<!doctype html><html><head><title> A  &amp; B </title><style>p{}</style></head><body>
         <nav><a href=/>Home</a></nav><div class="ad banner">Buy!</div>
         <h1>Head</h1><p>One <b>two</b>\n three &lt;four&gt;</p><p style="display: none">secret</p><p hidden>h</p>
         <ul><li>a</li><li>b</li></ul><pre>x\n  y</pre><table><tr><td>1</td><td>2</td></tr></table>
         <form><input value=q><button>Go</button></form><script>evil()</script><!-- c --><footer>foot</footer></body></html>`,
      ),
    )
    const got = await fetchUrl(await harness(), `http://site.test:${o.port}/`)
    expect(got.json['title']).toBe('A & B')
    expect(got.json['content']).toBe('Head\n\nOne two three <four>\n\n- a\n- b\n\nx\n  y\n\n1\t2')
  })

  test('a page beyond the limits is returned unchanged, with an anomaly', async () => {
    const body = '<div>'.repeat(600) + 'deep'
    const o = await origin(page('text/html', body))
    const h = await harness()
    const got = await fetchUrl(h, `http://site.test:${o.port}/`)
    expect(got.json['content']).toBe(body)
    expect(h.logs.some((l) => l.event === 'anomaly' && l.fields['score'] === 0.3)).toBe(true)
  })

  test('a hostile page does not block the event loop', async () => {
    const o = await origin(page('text/html', '<a><b>'.repeat(300_000)))
    const h = await harness({limits: {extractionMs: 300}})
    const slow = fetchUrl(h, `http://site.test:${o.port}/`)
    const other = await origin(page('text/plain', 'quick'))
    expect((await fetchUrl(h, `http://site.test:${other.port}/`)).json['content']).toBe('quick')
    expect((await slow).status).toBe(200)
  })

  test.each([
    ['text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['text/plain', Buffer.from('\ufeffcafé', 'utf16le'), 'café'],
    ['text/plain', Buffer.from('caf\xe9', 'latin1'), 'caf\ufffd'],
    ['text/html', Buffer.from('<meta charset=windows-1252><p>caf\xe9', 'latin1'), 'café'],
    ['text/plain; charset=nonsense', Buffer.from('café'), 'café'],
  ])('character set of %s', async (type, body, content) => {
    const o = await origin(page(type, body))
    expect((await fetchUrl(await harness(), `http://site.test:${o.port}/`)).json['content']).toBe(content)
  })

  test('over TLS, verified', async () => {
    const server = createTlsHttp({cert: CERT, key: KEY}, (_req, res) => res.end('safe'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({close: () => void (server.close(), server.closeAllConnections())})
    const {port} = server.address() as AddressInfo
    const trusting = await harness({ca: [CERT]})
    expect((await fetchUrl(trusting, `https://site.test:${port}/`)).json['content']).toBe('safe')
    expect((await fetchUrl(trusting, `https://other.test:${port}/`)).json['content']).toBe('safe')
    expect((await fetchUrl(trusting, `https://wrong.test:${port}/`)).json['error']).toBe('fetch failed: TLS error')
    const wary = await harness()
    const got = await fetchUrl(wary, `https://site.test:${port}/`)
    expect([got.status, got.json['error'], got.json['blocked']]).toEqual([502, 'fetch failed: TLS error', false])
    expect(got.fields.has('x-pipelock-block-reason')).toBe(false)
  })
})

describe('targets', () => {
  test.each([
    ['/fetch?url=@/a+b', '@/a+b'],
    ['/fetch?url=@/a%2Bb%26c%3Dd', '@/a+b&c=d'],
    ['/fetch?url=@/?a=1&b=2', '@/?a=1&b=2'],
    ['/fetch?url=@/?a=1&agent=x&b=2', '@/?a=1&agent=x&b=2'],
    ['/fetch?agent=x&url=@/', '@/'],
    ['/fetch?url=@/&url=other', '@/&url=other'],
    ['/fetch?url=@/%2500', '@/%00'],
    ['/fetch?url=@/a%00b%0d%0ac%7f', '@/abc'],
    ['/fetch?url=%ZZ@', undefined],
  ])('%s', async (path, expected) => {
    const o = await origin()
    const h = await harness()
    const at = `http://site.test:${o.port}`
    const got = await ask(h, path.replaceAll('@', at))
    if (expected === undefined) expect(got.status).toBe(400)
    else {
      expect(got.status).toBe(200)
      expect(h.commits[0]?.x.rawTarget).toBe(expected.replaceAll('@', at))
    }
  })

  test.each([
    ['/fetch', "missing 'url' query parameter", '[redacted-url]'],
    ['/fetch?url=', "missing 'url' query parameter", '[redacted-url]'],
    ['/fetch?link=x', "missing 'url' query parameter", '[redacted-url]'],
    ['/fetch?url=ftp://secret-token/', 'invalid URL: must be http or https', '[redacted-url]'],
    ['/fetch?url=no%20url', 'invalid URL: must be http or https', '[redacted-url]'],
  ])('%s: 400 that echoes nothing', async (path, error, url) => {
    const h = await harness()
    const got = await ask(h, path)
    expect(got.status).toBe(400)
    expect(got.json).toEqual({url, error, blocked: false})
    expect(got.fields.get('x-pipelock-block-reason')).toBe('bad_request')
    expect(got.fields.get('x-pipelock-block-reason-layer')).toBe('target')
    expect(h.commits).toHaveLength(1)
    expect(JSON.stringify(h.commits[0]?.x)).not.toContain('secret-token')
  })

  test('only GET', async () => {
    const h = await harness()
    const got = await ask(h, '/fetch?url=http://site.test/', {method: 'POST', fields: 'Content-Length: 0\r\n'})
    expect(got.text).toBe('{"url":"","error":"only GET allowed","blocked":false}\n')
    expect([got.status, got.fields.get('allow'), got.fields.get('x-pipelock-block-reason')]).toEqual([
      405,
      'GET',
      'bad_request',
    ])
  })

  test('refuses requests of web pages', async () => {
    const h = await harness()
    const got = await ask(h, '/fetch?url=http://site.test/', {fields: 'Origin: https://evil.test\r\n'})
    expect([got.status, got.fields.get('x-pipelock-block-reason-layer')]).toEqual([403, 'browser_guard'])
  })
})

describe('refusals', () => {
  test('carry the reason, and the hint in the object', async () => {
    const h = await harness({explain: true, refuse: () => ({detail: 'domain blocked', hint: 'change the list'})})
    const got = await fetchUrl(h, 'http://site.test/x')
    expect(got.status).toBe(403)
    expect(got.json).toEqual({
      url: 'http://site.test/x',
      agent: 'anonymous',
      blocked: true,
      block_reason: 'domain blocked',
      hint: 'change the list',
      request_id: expect.stringMatching(/^req-1-[0-9a-f]{6}$/),
    })
    expect(got.fields.get('x-pipelock-block-reason')).toBe('domain_blocklist')
    expect(got.fields.has('x-pipelock-hint')).toBe(false)
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
  })

  test('a content-bearing label redacts the URL', async () => {
    const h = await harness({refuse: () => ({layer: 'dlp', reason: 'dlp_match', detail: 'secret'})})
    expect((await fetchUrl(h, 'http://site.test/tok')).json['url']).toBe('http://site.test/[redacted]')
  })

  test('rate limit is 429 with Retry-After', async () => {
    const h = await harness({refuse: () => ({layer: 'ratelimit', reason: 'rate_limit', retryAfterSeconds: 5})})
    const got = await fetchUrl(h, 'http://site.test/')
    expect([got.status, got.fields.get('retry-after')]).toEqual([429, '5'])
  })

  test('refuses our own listener', async () => {
    const h = await harness({isOwnListener: () => true})
    expect((await fetchUrl(h, 'http://site.test/')).fields.get('x-pipelock-block-reason')).toBe('ssrf_private_ip')
  })
})

test('refuses an unrequested partial response', async () => {
  const o = await origin((_request, res) => {
    res.writeHead(206, {'content-type': 'text/plain', 'content-range': 'bytes 0-4/50'})
    res.end('hello')
  })
  const h = await harness()
  const got = await fetchUrl(h, `http://site.test:${o.port}/`)
  expect([got.status, got.json]).toMatchObject([502, {error: 'fetch failed: invalid response', blocked: false}])
})

describe('caps', () => {
  test.each([
    ['declared', 'HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n', 2000],
    ['undeclared', `HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(1500)}`, 1500],
  ])('a body over the cap, %s', async (_name, bytes, size) => {
    const h = await harness({settings: {maxResponseBytes: 1000}})
    const o = await startLiteralOrigin(bytes)
    open.push(o)
    const got = await fetchUrl(h, `http://site.test:${o.port}/`)
    expect(got.status).toBe(502)
    expect(got.json).toEqual({
      url: `http://site.test:${o.port}/`,
      agent: 'anonymous',
      blocked: true,
      block_reason: `response size ${size} exceeds max_response_mb 1000`,
      request_id: expect.stringMatching(/^req-1-[0-9a-f]{6}$/),
    })
    expect(got.fields.get('x-pipelock-block-reason')).toBe('response_size')
    await closed(o.sockets[0])
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
    expect(h.commits[1]?.x.id).toBe(h.commits[0]?.x.id)
  })

  test('compressed bodies are decoded; bombs and unknown codings are refused', async () => {
    const run = async (body: Buffer, coding: string, type = 'text/plain'): Promise<Got> => {
      const o = await origin(page(type, body, {'Content-Encoding': coding}))
      return fetchUrl(await harness(), `http://site.test:${o.port}/`)
    }
    expect((await run(gzipSync('zipped'), 'gzip')).json['content']).toBe('zipped')
    expect((await run(brotliCompressSync('brotli'), 'BR')).json['content']).toBe('brotli')
    expect((await run(deflateRawSync('raw'), 'deflate')).json['content']).toBe('raw')
    expect((await run(Buffer.alloc(0), 'gzip')).status).toBe(200)
    for (const [body, coding, type] of [
      [Buffer.from('x'), 'zstd'],
      [gzipSync('data: x\n\n'), 'gzip', 'text/event-stream'],
      [Buffer.concat([gzipSync('x'), Buffer.from('y')]), 'gzip'],
      [Buffer.from('x'), 'gzip'],
      [gzipSync(gzipSync('x')), 'gzip, gzip'],
      [gzipSync(Buffer.alloc(5_000_000)), 'gzip'],
    ] as const) {
      const got = await run(body, coding, type)
      expect([got.status, got.json['block_reason']]).toEqual([403, 'compressed response cannot be scanned'])
    }
  })

  test('one time limit covers everything', async () => {
    const h = await harness({settings: {fetchTimeoutSeconds: 0.15}})
    const silent = await startRawOrigin(() => {})
    const slow = await startLiteralOrigin('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc')
    open.push(silent, slow)
    for (const o of [silent, slow]) {
      const got = await fetchUrl(h, `http://site.test:${o.port}/`)
      expect([got.status, got.json['error']]).toEqual([502, 'fetch failed: timeout'])
      await closed(o.sockets[0])
    }
  })

  test.each([
    [
      'connection reset',
      (): Promise<Origin> => startRawOrigin((socket) => void socket.on('data', () => socket.resetAndDestroy())),
    ],
    ['invalid response', (): Promise<Origin> => startLiteralOrigin('nonsense\r\n\r\n')],
    [
      'invalid response',
      (): Promise<Origin> => startLiteralOrigin('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'),
    ],
  ])('%s', async (why, start) => {
    const o = await start()
    open.push(o)
    const got = await fetchUrl(await harness(), `http://site.test:${o.port}/`)
    expect([got.status, got.json['error']]).toEqual([502, `fetch failed: ${why}`])
    expect(got.text).not.toContain('127.0.0.1')
  })

  test('a refused connection is a 502', async () => {
    const o = await startOrigin()
    await o.close()
    expect((await fetchUrl(await harness(), `http://site.test:${o.port}/`)).json['error']).toBe(
      'fetch failed: connection refused',
    )
  })

  test('a departing client ends the fetch', async () => {
    const h = await harness()
    const o = await startRawOrigin((socket) => void socket.on('data', () => c.close()))
    open.push(o)
    const c = await RawClient.open(h.port)
    c.send(`GET /fetch?url=http://site.test:${o.port}/ HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await h.observed(1)
    await closed(o.sockets[0])
    expect(h.ends[0]?.end.status).toBe(0)
  })
})

describe('redirects', () => {
  /** `/n` redirects to `/n-1`, `/0` responds. */
  const chain: Respond = (request, res) => {
    const n = Number(request.url.slice(1))
    if (n > 0) res.writeHead(302, {Location: `/${n - 1}`, 'Set-Cookie': 'a=1'}).end()
    else res.end('arrived')
  }

  test('five are followed, each decided and receipted under one id', async () => {
    const o = await origin(chain)
    const h = await harness()
    const got = await fetchUrl(h, `http://site.test:${o.port}/5`)
    expect([got.json['content'], got.json['url']]).toEqual(['arrived', `http://site.test:${o.port}/0`])
    expect(o.requests.map((r) => r.rawHeaders.join()).join()).not.toMatch(/cookie/i)
    await h.observed(6)
    expect(h.commits.map((e) => e.x.purpose)).toEqual(['request', ...Array<string>(5).fill('redirect')])
    expect(new Set(h.commits.map((e) => e.x.id)).size).toBe(1)
    expect(h.ends).toHaveLength(6)
    expect(h.logs.filter((l) => l.event === 'redirect').map((l) => l.fields['hop'])).toEqual([1, 2, 3, 4, 5])
  })

  test('six are too many, and so is a loop', async () => {
    const o = await origin(chain)
    const got = await fetchUrl(await harness(), `http://site.test:${o.port}/6`)
    expect([got.status, got.json['error']]).toEqual([502, 'fetch failed: too many redirects (max 5)'])
    const loop = await origin((request, res) => void res.writeHead(302, {Location: request.url}).end())
    expect((await fetchUrl(await harness(), `http://site.test:${loop.port}/`)).status).toBe(502)
    expect(loop.requests).toHaveLength(1)
  })

  test('a refused hop ends the fetch with its reason', async () => {
    const o = await origin((_r, res) => void res.writeHead(302, {Location: 'http://bad.test/x'}).end())
    const h = await harness({
      explain: true,
      refuse: (x) => (x.target?.host === 'bad.test' ? {detail: 'domain blocked', layer: 'blocklist'} : undefined),
    })
    const got = await fetchUrl(h, `http://site.test:${o.port}/`)
    expect(got.status).toBe(403)
    expect(got.json['block_reason']).toBe('redirect blocked: domain blocked')
    expect(got.json['url']).toBe('http://bad.test/x')
    expect(got.json['hint']).toMatch(/redirect/)
    expect(got.fields.get('x-pipelock-block-reason')).toBe('redirect_scan_denied')
    expect(got.fields.get('x-pipelock-block-reason-layer')).toBe('blocklist')
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
    expect(h.commits[1]?.decision.cause?.reason).toBe('redirect_scan_denied')
  })

  test.each([
    ['two values', ['http://a.test/', 'http://b.test/'], 'parser'],
    ['unparsable', 'http://[', 'parser'],
    ['another scheme', 'file:///etc/passwd', 'parser'],
  ])('%s', async (_name, location, layer) => {
    const o = await origin((_r, res) => void res.writeHead(302, {Location: location}).end())
    const got = await fetchUrl(await harness(), `http://site.test:${o.port}/`)
    expect([
      got.status,
      got.fields.get('x-pipelock-block-reason'),
      got.fields.get('x-pipelock-block-reason-layer'),
    ]).toEqual([403, 'redirect_scan_denied', layer])
  })

  test('from https to http: refused', async () => {
    const server = createTlsHttp(
      {cert: CERT, key: KEY},
      (_req, res) => void res.writeHead(302, {Location: 'http://site.test/'}).end(),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({close: () => void (server.close(), server.closeAllConnections())})
    const {port} = server.address() as AddressInfo
    const got = await fetchUrl(await harness({ca: [CERT]}), `https://site.test:${port}/`)
    expect([got.status, got.fields.get('x-pipelock-block-reason')]).toEqual([403, 'redirect_scan_denied'])
  })

  test('300 and a 302 without Location are the final response', async () => {
    for (const [status, fields] of [
      [300, {Location: 'http://a.test/'}],
      [302, {}],
    ] as const) {
      const o = await origin((_r, res) => void res.writeHead(status, fields).end('here'))
      expect((await fetchUrl(await harness(), `http://site.test:${o.port}/`)).json['status_code']).toBe(status)
    }
  })
})

test('a response that is cut short is reported as a read error', async () => {
  const o = await origin((_r, res) => {
    res.writeHead(200, {'Content-Length': '100'})
    res.write('abc', () => res.destroy())
  })
  const h = await harness()
  const got = await fetchUrl(h, `http://site.test:${o.port}/`)
  expect(got.status).toBe(502)
  expect(got.json).toMatchObject({error: 'reading response: connection reset', blocked: false})
})

test('an origin that closed a kept connection in the meantime costs another connection, not an error', async () => {
  const h = await harness()
  // the hint keeps the connection in the pool
  const o = await startForgetfulOrigin('Keep-Alive: timeout=9\r\n')
  open.push(o)
  for (let i = 0; i < 2; i++) expect((await fetchUrl(h, `http://site.test:${o.port}/`)).status).toBe(200)
  expect(o.connections()).toBe(2)
})
