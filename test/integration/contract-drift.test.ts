// What a running firewall states about its contracts: real listeners, a clock that the test moves, receipts that verify.
// Shadow deltas and drift by the minute, missed rules by the hour, quarantine advice, and that a flood is one receipt.
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, afterEach, beforeAll, expect, test, vi} from 'vitest'
import {privateKeyFileText} from '../../src/formats/key-file.js'
import type {Clock} from '../../src/core/ports.js'
import {hmacSha256Hex, sha256Text} from '../../src/lib/hash.js'
import {receiptTools} from '../../src/plugins/receipts/tools.js'
import {
  contract,
  ENVIRONMENT,
  httpRule,
  makeStore,
  PIN,
  RECEIPT,
  rosterFile,
  selectorFor,
  type TestStore,
} from '../support/contract-store.js'
import {RawClient} from '../support/raw-socket.js'
import {send, BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'

const SALT = 'a salt of the test'
const NOON = Date.UTC(2026, 4, 1, 12, 0, 30)
const MINUTE = 60_000
const HOUR = 3_600_000

let store: TestStore
let origin: Server
let port: number
let folder: string
let running: TestFirewall | undefined

beforeAll(async () => {
  origin = createServer((_, res) => res.end('from origin'))
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
  port = (origin.address() as AddressInfo).port
})
afterAll(() => new Promise((done) => origin.close(done)))
afterEach(async () => {
  await running?.close()
  running = undefined
  store.remove()
  rmSync(folder, {recursive: true, force: true})
})

const observed = (windows: number) => ({
  observation: {windows_observed: windows, windows_with_opportunity: 10},
  recurring_support: {windows_floor: 3, windows_seen_in_last_n: windows},
  opportunity_health: {missing_alert_threshold: '0.50'},
})
const at = (value: string) => ({host: {value, data_class: 'public'}, ports: [port]})
const path = (value: string) => ({paths: [{value, data_class: 'public'}]})
const bound = () =>
  contract('coder', [
    {...httpRule('r-host', at('origin.example'), 'capture_only'), ...observed(10)},
    {...httpRule('r-page', {...at('origin.example'), ...path('/page')}), ...observed(10)},
    {...httpRule('r-news', {...at('origin.example'), ...path('/news')}), ...observed(10)},
  ])

interface Options {
  readonly mode: string
  readonly more?: string
}

async function start({mode, more = ''}: Options): Promise<Clock & {move(ms: number): void}> {
  folder = mkdtempSync(join(tmpdir(), 'contract-drift-'))
  store = makeStore()
  store.install(bound())
  store.activate(store.manifest({generation: 1, selectors: [selectorFor('coder', bound())]}))
  writeFileSync(join(folder, 'roster.json'), rosterFile())
  writeFileSync(join(folder, 'signer'), privateKeyFileText(RECEIPT.key), {mode: 0o600})
  let now = NOON
  const clock = {now: () => now, monotonic: () => performance.now(), move: (ms: number) => void (now += ms)}
  running = await startFirewall(configuration(mode, more), {clock})
  return clock
}

const configuration = (mode: string, more: string): string => `${BASE}
default_agent_identity: coder
bind_default_agent_identity: true
flight_recorder: {enabled: true, dir: ${join(folder, 'evidence')}, signing_key_path: ${join(folder, 'signer')}}
learn_lock:
  enabled: true
  mode: ${mode}
  store_dir: ${store.directory}
  roster_path: ${join(folder, 'roster.json')}
  environment: ${JSON.stringify(ENVIRONMENT)}
  pinned_root_fingerprint: ${PIN}
${more}`

const use = (): TestFirewall => {
  if (!running) throw new Error('not started')
  return running
}
const get = async (url: string, method = 'GET'): Promise<number> => (await send(use().firewall, url, method)).status
const url = (host: string, page: string) => `http://${host}:${port}${page}`

type Payload = Readonly<Record<string, unknown>>
interface Receipt {
  readonly payload_kind: string
  readonly contract_hash: string
  readonly active_manifest_hash: string
  readonly selector_id: string
  readonly contract_generation: number
  readonly payload: Payload
}

/** Stops the firewall and gives the evidence receipts of other kinds than decisions. */
async function statements(): Promise<readonly Receipt[]> {
  await use().firewall.stop('test', 100)
  const directory = join(folder, 'evidence')
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as {type: string; detail: Receipt})
    .filter(({type, detail}) => type === 'evidence_receipt' && detail.payload_kind !== 'proxy_decision')
    .map(({detail}) => detail)
}

const payloads = (receipts: readonly Receipt[], kind: string): readonly Payload[] =>
  receipts.filter((r) => r.payload_kind === kind).map((r) => r.payload)

async function verifies(): Promise<void> {
  const whole = await receiptTools.verifyReceipts({
    chain: join(folder, 'evidence'),
    session: 'proxy',
    keys: [RECEIPT.key.public.hex],
    endorsements: [],
    wholeRecorder: true,
    allowUnanchoredSeal: false,
    strict: true,
    requirePinned: true,
    tolerateTornTail: false,
    retainedSuffix: false,
  })
  expect(whole.json).toMatchObject({valid: true, signatures_verified: true, trust: 'trusted'})
}

const metric = async (name: string): Promise<number | undefined> => {
  const line = (await send(use().firewall, '/metrics')).body
    .split('\n')
    .find((text) => text.startsWith(`pipelock_${name} `))
  return line === undefined ? undefined : Number(line.split(' ')[1])
}
const events = (name: string) =>
  use()
    .log()
    .filter(({event}) => event === name)

test('shadow: what live would block becomes one signed batch for each rule and minute, lossless, with three exemplars', async () => {
  const clock = await start({mode: 'shadow', more: `learn: {privacy: {salt_source: ${JSON.stringify(SALT)}}}`})
  for (let i = 0; i < 5; i++) expect(await get(url('other.example', `/${i}`))).toBe(200)
  expect(await get(url('origin.example', '/admin'))).toBe(200)
  expect(await get(url('origin.example', '/page'))).toBe(200)
  clock.move(MINUTE)
  expect(await get(url('other.example', '/later'))).toBe(200)
  expect(await metric('contract_shadow_deltas_total')).toBe(7)

  const results = await statements()
  const deltas = payloads(results, 'shadow_delta')
  const id = (host: string, page: string) =>
    `hmac:${hmacSha256Hex(SALT, ['url', 'GET', url(host, page), '', ''].join('\0'))}`
  const batch = (rule_id: string, minute: string, end: string, exemplar_ids: readonly string[], count: number) => ({
    contract_hash: bound().body.contract_hash,
    rule_id,
    original_verdict: 'allow',
    candidate_verdict: 'block',
    aggregation: {
      window_start: `2026-05-01T12:${minute}:00Z`,
      window_end: `2026-05-01T12:${end}:00Z`,
      lossless_count: count,
      delta_sample_count: count,
      exemplar_ids,
    },
  })
  // a page that no rule of a known host covers is charged to no rule either
  const six = [
    ...['/0', '/1', '/2', '/3', '/4'].map((page) => id('other.example', page)),
    id('origin.example', '/admin'),
  ].sort()
  expect(deltas).toEqual([
    batch('default_deny', '00', '01', six.slice(0, 3), 6),
    batch('default_deny', '01', '02', [id('other.example', '/later')], 1),
  ])
  expect(payloads(results, 'contract_drift')).toEqual([
    {
      contract_hash: bound().body.contract_hash,
      rule_id: 'default_deny',
      drift_kind: 'positive',
      observation_summary:
        '6 in the minute from 2026-05-01T12:00:00Z in mode shadow: contract_default_deny 5, contract_enforce_default 1',
    },
    expect.objectContaining({rule_id: 'default_deny'}),
  ])
  // bound to what was in force, like the decisions themselves
  for (const receipt of results) {
    expect(receipt).toMatchObject({contract_hash: bound().body.contract_hash, contract_generation: 1})
    expect(receipt.active_manifest_hash).toMatch(/^sha256:/)
    expect(receipt.selector_id).toMatch(/^sha256:/)
  }
  await verifies()
})

test('without a salt the ids are plain digests, and a salt that cannot be read makes no guessable ones', async () => {
  await start({mode: 'shadow'})
  await get(url('other.example', '/x'))
  const ids = (results: readonly Receipt[]) =>
    payloads(results, 'shadow_delta').flatMap((p) => (p['aggregation'] as {exemplar_ids: string[]}).exemplar_ids)
  expect(ids(await statements())).toEqual([sha256Text(['url', 'GET', url('other.example', '/x'), '', ''].join('\0'))])
  await use().close()
  store.remove()
  rmSync(folder, {recursive: true})

  await start({mode: 'shadow', more: 'learn: {privacy: {salt_source: "${PIPELOCK_NO_SUCH_SALT}"}}'})
  expect(
    use()
      .firewall.warnings()
      .map(({field}) => field),
  ).toContain('learn.privacy.salt_source')
  await get(url('other.example', '/x'))
  expect(ids(await statements())).toEqual([expect.stringMatching(/^hmac:[0-9a-f]{64}$/)])
})

test('live: drift without shadow deltas; capture: nothing at all', async () => {
  await start({mode: 'live'})
  expect(await get(url('other.example', '/'))).toBe(403)
  expect(await get(url('origin.example', '/page'), 'DELETE')).toBe(200)
  expect(await get(url('origin.example', '/admin'))).toBe(403)
  const live = await statements()
  expect(live.map((r) => [r.payload_kind, r.payload['rule_id'], r.payload['observation_summary']])).toEqual([
    [
      'contract_drift',
      'default_deny',
      expect.stringContaining('mode live: contract_default_deny 1, contract_enforce_default 1'),
    ],
  ])
  await verifies()
  await use().close()
  store.remove()
  rmSync(folder, {recursive: true})

  await start({mode: 'capture'})
  expect(await get(url('other.example', '/'))).toBe(200)
  expect(await metric('contract_drift_total{kind="positive"}')).toBe(0)
  expect(await metric('contract_shadow_deltas_total')).toBe(0)
  expect(await statements()).toEqual([])
  for (const name of ['contract_would_block', 'contract_drift', 'contract_quarantine']) expect(events(name)).toEqual([])
})

test('a flood of different requests is one receipt of each kind for each rule and minute', async () => {
  await start({mode: 'shadow'})
  const many = 400
  for (let i = 0; i < many; i += 20) {
    await Promise.all(Array.from({length: 20}, (_, n) => get(url('other.example', `/flood/${i + n}`))))
  }
  const results = await statements()
  expect(results.map((r) => r.payload_kind)).toEqual(['shadow_delta', 'contract_drift'])
  expect(payloads(results, 'shadow_delta')[0]).toMatchObject({aggregation: {lossless_count: many}})
  expect(payloads(results, 'contract_drift')[0]?.['observation_summary']).toContain(`${many} in the minute`)
  await vi.waitFor(() =>
    expect(events('contract_drift')).toMatchObject([{rule: 'default_deny', kind: 'positive', count: many}]),
  )
  // fifty evaluations are enough to advise: all of them would be blocked
  await vi.waitFor(() =>
    expect(events('contract_quarantine')).toMatchObject([{rule: 'default_deny', evaluations: many, new_blocks: many}]),
  )
})

test('a head that is refused before any contract is asked is bound to the one in force', async () => {
  await start({mode: 'live'})
  const client = await RawClient.open(use().firewall.addresses().main.port)
  client.send(`GET http://origin.example:${port}/page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`)
  expect(await client.until((text) => text.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 4/)
  await client.finish().end()
  await use().firewall.stop('test', 100)
  const lines = readFileSync(join(folder, 'evidence', 'evidence-proxy-0.jsonl'), 'utf8')
  const texts = lines
    .split('\n')
    .filter((line) => line.includes('"event_kind":"proxy_decision"'))
    .map((line) => (JSON.parse(line) as {detail: Receipt}).detail)
  expect(texts).toMatchObject([
    {contract_hash: bound().body.contract_hash, payload: {verdict: 'block', winning_source: 'scanner'}},
  ])
})

test('hours without a rule: negative drift after the required ones; nothing changes in what is enforced', async () => {
  const clock = await start({mode: 'live'})
  for (let hours = 0; hours < 4; hours++) {
    expect(await get(url('origin.example', '/page'))).toBe(200)
    clock.move(HOUR)
  }
  // the hour of the start was seen in part only; the fourth hour is open still
  expect(await metric('contract_drift_total{kind="negative"}')).toBe(0)
  expect(await get(url('origin.example', '/page'))).toBe(200)
  clock.move(MINUTE)
  await get(url('origin.example', '/page'))
  expect(await metric('contract_drift_total{kind="negative"}')).toBe(1)
  expect(await get(url('origin.example', '/news'))).toBe(200)
  const results = await statements()
  expect(results.map((r) => [r.payload_kind, r.payload])).toEqual([
    [
      'contract_drift',
      {
        contract_hash: bound().body.contract_hash,
        rule_id: 'r-news',
        drift_kind: 'negative',
        missed_windows: 3,
        opportunity_status: 'healthy',
      },
    ],
  ])
  await vi.waitFor(() =>
    expect(events('contract_drift')).toMatchObject([{kind: 'negative', rule: 'r-news', missed_windows: 3}]),
  )
  await verifies()
})

test('the host is gone: the opportunity is missing, and its pages are not said to drift', async () => {
  const clock = await start({mode: 'shadow'})
  for (let hours = 0; hours < 5; hours++) {
    await get(url('other.example', '/'))
    clock.move(HOUR)
  }
  const results = await statements()
  expect(payloads(results, 'opportunity_missing')).toEqual(
    ['r-page', 'r-news'].map((rule_id) => ({
      contract_hash: bound().body.contract_hash,
      rule_id,
      parent_context: `host:origin.example:${port}`,
      historical_opportunity_rate: '1.0000',
      current_opportunity_rate: '0.0000',
      window: '2026-05-01T13:00:00Z/PT3H',
    })),
  )
  expect(payloads(results, 'contract_drift').filter((p) => p['drift_kind'] === 'negative')).toEqual([
    expect.objectContaining({rule_id: 'r-host', missed_windows: 3}),
  ])
})
