// Own routes respond only under names of this listener: a page whose name was pointed at it (DNS rebinding) must
// neither drive nor read them, with or without the browser's headers.
import {afterEach, describe, expect, test} from 'vitest'
import {RawClient, type RawResponse} from '../../support/raw-socket.js'
import {BASE, startFirewall, type TestFirewall} from '../../support/firewalls.js'

const running: TestFirewall[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.close()
})

async function open(more = ''): Promise<TestFirewall> {
  const one = await startFirewall(`${BASE}${more}`)
  running.push(one)
  return one
}

async function get(port: number, path: string, ...fields: string[]): Promise<RawResponse> {
  const client = await RawClient.open(port)
  try {
    const version = fields.length === 0 ? '1.0' : '1.1'
    client.send([`GET ${path} HTTP/${version}`, ...fields].join('\r\n') + '\r\n\r\n')
    return await client.response()
  } finally {
    client.close()
  }
}

const PATHS = [
  '/health',
  '/stats',
  '/metrics',
  '/fetch?url=http://origin.example/',
  '/.well-known/http-message-signatures-directory',
]

/** Names that are not ours; browsers add nothing to requests to plain-HTTP names. */
const FOREIGN = [
  'rebind.evil.test',
  'rebind.evil.test:8888',
  'REBIND.evil.test.',
  'localhost.evil.test',
  '127.0.0.1.evil.test',
  '127.1',
  '2130706433',
  '0x7f000001',
  'pipelock',
  'xlocalhost',
  'evil.cluster.example.test',
]

test.each(PATHS.flatMap((path) => FOREIGN.map((host) => [path, host])))(
  '%s under the Host %s, is refused without content',
  async (path, host) => {
    const {firewall} = await open()
    const response = await get(firewall.addresses().main.port, path, `Host: ${host}`)
    expect([response.status, response.body.toString(), response.fields.get('content-type')]).toEqual([
      421,
      '',
      undefined,
    ])
    expect(response.fields.get('x-pipelock-block-reason-layer')).toBe('browser_guard')
  },
)

test.each([
  ['127.0.0.1'],
  ['127.0.0.1:8888'],
  ['[::1]:8888'],
  ['localhost'],
  ['LocalHost:1'],
  ['localhost.'],
  ['10.1.2.3:9090'],
  ['pipelock.ns.svc'],
  ['a.cluster.example'],
  [''],
])('/health under the Host %j, responds', async (host) => {
  const {firewall} = await open('allowed_hosts: [pipelock.ns.svc, "*.cluster.example"]\n')
  expect((await get(firewall.addresses().main.port, '/health', `Host: ${host}`)).status).toBe(200)
})

test('/health without Host, as in HTTP/1.0 probes of load balancers, responds', async () => {
  const {firewall} = await open()
  expect((await get(firewall.addresses().main.port, '/health')).status).toBe(200)
})

test('the side listener, under an unknown name, refuses like the main one', async () => {
  const {firewall} = await open('metrics_listen: "127.0.0.1:0"\nallowed_hosts: [prometheus.example]\n')
  const port = firewall.addresses().metrics?.port ?? 0
  for (const path of ['/stats', '/metrics']) {
    const refused = await get(port, path, 'Host: rebind.evil.test')
    expect([refused.status, refused.body.toString()]).toEqual([421, ''])
    expect((await get(port, path, 'Host: prometheus.example:9090')).status).toBe(200)
  }
})

test('a name that a reload adds to allowed_hosts, works from then on', async () => {
  const one = await open()
  const {port} = one.firewall.addresses().main
  expect((await get(port, '/health', 'Host: probe.example')).status).toBe(421)
  one.rewrite(`${BASE}allowed_hosts: [probe.example]\n`)
  expect((await one.firewall.reload()).status).toBe('success')
  expect((await get(port, '/health', 'Host: probe.example')).status).toBe(200)
})

describe('a page in a browser', () => {
  test.each([
    ['of another site', ['Sec-Fetch-Site: cross-site'], 403],
    ['of another host of the same site', ['Sec-Fetch-Site: same-site'], 403],
    ['of another port of this host', ['Origin: http://127.0.0.1:3000'], 403],
    ['with an opaque origin', ['Origin: null'], 403],
    ['whose site a gateway spelt with an underscore', ['Sec_Fetch_Site: cross-site'], 403],
    ['of this listener', ['Sec-Fetch-Site: same-origin', 'Origin: http://127.0.0.1:@'], 200],
    ['that a person opened', ['Sec-Fetch-Site: none', 'Sec-Fetch-Mode: navigate'], 200],
  ])('%s', async (_, fields, status) => {
    const {firewall} = await open()
    const {port} = firewall.addresses().main
    const sent = fields.map((field) => field.replace('@', String(port)))
    for (const path of PATHS.filter((one) => status !== 200 || !one.startsWith('/fetch')))
      expect([path, (await get(port, path, `Host: 127.0.0.1:${port}`, ...sent)).status]).toEqual([
        path,
        path.startsWith('/.well') && status === 200 ? expect.any(Number) : status,
      ])
  })
})
