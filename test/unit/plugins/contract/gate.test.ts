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
      httpRule('r-p', {methods: ['GET'], paths: [{value: '/p'}], parameters: ['q']}),
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
    authority: url.host,
    path: url.pathname,
    query: url.search.slice(1),
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
let forms: readonly string[] = []
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
  return contractGate(active, mode, log, {isClean: (text) => !text.includes('hunter2'), formMethods: () => forms})(
    x,
    scanner,
  )
}

test('allowed: an outcome, no finding', () => {
  const verdict = ask(exchange(target('https://api.example.com/a/1')))
  expect(verdict.findings).toEqual([])
  expect(verdict.outcome).toMatchObject({verdict: 'allow', winningSource: 'contract', ruleId: 'r-a', generation: 2})
})

test('blocked in live where no rule covers the request: one finding that says so and charges no rule', () => {
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
      detail: 'the contract of agent "agent-a" allows no GET /b on this host',
      rule: 'no contract rule',
    },
  ])
  // the wire names the first rule of the host; whoever reports it must not say that it decided
  expect(outcome).toMatchObject({driftMode: 'live', driftKind: 'positive', ruleId: 'r-a', unmatched: true})
})

test.each([
  ['https://elsewhere.example/x', 'GET', 'the contract of agent "agent-a" has no rule for this host'],
  ['https://api.example.com:9999/a/1', 'GET', 'the contract of agent "agent-a" has no rule for port 9999 of this host'],
  ['https://api.example.com/a/1', 'DELETE', 'the contract of agent "agent-a" allows no DELETE /a/1 on this host'],
  ['https://api.example.com/b?key=value', 'GET', 'the contract of agent "agent-a" allows no GET /b on this host'],
  [
    'https://api.example.com/p?q=1&secret-name=value',
    'GET',
    'the contract of agent "agent-a" allows GET /p on this host with other parameters only',
  ],
  ['https://api.example.com/p?x', 'POST', 'the contract of agent "agent-a" allows no POST /p on this host'],
  ['https://api.example.com', 'CONNECT', 'the contract of agent "agent-a" allows no CONNECT on this host'],
  [
    'https://api.example.com/b',
    'get\r\nx',
    'the contract of agent "agent-a" allows no request of this method /b on this host',
  ],
])('a block of %s with %j is told as what no rule allows', (raw, method, detail) => {
  expect(ask(exchange(target(raw), {method})).findings[0]?.detail).toBe(detail)
})

test('a credential in the path of a blocked request is not repeated', () => {
  const [findings] = ask(exchange(target('https://api.example.com/hunter2/b'))).findings
  expect(findings?.detail).not.toContain('hunter2')
  expect(findings?.detail).toContain('on this host')
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
    const verdict = ask(exchange(to))
    expect(verdict.findings).toMatchObject([{reason: 'parse_error', layer: 'contract', action: 'block'}])
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

describe('another method or path that the request asks for is judged too', () => {
  const page = 'https://api.example.com/a/1'
  const asks = (headers: Exchange['headers'], raw = page) => ask(exchange(target(raw), {headers})).findings[0]?.detail

  test.each([
    'X-HTTP-Method-Override',
    'x-http-method-override',
    'X_HTTP_METHOD_OVERRIDE',
    'X-Method-Override',
    'x_method-override',
    'X-HTTP-Method',
  ])('%s', (name) => {
    expect(asks([[name, 'DELETE']])).toBe(
      'the contract of agent "agent-a" allows no DELETE /a/1 on this host (requested by a method override)',
    )
    expect(asks([[name, 'get']])).toBeUndefined()
    expect(asks([[name, 'GET, PUT']])).toContain('allows no PUT')
    expect(asks([[name, '']])).toBeUndefined()
  })

  test.each(['X-Original-URL', 'x_original_url', 'X-Rewrite-Url'])('%s', (name) => {
    const refused = 'the contract of agent "agent-a" does not allow what X-Original-URL or X-Rewrite-URL asks for'
    expect(asks([[name, '/b']])).toBe(refused)
    expect(asks([[name, '/a/admin?x=1']])).toBe(refused)
    expect(asks([[name, '/a/../b']])).toBeDefined()
    expect(asks([[name, 'https://elsewhere.example/a/1']])).toBeDefined()
    expect(asks([[name, 'nonsense']])).toBeDefined()
    expect(asks([[name, '/a/2']])).toBeUndefined()
    expect(asks([[name, 'https://api.example.com/a/2']])).toBeUndefined()
  })

  test('a method and a path together, and more of them than anybody sends', () => {
    expect(
      asks([
        ['X-HTTP-Method-Override', 'PUT'],
        ['X-Original-URL', '/a/2'],
      ]),
    ).toBeDefined()
    expect(asks(Array.from({length: 5}, (_, i) => ['X-Original-URL', `/a/${i}`] as const))).toBeDefined()
    expect(asks(Array.from({length: 9}, () => ['X-HTTP-Method-Override', 'GET'] as const))).toBeUndefined()
  })

  test.each([
    '_method=DELETE',
    'x=1&_METHOD=put',
    '%5fmethod=delete',
    'x=1&%255Fmethod=delete',
    '_method=get&_method=patch',
  ])('the query %s', (query) => {
    expect(asks([], `${page}?${query}`)).toContain('allows no ')
  })

  test('queries and headers of other names pass', () => {
    for (const query of ['method=DELETE', '_method=GET', 'q=_method=x', '_methods=DELETE', '_method=']) {
      expect(asks([], `${page}?${query}`), query).toBeUndefined()
    }
    expect(
      asks([
        ['X-Method', 'DELETE'],
        ['X-Original-Host', 'x'],
        ['Referer', '/b'],
      ]),
    ).toBeUndefined()
  })

  test('a form that was read', () => {
    forms = ['DELETE']
    expect(asks([])).toContain('allows no DELETE /a/1')
    forms = ['?']
    expect(asks([])).toContain('allows no request of this method /a/1')
    forms = ['GET']
    expect(asks([])).toBeUndefined()
    forms = []
  })

  test('in shadow the outcome says what live would do', () => {
    const {findings, outcome} = ask(exchange(target(page), {headers: [['X-HTTP-Method-Override', 'DELETE']]}), 'shadow')
    expect(findings).toEqual([])
    expect(outcome).toMatchObject({verdict: 'allow', liveVerdict: 'block'})
  })

  test('the head of a tunnel goes to no server', () => {
    const headers: Exchange['headers'] = [['X-HTTP-Method-Override', 'DELETE']]
    expect(ask(exchange(target('https://api.example.com:8443'), {method: 'CONNECT', headers})).findings).toEqual([])
  })
})
