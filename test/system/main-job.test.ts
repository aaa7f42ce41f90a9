// The main job end to end: real clients over several sessions, learned, compiled, reviewed, replayed, ratified, promoted,
// enforced; and an auditor who verifies what happened and finds every manipulation.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {createFirewall, type Firewall} from '../../src/host/firewall.js'
import {createPorts, shiftedClock} from '../../src/host/ports.js'
import {runCommand, type CommandResult} from '../support/warm-cli.js'
import {agent, curl, execute, gitClone, npmInstall, type Outcome} from './clients.js'
import {apiOrigin, certificate, gitOrigin, registryOrigin, tlsOrigin, type Origin} from './origins.js'

const HOUR = 3_600_000
const SESSIONS = 6
const HOSTS = ['api', 'git', 'registry', 'secure'].map((name) => `${name}.system.test`)

let dir: string
let origins: {api: Origin; git: Origin; registry: Origin; secure: Origin}
let authority: string

const at = (...names: string[]): string => join(dir, ...names)

function pipelock(...args: string[]): CommandResult {
  const env = {PATH: process.env['PATH'], HOME: dir, PIPELOCK_HOME: at('home'), NO_COLOR: '1'}
  return runCommand(args, {cwd: dir, env})
}

function succeed(...args: string[]): string {
  const outcome = pipelock(...args)
  expect(outcome.status, `pipelock ${args.join(' ')}\n${outcome.stdout}${outcome.stderr}`).toBe(0)
  return outcome.stdout
}

/** One configuration for every phase; `extra` is the phase's own part. */
function configuration(name: string, extra: string): string {
  const file = at(`${name}.yaml`)
  writeFileSync(
    file,
    `fetch_proxy:
  listen: 127.0.0.1:0
  monitoring:
    max_requests_per_minute: 0
forward_proxy:
  enabled: true
default_agent_identity: coder
bind_default_agent_identity: true
dns:
  host_overrides:
${[...HOSTS, 'elsewhere.system.test'].map((host) => `    ${host}: [127.0.0.1]`).join('\n')}
trusted_domains: ['*.system.test']
logging:
  output: file
  file: ${at(`${name}.log`)}
flight_recorder:
  enabled: true
  dir: ${at('evidence', name)}
  signing_key_path: ${at('keys', 'receipts.json')}
${extra}`,
  )
  return file
}

async function start(file: string, offsetMs = 0): Promise<{readonly firewall: Firewall; readonly port: number}> {
  const ports = createPorts({home: at('home'), clock: shiftedClock(offsetMs)})
  const firewall = await createFirewall({source: {kind: 'file', path: file}, ports, watch: false})
  await firewall.start()
  return {firewall, port: firewall.addresses().main.port}
}

const base = (name: 'api' | 'git' | 'registry'): string => `http://${name}.system.test:${origins[name].port}`

/** What the agent and its tools do in a session. */
async function work(port: number, session: number): Promise<void> {
  const outcomes: readonly [string, Outcome][] = [
    ['agent', await agent(port, base('api'), session)],
    ['curl', await curl(port, `${base('api')}/v1/status`)],
    [
      'curl to TLS',
      await curl(port, `https://secure.system.test:${origins.secure.port}/v1/secret`, '--cacert', authority),
    ],
    ['git', await gitClone(port, `${base('git')}/project.git`, dir)],
    ['npm', await npmInstall(port, `${base('registry')}/`, dir)],
  ]
  for (const [name, outcome] of outcomes) expect(outcome.status, `${name}: ${outcome.stdout}${outcome.stderr}`).toBe(0)
  for (const [name, outcome] of outcomes.slice(1, 3)) expect(outcome.stdout, name).toMatch(/HTTP\/1\.1 200/)
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pipelock-system-'))
  for (const name of ['home', 'keys', 'captures', 'held-back', 'store']) mkdirSync(at(name), {mode: 0o700})
  const files = certificate(dir, 'secure.system.test')
  authority = files.cert
  origins = {
    api: await apiOrigin(),
    git: await gitOrigin(dir),
    registry: await registryOrigin(dir, 'registry.system.test'),
    secure: await tlsOrigin(files),
  }
  succeed('keygen', 'coder')
  for (const [purpose, name] of [
    ['roster-root', 'root'],
    ['contract-activation-signing', 'operator'],
    ['receipt-signing', 'receipts'],
  ] as const) {
    succeed('signing', 'key', 'generate', '--purpose', purpose, '--id', name, '--out', at('keys', `${name}.json`))
  }
})

afterAll(async () => {
  await Promise.all(Object.values(origins).map((origin) => origin.close()))
  rmSync(dir, {recursive: true, force: true})
})

describe.sequential('the main job', () => {
  let hash = ''

  test('records real clients over several sessions', async () => {
    const observe = configuration('observe', `learn:\n  enabled: true\n  capture_dir: ${at('captures')}\n`)
    for (let session = 0; session < SESSIONS; session++) {
      const {firewall, port} = await start(observe, (session - SESSIONS - 2) * 2 * HOUR)
      await work(port, session)
      await firewall.stop()
    }
    const held = configuration('held-back', `learn:\n  enabled: true\n  capture_dir: ${at('held-back')}\n`)
    const {firewall, port} = await start(held, -2 * HOUR)
    await work(port, SESSIONS + 1)
    await firewall.stop()
    const sessions = readdirSync(at('captures')).filter((name) => name !== 'capture-meta')
    expect(sessions).toHaveLength(SESSIONS)
  }, 180_000)

  test('compiles them with the default floors and reviews the candidate', async () => {
    const config = configuration('learn', `learn:\n  enabled: true\n  capture_dir: ${at('captures')}\n`)
    const out = succeed('learn', 'compile', '--agent', 'coder', '--config', config, '--output', at('coder.yaml'))
    expect(out).toMatch(/^compile: \d+ events, \d+ rules, written to /)
    const review = succeed('learn', 'review', at('coder.yaml'))
    expect(review).toContain('api.system.test')
    expect(review).toContain('/v1/items/*')
    expect(review).toContain('/project.git/git-upload-pack')
    expect(review).toContain('secure.system.test')
  })

  test('replays a held-back session in shadow without a new block', async () => {
    const config = configuration('learn', `learn:\n  enabled: true\n  capture_dir: ${at('captures')}\n`)
    succeed(
      'learn',
      'shadow',
      '--contract',
      at('coder.yaml'),
      '--config',
      config,
      '--sessions',
      at('held-back'),
      '--out-json',
      at('shadow.json'),
      '--out',
      at('shadow.md'),
      '--fail-on-new-blocks',
    )
    const report = JSON.parse(readFileSync(at('shadow.json'), 'utf8')) as {
      new_blocks: number
      replayed: number
      assumption: string
    }
    expect(report.new_blocks).toBe(0)
    expect(report.replayed).toBeGreaterThan(10)
    expect(report.assumption).toBe('enforce')
  })

  test('ratifies, builds the roster and promotes', async () => {
    const ratified = succeed(
      'learn',
      'ratify',
      '--candidate',
      at('coder.yaml'),
      '--keystore',
      at('home'),
      '--receipt-key-agent',
      'receipts',
      '--contract-store',
      at('store'),
      ...withReceiptKey(),
    )
    hash = /sha256:[0-9a-f]{64}/.exec(ratified)?.[0] ?? ''
    expect(hash).not.toBe('')
    const include = (id: string, key: string, purpose: string): string[] => [
      '--include',
      `id=${id},key=${key},purpose=${purpose},role=${id}-role`,
    ]
    const built = succeed(
      ...['signing', 'roster', 'build', '--root', at('keys', 'root.json'), '--out', at('roster.json')],
      ...include('coder', at('home', 'agents', 'coder', 'id_ed25519'), 'contract-compile-signing'),
      ...include('operator', at('keys', 'operator.json'), 'contract-activation-signing'),
      ...include('receipts', at('keys', 'receipts.json'), 'receipt-signing'),
    )
    const pin = /sha256:[0-9a-f]{64}/.exec(built)?.[0] ?? ''
    const promoted = succeed(
      ...['learn', 'promote', '--contract', hash, '--selector', 'coder', '--contract-store', at('store')],
      ...['--roster', at('roster.json'), '--roster-root-fingerprint', pin, '--keystore', at('keys')],
      ...[
        '--activation-key',
        'operator',
        '--receipt-key-agent',
        'receipts',
        '--environment-id',
        'test',
        '--tenant',
        '',
        '--deployment-id',
        '',
      ],
    )
    expect(promoted).toMatch(/^promote: manifest sha256:[0-9a-f]{64} generation 1 active/)
    expect(existsSync(at('store', 'active.json'))).toBe(true)
    writeFileSync(at('pin'), pin)
  })

  test('enforces: what was learned works, everything else is blocked with its reason', async () => {
    const live = configuration(
      'live',
      `learn_lock:
  enabled: true
  mode: live
  store_dir: ${at('store')}
  roster_path: ${at('roster.json')}
  pinned_root_fingerprint: ${readFileSync(at('pin'), 'utf8')}
  environment:
    id: test
    tenant: ''
    deployment_id: ''
`,
    )
    const {firewall, port} = await start(live)
    try {
      await work(port, SESSIONS + 3)
      const blocked = async (reason: string, ...args: [string, ...string[]]): Promise<void> => {
        const {stdout} = await curl(port, ...args)
        expect(stdout, args.join(' ')).toMatch(/^HTTP\/1\.1 403/)
        expect(stdout, args.join(' ')).toContain(`X-Pipelock-Block-Reason: ${reason}`)
      }
      const count = origins.api.received.length
      await blocked('contract_default_deny', `http://elsewhere.system.test:${origins.api.port}/v1/models`)
      await blocked('contract_enforce_default', `${base('api')}/v1/models`, '-X', 'DELETE')
      await blocked('contract_enforce_default', `${base('api')}/v1/items/admin`)
      await blocked('contract_enforce_default', `${base('api')}/v1/admin`)
      expect(origins.api.received.length).toBe(count)
      const tunnel = await curl(port, `https://elsewhere.system.test:${origins.secure.port}/`, '--cacert', authority)
      expect(tunnel.status).not.toBe(0)
      expect(tunnel.stdout).toContain('X-Pipelock-Block-Reason: contract_default_deny')
      const fetched = await execute('curl', [
        '-s',
        `http://127.0.0.1:${port}/fetch?url=${encodeURIComponent(`${base('api')}/v1/other`)}`,
      ])
      expect(JSON.parse(fetched.stdout)).toMatchObject({blocked: true})
    } finally {
      await firewall.stop()
    }
  }, 120_000)

  test('judges a redirect of an allowed page to a host that no rule knows', async () => {
    // learned in the same way, with the redirecting path among what is allowed
    const observe = configuration('redirects', `learn:\n  enabled: true\n  capture_dir: ${at('captures')}\n`)
    for (let session = 0; session < 5; session++) {
      const {firewall, port} = await start(observe, (session - SESSIONS - 30) * 2 * HOUR)
      const {stdout} = await curl(port, `${base('api')}/moved`)
      expect(stdout).toMatch(/^HTTP\/1\.1 302/)
      await firewall.stop()
    }
    const config = configuration('learn', `learn:\n  enabled: true\n  capture_dir: ${at('captures')}\n`)
    succeed('learn', 'compile', '--agent', 'coder', '--config', config, '--output', at('second.yaml'))
    const ratified = succeed(
      'learn',
      'ratify',
      '--candidate',
      at('second.yaml'),
      '--receipt-key-agent',
      'receipts',
      '--contract-store',
      at('store'),
      ...withReceiptKey(),
      '--accept-low-confidence',
    )
    const second = /sha256:[0-9a-f]{64}/.exec(ratified)?.[0] ?? ''
    succeed(
      ...['learn', 'promote', '--contract', second, '--selector', 'coder', '--contract-store', at('store')],
      ...[
        '--roster',
        at('roster.json'),
        '--roster-root-fingerprint',
        readFileSync(at('pin'), 'utf8'),
        '--keystore',
        at('keys'),
      ],
      ...['--activation-key', 'operator', '--receipt-key-agent', 'receipts'],
    )
    const {firewall, port} = await start(at('live.yaml'))
    try {
      const {stdout} = await curl(port, `${base('api')}/moved`)
      expect(stdout).toMatch(/^HTTP\/1\.1 403/)
      expect(stdout).toContain('X-Pipelock-Block-Reason: contract_default_deny')
      expect(stdout).toContain('blocked: redirect:')
      expect(stdout.toLowerCase()).not.toContain('location:')
    } finally {
      await firewall.stop()
    }
    succeed(
      ...['learn', 'rollback', '--to', firstManifest(), '--contract-store', at('store')],
      ...[
        '--roster',
        at('roster.json'),
        '--roster-root-fingerprint',
        readFileSync(at('pin'), 'utf8'),
        '--keystore',
        at('keys'),
      ],
      ...['--activation-key', 'operator', '--receipt-key-agent', 'receipts'],
    )
  }, 120_000)

  test('leaves a receipt for every decision, and they verify', async () => {
    const key = succeed('signing', 'pubkey', '--key-file', at('keys', 'receipts.json')).trim()
    succeed('integrity', 'verify', at('evidence', 'live'), '--key', key)
    succeed('verify-receipt', '--chain', at('evidence', 'live'), '--key', key, '--whole-recorder')
    const decisions = readFileSync(at('live.log'), 'utf8')
      .split('\n')
      .filter((line) => /"event":"(allowed|blocked|tunnel_open|tunnel_close|anomaly|fetch)/.test(line))
    const receipts = receiptLines('live')
    expect(receipts.length).toBeGreaterThan(20)
    const ids = new Set(receipts.map((line) => /"request_id":"(req-\d+)"/.exec(line)?.[1]))
    for (const line of decisions) {
      const id = /"request_id":"(req-\d+)"/.exec(line)?.[1]
      if (id) expect(ids, line).toContain(id)
    }
  })

  test.each([
    [
      'a flipped byte',
      (lines: string[]) => lines.with(5, (lines[5] ?? '').replace('"verdict":"allow"', '"verdict":"block"')),
    ],
    ['a dropped entry', (lines: string[]) => lines.toSpliced(5, 1)],
    ['two entries swapped', (lines: string[]) => lines.with(5, lines[6] ?? '').with(6, lines[5] ?? '')],
  ])('refuses %s', async (name, change) => {
    const key = succeed('signing', 'pubkey', '--key-file', at('keys', 'receipts.json')).trim()
    const copy = at(`copy-${name.replaceAll(' ', '-')}`)
    cpSync(at('evidence', 'live'), copy, {recursive: true})
    const file = join(copy, logFile(copy))
    const lines = readFileSync(file, 'utf8').split('\n')
    const changed = change(lines).join('\n')
    expect(changed).not.toBe(lines.join('\n'))
    writeFileSync(file, changed)
    for (const args of [
      ['verify-receipt', '--chain', copy, '--key', key, '--whole-recorder'],
      ['integrity', 'verify', copy, '--key', key],
    ]) {
      const {status, stdout} = pipelock(...args)
      expect(status, stdout).toBe(1)
    }
  })

  test('refuses a truncated tail after a clean stop, and a wrong key', async () => {
    const key = succeed('signing', 'pubkey', '--key-file', at('keys', 'receipts.json')).trim()
    const copy = at('copy-truncated')
    cpSync(at('evidence', 'live'), copy, {recursive: true})
    const file = join(copy, logFile(copy))
    const text = readFileSync(file, 'utf8')
    truncateSync(file, text.lastIndexOf('\n', text.length - 2) + 1)
    const truncated = pipelock('verify-receipt', '--chain', copy, '--key', key, '--whole-recorder', '--json')
    expect(truncated.status, truncated.stdout).toBe(1)
    succeed('keygen', 'stranger')
    const wrong = pipelock(
      'verify-receipt',
      '--chain',
      at('evidence', 'live'),
      '--key',
      at('home', 'agents', 'stranger', 'id_ed25519.pub'),
    )
    expect(wrong.status, wrong.stdout).toBe(1)
  })
})

/** Ratify looks keys up by id in one key store: the receipt key file stands in its `keys` folder. */
function withReceiptKey(): string[] {
  mkdirSync(at('home', 'keys'), {recursive: true})
  cpSync(at('keys', 'receipts.json'), at('home', 'keys', 'receipts.json'))
  return []
}

function firstManifest(): string {
  for (const name of readdirSync(at('store', 'manifests'))) {
    const {body} = JSON.parse(readFileSync(at('store', 'manifests', name), 'utf8')) as {body: {generation: number}}
    if (body.generation === 1) return `sha256:${name.slice('sha256-'.length, -'.json'.length)}`
  }
  throw new Error('the store has no first manifest')
}

const logFile = (folder: string): string => readdirSync(folder).find((name) => name.endsWith('.jsonl')) ?? ''

function receiptLines(name: string): string[] {
  return readdirSync(at('evidence', name))
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(at('evidence', name, file), 'utf8').split('\n'))
    .filter((line) => line.includes('"type":"action_receipt"'))
}
