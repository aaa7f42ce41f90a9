// The contract hook: findings only from a live block or an evaluator error, an outcome whenever a set is active.
import {describe, expect, test} from 'vitest'
import {activeContracts} from '../../../../src/core/contract/evaluate.js'
import {decide} from '../../../../src/core/decision.js'
import type {Exchange, Target} from '../../../../src/core/exchange.js'
import type {LockMode} from '../../../../src/plugins/contract/config.js'
import {contractGate, wireReason} from '../../../../src/plugins/contract/gate.js'
import {httpRule} from '../../../support/contract-store.js'

const active = activeContracts({manifestHash: 'sha256:m', generation: 2}, [
  {
    target: {agent: 'agent-a'},
    selectorId: 'sha256:s',
    contractHash: 'sha256:c',
    rules: [
      httpRule('r-a', {methods: ['GET'], paths: [{value: '/a/*'}]}),
      httpRule('r-t', {methods: ['CONNECT'], ports: [8443]}),
    ],
  },
])

const target = (raw: string, more: Partial<Target> = {}): Target => {
  const url = new URL(raw)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  return {
    raw,
    canonical: url.href,
    scheme,
    host: url.hostname,
    port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port),
    rawPath: url.pathname,
    ...more,
  }
}

function exchange(to: Target | undefined, more: Partial<Exchange> = {}): Exchange {
  return {
    id: 'x',
    requestId: 'req-1',
    transport: 'forward',
    purpose: 'request',
    agent: {name: 'agent-a', basis: 'bound'},
    clientIp: '127.0.0.1',
    rawTarget: to?.raw ?? '',
    target: to,
    method: 'GET',
    headers: [],
    startedAtMs: 0,
    signal: new AbortController().signal,
    ...more,
  }
}

const events: string[] = []
const log = {
  debug() {},
  info: (event: string) => void events.push(event),
  warn() {},
  error: (event: string) => void events.push(event),
}
const ask = (x: Exchange, mode: LockMode = 'live', action: 'allow' | 'warn' | 'block' = 'allow') => {
  events.length = 0
  const scanner =
    action === 'allow'
      ? decide([])
      : decide([
          {
            plugin: 'destination',
            authority: 'scanner',
            layer: 'blocklist',
            reason: 'domain_blocklist',
            action,
            severity: 'warn',
            order: 1,
            detail: '',
          },
        ])
  return contractGate(active, mode, log)(x, scanner)
}

test('allowed: an outcome, no finding', () => {
  const said = ask(exchange(target('https://api.example.com/a/1')))
  expect(said.findings).toEqual([])
  expect(said.outcome).toMatchObject({verdict: 'allow', winningSource: 'contract', ruleId: 'r-a', generation: 2})
})

test('blocked in live: one finding with wire reason, layer and rule id, nothing of the rule', () => {
  const {findings, outcome} = ask(exchange(target('https://api.example.com/b')))
  expect(findings).toEqual([
    {
      plugin: 'contract',
      authority: 'contract',
      layer: 'contract',
      reason: 'contract_enforce_default',
      action: 'block',
      severity: 'critical',
      order: 0,
      detail: 'contract: contract_enforce_default (rule r-a)',
      rule: 'r-a',
    },
  ])
  expect(outcome).toMatchObject({driftMode: 'live', driftKind: 'positive'})
})

test.each(['shadow', 'capture'] as const)('blocked in %s: an outcome only', (mode) => {
  const {findings, outcome} = ask(exchange(target('https://elsewhere.example/')), mode)
  expect(findings).toEqual([])
  expect(outcome).toMatchObject({verdict: 'allow', liveVerdict: 'block', reason: 'contract_observed_only'})
  expect(events).toEqual(mode === 'shadow' ? ['contract_would_block'] : [])
})

test('a scanner block is not repeated by the contract', () => {
  const {findings, outcome} = ask(exchange(target('https://elsewhere.example/')), 'live', 'block')
  expect(findings).toEqual([])
  expect(outcome).toMatchObject({verdict: 'block', winningSource: 'scanner'})
})

describe('evaluator errors', () => {
  test.each([
    ['no target', undefined],
    ['a target that the contract reads as another host', target('https://api.example.com/a/1', {host: 'evil.example'})],
    ['another port', target('https://api.example.com/a/1', {port: 8443})],
    ['userinfo', target('https://u@api.example.com/a/1')],
    ['a backslash', target('https://api.example.com\\a\\1')],
  ])('%s blocks in live, is logged, and stands aside in shadow', (_name, to) => {
    const said = ask(exchange(to))
    expect(said.findings).toMatchObject([{reason: 'parse_error', layer: 'contract', action: 'block'}])
    expect(events).toEqual(['contract_evaluator_failed'])
    const shadow = ask(exchange(to), 'shadow')
    expect(shadow.findings).toEqual([])
    expect(shadow.outcome).toMatchObject({verdict: 'allow', liveVerdict: 'block'})
  })
})

test('CONNECT is asked with its synthetic target and real port', () => {
  const connect = (raw: string) => exchange(target(raw), {transport: 'connect', method: 'CONNECT'})
  expect(ask(connect('https://api.example.com:8443/')).outcome?.ruleId).toBe('r-t')
  expect(ask(connect('https://api.example.com/')).findings).toMatchObject([{reason: 'contract_enforce_default'}])
  expect(ask(connect('https://api.example.com:9/')).findings).toMatchObject([{reason: 'contract_non_default_port'}])
})

test('another agent is not governed', () => {
  const x = exchange(target('https://elsewhere.example/'), {agent: {name: 'agent-b', basis: 'bound'}})
  expect(ask(x)).toMatchObject({findings: [], outcome: {resolved: false, winningSource: 'scanner'}})
})

test('without an active set nothing is said', () => {
  expect(contractGate(undefined, 'live', log)(exchange(undefined), decide([]))).toEqual({
    findings: [],
    outcome: undefined,
  })
})

test('internal reasons become wire reasons', () => {
  expect(wireReason('contract_mcp_default_deny')).toBe('contract_default_deny')
  expect(wireReason('contract_mcp_args_mismatch')).toBe('contract_enforce_default')
  expect(wireReason('scanner_decision_missing')).toBe('parse_error')
  expect(wireReason('parse_error')).toBe('parse_error')
})
