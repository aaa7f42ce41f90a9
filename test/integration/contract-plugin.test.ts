// The plugin as the host uses it: one loader across configuration reloads, a consistent snapshot per pipeline.
import type {LastContract} from '../../src/core/services/recorder.js'
import {parseTarget} from '../../src/core/target.js'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {manifestText} from '../../src/formats/documents/active-manifest.js'
import {writeFileAtomic} from '../../src/lib/atomic-file.js'
import contractPlugin from '../../src/plugins/contract/index.js'
import {appendEvidenceReceipt} from '../../src/plugins/receipts/receipt-file.js'
import {sections} from '../../src/plugins/contract/config.js'
import {
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  PIN,
  rosterFile,
  selectorFor,
  type TestStore,
} from '../support/contract-store.js'

type Config = Parameters<typeof contractPlugin.create>[0]
type Context = Parameters<typeof contractPlugin.create>[2]
type Ports = Context['ports']
type State = Parameters<typeof contractPlugin.create>[1]

const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])
let files: TestStore
let lastContract: LastContract | undefined
let warned: string[]
let changes: number
let onChange: (() => void) | undefined

beforeEach(() => {
  files = makeStore()
  files.install(first, second)
  writeFileSync(files.path('..', 'roster.json'), rosterFile())
  lastContract = undefined
  warned = []
  changes = 0
  onChange = undefined
})
afterEach(() => files.remove())

const ports = (): Ports => ({
  clock: files.clock,
  random: (bytes) => new Uint8Array(bytes),
  env: {},
  log: {debug() {}, info() {}, warn() {}, error() {}},
  resolve: () => Promise.reject(new Error('no resolver')),
  home: files.directory,
  build: {version: 't', sha: 't', runtime: 't'},
})

const services: Readonly<Record<string, object>> = {
  receipts: {appendEvidenceReceipt},
  recorder: {evidence: () => false, status: () => ({lastContract})},
  dlp: {isClean: () => true},
  learn: {salt: () => Promise.resolve(undefined)},
}

const settings: Readonly<Record<string, object>> = {
  recorder: {signingKeyPath: ''},
  'request-scanning': {enabled: true, maxBodyBytes: 5_242_880},
}

const context = (): Context => ({
  ports: ports(),
  hashes: {raw: '', policy: ''},
  service: ((name: string) => services[name]) as unknown as Context['service'],
  settings: ((name: string) => settings[name]) as unknown as Context['settings'],
  changed: () => {
    changes++
    onChange?.()
  },
  warn: (field) => warned.push(field),
  samples: () => [],
})

const config = (more: object = {}): Config =>
  ({
    learn_lock: sections.learn_lock.parse({
      enabled: true,
      mode: 'live',
      store_dir: files.directory,
      roster_path: join(files.directory, '..', 'roster.json'),
      environment: ENVIRONMENT,
      pinned_root_fingerprint: PIN,
      ...more,
    }),
  }) as Config

/** An instance whose lock is on. */
async function running(state: State, more: object = {}) {
  const instance = await contractPlugin.create(config(more), state, context())
  const {service, hooks, health, close} = instance
  if (!hooks || !health || !close) throw new Error('the lock is off')
  return {service, hooks, health, close}
}

const one = () => files.manifest({generation: 1, selectors: [selectorFor('agent-a', first)]})
const two = () => files.manifest({generation: 2, prior: hashOf(one()), selectors: [selectorFor('agent-a', second)]})

test('off: no hook, no access to the store', async () => {
  const instance = await contractPlugin.create(
    config({enabled: false, store_dir: '/nowhere'}),
    contractPlugin.state(ports()),
    context(),
  )
  expect(instance.service).toMatchObject({mode: 'off'})
  expect('hooks' in instance).toBe(false)
})

test('a store that is missing, or a roster under another pin, refuses to start', async () => {
  const create = (more: object) => contractPlugin.create(config(more), contractPlugin.state(ports()), context())
  await expect(create({store_dir: files.path('nowhere')})).rejects.toMatchObject({code: 'file_not_found'})
  await expect(create({pinned_root_fingerprint: `sha256:${'0'.repeat(64)}`})).rejects.toMatchObject({
    code: 'roster_fingerprint_mismatch',
  })
})

test('a promote while running asks for a new pipeline; the old hooks keep their set', async () => {
  files.activate(one())
  const instance = await running(contractPlugin.state(ports()))
  const before = instance.hooks()
  const swapped = new Promise<void>((resolve) => {
    onChange = resolve
  })
  writeFileAtomic(files.path('active.json'), manifestText(two()))
  await swapped
  const after = instance.hooks()
  const ruleOf = (hooks: typeof before) =>
    hooks.contract(exchange(), {action: 'allow', cause: undefined, findings: []}).outcome?.ruleId
  expect([ruleOf(before), ruleOf(after)]).toEqual(['r-1', 'r-2'])
  expect(instance.health()).toBe('ok')
  expect(instance.service.status()).toMatchObject({generation: 2})
  await instance.close()
})

test('a configuration reload keeps the set, takes the mode, and warns of what needs a restart', async () => {
  files.activate(one())
  const state = contractPlugin.state(ports())
  const old = await running(state)
  const next = await running(state, {mode: 'shadow', enabled: false, store_dir: '/elsewhere'})
  await old.close()
  expect(warned).toEqual(['learn_lock.enabled', 'learn_lock.store_dir'])
  const verdict = next
    .hooks()
    .contract(exchange('https://other.example/'), {action: 'allow', cause: undefined, findings: []})
  expect(verdict).toMatchObject({findings: [], outcome: {liveVerdict: 'block', verdict: 'allow'}})
  expect(next.service.status()?.generation).toBe(1)
  expect(changes).toBe(0)
  await next.close()
})

test('a reload that raises the floor of signatures refuses the set at the next look and keeps it', async () => {
  files.activate(one())
  const state = contractPlugin.state(ports())
  const old = await running(state)
  const next = await running(state, {minimum_signatures: 2})
  expect(next.health()).toContain('dual_control')
  expect(next.service.status()?.generation).toBe(1)
  await old.close()
  await next.close()
})

function exchange(raw = 'https://api.example.com/') {
  return {
    id: 'x',
    requestId: 'req-1',
    transport: 'forward' as const,
    purpose: 'request' as const,
    agent: {name: 'agent-a', basis: 'bound' as const},
    clientIp: '127.0.0.1',
    rawTarget: raw,
    target: parseTarget(raw).target,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
  }
}

/** What stays of a promoted contract when its store is emptied, and the settings of the start. */
const TRACES: readonly (readonly [string, () => void, object])[] = [
  [
    'the journal',
    () => writeFileSync(files.path('.activation_journal.jsonl'), '{"outcome":"accepted","generation":2}\n'),
    {},
  ],
  [
    'an accepted receipt',
    () =>
      writeFileSync(
        files.path('activation-receipts.jsonl'),
        '{"payload_kind":"contract_promote_committed","payload":{"validation_outcome":"accepted"}}\n',
      ),
    {},
  ],
  [
    'the receipts of the recorder',
    () => void (lastContract = {generation: 2, where: 'entry 7 of evidence-proxy-0.jsonl'}),
    {},
  ],
  ['a configured floor', () => {}, {minimum_generation: 1}],
  ['nothing but require_active', () => {}, {require_active: true}],
]

test.each(TRACES)('an empty store beside %s: mode live refuses to start, shadow warns', async (_, leave, more) => {
  leave()
  const start = (settings: object) => running(contractPlugin.state(ports()), {...more, ...settings})
  await expect(start({})).rejects.toMatchObject({code: 'no_active_manifest'})
  const shadow = await start({mode: 'shadow'})
  expect(warned).toEqual(['learn_lock'])
  await shadow.close()
})

test('an older manifest in an emptied store: mode live refuses it by the receipts or by the configured floor', async () => {
  files.activate(one())
  lastContract = {generation: 2, where: 'entry 7 of evidence-proxy-0.jsonl'}
  const start = (more: object = {}) => running(contractPlugin.state(ports()), more)
  await expect(start()).rejects.toMatchObject({code: 'generation_not_monotonic'})
  lastContract = undefined
  await expect(start({minimum_generation: 2})).rejects.toMatchObject({code: 'generation_not_monotonic'})
  await (await start({minimum_generation: 1})).close()
})

test('a store that is begun anew on purpose: minimum_generation 0 replaces what the receipts name', async () => {
  lastContract = {generation: 9, where: 'entry 7 of evidence-proxy-0.jsonl'}
  await (await running(contractPlugin.state(ports()), {minimum_generation: 0})).close()
  files.activate(one())
  await (await running(contractPlugin.state(ports()), {minimum_generation: 0})).close()
})

test('a reload to mode live while nothing is in force that was: it is refused, and shadow continues', async () => {
  const state = contractPlugin.state(ports())
  writeFileSync(files.path('.activation_journal.jsonl'), '{"outcome":"accepted","generation":2}\n')
  const shadow = await running(state, {mode: 'shadow'})
  await expect(running(state)).rejects.toMatchObject({code: 'no_active_manifest'})
  expect(shadow.service.mode).toBe('shadow')
  await shadow.close()
})
