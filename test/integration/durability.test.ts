// The built firewall on a disk that fails: what it answers, what `/health` says, and what stands in the log once the disk
// works again. The faults are injected at the system calls of its process, in every thread.
import {spawn, type ChildProcess} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {createServer, request, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {createInterface} from 'node:readline'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {verifyDirectory} from '../support/memory-log.js'

const CLI = join(import.meta.dirname, '../../bin/run.js')
const DISK = pathToFileURL(join(import.meta.dirname, '../support/faulty-disk.mjs')).href
const DAY = 86_400_000
const key = privateKeyFromSeed(Buffer.alloc(32, 9))

let folder: string
let evidence: string
let origin: Server
let received: string[]
let children: ChildProcess[]
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-durability-'))
  evidence = join(folder, 'evidence')
  mkdirSync(evidence)
  writeFileSync(join(folder, 'key'), privateKeyFileText(key), {mode: 0o600})
  received = []
  children = []
  disk({})
  origin = createServer((req, res) => {
    received.push(req.url ?? '')
    res.end('from the origin')
  })
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
})
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  await new Promise((done) => origin.close(done))
  rmSync(folder, {recursive: true, force: true})
})

interface Disk {
  readonly open?: string
  readonly write?: string
  readonly sync?: string
  readonly rename?: string
  readonly truncate?: string
  readonly short?: number
  readonly hold?: boolean
  readonly clockMs?: number
}

function disk(state: Disk): void {
  const path = join(folder, 'disk.json')
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

interface Reply {
  readonly status: number
  readonly body: string
}

interface Running {
  get(path: string): Promise<Reply>
  health(): Promise<Reply>
  /** Receipts that could not be written, as /metrics counts them. */
  failures(): Promise<number>
  stop(): Promise<number | null>
}

async function start(settings: string): Promise<Running> {
  writeFileSync(
    join(folder, 'pipelock.yaml'),
    `fetch_proxy: {listen: "127.0.0.1:0", monitoring: {max_requests_per_minute: 0}}
forward_proxy: {enabled: true}
dns: {host_overrides: {origin.example: 127.0.0.1}}
trusted_domains: [origin.example]
logging: {output: file, file: audit.log}
flight_recorder: {enabled: true, dir: evidence, signing_key_path: key, ${settings}}
`,
  )
  const child = spawn(process.execPath, [CLI, 'run', '--config', join(folder, 'pipelock.yaml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      PIPELOCK_HOME: join(folder, 'home'),
      NODE_OPTIONS: `--import ${DISK}`,
      DISK_DIR: evidence,
      DISK_STATE: join(folder, 'disk.json'),
    },
  })
  children.push(child)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const port = await new Promise<number>((resolve, reject) => {
    const text: string[] = []
    createInterface({input: child.stderr}).on('line', (line) => {
      text.push(line)
      const listen = /Listen:\s+127\.0\.0\.1:(\d+)/.exec(line)?.[1]
      if (listen !== undefined) resolve(Number(listen))
    })
    void ended.then((code) => reject(new Error(`ended with ${code}:\n${text.join('\n')}`)))
  })
  const base = `http://origin.example:${(origin.address() as AddressInfo).port}`
  return {
    get: (path) => ask(port, `${base}${path}`, new URL(base).host),
    health: () => ask(port, '/health', `127.0.0.1:${port}`),
    async failures() {
      const {body} = await ask(port, '/metrics', `127.0.0.1:${port}`)
      return Number(/^pipelock_receipt_emit_failures_total\{reason="write"\} (\d+)$/m.exec(body)?.[1])
    },
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function ask(port: number, path: string, host: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request({host: '127.0.0.1', port, path, agent: false, headers: {host}}, (res) => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => (body += chunk))
      res.on('end', () => resolve({status: res.statusCode ?? 0, body}))
    })
    req.on('error', reject)
    req.end()
  })
}

/** Asks until it holds: a test that hangs here fails by its time limit. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

const until = (health: () => Promise<Reply>, status: number): Promise<void> =>
  eventually(async () => (await health()).status === status)

interface Entry {
  readonly type: string
  readonly ts: string
  readonly summary: string
  readonly detail: {readonly action_record?: {readonly target: string}; readonly lost_entries?: number}
}

function entries(): readonly Entry[] {
  return readdirSync(evidence)
    .flatMap((name) => /^evidence-proxy-(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((first) =>
      readFileSync(join(evidence, `evidence-proxy-${first}.jsonl`), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map((line) => JSON.parse(line) as Entry)
}

const receipted = (): readonly string[] =>
  entries().flatMap(({detail}) => (detail.action_record ? [new URL(detail.action_record.target).pathname] : []))
const lost = (): number => entries().reduce((sum, {detail}) => sum + (detail.lost_entries ?? 0), 0)

async function verifies(): Promise<void> {
  const verdict = await verifyDirectory(evidence, [key.public], 'whole')
  expect(verdict.failure).toBeUndefined()
  expect(verdict.completeness).toBe('anchored')
}

const FAULTS: readonly (readonly [string, Disk])[] = [
  ['is full', {write: 'ENOSPC'}],
  ['is full in the middle of a line', {short: 40}],
  ['is full in the middle of a line, which stays', {short: 40, truncate: 'EIO'}],
  ['has become read-only', {write: 'EROFS', open: 'EROFS', truncate: 'EROFS', rename: 'EROFS'}],
  ['loses what it should sync', {sync: 'EIO'}],
]

describe('a disk that', () => {
  test.each(FAULTS)('%s, with receipts required: nothing passes, until it works again', async (_, fault) => {
    const firewall = await start('require_receipts: true, max_entries_per_file: 4, checkpoint_interval: 3')
    for (const path of ['/a', '/b']) expect((await firewall.get(path)).status).toBe(200)
    expect((await firewall.health()).status).toBe(200)

    disk(fault)
    for (const path of ['/c', '/d', '/e']) {
      const refused = await firewall.get(path)
      expect(refused.status).toBe(503)
      expect(refused.body).toContain('required receipt could not be written')
    }
    expect(received).toEqual(['/a', '/b'])
    const sick = await firewall.health()
    expect(sick.status).toBe(503)
    expect(JSON.parse(sick.body)).toMatchObject({status: 'unhealthy'})
    // the agent reads this page: the reason is in the log alone
    expect(sick.body).not.toMatch(/disk|recorder|EN|EIO|EROFS/)

    disk({})
    await until(() => firewall.health(), 200)
    expect((await firewall.get('/f')).status).toBe(200)
    expect(await firewall.stop()).toBe(0)
    const log = readFileSync(join(folder, 'audit.log'), 'utf8')
    expect(log).toContain('"event":"subsystem_unhealthy","subsystem":"recorder"')
    expect(receipted()).toEqual(['/a', '/b', '/f'])
    expect(lost()).toBe(3)
    await verifies()
  })

  test('is full, with receipts not required: everything passes, and the log says what is missing', async () => {
    const firewall = await start('max_entries_per_file: 4, checkpoint_interval: 3')
    expect((await firewall.get('/a')).status).toBe(200)
    // nobody waits for these receipts: the writer is given the time for each before the disk changes
    await eventually(() => receipted().includes('/a'))
    disk({write: 'ENOSPC'})
    for (const path of ['/b', '/c']) expect((await firewall.get(path)).status).toBe(200)
    await eventually(async () => (await firewall.failures()) === 2)
    await until(() => firewall.health(), 503)
    disk({})
    await until(() => firewall.health(), 200)
    expect((await firewall.get('/d')).status).toBe(200)
    expect(await firewall.stop()).toBe(0)
    expect(received).toEqual(['/a', '/b', '/c', '/d'])
    expect(receipted()).toEqual(['/a', '/d'])
    expect(lost()).toBe(2)
    await verifies()
  })

  test('is slow keeps answers waiting, and loses none that was acknowledged', async () => {
    const firewall = await start('require_receipts: true')
    expect((await firewall.get('/first')).status).toBe(200)
    disk({hold: true})
    let answered = 0
    const paths = Array.from({length: 20}, (_, i) => `/slow/${i}`)
    const responses = paths.map((path) => firewall.get(path).then((response) => (answered++, response)))
    // written, and not synced: the sync does not come back
    while (receipted().length === 1) await new Promise((resolve) => setTimeout(resolve, 5))
    // a response that the firewall makes itself arrives: the others wait for their receipts
    expect((await firewall.health()).status).toBe(200)
    expect(answered).toBe(0)
    expect(received).toEqual(['/first'])
    disk({})
    for (const {status} of await Promise.all(responses)) expect(status).toBe(200)
    expect(receipted().toSorted()).toEqual(['/first', ...paths].toSorted())
    expect(await firewall.stop()).toBe(0)
    await verifies()
  })

  test('is slow holds nobody up where receipts are not required', async () => {
    const firewall = await start('fsync: group')
    disk({hold: true})
    expect((await firewall.get('/a')).status).toBe(200)
    disk({})
    expect(await firewall.stop()).toBe(0)
    expect(receipted()).toEqual(['/a'])
    await verifies()
  })

  test('cannot rename keeps every file that its retention anchor would stand for', async () => {
    const settings = 'require_receipts: true, retention_days: 2, max_entries_per_file: 3'
    const first = await start(settings)
    for (let i = 0; i < 6; i++) expect((await first.get(`/${i}`)).status).toBe(200)
    expect(await first.stop()).toBe(0)
    const logs = () => readdirSync(evidence).filter((name) => name.endsWith('.jsonl'))
    const before = logs().length
    const long = (Date.now() - 3 * DAY) / 1000
    for (const name of logs()) utimesSync(join(evidence, name), long, long)

    disk({rename: 'EIO'})
    const second = await start(settings)
    expect((await second.get('/later')).status).toBe(200)
    expect(logs().length).toBeGreaterThanOrEqual(before)
    expect(readdirSync(evidence)).not.toContain('evidence-proxy.retained.json')
    // what could not be done is tried again within the hour
    disk({clockMs: 2 * 60 * 60 * 1000})
    expect((await second.get('/much/later')).status).toBe(200)
    expect(await second.stop()).toBe(0)
    expect(readdirSync(evidence)).toContain('evidence-proxy.retained.json')
    expect(receipted()).not.toContain('/0')
    expect(receipted()).toContain('/much/later')
  })
})

test('a clock that steps back and forth never turns the times of the log, nor does a restart', async () => {
  for (const [run, steps] of [
    [0, [0, -DAY, 400 * DAY]],
    [1, [0, -3 * DAY]],
    [2, [401 * DAY, 0]],
  ] as const) {
    disk({clockMs: steps[0]})
    const firewall = await start('require_receipts: true, max_entries_per_file: 4, checkpoint_interval: 3')
    for (const [i, clockMs] of steps.entries()) {
      disk({clockMs})
      expect((await firewall.get(`/${run}/${i}`)).status).toBe(200)
      expect((await firewall.health()).status).toBe(200)
    }
    expect(await firewall.stop()).toBe(0)
  }
  expect(receipted()).toEqual(['/0/0', '/0/1', '/0/2', '/1/0', '/1/1', '/2/0', '/2/1'])
  const times = entries().map(({ts}) => Date.parse(ts))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  await verifies()
})
