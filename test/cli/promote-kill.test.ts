// `learn promote` as a process, killed before every single call that writes: the store then holds the old manifest or the
// new one, and the next promote works and settles the receipts. Runs the build.
import {spawnSync} from 'node:child_process'
import {cpSync, existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {contractYaml} from '../../src/core/formats/documents/contract.js'
import {jsonKeyText} from '../../src/core/formats/key-file.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {readReceiptFile} from '../../src/plugins/contract/lifecycle-receipts.js'
import {
  ANNA,
  contract,
  ENVIRONMENT,
  httpRule,
  makeStore,
  NOW,
  PIN,
  RECEIPT,
  roster,
  rosterFile,
  type TestStore,
} from '../support/contract-store.js'

const project = fileURLToPath(new URL('../..', import.meta.url))
const preload = fileURLToPath(new URL('../support/kill-at-write.mjs', import.meta.url))
const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])

let files: TestStore
let keys: string

beforeAll(() => {
  files = makeStore()
  keys = files.path('..')
  writeFileSync(join(keys, 'anna.json'), jsonKeyText(ANNA.key, 'contract-activation-signing', NOW, ANNA.keyId), {
    mode: 0o600,
  })
  writeFileSync(join(keys, 'receipts.json'), jsonKeyText(RECEIPT.key, 'receipt-signing', NOW, RECEIPT.id), {
    mode: 0o600,
  })
  writeFileSync(join(keys, 'roster.json'), rosterFile())
  writeFileSync(join(keys, 'second.yaml'), contractYaml(second))
  files.install(first)
})
afterAll(() => files.remove())

function promote(store: string, bound: typeof first, killAt = 0) {
  const words = [
    ...['--contract-store', store, '--roster', join(keys, 'roster.json'), '--roster-root-fingerprint', PIN],
    ...['--activation-key', ANNA.keyId, '--receipt-key-agent', RECEIPT.id, '--keystore', keys],
    ...[
      '--environment-id',
      ENVIRONMENT.id,
      '--tenant',
      ENVIRONMENT.tenant,
      '--deployment-id',
      ENVIRONMENT.deployment_id,
    ],
    ...['--contract', bound.body.contract_hash, '--selector', 'agent-a', '--candidate', join(keys, 'second.yaml')],
  ]
  return spawnSync(process.execPath, ['--import', preload, 'bin/run.js', 'learn', 'promote', ...words], {
    cwd: project,
    encoding: 'utf8',
    env: {...process.env, KILL_AT: String(killAt)},
  })
}

function activeContract(store: string): string | undefined {
  const reader = new ContractStore({
    directory: store,
    roster: () => roster(),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: files.clock,
  })
  return reader.readActive()?.bindings[0]?.contractHash
}

test('killed before every write', {timeout: 300_000}, () => {
  expect(promote(files.directory, first)).toMatchObject({status: 0})
  const seen = new Set<string | undefined>()
  let killed = 0
  for (let at = 1; ; at++) {
    const store = `${files.directory}-${at}`
    cpSync(files.directory, store, {recursive: true})
    const run = promote(store, second, at)
    if (run.signal !== 'SIGKILL') {
      expect(run).toMatchObject({status: 0})
      break
    }
    killed++
    const now = activeContract(store)
    expect([first.body.contract_hash, second.body.contract_hash]).toContain(now)
    seen.add(now)
    const next = promote(store, second)
    expect([next.status, next.stderr.includes('error')]).toEqual([0, false])
    expect(activeContract(store)).toBe(second.body.contract_hash)
    expect(readReceiptFile(join(store, 'activation-receipts.jsonl')).pending).toEqual([])
    expect(existsSync(join(store, '.lock'))).toBe(false)
    rmSync(store, {recursive: true})
  }
  // both halves of the sequence were reached
  expect(seen.size).toBe(2)
  expect(killed).toBeGreaterThan(20)
  expect(readFileSync(join(files.directory, 'active.json'), 'utf8')).toContain(first.body.contract_hash)
})
