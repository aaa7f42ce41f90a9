// Bodies that must be complete before they are judged: what reaches the origin, what does not, and how each ending is
// reported.
import {afterEach, describe, expect, test} from 'vitest'
import type {Unit} from '../../../src/core/exchange.js'
import type {Hooks} from '../../../src/core/plugin.js'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})
async function world(options: HarnessOptions = {}, respond?: Respond): Promise<{h: Harness; o: Origin; c: RawClient}> {
  const h = await startHarness({...options, limits: {lingerMs: 100, ...options.limits}})
  const o = await startOrigin(respond)
  const c = await RawClient.open(h.port)
  open.push(h, o, c)
  return {h, o, c}
}

const CAP = 1000

/** Requires bodies, and refuses those that contain "secret". */
function guard(units: Unit[] = [], more: Partial<Hooks> = {}): Partial<Hooks> {
  return {
    requires: (_x, head) =>
      head.mediaType === 'video/raw' || head.direction === 'response'
        ? undefined
        : {
            maxBytes: CAP,
            over: () =>
              finding({layer: 'request_body', reason: 'parse_error', hard: true, detail: `more than ${CAP} bytes`}),
          },
    inspect(_x, unit) {
      if (unit.direction === 'response') return []
      units.push(unit)
      const text = unit.kind === 'head' ? unit.headers.map((h) => h.join(': ')).join('\n') : unit.bytes.toString()
      const layer = unit.kind === 'head' ? 'header_dlp' : 'body_dlp'
      return text.includes('secret')
        ? [finding({layer, reason: 'dlp_match', detail: `${unit.kind} holds a secret`})]
        : []
    },
    ...more,
  }
}

const post = (o: Origin, fields: string, body = '', method = 'POST'): string =>
  `${method} http://site.test:${o.port}/up HTTP/1.1\r\nHost: site.test:${o.port}\r\n${fields}\r\n${body}`

describe.each([
  ['synchronous', (h: Partial<Hooks>) => h],
  [
    'asynchronous',
    (h: Partial<Hooks>): Partial<Hooks> => ({
      ...h,
      inspect: async (x, unit) => {
        await new Promise((resolve) => setImmediate(resolve))
        return (await h.inspect?.(x, unit)) ?? []
      },
    }),
  ],
])('%s inspection', (_name, shape) => {
  test('forwards the judged bytes, with their length, after head and body were inspected in this order', async () => {
    const units: Unit[] = []
    const {h, o, c} = await world({hooks: shape(guard(units))})
    c.send(
      post(
        o,
        'Content-Type: text/plain; charset=utf-8\r\nTransfer-Encoding: chunked\r\n',
        '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      ),
    )
    expect((await c.response()).status).toBe(200)
    expect(o.requests[0]?.body.toString()).toBe('abcde')
    const names = o.requests[0]?.rawHeaders.map((n) => n.toLowerCase()) ?? []
    expect(names).toContain('content-length')
    expect(names).not.toContain('transfer-encoding')
    expect(units.map((u) => [u.kind, u.direction, u.mediaType, u.bytes.toString()])).toEqual([
      ['head', 'request', 'text/plain', ''],
      ['body', 'request', 'text/plain', 'abcde'],
    ])
    await h.observed(1)
    expect(h.ends[0]?.end.requestBytes).toBe(5)
  })

  test('a finding in the body refuses before one byte moves, with one receipt; the connection continues', async () => {
    const {h, o, c} = await world({hooks: shape(guard())})
    c.send(post(o, 'Content-Length: 8\r\n', 'a secret'))
    const response = await c.response()
    expect([response.status, response.body.toString()]).toEqual([403, 'blocked: body holds a secret\n'])
    expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('body_dlp')
    expect(o.connections()).toBe(0)
    expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.layer])).toEqual([['block', 'body_dlp']])
    c.send(post(o, 'Content-Length: 4\r\n', 'good'))
    expect((await c.response()).status).toBe(200)
  })

  test('a finding in the head refuses without waiting for the body', async () => {
    const {o, c} = await world({hooks: shape(guard())})
    c.send(post(o, 'X-Key: secret\r\nContent-Length: 500\r\n'))
    const response = await c.response()
    expect([response.status, response.fields.get('x-pipelock-block-reason-layer')]).toEqual([403, 'header_dlp'])
    expect(response.fields.get('connection')).toBe('close')
    expect(o.connections()).toBe(0)
  })
})

test('in audit mode findings are recorded and the body is forwarded', async () => {
  const {h, o, c} = await world({hooks: guard(), mode: 'audit'})
  c.send(post(o, 'X-Key: secret\r\nContent-Length: 8\r\n', 'a secret'))
  expect((await c.response()).status).toBe(200)
  expect(o.requests[0]?.body.toString()).toBe('a secret')
  expect(h.commits[0]?.decision.findings.map((f) => [f.layer, f.action])).toEqual([
    ['body_dlp', 'warn'],
    ['header_dlp', 'warn'],
  ])
})

describe('a body over the cap', () => {
  test.each([
    ['declared', {}],
    ['declared, nothing enforced', {mode: 'audit' as const, enforce: false}],
  ])('%s: refused before it is read, without a 100-continue', async (_name, options) => {
    const {o, c} = await world({...options, hooks: guard()})
    c.send(post(o, `Expect: 100-continue\r\nContent-Length: ${CAP + 1}\r\n`))
    const response = await c.response()
    expect([response.status, response.body.toString()]).toEqual([403, `blocked: more than ${CAP} bytes\n`])
    expect(o.connections()).toBe(0)
  })

  test('chunked: refused at the limit; the client that still uploads reads its verdict', async () => {
    const {o, c} = await world({hooks: guard()})
    c.send(post(o, 'Transfer-Encoding: chunked\r\n', `400\r\n${'x'.repeat(1024)}\r\n`))
    const response = await c.response()
    expect([response.status, response.fields.get('x-pipelock-block-reason')]).toEqual([403, 'parse_error'])
    expect(o.connections()).toBe(0)
    c.send(`400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`)
    await c.end()
    expect(c.error).toBeUndefined()
  })

  test('at the limit passes, and an unwanted media type streams', async () => {
    const {o, c} = await world({hooks: guard()})
    c.send(post(o, `Content-Length: ${CAP}\r\n`, 'x'.repeat(CAP)))
    expect((await c.response()).status).toBe(200)
    c.send(post(o, `Content-Type: video/raw\r\nContent-Length: ${2 * CAP}\r\n`, 'secret'.padEnd(2 * CAP)))
    expect((await c.response()).status).toBe(200)
    expect(o.requests.map((s) => s.body.length)).toEqual([CAP, 2 * CAP])
  })
})

test('a waiting client gets one 100-continue, before its body is read', async () => {
  const {o, c} = await world({hooks: guard()})
  c.send(post(o, 'Expect: 100-continue\r\nContent-Length: 4\r\n'))
  await c.until((text) => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'))
  expect(o.connections()).toBe(0)
  c.send('good')
  const text = await c.until((got) => got.includes('ok POST'))
  expect(text.match(/100 Continue/g)).toHaveLength(1)
})

describe('a body that does not end', () => {
  test('stalled: 408 without block headers, and a receipt', async () => {
    const {h, o, c} = await world({hooks: guard(), settings: {idleTimeoutSeconds: 0.2}})
    c.send(post(o, 'Content-Length: 10\r\n', 'half'))
    const response = await c.response()
    expect([response.status, response.body.toString(), response.fields.get('x-pipelock-block-reason')]).toEqual([
      408,
      'request timed out\n',
      undefined,
    ])
    expect(o.connections()).toBe(0)
    expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.layer])).toEqual([['block', 'request_body']])
  })

  test('badly framed: the text of a malformed request', async () => {
    const {h, o, c} = await world({hooks: guard()})
    c.send(post(o, 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\nZZ\r\n'))
    const response = await c.response()
    expect([response.status, response.body.toString()]).toEqual([400, 'blocked: malformed request\n'])
    expect(o.connections()).toBe(0)
    expect(h.commits[0]?.decision.cause?.layer).toBe('http_head')
  })

  test('with trailers that would change its framing: malformed as well', async () => {
    const {o, c} = await world({hooks: guard()})
    c.send(post(o, 'Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\nContent-Length: 9\r\n\r\n'))
    expect((await c.response()).status).toBe(400)
    expect(o.connections()).toBe(0)
  })

  test.each([
    // an end inside the body is broken framing, whether or not the client still listens
    ['stopped', (c: RawClient) => void c.finish(), 'http_head', 400],
    ['left', (c: RawClient) => void c.socket.resetAndDestroy(), 'request_body', 0],
  ])('of a client that %s: decided, receipted and observed', async (_name, leave, layer, status) => {
    const {h, o, c} = await world({hooks: guard()})
    c.send(post(o, 'Expect: 100-continue\r\nContent-Length: 10\r\n'))
    await c.until((text) => text.includes('100 Continue'))
    leave(c)
    await h.observed(1)
    expect(h.commits.map((e) => [e.decision.action, e.decision.cause?.layer])).toEqual([['block', layer]])
    expect(h.ends[0]?.end.status).toBe(status)
    expect(o.connections()).toBe(0)
  })
})

describe('a rewrite', () => {
  const rewriting = (changed: boolean): Partial<Hooks> =>
    guard([], {
      rewrite: (_x, unit) => ({
        unit: {...unit, bytes: Buffer.from(unit.bytes.toString().replace('secret', '<gone>'))},
        findings: [],
        changed,
      }),
    })

  test('is judged and sent, and fields that describe the old bytes are removed', async () => {
    const {o, c} = await world({hooks: rewriting(true)})
    c.send(post(o, 'Content-Digest: sha-256=:x:\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n', 'a secret'))
    expect((await c.response()).status).toBe(200)
    expect(o.requests[0]?.body.toString()).toBe('a <gone>')
    const names = o.requests[0]?.rawHeaders.map((n) => n.toLowerCase()) ?? []
    expect(names).not.toContain('content-digest')
    expect(names).not.toContain('content-encoding')
  })

  test('that only decodes is judged, and the old bytes are sent', async () => {
    const {o, c} = await world({hooks: rewriting(false)})
    c.send(post(o, 'Content-Encoding: gzip\r\nContent-Length: 8\r\n', 'a secret'))
    expect((await c.response()).status).toBe(200)
    expect(o.requests[0]?.body.toString()).toBe('a secret')
    expect(o.requests[0]?.rawHeaders.map((n) => n.toLowerCase())).toContain('content-encoding')
  })
})

test('a redirect that the proxy follows repeats the judged body, and its destination is judged again', async () => {
  const units: Unit[] = []
  const {o, c} = await world({hooks: guard(units), settings: {followRedirects: true}}, (request, res) => {
    if (request.url === '/up') res.writeHead(307, {location: '/there'}).end()
    else res.end('done')
  })
  c.send(post(o, 'Content-Type: text/plain\r\nContent-Length: 4\r\n', 'good'))
  const response = await c.response()
  expect([response.status, response.body.toString()]).toEqual([200, 'done'])
  expect(o.requests.map((s) => [s.url, s.body.toString()])).toEqual([
    ['/up', 'good'],
    ['/there', 'good'],
  ])
  expect(units.filter((u) => u.kind === 'body').map((u) => u.mediaType)).toEqual(['text/plain', 'text/plain'])
})

test('requests in a tunnel of plain HTTP are judged like any other', async () => {
  const {o, c} = await world({hooks: guard()})
  c.send(`CONNECT site.test:${o.port} HTTP/1.1\r\nHost: site.test:${o.port}\r\n\r\n`)
  await c.until((text) => text.includes('\r\n\r\n'))
  c.send(`POST /up HTTP/1.1\r\nHost: site.test:${o.port}\r\nContent-Length: 8\r\n\r\na secret`)
  const text = await c.until((got) => got.includes('holds a secret'))
  expect(text).toContain('HTTP/1.1 403')
  expect(o.requests).toEqual([])
})

test.each([
  [
    'CONNECT',
    (o: Origin) => `CONNECT site.test:${o.port} HTTP/1.1\r\nHost: site.test:${o.port}\r\nX-Key: secret\r\n\r\n`,
  ],
  [
    'fetch',
    (o: Origin) => `GET /fetch?url=http://site.test:${o.port}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Key: secret\r\n\r\n`,
  ],
])('a finding in the head of %s refuses it', async (_name, request) => {
  const {o, c} = await world({hooks: guard()})
  c.send(request(o))
  const response = await c.response()
  expect([response.status, response.fields.get('x-pipelock-block-reason-layer')]).toEqual([403, 'header_dlp'])
  expect(o.connections()).toBe(0)
})
