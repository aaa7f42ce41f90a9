// What ratify refuses, what it writes, and in which order.
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {contractYaml, decodeContract, verifyContract} from '../../../../src/formats/documents/contract.js'
import type {EvidenceDraft} from '../../../../src/formats/evidence-receipt.js'
import {runRatify, type RatifyRequest} from '../../../../src/plugins/learn/ratify/run.js'
import {COMPILE, contract, httpRule, NOW, RECEIPT} from '../../../support/contract-store.js'

let folder: string
let drafts: EvidenceDraft[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipelock-ratify-'))
  drafts = []
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const path = (name: string): string => join(folder, name)
const host = (value = 'api.example.com') => ({host: {value, data_class: 'public'}})
const rule = (id: string, selector: object, more: object = {}) => ({
  ...httpRule(id, {...host(), ...selector}, 'capture_only'),
  ...more,
})
const narrow = rule('r-narrow', {paths: [{value: '/v1', data_class: 'public'}], methods: ['GET']})
const wide = rule('r-wide', {})

/** Ratifies a candidate of these rules; decisions by rule id. */
function ratify(rules: readonly object[], decisions: Readonly<Record<string, string>> | undefined, more = {}) {
  const candidate = path('candidate.yaml')
  writeFileSync(candidate, contractYaml(contract('agent-a', rules)))
  if (decisions) writeFileSync(path('decisions.json'), JSON.stringify(decisions))
  const request: RatifyRequest = {
    candidate,
    out: path('out.yaml'),
    decisionsFile: decisions && path('decisions.json'),
    dialogue: undefined,
    level: 'method',
    acceptLowConfidence: false,
    acceptHostWide: false,
    acceptTail: false,
    forgotten: [],
    restoreForgotten: [],
    receiptOut: undefined,
    contractKey: () => COMPILE.public,
    signer: (keyId) => ({keyId, key: COMPILE}),
    receiptSigner: RECEIPT,
    protectedFiles: [],
    append: (_path, draft) => drafts.push(draft),
    stageInstall: undefined,
    saveDecisions: undefined,
    now: () => NOW,
    eventId: () => '0196f0de-0000-7000-8000-000000000001',
    ...more,
  }
  return runRatify(request)
}

const nothingWritten = () => expect([existsSync(path('out.yaml')), drafts.length]).toEqual([false, 0])

describe('ratify refuses', () => {
  const low = {confidence: 'never_confirmed'}
  const tail = {observation: {tail_pct: '9.00', tail_promotion_block: true}}
  const cases: readonly [string, readonly object[], Record<string, string> | undefined, string, RegExp][] = [
    [
      'a rule of low confidence',
      [rule('r-1', {}, low)],
      {'r-1': 'enforce'},
      'low_confidence',
      /r-1\(confidence=never_confirmed\)/,
    ],
    ['to enforce nothing', [rule('r-1', {}, low)], undefined, 'nothing_enforced', /r-1\(confidence=never_confirmed\)/],
    ['a map without every rule', [narrow, wide], {'r-wide': 'enforce'}, 'decision_invalid', /no decision for r-narrow/],
    ['an unknown rule', [wide], {'r-wide': 'enforce', 'r-x': 'reject'}, 'decision_invalid', /no rule "r-x"/],
    ['an unknown decision', [wide], {'r-wide': 'allow'}, 'decision_invalid', /unknown decision "allow"/],
    [
      'a host-wide rule beside a narrow one',
      [wide, narrow],
      {'r-wide': 'enforce', 'r-narrow': 'enforce'},
      'host_wide',
      /r-wide/,
    ],
    [
      'a blocking action',
      [{...rule('r-b', {effective_action: 'block'}), rule_kind: 'http_action'}],
      {'r-b': 'enforce'},
      'blocked_only_rule',
      /r-b/,
    ],
    [
      'a rule that rests on blocked traffic',
      [wide, {...rule('r-b', {effective_action: 'block'}), rule_kind: 'http_action'}],
      {'r-wide': 'enforce', 'r-b': 'capture_only'},
      'blocked_only_rule',
      /r-wide/,
    ],
    ['a tail that blocks promotion', [rule('r-1', {}, tail)], {'r-1': 'enforce'}, 'tail_promotion_block', /r-1/],
    ['a candidate without rules', [], undefined, 'nothing_enforced', /no rules/],
  ]
  test.each(cases)('%s', async (_, rules, decisions, code, message) => {
    await expect(ratify(rules, decisions)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    })
    nothingWritten()
  })

  test('a candidate with a changed byte, or of another signer', async () => {
    const text = contractYaml(contract('agent-a', [narrow]))
    writeFileSync(path('tampered.yaml'), text.replace('/v1', '/v2'))
    const tampered = ratify([narrow], {'r-narrow': 'enforce'}, {candidate: path('tampered.yaml')})
    await expect(tampered).rejects.toMatchObject({code: 'hash_mismatch'})
    const foreign = ratify([narrow], {'r-narrow': 'enforce'}, {contractKey: () => RECEIPT.key.public})
    await expect(foreign).rejects.toMatchObject({code: 'signature_invalid'})
    nothingWritten()
  })

  test('to write over the key that signs', async () => {
    writeFileSync(path('id_ed25519'), 'the key', {mode: 0o600})
    const signer = (keyId: string) => ({keyId, key: COMPILE, path: path('id_ed25519')})
    for (const more of [{out: path('id_ed25519')}, {receiptOut: path('id_ed25519')}]) {
      await expect(ratify([narrow], {'r-narrow': 'enforce'}, {...more, signer})).rejects.toMatchObject({code: 'usage'})
    }
    expect(readFileSync(path('id_ed25519'), 'utf8')).toBe('the key')
    nothingWritten()
  })
})

describe('a ratified contract', () => {
  test('states the decisions, names its predecessor, and is signed anew; its receipt has the whole map', async () => {
    const result = await ratify([narrow, wide, rule('r-gone', {})], {
      'r-narrow': 'enforce',
      'r-wide': 'capture_only',
      'r-gone': 'reject',
    })
    const written = decodeContract(readFileSync(path('out.yaml')), 'yaml')
    verifyContract(written, COMPILE.public)
    const {body} = written
    expect(body.rules?.map(({rule_id, lifecycle_state}) => [rule_id, lifecycle_state])).toEqual([
      ['r-narrow', 'enforce'],
      ['r-wide', 'capture_only'],
    ])
    expect(body.prior_contract_hash).toBe(result.priorContractHash)
    expect(drafts).toMatchObject([
      {
        payload_kind: 'contract_ratified',
        principal: RECEIPT.id,
        actor: 'learn ratify',
        contract_hash: body.contract_hash,
        payload: {
          ratified_rule_ids: ['r-narrow', 'r-wide'],
          ratification_decision_per_rule: {'r-gone': 'reject', 'r-narrow': 'enforce', 'r-wide': 'capture_only'},
        },
      },
    ])
    expect(result).toMatchObject({ratified: 2, rejected: 1, agent: 'agent-a'})
  })

  test('keeps hash and predecessor when nothing changed', async () => {
    const enforced = {...narrow, lifecycle_state: 'enforce'}
    const result = await ratify([enforced], {'r-narrow': 'enforce'})
    expect(result).toMatchObject({unchanged: true, contractHash: result.priorContractHash})
  })

  test('is not written when its receipt cannot be', async () => {
    const append = () => {
      throw new Error('disk full')
    }
    await expect(ratify([narrow], {'r-narrow': 'enforce'}, {append})).rejects.toThrow('disk full')
    nothingWritten()
  })

  test('reaches the store after its receipt and before the candidate; a conflict there leaves no receipt', async () => {
    const order: string[] = []
    const observed = () => existsSync(path('out.yaml'))
    const stageInstall = async () => ({
      path: path('stored.yaml'),
      publish: () => void order.push(`store, candidate ${observed() ? 'new' : 'old'}`),
      discard: () => void order.push('discarded'),
    })
    const append = () => order.push(`receipt, candidate ${observed() ? 'new' : 'old'}`)
    await ratify([narrow], {'r-narrow': 'enforce'}, {stageInstall, append})
    expect([...order, observed()]).toEqual(['receipt, candidate old', 'store, candidate old', true])

    rmSync(path('out.yaml'))
    const conflict = () => Promise.reject(new Error('conflict'))
    await expect(ratify([narrow], {'r-narrow': 'enforce'}, {stageInstall: conflict})).rejects.toThrow('conflict')
    nothingWritten()
    const broken = () => {
      throw new Error('disk full')
    }
    await expect(ratify([narrow], {'r-narrow': 'enforce'}, {stageInstall, append: broken})).rejects.toThrow('disk full')
    expect(order.at(-1)).toBe('discarded')
    nothingWritten()
  })

  test('names as ratifier the key that the ratified contract is signed with', async () => {
    await ratify([narrow], {'r-narrow': 'enforce'}, {signer: () => ({keyId: 'compile-2', key: COMPILE})})
    const {body} = decodeContract(readFileSync(path('out.yaml')), 'yaml')
    expect(body.signer_key_id).toBe('compile-2')
    expect(drafts[0]?.payload).toMatchObject({ratifier_key_id: 'compile-2'})
    expect(drafts[0]?.principal).toBe(RECEIPT.id)
  })

  test('lifts an accepted tail in the name of the signer, on the rules that have one', async () => {
    const tail = {observation: {tail_pct: '9.00', tail_promotion_block: true}}
    await ratify([rule('r-1', {}, tail), narrow], {'r-1': 'capture_only', 'r-narrow': 'enforce'}, {acceptTail: true})
    const [first, second] = decodeContract(readFileSync(path('out.yaml')), 'yaml').body.rules ?? []
    expect(first?.observation).toMatchObject({tail_promotion_block: false, tail_accepted_by: 'compile-1'})
    expect(second?.observation).not.toHaveProperty('tail_accepted_by')
  })
})
