// The loader on real directories with real watchers: every step waits for the outcome that it causes.
import {existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs'
import {afterEach, beforeEach, expect, test, vi} from 'vitest'
import {manifestText, type Manifest} from '../../src/formats/documents/active-manifest.js'
import {PipelockError} from '../../src/core/errors.js'
import {writeFileAtomic} from '../../src/lib/atomic-file.js'
import {ContractLoader, type ReloadOutcome} from '../../src/plugins/contract/loader.js'
import {readReceiptFile} from '../../src/plugins/contract/lifecycle-receipts.js'
import {promote} from '../../src/plugins/contract/promote.js'
import {settleReceipts} from '../../src/plugins/contract/settle.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {jsonKeyText} from '../../src/formats/key-file.js'
import {appendEvidenceReceipt} from '../../src/plugins/receipts/receipt-file.js'
import {
  ANNA,
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  NOW,
  RECEIPT,
  roster,
  ROSTER_KEYS,
  selectorFor,
  type TestStore,
} from '../support/contract-store.js'

const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])
const silent = {debug() {}, info() {}, warn() {}, error() {}}

let files: TestStore
let loader: ContractLoader
let keys = ROSTER_KEYS
let store: ContractStore
const outcomes: ReloadOutcome[] = []
let wake: (() => void) | undefined

function start(times: object = {}, more: object = {}): void {
  store = new ContractStore({
    directory: files.directory,
    roster: () => roster(keys),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: files.clock,
  })
  loader = new ContractLoader({
    store,
    clock: files.clock,
    log: silent,
    // polling is off where events are what is tested
    times: {debounceMs: 5, forceMs: 50, pollMs: 3_600_000, retryMs: 20, ...times},
    onReload: (outcome) => {
      outcomes.push(outcome)
      wake?.()
    },
    ...more,
  })
  loader.start()
}

async function next(): Promise<ReloadOutcome> {
  for (;;) {
    const outcome = outcomes.shift()
    if (outcome) return outcome
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

const generation = (number: number, bound = first, prior?: Manifest): Manifest =>
  files.manifest({generation: number, ...(prior && {prior: hashOf(prior)}), selectors: [selectorFor('agent-a', bound)]})

const put = (manifest: Manifest): void => writeFileAtomic(files.path('active.json'), manifestText(manifest))

beforeEach(() => {
  files = makeStore()
  keys = ROSTER_KEYS
  outcomes.length = 0
  wake = undefined
  files.install(first, second)
})
afterEach(() => {
  loader.close()
  files.remove()
})

test('from nothing to the first manifest, to the next one; the same again changes nothing', async () => {
  const one = generation(1)
  const two = generation(2, second, one)
  start()
  expect(await next()).toBe('no_active')
  expect(loader.contracts).toBeUndefined()
  let swaps = 0
  loader.onSwap(() => swaps++)
  put(one)
  expect(await next()).toBe('accepted')
  put(two)
  expect(await next()).toBe('accepted')
  put(two)
  expect(await next()).toBe('same_hash')
  expect(swaps).toBe(2)
  expect(loader.contracts?.generation).toBe(2)
  expect(loader.health()).toBe('ok')
  expect(loader.status()).toMatchObject({
    generation: 2,
    manifestHash: hashOf(two),
    active: [{agent: 'agent-a', contractHash: second.body.contract_hash}],
    reloads: {accepted: 2, same_hash: 1, no_active: 1, rejected: 0, error: 0},
  })
  expect(readFileSync(files.path('manifests', `${hashOf(two).replace(':', '-')}.json`), 'utf8')).toBe(manifestText(two))
})

test('deleting or replaying does not unlock with the next start either', () => {
  const codeOfStart = (): string => {
    try {
      start()
      loader.close()
      return 'started'
    } catch (error) {
      return error instanceof PipelockError ? `${error.code}: ${error.hint}` : String(error)
    }
  }
  const one = generation(1)
  const two = generation(2, second, one)
  files.accept(one)
  files.accept(two)
  put(one)
  const rollback = `pipelock learn rollback --to ${hashOf(two)}`
  expect(codeOfStart()).toContain('generation_not_monotonic')
  expect(codeOfStart()).toContain(rollback)
  unlinkSync(files.path('active.json'))
  expect(codeOfStart()).toContain(`no_active_manifest: bring active.json back, or write it anew: ${rollback}`)
  // neither a stray file nor the end of a key makes the past disappear
  writeFileSync(files.path('manifests', 'stray'), '')
  keys = ROSTER_KEYS.map((info) => (info.key_id === ANNA.keyId ? {...info, valid_until: '2026-06-01T00:00:00Z'} : info))
  files.clock.set(Date.parse('2027-01-01T00:00:00Z'))
  expect(codeOfStart()).toContain('no_active_manifest')
  // what no operator signed has no say
  keys = ROSTER_KEYS.filter((info) => info.key_id !== ANNA.keyId)
  expect(codeOfStart()).toBe('started')
})

test('deleting or replaying does not unlock', async () => {
  const one = generation(1)
  const two = generation(2, second, one)
  files.accept(one)
  put(two)
  start()
  expect(await next()).toBe('accepted')
  unlinkSync(files.path('active.json'))
  expect(await next()).toBe('rejected')
  expect(loader.contracts?.generation).toBe(2)
  expect(loader.health()).toContain('no_active_manifest')
  put(one)
  expect(await next()).toBe('rejected')
  expect(loader.health()).toContain('generation_not_monotonic')
  expect(loader.contracts?.generation).toBe(2)
  put(two)
  expect(await next()).toBe('same_hash')
  expect(loader.health()).toBe('ok')
  const journal = readFileSync(files.path('.activation_journal.jsonl'), 'utf8').trim().split('\n')
  expect(journal.map((line) => JSON.parse(line).reason)).toEqual([
    undefined,
    'no_active_manifest',
    'generation_not_monotonic',
  ])
})

test('a link to itself, and a journal that cannot be written, end nothing and unlock nothing', async () => {
  const one = generation(1)
  const two = generation(2, second, one)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  unlinkSync(files.path('.activation_journal.jsonl'))
  symlinkSync('nowhere', files.path('.activation_journal.jsonl'))
  unlinkSync(files.path('active.json'))
  symlinkSync('active.json', files.path('active.json'))
  expect(await next()).toBe('rejected')
  expect(loader.contracts?.generation).toBe(1)
  expect(loader.health()).toContain('file_not_regular')
  // acceptance cannot be recorded: the new set must still be in force, or else the old one with a bad health
  renameSync(files.path('manifests'), files.path('kept'))
  writeFileSync(files.path('manifests'), '')
  let swaps = 0
  loader.onSwap(() => swaps++)
  unlinkSync(files.path('active.json'))
  put(two)
  expect(await next()).toBe('accepted')
  expect([loader.contracts?.generation, swaps]).toEqual([2, 1])
})

test('a gap is crossed only where accepted history leads over it', async () => {
  const one = generation(1)
  const two = generation(2, second, one)
  const three = generation(3, first, two)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  put(three)
  expect(await next()).toBe('rejected')
  expect(loader.health()).toContain('prior_manifest_mismatch')
  files.accept(two)
  put(three)
  expect(await next()).toBe('rejected')
  files.accept(three)
  put(three)
  expect(await next()).toBe('accepted')
  expect(loader.contracts?.generation).toBe(3)
})

test('another line of the same generation is refused', async () => {
  const one = generation(1)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  put(generation(2, second, generation(1, second)))
  expect(await next()).toBe('rejected')
  expect(loader.contracts?.generation).toBe(1)
})

test('an invalid file keeps the set; a tombstone refuses the manifest that names it', async () => {
  const one = generation(1)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  writeFileAtomic(files.path('active.json'), '{"body":')
  expect(await next()).toBe('rejected')
  files.tombstone(second.body.contract_hash)
  put(generation(2, second, one))
  expect(await next()).toBe('rejected')
  expect(loader.health()).toContain('contract_tombstoned')
  expect(loader.contracts?.generation).toBe(1)
})

test('other files of the directory cause nothing', async () => {
  put(generation(1))
  start()
  expect(await next()).toBe('accepted')
  writeFileSync(files.path('other.json'), '{}')
  put(generation(2, second, generation(1)))
  expect(await next()).toBe('accepted')
  expect(loader.status().reloads).toMatchObject({accepted: 2, same_hash: 0, rejected: 0})
})

test('a start on what cannot be trusted is refused', () => {
  put(generation(1))
  keys = ROSTER_KEYS.map((info) => (info.key_id === 'compile-1' ? {...info, status: 'revoked'} : info))
  expect(() => start()).toThrow(/revoked/)
})

test('a key that expires later does not end the set, but health says so', async () => {
  keys = ROSTER_KEYS.map((info) =>
    info.key_id === 'compile-1' ? {...info, valid_until: '2026-05-02T00:00:00Z'} : info,
  )
  put(generation(1))
  start()
  expect(await next()).toBe('accepted')
  expect(loader.health()).toBe('ok')
  files.clock.set(Date.UTC(2026, 4, 3))
  expect(loader.health()).toContain('expired')
  expect(loader.contracts?.generation).toBe(1)
})

test('a directory that goes away is looked for again', async () => {
  const one = generation(1)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  renameSync(files.directory, `${files.directory}.away`)
  mkdirSync(files.directory)
  expect(await next()).toBe('rejected')
  expect(loader.contracts?.generation).toBe(1)
  rmSync(files.directory, {recursive: true})
  renameSync(`${files.directory}.away`, files.directory)
  expect(await next()).toBe('same_hash')
  put(generation(2, second, one))
  expect(await next()).toBe('accepted')
  expect(loader.health()).toBe('ok')
})

test('a slow poll notices what brings no event', async () => {
  start({pollMs: 10, debounceMs: 3_600_000, forceMs: 3_600_000})
  expect(await next()).toBe('no_active')
  put(generation(1))
  expect(await next()).toBe('accepted')
})

test('revoking a key between reloads refuses what it signed', async () => {
  const one = generation(1)
  put(one)
  start()
  expect(await next()).toBe('accepted')
  keys = ROSTER_KEYS.map((info) => (info.key_id === 'op-anna' ? {...info, status: 'revoked'} : info))
  expect(loader.reevaluate(1)).toBe('rejected')
  expect(loader.health()).toContain('key_revoked')
  expect(loader.contracts?.generation).toBe(1)
  keys = ROSTER_KEYS
  expect(loader.reevaluate(1)).toBe('same_hash')
  expect(loader.health()).toBe('ok')
})

test('a roster that does not load any more keeps the set and the old roster, and health is bad', async () => {
  put(generation(1))
  start()
  expect(await next()).toBe('accepted')
  keys = ROSTER_KEYS.filter((info) => info.status !== 'root')
  expect(loader.reevaluate(1)).toBe('rejected')
  expect(loader.health()).toContain('roster_root_missing')
  expect(loader.contracts?.generation).toBe(1)
  keys = ROSTER_KEYS
  expect(loader.reload()).toBe('same_hash')
  expect(loader.health()).toBe('ok')
})

const expiring = (id: string, until: string) =>
  ROSTER_KEYS.map((info) => (info.key_id === id ? {...info, valid_until: until} : info))

test('the end of a key is announced fourteen days before, once, and again when it has come', async () => {
  keys = expiring('op-anna', '2026-05-20T00:00:00Z')
  put(generation(1))
  const warnings: [event: string, fields: unknown][] = []
  const warn = (event: string, fields: unknown) => {
    if (event.startsWith('contract_key_')) warnings.push([event, fields])
  }
  start({pollMs: 5}, {log: {...silent, warn}})
  expect(await next()).toBe('accepted')
  expect(warnings).toEqual([])
  files.clock.set(Date.UTC(2026, 4, 6, 1))
  await vi.waitFor(() => expect(warnings).toHaveLength(1))
  files.clock.set(Date.UTC(2026, 4, 20, 1))
  await vi.waitFor(() => expect(warnings).toHaveLength(2))
  const until = '2026-05-20T00:00:00Z'
  expect(warnings).toEqual([
    ['contract_key_expires', {key_id: 'op-anna', until}],
    ['contract_key_expired', {key_id: 'op-anna', until}],
  ])
})

test('judged again after a key has expired, the set stays and only time is blamed; a tombstone or another end is not time', async () => {
  keys = expiring('op-anna', '2026-05-20T00:00:00Z')
  put(generation(1))
  start()
  expect(await next()).toBe('accepted')
  files.clock.set(Date.UTC(2026, 5, 1))
  expect(loader.reevaluate(1)).toBe('same_hash')
  expect(loader.health()).toBe('key "op-anna" of the active set has expired; the accepted set stays in force')
  // the next manifest must be signed by a key that is valid now
  put(generation(2, second, generation(1)))
  expect(await nextOf('rejected')).toBe('rejected')
  expect(loader.health()).toContain('key_expired')
  put(generation(1))
  expect(await nextOf('same_hash')).toBe('same_hash')
  // an end that was put before the last check is a revocation
  keys = expiring('op-anna', '2026-04-30T00:00:00Z')
  expect(loader.reevaluate(1)).toBe('rejected')
  keys = expiring('op-anna', '2026-05-20T00:00:00Z')
  expect(loader.reevaluate(1)).toBe('same_hash')
  files.tombstone(first.body.contract_hash)
  expect(loader.reevaluate(1)).toBe('rejected')
  expect(loader.health()).toContain('contract_tombstoned')
  expect(loader.contracts?.generation).toBe(1)
})

test('a changed roster file is noticed without a signal', async () => {
  const rosterPath = files.path('..', 'roster.json')
  writeFileSync(rosterPath, '1')
  put(generation(1))
  start({pollMs: 5}, {rosterPath})
  expect(await next()).toBe('accepted')
  keys = ROSTER_KEYS.map((info) => (info.key_id === 'op-anna' ? {...info, status: 'revoked'} : info))
  writeFileSync(rosterPath, 'another')
  expect(await nextOf('rejected')).toBe('rejected')
  expect(loader.health()).toContain('key_revoked')
})

/** Outcomes until this one: polls repeat a rejection. */
async function nextOf(expected: ReloadOutcome): Promise<ReloadOutcome> {
  for (let outcome = await next(); ; outcome = await next()) if (outcome === expected) return outcome
}

test('what another process keeps from being accepted is accepted later', async () => {
  writeFileSync(files.path('.lock'), JSON.stringify({pid: 1, started: ''}))
  const one = generation(1)
  put(one)
  start({pollMs: 5})
  expect(await next()).toBe('accepted')
  const accepted = files.path('manifests', `${hashOf(one).replace(':', '-')}.json`)
  expect(existsSync(accepted)).toBe(false)
  unlinkSync(files.path('.lock'))
  await vi.waitFor(() => expect(existsSync(accepted)).toBe(true))
})

test('a runtime finishes a promote that was killed: manifest, journal, and the receipt where the roster lists its key', async () => {
  const one = generation(1)
  put(one)
  files.accept(one)
  const intent = {
    event_id: 'i-1',
    timestamp: '2026-05-01T00:00:00Z',
    principal: ANNA.keyId,
    actor: 'learn promote',
    payload_kind: 'contract_promote_intent',
    contract_hash: second.body.contract_hash,
    selector_id: 'sha256:s',
  } as const
  const two = generation(2, second, one)
  const receipts = files.path('activation-receipts.jsonl')
  const payload = {
    target_manifest_hash: hashOf(two),
    target_generation: 2,
    prior_manifest_hash: hashOf(one),
    intent_id: 'i-1',
  }
  appendEvidenceReceipt(receipts, {...intent, payload}, {id: ANNA.keyId, key: ANNA.key})
  const keyPath = files.path('..', 'receipts.json')
  writeFileSync(keyPath, jsonKeyText(RECEIPT.key, 'receipt-signing', NOW, 'any name'), {mode: 0o600})
  const settle = (accepted: ContractStore) =>
    settleReceipts(accepted, {keyPath, append: appendEvidenceReceipt, clock: files.clock, log: silent})
  start({}, {settle: (accepted: ContractStore) => settle(accepted)})
  expect(await next()).toBe('accepted')
  // nobody is at it, and the target is not in force: interrupted
  const outcomes_ = () =>
    readFileSync(receipts, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line))
  expect(outcomes_()).toMatchObject([
    {actor: 'learn promote', payload: {intent_id: 'i-1', validation_outcome: 'rejected', reject_reason: 'interrupted'}},
  ])
  appendEvidenceReceipt(
    receipts,
    {...intent, event_id: 'i-2', payload: {...payload, intent_id: 'i-2'}},
    {id: ANNA.keyId, key: ANNA.key},
  )
  put(two)
  expect(await next()).toBe('accepted')
  expect(outcomes_().at(-1)).toMatchObject({
    event_id: 'i-2-committed',
    actor: 'learn promote recovered',
    signature: {signer_key_id: RECEIPT.id},
    payload: {intent_id: 'i-2', validation_outcome: 'accepted'},
  })
  expect(store.history().latest?.hash).toBe(hashOf(two))
  expect(readReceiptFile(receipts).pending).toEqual([])
})

test('two runtimes and promotes at once on one host: one line of history, everybody ends at its head', async () => {
  const contracts = Array.from({length: 4}, (_, i) => contract('agent-a', [httpRule(`p-${i}`)]))
  files.install(...contracts)
  start({pollMs: 20})
  const secondStore = new ContractStore({
    directory: files.directory,
    roster: () => roster(),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: files.clock,
  })
  const other = new ContractLoader({
    store: secondStore,
    clock: files.clock,
    log: silent,
    times: {debounceMs: 1, forceMs: 5, pollMs: 20, retryMs: 20},
  })
  other.start()
  try {
    const results = await Promise.all(
      contracts.map(({body}, i) =>
        promote(
          {
            storeDirectory: files.directory,
            roster: roster(),
            signers: [ANNA],
            receiptSigner: RECEIPT,
            receiptOut: undefined,
            environment: ENVIRONMENT,
            configuredEnvironment: undefined,
            production: false,
            minimumSignatures: 1,
            contractHash: body.contract_hash,
            selector: 'agent-a',
            candidate: undefined,
            candidates: files.path('none'),
            intentId: `p-${i}`,
            replaceAll: false,
            acceptTail: false,
            forceSelector: false,
          },
          {
            clock: files.clock,
            newId: () => 'unused',
            append: appendEvidenceReceipt,
            note: () => undefined,
            warn: () => undefined,
          },
        ),
      ),
    )
    expect(results.map((result) => result.generation).toSorted()).toEqual([1, 2, 3, 4])
    await vi.waitFor(() => expect([loader.contracts?.generation, other.contracts?.generation]).toEqual([4, 4]))
    expect(store.history().manifests).toHaveLength(4)
    expect(store.history().latest?.generation).toBe(4)
    expect(readReceiptFile(files.path('activation-receipts.jsonl')).pending).toEqual([])
    expect([loader.health(), other.health()]).toEqual(['ok', 'ok'])
  } finally {
    other.close()
  }
})

test('a store that cannot be written is still enforced', async () => {
  const one = generation(1)
  put(one)
  mkdirSync(files.path('.lock'))
  start({pollMs: 5})
  expect(await next()).toBe('accepted')
  expect(loader.contracts?.generation).toBe(1)
  put(generation(2, second, one))
  expect(await next()).toBe('accepted')
  expect(loader.health()).toBe('ok')
  expect(existsSync(files.path('.activation_journal.jsonl'))).toBe(false)
})
