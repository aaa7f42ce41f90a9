// Our own goldens, byte for byte: a receipt and its signed bytes, what a small corpus compiles to, the configuration schema.
import {createHash} from 'node:crypto'
import {describe, test} from 'vitest'
import {canonicalRecord, signActionReceipt, type ActionRecord} from '../../src/formats/action-receipt.js'
import {privateKeyFromSeed} from '../../src/lib/ed25519.js'
import {configJsonSchema} from '../../src/host/config/json-schema.js'
import {captureLines, type CaptureSpec} from '../support/captures.js'
import {compileChains, memoryChain} from '../support/compiling.js'
import {golden} from '../support/golden.js'
import {typedEventLines, typedSpecs} from '../support/typed-examples.js'

const key = privateKeyFromSeed(createHash('sha256').update('pipelock golden receipts').digest())

const RECORDS: Readonly<Record<string, ActionRecord>> = {
  allow: {
    version: 1,
    action_id: '0193a000-0000-7000-8000-000000000001',
    action_type: 'read',
    timestamp: '2026-01-02T03:04:05.678Z',
    principal: 'local',
    actor: 'coder',
    delegation_chain: null,
    target: 'http://api.example.com/search?q=a&lang=é',
    side_effect_class: 'external_read',
    reversibility: 'full',
    policy_hash: 'defaults',
    verdict: 'allow',
    transport: 'forward',
    method: 'GET',
    request_id: 'req-1',
    chain_prev_hash: 'genesis',
    chain_seq: 0,
  },
  'block-contract': {
    version: 1,
    action_id: '0193a000-0000-7000-8000-000000000002',
    action_type: 'read',
    timestamp: '2026-01-02T03:04:06Z',
    principal: 'local',
    actor: 'coder',
    delegation_chain: null,
    target: 'api.example.com:443',
    side_effect_class: 'external_read',
    reversibility: 'full',
    policy_hash: 'defaults',
    verdict: 'block',
    contract_winning_source: 'contract',
    contract_policy_sources: ['scanner', 'contract'],
    active_manifest_hash: `sha256:${'1'.repeat(64)}`,
    contract_hash: `sha256:${'2'.repeat(64)}`,
    contract_selector_id: `sha256:${'3'.repeat(64)}`,
    contract_generation: 7,
    transport: 'connect',
    method: 'CONNECT',
    layer: 'contract',
    pattern: 'contract: contract_default_deny',
    severity: 'critical',
    chain_prev_hash: 'f'.repeat(64),
    chain_seq: 1,
  },
}

describe('receipts', () => {
  test.each(Object.keys(RECORDS))('%s', (name) => {
    const record = RECORDS[name] as ActionRecord
    golden(`receipts-${name}/canonical.txt`, canonicalRecord(record))
    golden(`receipts-${name}/receipt.json`, `${signActionReceipt(record, key).text}\n`)
  })
})

/** Six sessions an hour apart: stable endpoints, identifiers, a reserved name once, an attack, a tunnel. */
function corpus(): string[] {
  return Array.from({length: 6}, (_, s) => {
    const session = `coder|127.0.0.1|${s}`
    const at = (minute: number) => `2026-01-02T0${s}:${String(minute).padStart(2, '0')}:00Z`
    const specs: CaptureSpec[] = [
      {session, ts: at(0), url: 'https://api.example.com/v1/models', bytes: 100 + s},
      {session, ts: at(1), url: 'https://api.example.com/v1/messages', method: 'POST', bytes: 900 + s},
      ...[0, 1, 2].map((i) => ({session, ts: at(2 + i), url: `https://api.example.com/v1/items/${1000 + s * 31 + i}`})),
      {session, ts: at(6), url: 'https://git.internal:8443', method: 'CONNECT'},
    ]
    if (s === 2) specs.push({session, ts: at(7), url: 'https://api.example.com/v1/items/admin'})
    if (s === 3) specs.push({session, ts: at(8), url: 'http://169.254.169.254/latest', action: 'block'})
    return captureLines(specs)
  })
}

/** Twelve sessions on four machines: alike repositories, dates, identifiers, words, parameters, errors, a tool, an attack. */
function typedCorpus(): string[] {
  const bySession = new Map<string, CaptureSpec[]>()
  for (const spec of typedSpecs(typedEventLines())) {
    const known = bySession.get(spec.session ?? '') ?? []
    bySession.set(spec.session ?? '', [...known, spec])
  }
  return [...bySession.values()].map((specs, s) => {
    const ts = specs[0]?.ts ?? ''
    const session = `coder|10.0.0.${s % 4}|${ts.replaceAll('-', '').replaceAll(':', '')}|runner-${s % 4}`
    const words = ['amber', 'birch', 'cedar', 'delta'].map((word) => `${word}-${'abcdefghijkl'[s]}`)
    const more: CaptureSpec[] = [
      ...words.map((word) => ({ts, url: `https://docs.example.com/guides/${word}?lang=en&page=${s}`, bytes: 90 + s})),
      {ts, url: 'https://registry.example.net:8443', method: 'CONNECT'},
      {ts, tool: {server: 'notes', name: 'search', args: `{"scope":"own","query":"q${s}"}`}},
      ...(s === 3 ? [{ts, url: 'http://169.254.169.254/latest', action: 'block'}] : []),
    ]
    return captureLines([...specs, ...more].map((spec) => ({...spec, session})))
  })
}

describe('replay', () => {
  test.each(['wilson_lb_v3', 'wilson_lb_v2', 'wilson_lb_v1'] as const)(
    '%s, whatever the order of the files',
    (profile) => {
      const chains = (profile === 'wilson_lb_v3' ? typedCorpus() : corpus()).map((text) => memoryChain(text))
      for (const order of [chains, chains.toReversed()]) {
        const fleet = profile === 'wilson_lb_v3' ? ({sessions_per: 'machine', parameters: 'lock'} as const) : {}
        const compiled = compileChains(order, {profile, ...fleet})
        golden(`replay-${profile}/contract.yaml`, compiled.contract)
        golden(`replay-${profile}/review.md`, compiled.review)
        if (compiled.segments !== undefined) golden(`replay-${profile}/segments.json`, compiled.segments)
        if (compiled.coverage !== undefined) golden(`replay-${profile}/coverage.json`, compiled.coverage)
      }
    },
  )
})

test('the configuration schema', async () => {
  golden('schema/config.schema.json', `${JSON.stringify(await configJsonSchema(), null, 2)}\n`)
})
