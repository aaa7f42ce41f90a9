// A running firewall under a live contract: what it says in receipts of both versions, in /metrics and /health, and what a
// promote does to a tunnel that stands.
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {manifestText} from '../../src/formats/documents/active-manifest.js'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {writeFileAtomic} from '../../src/lib/atomic-file.js'
import {receiptTools} from '../../src/plugins/receipts/tools.js'
import {
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  PIN,
  RECEIPT,
  rosterFile,
  selectorFor,
  type TestStore,
} from '../support/contract-store.js'
import {send, BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {RawClient} from '../support/raw-socket.js'

const session = join(mkdtempSync(join(tmpdir(), 'contract-evidence-')))
const evidence = join(session, 'evidence')
let store: TestStore
let origin: Server
let port: number
let running: TestFirewall | undefined

const host = (value: string) => ({host: {value, data_class: 'public'}, ports: [port]})
const rules = () => [
  httpRule('r-get', {...host('origin.example'), methods: ['GET']}),
  httpRule('r-connect', {...host('origin.example'), methods: ['CONNECT']}),
]
const first = () => contract('agent-a', rules())
const second = () => contract('agent-a', rules().slice(0, 1))
const one = () => store.manifest({generation: 1, selectors: [selectorFor('agent-a', first())]})
const two = () => store.manifest({generation: 2, prior: hashOf(one()), selectors: [selectorFor('agent-a', second())]})

beforeAll(async () => {
  store = makeStore()
  origin = createServer((_, res) => res.end('from origin'))
  await new Promise<void>((done) => origin.listen(0, '127.0.0.1', done))
  port = (origin.address() as AddressInfo).port
  writeFileSync(join(session, 'roster.json'), rosterFile())
  writeFileSync(join(session, 'signer'), privateKeyFileText(RECEIPT.key), {mode: 0o600})
  store.install(first(), second())
  store.activate(one())
  running = await startFirewall(`${BASE}
default_agent_identity: agent-a
bind_default_agent_identity: true
flight_recorder: {enabled: true, dir: ${evidence}, signing_key_path: ${join(session, 'signer')}}
learn_lock:
  enabled: true
  mode: live
  store_dir: ${store.directory}
  roster_path: ${join(session, 'roster.json')}
  environment: ${JSON.stringify(ENVIRONMENT)}
  pinned_root_fingerprint: ${PIN}
`)
})
afterAll(async () => {
  await running?.close()
  await new Promise((done) => origin.close(done))
  store.remove()
  rmSync(session, {recursive: true, force: true})
})

interface Entry {
  readonly type: string
  readonly event_kind?: string
  readonly summary: string
  readonly detail: {
    readonly action_record?: Readonly<Record<string, unknown>>
    readonly payload?: Readonly<Record<string, unknown>>
    readonly contract_hash?: string
  }
}
const entries = (): readonly Entry[] =>
  readFileSync(join(evidence, 'evidence-proxy-0.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry)

test('decisions, counters, a promote that ends a tunnel, and receipts of both versions that verify', async () => {
  if (!running) throw new Error('not started')
  const {firewall} = running
  const at = (name: string) => `http://${name}:${port}/`

  expect((await send(firewall, at('origin.example'))).status).toBe(200)
  const denied = await send(firewall, at('other.example'))
  expect([denied.status, denied.headers['x-pipelock-block-reason']]).toEqual([403, 'contract_default_deny'])
  expect((await send(firewall, at('origin.example'), 'DELETE')).headers['x-pipelock-block-reason']).toBe(
    'contract_enforce_default',
  )
  const tunnel = await RawClient.open(firewall.addresses().main.port)
  tunnel.send(`CONNECT origin.example:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await tunnel.until((text) => text.includes('200 Connection Established'))

  const metrics = async () => (await send(firewall, '/metrics')).body.split('\n')
  const contractLines = async () => (await metrics()).filter((line) => /^pipelock_contract_/.test(line))
  const expected = (generation: number, accepted: number, hash: string) => [
    'pipelock_contract_decisions_total{mode="live",verdict="allow"} 1',
    'pipelock_contract_decisions_total{mode="live",verdict="block"} 2',
    `pipelock_contract_reload_total{outcome="accepted"} ${accepted}`,
    'pipelock_contract_reload_total{outcome="rejected"} 0',
    'pipelock_contract_watcher_errors_total 0',
    `pipelock_contract_generation ${generation}`,
    `pipelock_contract_active{agent="agent-a",contract_hash="${hash}"} 1`,
  ]
  const before = await contractLines()
  expect(before).toEqual(expect.arrayContaining(expected(1, 1, first().body.contract_hash)))
  const health = JSON.parse((await send(firewall, '/health')).body) as Record<string, unknown>
  expect(health['status']).toBe('healthy')
  // which parts there are is nothing for the agent
  expect(health).not.toHaveProperty('subsystems')

  // the promote: CONNECT is no longer allowed
  writeFileAtomic(store.path('active.json'), manifestText(two()))
  await tunnel.end()
  const after = await contractLines()
  expect(after).toEqual(expect.arrayContaining(expected(2, 2, second().body.contract_hash).slice(2)))
  expect(after.filter((line) => line.startsWith('pipelock_contract_active{'))).toHaveLength(1)
  // a file that is no successor is refused: the subsystem is unwell and the set stays
  writeFileAtomic(store.path('active.json'), '{}')
  const unwell = async (): Promise<number> => (await send(firewall, '/health')).status
  while ((await unwell()) !== 503) await new Promise((next) => setImmediate(next))
  const refused = (await contractLines()).find((line) => line.includes('outcome="rejected"'))
  expect(Number(refused?.split(' ')[1])).toBeGreaterThan(0)
  expect((await send(firewall, at('origin.example'))).status).toBe(200)
  await firewall.stop('test', 100)

  // drift of a block is stated besides the decision, when its minute ends
  const receipts = entries().filter(
    ({type, event_kind: kind}) =>
      type === 'action_receipt' || (type === 'evidence_receipt' && kind === 'proxy_decision'),
  )
  const pairs = receipts.map(({type, detail}) =>
    type === 'action_receipt'
      ? ['v1', detail.action_record?.['verdict'], detail.action_record?.['contract_rule_id']]
      : ['v2', detail.payload?.['verdict'], detail.payload?.['rule_id']],
  )
  const both = (verdict: string, rule?: string) => [
    ['v1', verdict, rule],
    ['v2', verdict, rule],
  ]
  expect(pairs).toEqual([
    ...both('allow', 'r-get'),
    ...both('block'),
    ...both('block'),
    ...both('allow', 'r-connect'),
    ...both('block'),
    ...both('allow', 'r-get'),
  ])
  for (const {detail} of receipts.slice(8)) {
    expect(detail.contract_hash ?? detail.action_record?.['contract_hash']).toBe(second().body.contract_hash)
  }

  const keys = [RECEIPT.key.public.hex]
  const integrity = await receiptTools.verifyIntegrity({
    path: evidence,
    keys,
    recursive: false,
    strict: false,
    retainedSuffix: false,
  })
  expect(integrity).toMatchObject({ok: true})
  expect(integrity.text).toMatch(/6 receipts, 8 evidence receipts, completeness=anchored/)
  const whole = await receiptTools.verifyReceipts({
    chain: evidence,
    session: 'proxy',
    keys,
    endorsements: [],
    wholeRecorder: true,
    allowUnanchoredSeal: false,
    strict: true,
    requirePinned: true,
    tolerateTornTail: false,
    retainedSuffix: false,
  })
  expect(whole.json).toMatchObject({valid: true, signatures_verified: true, trust: 'trusted'})
})
