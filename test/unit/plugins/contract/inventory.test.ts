// What learn status and learn history say of a store: all that a start of the firewall would verify, and nothing written.
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import type {Manifest} from '../../../../src/formats/documents/active-manifest.js'
import {storeInventory} from '../../../../src/plugins/contract/inventory.js'
import {
  ANNA,
  BERT,
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  roster,
  ROSTER_KEYS,
  selectorFor,
  type TestStore,
} from '../../../support/contract-store.js'

const FIRST = contract('agent-a', [httpRule('r-1'), httpRule('r-2', {}, 'capture_only')])
const SECOND = contract('agent-b', [httpRule('r-3')])

let files: TestStore
let manifests: readonly Manifest[]
beforeEach(() => {
  files = makeStore()
  files.install(FIRST, SECOND)
  const first = files.manifest({generation: 1, selectors: [selectorFor('agent-a', FIRST)]})
  const second = files.manifest({
    generation: 2,
    prior: hashOf(first),
    selectors: [selectorFor('agent-a', FIRST), selectorFor('agent-b', SECOND)],
    signers: [ANNA, BERT],
  })
  manifests = [first, second]
})
afterEach(() => files.remove())

const inventory = (keys = ROSTER_KEYS) =>
  storeInventory({
    storeDirectory: files.directory,
    roster: roster(keys),
    environment: undefined,
    minimumSignatures: 1,
    clock: files.clock,
  })

function promoted(): void {
  files.accept(...manifests)
  const newest = manifests.at(-1)
  if (newest) files.activate(newest)
}

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(files.directory, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'utf8')]),
  )

test('a promoted store: what is in force for whom, since when, by whom, and what rollback reaches; nothing is written', () => {
  promoted()
  const before = contents()
  expect(inventory()).toEqual({
    store: files.directory,
    manifests: [
      {
        generation: 2,
        manifest_hash: hashOf(manifests[1] as Manifest),
        signed_at: '2026-05-01T00:00:00Z',
        signed_by: [
          {key_id: 'op-anna', principal: 'anna'},
          {key_id: 'op-bert', principal: 'bert'},
        ],
        contracts: [
          {agent: 'agent-a', contract_hash: FIRST.body.contract_hash, rules_enforced: 1, rules: 2},
          {agent: 'agent-b', contract_hash: SECOND.body.contract_hash, rules_enforced: 1, rules: 1},
        ],
        in_force: true,
      },
      {
        generation: 1,
        manifest_hash: hashOf(manifests[0] as Manifest),
        signed_at: '2026-05-01T00:00:00Z',
        signed_by: [{key_id: 'op-anna', principal: 'anna'}],
        contracts: [{agent: 'agent-a', contract_hash: FIRST.body.contract_hash, rules_enforced: 1, rules: 2}],
        in_force: false,
      },
    ],
  })
  expect(contents()).toEqual(before)
})

test('before the first promote the list is empty; a store that is not there is an error', () => {
  expect(inventory().manifests).toEqual([])
  rmSync(files.directory, {recursive: true})
  expect(() => inventory()).toThrow(expect.objectContaining({code: 'file_not_found', exitCode: 1}))
  expect(existsSync(files.directory)).toBe(false)
})

test('a manifest that no firewall has accepted yet is in force', () => {
  files.accept(...manifests.slice(0, 1))
  files.activate(manifests[1] as Manifest)
  expect(inventory().manifests.map(({generation, in_force}) => [generation, in_force])).toEqual([
    [2, true],
    [1, false],
  ])
})

test('what a tombstone has closed is out of reach of rollback', () => {
  const third = files.manifest({
    generation: 3,
    prior: hashOf(manifests[1] as Manifest),
    selectors: [selectorFor('agent-b', SECOND)],
  })
  manifests = [...manifests, third]
  promoted()
  files.tombstone(FIRST.body.contract_hash)
  expect(inventory().manifests.map((entry) => entry.out_of_reach)).toEqual([
    undefined,
    'contract_tombstoned',
    'contract_tombstoned',
  ])
})

test.each<[string, () => void, string]>([
  ['an active.json that was put back', () => files.activate(manifests[0] as Manifest), 'generation_not_monotonic'],
  ['an active.json that was deleted', () => rmSync(files.path('active.json')), 'no_active_manifest'],
  ['an active.json that is cut', () => writeFileSync(files.path('active.json'), '{"body":'), 'malformed_json'],
  [
    'a stray file among the manifests',
    () => writeFileSync(files.path('manifests', 'x.json'), '{}'),
    'contract_history',
  ],
  [
    'a contract that is missing',
    () => rmSync(files.path('history', `${SECOND.body.contract_hash.replace(':', '-')}.yaml`)),
    'contract_history',
  ],
])('%s is an error with status 1, never a shorter list', (_, damage, code) => {
  promoted()
  damage()
  expect(() => inventory()).toThrow(expect.objectContaining({code, exitCode: 1}))
})

test('the environment of the configuration is held against that of the store', () => {
  promoted()
  const open = (environment: typeof ENVIRONMENT) =>
    storeInventory({
      storeDirectory: files.directory,
      roster: roster(),
      environment,
      minimumSignatures: 1,
      clock: files.clock,
    })
  expect(open(ENVIRONMENT).manifests).toHaveLength(2)
  expect(() => open({...ENVIRONMENT, id: 'elsewhere'})).toThrow(expect.objectContaining({code: 'environment_mismatch'}))
})
