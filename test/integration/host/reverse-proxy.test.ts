// The reverse proxy in a whole firewall, before a real service: where requests go, what clients get, which names its
// redirects have, and what ends it.
import {afterEach, describe, expect, test} from 'vitest'
import {BASE, receipts, send, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {startOrigin, type Origin, type Respond} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {upper} from '../../support/credentials.js'
import {connected, startWebSocketOrigin, upgrade, type Opened} from '../../support/websockets.js'
import {freePort} from '../../support/free-port.js'

const KEY = ['AK', 'IA', upper(16)].join('')

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function origin(respond?: Respond): Promise<Origin> {
  const started = await startOrigin(respond)
  open.push(started)
  return started
}

async function before(upstream: string, more = ''): Promise<TestFirewall> {
  const section = `reverse_proxy: {enabled: true, listen: "127.0.0.1:0", upstream: "${upstream}"}\n`
  const started = await startFirewall(`${BASE}${section}${more}`)
  open.push(started)
  return started
}

const portOf = ({firewall}: TestFirewall): number => firewall.addresses().reverse?.port ?? 0

async function raw(f: TestFirewall, head: string) {
  const client = await RawClient.open(portOf(f))
  open.push({close: () => client.close()})
  client.send(`${head}\r\n\r\n`)
  return client.response()
}

const UNAVAILABLE = {error: 'upstream unavailable', blocked: false, block_reason: '', direction: ''}

describe('where a request goes', () => {
  test('to the service, at any internal address, under its own name and with nothing that names the client', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const response = await raw(
      f,
      'GET /a/b?c=1 HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 10.0.0.1\r\nX-Own: 1',
    )
    expect([response.status, response.body.toString()]).toEqual([200, 'ok GET /a/b?c=1'])
    const [visited] = service.requests
    const fields = Object.fromEntries(
      (visited?.rawHeaders ?? []).flatMap((v, i, all) => (i % 2 ? [] : [[v, all[i + 1]]])),
    )
    expect(fields).toMatchObject({host: `127.0.0.1:${service.port}`, 'X-Own': '1'})
    expect(fields).not.toHaveProperty('X-Forwarded-For')
  })

  test('that the flags of the command name, over the file', async () => {
    const service = await origin()
    const overrides = {reverse: {upstream: `http://127.0.0.1:${service.port}`, listen: '127.0.0.1:0'}}
    const f = await startFirewall(`${BASE}reverse_proxy: {upstream: "http://10.0.0.1"}\n`, {overrides})
    open.push(f)
    expect((await raw(f, 'GET /a HTTP/1.1\r\nHost: a')).body.toString()).toBe('ok GET /a')
  })

  test.each([
    ['/x', '/base/x'],
    ['/x?q=/../y', '/base/x?q=/../y'],
    ['/../admin', '/base/admin'],
    ['/a/../../admin', '/base/admin'],
    ['/%2e%2e/admin', '/base/admin'],
    ['/', '/base/'],
  ])('%s under a base path is %s', async (path, expected) => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}/base/`)
    await raw(f, `GET ${path} HTTP/1.1\r\nHost: a`)
    expect(service.requests.map(({url}) => url)).toEqual([expected])
  })

  test('an absolute form names the path alone, whatever authority it has', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const response = await raw(f, 'GET http://169.254.169.254/latest?x HTTP/1.1\r\nHost: 169.254.169.254')
    expect(response.body.toString()).toBe('ok GET /latest?x')
  })

  test('own routes of the firewall belong to the service here', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    for (const path of ['/health', '/metrics', '/fetch?url=http://a/', '/ws']) {
      expect((await send(f.firewall, path, 'GET', portOf(f))).body).toBe(`ok GET ${path}`)
    }
  })

  test.each(['CONNECT origin.example:443', 'TRACE /', 'OPTIONS *'])('%s is refused', async (line) => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const response = await raw(f, `${line} HTTP/1.1\r\nHost: a`)
    expect([response.status, service.requests]).toEqual([405, []])
  })

  test('a service that is this process itself is refused, so that nothing loops', async () => {
    const port = await freePort()
    const f = await startFirewall(
      BASE.replace('127.0.0.1:0', `127.0.0.1:${port}`) +
        `reverse_proxy: {enabled: true, listen: "127.0.0.1:0", upstream: "http://127.0.0.1:${port}"}\n`,
    )
    open.push(f)
    const {status, body} = await send(f.firewall, '/health', 'GET', portOf(f))
    expect(status).toBe(403)
    expect(JSON.parse(body)).toMatchObject({blocked: true, direction: 'request'})
  })

  test('an agent does not reach the listener of the reverse proxy through the forward proxy', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    expect((await send(f.firewall, `http://origin.example:${portOf(f)}/`)).status).toBe(403)
  })
})

describe('redirects', () => {
  const redirecting: Respond = ({url}, res) => {
    const location = decodeURIComponent(url.slice(url.indexOf('?') + 1))
    res.writeHead(url.includes('/created') ? 201 : 302, {location}).end()
  }
  const SERVICE = 'http://origin.example:PORT'

  test.each([
    ['', `${SERVICE}/next?a=1#f`, 'http://shop.example/next?a=1#f'],
    ['', '/next', '/next'],
    ['', 'next', 'http://shop.example/next'],
    ['', '//origin.example:PORT/next', 'http://shop.example/next'],
    ['', `${SERVICE}//evil.example/x`, 'http://shop.example//evil.example/x'],
    ['/base', '/base/next', 'http://shop.example/next'],
    ['/base', `${SERVICE}/base`, 'http://shop.example/'],
    ['/base', `${SERVICE}/base/a/b`, 'http://shop.example/a/b'],
  ])('under the base path "%s" the service redirects to %s: %s', async (base, location, expected) => {
    const service = await origin(redirecting)
    const f = await before(`http://origin.example:${service.port}${base}`)
    const sent = location.replace('PORT', String(service.port))
    for (const path of ['/moved', '/created']) {
      const response = await raw(f, `GET ${path}?${encodeURIComponent(sent)} HTTP/1.1\r\nHost: shop.example`)
      expect(response.fields.get('location')).toBe(expected)
    }
  })

  test('a client without a name gets a path that names no other host', async () => {
    const service = await origin(redirecting)
    const f = await before(`http://origin.example:${service.port}`)
    const to = encodeURIComponent(`http://origin.example:${service.port}//evil.example/x`)
    const response = await raw(f, `GET /moved?${to} HTTP/1.0`)
    expect(response.fields.get('location')).toBe('/.//evil.example/x')
  })

  test.each([
    ['http://169.254.169.254/latest', 'ssrf_metadata'],
    ['http://10.1.2.3/', 'ssrf_private_ip'],
  ])('to %s is refused: %s', async (to, reason) => {
    const service = await origin(redirecting)
    const f = await before(`http://127.0.0.1:${service.port}`)
    const response = await raw(f, `GET /moved?${encodeURIComponent(to)} HTTP/1.1\r\nHost: a`)
    expect([response.status, response.fields.get('x-pipelock-block-reason')]).toEqual([403, reason])
    expect(response.fields.has('location')).toBe(false)
    expect(JSON.parse(response.body.toString())).toEqual({
      error: 'response blocked by pipelock',
      blocked: true,
      block_reason: 'redirect: the destination is an internal address',
      direction: 'response',
    })
  })
})

describe('what a client gets', () => {
  test.each([
    [`/p?k=${KEY}`, '', 'URL DLP: AWS Access Key ID'],
    ['/p', `X-Token: ${KEY}`, 'header DLP: AWS Access Key ID'],
  ])('a credential in %s %s', async (path, field, block_reason) => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const response = await raw(f, `GET ${path} HTTP/1.1\r\nHost: a${field && `\r\n${field}`}`)
    expect([response.status, service.requests]).toEqual([403, []])
    expect(JSON.parse(response.body.toString())).toEqual({
      error: 'blocked by pipelock',
      blocked: true,
      block_reason,
      direction: 'request',
    })
  })

  test('a credential in a body', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const body = JSON.stringify({key: KEY})
    const head = `POST /p HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
    const client = await RawClient.open(portOf(f))
    open.push({close: () => client.close()})
    client.send(`${head}\r\n\r\n${body}`)
    const response = await client.response()
    expect(service.requests).toEqual([])
    expect(JSON.parse(response.body.toString())).toMatchObject({block_reason: 'DLP: AWS Access Key ID'})
  })

  test('a service that does not listen is unavailable, without a verdict', async () => {
    const f = await before(`http://127.0.0.1:${await freePort()}`)
    const response = await raw(f, 'GET / HTTP/1.1\r\nHost: a')
    expect([response.status, JSON.parse(response.body.toString())]).toEqual([502, UNAVAILABLE])
    expect([...response.fields.keys()].filter((name) => name.startsWith('x-pipelock'))).toEqual([])
  })

  test('receipts and metrics name the reverse proxy', async () => {
    const service = await origin()
    const evidence = 'flight_recorder: {dir: evidence, require_receipts: true}\n'
    const f = await before(`http://127.0.0.1:${service.port}`, evidence)
    await raw(f, 'GET /a HTTP/1.1\r\nHost: a')
    await raw(f, `BREW /p?k=${KEY} HTTP/1.1\r\nHost: a`).catch(() => undefined)
    await raw(f, `PUT /p?k=${KEY} HTTP/1.1\r\nHost: a\r\nContent-Length: 0`)
    const {body} = await send(f.firewall, '/metrics')
    expect(body).toContain('pipelock_reverse_proxy_requests_total{method="GET",status="200"} 1')
    expect(body).toContain('pipelock_reverse_proxy_requests_total{method="PUT",status="403"} 1')
    expect(body).toContain('pipelock_reverse_proxy_scan_blocked_total{direction="request",reason="dlp_match"} 1')
    await f.firewall.stop()
    const written = receipts(f).map(({verdict, transport, target}) => [verdict, transport, target])
    expect(written).toContainEqual(['allow', 'reverse', `http://127.0.0.1:${service.port}/a`])
    expect(written.every(([, transport]) => transport === 'reverse')).toBe(true)
  })
})

describe('WebSockets', () => {
  const opened = async (f: TestFirewall): Promise<Opened> => {
    const socket = await connected(portOf(f))
    open.push({close: () => socket.destroy()})
    return upgrade(socket, {path: '/live', host: 'shop.example'})
  }

  test('are relayed to the service and judged', async () => {
    const service = await startWebSocketOrigin()
    open.push(service)
    const f = await before(`http://127.0.0.1:${service.port}`, 'websocket_proxy: {enabled: true}\n')
    const {peer} = await opened(f)
    expect(service.heads[0]).toContain(`GET /live HTTP/1.1\r\nHost: 127.0.0.1:${service.port}`)
    expect(await peer?.text('hello').until(1)).toEqual(['text hello'])
    expect((await peer?.text(`the key is ${KEY}`).end())?.at(-1)).toMatch(/^close 1008 .*dlp_match/)
  })

  test('are refused where the WebSocket proxy is off', async () => {
    const service = await origin()
    const f = await before(`http://127.0.0.1:${service.port}`)
    const refused = await opened(f)
    expect(refused.head).toMatch(/^HTTP\/1\.1 403 /)
    expect(service.requests).toEqual([])
  })
})

test('the kill switch denies its paths, those that the firewall exempts elsewhere included', async () => {
  const service = await origin()
  const f = await before(`http://127.0.0.1:${service.port}`, 'kill_switch: {enabled: true, health_exempt: true}\n')
  for (const path of ['/health', '/metrics', '/a']) {
    const {status, body} = await send(f.firewall, path, 'GET', portOf(f))
    expect([path, status, (JSON.parse(body) as {error: string}).error]).toEqual([path, 503, 'kill_switch_active'])
  }
  expect(service.requests).toEqual([])
})

test('stops with the firewall, and lets a running response end', async () => {
  let finish = (): void => undefined
  const service = await origin((_request, res) => {
    res.write('first ')
    finish = () => void res.end('last')
  })
  const f = await before(`http://127.0.0.1:${service.port}`, 'response_scanning: {enabled: false}\n')
  const running = send(f.firewall, '/slow', 'GET', portOf(f))
  await expect.poll(() => service.requests.length).toBe(1)
  const stopped = f.firewall.stop('test', 5_000)
  finish()
  expect((await running).body).toBe('first last')
  await stopped
  await expect(send(f.firewall, '/', 'GET', portOf(f))).rejects.toThrow()
})
