// kill -9 at random moments under load, many times and in each mode of syncing: every response that a client began to receive
// has its receipt, the chain resumes without a gap, and the whole log verifies. `npm test` kills a few times, `npm run
// test:slow` often, and `npm run kill:recorder` with any count and seed.
import {spawn, type ChildProcess} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {connect} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {apiOrigin, type Origin} from './origins.js'
import {execute} from './clients.js'
import {THOROUGH} from '../support/thorough.js'
import {freePort} from '../support/free-port.js'

const CLI = join(import.meta.dirname, '../../bin/run.js')
const SEED = Number(process.env['PIPELOCK_TEST_SEED'] ?? 20261121)
/** A killed process loses nothing that it wrote, synced or not: in each mode what was acknowledged must be there. */
const MODES = ['every', 'group', 'async'] as const
const KILLS = Number(process.env['PIPELOCK_TEST_KILLS'] ?? (THOROUGH ? 50 : MODES.length))
const CONNECTIONS = 8

let dir: string
let origin: Origin
let config: string
let key: string
let port: number

/** Numbers that look random and are the same in every run. */
function lcg(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
}

/** Starts the firewall and waits for the banner, which is printed after the listeners are bound. */
function start(): Promise<Running> {
  const child = spawn(process.execPath, [CLI, 'run', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {PATH: process.env['PATH'] ?? '', PIPELOCK_HOME: join(dir, 'home')},
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return new Promise((resolve, reject) => {
    const text: string[] = []
    createInterface({input: child.stderr}).on('line', (line) => {
      text.push(line)
      if (line.includes('Listen:')) resolve({child, ended})
    })
    child.once('exit', (code) =>
      reject(new Error(`the firewall ended with ${code} before it listened:\n${text.join('\n')}`)),
    )
  })
}

/** Requests with unique paths until the connections break; returns the paths of which an answer began to arrive. */
function hammer(port: number, round: number, onResponse: () => void): Promise<string[]> {
  const answered: string[] = []
  let n = 0
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let path = ''
      let pending = ''
      const next = (): void => {
        path = `/r${round}/n${n++}`
        pending = ''
        socket.write(`GET http://origin.system.test:${origin.port}${path} HTTP/1.1\r\nHost: origin.system.test\r\n\r\n`)
      }
      socket.on('connect', next)
      socket.on('error', () => resolve())
      socket.on('close', () => resolve())
      socket.on('data', (chunk) => {
        if (pending === '') answered.push(path)
        pending += chunk.toString('latin1')
        const head = pending.indexOf('\r\n\r\n')
        const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? Number.NaN)
        const done =
          head >= 0 && (Number.isNaN(length) ? pending.endsWith('0\r\n\r\n') : pending.length >= head + 4 + length)
        if (!done) return
        onResponse()
        next()
      })
    })
  return Promise.all(Array.from({length: CONNECTIONS}, one)).then(() => answered)
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pipelock-kill-'))
  mkdirSync(join(dir, 'home'))
  origin = await apiOrigin()
  key = join(dir, 'receipts.json')
  const made = await execute(process.execPath, [
    CLI,
    'signing',
    'key',
    'generate',
    '--purpose',
    'receipt-signing',
    '--out',
    key,
  ])
  expect(made.status, made.stderr).toBe(0)
  config = join(dir, 'pipelock.yaml')
  port = await freePort()
})

function configure(fsync: (typeof MODES)[number]): void {
  writeFileSync(
    config,
    `fetch_proxy:
  listen: 127.0.0.1:${port}
  monitoring:
    max_requests_per_minute: 0
forward_proxy:
  enabled: true
dns:
  host_overrides:
    origin.system.test: [127.0.0.1]
trusted_domains: [origin.system.test]
flight_recorder:
  enabled: true
  dir: ${join(dir, 'evidence')}
  signing_key_path: ${key}
  require_receipts: true
  fsync: ${fsync}
  max_entries_per_file: 7
  checkpoint_interval: 3
`,
  )
}

afterAll(async () => {
  await origin.close()
  rmSync(dir, {recursive: true, force: true})
})

interface Recorded {
  readonly type: string
  readonly summary: string
  readonly detail: {readonly action_record?: {readonly target: string; readonly chain_seq: number}}
}

function recorded(): readonly Recorded[] {
  const folder = join(dir, 'evidence')
  return readdirSync(folder)
    .flatMap((name) => /^evidence-proxy-(\d+)\.jsonl$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((first) =>
      readFileSync(join(folder, `evidence-proxy-${first}.jsonl`), 'utf8')
        .split('\n')
        .slice(0, -1),
    )
    .map((line) => JSON.parse(line) as Recorded)
}

describe('kill -9 under load', () => {
  test(
    `loses no receipt of an answer in ${KILLS} kills, and the chain verifies`,
    async () => {
      const random = lcg(SEED)
      const answered: string[] = []
      const responses = {every: 0, group: 0, async: 0}
      for (let round = 0; round < KILLS; round++) {
        const mode = MODES[round % MODES.length] ?? 'group'
        configure(mode)
        const firewall = await start()
        const after = 1 + Math.floor(random() * 150)
        const delayMs = random() * 4
        let count = 0
        const paths = await hammer(port, round, () => {
          if (++count === after) setTimeout(() => firewall.child.kill('SIGKILL'), delayMs)
        })
        await firewall.ended
        answered.push(...paths)
        responses[mode] += paths.length
      }
      expect(answered.length).toBeGreaterThan(KILLS)

      const last = await start()
      last.child.kill('SIGTERM')
      expect(await last.ended).toBe(0)

      const verdict = await execute(process.execPath, [
        CLI,
        'integrity',
        'verify',
        join(dir, 'evidence'),
        '--key',
        await publicKey(),
        '--json',
      ])
      expect(verdict.status, verdict.stdout + verdict.stderr).toBe(0)

      const entries = recorded()
      const records = entries.flatMap(({detail}) => (detail.action_record ? [detail.action_record] : []))
      const receipts = new Set(records.map(({target}) => new URL(target).pathname))
      expect(answered.filter((path) => !receipts.has(path))).toEqual([])
      expect(records.map((record) => record.chain_seq)).toEqual(records.map((_, i) => i))
      const torn = entries.filter(({type}) => type === 'recovery')
      expect(torn.length).toBeLessThanOrEqual(KILLS)
      const perMode = MODES.map((mode) => `${mode} ${responses[mode]}`).join(', ')
      process.stdout.write(
        `${KILLS} kills (seed ${SEED}): ${answered.length} answers (${perMode}), ${records.length} receipts, ` +
          `${torn.length} torn lines set aside, none of the answers without its receipt\n`,
      )
    },
    60_000 + KILLS * 10_000,
  )
})

async function publicKey(): Promise<string> {
  const shown = await execute(process.execPath, [CLI, 'signing', 'pubkey', '--key-file', key])
  expect(shown.status, shown.stderr).toBe(0)
  return shown.stdout.trim()
}
