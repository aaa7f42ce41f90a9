// Ways around the firewall, as the user of this process finds them.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {Resolver} from 'node:dns/promises'
import {createServer, type AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {listenerOwners, waysAround, type Surroundings, type WayAround} from '../../../../src/cli/doctor/around.js'
import {startDnsServer, type Records} from '../../../support/dns-server.js'
import {freePort} from '../../../support/free-port.js'

const MAIN = {host: '127.0.0.1', port: 8888}

let folder: string
const open: {close(): unknown}[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'around-'))
})
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
  rmSync(folder, {recursive: true, force: true})
})

async function ways(given: Partial<Surroundings>): Promise<readonly WayAround[]> {
  return waysAround({
    main: MAIN,
    env: {},
    uid: 1000,
    files: {},
    evidence: undefined,
    config: undefined,
    opensTunnels: undefined,
    direct: [],
    resolver: new Resolver(),
    ...given,
  })
}

async function way(name: string, given: Partial<Surroundings>): Promise<WayAround | undefined> {
  return (await ways(given)).find((one) => one.way === name)
}

async function listener(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  open.push({close: () => server.close()})
  return (server.address() as AddressInfo).port
}

describe('the process', () => {
  test.each<[Partial<Surroundings>, string, string]>([
    [{uid: 0}, 'open', 'root'],
    [{uid: undefined}, 'unknown', 'user numbers'],
    [{main: {host: '192.0.2.7', port: 8888}}, 'closed', 'another host'],
  ])('%j: %s', async (given, state, detail) => {
    expect(await way('process', given)).toMatchObject({state, detail: expect.stringContaining(detail) as string})
  })

  test.skipIf(process.platform !== 'linux')('of this user is known by its listener', async () => {
    const uid = process.getuid?.() ?? 0
    const port = await listener()
    expect(listenerOwners(port)).toEqual([uid])
    const main = {host: '127.0.0.1', port}
    if (uid !== 0) expect(await way('process', {main, uid})).toMatchObject({state: 'open'})
    expect(await way('process', {main, uid: uid + 1})).toMatchObject({
      state: 'closed',
      detail: 'the firewall runs as another user',
    })
    expect(await way('process', {main: {host: '127.0.0.1', port: await freePort()}})).toMatchObject({
      state: 'closed',
      detail: expect.stringContaining('network namespace') as string,
    })
  })

  test('the tables of the kernel: only listeners on this port count', () => {
    const table = join(folder, 'tcp')
    writeFileSync(
      table,
      `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:22B8 00000000:0000 0A 00000000:00000000 00:00000000 00000000   997        0 21 1
   1: 0100007F:22B8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 22 1
   2: 0100007F:22B9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 23 1
`,
    )
    expect(listenerOwners(0x22b8, [table, join(folder, 'missing')])).toEqual([997])
    expect(listenerOwners(0x22ba, [table])).toEqual([])
    expect(listenerOwners(0x22b8, [join(folder, 'missing')])).toBeUndefined()
  })
})

describe('the network', () => {
  test('without a target to try: whether there is a route', async () => {
    const list = await way('network', {})
    expect(list?.state).toMatch(/^(?:closed|unknown)$/)
  })

  test.each<[records: Records, state: string]>([
    ['no such name', 'open'],
    ['failing', 'open'],
    ['silent', 'closed'],
  ])('named targets are tried, and a name server that is %s: %s', async (records, state) => {
    const server = await startDnsServer({'pipelock-doctor.invalid': records})
    open.push(server)
    const resolver = new Resolver({timeout: 200, tries: 1})
    resolver.setServers([server.address])
    const [reached, closed] = [
      {host: '127.0.0.1', port: await listener()},
      {host: '127.0.0.1', port: await freePort()},
    ]
    const list = await ways({direct: [reached, closed], resolver})
    const stateOf = (name: string): string | undefined => list.find((one) => one.way === name)?.state
    expect(stateOf(`connection to 127.0.0.1:${reached.port}`)).toBe('open')
    expect(stateOf(`connection to 127.0.0.1:${closed.port}`)).toBe('closed')
    expect(stateOf('look-ups')).toBe(state)
    expect(server.queries).toEqual(['pipelock-doctor.invalid A'])
    expect(stateOf('network')).toBeUndefined()
  })
})

describe('files', () => {
  test('that this user can read or change', async () => {
    const key = join(folder, 'key')
    writeFileSync(key, 'x', {mode: 0o600})
    const config = join(folder, 'pipelock.yaml')
    writeFileSync(config, '')
    const evidence = join(folder, 'evidence')
    mkdirSync(evidence)
    const list = await ways({config, evidence, files: {'signing keys': [key], token: [join(folder, 'none')]}})
    const states = Object.fromEntries(list.map(({way: name, state}) => [name, state]))
    expect(states).toMatchObject({configuration: 'open', 'signing keys': 'open', token: 'closed', evidence: 'open'})
  })
})

describe('the environment', () => {
  const proxies = {HTTP_PROXY: 'http://127.0.0.1:8888', HTTPS_PROXY: 'http://127.0.0.1:8888'}
  test.each<[env: Record<string, string>, state: string, detail: string]>([
    [proxies, 'closed', 'name the firewall'],
    [{http_proxy: 'http://localhost:8888/', https_proxy: 'http://localhost:8888/'}, 'closed', 'name the firewall'],
    [{...proxies, NO_PROXY: 'localhost,127.0.0.1,::1'}, 'closed', 'name the firewall'],
    [{...proxies, no_proxy: 'localhost, .internal.example'}, 'open', '.internal.example'],
    [{}, 'open', 'HTTP_PROXY and HTTPS_PROXY'],
    [{HTTP_PROXY: 'http://127.0.0.1:8888'}, 'open', 'HTTPS_PROXY'],
    [{...proxies, https_proxy: 'http://proxy.example:3128'}, 'open', 'HTTPS_PROXY'],
    [{...proxies, HTTP_PROXY: 'http://127.0.0.1:9999'}, 'open', 'HTTP_PROXY'],
    [{...proxies, HTTP_PROXY: 'not a URL'}, 'open', 'HTTP_PROXY'],
  ])('%j: %s', async (env, state, detail) => {
    expect(await way('environment', {env})).toMatchObject({state, detail: expect.stringContaining(detail) as string})
  })
})

test.each([
  [true, 'closed'],
  [false, 'open'],
] as const)('tunnels that are opened: %s, content %s', async (opensTunnels, state) => {
  expect(await way('content of tunnels', {opensTunnels})).toMatchObject({state})
})
