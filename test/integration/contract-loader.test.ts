// The loader on real directories with real watchers: every step waits for the outcome that it causes.
import {mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {manifestText, type Manifest} from '../../src/core/formats/documents/active-manifest.js'
import {writeFileAtomic} from '../../src/lib/atomic-file.js'
import {ContractLoader, type ReloadOutcome} from '../../src/plugins/contract/loader.js'
import {ContractStore} from '../../src/plugins/contract/store.js'
import {
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
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

function start(times: object = {}): void {
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
  // acceptance cannot be recorded: the new set must be in force all the same, or else the old one with a bad health
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
  store.trust(1)
  loader.reload()
  expect(await next()).toBe('rejected')
  expect(loader.contracts?.generation).toBe(1)
})
