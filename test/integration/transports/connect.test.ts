// CONNECT through a real listener: opening, refusals, decisions on the first bytes, and the end of tunnels.
import {createServer as createTlsServer, connect as tlsConnect} from 'node:tls'
import type {AddressInfo} from 'node:net'
import {afterEach, describe, expect, test} from 'vitest'
import {finding, startHarness, type Harness, type HarnessOptions} from '../../support/harness.js'
import {closed, startOrigin, startRawOrigin, type Origin, type RawOrigin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {CERT, KEY} from '../../support/tls.js'
import {clientHello} from '../../support/client-hello.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})
async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const h = await startHarness({...options, limits: {lingerMs: 100, firstBytesMs: 150, ...options.limits}})
  open.push(h)
  return h
}
/** Echoes its input. */
async function echo(): Promise<RawOrigin> {
  const o = await startRawOrigin((socket) => void socket.pipe(socket), {halfOpen: true})
  open.push(o)
  return o
}
async function tunnel(h: Harness, authority: string, first: string | Buffer = ''): Promise<RawClient> {
  const c = await RawClient.open(h.port)
  open.push(c)
  c.send(`CONNECT ${authority} HTTP/1.1\r\nHost: whatever\r\n\r\n`)
  if (first.length > 0) c.send(first)
  return c
}
const OK = 'HTTP/1.1 200 Connection Established\r\n\r\n'
/** The tunnel is open: consumes exactly this response. */
async function established(c: RawClient): Promise<void> {
  const text = await c.until((t) => t.length >= OK.length)
  expect(text.startsWith(OK)).toBe(true)
}
const after = (c: RawClient): string => c.text.slice(OK.length)

describe('opening', () => {
  test('relays bytes received with the head, and later ones', async () => {
    const [h, o] = [await harness(), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`, '\x00binary')
    await established(c)
    await c.until(() => after(c) === '\x00binary')
    c.send(' more')
    await c.until(() => after(c) === '\x00binary more')
    expect(h.commits.map((e) => [e.x.transport, e.x.method, e.x.rawTarget, e.x.target?.rawPath])).toEqual([
      ['connect', 'CONNECT', `https://site.test:${o.port}/`, '/'],
    ])
    expect(h.server.openTunnels).toBe(1)
    c.finish()
    await c.end()
    await h.observed(1)
    expect(h.ends[0]?.end).toMatchObject({status: 200, requestBytes: 12, responseBytes: 12})
    expect(h.events).toEqual(['opened', 'first:not_tls', 'closed'])
    expect(h.server.openTunnels).toBe(0)
  })

  test('port 443 is the default and not spelt in the URL', async () => {
    const h = await harness({refuse: () => ({})})
    for (const target of ['site.test', 'site.test:443']) {
      await (await tunnel(h, target)).response()
    }
    expect(h.commits.map((e) => e.x.rawTarget)).toEqual(['https://site.test/', 'https://site.test/'])
  })

  test('an integer address is judged as the address', async () => {
    const h = await harness({refuse: () => ({layer: 'ssrf', reason: 'ssrf_private_ip'})})
    const response = await (await tunnel(h, '2130706433:443')).response()
    expect(response.status).toBe(403)
    expect(h.commits[0]?.x.target?.host).toBe('127.0.0.1')
  })

  test('a refusal is text, closes, and dials nothing', async () => {
    const o = await echo()
    for (const asyncCommit of [false, true]) {
      const h = await harness({asyncCommit, asyncDestination: asyncCommit, refuse: () => ({detail: 'domain blocked'})})
      const c = await tunnel(h, `site.test:${o.port}`, 'early bytes')
      const response = await c.response()
      expect(response.status).toBe(403)
      expect(response.body.toString()).toBe('CONNECT blocked: domain blocked\n')
      expect(response.fields.get('content-type')).toBe('text/plain; charset=utf-8')
      expect(response.fields.get('x-content-type-options')).toBe('nosniff')
      expect(response.fields.get('connection')).toBe('close')
      expect(await c.end()).toBe('')
      await h.observed(1)
      expect([h.commits.length, h.ends.length, h.ends[0]?.end.status]).toEqual([1, 1, 403])
      expect(o.connections()).toBe(0)
    }
  })

  test('a closed port: 502 without block headers', async () => {
    const h = await harness()
    const o = await echo()
    await o.close()
    const response = await (await tunnel(h, `site.test:${o.port}`)).response()
    expect([response.status, response.body.toString()]).toEqual([502, 'tunnel dial failed\n'])
    expect(response.fields.has('x-pipelock-block-reason')).toBe(false)
    await h.observed(1)
    expect(h.commits[0]?.decision.action).toBe('allow')
  })

  test('our own listener: refused', async () => {
    const h = await harness({isOwnListener: () => true})
    const response = await (await tunnel(h, 'site.test:8888')).response()
    expect(response.fields.get('x-pipelock-block-reason')).toBe('ssrf_private_ip')
  })

  test("one tunnel beyond the client's quarter: 503", async () => {
    const h = await harness({shares: {tunnels: 8}})
    const o = await echo()
    for (let i = 0; i < 2; i++) await established(await tunnel(h, `site.test:${o.port}`))
    const c = await tunnel(h, `site.test:${o.port}`)
    const response = await c.response()
    expect([response.status, response.body.toString()]).toEqual([503, 'too many active tunnels\n'])
    expect(response.fields.get('x-pipelock-block-reason')).toBe('rate_limit')
    expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('connection_limit')
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'allow', 'block'])
  })

  test('a client that leaves during the decision keeps its receipt', async () => {
    let commit: (() => void) | undefined
    const h = await harness({hooks: {commit: () => new Promise<void>((resolve) => (commit = resolve))}})
    const o = await echo()
    const c = await tunnel(h, `site.test:${o.port}`)
    while (!commit) await new Promise((resolve) => setImmediate(resolve))
    c.close()
    commit()
    await h.observed(1)
    expect(h.ends).toHaveLength(1)
    expect(h.server.openTunnels).toBe(0)
    expect(h.server.openConnections).toBe(0)
  })

  test('counts hosts that speak WebSocket', async () => {
    const h = await harness({settings: {redirectWebsocketHosts: ['*.site.test']}})
    const o = await echo()
    await established(await tunnel(h, `ws.site.test:${o.port}`))
    await established(await tunnel(h, `other.test:${o.port}`))
    expect(h.events.filter((e) => e === 'hint')).toHaveLength(1)
  })
})

describe('first bytes', () => {
  test('a server that speaks first is relayed', async () => {
    const h = await harness()
    const o = await startRawOrigin((socket) => {
      socket.write('SSH-2.0-test\r\n')
      socket.on('data', (chunk) => socket.write(`got ${chunk.toString()}`))
    })
    open.push(o)
    const c = await tunnel(h, `site.test:${o.port}`)
    await c.until(() => after(c) === 'SSH-2.0-test\r\n')
    c.send('SSH-2.0-client\r\n')
    await c.until(() => after(c).endsWith('got SSH-2.0-client\r\n'))
    expect(h.events).toContain('first:not_tls')
  })

  test('TLS with the right name is relayed end to end', async () => {
    const server = createTlsServer({cert: CERT, key: KEY}, (socket) => void socket.pipe(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({close: () => new Promise((resolve) => server.close(resolve))})
    const {port} = server.address() as AddressInfo
    const h = await harness()
    const c = await tunnel(h, `site.test:${port}`)
    await established(c)
    c.socket.removeAllListeners('data')
    const tls = tlsConnect({socket: c.socket, servername: 'site.test', ca: [CERT]})
    tls.on('error', () => {})
    await new Promise((resolve) => tls.once('secureConnect', resolve))
    tls.write('hello')
    expect(String(await new Promise((resolve) => tls.once('data', resolve)))).toBe('hello')
    tls.destroy()
    expect(h.events).toContain('first:match')
  })

  test.each([
    ['same name', {serverName: 'site.test'}, 'match'],
    ['other case and a trailing dot', {serverName: 'SITE.test.'}, 'match'],
    ['no name', {}, 'no_extension'],
  ])('%s passes', async (_name, options, category) => {
    const [h, o] = [await harness(), await echo()]
    const hello = clientHello(options)
    const c = await tunnel(h, `site.test:${o.port}`, hello)
    await c.until(() => after(c).length === hello.length)
    expect(Buffer.from(after(c), 'latin1').equals(hello)).toBe(true)
    expect(h.events).toContain(`first:${category}`)
  })

  test('a hello cut into single bytes and into many records passes unchanged', async () => {
    const [h, o] = [await harness({limits: {firstBytesMs: 5_000}}), await echo()]
    const hello = clientHello({serverName: 'site.test', recordBytes: 7})
    const c = await tunnel(h, `site.test:${o.port}`)
    await established(c)
    for (const byte of hello) {
      c.send(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await c.until(() => after(c).length === hello.length)
    expect(h.events).toContain('first:match')
  })

  test.each([
    ['another name', clientHello({serverName: 'evil.test'}), 'authority_mismatch', 'sni_mismatch', 'mismatch'],
    [
      'a name in split records',
      clientHello({serverName: 'evil.test', recordBytes: 9}),
      'authority_mismatch',
      'sni_mismatch',
      'mismatch',
    ],
    [
      'an outer name of ECH',
      clientHello({serverName: 'cover.test', ech: true}),
      'authority_mismatch',
      'sni_mismatch',
      'mismatch',
    ],
    ['another message', Buffer.from('1603010005020000010000', 'hex'), 'parse_error', 'first_bytes', 'malformed_tls'],
    ['a record of another version', Buffer.from('1605010005', 'hex'), 'parse_error', 'first_bytes', 'malformed_tls'],
    ['an empty record', Buffer.from('160301000016', 'hex'), 'parse_error', 'first_bytes', 'malformed_tls'],
  ])('%s: closed after 200, with a second receipt', async (_name, bytes, reason, layer, category) => {
    for (const asyncCommit of [false, true]) {
      const h = await harness({asyncCommit})
      const o = await echo()
      const c = await tunnel(h, `site.test:${o.port}`, bytes)
      await c.end()
      expect(c.text).toBe(OK)
      expect(o.received.join('')).toBe('')
      await h.observed(1)
      const [first, second] = h.commits
      expect(h.commits).toHaveLength(2)
      expect(first?.decision.action).toBe('allow')
      expect(second?.x.id).toBe(first?.x.id)
      expect(second?.decision.cause).toMatchObject({reason, layer, action: 'block'})
      expect(second?.decision.cause?.detail).toMatch(/^connect_late/)
      expect(h.ends).toHaveLength(1)
      expect(h.ends[0]?.decision.action).toBe('block')
      expect(h.events).toContain(`first:${category}`)
    }
  })

  test('an IP address with a name in the SNI is a mismatch', async () => {
    const [h, o] = [await harness(), await echo()]
    const c = await tunnel(h, `127.0.0.1:${o.port}`, clientHello({serverName: 'evil.test'}))
    await c.end()
    expect(h.events).toContain('first:mismatch')
  })

  test('a hello that never completes: closed in time', async () => {
    const [h, o] = [await harness(), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`, clientHello({serverName: 'site.test'}).subarray(0, 20))
    await c.end()
    await h.observed(1)
    expect(h.commits[1]?.decision.cause).toMatchObject({reason: 'timeout', layer: 'first_bytes'})
    expect(h.events).toContain('first:timeout')
    expect(o.received.join('')).toBe('')
  })

  test('sni_verification: false skips the TLS verdict', async () => {
    const [h, o] = [await harness({settings: {sniVerification: false}}), await echo()]
    const hello = clientHello({serverName: 'evil.test'})
    const c = await tunnel(h, `site.test:${o.port}`, hello)
    await c.until(() => after(c).length === hello.length)
  })

  test('not enforced: recorded and passed', async () => {
    const [h, o] = [await harness({enforce: false}), await echo()]
    const hello = clientHello({serverName: 'evil.test'})
    const c = await tunnel(h, `site.test:${o.port}`, hello)
    await c.until(() => after(c).length === hello.length)
    c.close()
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
    expect(h.ends[0]?.decision.action).toBe('warn')
  })

  test('an HTTP/2 preface is closed', async () => {
    const [h, o] = [await harness(), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await c.end()
    expect(h.commits[1]?.decision.cause?.reason).toBe('not_enabled')
    expect(o.received.join('')).toBe('')
  })
})

describe('plain HTTP inside', () => {
  async function web(): Promise<Origin> {
    const o = await startOrigin()
    open.push(o)
    return o
  }

  test('every request is judged, a block leaves the tunnel usable', async () => {
    const h = await harness({
      refuse: (x) =>
        x.rawTarget.includes('secret') ? {layer: 'dlp', reason: 'dlp_match', detail: 'secret in URL'} : undefined,
    })
    const o = await web()
    const authority = `site.test:${o.port}`
    const c = await tunnel(h, authority, `GET /secret HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    await c.response(true)
    const blocked = await c.response()
    expect(blocked.status).toBe(403)
    expect(blocked.body.toString()).toBe('blocked: secret in URL\n')
    c.send(`GET /good HTTP/1.1\r\nHost: ${authority}\r\nX-Pipelock-Agent: other\r\n\r\n`)
    expect((await c.response()).body.toString()).toBe('ok GET /good')
    c.send(`GET http://${authority}/absolute HTTP/1.1\r\nHost: x\r\n\r\n`)
    expect((await c.response()).body.toString()).toBe('ok GET /absolute')
    expect(o.requests.map((r) => r.url)).toEqual(['/good', '/absolute'])
    expect(h.commits.map((e) => [e.x.transport, e.x.rawTarget, e.decision.action, e.x.agent.name])).toEqual([
      ['connect', `https://${authority}/`, 'allow', 'anonymous'],
      ['forward', `http://${authority}/secret`, 'block', 'anonymous'],
      ['forward', `http://${authority}/good`, 'allow', 'anonymous'],
      ['forward', `http://${authority}/absolute`, 'allow', 'anonymous'],
    ])
    expect(h.events).toEqual(['opened', 'first:http'])
    c.close()
    await h.observed(4)
    expect(h.events).toEqual(['opened', 'first:http', 'closed'])
  })

  test.each([
    ['another Host', (a: string) => `GET / HTTP/1.1\r\nHost: evil.test\r\nX: ${a}\r\n\r\n`],
    ['the name without the port', (_a: string) => 'GET / HTTP/1.1\r\nHost: site.test\r\n\r\n'],
    ['another authority in the target', (a: string) => `GET http://evil.test/ HTTP/1.1\r\nHost: ${a}\r\n\r\n`],
    ['https in the target', (a: string) => `GET https://${a}/ HTTP/1.1\r\nHost: ${a}\r\n\r\n`],
    ['CONNECT inside', (a: string) => `CONNECT ${a} HTTP/1.1\r\nHost: ${a}\r\n\r\n`],
  ])('%s: authority_mismatch', async (_name, request) => {
    const [h, o] = [await harness(), await web()]
    const authority = `site.test:${o.port}`
    const c = await tunnel(h, authority, request(authority))
    await c.response(true)
    const response = await c.response()
    expect(response.status).toBe(403)
    expect(response.fields.get('x-pipelock-block-reason')).toBe('authority_mismatch')
    expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('tls_authority_mismatch')
    expect(o.requests).toHaveLength(0)
  })

  test.each([
    ['two Host lines', 'Host: @\r\nHost: @', 400],
    ['gzip, chunked', 'Host: @\r\nTransfer-Encoding: gzip, chunked', 400],
    ['a WebSocket upgrade', 'Host: @\r\nUpgrade: websocket\r\nConnection: Upgrade', 403],
  ])('head checks apply inside: %s', async (_name, fields, status) => {
    const [h, o] = [await harness(), await web()]
    const authority = `site.test:${o.port}`
    const c = await tunnel(h, authority, `POST / HTTP/1.1\r\n${fields.replaceAll('@', authority)}\r\n\r\n`)
    await c.response(true)
    expect((await c.response()).status).toBe(status)
    expect(o.requests).toHaveLength(0)
  })

  test.each([
    '\r\n\r\nGET / HTTP/1.1\r\n',
    'get / http/1.0\r\n',
    'GET\t/ HTTP/1.1\r\n',
    'FROB x HTTP/1.1\r\n',
    'GET /',
  ])('%j is HTTP and is not relayed', async (bytes) => {
    const h = await harness({limits: {tunnelHeadMs: 100, checkIntervalMs: 20}})
    const o = await echo()
    const c = await tunnel(h, `site.test:${o.port}`, bytes)
    await c.end()
    expect(h.events).toContain('first:http')
    expect(o.received.join('')).toBe('')
  })

  test('half a head inside: 408', async () => {
    const [h, o] = [await harness({limits: {tunnelHeadMs: 100, checkIntervalMs: 20}}), await web()]
    const c = await tunnel(h, `site.test:${o.port}`, 'GET / HTTP/1.1\r\nHos')
    await c.response(true)
    expect((await c.response()).status).toBe(408)
  })

  test('the response at the end of its lifetime closes the connection', async () => {
    const [h, o] = [
      await harness({settings: {maxTunnelSeconds: 0.05}}),
      await startOrigin((_r, res) => setTimeout(() => res.end('x'), 80)),
    ]
    open.push(o)
    const authority = `site.test:${o.port}`
    const c = await tunnel(h, authority, `GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    await c.response(true)
    await c.response()
    c.send(`GET / HTTP/1.1\r\nHost: ${authority}\r\n\r\n`)
    const last = await c.response().catch(() => undefined)
    if (last) expect(last.fields.get('connection')).toBe('close')
    expect(await c.end()).toBe('')
  })
})

describe('ending', () => {
  test('half-close reaches the other side, and its response still arrives', async () => {
    const h = await harness()
    const o = await startRawOrigin(
      (socket, received) => {
        socket.on('end', () => setImmediate(() => socket.end(`after the end: ${received()}`)))
      },
      {halfOpen: true},
    )
    open.push(o)
    const c = await tunnel(h, `site.test:${o.port}`, 'data\n')
    await established(c)
    c.finish()
    await c.end()
    expect(after(c)).toBe('after the end: data\n')
    await h.observed(1)
  })

  test("bytes of the client after the server's end still arrive", async () => {
    const h = await harness()
    const o = await startRawOrigin((socket) => void socket.end('bye\n'), {halfOpen: true})
    open.push(o)
    const c = await tunnel(h, `site.test:${o.port}`)
    await c.until(() => after(c) === 'bye\n')
    await c.end()
    c.send('late\n').finish()
    await closed(o.sockets[0])
    expect(o.received.join('')).toBe('late\n')
  })

  test('idle in both directions: both sides are closed', async () => {
    const [h, o] = [await harness({settings: {idleTimeoutSeconds: 0.1}}), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`)
    await established(c)
    await c.end()
    await closed(o.sockets[0])
    await h.observed(1)
    expect(h.commits).toHaveLength(1)
    expect(h.ends[0]?.decision.action).toBe('allow')
  })

  test('over its lifetime: closed with a receipt and a hint', async () => {
    const [h, o] = [await harness({settings: {maxTunnelSeconds: 0.1}, mode: 'audit'}), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`, 'x\n')
    await established(c)
    await c.end()
    await h.observed(1)
    expect(h.commits.map((e) => e.decision.action)).toEqual(['allow', 'block'])
    expect(h.commits[1]?.decision.cause).toMatchObject({reason: 'timeout', layer: 'max_tunnel_seconds'})
    expect(h.commits[1]?.decision.cause?.hint).toContain('forward_proxy.max_tunnel_seconds')
    await closed(o.sockets[0])
  })

  test('a large transfer with back-pressure arrives whole', async () => {
    const h = await harness()
    const size = 20_000_000
    const o = await startRawOrigin((socket) => {
      let left = size
      const part = Buffer.alloc(100_000, 98)
      const more = (): void => {
        while (left > 0) {
          left -= part.length
          if (!socket.write(part)) return
        }
        socket.end()
      }
      socket.on('drain', more)
      more()
    })
    open.push(o)
    const c = await RawClient.open(h.port)
    open.push(c)
    let bytes = 0
    c.socket.removeAllListeners('data')
    c.socket.on('data', (chunk) => (bytes += chunk.length))
    c.socket.write(`CONNECT site.test:${o.port} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await c.end()
    expect(bytes).toBe(size + OK.length)
  })

  test('a server that resets ends the tunnel', async () => {
    const h = await harness()
    const o = await startRawOrigin((socket) => void socket.on('data', () => socket.resetAndDestroy()))
    open.push(o)
    const c = await tunnel(h, `site.test:${o.port}`, 'x\n')
    await c.end()
    await h.observed(1)
    expect(h.events.at(-1)).toBe('closed')
  })

  test('a stop closes tunnels when no request runs', async () => {
    const [h, o] = [await harness(), await echo()]
    const c = await tunnel(h, `site.test:${o.port}`, 'x\n')
    await c.until(() => after(c) === 'x\n')
    await h.server.close(5_000)
    await c.end()
    await h.observed(1)
    expect(h.server.openTunnels).toBe(0)
  })

  test('a finding of the contract decides after an allow of the scanners', async () => {
    const h = await harness({
      hooks: {
        contract: () => ({
          findings: [
            finding({authority: 'contract', layer: 'contract', reason: 'contract_default_deny', detail: 'no rule'}),
          ],
          outcome: undefined,
        }),
      },
    })
    const response = await (await tunnel(h, 'site.test:443')).response()
    expect([response.status, response.body.toString()]).toEqual([403, 'CONNECT blocked: no rule\n'])
  })
})
