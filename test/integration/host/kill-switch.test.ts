// The kill switch of a running firewall: every source stops every surface, idle, in flight and streaming; the state outlives
// the process; its API tells nothing to strangers; and turning it back and forth under load hangs nothing.
import {chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {connect as connectHttp2} from 'node:http2'
import {createServer} from 'node:https'
import {connect as connectTls, type TLSSocket} from 'node:tls'
import {Agent, request as httpRequest, type ServerResponse} from 'node:http'
import {join} from 'node:path'
import {afterEach, describe, expect, test} from 'vitest'
import {createFirewall} from '../../../src/host/firewall.js'
import {createPorts} from '../../../src/host/ports.js'
import {BASE, receipts, send, startFirewall, type TestFirewall, type TestOptions} from '../../support/firewalls.js'
import {certificateOf, testAuthority} from '../../support/interception.js'
import {startOrigin, type Origin} from '../../support/origins.js'
import {RawClient} from '../../support/raw-socket.js'
import {connected, startWebSocketOrigin, upgrade, type WebSocketOrigin} from '../../support/websockets.js'

const TOKEN = 'kill-switch-test-token-1'
const DENIED = {error: 'kill_switch_active', message: 'Emergency deny-all active'}
const RECORDED = 'flight_recorder: {dir: evidence}\n'
/** A second process of the home directory cannot lock the evidence of the first. */
const UNRECORDED = 'flight_recorder: {enabled: false}\n'
const HOST = 'origin.example'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const item of open.splice(0).reverse()) await item.close()
})

async function firewall(sections: string, options: TestOptions = {}): Promise<TestFirewall> {
  const f = await startFirewall(`${BASE}websocket_proxy: {enabled: true}\n${sections}`, options)
  open.push(f)
  return f
}

async function origin(respond?: Parameters<typeof startOrigin>[0]): Promise<Origin> {
  const o = await startOrigin(respond)
  open.push(o)
  return o
}

const killSwitch = (f: TestFirewall) => f.firewall.services()['kill-switch']

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Record<string, unknown>
}

/** One request to the API. */
function api(
  port: number,
  path: string,
  {method = 'POST', headers = {}, body = ''}: {method?: string; headers?: Record<string, string>; body?: string} = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const all = {authorization: `Bearer ${TOKEN}`, ...headers}
    const req = httpRequest(
      {port, path: `/api/v1/killswitch${path}`, method, agent: new Agent(), headers: all},
      (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (part: string) => (text += part))
        res.on('end', () => {
          const parsed = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {text}
          resolve({status: res.statusCode ?? 0, headers: res.headers, body: parsed})
        })
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

const mainPort = (f: TestFirewall): number => f.firewall.addresses().main.port

/** Every way to turn it on. */
const SOURCES = {
  config: {
    sections: '',
    async on(f: TestFirewall) {
      f.rewrite(`${readFileSync(f.configPath, 'utf8')}kill_switch: {enabled: true}\n`)
      expect(await f.firewall.reload()).toMatchObject({status: 'success'})
    },
  },
  api: {
    sections: `kill_switch: {api_token: ${TOKEN}}\n`,
    async on(f: TestFirewall) {
      expect(await api(mainPort(f), '', {body: '{"active":true}'})).toMatchObject({
        status: 200,
        body: {active: true, source: 'api', effective: true},
      })
    },
  },
  signal: {
    sections: '',
    on: (f: TestFirewall) => Promise.resolve(f.firewall.killSignal()),
  },
  sentinel: {
    sections: 'kill_switch: {sentinel_file: stop}\n',
    async on(f: TestFirewall) {
      writeFileSync(join(f.folder, 'stop'), '')
      await expect.poll(() => killSwitch(f).active(), {timeout: 10_000}).toBe('sentinel')
    },
  },
} as const satisfies Readonly<Record<string, {sections: string; on(f: TestFirewall): Promise<unknown>}>>

type SourceName = keyof typeof SOURCES
const NAMES = Object.keys(SOURCES) as readonly SourceName[]

describe.each(NAMES)('%s', (name) => {
  const {sections, on} = SOURCES[name]

  test('denies new requests on every surface, and its receipt names the source', async () => {
    const f = await firewall(`${sections}${RECORDED}`)
    const o = await origin()
    const url = `http://${HOST}:${o.port}/a`
    expect((await send(f.firewall, url)).status).toBe(200)
    await on(f)
    for (const path of [url, `/fetch?url=${url}`, '/stats', '/', '/nothing', `/ws?url=ws://${HOST}:${o.port}/`]) {
      const {status, body, headers} = await send(f.firewall, path)
      expect([path, status, JSON.parse(body), headers['x-pipelock-block-reason']]).toEqual([
        path,
        503,
        DENIED,
        'kill_switch_active',
      ])
    }
    expect((await send(f.firewall, '/health')).status).toBe(200)
    expect(JSON.parse((await send(f.firewall, '/health')).body)).toMatchObject({kill_switch_active: true})
    const metrics = (await send(f.firewall, '/metrics')).body
    expect(metrics).toContain(`pipelock_kill_switch_active{source="${name}"} 1`)
    expect(metrics).toMatch(/pipelock_kill_switch_denials_total\{transport="forward",endpoint="forward"\} \d/)
    expect(o.requests).toHaveLength(1)
    await expect.poll(() => f.log().filter(({event}) => event === 'kill_switch_deny').length).toBeGreaterThan(3)
    expect(f.log().find(({event}) => event === 'kill_switch_deny')).toMatchObject({
      source: name,
      client_ip: '127.0.0.1',
    })
    await f.firewall.stop('test over', 100)
    expect(receipts(f).at(-1)).toMatchObject({verdict: 'block', layer: 'kill_switch', pattern: name})
  })

  test('ends a request whose response has not begun', async () => {
    const held: ServerResponse[] = []
    const f = await firewall(`${sections}${RECORDED}`)
    const o = await origin((_, res) => void held.push(res))
    const answered = send(f.firewall, `http://${HOST}:${o.port}/slow`)
    await expect.poll(() => held.length).toBe(1)
    await on(f)
    const {status, body} = await answered
    expect([status, JSON.parse(body)]).toEqual([503, DENIED])
    await expect.poll(() => held[0]?.destroyed).toBe(true)
  })

  test('ends a page of /fetch whose origin has not responded', async () => {
    const held: ServerResponse[] = []
    const f = await firewall(sections)
    const o = await origin((_, res) => void held.push(res))
    const answered = send(f.firewall, `/fetch?url=http://${HOST}:${o.port}/slow`)
    await expect.poll(() => held.length).toBe(1)
    await on(f)
    const {status, body} = await answered
    expect([status, JSON.parse(body)]).toEqual([503, DENIED])
  })

  test('cuts a download that is under way, and no further byte arrives', async () => {
    const streams: ServerResponse[] = []
    const f = await firewall(sections)
    const o = await origin((_, res) => {
      res.writeHead(200, {'content-type': 'text/event-stream'})
      res.write('data: first\n\n')
      streams.push(res)
    })
    const client = await RawClient.open(mainPort(f))
    client.send(`GET http://${HOST}:${o.port}/big HTTP/1.1\r\nHost: ${HOST}:${o.port}\r\n\r\n`)
    await client.until((text) => text.includes('first'))
    await on(f)
    streams[0]?.write('data: second\n\n')
    const text = await client.end()
    client.close()
    expect(text).not.toContain('second')
    expect(text.endsWith('0\r\n\r\n')).toBe(false)
    await expect.poll(() => streams[0]?.destroyed).toBe(true)
  })

  test('cuts an upload that is under way', async () => {
    const f = await firewall(`${sections}request_body_scanning: {enabled: false}\n`)
    const o = await origin()
    const client = await RawClient.open(mainPort(f))
    client.send(
      `POST http://${HOST}:${o.port}/up HTTP/1.1\r\nHost: ${HOST}:${o.port}\r\nContent-Length: 100\r\n\r\nhalf`,
    )
    await expect.poll(() => o.connections()).toBe(1)
    await on(f)
    const {status} = await client.response()
    client.close()
    expect(status).toBe(503)
    expect(o.requests).toEqual([])
  })

  test('cuts a tunnel', async () => {
    const f = await firewall(`${sections}${RECORDED}`)
    const o = await origin()
    const client = await RawClient.open(mainPort(f))
    client.send(`CONNECT ${HOST}:${o.port} HTTP/1.1\r\nHost: ${HOST}:${o.port}\r\n\r\n`)
    expect((await client.response(true)).status).toBe(200)
    await on(f)
    await client.end()
    client.close()
    await f.firewall.stop('test over', 100)
    expect(
      receipts(f)
        .filter(({transport}) => transport === 'connect')
        .at(-1),
    ).toMatchObject({verdict: 'block', layer: 'kill_switch'})
  })

  test('closes a WebSocket with 1008 and its reason', async () => {
    const f = await firewall(sections)
    const o: WebSocketOrigin = await startWebSocketOrigin()
    open.push(o)
    const socket = await connected(mainPort(f))
    open.push({close: () => socket.destroy()})
    const path = `/ws?url=ws://${HOST}:${o.port}/chat`
    const {peer, head} = await upgrade(socket, {path, host: `127.0.0.1:${mainPort(f)}`, fields: []})
    if (!peer) throw new Error(head)
    await on(f)
    const last = (await peer.end()).at(-1) ?? ''
    expect(last).toMatch(/^close 1008 \{"block_reason":"kill_switch_active"/)
    expect((await (await o.peer()).end()).at(-1)).toBe('close 1001')
  })
})

describe('inside opened tunnels', () => {
  interface Opened {
    readonly f: TestFirewall
    readonly held: ServerResponse[]
    readonly tls: TLSSocket
    readonly port: number
  }

  /** A tunnel that is opened, to an origin that responds to nothing. */
  async function tunnelled(protocol: string): Promise<Opened> {
    const [clients, origins] = await Promise.all([testAuthority(), testAuthority()])
    const held: ServerResponse[] = []
    const server = createServer(await certificateOf(HOST, origins), (_, res) => void held.push(res))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    open.push({close: () => (server.closeAllConnections(), server.close())})
    const {port} = server.address() as {port: number}
    const f = await firewall('tls_interception: {enabled: true, ca_cert: ca.pem, ca_key: ca-key.pem}\n', {
      files: {'ca.pem': clients.certificate, 'ca-key.pem': clients.key},
      transport: {ca: [origins.certificate]},
    })
    const client = await RawClient.open(mainPort(f))
    client.send(`CONNECT ${HOST}:${port} HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`)
    expect((await client.response(true)).status).toBe(200)
    const ca = clients.certificate
    const tls = connectTls({socket: client.detach(), servername: HOST, ca, ALPNProtocols: [protocol]})
    await new Promise((resolve, reject) => tls.once('secureConnect', resolve).once('error', reject))
    tls.on('error', () => undefined)
    // as clients do: the raw client keeps its half open
    tls.once('end', () => tls.destroy())
    return {f, held, tls, port}
  }

  test('cuts a request of HTTP/1.1 that is under way', async () => {
    const {f, held, tls, port} = await tunnelled('http/1.1')
    const inside = RawClient.of(tls)
    inside.send(`GET /health HTTP/1.1\r\nHost: ${HOST}:${port}\r\n\r\n`)
    await expect.poll(() => held.length).toBe(1)
    f.firewall.killSignal()
    await inside.end()
    expect(inside.text).not.toContain('200 OK')
    inside.close()
    await expect.poll(() => held[0]?.destroyed).toBe(true)
  })

  test('cuts a stream of HTTP/2 that is under way', async () => {
    const {f, held, tls, port} = await tunnelled('h2')
    const session = connectHttp2(`https://${HOST}:${port}`, {createConnection: () => tls})
    session.on('error', () => undefined)
    const stream = session.request({':path': '/health'})
    const statuses: (number | undefined)[] = []
    stream.on('response', (headers) => statuses.push(headers[':status']))
    const closed = new Promise<void>((done) =>
      stream
        .once('close', done)
        .on('error', () => undefined)
        .resume(),
    )
    await expect.poll(() => held.length).toBe(1)
    f.firewall.killSignal()
    await closed
    session.destroy()
    expect(statuses).not.toContain(200)
    await expect.poll(() => held[0]?.destroyed).toBe(true)
  })
})

describe('state over restarts', () => {
  const stateOf = (f: TestFirewall): string => join(f.folder, 'home', 'shared', 'kill_switch.json')

  async function again(f: TestFirewall): Promise<string | undefined> {
    const ports = createPorts({home: join(f.folder, 'home'), env: {}})
    const next = await createFirewall({source: {kind: 'file', path: f.configPath}, ports, watch: false})
    try {
      return next.services()['kill-switch'].active()
    } finally {
      await next.stop('test over', 0)
    }
  }

  test('API and signal are kept, in a file of their owner alone', async () => {
    const f = await firewall(UNRECORDED)
    for (const lever of ['api', 'signal'] as const) {
      killSwitch(f).turn(lever, true)
      expect(await again(f)).toBe(lever)
      killSwitch(f).turn(lever, false)
      expect(await again(f)).toBeUndefined()
    }
    expect(JSON.parse(readFileSync(stateOf(f), 'utf8'))).toEqual({
      version: 1,
      api: false,
      signal: false,
      updated_at: expect.any(String) as string,
    })
  })

  test.each<readonly [string, (path: string) => void]>([
    ['no JSON', (path) => writeFileSync(path, '{"version":1,', {mode: 0o600})],
    ['empty', (path) => writeFileSync(path, '', {mode: 0o600})],
    [
      'another version',
      (path) => writeFileSync(path, '{"version":2,"api":false,"signal":false,"updated_at":""}', {mode: 0o600}),
    ],
    [
      'a member of another type',
      (path) => writeFileSync(path, '{"version":1,"api":0,"signal":false,"updated_at":""}', {mode: 0o600}),
    ],
    ['a link', (path) => symlinkSync('/etc/hostname', path)],
    ['a folder', (path) => mkdirSync(path)],
    [
      'writable by others',
      (path) => {
        writeFileSync(path, '{"version":1,"api":false,"signal":false,"updated_at":""}')
        chmodSync(path, 0o666)
      },
    ],
  ])('a damaged file denies everything: %s', async (name, damage) => {
    const f = await firewall(UNRECORDED)
    mkdirSync(join(f.folder, 'home', 'shared'), {recursive: true})
    damage(stateOf(f))
    expect(await again(f)).toBe('api')
    await expect.poll(() => killSwitch(f).active(), {timeout: 10_000}).toBe('api')
    expect((await send(f.firewall, `http://${HOST}:9/`)).status).toBe(503)
    // an operator's word replaces a file, and nothing else
    if (name === 'a folder' || name === 'a link') return
    killSwitch(f).turn('api', false)
    expect(await again(f)).toBeUndefined()
  })

  test('removing the file of an active switch does not lift it', async () => {
    const f = await firewall(UNRECORDED)
    killSwitch(f).turn('api', true)
    rmSync(stateOf(f))
    await expect.poll(() => killSwitch(f).active(), {timeout: 2_000}).toBe('api')
    expect((await send(f.firewall, `http://${HOST}:9/`)).status).toBe(503)
  })

  test('two processes of one home directory share it', async () => {
    const f = await firewall(UNRECORDED)
    const ports = createPorts({home: join(f.folder, 'home'), env: {}})
    const other = await createFirewall({source: {kind: 'file', path: f.configPath}, ports, watch: false})
    await other.start()
    open.push({close: () => other.stop('test over', 0)})
    other.services()['kill-switch'].turn('api', true)
    await expect.poll(() => killSwitch(f).active(), {timeout: 10_000}).toBe('api')
    other.services()['kill-switch'].turn('api', false)
    await expect.poll(() => killSwitch(f).active(), {timeout: 10_000}).toBeUndefined()
  })

  test('state_file: off forgets', async () => {
    const f = await firewall(`${UNRECORDED}kill_switch: {state_file: off}\n`)
    killSwitch(f).turn('api', true)
    expect(await again(f)).toBeUndefined()
  })

  test('a reload keeps API and signal, and a rejected one does not lift the source config', async () => {
    const f = await firewall('kill_switch: {enabled: true}\n')
    f.firewall.killSignal()
    f.rewrite(`${BASE}kill_switch: {enabled: false}\nmode: nothing\n`)
    expect(await f.firewall.reload()).toMatchObject({status: 'failed'})
    expect(killSwitch(f).states()).toMatchObject({config: true, signal: true})
    f.rewrite(`${BASE}websocket_proxy: {enabled: true}\nkill_switch: {enabled: false}\n`)
    expect(await f.firewall.reload()).toMatchObject({status: 'success'})
    expect(killSwitch(f).states()).toMatchObject({config: false, signal: true})
  })
})

describe('sentinel', () => {
  test.each<readonly [string, (path: string) => void]>([
    ['a folder', (path) => mkdirSync(path)],
    ['a dangling link', (path) => symlinkSync('/nonexistent/target', path)],
  ])('%s counts as existing', async (_, make) => {
    const f = await firewall('kill_switch: {sentinel_file: stop}\n')
    make(join(f.folder, 'stop'))
    await expect.poll(() => killSwitch(f).active(), {timeout: 10_000}).toBe('sentinel')
  })

  test('a path that cannot be looked up counts as existing', async () => {
    const f = await firewall('kill_switch: {sentinel_file: pipelock.yaml/stop}\n')
    expect(killSwitch(f).active()).toBe('sentinel')
  })
})

describe('signal modes', () => {
  test('toggle turns it back and forth, activate_only only on, off not at all', async () => {
    const states: Record<string, readonly boolean[]> = {}
    for (const mode of ['toggle', 'activate_only', 'off']) {
      const f = await firewall(`kill_switch: {signal_mode: ${mode}}\n`)
      states[mode] = [0, 1].map(() => {
        f.firewall.killSignal()
        return killSwitch(f).states().signal
      })
    }
    expect(states).toEqual({toggle: [true, false], activate_only: [true, true], off: [false, false]})
  })
})

describe('API', () => {
  const withToken = (more = ''): string =>
    `kill_switch: {api_token: ${TOKEN}, read_token: kill-switch-read-token-1${more}}\n`

  test('status shows the sources, and a POST its own state', async () => {
    const f = await firewall(withToken(', message: "halt: ask ops"'))
    const port = mainPort(f)
    expect((await api(port, '/status', {method: 'GET'})).body).toEqual({
      active: false,
      sources: {config: false, api: false, signal: false, sentinel: false},
      message: 'halt: ask ops',
    })
    f.firewall.killSignal()
    expect((await api(port, '', {body: '{"active":false}'})).body).toEqual({
      active: false,
      source: 'api',
      effective: true,
      message: 'still active by signal',
    })
    expect((await api(port, '/status', {method: 'GET'})).body).toMatchObject({active: true, sources: {signal: true}})
  })

  test.each<readonly [string, Parameters<typeof api>[2], number, string]>([
    ['no token', {headers: {authorization: ''}}, 401, ''],
    ['a wrong token', {headers: {authorization: 'Bearer no'}}, 401, ''],
    [
      'the token for reading',
      {headers: {authorization: 'Bearer kill-switch-read-token-1'}, body: '{"active":true}'},
      401,
      '',
    ],
    ['another method', {method: 'GET'}, 405, ''],
    ['no body', {}, 400, ''],
    ['no JSON', {body: 'on'}, 400, ''],
    ['a missing member', {body: '{}'}, 400, ''],
    ['an unknown member', {body: '{"active":true,"force":true}'}, 400, ''],
    ['a member of another type', {body: '{"active":"true"}'}, 400, ''],
    ['two objects', {body: '{"active":true}{}'}, 400, ''],
    ['a body that is too long', {body: `{"active":true,"reason":"${'x'.repeat(1100)}"}`}, 400, ''],
    ['a page of another origin', {headers: {origin: 'https://evil.example'}, body: '{"active":true}'}, 403, ''],
    ['a page of this listener', {headers: {origin: 'http://localhost'}, body: '{"active":true}'}, 403, ''],
  ])('%s changes nothing', async (_, request, status) => {
    const f = await firewall(withToken())
    const reply = await api(mainPort(f), '', request)
    expect(reply.status).toBe(status)
    if (status === 401) expect(reply.headers['www-authenticate']).toBe('Bearer realm="pipelock"')
    expect(killSwitch(f).active()).toBeUndefined()
  })

  test('the token for reading reads', async () => {
    const f = await firewall(withToken())
    const headers = {authorization: 'Bearer kill-switch-read-token-1'}
    expect((await api(mainPort(f), '/status', {method: 'GET', headers})).status).toBe(200)
  })

  test('the eleventh change within a minute waits, and failures never lock the right token out', async () => {
    const f = await firewall(withToken())
    const statuses: number[] = []
    for (let i = 0; i < 25; i++)
      statuses.push((await api(mainPort(f), '', {headers: {authorization: 'Bearer no'}})).status)
    expect([statuses.slice(0, 20), statuses.slice(20)]).toEqual([Array(20).fill(401), Array(5).fill(429)])
    const changes: number[] = []
    for (let i = 0; i < 11; i++) changes.push((await api(mainPort(f), '', {body: '{"active":false}'})).status)
    expect([changes.slice(0, 10), changes[10]]).toEqual([Array(10).fill(200), 429])
  })

  test('without a token the main listener says so, and the file of the process leads to a port that serves', async () => {
    const f = await firewall('')
    expect((await api(mainPort(f), '', {body: '{"active":true}'})).status).toBe(503)
    const path = join(f.folder, 'home', 'run', 'admin.json')
    const {url, token} = JSON.parse(readFileSync(path, 'utf8')) as {url: string; token: string}
    const port = Number(new URL(url).port)
    const headers = {authorization: `Bearer ${token}`}
    expect((await api(port, '', {headers, body: '{"active":true}'})).status).toBe(200)
    expect((await api(port, '', {body: '{"active":false}'})).status).toBe(401)
    // the agent must not reach it through the proxy
    killSwitch(f).turn('api', false)
    const through = await send(f.firewall, `http://127.0.0.1:${port}/api/v1/killswitch/status`)
    expect(through.status).toBe(403)
    await f.firewall.stop('test over', 0)
    expect(() => readFileSync(path)).toThrow(/ENOENT/)
  })

  test('a listener of its own takes the routes from the main one', async () => {
    const f = await firewall(withToken(', api_listen: "127.0.0.1:0"'))
    expect((await api(mainPort(f), '/status', {method: 'GET'})).status).toBe(404)
  })

  test.each([
    ['a listener without a token', 'kill_switch: {api_listen: "127.0.0.1:0"}\n', /api_token/],
    ['a state file without its folder', 'kill_switch: {state_file: state.json}\n', /absolute path/],
    ['every client', 'kill_switch: {allowlist_ips: [0.0.0.0/0]}\n', /exempt every client/],
    ['every agent of this host', 'kill_switch: {allowlist_ips: [127.0.0.0/8]}\n', /every agent of this host/],
    ['no address', 'kill_switch: {allowlist_ips: [ops.example]}\n', /allowlist_ips/],
  ])('is refused at start: %s', async (_, sections, message) => {
    await expect(startFirewall(`${BASE}${sections}`)).rejects.toThrow(message)
  })
})

test('changes by API and signal leave receipts with the operator and the reason', async () => {
  const f = await firewall(`kill_switch: {api_token: ${TOKEN}}\n${RECORDED}`)
  const headers = {'x-pipelock-operator': 'ada'}
  for (const active of [true, false]) {
    await api(mainPort(f), '', {headers, body: JSON.stringify({active, reason: 'drill'})})
  }
  f.firewall.killSignal()
  await f.firewall.stop('test over', 100)
  const changes = receipts(f).filter(({layer}) => layer?.startsWith('kill_switch_') === true)
  expect(
    changes.map(({action_type, verdict, layer, actor, pattern}) => [action_type, verdict, layer, actor, pattern ?? '']),
  ).toEqual([
    ['authorize', 'block', 'kill_switch_on', 'ada', 'drill'],
    ['authorize', 'allow', 'kill_switch_off', 'ada', 'drill'],
    ['authorize', 'block', 'kill_switch_on', 'SIGUSR1', ''],
  ])
})

test('a page under a foreign name does not learn that the switch is active', async () => {
  const f = await firewall('')
  f.firewall.killSignal()
  const client = await RawClient.open(mainPort(f))
  client.send('GET /stats HTTP/1.1\r\nHost: attacker.example\r\n\r\n')
  const {status, body} = await client.response()
  client.close()
  expect([status, body.toString()]).toEqual([421, ''])
})

test('a hundred changes under load deny and admit whole requests, and each denied probe leaves a receipt', async () => {
  const f = await firewall(RECORDED)
  const o = await origin()
  let isOver = false
  const statuses = new Set<number>()
  const load = Array.from({length: 4}, async () => {
    while (!isOver) statuses.add((await send(f.firewall, `http://${HOST}:${o.port}/load`)).status)
  })
  for (let i = 0; i < 100; i++) {
    const active = i % 2 === 0
    killSwitch(f).turn('api', active)
    if (i % 10 < 2) expect((await send(f.firewall, `http://${HOST}:${o.port}/probe`)).status).toBe(active ? 503 : 200)
  }
  isOver = true
  await Promise.all(load)
  expect([...statuses].every((status) => status === 200 || status === 503)).toBe(true)
  await f.firewall.stop('test over', 1_000)
  expect(receipts(f).filter(({layer}) => layer === 'kill_switch').length).toBeGreaterThanOrEqual(10)
})
