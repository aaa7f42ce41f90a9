// The audit log of a running firewall: every event that this build can emit, with its fields.
import {afterEach, expect, test} from 'vitest'
import {clientHello} from '../../support/client-hello.js'
import {send, BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'
import {startOrigin, type Respond} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function firewall(text: string): Promise<TestFirewall> {
  const made = await startFirewall(text)
  open.push(made)
  return made
}

async function origin(respond?: Respond): Promise<number> {
  const made = await startOrigin(respond)
  open.push(made)
  return made.port
}

/** Stops the firewall, which flushes its log. */
async function eventsOf({firewall: f, log}: TestFirewall): Promise<Record<string, unknown>[]> {
  await f.stop('test over', 0)
  return log()
}

const named = (events: Record<string, unknown>[], name: string): Record<string, unknown>[] =>
  events.filter(({event}) => event === name)

async function tunnel(f: TestFirewall, port: number, bytes: Buffer | string): Promise<void> {
  const c = await RawClient.open(f.firewall.addresses().main.port)
  open.push(c)
  c.send(`CONNECT origin.example:${port} HTTP/1.1\r\nHost: origin.example\r\n\r\n`)
  await c.response(true)
  c.send(bytes).finish()
  await c.end()
}

test('a followed redirect names both addresses', async () => {
  const port = await origin(({url}, res) => void res.writeHead(url === '/a' ? 302 : 200, {location: '/b'}).end('x'))
  const f = await firewall(BASE)
  await send(f.firewall, `/fetch?url=http://origin.example:${port}/a`)
  expect(named(await eventsOf(f), 'redirect')).toMatchObject([
    {
      agent: 'anonymous',
      method: 'GET',
      client_ip: '127.0.0.1',
      original_url: `http://origin.example:${port}/a`,
      redirect_url: `http://origin.example:${port}/b`,
      hop: 1,
    },
  ])
})

test('a refused redirect is blocked, not followed', async () => {
  const port = await origin((_r, res) => void res.writeHead(302, {location: 'ftp://origin.example/'}).end())
  const f = await firewall(BASE)
  await send(f.firewall, `/fetch?url=http://origin.example:${port}/a`)
  const events = await eventsOf(f)
  expect(named(events, 'redirect')).toEqual([])
  expect(named(events, 'blocked')).toHaveLength(1)
})

test('a tunnel is opened and closed', async () => {
  const port = await origin()
  const f = await firewall(BASE)
  await tunnel(f, port, 'GET / HTTP/1.0\r\n\r\n')
  const common = {method: 'CONNECT', target: `origin.example:${port}`, agent: 'anonymous', client_ip: '127.0.0.1'}
  const events = await eventsOf(f)
  expect(named(events, 'tunnel_open')).toMatchObject([{...common, message: 'tunnel opened'}])
  expect(named(events, 'tunnel_close')).toMatchObject([common])
})

test('include_allowed: false suppresses allowed requests, tunnels included', async () => {
  const port = await origin()
  const f = await firewall(BASE.replace('file: audit.log', 'file: audit.log, include_allowed: false'))
  await tunnel(f, port, 'GET / HTTP/1.0\r\n\r\n')
  await send(f.firewall, `http://origin.example:${port}/`)
  const events = await eventsOf(f)
  expect(events.map(({event}) => event)).toEqual(['startup', 'shutdown'])
})

test('a ClientHello for another host names both', async () => {
  const port = await origin()
  const f = await firewall(BASE)
  await tunnel(f, port, clientHello({serverName: 'evil.example'}))
  const events = await eventsOf(f)
  expect(named(events, 'sni_mismatch')).toMatchObject([
    {
      level: 'warn',
      target: `origin.example:${port}`,
      connect_host: 'origin.example',
      sni_host: 'evil.example',
      category: 'mismatch',
      mitre_technique: 'T1090.004',
      message: 'SNI verification failed',
    },
  ])
})

test('an unreachable origin is an error of the request', async () => {
  const port = 1 // no listener
  const f = await firewall(BASE)
  await send(f.firewall, `http://origin.example:${port}/f`)
  await send(f.firewall, `/fetch?url=http://origin.example:${port}/g`)
  await tunnel(f, port, '')
  const errors = named(await eventsOf(f), 'error')
  expect(errors).toMatchObject([
    {level: 'error', url: `http://origin.example:${port}/f`, error: 'connection refused', message: 'request error'},
    {url: `http://origin.example:${port}/g`, error: 'fetch failed: connection refused'},
    {target: `origin.example:${port}`, error: 'connection refused'},
  ])
})

test('a report-only pattern is reported and counted, and blocks nothing', async () => {
  const port = await origin()
  const pattern = '{name: Soft, regex: "softsecret[0-9]+", severity: low, action: warn}'
  const f = await firewall(`${BASE}dlp: {patterns: [${pattern}]}\n`)
  expect((await send(f.firewall, `http://origin.example:${port}/softsecret1`)).status).toBe(200)
  expect((await send(f.firewall, '/metrics')).body).toContain(
    'pipelock_dlp_warn_matches_total{pattern="Soft",transport="forward"} 1',
  )
  const events = await eventsOf(f)
  expect(named(events, 'dlp_warn')).toMatchObject([{pattern: 'Soft', severity: 'low', transport: 'forward'}])
  expect(JSON.stringify(events)).not.toContain('softsecret1')
})

test('a name that does not exist differs from a failing resolver', async () => {
  const f = await firewall(BASE)
  await send(f.firewall, 'http://nowhere.invalid/')
  expect(named(await eventsOf(f), 'blocked')).toMatchObject([
    {scanner: 'dns', display_label: expect.stringMatching(/^dns_/)},
  ])
})
