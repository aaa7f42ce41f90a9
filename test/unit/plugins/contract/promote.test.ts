// Promote and rollback: preconditions, what is written, and every point at which a crash can stop them.
import {existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {GENESIS, manifestText} from '../../../../src/formats/documents/active-manifest.js'
import {contractYaml} from '../../../../src/formats/documents/contract.js'
import {
  evidenceReceiptHash,
  matchingForm,
  parseEvidenceReceipt,
  readEvidenceReceipt,
} from '../../../../src/formats/evidence-receipt.js'
import type {LifecyclePorts} from '../../../../src/plugins/contract/lifecycle.js'
import {promote, type PromoteRequest} from '../../../../src/plugins/contract/promote.js'
import {rollback, type RollbackRequest} from '../../../../src/plugins/contract/rollback.js'
import {ContractStore} from '../../../../src/plugins/contract/store.js'
import {storeWriter, type StoreWriter} from '../../../../src/plugins/contract/store-files.js'
import {appendEvidenceReceipt} from '../../../../src/plugins/receipts/receipt-file.js'
import {
  ANNA,
  BERT,
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
} from '../../../support/contract-store.js'

let files: TestStore
let notes: string[]
let warnings: string[]
const first = contract('agent-a', [httpRule('r-1')])
const second = contract('agent-a', [httpRule('r-2')])
const other = contract('agent-b', [httpRule('r-3')])

beforeEach(() => {
  files = makeStore()
  files.install(first, second, other)
  notes = []
  warnings = []
})
afterEach(() => files.remove())

let counter = 0
const ports = (more: Partial<LifecyclePorts> = {}): LifecyclePorts => ({
  clock: files.clock,
  newId: () => `id-${++counter}`,
  append: appendEvidenceReceipt,
  note: (text) => notes.push(text),
  warn: (text) => warnings.push(text),
  ...more,
})

const common = () => ({
  storeDirectory: files.directory,
  roster: roster(),
  signers: [ANNA] as const,
  receiptSigner: RECEIPT,
  receiptOut: undefined,
  environment: ENVIRONMENT,
  configuredEnvironment: undefined,
  production: false,
  minimumSignatures: 1,
})

const request = (more: Partial<PromoteRequest> = {}): PromoteRequest => ({
  ...common(),
  contractHash: first.body.contract_hash,
  selector: 'agent-a',
  candidate: undefined,
  candidates: files.path('candidates'),
  intentId: undefined,
  replaceAll: false,
  acceptTail: false,
  forceSelector: false,
  ...more,
})

const back = (to: string, more: Partial<RollbackRequest> = {}): RollbackRequest => ({
  ...common(),
  to,
  authorizationId: undefined,
  ...more,
})

const run = (more: Partial<PromoteRequest> = {}, with_: Partial<LifecyclePorts> = {}) =>
  promote(request(more), ports(with_))

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  )

interface Receipt {
  readonly payload_kind: string
  readonly event_id: string
  readonly principal: string
  readonly actor: string
  readonly chain_seq: number
  readonly payload: {readonly [name: string]: unknown}
}

const receipts = (): Receipt[] => {
  const path = files.path('activation-receipts.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Receipt)
}

const open = (): ContractStore =>
  new ContractStore({
    directory: files.directory,
    roster: () => roster(),
    environment: ENVIRONMENT,
    minimumSignatures: 1,
    clock: files.clock,
  })

const active = () => open().readActive()

/** Every file of the store with its content. */
const everything = (): readonly (readonly [string, string])[] =>
  readdirSync(files.directory, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, readFileSync(path, 'utf8')])

describe('promote', () => {
  test('the first one: manifest, history, journal, two receipts', async () => {
    const result = await run({intentId: 'i-1'})
    const manifest = active()?.manifest
    expect(result).toMatchObject({generation: 1, manifestHash: manifest?.hash, receiptsEmitted: 2})
    expect(manifest?.priorHash).toBe(GENESIS)
    expect(open().history().latest?.hash).toBe(result.manifestHash)
    expect(readFileSync(files.path('active.json'), 'utf8')).toBe(manifest?.text)
    expect(
      receipts().map(({payload_kind, event_id, principal, actor, chain_seq}) => ({
        payload_kind,
        event_id,
        principal,
        actor,
        chain_seq,
      })),
    ).toEqual([
      {
        payload_kind: 'contract_promote_intent',
        event_id: 'i-1',
        principal: ANNA.keyId,
        actor: 'learn promote',
        chain_seq: 0,
      },
      {
        payload_kind: 'contract_promote_committed',
        event_id: 'i-1-committed',
        principal: 'learn',
        actor: 'learn promote',
        chain_seq: 1,
      },
    ])
    expect(receipts()[1]?.payload).toEqual({
      target_manifest_hash: result.manifestHash,
      prior_manifest_hash: GENESIS,
      intent_id: 'i-1',
      validation_outcome: 'accepted',
    })
    expect(notes).toEqual([`+ agent "agent-a": ${first.body.contract_hash}`])
  })

  test('another agent keeps its contract, unless all are replaced', async () => {
    await run()
    await run({selector: 'agent-b', contractHash: other.body.contract_hash})
    await run({contractHash: second.body.contract_hash})
    expect(active()?.bindings).toEqual([
      {agent: 'agent-a', contractHash: second.body.contract_hash},
      {agent: 'agent-b', contractHash: other.body.contract_hash},
    ])
    expect(active()?.manifest.generation).toBe(3)
    await run({replaceAll: true})
    expect(active()?.bindings).toEqual([{agent: 'agent-a', contractHash: first.body.contract_hash}])
    expect(notes.at(-1)).toBe(`- agent "agent-b": ${other.body.contract_hash}`)
  })

  test('default and glob targets', async () => {
    await run({selector: 'default'})
    await run({selector: 'agent-*'})
    expect(active()?.bindings.map((b) => b.agent)).toEqual(['default', 'agent-*'])
    expect(await codeOf(run({selector: 'build-*'}))).toBe('bad_selector')
    expect(await codeOf(run({selector: 'agent-b'}))).toBe('bad_selector')
    expect(await codeOf(run({selector: 'agent-b', forceSelector: true}))).toBe('accepted')
    expect(await codeOf(run({selector: ' '}))).toBe('usage')
  })

  test('from a candidate file, or from the folder of candidates', async () => {
    const third = contract('agent-a', [httpRule('r-9')])
    const hash = third.body.contract_hash
    expect(await codeOf(run({contractHash: hash}))).toBe('contract_history')
    const path = files.path('candidate.yaml')
    writeFileSync(path, contractYaml(third))
    expect(await codeOf(run({contractHash: second.body.contract_hash.replace(/.$/, 'f'), candidate: path}))).not.toBe(
      'accepted',
    )
    mkdirSync(files.path('candidates'))
    writeFileSync(files.path('candidates', 'notes.yaml'), 'no contract')
    writeFileSync(files.path('candidates', 'c.yaml'), contractYaml(third))
    expect(await codeOf(run({contractHash: hash}))).toBe('accepted')
    expect(open().contract(hash).contract_hash).toBe(hash)
  })

  test('a candidate with a changed byte is not installed', async () => {
    const third = contract('agent-a', [httpRule('r-9')])
    const path = files.path('candidate.yaml')
    writeFileSync(path, contractYaml(third).replace('api.example.com', 'api.example.net'))
    expect(await codeOf(run({contractHash: third.body.contract_hash, candidate: path}))).toBe('hash_mismatch')
    expect(open().hasContract(third.body.contract_hash)).toBe(false)
  })

  test('refusals write nothing', async () => {
    files.tombstone(second.body.contract_hash)
    const tail = contract('agent-a', [{...httpRule('r-t'), observation: {tail_promotion_block: true}}])
    files.install(tail)
    const before = everything()
    const without = (...ids: readonly string[]) => roster(ROSTER_KEYS.filter((k) => !ids.includes(k.key_id)))
    const changed = (id: string, change: object) =>
      roster(ROSTER_KEYS.map((k) => (k.key_id === id ? {...k, ...change} : k)))
    const absent = `sha256:${'e'.repeat(64)}`
    const damaged = files.path('..', 'damaged.yaml')
    writeFileSync(damaged, contractYaml(contract('agent-a', [httpRule('r-9')])).replace('r-9', 'r-8'))
    const revoked = roster(ROSTER_KEYS.map((k) => (k.key_id === 'compile-1' ? {...k, status: 'revoked'} : k)))
    const few = roster(ROSTER_KEYS.filter((k) => k.key_id !== 'op-carl'))
    const cases: [string, Partial<PromoteRequest>][] = [
      ['contract_tombstoned', {contractHash: second.body.contract_hash}],
      ['tail_promotion_block', {contractHash: tail.body.contract_hash}],
      ['key_revoked', {roster: revoked}],
      ['dual_control', {production: true}],
      ['dual_control', {production: true, signers: [ANNA, BERT], roster: few}],
      ['dual_control', {signers: [ANNA, {...BERT, principal: ANNA.principal}]}],
      ['dual_control', {signers: [{...ANNA, principal: ''}]}],
      ['dual_control', {minimumSignatures: 2}],
      ['usage', {environment: {}}],
      // the third operator of production is expired, not valid yet, revoked, or another key of a known one
      ...[
        {valid_until: '2026-04-01T00:00:00Z'},
        {valid_from: '2026-06-01T00:00:00Z'},
        {status: 'revoked'},
        {principal: 'anna'},
        {principal: ''},
      ].map((change): [string, Partial<PromoteRequest>] => [
        'dual_control',
        {production: true, signers: [ANNA, BERT], roster: changed('op-carl', change)},
      ]),
      ['dual_control', {minimumSignatures: 3, signers: [ANNA, BERT]}],
      ['dual_control', {signers: [ANNA, ANNA]}],
      ['key_unknown', {roster: without('compile-1')}],
      ['key_expired', {roster: changed('compile-1', {valid_until: '2026-04-01T00:00:00Z'})}],
      ['wrong_key_purpose', {roster: changed('compile-1', {key_purpose: 'receipt-signing'})}],
      ['contract_history', {contractHash: absent}],
      ['hash_mismatch', {contractHash: absent, candidate: damaged}],
      ['file_not_found', {contractHash: absent, candidate: `${damaged}.none`}],
      ['bad_selector', {selector: 'agent-b'}],
      ['usage', {selector: ''}],
    ]
    for (const [code, more] of cases) expect([code, await codeOf(run(more))]).toEqual([code, code])
    expect(everything()).toEqual(before)
  })

  test('refusals of a store that has manifests write nothing either', async () => {
    const one = await run({intentId: 'i-1'})
    const two = await run({contractHash: second.body.contract_hash})
    files.tombstone(first.body.contract_hash)
    const before = everything()
    const cases: [string, () => Promise<unknown>][] = [
      ['environment_mismatch', () => run({environment: {...ENVIRONMENT, id: 'other'}})],
      ['environment_mismatch', () => run({environment: {...ENVIRONMENT, deployment_id: 'other'}})],
      ['usage', () => run({intentId: 'i-1', contractHash: second.body.contract_hash})],
      ['contract_tombstoned', () => rollback(back(one.manifestHash), ports())],
      ['contract_history', () => rollback(back(`sha256:${'0'.repeat(64)}`), ports())],
      ['environment_mismatch', () => rollback(back(one.manifestHash, {environment: {tenant: 'other'}}), ports())],
      ['dual_control', () => rollback(back(one.manifestHash, {production: true}), ports())],
      ['usage', () => rollback(back(two.manifestHash, {authorizationId: 'i-1'}), ports())],
    ]
    for (const [code, work] of cases) expect([code, await codeOf(work())]).toEqual([code, code])
    expect(everything()).toEqual(before)
  })

  test('two operators, production, and a waived tail', async () => {
    const tail = contract('agent-a', [{...httpRule('r-t'), observation: {tail_promotion_block: true}}])
    files.install(tail)
    await run({
      production: true,
      signers: [ANNA, BERT],
      minimumSignatures: 2,
      acceptTail: true,
      contractHash: tail.body.contract_hash,
    })
    expect(active()?.manifest.signerKeyIds).toEqual([ANNA.keyId, BERT.keyId])
  })

  test('the environment of what was accepted stays', async () => {
    await run()
    await run({environment: {}})
    expect(active()?.manifest.envelope.body.environment).toEqual(ENVIRONMENT)
    expect(await codeOf(run({environment: {tenant: 'other'}}))).toBe('environment_mismatch')
  })

  test('a contract without enforced rules is promoted with a warning', async () => {
    const idle = contract('agent-a', [httpRule('r-1', {}, 'capture_only')])
    files.install(idle)
    await run({contractHash: idle.body.contract_hash})
    expect(warnings).toEqual([expect.stringContaining('no jurisdiction')])
  })

  test('an intent id is used once', async () => {
    await run({intentId: 'i-1'})
    expect(await codeOf(run({intentId: 'i-1'}))).toBe('usage')
  })

  test('active.json that is gone or older is written anew; one of an unknown line is not', async () => {
    await run()
    const older = readFileSync(files.path('active.json'), 'utf8')
    await run({contractHash: second.body.contract_hash})
    unlinkSync(files.path('active.json'))
    await run()
    writeFileSync(files.path('active.json'), older)
    await run({contractHash: second.body.contract_hash})
    expect(active()?.manifest.generation).toBe(4)
    expect(warnings).toHaveLength(2)
    const foreign = files.manifest({
      generation: 9,
      prior: `sha256:${'9'.repeat(64)}`,
      selectors: [selectorFor('agent-a', first)],
    })
    files.activate(foreign)
    expect(await codeOf(run())).toBe('prior_manifest_mismatch')
  })

  test('somebody who changes active.json meanwhile wins, and the receipt says rejected', async () => {
    await run()
    const append: LifecyclePorts['append'] = (path, draft, signer) => {
      if (draft.payload_kind === 'contract_promote_intent') writeFileSync(files.path('active.json'), 'changed')
      appendEvidenceReceipt(path, draft, signer)
    }
    expect(await codeOf(run({contractHash: second.body.contract_hash}, {append}))).toBe('prior_manifest_mismatch')
    expect(readFileSync(files.path('active.json'), 'utf8')).toBe('changed')
    expect(receipts().at(-1)?.payload).toMatchObject({
      validation_outcome: 'rejected',
      reject_reason: 'prior_manifest_mismatch',
    })
  })

  test('a write that fails leaves the old manifest and a rejected receipt', async () => {
    const {manifestHash} = await run()
    const writer: StoreWriter = {
      ...storeWriter,
      writeOnce: () => {
        throw Object.assign(new Error('no space'), {code: 'ENOSPC'})
      },
    }
    expect(await codeOf(run({contractHash: second.body.contract_hash}, {writer}))).toBe('ENOSPC')
    expect(active()?.manifest.hash).toBe(manifestHash)
    expect(receipts().at(-1)?.payload).toMatchObject({validation_outcome: 'rejected', reject_reason: 'write_failed'})
  })

  test('a lock that another holds', async () => {
    writeFileSync(files.path('.lock'), JSON.stringify({pid: 1, started: ''}))
    expect(await codeOf(run())).toBe('store_locked')
    expect(existsSync(files.path('active.json'))).toBe(false)
  })
})

describe('rollback', () => {
  test('reinstates what a manifest said as a new generation', async () => {
    const one = await run()
    const two = await run({contractHash: second.body.contract_hash})
    const three = await rollback(back(one.manifestHash, {authorizationId: 'a-1'}), ports())
    const manifest = active()?.manifest
    expect(manifest).toMatchObject({hash: three.manifestHash, generation: 3, priorHash: two.manifestHash})
    expect(manifest?.envelope.body.rollback_target).toBe(one.manifestHash)
    expect(active()?.bindings).toEqual([{agent: 'agent-a', contractHash: first.body.contract_hash}])
    const [authorized, committed] = receipts().slice(-2)
    expect(authorized).toMatchObject({
      payload_kind: 'contract_rollback_authorized',
      event_id: 'a-1',
      payload: {
        rollback_target_hash: one.manifestHash,
        current_generation: 2,
        authorization_id: 'a-1',
        authorizer_signatures: manifest?.envelope.signatures?.map((s) => s.signature),
      },
    })
    expect(committed).toMatchObject({
      payload_kind: 'contract_rollback_committed',
      event_id: 'a-1-committed',
      payload: {
        rollback_target_hash: one.manifestHash,
        prior_manifest_hash: two.manifestHash,
        authorization_id: 'a-1',
        validation_outcome: 'accepted',
      },
    })
  })

  test('not to what was never accepted, is tombstoned, or without any history', async () => {
    expect(await codeOf(rollback(back(`sha256:${'0'.repeat(64)}`), ports()))).toBe('no_active_manifest')
    const absent = {...back(`sha256:${'0'.repeat(64)}`), storeDirectory: files.path('..', 'absent')}
    expect(await codeOf(rollback(absent, ports()))).toBe('no_active_manifest')
    expect(existsSync(absent.storeDirectory)).toBe(false)
    const one = await run()
    await run({contractHash: second.body.contract_hash})
    const unknown: unknown = await rollback(back(`sha256:${'0'.repeat(64)}`), ports()).catch((error: unknown) => error)
    expect(unknown).toMatchObject({
      code: 'contract_history',
      hint: expect.stringMatching(/the newest accepted: sha256:[0-9a-f]{64} \(generation \d+\)/) as string,
    })
    files.tombstone(first.body.contract_hash)
    expect(await codeOf(rollback(back(one.manifestHash), ports()))).toBe('contract_tombstoned')
  })
})

/** A process that dies before (or right after) its n-th write: from then on nothing is written. */
function dying(at: number, when: 'before' | 'after') {
  let writes = 0
  let dead = false
  const step =
    <A extends readonly unknown[]>(write: (...args: A) => unknown) =>
    (...args: A): void => {
      if (dead) throw new Error('dead')
      const isLast = ++writes === at
      if (isLast && when === 'before') {
        dead = true
        throw new Error('dead')
      }
      write(...args)
      if (isLast) {
        dead = true
        throw new Error('dead')
      }
    }
  return {
    ports: {
      append: step(appendEvidenceReceipt),
      writer: {
        replace: step(storeWriter.replace.bind(storeWriter)),
        writeOnce: step(storeWriter.writeOnce.bind(storeWriter)),
        remove: step(storeWriter.remove.bind(storeWriter)),
        appendLine: step(storeWriter.appendLine.bind(storeWriter)),
      },
    },
    isDead: () => dead,
  }
}

/** Every intent has exactly one outcome after it; the chain has no gap, and each receipt is signed by the key of its purpose. */
function expectSettledReceipts(): void {
  const all = receipts()
  const lines = readFileSync(files.path('activation-receipts.jsonl'), 'utf8').trim().split('\n')
  let prior = 'genesis'
  for (const [i, line] of lines.entries()) {
    const receipt = parseEvidenceReceipt(readEvidenceReceipt(line))
    const signer = receipt.kind.endsWith('_committed') ? RECEIPT.key : ANNA.key
    expect([receipt.chain_seq, receipt.chain_prev_hash]).toEqual([i, prior])
    expect(matchingForm(receipt, signer.public)).toBe('rfc8785')
    prior = evidenceReceiptHash(receipt, 'rfc8785')
  }
  const idOf = (r: Receipt) => String(r.payload['intent_id'] ?? r.payload['authorization_id'])
  const settled = all.filter((r) => r.payload_kind.endsWith('_committed')).map(idOf)
  const intents = all.filter((r) => !r.payload_kind.endsWith('_committed')).map(idOf)
  expect(settled.toSorted()).toEqual(intents.toSorted())
}

const WRITES = ['intent', 'active.json', 'manifest', 'journal', 'committed']
const points = WRITES.flatMap((name, i) => (['before', 'after'] as const).map((when) => [when, name, i + 1] as const))

describe('a crash', () => {
  test.each(points)(
    '%s writing the %s of a promote leaves old or new, and the next run settles it',
    async (when, name, at) => {
      const one = await run()
      const crash = dying(at, when)
      expect(await codeOf(run({contractHash: second.body.contract_hash, intentId: 'i-crash'}, crash.ports))).toBe(
        'Error: dead',
      )
      expect(crash.isDead()).toBe(true)

      const isNew = at > 2 || (at === 2 && when === 'after')
      expect(active()?.bindings[0]?.contractHash).toBe((isNew ? second : first).body.contract_hash)

      const next = await run({selector: 'agent-b', contractHash: other.body.contract_hash})
      expect(next.generation).toBe(isNew ? 3 : 2)
      expect(active()?.bindings).toEqual([
        {agent: 'agent-a', contractHash: (isNew ? second : first).body.contract_hash},
        {agent: 'agent-b', contractHash: other.body.contract_hash},
      ])
      expect(open().history().latest?.hash).toBe(next.manifestHash)
      if (!isNew) expect(active()?.manifest.priorHash).toBe(one.manifestHash)
      expectSettledReceipts()
      const settled = receipts().find((r) => r.event_id === 'i-crash-committed')
      const wrote = !(at === 1 && when === 'before')
      if (!wrote) expect(settled).toBeUndefined()
      else if (isNew) expect(settled?.payload).toMatchObject({validation_outcome: 'accepted'})
      else expect(settled?.payload).toMatchObject({validation_outcome: 'rejected', reject_reason: 'interrupted'})
      const isRecovered = isNew && !(name === 'committed' && when === 'after')
      if (isNew) expect(settled?.actor).toBe(isRecovered ? 'learn promote recovered' : 'learn promote')
    },
  )

  test.each(points)('%s writing the %s of a rollback', async (when, _name, at) => {
    const one = await run()
    await run({contractHash: second.body.contract_hash})
    const crash = dying(at, when)
    const request_ = back(one.manifestHash, {authorizationId: 'a-crash'})
    expect(await codeOf(rollback(request_, ports(crash.ports)))).toBe('Error: dead')
    const isNew = at > 2 || (at === 2 && when === 'after')
    expect(active()?.bindings[0]?.contractHash).toBe((isNew ? first : second).body.contract_hash)
    const next = await run({selector: 'agent-b', contractHash: other.body.contract_hash})
    expect(next.generation).toBe(isNew ? 4 : 3)
    expectSettledReceipts()
    const settled = receipts().find((r) => r.event_id === 'a-crash-committed')
    if (at === 1 && when === 'before') expect(settled).toBeUndefined()
    else expect(settled?.payload['validation_outcome']).toBe(isNew ? 'accepted' : 'rejected')
  })

  test.each([2, 3, 4])('at write %i of the very first promote', async (at) => {
    expect(await codeOf(run({environment: ENVIRONMENT}, dying(at, 'after').ports))).toBe('Error: dead')
    const next = await run({environment: {}, contractHash: second.body.contract_hash})
    expect(next.generation).toBe(2)
    expectSettledReceipts()
  })

  test('while recovering is recovered as well', async () => {
    await run()
    expect(await codeOf(run({contractHash: second.body.contract_hash}, dying(2, 'after').ports))).toBe('Error: dead')
    for (const at of [1, 2, 3]) expect(await codeOf(run({}, dying(at, 'after').ports))).toBe('Error: dead')
    const next = await run()
    expect(next.generation).toBeGreaterThan(2)
    expectSettledReceipts()
  })

  test('after active.json is finished by a runtime that reloads', async () => {
    await run()
    expect(await codeOf(run({contractHash: second.body.contract_hash}, dying(2, 'after').ports))).toBe('Error: dead')
    const store = open()
    const adoption = store.readActive()
    expect(adoption && store.accept(adoption.manifest)).toBe(true)
    const next = await run()
    expect(next.generation).toBe(3)
    expectSettledReceipts()
  })

  test.each([
    ['by a key for another purpose', RECEIPT],
    ['by a key that the roster does not list', {id: 'mallory', key: RECEIPT.key}],
  ])('an intent signed %s gets no outcome from our key', async (_, signer) => {
    const one = await run()
    appendEvidenceReceipt(
      files.path('activation-receipts.jsonl'),
      {
        event_id: 'i-forged',
        timestamp: '2026-05-01T00:00:00Z',
        principal: ANNA.keyId,
        actor: 'learn promote',
        payload_kind: 'contract_promote_intent',
        contract_hash: `sha256:${'e'.repeat(64)}`,
        selector_id: 'sha256:s',
        payload: {
          target_manifest_hash: one.manifestHash,
          target_generation: 1,
          prior_manifest_hash: GENESIS,
          intent_id: 'i-forged',
        },
      },
      signer,
    )
    const next = await run()
    expect(next.generation).toBe(2)
    expect(receipts().map(({event_id}) => event_id)).not.toContain('i-forged-committed')
    expect(warnings.join()).toContain('no activation key of the roster signed it')
  })

  test('then a tombstone: the interrupted promote is rejected with the reason', async () => {
    const one = await run()
    expect(
      await codeOf(run({contractHash: second.body.contract_hash, intentId: 'i-crash'}, dying(2, 'after').ports)),
    ).toBe('Error: dead')
    files.tombstone(second.body.contract_hash)
    const next = await run()
    expect(active()?.manifest).toMatchObject({hash: next.manifestHash, generation: 2, priorHash: one.manifestHash})
    expect(receipts().find((r) => r.event_id === 'i-crash-committed')?.payload).toMatchObject({
      validation_outcome: 'rejected',
      reject_reason: 'contract_tombstoned',
    })
  })
})

test('a rollback to the newest manifest writes a removed or replaced active.json anew', async () => {
  const one = await run()
  const old = readFileSync(files.path('active.json'))
  const two = await run({contractHash: second.body.contract_hash})
  unlinkSync(files.path('active.json'))
  expect((await rollback(back(two.manifestHash), ports())).generation).toBe(3)
  writeFileSync(files.path('active.json'), old)
  expect((await rollback(back(two.manifestHash), ports())).generation).toBe(4)
  expect(active()?.bindings[0]?.contractHash).toBe(second.body.contract_hash)
  expect(one.generation).toBe(1)
})

test('the accepted manifest file is the active one', async () => {
  const {manifestHash} = await run()
  const manifest = active()?.manifest
  expect(manifest && hashOf(manifest.envelope)).toBe(manifestHash)
  expect(readFileSync(join(files.path('manifests'), `${manifestHash.replace(':', '-')}.json`), 'utf8')).toBe(
    manifest && manifestText(manifest.envelope),
  )
  expect(files.clock.now()).toBe(NOW)
})
