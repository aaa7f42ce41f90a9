// The plugin as the host uses it: decisions through the one pipeline become receipts; required receipts block when they
// cannot be had; a reload keeps the writer and takes a new key over.
import {chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {keyA, keyB} from './fixtures.js'
import {verifyDirectory} from '../../../support/memory-log.js'
import type {ContractOutcome, Finding} from '../../../../src/core/decision.js'
import type {Exchange} from '../../../../src/core/exchange.js'
import {privateKeyFileText} from '../../../../src/formats/keys/key-file.js'
import {composePolicy} from '../../../../src/core/pipeline.js'
import type {Context, Hooks} from '../../../../src/core/plugin.js'
import type {Policy} from '../../../../src/core/policy.js'
import {parseTarget} from '../../../../src/core/target.js'
import type {Services} from '../../../../src/core/services/index.js'
import {createPorts} from '../../../../src/host/ports.js'
import type {RecorderConfig} from '../../../../src/plugins/recorder/config.js'
import {sections} from '../../../../src/plugins/recorder/config.js'
import {factsOfDecisions} from '../../../../src/plugins/recorder/facts.js'
import recorder from '../../../../src/plugins/recorder/index.js'

let directory: string
let keyPath: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipelock-plugin-'))
  keyPath = join(directory, 'key')
  writeFileSync(keyPath, privateKeyFileText(keyA), {mode: 0o600})
})
afterEach(() => rmSync(directory, {recursive: true, force: true}))

const ports = createPorts({home: tmpdir(), env: {}})
const isClean = (text: string): boolean => !text.includes('SECRET')
const namesIn = (): readonly string[] => ['Test Secret']

function context(warnings: string[] = [], regulatedPatterns: readonly string[] = []): Context<Services> {
  return {
    ports,
    hashes: {raw: 'defaults', policy: 'p'},
    service: ((name: string) => (name === 'dlp' ? {isClean, namesIn} : undefined)) as Context<Services>['service'],
    settings: ((name: string) => (name === 'learn' ? {regulatedPatterns} : undefined)) as Context<Services>['settings'],
    changed: () => {},
    warn: (field, message) => void warnings.push(`${field}: ${message}`),
    samples: () => [],
  }
}

const config = (more: object = {}): RecorderConfig => ({
  flight_recorder: sections.flight_recorder.parse({
    enabled: true,
    dir: join(directory, 'evidence'),
    signing_key_path: keyPath,
    ...more,
  }),
})

function policyWith(hooks: Partial<Hooks>, finding?: Finding, outcome?: ContractOutcome): Policy {
  return composePolicy({
    mode: 'balanced',
    enforce: true,
    generation: 1,
    explainBlocks: false,
    configHash: 'c'.repeat(64),
    policyHash: 'p',
    onFault: () => {},
    hooks: [
      {plugin: 'destination', hooks: {destination: () => ({findings: finding ? [finding] : [], addresses: []})}},
      {plugin: 'contract', hooks: {contract: () => ({findings: [], outcome})}},
      {plugin: 'recorder', hooks},
    ],
  })
}

let counter = 0
function exchange(url: string, more: Partial<Exchange> = {}): Exchange {
  counter++
  return {
    id: `0196f0de-0000-7000-8000-${String(counter).padStart(12, '0')}`,
    requestId: `req-${counter}`,
    transport: 'forward',
    purpose: 'request',
    agent: {name: 'coder', basis: 'self-declared'},
    clientIp: '127.0.0.1',
    rawTarget: url,
    target: parseTarget(url).target,
    method: 'GET',
    headers: [],
    startedAtMs: ports.clock.now(),
    signal: new AbortController().signal,
    ...more,
  }
}

const BLOCK: Finding = {
  plugin: 'destination',
  authority: 'scanner',
  layer: 'dlp',
  reason: 'dlp_match',
  action: 'block',
  severity: 'critical',
  order: 1,
  detail: 'DLP match',
  rule: 'AWS Access Key',
}

const CONTRACT: ContractOutcome = {
  verdict: 'allow',
  liveVerdict: 'block',
  winningSource: 'scanner',
  policySources: ['scanner'],
  ruleId: 'rule-9',
  reason: 'contract_observed_only',
  resolved: true,
  driftMode: '',
  driftKind: '',
  activeManifestHash: `sha256:${'a'.repeat(64)}`,
  contractHash: `sha256:${'b'.repeat(64)}`,
  selectorId: 'sel',
  generation: 2,
}

interface Line {
  readonly type: string
  readonly detail: {
    readonly action_record: Readonly<Record<string, unknown>>
    readonly payload: Readonly<Record<string, unknown>>
  }
}

const lines = (): readonly Line[] =>
  readFileSync(join(directory, 'evidence', 'evidence-proxy-0.jsonl'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)

const records = () => lines().flatMap((e) => (e.type === 'action_receipt' ? [e.detail.action_record] : []))

describe('decisions', () => {
  test('of every kind and transport are receipted with their facts, and nothing secret', async () => {
    const instance = await recorder.create(config(), recorder.state(ports), context())
    const hooks = instance.hooks?.() ?? {}
    const decide = async (x: Exchange, finding?: Finding, outcome?: ContractOutcome) => {
      const policy = policyWith(hooks, finding, outcome)
      await policy.commit(x, await policy.judge(x))
    }
    await decide(exchange('http://api.example.com/a?b=1&c=<2>'))
    await decide(exchange('http://api.example.com/a?key=SECRET'), BLOCK)
    await decide(exchange('http://api.example.com/encoded/U0VDUkVU'), BLOCK)
    await decide(exchange('https://[2001:db8::1]:8443/', {transport: 'connect', method: 'CONNECT'}))
    await decide(exchange('http://api.example.com/', {transport: 'fetch'}), {
      ...BLOCK,
      action: 'warn',
      reason: 'path_entropy',
    })
    await decide(exchange('nonsense'), {...BLOCK, layer: 'parser', reason: 'parse_error', detail: 'invalid URL SECRET'})
    await decide(exchange('http://api.example.com/c', {method: 'DELETE'}), undefined, CONTRACT)
    await instance.close?.()
    const results = records()
    expect(
      results.map((r) => [r['transport'], r['verdict'], r['target'], r['layer'] ?? '', r['pattern'] ?? '']),
    ).toEqual([
      ['forward', 'allow', 'http://api.example.com/a?b=1&c=%3C2%3E', '', ''],
      ['forward', 'block', 'http://api.example.com/a?key=[redacted-value]', 'dlp', 'AWS Access Key'],
      ['forward', 'block', 'http://api.example.com/[redacted-path]', 'dlp', 'AWS Access Key'],
      ['connect', 'allow', '[2001:db8::1]:8443', '', ''],
      ['fetch', 'warn', 'http://api.example.com/', 'dlp', 'AWS Access Key'],
      ['forward', 'block', '[redacted-url]', 'parser', 'AWS Access Key'],
      ['forward', 'allow', 'http://api.example.com/c', '', ''],
    ])
    expect(results[0]).toMatchObject({
      principal: 'local',
      actor: 'coder',
      delegation_chain: null,
      action_type: 'read',
      policy_hash: 'c'.repeat(64),
      method: 'GET',
    })
    expect(results[6]).toMatchObject({
      action_type: 'write',
      reversibility: 'irreversible',
      contract_winning_source: 'scanner',
      contract_live_verdict: 'block',
      contract_policy_sources: ['scanner'],
      contract_rule_id: 'rule-9',
      active_manifest_hash: CONTRACT.activeManifestHash,
      contract_hash: CONTRACT.contractHash,
      contract_selector_id: 'sel',
      contract_generation: 2,
    })
    const second = lines().find((e) => e.type === 'evidence_receipt')
    expect(second?.detail.payload).toMatchObject({verdict: 'allow', live_verdict: 'block', winning_source: 'scanner'})
    const verdict = await verifyDirectory(join(directory, 'evidence'), [keyA.public], 'whole')
    expect(verdict.failure).toBeUndefined()
  })

  test('are not held up, nor blocked, by evidence that fails', async () => {
    const instance = await recorder.create(config(), recorder.state(ports), context())
    const policy = policyWith(instance.hooks?.() ?? {})
    await instance.close?.()
    const x = exchange('http://api.example.com/')
    expect((await policy.commit(x, await policy.judge(x))).decision.action).toBe('allow')
    expect(instance.health?.()).not.toBe('ok')
  })

  test('are blocked when a required receipt cannot be written', async () => {
    const instance = await recorder.create(config({require_receipts: true}), recorder.state(ports), context())
    const policy = policyWith(instance.hooks?.() ?? {})
    const x = exchange('http://api.example.com/')
    expect((await policy.commit(x, await policy.judge(x))).decision.action).toBe('allow')
    expect(records()).toHaveLength(1)
    await instance.close?.()
    const late = await policy.commit(x, await policy.judge(x))
    expect(late.decision.cause?.reason).toBe('receipt_emission_failed')
    expect(late.decision.action).toBe('block')
  })
})

describe('a receipt that would hold a credential', () => {
  const odd = () => exchange('http://api.example.com/', {method: 'SECRET'})

  test('is withheld, counted and logged, without what it held', async () => {
    const logged: object[] = []
    const log = {...ports.log, error: (event: string, fields: object = {}) => void logged.push({event, ...fields})}
    const instance = await recorder.create(config(), recorder.state(ports), {...context(), ports: {...ports, log}})
    const policy = policyWith(instance.hooks?.() ?? {})
    const x = odd()
    expect((await policy.commit(x, await policy.judge(x))).decision.action).toBe('allow')
    expect(instance.service.status().withheld).toBe(1)
    expect(logged).toMatchObject([{event: 'receipt_withheld', action_id: x.id, target: 'http://api.example.com/'}])
    await instance.close?.()
    expect(lines()[0]).toMatchObject({type: 'action_receipt', detail: {redacted: true}})
    expect(JSON.stringify([lines(), logged])).not.toContain('SECRET')
    // the hole is what verification names, not the seal that rests on the chain
    const verdict = await verifyDirectory(join(directory, 'evidence'), [keyA.public], 'whole')
    expect(verdict.failure).toMatchObject({reason: 'unsupported_version', seq: 0})
  })

  test('blocks where receipts are required: an odd method is no way to act without one', async () => {
    const instance = await recorder.create(config({require_receipts: true}), recorder.state(ports), context())
    const policy = policyWith(instance.hooks?.() ?? {})
    const x = odd()
    const {decision} = await policy.commit(x, await policy.judge(x))
    expect([decision.action, decision.cause?.reason]).toEqual(['block', 'receipt_emission_failed'])
    await instance.close?.()
    expect(lines()[0]).toMatchObject({summary: 'receipt: block unclassified forward', detail: {redacted: true}})
  })
})

describe('a regulated value', () => {
  const decided = async (x: Exchange, more: object = {}) => {
    const instance = await recorder.create(config(more), recorder.state(ports), context([], ['patient-[0-9]{6}']))
    const policy = policyWith(instance.hooks?.() ?? {})
    await policy.commit(x, await policy.judge(x))
    await instance.close?.()
    const text = readFileSync(join(directory, 'evidence', 'evidence-proxy-0.jsonl'), 'utf8')
    expect(text).not.toMatch(/patient-123456|%70atient/i)
    expect((await verifyDirectory(join(directory, 'evidence'), [keyA.public], 'whole')).failure).toBeUndefined()
    return records()[0]
  }

  test.each([
    ['in a path', 'http://clinic.example/p/patient-123456/file', 'http://clinic.example/[redacted-path]'],
    ['percent-encoded', 'http://clinic.example/p/%70atient%2d123456', 'http://clinic.example/[redacted-path]'],
    ['in other letters', 'http://clinic.example/p/PATIENT-123456', 'http://clinic.example/[redacted-path]'],
    ['in a query', 'http://clinic.example/p?id=patient-123456&x=1', 'http://clinic.example/p?id=[redacted-value]&x=1'],
    ['in a host name', 'http://patient-123456.clinic.example/', '[redacted-target]'],
  ])('%s: the receipt has the target without it, and the chain verifies', async (_, url, target) => {
    expect(await decided(exchange(url))).toMatchObject({target})
  })

  test('nothing is removed from a target that no pattern matches', async () => {
    const target = 'http://clinic.example/p/patient-12'
    expect(await decided(exchange(target))).toMatchObject({target})
  })

  test('in the name of an agent: the receipt has no name', async () => {
    const x = exchange('http://clinic.example/', {agent: {name: 'patient-123456', basis: 'self-declared'}})
    expect(await decided(x)).toMatchObject({actor: '[redacted-agent]', target: 'http://clinic.example/'})
  })

  test('without redaction: it is removed as well, and credentials are not', async () => {
    const x = exchange('http://clinic.example/?id=patient-123456&key=SECRET')
    const target = 'http://clinic.example/?id=[redacted-value]&key=SECRET'
    expect(await decided(x, {redact: false})).toMatchObject({target})
  })

  test('with escrow: what is sealed lacks it too, and has the credential', () => {
    const facts = factsOfDecisions({
      redactor: {isClean, namesIn},
      isUnregulated: (text) => !text.includes('patient-123456'),
      keepRaw: true,
      now: () => 0,
      eventId: () => '',
    })
    const {target, raw} = facts(exchange('http://clinic.example/?id=patient-123456&key=SECRET'), {
      decision: {action: 'allow', cause: undefined, findings: []},
      policy: {configHash: 'c'},
    } as never)
    expect(target).toBe('http://clinic.example/?id=[redacted-value]&key=[redacted-value]')
    expect(raw?.target).toBe('http://clinic.example/?id=[redacted-value]&key=SECRET')
  })

  test('in what an operator lifts: the receipt has neither owner nor place', async () => {
    const instance = await recorder.create(config(), recorder.state(ports), context([], ['patient-[0-9]{6}']))
    instance.service.authorize({
      verdict: 'allow',
      layer: 'exemption_granted',
      target: 'patient-123456.clinic.example/p/patient-123456',
      actor: 'ward of patient-123456',
      pattern: 'files: patient-123456',
    })
    await instance.close?.()
    expect(JSON.stringify(lines())).not.toContain('patient-123456')
    expect(records()[0]).toMatchObject({action_type: 'authorize', verdict: 'allow', actor: '[redacted-agent]'})
    expect((await verifyDirectory(join(directory, 'evidence'), [keyA.public], 'whole')).failure).toBeUndefined()
  })

  test('in the name of a method: the receipt is withheld', async () => {
    const instance = await recorder.create(config(), recorder.state(ports), context([], ['patient-[0-9]{6}']))
    const policy = policyWith(instance.hooks?.() ?? {})
    const x = exchange('http://clinic.example/', {method: 'PATIENT-123456'})
    await policy.commit(x, await policy.judge(x))
    await instance.close?.()
    expect(lines()[0]).toMatchObject({type: 'action_receipt', detail: {redacted: true}})
    expect(JSON.stringify(lines())).not.toContain('PATIENT-123456')
  })
})

test('names no agent whose name holds a credential, and the chain stays whole', async () => {
  const instance = await recorder.create(config({require_receipts: true}), recorder.state(ports), context())
  const policy = policyWith(instance.hooks?.() ?? {})
  const x = exchange('http://api.example.com/', {agent: {name: 'SECRET', basis: 'self-declared'}})
  expect((await policy.commit(x, await policy.judge(x))).decision.action).toBe('allow')
  await instance.close?.()
  expect(lines()[0]).toMatchObject({detail: {action_record: {actor: '[redacted-agent]'}}})
  expect((await verifyDirectory(join(directory, 'evidence'), [keyA.public], 'whole')).failure).toBeUndefined()
})

describe('a reload', () => {
  test('keeps the writer, takes a new key at the same path over, and refuses another path', async () => {
    const state = recorder.state(ports)
    const first = await recorder.create(config(), state, context())
    const x = exchange('http://api.example.com/')
    const before = policyWith(first.hooks?.() ?? {})
    await before.commit(x, await before.judge(x))
    writeFileSync(join(directory, 'next'), privateKeyFileText(keyB), {mode: 0o600})
    renameSync(join(directory, 'next'), keyPath)
    const warnings: string[] = []
    const second = await recorder.create(config(), state, context(warnings))
    const after = policyWith(second.hooks?.() ?? {})
    await after.commit(x, await after.judge(x))
    const third = await recorder.create(config({signing_key_path: join(directory, 'other')}), state, context(warnings))
    expect(warnings.join()).toMatch(/signing_key_path: restart required/)
    await first.close?.()
    await third.close?.()
    await after.commit(x, await after.judge(x))
    await second.close?.()
    expect(lines().flatMap((e) => (e.type === 'action_receipt' ? [e.detail.action_record['chain_seq']] : []))).toEqual([
      0, 0, 1,
    ])
    const verdict = await verifyDirectory(join(directory, 'evidence'), [keyA.public, keyB.public], 'whole')
    expect(verdict.failure).toBeUndefined()
    expect(verdict.v1.segments).toHaveLength(2)
  })

  test('fails when the key became readable by others, and the running recorder continues', async () => {
    const state = recorder.state(ports)
    const first = await recorder.create(config(), state, context())
    chmodSync(keyPath, 0o604)
    await expect(recorder.create(config(), state, context())).rejects.toMatchObject({code: 'file_permissions'})
    const policy = policyWith(first.hooks?.() ?? {})
    const x = exchange('http://api.example.com/')
    await policy.commit(x, await policy.judge(x))
    await first.close?.()
    expect(records()).toHaveLength(1)
  })
})

test('without a key says loudly that nothing is signed', async () => {
  const warnings: string[] = []
  const instance = await recorder.create(config({signing_key_path: ''}), recorder.state(ports), context(warnings))
  expect(warnings.join()).toMatch(/without receipts, and checkpoints are UNSIGNED/)
  await instance.close?.()
})
