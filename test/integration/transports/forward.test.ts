// Absolute-form requests through a real listener: order of the steps, bodies, limits, identity, redirects, modes.
import {createHash, randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {createServer as createTlsHttp} from 'node:https'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {
  closed,
  startForgetfulOrigin,
  startOrigin,
  startRawOrigin,
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
  const h = await startHarness({...options, limits: {lingerMs: 100, ...options.limits}})
  open.push(h)
  return h
}
async function origin(respond?: Respond): Promise<Origin> {
  const o = await startOrigin(respond)
  open.push(o)
  return o
}
async function client(h: Harness): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(c)
  return c
}
const get = (o: Origin, path = '/', fields = ''): string =>
  `GET http://site.test:${o.port}${path} HTTP/1.1\r\nHost: site.test:${o.port}\r\n${fields}\r\n`

describe.each([
  ['with synchronous decisions', {}],
  ['with asynchronous decisions', {asyncDestination: true, asyncCommit: true}],
])('%s', (_name, options) => {
  test('forwards, responds and keeps both connections', async () => {
    const [h, o] = [await harness(options), await origin()]
    const c = await client(h)
    for (const path of ['/one?q=1', '/two']) {
      c.send(get(o, path, 'X-A: 1\r\nx-a: 2\r\n'))
      const response = await c.response()
      expect(response.status).toBe(200)
      expect(response.body.toString()).toBe(`ok GET ${path}`)
    }
    expect(o.connections()).toBe(1)
    expect(o.requests[0]?.rawHeaders).toEqual([
      'host',
      `site.test:${o.port}`,
      'connection',
      'keep-alive',
      'X-A',
      '1',
      'x-a',
      '2',
    ])
    await h.observed(2)
    expect(h.commits.map((e) => [e.x.transport, e.x.purpose, e.decision.action])).toEqual([
      ['forward', 'request', 'allow'],
      ['forward', 'request', 'allow'],
    ])
    expect(h.ends[0]?.end).toMatchObject({status: 200, responseBytes: 15, requestBytes: 0})
    expect(h.ends[0]?.x.id).not.toBe(h.ends[1]?.x.id)
  })

  test('a block has a response and one receipt, and the connection continues', async () => {
    const h = await harness({
      ...options,
      explain: true,
      refuse: (x) =>
        x.target?.host === 'bad.test' ? {hint: 'remove it from the blocklist', detail: 'domain blocked'} : undefined,
    })
    const o = await origin()
    const c = await client(h)
    c.send(`GET http://bad.test:${o.port}/x HTTP/1.1\r\nHost: bad.test\r\n\r\n`)
    const response = await c.response()
    expect(response.status).toBe(403)
    expect(response.body.toString()).toBe('blocked: domain blocked\n')
    expect(
      Object.fromEntries(response.rawFields.filter(([n]) => n !== 'Date' && !/^(?:connection|keep-alive)$/i.test(n))),
    ).toEqual({
      'Content-Type': 'text/plain; charset=utf-8',
      'X-Content-Type-Options': 'nosniff',
      'X-Pipelock-Block-Reason': 'domain_blocklist',
      'X-Pipelock-Block-Reason-Version': '1',
      'X-Pipelock-Block-Reason-Severity': 'critical',
      'X-Pipelock-Block-Reason-Retry': 'policy',
      'X-Pipelock-Block-Reason-Layer': 'blocklist',
      'X-Pipelock-Hint': 'remove it from the blocklist',
      'Cache-Control': 'no-store',
      'Content-Length': '24',
      'X-Pipelock-Request-Id': expect.stringMatching(/^req-1-[0-9a-f]{6}$/),
    })
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
    await h.observed(2)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['block', 'allow'])
    expect(h.ends.map((e) => e.end.status)).toEqual([403, 200])
    expect(o.requests).toHaveLength(1)
  })

  test('streams a body both ways, with length and chunked', async () => {
    const [h, o] = [
      await harness(options),
      await origin((request, res) => {
        res.write(createHash('sha256').update(request.body).digest('hex'))
        res.end(request.body)
      }),
    ]
    const c = await client(h)
    const body = randomBytes(3_000_000)
    const digest = createHash('sha256').update(body).digest('hex')
    c.send(`POST http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`).send(body)
    const first = await c.response()
    expect(first.body.toString('latin1', 0, 64)).toBe(digest)
    expect(first.body.length).toBe(64 + body.length)
    c.send('POST ' + `http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
    for (let at = 0; at < body.length; at += 65_536) {
      const part = body.subarray(at, at + 65_536)
      c.send(`${part.length.toString(16)}\r\n`)
        .send(part)
        .send('\r\n')
    }
    c.send('0\r\n\r\n')
    expect((await c.response()).body.toString('latin1', 0, 64)).toBe(digest)
    expect(o.requests.map((r) => r.rawHeaders.filter((_, i) => i % 2 === 0).map((n) => n.toLowerCase()))).toEqual([
      ['host', 'connection', 'content-length'],
      ['host', 'connection', 'transfer-encoding'],
    ])
    await h.observed(2)
    expect(h.ends[0]?.end.requestBytes).toBe(body.length)
  })

  test('a block while the client still uploads 30 MB arrives complete', async () => {
    const h = await harness({...options, refuse: () => ({})})
    const c = await client(h)
    const part = Buffer.alloc(1_000_000, 97)
    c.send(`POST http://site.test/ HTTP/1.1\r\nHost: site.test\r\nContent-Length: ${30 * part.length}\r\n\r\n`)
    for (let i = 0; i < 30; i++) if (!c.socket.write(part)) await once(c.socket, 'drain')
    const response = await c.response()
    expect(response.status).toBe(403)
    expect(response.fields.get('connection')).toBe('close')
    expect(await c.end()).toBe('')
    expect(c.error).toBeUndefined()
  })

  test('a client that leaves ends the upstream request; the decision keeps its receipt', async () => {
    const h = await harness(options)
    const gone = new Promise<void>((resolve) => {
      void startRawOrigin((socket) => {
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'))
        socket.on('close', () => resolve())
      }).then((o) => {
        open.push(o)
        return client(h).then(async (c) => {
          c.send(get(o))
          await c.until((text) => text.endsWith('abc'))
          c.close()
        })
      })
    })
    await gone
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
    expect(h.ends[0]?.end).toMatchObject({status: 200, responseBytes: 3})
  })

  test('a client that leaves before the response ends the exchange', async () => {
    const h = await harness(options)
    const o = await startRawOrigin((socket) => void socket.on('data', () => c.close()))
    open.push(o)
    const c = await client(h)
    c.send(get(o))
    await h.observed(1)
    expect(h.ends[0]?.end.status).toBe(0)
    await closed(o.sockets[0])
  })

  test('sends 100-continue itself, after the checks', async () => {
    const h = await harness({...options, refuse: (x) => (x.rawTarget.endsWith('/no') ? {} : undefined)})
    const o = await origin((request, res) => res.end(request.body))
    const c = await client(h)
    const ask = (path: string): string =>
      `POST http://site.test:${o.port}${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`
    c.send(ask('/yes'))
    expect((await c.response()).status).toBe(100)
    c.send('abc')
    expect((await c.response()).body.toString()).toBe('abc')
    expect(o.requests[0]?.rawHeaders.join()).not.toMatch(/expect/i)
    c.send(ask('/no'))
    const refused = await c.response()
    expect(refused.status).toBe(403)
    expect(refused.fields.get('connection')).toBe('close')
    expect(await c.end()).toBe('')
  })
})

test('a response before the upload ends: the rest is discarded, the connection continues', async () => {
  const h = await harness()
  const o = await startRawOrigin((socket, received) => {
    let responses = 0
    socket.on('data', () => {
      const heads = received().split('\r\n\r\n').length - 1
      if (heads > responses) {
        responses = heads
        socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno')
      }
    })
  })
  open.push(o)
  const c = await client(h)
  const part = Buffer.alloc(500_000, 97)
  c.send(`POST http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${10 * part.length}\r\n\r\n`)
  c.send(part)
  expect((await c.response()).status).toBe(413)
  for (let i = 0; i < 9; i++) if (!c.socket.write(part)) await once(c.socket, 'drain')
  c.send(get(o))
  expect((await c.response()).status).toBe(413)
})

test('https in absolute form is sent over TLS', async () => {
  const h = await harness({ca: [CERT]})
  const server = createTlsHttp({cert: CERT, key: KEY}, (req, res) => res.end(`tls ${req.headers.host}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({close: () => void (server.close(), server.closeAllConnections())})
  const {port} = server.address() as AddressInfo
  const c = await client(h)
  c.send(`GET https://site.test:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect((await c.response()).body.toString()).toBe(`tls site.test:${port}`)
  c.send(`GET https://wrong.test:${port}/ HTTP/1.1\r\nHost: x\r\n\r\n`)
  expect((await c.response()).status).toBe(502)
})

describe('waits', () => {
  test('half a head on a kept connection: 408 in its place', async () => {
    const h = await harness({limits: {headMs: 100, checkIntervalMs: 20}})
    const o = await origin()
    const c = await client(h)
    c.send(get(o)).send('GET http://site')
    expect((await c.response()).status).toBe(200)
    expect((await c.response()).status).toBe(408)
    expect(await c.end()).toBe('')
  })

  test('an upload that stalls: 408, and the upstream request is destroyed', async () => {
    const h = await harness({settings: {idleTimeoutSeconds: 0.15}})
    const o = await startRawOrigin(() => {})
    open.push(o)
    const c = await client(h)
    c.send(`POST http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`)
    const response = await c.response()
    expect(response.status).toBe(408)
    expect(response.fields.has('x-pipelock-block-reason')).toBe(false)
    await closed(o.sockets[0])
  })

  test('a client that does not read: both sides are destroyed', async () => {
    const h = await harness({settings: {idleTimeoutSeconds: 0.2}})
    const o = await startRawOrigin((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n')
        const part = Buffer.alloc(1_000_000)
        const more = (): void => {
          while (!socket.destroyed && socket.write(part));
        }
        socket.on('drain', more)
        more()
      })
    })
    open.push(o)
    const c = await client(h)
    c.socket.pause()
    c.send(get(o))
    await h.observed(1)
    expect(h.ends[0]?.end.responseBytes).toBeLessThan(100_000_000)
    await closed(o.sockets[0])
  })

  test('a silent connection is closed without a response', async () => {
    const h = await harness({limits: {firstByteMs: 100}})
    const c = await client(h)
    expect(await c.end()).toBe('')
    expect(h.commits).toHaveLength(0)
  })

  test('an idle kept connection is closed without a response', async () => {
    const h = await harness({limits: {firstByteMs: 100}})
    const o = await origin()
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
    expect(await c.end()).toBe('')
  })

  test('an origin that closed a kept connection in the meantime costs another connection, not an error', async () => {
    const h = await harness()
    const o = await startForgetfulOrigin()
    open.push(o)
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
    expect(o.connections()).toBe(2)
    c.send(`POST http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
    expect((await c.response()).status).toBe(200)
  })
})

describe('the upstream request', () => {
  test('has no topology, no identity, no hop-by-hop field', async () => {
    const [h, o] = [await harness(), await origin()]
    const c = await client(h)
    c.send(
      get(
        o,
        '/',
        [
          'X-Pipelock-Agent: me',
          'x-pipelock-anything: 1',
          'X-Forwarded-For: 1.2.3.4',
          'X-Forwarded-Host: a',
          'X-Forwarded-Proto: https',
          'X-Forwarded-Port: 1',
          'X-Real-IP: 1.2.3.4',
          'Forwarded: for=1',
          'Via: 1.1 x',
          'Proxy-Connection: keep-alive',
          'Proxy-Authorization: Basic x',
          'Proxy-Authenticate: x',
          'Keep-Alive: timeout=5',
          'TE: trailers',
          'Trailer: X',
          'HTTP2-Settings: AAA',
          'Pipelock-Mediation: x',
          'Connection: X-Mine',
          'X-Mine: 1',
          'Authorization: Bearer kept',
          'Cookie: kept',
          '',
        ].join('\r\n'),
      ),
    )
    expect((await c.response()).status).toBe(200)
    expect(o.requests[0]?.rawHeaders).toEqual([
      'host',
      `site.test:${o.port}`,
      'connection',
      'keep-alive',
      'Authorization',
      'Bearer kept',
      'Cookie',
      'kept',
    ])
    expect(h.commits[0]?.x.agent).toEqual({name: 'me', basis: 'self-declared'})
    expect(h.commits[0]?.x.clientIp).toBe('127.0.0.1')
  })

  test('names the agent as configured', async () => {
    const o = await origin()
    const cases: [Partial<Harness['settings']>, string, unknown][] = [
      [{}, '', {name: 'anonymous', basis: 'self-declared'}],
      [{}, 'X-Pipelock-Agent: a/b c\r\n', {name: 'a_b_c', basis: 'self-declared'}],
      [{}, 'X-Pipelock-Agent: a\r\nX-Pipelock-Agent: a\r\n', {name: 'a', basis: 'self-declared'}],
      [{}, 'X-Pipelock-Agent: a\r\nX-Pipelock-Agent: b\r\n', {name: 'anonymous', basis: 'self-declared'}],
      [{defaultAgentIdentity: 'd'}, '', {name: 'd', basis: 'config-default'}],
      [{defaultAgentIdentity: 'd'}, 'X-Pipelock-Agent: a\r\n', {name: 'a', basis: 'self-declared'}],
      [
        {defaultAgentIdentity: 'd', bindDefaultAgentIdentity: true},
        'X-Pipelock-Agent: a\r\n',
        {name: 'd', basis: 'config-default'},
      ],
    ]
    for (const [settings, fields, agent] of cases) {
      const h = await harness({settings})
      const c = await client(h)
      c.send(get(o, '/', fields))
      await c.response()
      expect(h.commits[0]?.x.agent).toEqual(agent)
    }
  })

  test('a pool is never shared between agents, addresses and policy generations', async () => {
    const addresses: Record<string, string[]> = {'site.test': ['127.0.0.1']}
    const h = await harness({addresses})
    const o = await origin()
    const c = await client(h)
    const go = async (fields = ''): Promise<number> => {
      c.send(get(o, '/', fields))
      expect((await c.response()).status).toBe(200)
      return o.connections()
    }
    expect(await go()).toBe(1)
    expect(await go()).toBe(1)
    expect(await go('X-Pipelock-Agent: other\r\n')).toBe(2)
    addresses['site.test'] = ['127.0.0.1', '127.0.0.2']
    expect(await go()).toBe(3)
    addresses['site.test'] = ['127.0.0.2', '127.0.0.1']
    expect(await go()).toBe(3)
    h.generation()
    expect(await go()).toBe(4)
  })

  test('the second address is used when the first refuses', async () => {
    const o = await origin()
    const h = await harness({addresses: {'site.test': ['127.0.0.3', '127.0.0.1']}})
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
  })

  test('own listeners are never dialled, in any mode', async () => {
    const h = await harness({mode: 'audit', isOwnListener: (address, port) => address === '127.0.0.1' && port === 8888})
    const c = await client(h)
    c.send('GET http://site.test:8888/health HTTP/1.1\r\nHost: x\r\n\r\n')
    const response = await c.response()
    expect(response.status).toBe(403)
    expect(response.fields.get('x-pipelock-block-reason')).toBe('ssrf_private_ip')
    expect(response.body.toString()).toBe('blocked: site.test resolves to an internal address\n')
    expect(h.commits.map((e) => e.decision.action)).toEqual(['block'])
  })

  test('a target without addresses is not forwarded, in any mode', async () => {
    const h = await harness({enforce: false, addresses: {'site.test': []}})
    const c = await client(h)
    c.send('GET http://site.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    expect((await c.response()).status).toBe(503)
  })
})

describe('modes', () => {
  test.each([
    ['audit', {mode: 'audit' as const}],
    ['enforce: false', {enforce: false}],
  ])('%s: a finding warns and the request continues', async (_name, options) => {
    const h = await harness({...options, refuse: () => ({})})
    const o = await origin()
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(200)
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['warn'])
    expect(h.ends).toHaveLength(1)
  })

  test('disabled: 405 with an empty Allow', async () => {
    const h = await harness({settings: {forwardEnabled: false}})
    const c = await client(h)
    c.send('GET http://site.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    const response = await c.response()
    expect(response.status).toBe(405)
    expect(response.body.toString()).toBe('forward proxy not enabled\n')
    expect(response.fields.get('x-pipelock-block-reason')).toBe('not_enabled')
    expect(response.fields.get('allow')).toBe('GET, HEAD')
    expect(response.fields.has('x-pipelock-block-reason-layer')).toBe(false)
    c.send('CONNECT site.test:443 HTTP/1.1\r\nHost: x\r\n\r\n')
    const tunnel = await c.response()
    expect([tunnel.status, tunnel.body.toString()]).toEqual([405, 'CONNECT not supported\n'])
    expect(h.commits).toHaveLength(2)
  })

  test('an allow whose evidence fails is a block', async () => {
    const o = await origin()
    const h = await harness({asyncCommit: true})
    const policy = h.policy
    const lost = finding({
      authority: 'evidence',
      layer: 'receipts',
      reason: 'receipt_emission_failed',
      hard: true,
      detail: 'required receipt could not be written',
    })
    h.policy = {...policy, commit: (x, ruling) => Promise.resolve(policy.conclude(x, [lost], ruling))}
    const c = await client(h)
    c.send(get(o))
    const response = await c.response()
    expect(response.status).toBe(503)
    expect(response.fields.get('x-pipelock-block-reason')).toBe('receipt_emission_failed')
    expect(o.requests).toHaveLength(0)
  })

  test('a decision that throws costs one connection, not the listener', async () => {
    const h = await harness()
    const good = h.policy
    h.policy = {
      ...good,
      judge: () => {
        throw new Error('bug')
      },
    }
    const c = await client(h)
    c.send('GET http://site.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await c.end()).toBe('')
    h.policy = {...good, judge: () => Promise.reject(new Error('bug'))}
    const d = await client(h)
    d.send('GET http://site.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await d.end()).toBe('')
    h.policy = good
    const o = await origin()
    const e = await client(h)
    e.send(get(o))
    expect((await e.response()).status).toBe(200)
  })

  test.each([
    [{layer: 'ratelimit', reason: 'rate_limit' as const, retryAfterSeconds: 12.2}, 429, '13'],
    [{layer: 'context', reason: 'timeout' as const}, 403, undefined],
    [{layer: 'dns', reason: 'bad_request' as const}, 502, undefined],
    [{layer: 'dns', reason: 'timeout' as const}, 503, undefined],
    [{layer: 'scanner_unavailable', reason: 'pattern_unavailable' as const}, 503, undefined],
    [{layer: 'budget', reason: 'data_budget' as const}, 429, undefined],
    [{layer: 'databudget', reason: 'data_budget' as const}, 403, undefined],
    [{layer: 'contract', reason: 'contract_default_deny' as const, authority: 'contract' as const}, 403, undefined],
  ])('%o', async (part, status, retry) => {
    const h = await harness({refuse: () => part})
    const c = await client(h)
    c.send('GET http://site.test/ HTTP/1.1\r\nHost: x\r\n\r\n')
    const response = await c.response()
    expect(response.status).toBe(status)
    expect(response.fields.get('x-pipelock-block-reason')).toBe(part.reason)
    expect(response.fields.get('retry-after')).toBe(retry)
  })
})

describe('redirects', () => {
  const redirecting =
    (location: string | string[], status = 302): Respond =>
    (_request, res) =>
      void res.writeHead(status, {Location: location, 'Set-Cookie': ['a=1', 'b=2'], 'X-Kept': '1'}).end('moved')

  test.each([
    ['absolute', 'http://other.test/x'],
    ['relative', '/x'],
    ['https', 'https://other.test/x'],
  ])('%s: allowed and handed back unchanged', async (_name, location) => {
    const h = await harness({asyncDestination: true})
    const o = await origin(redirecting(location))
    const c = await client(h)
    c.send(get(o, '/a/b'))
    const response = await c.response()
    expect(response.status).toBe(302)
    expect(response.fields.get('location')).toBe(location)
    expect(response.rawFields.filter(([n]) => n === 'Set-Cookie')).toHaveLength(2)
    expect(response.body.toString()).toBe('moved')
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
  })

  test('refused with the reason of the finding and without any of the response', async () => {
    for (const asyncDestination of [false, true]) {
      const h = await harness({
        asyncDestination,
        asyncCommit: asyncDestination,
        refuse: (x) => (x.purpose === 'redirect' ? {detail: 'other.test is blocked'} : undefined),
      })
      const o = await origin(redirecting('http://other.test/x'))
      const c = await client(h)
      c.send(get(o))
      const response = await c.response()
      expect(response.status).toBe(403)
      expect(response.body.toString()).toBe('blocked: redirect: other.test is blocked\n')
      expect(response.fields.get('x-pipelock-block-reason')).toBe('domain_blocklist')
      expect(response.fields.has('x-kept')).toBe(false)
      expect(response.fields.has('set-cookie')).toBe(false)
      await h.observed(2)
      expect(h.commits.map((e) => [e.x.purpose, e.x.method, e.decision.action])).toEqual([
        ['request', 'GET', 'allow'],
        ['redirect', 'GET', 'block'],
      ])
      expect(h.commits[1]?.x.id).toBe(h.commits[0]?.x.id)
      expect(h.commits[1]?.x.requestId).toBe(h.commits[0]?.x.requestId)
      expect(h.commits[1]?.x.rawTarget).toBe('http://other.test/x')
      // the connection continues
      c.send(get(o, '/again'))
      expect((await c.response()).status).toBe(403)
    }
  })

  test('judges the method of the next request', async () => {
    const judgedHops: [string, string][] = []
    const h = await harness({
      refuse: (x) => {
        if (x.purpose === 'redirect') judgedHops.push([x.method, x.rawTarget])
        return undefined
      },
    })
    const c = await client(h)
    const run = async (method: string, status: number, location: string): Promise<void> => {
      const o = await origin(redirecting(location, status))
      c.send(`${method} http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`)
      await c.response(method === 'HEAD')
    }
    for (const [method, status] of [
      ['GET', 301],
      ['POST', 301],
      ['POST', 302],
      ['PUT', 302],
      ['POST', 303],
      ['HEAD', 303],
      ['POST', 307],
      ['DELETE', 308],
    ] as const) {
      await run(method, status, 'http://o.test/')
    }
    await run('POST', 307, 'https://o.test/')
    await run('GET', 300, 'http://o.test/')
    await run('GET', 304, 'http://o.test/')
    await run('GET', 200, 'http://o.test/')
    expect(judgedHops.map(([m]) => m)).toEqual(['GET', 'GET', 'GET', 'PUT', 'GET', 'HEAD', 'POST', 'DELETE', 'CONNECT'])
  })

  test.each([
    ['two values', ['http://a.test/', 'http://b.test/']],
    ['unparsable', 'http://[/'],
    ['another scheme', 'ftp://a.test/'],
  ])('%s: refused', async (_name, location) => {
    const h = await harness()
    const o = await origin(redirecting(location))
    const c = await client(h)
    c.send(get(o))
    const response = await c.response()
    expect(response.status).toBe(403)
    expect(response.body.toString()).toMatch(/^blocked: redirect: /)
    expect(response.fields.get('x-pipelock-block-reason')).toBe('parse_error')
  })

  test('two equal values count as one', async () => {
    const h = await harness()
    const o = await origin(redirecting(['http://a.test/', 'http://a.test/']))
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(302)
  })

  test('to our own listener: refused', async () => {
    const h = await harness({isOwnListener: (_address, port) => port === 8888})
    const o = await origin(redirecting('http://x.test:8888/'))
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).fields.get('x-pipelock-block-reason')).toBe('ssrf_private_ip')
  })

  test('not enforced: recorded and handed back', async () => {
    const h = await harness({enforce: false, refuse: (x) => (x.purpose === 'redirect' ? {} : undefined)})
    const o = await origin(redirecting('http://other.test/x'))
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).status).toBe(302)
    await h.observed(2)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'warn'])
  })
})

describe('follow_redirects', () => {
  const settings = {followRedirects: true}
  /** `/n` redirects to `/n-1`, `/0` responds. */
  const chain: Respond = (request, res) => {
    const n = Number(request.url.slice(1))
    if (n > 0) res.writeHead(302, {Location: `/${n - 1}`, 'Set-Cookie': 'hidden=1'}).end('moved')
    else res.end(`arrived ${request.method}`)
  }

  test('five hops, each decided under one id; the client gets the last response', async () => {
    const [h, o] = [await harness({settings, asyncDestination: true, asyncCommit: true}), await origin(chain)]
    const c = await client(h)
    c.send(get(o, '/5', 'Cookie: c\r\nAuthorization: a\r\n'))
    const response = await c.response()
    expect([response.status, response.body.toString(), response.fields.has('set-cookie')]).toEqual([
      200,
      'arrived GET',
      false,
    ])
    expect(o.requests.every((r) => r.rawHeaders.includes('Authorization'))).toBe(true)
    await h.observed(6)
    expect(h.commits.map((e) => e.x.purpose)).toEqual(['request', ...Array<string>(5).fill('redirect')])
    expect(new Set(h.commits.map((e) => e.x.id)).size).toBe(1)
    expect(h.ends.map((e) => e.end.status)).toEqual([302, 302, 302, 302, 302, 200])
    c.send(get(o, '/6'))
    const tooMany = await c.response()
    expect([tooMany.status, tooMany.body.toString()]).toEqual([502, 'too many redirects (max 5)\n'])
    c.send(get(o, '/0'))
    expect((await c.response()).status).toBe(200)
  })

  test('a refused hop ends with its reason', async () => {
    const h = await harness({
      settings,
      refuse: (x) => (x.purpose === 'redirect' ? {detail: 'domain blocked'} : undefined),
    })
    const o = await origin(chain)
    const c = await client(h)
    c.send(get(o, '/1'))
    const response = await c.response()
    expect([response.status, response.body.toString()]).toEqual([403, 'blocked: redirect blocked: domain blocked\n'])
    expect(response.fields.get('x-pipelock-block-reason')).toBe('redirect_scan_denied')
    expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('blocklist')
    await h.observed(2)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
  })

  test('credentials stay with their host; method and body follow the status', async () => {
    const h = await harness({settings})
    const target = await origin()
    const send = async (status: number, method: string, body: string): Promise<number> => {
      const o = await origin(
        (_r, res) => void res.writeHead(status, {Location: `http://other.test:${target.port}/x`}).end(),
      )
      const c = await client(h)
      c.send(
        `${method} http://site.test:${o.port}/ HTTP/1.1\r\nHost: x\r\nCookie: c\r\nAuthorization: a\r\nX-Kept: 1\r\n` +
          `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      return (await c.response()).status
    }
    expect(await send(303, 'POST', 'abc')).toBe(200)
    expect(await send(302, 'POST', 'abc')).toBe(200)
    expect(await send(307, 'POST', 'abc')).toBe(502)
    expect(await send(307, 'DELETE', '')).toBe(200)
    expect(target.requests.map((r) => [r.method, r.body.length])).toEqual([
      ['GET', 0],
      ['GET', 0],
      ['DELETE', 0],
    ])
    expect(target.requests[0]?.rawHeaders).toEqual([
      'host',
      `other.test:${target.port}`,
      'connection',
      'keep-alive',
      'X-Kept',
      '1',
    ])
    expect(JSON.stringify(target.requests.map((r) => r.rawHeaders))).not.toMatch(/cookie|authorization/i)
  })

  test('an unusable Location is refused', async () => {
    const h = await harness({settings})
    const o = await origin((_r, res) => void res.writeHead(302, {Location: 'http://['}).end())
    const c = await client(h)
    c.send(get(o))
    expect((await c.response()).fields.get('x-pipelock-block-reason')).toBe('redirect_scan_denied')
  })

  test('a client that leaves between two hops ends the exchange', async () => {
    let decide: (() => void) | undefined
    const h = await harness({
      settings,
      hooks: {
        commit: (x) => (x.purpose === 'redirect' ? new Promise<void>((resolve) => (decide = resolve)) : undefined),
      },
    })
    const o = await origin(chain)
    const c = await client(h)
    c.send(get(o, '/1'))
    while (!decide) await new Promise((resolve) => setImmediate(resolve))
    c.close()
    while (h.server.openConnections > 0) await new Promise((resolve) => setImmediate(resolve))
    decide()
    await h.observed(2)
    expect(o.requests).toHaveLength(1)
  })
})

describe('own routes', () => {
  const routes = new Map([
    [
      '/health',
      {
        methods: ['GET', 'HEAD'],
        handle: () => Promise.resolve({status: 200, headers: [['X-A', '1']] as const, body: Buffer.from('fine')}),
      },
    ],
    ['/throws', {methods: ['GET'], handle: () => Promise.reject(new Error('bug'))}],
  ])
  const ask = async (h: Harness, text: string, headOnly = false): Promise<Awaited<ReturnType<RawClient['response']>>> =>
    (await client(h)).send(text).response(headOnly)

  test('serves own paths, refuses other methods and unknown paths', async () => {
    const h = await harness({routes})
    expect((await ask(h, 'GET /health?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n')).body.toString()).toBe('fine')
    expect((await ask(h, 'HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n', true)).fields.get('content-length')).toBe(
      '4',
    )
    expect((await ask(h, 'GET /throws HTTP/1.1\r\nHost: localhost\r\n\r\n')).status).toBe(500)
    const index = await ask(h, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect([index.status, index.body.toString()]).toEqual([200, 'Pipelock. Pages: /fetch?url=URL /health /throws\n'])
    expect((await ask(h, 'GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n')).status).toBe(404)
    const unknown = await ask(h, 'GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect([unknown.status, unknown.fields.has('x-pipelock-block-reason')]).toEqual([404, false])
    expect(h.commits).toHaveLength(0)
    const post = await ask(h, 'POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab')
    expect([post.status, post.fields.get('allow'), post.fields.get('x-pipelock-block-reason')]).toEqual([
      405,
      'GET, HEAD',
      'bad_request',
    ])
    const trace = await ask(h, 'TRACE /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect([trace.status, trace.fields.get('allow')]).toEqual([405, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'])
    expect(h.commits).toHaveLength(2)
  })

  test.each([
    ['Host: localhost:8888\r\nOrigin: http://localhost:3000', 403],
    ['Host: 127.0.0.1:8888\r\nSec-Fetch-Site: same-origin', 200],
    ['Host: 10.1.2.3:8888\r\nOrigin: http://10.1.2.3:8888', 200],
    ['Host: pipelock.cluster.local', 421],
    ['Host: localhost\r\nOrigin: https://evil.test', 403],
    ['Host: localhost\r\nOrigin: null', 403],
    ['Host: localhost\r\nSec-Fetch-Site: cross-site', 403],
    ['Host: evil.test\r\nSec-Fetch-Mode: cors', 421],
    ['Host: evil.test:8888\r\nOrigin: http://evil.test:8888', 421],
  ])('browser guard: %j', async (fields, status) => {
    const h = await harness({routes})
    const response = await ask(h, `GET /health HTTP/1.1\r\n${fields}\r\n\r\n`)
    expect(response.status).toBe(status)
    if (status !== 200) expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('browser_guard')
  })
})

describe('stop', () => {
  test('lets a running exchange end and announces the close', async () => {
    const h = await harness()
    let finish: (() => void) | undefined
    const o = await origin((_request, res) => {
      finish = () => res.end('late')
    })
    const c = await client(h)
    const idle = await client(h)
    c.send(get(o))
    while (!finish) await new Promise((resolve) => setImmediate(resolve))
    const stopped = h.server.close(5_000)
    expect(await idle.end()).toBe('')
    finish()
    const response = await c.response()
    expect(response.body.toString()).toBe('late')
    expect(response.fields.get('connection')).toBe('close')
    await stopped
    expect(h.server.openConnections).toBe(0)
    await expect(RawClient.open(h.port)).rejects.toThrow()
  })

  test('ends exchanges that do not end by themselves', async () => {
    const h = await harness()
    const o = await startRawOrigin(() => {})
    open.push(o)
    const c = await client(h)
    c.send(get(o))
    while (o.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await h.server.close(50)
    expect(await c.end()).toBe('')
  })
})
