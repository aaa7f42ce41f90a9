// Tunnels that are opened, through a real listener with a real TLS client and origin: what is served inside, under which name,
// and how a tunnel ends that cannot be opened.
import type {RequestListener} from 'node:http'
import {createServer} from 'node:https'
import type {AddressInfo, Socket} from 'node:net'
import {Duplex} from 'node:stream'
import {connect as tlsConnect, type ConnectionOptions, type SecureContext, type TLSSocket} from 'node:tls'
import {afterEach, describe, expect, test} from 'vitest'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {testInterceptor, type TestInterceptor} from '../../support/interception.js'
import {startRawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT, KEY} from '../../support/tls.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

interface Setup {
  readonly h: Harness
  readonly interceptor: TestInterceptor
}

async function harness(options: HarnessOptions & {readonly closed?: readonly string[]} = {}): Promise<Setup> {
  const interceptor = await testInterceptor(options.closed)
  const limits = {lingerMs: 100, firstBytesMs: 200, ...options.limits}
  const h = await startHarness({ca: [CERT], interceptor, ...options, limits})
  open.push(h)
  return {h, interceptor}
}

interface SecureOrigin {
  readonly port: number
  readonly connections: () => number
}

const describeRequest: RequestListener = (req, res) => {
  const parts: Buffer[] = []
  req.on('data', (part: Buffer) => parts.push(part))
  req.on('end', () => res.end(`ok ${req.method} ${req.url} ${req.headers.host} ${Buffer.concat(parts).length}`))
}

async function origin(listener: RequestListener = describeRequest): Promise<SecureOrigin> {
  let connections = 0
  const server = createServer({cert: CERT, key: KEY}, listener)
  server.on('connection', () => connections++)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  })
  return {port: (server.address() as AddressInfo).port, connections: () => connections}
}

async function tunnel(h: Harness, authority: string): Promise<RawClient> {
  const client = await RawClient.open(h.port)
  open.push(client)
  client.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
  expect((await client.response(true)).status).toBe(200)
  return client
}

async function secure(client: RawClient, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = client.detach()
  const tls = tlsConnect({servername: 'site.test', ...options, socket})
  await new Promise<void>((resolve, reject) => {
    tls.once('error', reject)
    tls.once('close', () => reject(new Error('closed in the handshake')))
    tls.once('secureConnect', () => resolve())
  })
  return tls
}

/** An opened tunnel to the host of the origin's certificate. */
async function inside({h, interceptor}: Setup, port: number, options: ConnectionOptions = {}): Promise<RawClient> {
  const client = await tunnel(h, `site.test:${port}`)
  const tls = RawClient.of(await secure(client, {ca: interceptor.ca, ...options}))
  open.push(tls)
  return tls
}

/** The socket of a client that has sent its greeting, and does nothing with the answer. */
async function greeted({h}: Setup, options: ConnectionOptions): Promise<Socket> {
  const client = await tunnel(h, 'site.test:443')
  const socket = client.detach()
  const oneWay = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
  })
  const tls = tlsConnect({socket: oneWay, servername: 'site.test', ...options})
  tls.on('error', () => undefined)
  open.push({close: () => tls.destroy()})
  return socket
}

const get = (port: number, path = '/', host = `site.test:${port}`): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`

const decisions = (h: Harness): readonly string[] =>
  h.commits.map(({x, decision}) => `${x.transport} ${x.method} ${x.rawTarget} ${decision.action}`)

describe('inside', () => {
  test('every request is judged with its whole URL, over one connection to the origin', async () => {
    const setup = await harness()
    const o = await origin()
    const client = await inside(setup, o.port)
    expect(o.connections()).toBe(0)
    for (const path of ['/a?b=1', '/c']) {
      client.send(get(o.port, path))
      const response = await client.response()
      expect(response.body.toString()).toBe(`ok GET ${path} site.test:${o.port} 0`)
    }
    const url = `https://site.test:${o.port}`
    expect(decisions(setup.h)).toEqual([
      `connect CONNECT ${url}/ allow`,
      `intercept GET ${url}/a?b=1 allow`,
      `intercept GET ${url}/c allow`,
    ])
    expect(o.connections()).toBe(1)
    expect(setup.interceptor.issued).toEqual(['site.test'])
    client.close()
    await setup.h.observed(3)
    expect(setup.h.events).toEqual(['opened', 'first:match', 'intercept:intercepted', 'closed'])
    const ends = setup.h.ends.map(({x, end}) => [x.transport, end.status])
    expect(setup.h.logs.filter(({event}) => event === 'anomaly')).toEqual([])
    expect(ends.toSorted()).toEqual([
      ['connect', 200],
      ['intercept', 200],
      ['intercept', 200],
    ])
  })

  test('bytes arrive unchanged in both directions, and the tunnel counts them', async () => {
    const setup = await harness()
    const sent = Buffer.alloc(300_000, 'sent ')
    const o = await origin((req, res) => void req.pipe(res))
    const client = await inside(setup, o.port)
    client.send(`POST / HTTP/1.1\r\nHost: site.test:${o.port}\r\nContent-Length: ${sent.length}\r\n\r\n`)
    client.send(sent)
    expect((await client.response()).body.equals(sent)).toBe(true)
    client.close()
    await setup.h.observed(2)
    const end = setup.h.ends.find(({x}) => x.transport === 'connect')?.end
    expect(end?.requestBytes).toBeGreaterThan(sent.length)
    expect(end?.responseBytes).toBeGreaterThan(sent.length)
  })

  test('a refused request leaves the tunnel usable', async () => {
    const setup = await harness({refuse: (x) => (x.target?.path === '/no' ? {detail: 'refused path'} : undefined)})
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(get(o.port, '/no'))
    const refused = await client.response()
    expect([refused.status, refused.body.toString()]).toEqual([403, 'blocked: refused path\n'])
    expect(o.connections()).toBe(0)
    client.send(get(o.port, '/yes'))
    expect((await client.response()).status).toBe(200)
  })

  test('a redirect is judged and never followed, even where the forward proxy follows', async () => {
    const setup = await harness({
      settings: {followRedirects: true},
      refuse: (x) => (x.target?.host === 'bad.test' ? {detail: 'bad host'} : undefined),
    })
    const o = await origin((req, res) => {
      res.writeHead(302, {location: req.url === '/bad' ? 'https://bad.test/' : '/next'})
      res.end()
    })
    const client = await inside(setup, o.port)
    client.send(get(o.port, '/good'))
    const good = await client.response()
    expect([good.status, good.fields.get('location')]).toEqual([302, '/next'])
    client.send(get(o.port, '/bad'))
    const bad = await client.response()
    expect([bad.status, bad.body.toString()]).toEqual([403, 'blocked: redirect: bad host\n'])
  })

  test('an upgrade to WebSocket is refused', async () => {
    const setup = await harness()
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(
      `GET /chat HTTP/1.1\r\nHost: site.test:${o.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    const response = await client.response()
    expect([response.status, response.fields.get('x-pipelock-block-reason')]).toEqual([403, 'not_enabled'])
    expect(o.connections()).toBe(0)
  })

  test('a response that ends early is cut for the client too', async () => {
    const setup = await harness()
    const o = await origin((_req, res) => {
      res.writeHead(200, {'content-length': '1000'})
      res.write('a part', () => res.destroy())
    })
    const client = await inside(setup, o.port)
    client.send(get(o.port))
    await expect(client.response()).rejects.toThrow(/ended inside/)
  })

  test('after the lifetime of the tunnel a response is the last one', async () => {
    const setup = await harness({settings: {maxTunnelSeconds: 0.3}})
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(get(o.port))
    const first = await client.response()
    for (let last = first; last.fields.get('connection') !== 'close';) {
      client.send(get(o.port))
      last = await client.response()
      expect(last.status).toBe(200)
    }
    await client.end()
  })

  test.each([
    ['an expectation without a body', 'GET / HTTP/1.1\r\nExpect: 100-continue', 1],
    ['a body without a length in HTTP/1.0', 'GET / HTTP/1.0\r\nConnection: keep-alive', 2],
  ])('behind the last response of a connection no request is served: %s', async (_, head, parts) => {
    const setup = await harness()
    const o = await origin((_req, res) => {
      for (let i = 1; i < parts; i++) res.write('part')
      res.end('end')
    })
    const client = await inside(setup, o.port)
    client.send(`${head}\r\nHost: site.test:${o.port}\r\n\r\n${get(o.port, '/behind')}`)
    expect(await client.end()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*end$/i)
    expect(decisions(setup.h)).not.toContain(`intercept GET https://site.test:${o.port}/behind allow`)
  })

  test('an origin whose certificate is not trusted is a failure, not a verdict', async () => {
    const setup = await harness({ca: []})
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(get(o.port))
    const response = await client.response()
    expect([response.status, response.body.toString()]).toEqual([502, 'upstream error\n'])
    expect(response.fields.has('x-pipelock-block-reason')).toBe(false)
  })

  test('a policy that denies the host ends the tunnel', async () => {
    let denied = false
    const setup = await harness({refuse: () => (denied ? {detail: 'denied now'} : undefined)})
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(get(o.port))
    await client.response()
    denied = true
    setup.h.generation()
    setup.h.server.policyChanged()
    await client.end()
    await setup.h.observed(2)
    expect(decisions(setup.h).at(-1)).toBe(`connect CONNECT https://site.test:${o.port}/ block`)
  })
})

describe('the authority of a request inside', () => {
  const PORT = 'PORT'
  test.each([
    ['another host', `GET / HTTP/1.1\r\nHost: other.test:${PORT}\r\n\r\n`],
    ['another port', 'GET / HTTP/1.1\r\nHost: site.test:1\r\n\r\n'],
    ['the default port', 'GET / HTTP/1.1\r\nHost: site.test\r\n\r\n'],
    ['an absolute form with http', `GET http://site.test:${PORT}/ HTTP/1.1\r\nHost: site.test:${PORT}\r\n\r\n`],
    [
      'an absolute form with another host',
      `GET https://other.test:${PORT}/ HTTP/1.1\r\nHost: site.test:${PORT}\r\n\r\n`,
    ],
    ['a nested CONNECT', `CONNECT site.test:${PORT} HTTP/1.1\r\nHost: site.test:${PORT}\r\n\r\n`],
  ])('%s is refused', async (_, text) => {
    const setup = await harness()
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(text.replaceAll(PORT, String(o.port)))
    const {status, fields} = await client.response()
    expect([status, fields.get('x-pipelock-block-reason'), fields.get('x-pipelock-block-reason-layer')]).toEqual([
      403,
      'authority_mismatch',
      'tls_authority_mismatch',
    ])
    expect(o.connections()).toBe(0)
  })

  test.each([
    ['in capitals with a final dot', `GET / HTTP/1.1\r\nHost: SITE.test.:${PORT}\r\n\r\n`],
    ['in absolute form', `GET https://site.test:${PORT}/ HTTP/1.1\r\nHost: site.test:${PORT}\r\n\r\n`],
    ['absent in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
  ])('%s is that of the CONNECT', async (_, text) => {
    const setup = await harness()
    const o = await origin()
    const client = await inside(setup, o.port)
    client.send(text.replaceAll(PORT, String(o.port)))
    expect((await client.response()).body.toString()).toBe(`ok GET / site.test:${o.port} 0`)
  })
})

describe('the handshake', () => {
  test.each([
    [['http/1.1', 'h2'], 'h2'],
    [['h2'], 'h2'],
    [['http/1.1', 'spdy/3'], 'http/1.1'],
    [['http/1.0', 'http/1.1'], 'http/1.1'],
    [['http/1.0'], 'http/1.0'],
    [undefined, false],
  ])('of a client that offers %j chooses %j', async (ALPNProtocols, chosen) => {
    const setup = await harness()
    const o = await origin()
    const client = await tunnel(setup.h, `site.test:${o.port}`)
    const tls = await secure(client, {ca: setup.interceptor.ca, ...(ALPNProtocols && {ALPNProtocols})})
    expect(tls.alpnProtocol).toBe(chosen)
    tls.destroy()
  })

  test('of a client that offers only what is not served fails with an alert', async () => {
    const setup = await harness()
    const client = await tunnel(setup.h, 'site.test:443')
    await expect(secure(client, {ca: setup.interceptor.ca, ALPNProtocols: ['spdy/3']})).rejects.toThrow(/alert/i)
    await setup.h.observed(1)
    expect(setup.h.commits.at(-1)?.decision.cause).toMatchObject({layer: 'tls_handshake_error', rule: 'protocol'})
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('in %s', async (version) => {
    const setup = await harness()
    const o = await origin()
    const client = await inside(setup, o.port, {minVersion: version, maxVersion: version})
    client.send(get(o.port))
    expect((await client.response()).status).toBe(200)
  })

  test('with a client that rejects the certificate fails, with the remedy', async () => {
    const setup = await harness()
    const socket = await greeted(setup, {maxVersion: 'TLSv1.2'})
    await new Promise((answered) => socket.once('data', answered))
    const UNKNOWN_CA = Buffer.from('15030300020230', 'hex')
    socket.write(UNKNOWN_CA)
    await setup.h.observed(1)
    const cause = setup.h.commits.at(-1)?.decision.cause
    expect(cause).toMatchObject({layer: 'tls_handshake_error', reason: 'parse_error', rule: 'untrusted'})
    expect(cause?.detail).toContain('pipelock tls install-ca')
    expect(setup.h.events).toContain('intercept:handshake_error')
  })

  test('with a client that rejects the certificate and closes without an alert says so', async () => {
    const setup = await harness()
    const socket = await greeted(setup, {})
    await new Promise((answered) => socket.once('data', answered))
    socket.destroy()
    await setup.h.observed(1)
    const cause = setup.h.commits.at(-1)?.decision.cause
    expect(cause).toMatchObject({layer: 'tls_handshake_error', rule: 'closed'})
    expect(cause?.detail).toContain('pipelock tls install-ca')
  })

  /** A client that judges the certificate behind the handshake, as those of Node do. */
  async function distrusts(setup: Setup): Promise<void> {
    const ends = setup.h.ends.length
    const client = await tunnel(setup.h, 'site.test:443')
    const socket = client.detach()
    await expect(secure(client, {ca: CERT, maxVersion: 'TLSv1.2'})).rejects.toThrow()
    socket.destroy()
    await setup.h.observed(ends + 1)
  }

  /** A client that closes a tunnel behind the handshake, as browsers do with those opened ahead of need. */
  async function leavesUnused(setup: Setup, port: number, closing: () => void = () => undefined): Promise<void> {
    const ends = setup.h.ends.length
    const client = await tunnel(setup.h, `site.test:${port}`)
    // in TLS 1.2 the server completes the handshake before the client does
    const tls = await secure(client, {ca: setup.interceptor.ca, maxVersion: 'TLSv1.2'})
    closing()
    tls.end()
    await setup.h.observed(ends + 1)
  }

  const hints = ({h}: Setup): readonly unknown[] =>
    h.logs.filter(({event}) => event === 'anomaly').map(({fields}) => fields['reason'])
  const HINT = expect.stringContaining('pipelock tls install-ca') as unknown

  test('with a client that rejects the certificate after the handshake says so once', async () => {
    const setup = await harness()
    await distrusts(setup)
    expect(setup.h.logs.find(({event}) => event === 'anomaly')?.fields).toMatchObject({
      target: 'site.test:443',
      client_ip: '127.0.0.1',
    })
    await distrusts(setup)
    expect(hints(setup)).toEqual([HINT])
  })

  test('of a tunnel that a client opens ahead of need and leaves unused is no hint, while another is used', async () => {
    const setup = await harness()
    const o = await origin()
    const used = await inside(setup, o.port)
    used.send(get(o.port))
    await used.response()
    await leavesUnused(setup, o.port)
    used.close()
    await setup.h.observed(3)
    await leavesUnused(setup, o.port)
    expect(hints(setup)).toEqual([])
  })

  test('of a tunnel that a client keeps open for a while and leaves unused is no hint', async () => {
    let time = 0
    const setup = await harness({monotonic: () => time})
    await leavesUnused(setup, 443, () => {
      time += 2_000
    })
    expect(hints(setup)).toEqual([])
    await leavesUnused(setup, 443)
    expect(hints(setup)).toEqual([HINT])
  })

  test('with another server name is refused, and only recorded where nothing is enforced', async () => {
    const strict = await harness()
    const refused = await tunnel(strict.h, 'site.test:443')
    await expect(secure(refused, {ca: strict.interceptor.ca, servername: 'other.test'})).rejects.toThrow()
    await strict.h.observed(1)
    expect(strict.h.commits.at(-1)?.decision.cause).toMatchObject({layer: 'sni_mismatch'})
    expect(strict.interceptor.issued).toEqual([])

    const lax = await harness({enforce: false})
    const o = await origin()
    const client = await tunnel(lax.h, `site.test:${o.port}`)
    const tls = await secure(client, {
      ca: lax.interceptor.ca,
      servername: 'other.test',
      checkServerIdentity: (_host, certificate) => {
        expect(certificate.subjectaltname).toBe('DNS:site.test')
        return undefined
      },
    })
    tls.destroy()
  })

  test('fails where no certificate can be issued', async () => {
    const interceptor = {...(await testInterceptor()), contextFor: () => Promise.reject(new Error('no key'))}
    const {h} = await harness({interceptor})
    const client = await tunnel(h, 'site.test:443')
    await expect(secure(client, {ca: CERT})).rejects.toThrow()
    await h.observed(1)
    expect(h.commits.at(-1)?.decision.cause).toMatchObject({
      layer: 'tls_handshake_error',
      reason: 'pattern_unavailable',
    })
    expect(h.logs.find(({event}) => event === 'error')?.fields).toMatchObject({where: 'interception', error: 'no key'})
  })

  test('that throws costs its tunnel, not the process', async () => {
    const unusable: unknown = {}
    const interceptor = {...(await testInterceptor()), contextFor: () => Promise.resolve(unusable as SecureContext)}
    const {h} = await harness({interceptor})
    const client = await tunnel(h, 'site.test:443')
    await expect(secure(client, {ca: CERT})).rejects.toThrow()
    await h.observed(1)
    expect(h.logs.find(({event}) => event === 'error')?.fields).toMatchObject({where: 'connect'})
    await tunnel(h, 'site.test:443')
  })

  test('that is never completed ends', async () => {
    const setup = await harness({limits: {clientTlsMs: 100}})
    await greeted(setup, {})
    await setup.h.observed(1)
    const cause = setup.h.commits.at(-1)?.decision.cause
    expect(cause).toMatchObject({layer: 'tls_handshake_error', reason: 'timeout', rule: 'timeout'})
    expect(setup.h.events).toContain('intercept:deadline_error')
  })
})

describe('what is not TLS', () => {
  test('plain HTTP is served as such', async () => {
    const {h} = await harness()
    const o = await startRawOrigin((socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    open.push(o)
    const client = await tunnel(h, `site.test:${o.port}`)
    client.send(get(o.port, '/plain'))
    expect((await client.response()).body.toString()).toBe('ok')
    expect(decisions(h).at(-1)).toBe(`forward GET http://site.test:${o.port}/plain allow`)
  })

  test.each([
    ['another protocol', '\x00\x01binary', 'first_bytes', 'not_enabled'],
    ['text of another protocol', 'EHLO client.test\r\n', 'first_bytes', 'not_enabled'],
    ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'first_bytes', 'not_enabled'],
    ['silence', '', 'first_bytes', 'timeout'],
  ])('%s is not relayed', async (_, bytes, layer, reason) => {
    const {h} = await harness()
    const o = await startRawOrigin((socket) => void socket.write('220 hello\r\n'))
    open.push(o)
    const client = await tunnel(h, `site.test:${o.port}`)
    if (bytes !== '') client.send(bytes)
    expect(await client.end()).toBe('')
    await h.observed(1)
    expect(h.commits.at(-1)?.decision.cause).toMatchObject({layer, reason})
    expect(o.connections()).toBe(0)
  })
})

test('a host of the passthrough list is relayed unread, with its own certificate', async () => {
  const {h, interceptor} = await harness({closed: ['site.test']})
  const o = await origin()
  const client = await tunnel(h, `site.test:${o.port}`)
  const tls = await secure(client, {ca: CERT})
  const inner = RawClient.of(tls)
  open.push(inner)
  inner.send(get(o.port, '/unseen'))
  expect((await inner.response()).status).toBe(200)
  expect(decisions(h)).toHaveLength(1)
  expect(interceptor.issued).toEqual([])
  expect(h.events).toContain('intercept:passthrough')
  expect(h.logs.find(({event}) => event === 'tunnel_open')?.fields).toMatchObject({inspected: 'host-only'})
})

test('a finding in a head blocks before the origin is dialled', async () => {
  const setup = await harness({
    hooks: {
      inspect: (x, unit) =>
        unit.kind === 'head' && unit.direction === 'request' && x.headers.some(([, value]) => value === 'forbidden')
          ? [finding({layer: 'header_dlp', reason: 'dlp_match', detail: 'forbidden value'})]
          : [],
    },
  })
  const o = await origin()
  const client = await inside(setup, o.port)
  client.send(`GET / HTTP/1.1\r\nHost: site.test:${o.port}\r\nX-Value: forbidden\r\n\r\n`)
  expect((await client.response()).status).toBe(403)
  expect(o.connections()).toBe(0)
})
