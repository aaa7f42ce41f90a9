// A tunnel that stands while what is in force changes: a promote, a rollback, another mode. It ends when its
// host is newly denied, with a receipt, and only then: a reload that is refused changes nothing.
import {createServer, type Server} from 'node:net'
import type {AddressInfo} from 'node:net'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {manifestText, signManifest, type Manifest} from '../../src/formats/documents/active-manifest.js'
import {privateKeyFileText} from '../../src/formats/keys/key-file.js'
import {writeFileAtomic} from '../../src/lib/atomic-file.js'
import {clientHello} from '../support/client-hello.js'
import {
  ANNA,
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  PIN,
  RECEIPT,
  ROSTER_KEYS,
  rosterFile,
  selectorFor,
  type TestStore,
} from '../support/contract-store.js'
import {send, BASE, startFirewall, type TestFirewall} from '../support/firewalls.js'
import {RawClient} from '../support/raw-socket.js'

let store: TestStore
let echo: Server
let port: number
let folder: string
let running: TestFirewall
let mode: string

const tunnelRule = (host: string) =>
  httpRule(`r-${host}`, {host: {value: host, data_class: 'public'}, ports: [port], methods: ['CONNECT']})
const open = () => contract('coder', [tunnelRule('origin.example')])
const closed = () => contract('coder', [tunnelRule('other.example')])

beforeEach(async () => {
  store = makeStore()
  folder = mkdtempSync(join(tmpdir(), 'contract-tunnels-'))
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
  await new Promise<void>((done) => echo.listen(0, '127.0.0.1', done))
  port = (echo.address() as AddressInfo).port
  store.install(open(), closed())
  writeFileSync(join(folder, 'roster.json'), rosterFile())
  writeFileSync(join(folder, 'signer'), privateKeyFileText(RECEIPT.key), {mode: 0o600})
})
afterEach(async () => {
  await running.close()
  await new Promise((done) => echo.close(done))
  store.remove()
  rmSync(folder, {recursive: true, force: true})
})

const configuration = (): string => `${BASE}
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
`

async function start(first: Manifest, inMode = 'live'): Promise<void> {
  mode = inMode
  store.activate(first)
  running = await startFirewall(configuration())
}

async function switchTo(next: string): Promise<void> {
  mode = next
  running.rewrite(configuration())
  expect(await running.firewall.reload()).toMatchObject({status: 'success'})
}

/** A tunnel whose first bytes were taken for TLS and that echoes. */
async function tunnel(): Promise<RawClient> {
  const client = await RawClient.open(running.firewall.addresses().main.port)
  client.send(`CONNECT origin.example:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await client.until((text) => text.includes('200 Connection Established'))
  client.send(clientHello({serverName: 'origin.example'}))
  await stands(client)
  return client
}

let pings = 0
async function stands(client: RawClient): Promise<void> {
  const ping = `ping-${++pings}.`
  client.send(ping)
  await client.until((text) => text.includes(ping))
}

async function refused(): Promise<string> {
  const client = await RawClient.open(running.firewall.addresses().main.port)
  client.send(`CONNECT origin.example:${port} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const text = await client.until((received) => received.includes('\r\n\r\n'))
  await client.finish().end()
  return text
}

const promote = (manifest: Manifest): void => writeFileAtomic(store.path('active.json'), manifestText(manifest))
const one = (bound = open()) => store.manifest({generation: 1, selectors: [selectorFor('coder', bound)]})
const after = (prior: Manifest, bound: ReturnType<typeof open>, rollbackTarget?: string): Manifest =>
  signManifest(
    {
      generation: Number(prior.body.generation) + 1,
      priorManifestHash: hashOf(prior),
      environment: ENVIRONMENT,
      selectors: [selectorFor('coder', bound)],
      signedAt: '2026-05-01T00:00:00Z',
      ...(rollbackTarget !== undefined && {rollbackTarget}),
    },
    [ANNA],
  )

const receipts = () =>
  readFileSync(join(folder, 'evidence', 'evidence-proxy-0.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as {type: string; detail: {payload?: Record<string, unknown>; contract_hash?: string}},
    )
    .filter(({type}) => type === 'evidence_receipt')

test('a promote ends it, a rollback allows it again, and a rollback to the denial ends the next one', async () => {
  const first = one()
  await start(first)
  const opened = await tunnel()
  const second = after(first, closed())
  promote(second)
  await opened.end()
  expect(await refused()).toContain('contract_default_deny')

  const third = after(second, open(), hashOf(first))
  promote(third)
  while (running.firewall.services().contract.status()?.generation !== 3)
    await new Promise((next) => setImmediate(next))
  const again = await tunnel()
  promote(after(third, closed(), hashOf(second)))
  await again.end()
  expect(await refused()).toContain('contract_default_deny')

  await running.firewall.stop('test', 100)
  const text = receipts().filter(({detail}) => detail.payload?.['verdict'] !== undefined)
  expect(text.map(({detail}) => [detail.payload?.['verdict'], detail.contract_hash])).toEqual([
    ['allow', open().body.contract_hash],
    ['block', closed().body.contract_hash], // the tunnel that the promote ended
    ['block', closed().body.contract_hash],
    ['allow', open().body.contract_hash],
    ['block', closed().body.contract_hash],
    ['block', closed().body.contract_hash],
  ])
})

test('a revoked key keeps the accepted set: the tunnel stands, and what is denied stays denied', async () => {
  await start(one())
  const client = await tunnel()
  const revoked = ROSTER_KEYS.map((info) => (info.key_id === 'op-anna' ? {...info, status: 'revoked'} : info))
  writeFileSync(join(folder, 'roster.json'), rosterFile(revoked))
  running.rewrite(`${configuration()}explain_blocks: true\n`)
  expect(await running.firewall.reload()).toMatchObject({status: 'success'})
  expect((await send(running.firewall, '/health')).status).toBe(503)
  await stands(client)
  // nor can the revoked key put another set in force
  promote(after(one(), closed()))
  const rejections = () => running.firewall.services().contract.status()?.reloads.rejected ?? 0
  const before = rejections()
  while (rejections() === before) await new Promise((next) => setImmediate(next))
  await stands(client)
  expect(running.firewall.services().contract.status()?.generation).toBe(1)
  expect((await send(running.firewall, `http://other.example:${port}/`)).headers['x-pipelock-block-reason']).toBe(
    'contract_default_deny',
  )
  await client.finish().end()
})

test('shadow to live ends what live denies; back in shadow it may be opened and stand', async () => {
  await start(one(closed()), 'shadow')
  const client = await tunnel()
  await switchTo('live')
  await client.end()
  expect(await refused()).toContain('contract_default_deny')
  await switchTo('shadow')
  const again = await tunnel()
  await switchTo('capture')
  await stands(again)
  await switchTo('live')
  await again.end()
})
