// What a store may and may not make the runtime believe.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {GENESIS, manifestText} from '../../../../src/formats/documents/active-manifest.js'
import {contractYaml} from '../../../../src/formats/documents/contract.js'
import {indentedText} from '../../../../src/formats/documents/text.js'
import {PipelockError} from '../../../../src/core/errors.js'
import {evaluate} from '../../../../src/core/contract/evaluate.js'
import {parseDestination} from '../../../../src/formats/target.js'
import {stageContract, stageTombstone} from '../../../../src/plugins/contract/install.js'
import {tryLock} from '../../../../src/lib/lockfile.js'
import {storePaths} from '../../../../src/plugins/contract/store-files.js'
import {ContractStore} from '../../../../src/plugins/contract/store.js'
import {
  ANNA,
  BERT,
  contract,
  ENVIRONMENT,
  hashOf,
  httpRule,
  makeStore,
  ROSTER_KEYS,
  roster,
  selectorFor,
  type TestStore,
} from '../../../support/contract-store.js'

let files: TestStore
const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])

beforeEach(() => {
  files = makeStore()
})
afterEach(() => files.remove())

function open(options: {readonly minimumSignatures?: number; readonly keys?: typeof ROSTER_KEYS} = {}): ContractStore {
  return new ContractStore({
    directory: files.directory,
    roster: () => roster(options.keys ?? ROSTER_KEYS),
    environment: ENVIRONMENT,
    minimumSignatures: options.minimumSignatures ?? 1,
    clock: files.clock,
  })
}

const refused = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `unexpected: ${String(error)}`
  }
  return 'accepted'
}

const firstManifest = () => files.manifest({generation: 1, selectors: [selectorFor('agent-a', first)]})

test('an empty store has no active set', () => {
  expect(open().readActive()).toBeUndefined()
})

test('a signed manifest binds its contracts', () => {
  files.install(first)
  files.activate(firstManifest())
  const adoption = open().readActive()
  expect(adoption?.manifest.hash).toBe(hashOf(firstManifest()))
  const {outcome} = evaluate(adoption?.contracts, {
    mode: 'live',
    agent: 'agent-a',
    subject: {kind: 'http', method: 'GET', destination: parseDestination('https://api.example.com/')},
    label: 'forward',
    scannerVerdict: 'allow',
    killSwitch: false,
    sources: [],
    gate: true,
  })
  expect(outcome).toMatchObject({
    verdict: 'allow',
    ruleId: 'r-1',
    contractHash: first.body.contract_hash,
    generation: 1,
  })
})

test('active.json may be no link and no folder', () => {
  files.install(first)
  writeFileSync(files.path('elsewhere.json'), manifestText(firstManifest()))
  symlinkSync(files.path('elsewhere.json'), files.path('active.json'))
  expect(refused(() => open().readActive())).toBe('file_not_regular')
  unlinkSync(files.path('active.json'))
  mkdirSync(files.path('active.json'))
  expect(refused(() => open().readActive())).toBe('file_not_regular')
})

test('a contract that is absent, another one, or a link', () => {
  files.activate(firstManifest())
  expect(refused(() => open().readActive())).toBe('contract_history')
  files.install(first, second)
  const name = (hash: string) => files.path('history', `${hash.replace(':', '-')}.yaml`)
  renameSync(name(second.body.contract_hash), name(first.body.contract_hash))
  expect(refused(() => open().readActive())).toBe('hash_mismatch')
  writeFileSync(files.path('real.yaml'), contractYaml(first))
  unlinkSync(name(first.body.contract_hash))
  symlinkSync(files.path('real.yaml'), name(first.body.contract_hash))
  expect(refused(() => open().readActive())).toBe('file_not_regular')
})

test('a contract with one changed byte', () => {
  files.install(first)
  files.activate(firstManifest())
  const path = files.path('history', `${first.body.contract_hash.replace(':', '-')}.yaml`)
  writeFileSync(path, readFileSync(path, 'utf8').replace('api.example.com', 'api.example.net'))
  expect(refused(() => open().readActive())).toBe('hash_mismatch')
})

test('a manifest with a changed member, another environment, too few or unknown signers', () => {
  files.install(first, second)
  const text = manifestText(firstManifest())
  writeFileSync(files.path('active.json'), text.replace('"generation":1', '"generation":2'))
  expect(refused(() => open().readActive())).toBe('signature_invalid')
  files.activate(
    files.manifest({
      generation: 1,
      selectors: [selectorFor('agent-a', first)],
      environment: {...ENVIRONMENT, tenant: 'other'},
    }),
  )
  expect(refused(() => open().readActive())).toBe('environment_mismatch')
  files.activate(firstManifest())
  expect(refused(() => open({minimumSignatures: 2}).readActive())).toBe('dual_control')
  files.activate(files.manifest({generation: 1, selectors: [selectorFor('agent-a', first)], signers: [ANNA, BERT]}))
  expect(refused(() => open({minimumSignatures: 2}).readActive())).toBe('accepted')
  const keys = ROSTER_KEYS.map((info) => (info.key_id === ANNA.keyId ? {...info, status: 'revoked'} : info))
  expect(refused(() => open({keys}).readActive())).toBe('key_revoked')
})

test('a compile key that is revoked takes its contracts along', () => {
  files.install(first)
  files.activate(firstManifest())
  const keys = ROSTER_KEYS.map((info) => (info.key_id === 'compile-1' ? {...info, status: 'revoked'} : info))
  expect(refused(() => open({keys}).readActive())).toBe('key_revoked')
})

test('a tombstone, however damaged, denies', () => {
  files.install(first)
  files.activate(firstManifest())
  const path = files.path('tombstones', `${first.body.contract_hash.replace(':', '-')}.json`)
  files.tombstone(first.body.contract_hash)
  expect(refused(() => open().readActive())).toBe('contract_tombstoned')
  const keys = ROSTER_KEYS.map((info) => (info.key_id === BERT.keyId ? {...info, status: 'revoked'} : info))
  files.tombstone(first.body.contract_hash, {signer: BERT})
  expect(refused(() => open({keys}).readActive())).toBe('tombstone_unverifiable_signer')
  writeFileSync(path, readFileSync(path, 'utf8').replace('auth-1', 'auth-2'))
  expect(refused(() => open().readActive())).toBe('tombstone_signature')
  writeFileSync(path, '{}')
  expect(refused(() => open().readActive())).toBe('tombstone_decode')
  files.tombstone(second.body.contract_hash, {name: first.body.contract_hash})
  expect(refused(() => open().readActive())).toBe('bad_tombstone')
  unlinkSync(path)
  writeFileSync(path.replace(/json$/, 'tombstone.yaml'), 'body: x')
  expect(refused(() => open().readActive())).toBe('tombstone_decode')
})

test('history reads skip tombstones', () => {
  files.install(first)
  files.accept(firstManifest())
  files.tombstone(first.body.contract_hash)
  expect(open().history().latest?.hash).toBe(hashOf(firstManifest()))
})

test('only what leads back to a first manifest is continuous', () => {
  const one = firstManifest()
  const two = files.manifest({generation: 2, prior: hashOf(one), selectors: [selectorFor('agent-a', second)]})
  const replayed = files.manifest({generation: 2, prior: hashOf(two), selectors: [selectorFor('agent-b', second)]})
  const orphan = files.manifest({
    generation: 9,
    prior: `sha256:${'0'.repeat(64)}`,
    selectors: [selectorFor('agent-a', first)],
  })
  files.accept(one, two, replayed, orphan)
  const history = open().history()
  expect(history.latest?.hash).toBe(hashOf(two))
  expect(history.get(hashOf(replayed))).toBeUndefined()
  expect(history.get(hashOf(orphan))).toBeUndefined()
  expect(history.descends(hashOf(two), hashOf(one))).toBe(true)
  expect(history.descends(hashOf(orphan), hashOf(one))).toBe(false)
})

test('a manifest under another name, and a file that is none', () => {
  const one = firstManifest()
  files.accept(one)
  renameSync(
    files.path('manifests', `${hashOf(one).replace(':', '-')}.json`),
    files.path('manifests', `sha256-${'a'.repeat(64)}.json`),
  )
  expect(refused(() => open().history())).toBe('hash_mismatch')
  rmSync(files.path('manifests'), {recursive: true})
  mkdirSync(files.path('manifests'))
  writeFileSync(files.path('manifests', `sha256-${'A'.repeat(64)}.json`), manifestText(one))
  expect(refused(() => open().history())).toBe('contract_history')
})

test('acceptance writes once and says so in the journal', () => {
  const store = open()
  const one = firstManifest()
  files.install(first)
  files.activate(one)
  const adoption = store.readActive()
  if (!adoption) throw new Error('nothing adopted')
  expect(store.accept(adoption.manifest)).toBe(true)
  expect(store.accept(adoption.manifest)).toBe(true)
  expect(readFileSync(files.path('manifests', `${hashOf(one).replace(':', '-')}.json`), 'utf8')).toBe(manifestText(one))
  const journal = readFileSync(files.path('.activation_journal.jsonl'), 'utf8').trim().split('\n')
  expect(journal.map((line) => JSON.parse(line))).toEqual([
    {
      ts: '2026-05-01T12:00:00Z',
      outcome: 'accepted',
      manifest_hash: hashOf(one),
      generation: 1,
      prior_manifest_hash: GENESIS,
      signer_key_ids: [ANNA.keyId],
    },
  ])
})

test('a manifest without its predecessors is not accepted', () => {
  files.install(first)
  files.activate(
    files.manifest({generation: 5, prior: `sha256:${'b'.repeat(64)}`, selectors: [selectorFor('agent-a', first)]}),
  )
  const store = open()
  const adoption = store.readActive()
  expect(adoption && store.accept(adoption.manifest)).toBe(false)
})

test('write once: the same again is success, another content a conflict; a torn journal line is not continued', () => {
  const store = open()
  const path = files.path('history', `sha256-${'c'.repeat(64)}.yaml`)
  store.writer.writeOnce(path, 'a\n')
  store.writer.writeOnce(path, 'a\n')
  expect(refused(() => store.writer.writeOnce(path, 'b\n'))).toBe('write_once_conflict')
  appendFileSync(files.path('.activation_journal.jsonl'), '{"ts":"20')
  store.writer.appendLine(files.path('.activation_journal.jsonl'), '{}')
  expect(readFileSync(files.path('.activation_journal.jsonl'), 'utf8')).toBe('{"ts":"20\n{}\n')
})

const install = async (text: string): Promise<string> => {
  try {
    const staged = await stageContract(files.directory, first.body.contract_hash, text)
    staged.publish()
    return 'accepted'
  } catch (error) {
    if (error instanceof PipelockError) return error.code
    throw error
  }
}

test('a contract is installed once, whatever form it has; another signature or a damaged file is a conflict', async () => {
  const path = storePaths(files.directory).contract(first.body.contract_hash)
  const yaml = contractYaml(first)
  expect(await install(yaml)).toBe('accepted')
  expect(await install(indentedText(first))).toBe('accepted')
  expect(readFileSync(path, 'utf8')).toBe(yaml)
  expect(await install(contractYaml({...first, signature: second.signature}))).toBe('write_once_conflict')
  expect(await install(contractYaml(second))).toBe('write_once_conflict')
  writeFileSync(path, yaml.replace('r-1', 'r-9'))
  expect(await install(yaml)).toBe('write_once_conflict')
  expect(existsSync(files.path('.lock'))).toBe(false)
})

test('a contract that was installed as JSON is in the history', async () => {
  expect(await install(indentedText(first))).toBe('accepted')
  expect(open().contract(first.body.contract_hash).contract_hash).toBe(first.body.contract_hash)
})

test('what is staged for a store keeps others out until it is published or discarded, and removes what a crash left', async () => {
  const torn = files.path('history', `.x.yaml.${2 ** 22 + 1}.0123456789ab.tmp`)
  const busy = files.path('history', `.x.yaml.${process.pid}.0123456789ab.tmp`)
  for (const path of [torn, busy]) writeFileSync(path, 'half')
  const staged = await stageTombstone(files.directory, '{}', {
    rule_id: 'r-1',
    agent: 'agent-a',
    contract_hash: first.body.contract_hash,
    authorization_id: 'a-1',
    forgotten_at: '2026-05-01T12:00:00Z',
  })
  expect([existsSync(torn), existsSync(busy)]).toEqual([false, true])
  expect(tryLock(files.path('.lock')).held).toBe(false)
  expect(existsSync(staged.path)).toBe(false)
  // somebody who ignores the lock is not overwritten
  writeFileSync(staged.path, 'other')
  expect(() => staged.publish()).toThrow(/EEXIST/)
  staged.discard()
  expect(readFileSync(staged.path, 'utf8')).toBe('other')
  expect(existsSync(files.path('forgotten.json'))).toBe(false)
  expect(existsSync(files.path('.lock'))).toBe(false)
})
