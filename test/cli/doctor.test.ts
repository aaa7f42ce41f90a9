// `pipelock doctor` beside real firewalls: one that refuses, one that only reports, and programs that are none.
import {execFile} from 'node:child_process'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {fileURLToPath} from 'node:url'
import {afterEach, describe, expect, test} from 'vitest'
import {receipts, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {freePort} from '../support/free-port.js'
import {startOrigin} from '../support/origins.js'

const entry = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const TOKEN = 'doctor-scan-token-of-more-than-forty-characters'

const open: {close(): unknown}[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

interface Row {
  readonly path: string
  readonly request: string
  readonly state: string
  readonly detail: string
  readonly request_id?: string
}

interface Examination {
  readonly enforced: boolean
  readonly paths: readonly Row[]
  readonly around: readonly {readonly way: string; readonly state: string; readonly detail: string}[]
}

interface Result {
  readonly status: number
  readonly out: string
  readonly err: string
}

function doctor(words: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Result> {
  const all = {PATH: process.env['PATH'] ?? '', PIPELOCK_HOME: `${cwd}/home`, ...env}
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, 'doctor', ...words], {cwd, env: all}, (error, out, err) => {
      resolve({status: error ? Number(error.code) : 0, out, err})
    })
  })
}

const examined = ({out}: Result): Examination => JSON.parse(out) as Examination

async function everyPath(extra = ''): Promise<{readonly f: TestFirewall; readonly served: () => number}> {
  const service = await startOrigin()
  open.push(service)
  const [main, reverse, scan] = [await freePort(), await freePort(), await freePort()]
  const f = await startFirewall(`
fetch_proxy: {listen: "127.0.0.1:${main}"}
forward_proxy: {enabled: true}
websocket_proxy: {enabled: true}
reverse_proxy: {enabled: true, listen: "127.0.0.1:${reverse}", upstream: "http://127.0.0.1:${service.port}"}
scan_api: {listen: "127.0.0.1:${scan}", auth: {bearer_tokens: [${TOKEN}]}}
flight_recorder: {dir: evidence}
logging: {output: file, file: audit.log}
${extra}`)
  open.push(f)
  return {f, served: () => service.requests.length}
}

const EVERY = [
  ['forward proxy', 'internal address', 'ssrf_private_ip'],
  ['forward proxy', 'credential', 'dlp_match'],
  ['CONNECT', 'internal address', 'ssrf_private_ip'],
  ['/fetch', 'internal address', 'ssrf_private_ip'],
  ['/fetch', 'credential', 'dlp_match'],
  ['/ws', 'internal address', 'ssrf_private_ip'],
  ['/ws', 'credential', 'dlp_match'],
  ['reverse proxy', 'credential', 'dlp_match'],
  ['scan API', 'credential', 'deny'],
]

describe('a firewall that enforces', () => {
  test('refuses on every path, and its evidence says who tried', async () => {
    const {f, served} = await everyPath()
    const result = await doctor(['--json'], f.folder)
    const {enforced, paths} = examined(result)
    expect([result.status, enforced, result.err]).toEqual([0, true, ''])
    expect(paths.map(({path, request, detail}) => [path, request, detail])).toEqual(EVERY)
    expect(paths.map(({state}) => state)).toEqual(EVERY.map(() => 'refused'))
    expect(served()).toBe(0)
    await f.firewall.stop('test over', 0)
    const written = receipts(f)
    expect(written.length).toBeGreaterThanOrEqual(8)
    expect(new Set(written.map(({verdict}) => verdict))).toEqual(new Set(['block']))
    expect(f.log().filter(({event, agent}) => event === 'blocked' && agent === 'pipelock-doctor')).toHaveLength(8)
  })

  test('explain shows a request that doctor names', async () => {
    const {f} = await everyPath()
    const [first] = examined(await doctor(['--json'], f.folder)).paths
    await f.firewall.stop('test over', 0)
    const shown = await new Promise<string>((resolve) => {
      const words = ['explain', first?.request_id ?? '', '--evidence', `${f.folder}/evidence`]
      const env = {PATH: process.env['PATH'] ?? '', PIPELOCK_HOME: `${f.folder}/home`}
      execFile(process.execPath, [entry, ...words], {cwd: f.folder, env}, (_error, out) => resolve(out))
    })
    expect(shown).toContain('BLOCK')
  })

  test('for people: a row for each path, and what was not tried', async () => {
    const port = await freePort()
    const f = await startFirewall(`
fetch_proxy: {listen: "127.0.0.1:${port}"}
forward_proxy: {enabled: false}
logging: {output: file, file: audit.log}
`)
    open.push(f)
    const {status, out} = await doctor([], f.folder)
    expect(status).toBe(0)
    expect(out).toMatch(/^ {2}refused +\/fetch +credential +dlp_match +req-\d+-[0-9a-f]{6}$/m)
    expect(out).toMatch(/^ {2}untried +forward proxy +off: forward_proxy\.enabled$/m)
    expect(out).toMatch(/^Ways around it for user \S+$/m)
    expect(out).toMatch(/^Enforced: every forbidden request was refused$/m)
  })

  test('without its configuration, by its address', async () => {
    const {f} = await everyPath()
    const {port} = f.firewall.addresses().main
    const {status, out} = await doctor(['--addr', `127.0.0.1:${port}`, '--json'], '/')
    expect(status).toBe(0)
    const {paths, around} = examined({status, out, err: ''})
    expect(paths.filter(({state}) => state === 'refused')).toHaveLength(5)
    expect(paths.find(({path}) => path === 'scan API')).toMatchObject({state: 'untried'})
    expect(around.map(({way}) => way)).toEqual(['process', 'network', 'containers', 'environment'])
  })

  test('whose kill switch is active refuses as well', async () => {
    const {f} = await everyPath('kill_switch: {enabled: true}')
    const {status, out, err} = await doctor(['--json'], f.folder)
    const {paths} = examined({status, out, err})
    expect(paths.find(({path}) => path === 'CONNECT')).toMatchObject({state: 'refused', detail: 'kill_switch_active'})
  })
})

describe('what does not enforce', () => {
  test('a firewall that only reports', async () => {
    const {f, served} = await everyPath('enforce: false')
    const result = await doctor(['--json'], f.folder)
    const {enforced, paths} = examined(result)
    expect([result.status, enforced]).toEqual([1, false])
    const passed = paths.filter(({state}) => state === 'passed').map(({path}) => path)
    expect(passed).toEqual(expect.arrayContaining(['forward proxy']))
    expect(served()).toBeLessThanOrEqual(1)
    const text = await doctor([], f.folder)
    expect(text.out).toMatch(/^ {2}PASSED +forward proxy/m)
    expect(text.out).toContain('NOT ENFORCED')
  })

  test('an open proxy', async () => {
    const proxy = createServer((request, response) => {
      void fetch(request.url ?? '').then(
        async (got) => response.end(await got.text()),
        () => response.writeHead(502).end(),
      )
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    open.push({close: () => proxy.close()})
    const {port} = proxy.address() as AddressInfo
    const result = await doctor(['--addr', `127.0.0.1:${port}`, '--json'], '/')
    expect(result.status).toBe(1)
    expect(examined(result).paths.slice(0, 2)).toEqual([
      {path: 'forward proxy', request: 'internal address', state: 'passed', detail: 'it reached the service'},
      {path: 'forward proxy', request: 'credential', state: 'passed', detail: 'it reached the service'},
    ])
  })

  test('nothing at all', async () => {
    const result = await doctor(['--addr', `127.0.0.1:${await freePort()}`, '--json'], '/')
    expect(result.status).toBe(1)
    expect(
      new Set(
        examined(result)
          .paths.slice(0, 5)
          .map(({state}) => state),
      ),
    ).toEqual(new Set(['unclear']))
  })
})

test('--strict also demands that no way around is open or unknown', async () => {
  const {f} = await everyPath()
  expect((await doctor(['--strict', '--json'], f.folder)).status).toBe(1)
})

test.each([
  [['--addr', 'here'], '--addr: here is not host:port'],
  [['--direct', 'example.com'], '--direct: example.com is not host:port'],
  [['--addr', '127.0.0.1:1', '-c', 'x.yaml'], '--config'],
])('%j is a usage error', async (words, message) => {
  const {status, err} = await doctor(words, '/')
  expect(status).toBe(2)
  expect(err).toContain(message)
})
