// Decision sequence and rule matching.
import {describe, expect, test} from 'vitest'
import {
  activeContracts,
  evaluate,
  evaluateWithOverrides,
  type LockInput,
} from '../../../../src/core/contract/evaluate.js'
import type {LockRule} from '../../../../src/core/contract/rules.js'
import {parseDestination} from '../../../../src/formats/target.js'

const host = {value: 'api.example.com', data_class: 'public'}

function rule(
  rule_id: string,
  selector: object,
  rule_kind = 'http_destination',
  lifecycle_state = 'enforce',
): LockRule {
  return {rule_id, rule_kind, lifecycle_state, selector: {host, ...selector}}
}

const path = (value: string, pinned: readonly string[] = []) => [
  {
    value,
    ...(pinned.length > 0 && {
      normalization: {pinned_segments: pinned.map((v) => ({value: v, reason: 'operator_pin'}))},
    }),
  },
]

function ask(rules: readonly LockRule[], target: string, method = 'GET', more: Partial<LockInput> = {}) {
  const active = activeContracts({manifestHash: 'sha256:m', generation: 3}, [
    {target: {agent: 'agent-a'}, selectorId: 'sha256:s', contractHash: 'sha256:c', rules},
  ])
  return evaluate(active, {
    mode: 'live',
    agent: 'agent-a',
    subject: {kind: 'http', method, destination: parseDestination(target)},
    label: method === 'CONNECT' ? 'connect' : 'forward',
    scannerVerdict: 'allow',
    killSwitch: false,
    sources: [],
    gate: true,
    ...more,
  })
}

const allowed = (ruleId: string) => ({verdict: 'allow', ruleId, reason: '', winningSource: 'contract'})
const blocked = (reason: string, ruleId = '') => ({verdict: 'block', ruleId, reason, winningSource: 'contract'})

const wide = rule('r-wide', {})
const port = rule('r-port', {ports: [8443]})
const root = rule('r-root', {paths: path('/')})
const star = rule('r-star', {paths: path('/a/*')})
const tunnel = rule('r-tunnel', {methods: ['CONNECT']})
const api = (rest = '') => `https://api.example.com${rest}`

describe('which rule decides', () => {
  const cases: [string, readonly LockRule[], string, object, string?][] = [
    ['another host', [wide], 'https://other.example.com/', blocked('contract_default_deny')],
    ['a subdomain is another host', [wide], 'https://x.api.example.com/', blocked('contract_default_deny')],
    ['capitals and final dot', [wide], 'https://API.Example.com./x', allowed('r-wide')],
    [
      'international names on both sides',
      [rule('r-idn', {host: {value: 'BÜCHER.example'}})],
      'https://bücher.example/',
      allowed('r-idn'),
    ],
    [
      'an IPv6 literal in another spelling',
      [rule('r-six', {host: {value: '2001:DB8:0::1'}})],
      'https://[2001:db8::1]/',
      allowed('r-six'),
    ],
    [
      'the first rule in contract order',
      [rule('r-1', {paths: path('/a/*')}), rule('r-2', {paths: path('/a/b')})],
      api('/a/b'),
      allowed('r-1'),
    ],
    [
      'a literal rule before a wildcard',
      [rule('r-1', {paths: path('/a/b')}), rule('r-2', {paths: path('/a/*')})],
      api('/a/b'),
      allowed('r-1'),
    ],
    ['port of a later rule', [wide, port], api(':8443/x'), allowed('r-port')],
    ['explicit default port', [wide], api(':443/x'), allowed('r-wide')],
    [
      'default port of the other scheme',
      [wide],
      'http://api.example.com:443/x',
      blocked('contract_non_default_port', 'r-wide'),
    ],
    ['default port not listed', [port], api('/x'), blocked('contract_non_default_port', 'r-port')],
    ['unlisted port beats invalid path', [root], api(':9//'), blocked('contract_non_default_port', 'r-root')],
    [
      'a rule of another port does not make the path valid',
      [root, rule('r-p', {ports: [9]})],
      api('//'),
      blocked('contract_invalid_path', 'r-root'),
    ],
    ['a rule without paths admits a non-canonical path', [root, wide], api('//x'), allowed('r-wide')],
    ['methods without case', [rule('r-m', {methods: [' get ']})], api('/'), allowed('r-m')],
    ['another method', [rule('r-m', {methods: ['GET']})], api('/'), blocked('contract_enforce_default', 'r-m'), 'POST'],
    ['empty lists constrain nothing', [rule('r-e', {methods: [], paths: [], ports: []})], api('/x'), allowed('r-e')],
    ['effective action by label', [rule('r-l', {effective_action: 'forward'})], api('/'), allowed('r-l')],
    ['effective action by scanner verdict', [rule('r-l', {effective_action: 'allow'})], api('/'), allowed('r-l')],
    [
      'effective action of another case',
      [rule('r-l', {effective_action: 'Allow'})],
      api('/'),
      blocked('contract_enforce_default', 'r-l'),
    ],
    [
      'an action rule without action',
      [rule('r-b', {}, 'http_action')],
      api('/'),
      blocked('contract_enforce_default', 'r-b'),
    ],
    [
      'dot segments are not resolved',
      [rule('r-a', {paths: path('/b')})],
      api('/a/../b'),
      blocked('contract_invalid_path', 'r-a'),
    ],
    ['encoded dot segments', [star], api('/a/%2e%2e'), blocked('contract_invalid_path', 'r-star')],
    ['an encoded slash', [star], api('/a/b%2fc'), blocked('contract_invalid_path', 'r-star')],
    ['an encoded capital is reserved too', [star], api('/a/%41dmin'), blocked('contract_enforce_default', 'r-star')],
    [
      'a pinned segment',
      [rule('r-pin', {paths: path('/a/*', ['ledger'])})],
      api('/a/ledger'),
      blocked('contract_enforce_default', 'r-pin'),
    ],
    [
      'a pin of another entry',
      [rule('r-pin', {paths: [...path('/b/*', ['ledger']), ...path('/a/*')]})],
      api('/a/ledger'),
      allowed('r-pin'),
    ],
    ['a wildcard is one segment', [star], api('/a/b/c'), blocked('contract_enforce_default', 'r-star')],
    ['the query plays no part', [root], api('?q=/a/../b'), allowed('r-root')],
    [
      'literal asterisk',
      [rule('r-lit', {paths: path('/a/%2A')})],
      api('/a/17'),
      blocked('contract_enforce_default', 'r-lit'),
    ],
    ['CONNECT and a path rule', [root], api(), blocked('contract_enforce_default', 'r-root'), 'CONNECT'],
    ['CONNECT and a tunnel rule', [root, tunnel], api(), allowed('r-tunnel'), 'CONNECT'],
    ['CONNECT and a host-wide rule', [root, wide], api(), allowed('r-wide'), 'CONNECT'],
    [
      'CONNECT with path / and the method',
      [rule('r-c', {methods: ['connect'], paths: path('/')})],
      api(),
      allowed('r-c'),
      'CONNECT',
    ],
    [
      'CONNECT with two paths',
      [rule('r-c', {methods: ['CONNECT'], paths: [...path('/'), ...path('/a')]})],
      api(),
      blocked('contract_enforce_default', 'r-c'),
      'CONNECT',
    ],
    [
      'CONNECT and another method',
      [rule('r-g', {methods: ['GET']})],
      api(),
      blocked('contract_enforce_default', 'r-g'),
      'CONNECT',
    ],
    ['CONNECT to another port', [tunnel], api(':22'), blocked('contract_non_default_port', 'r-tunnel'), 'CONNECT'],
    ['a request by a tunnel rule', [tunnel], api('/'), blocked('contract_enforce_default', 'r-tunnel')],
  ]
  test.each(cases)('%s', (_name, rules, target, expected, method = 'GET') => {
    expect(ask(rules, target, method).outcome).toMatchObject(expected)
  })

  test.each([
    ['methods that are no list', {methods: 'GET'}],
    ['a method that is no string', {methods: ['GET', 1]}],
    ['paths with a null', {paths: [null]}],
    ['a path without slash', {paths: [{value: 'a'}]}],
    ['ports as text', {ports: ['443']}],
    ['a port out of range', {ports: [443, 70000]}],
    ['an effective action that is no string', {effective_action: null}],
    ['pins that are no list', {paths: [{value: '/x', normalization: {pinned_segments: 'x'}}]}],
  ])('%s: matches nothing, never everything', (_name, selector) => {
    expect(ask([rule('r-x', selector)], api('/x')).outcome.verdict).toBe('block')
    expect(ask([rule('r-x', selector)], api(), 'CONNECT').outcome.verdict).toBe('block')
  })

  test('a rule that is not enforced has no effect', () => {
    const rules = [rule('r-c', {}, 'http_destination', 'capture_only'), root]
    expect(ask(rules, api('/x')).outcome).toMatchObject(blocked('contract_enforce_default', 'r-root'))
  })

  test('an unknown lifecycle state makes the set unusable', () => {
    expect(() => ask([rule('r-c', {}, 'http_destination', 'enforced')], api('/x'))).toThrow(/lifecycle/)
  })

  test('literal and open rules keep contract order for every mix', () => {
    const literal = (id: string) => rule(id, {paths: path('/a/b'), methods: ['PUT']})
    const rules = [
      literal('r-0'),
      rule('r-1', {methods: ['PUT'], paths: path('/z')}),
      literal('r-2'),
      star,
      literal('r-4'),
    ]
    expect(ask(rules, api('/a/b')).outcome.ruleId).toBe('r-star')
    expect(ask(rules, api('/a/b'), 'PUT').outcome.ruleId).toBe('r-0')
  })
})

describe('the order of authority', () => {
  test('a scanner block stays a block under every contract verdict', () => {
    for (const mode of ['live', 'shadow', 'capture']) {
      expect(ask([wide], api('/'), 'GET', {mode, scannerVerdict: 'block'}).outcome).toMatchObject({
        verdict: 'block',
        winningSource: 'scanner',
        ruleId: '',
        reason: '',
      })
    }
  })

  test('a missing scanner verdict blocks', () => {
    expect(ask([wide], api('/'), 'GET', {scannerVerdict: undefined}).outcome).toMatchObject({
      verdict: 'block',
      winningSource: 'scanner',
      reason: 'scanner_decision_missing',
      policySources: [],
    })
  })

  test('an allow keeps the verdict of the scanner', () => {
    expect(ask([wide], api('/'), 'GET', {scannerVerdict: 'warn'}).outcome.verdict).toBe('warn')
  })

  test('the kill switch applies without an active set', () => {
    const input: LockInput = {
      mode: 'shadow',
      agent: 'a',
      subject: {kind: 'http', method: 'GET', destination: parseDestination(api('/'))},
      label: 'forward',
      scannerVerdict: 'allow',
      killSwitch: true,
      sources: [' api_allowlist ', '', 'api_allowlist'],
      gate: true,
    }
    expect(evaluate(undefined, input).outcome).toMatchObject({
      verdict: 'block',
      liveVerdict: 'block',
      winningSource: 'kill_switch',
      policySources: ['api_allowlist', 'kill_switch'],
      resolved: false,
    })
  })

  test('another agent has no contract', () => {
    expect(ask([wide], 'https://other.example.com/', 'GET', {agent: 'agent-b'}).outcome).toMatchObject({
      verdict: 'allow',
      winningSource: 'scanner',
      resolved: false,
      policySources: ['scanner'],
    })
  })

  test('an unknown mode blocks', () => {
    for (const mode of ['', 'Live', 'enforce']) {
      const {outcome, fault} = ask([wide], api('/'), 'GET', {mode})
      expect(outcome).toMatchObject(blocked('parse_error'))
      expect(fault).toBe('unknown mode')
    }
  })

  test('a malformed target blocks in live mode and is only reported otherwise', () => {
    for (const target of [
      'https:///x',
      'https://u@api.example.com/',
      'https://api.example.com\\@b/',
      'https://api.exa\tmple.com/',
      'https://api.example.com:0/',
    ]) {
      expect(ask([wide], target)).toMatchObject({fault: 'malformed target', outcome: blocked('parse_error')})
      expect(ask([wide], target, 'GET', {mode: 'shadow'})).toMatchObject({
        fault: 'malformed target',
        outcome: {verdict: 'allow', liveVerdict: 'block', winningSource: 'scanner', reason: 'parse_error'},
      })
    }
  })

  test('shadow and capture report the verdict of live mode', () => {
    for (const mode of ['shadow', 'capture']) {
      expect(ask([wide], api('/'), 'GET', {mode}).outcome).toMatchObject({
        verdict: 'allow',
        liveVerdict: 'allow',
        winningSource: 'scanner',
        policySources: ['scanner', 'contract'],
        ruleId: 'r-wide',
        reason: 'contract_observed_only',
        driftMode: '',
      })
      expect(ask([root], api('/x'), 'GET', {mode}).outcome).toMatchObject({
        verdict: 'allow',
        liveVerdict: 'block',
        ruleId: 'r-root',
        reason: 'contract_observed_only',
        driftMode: mode,
        driftKind: 'positive',
      })
    }
  })

  test('the outcome names manifest, contract and selector', () => {
    expect(ask([wide], api('/')).outcome).toMatchObject({
      activeManifestHash: 'sha256:m',
      contractHash: 'sha256:c',
      selectorId: 'sha256:s',
      generation: 3,
    })
  })
})

describe('tool calls', () => {
  const tool = (id: string, args?: unknown): LockRule => ({
    rule_id: id,
    rule_kind: 'mcp_tool_call',
    lifecycle_state: 'enforce',
    selector: {server: {value: 's'}, tool: {value: 't'}, ...(args === undefined ? {} : {args})},
  })
  const call = (rules: readonly LockRule[], values: unknown, server = 's', name = 't') =>
    ask(rules, '', 'POST', {subject: {kind: 'mcp', server, tool: name, arguments: values}}).outcome

  test('arguments must all hold', () => {
    const limited = tool('r-a', [
      {key: 'n', value: 1},
      {key: 'q', value: 'x'},
    ])
    expect(call([limited], {n: 1, q: 'x', more: true})).toMatchObject(allowed('r-a'))
    expect(call([limited], {n: 1})).toMatchObject(blocked('contract_mcp_args_mismatch', 'r-a'))
    expect(call([limited, tool('r-b')], {n: 1})).toMatchObject(allowed('r-b'))
  })

  test('other tools, empty names and malformed matchers', () => {
    expect(call([tool('r-a')], {}, ' s ', 't')).toMatchObject(allowed('r-a'))
    expect(call([tool('r-a')], {}, 's', 'u')).toMatchObject(blocked('contract_mcp_default_deny'))
    expect(call([tool('r-a')], {}, ' ', 't')).toMatchObject(blocked('parse_error'))
    for (const args of [{key: 'n', value: 1}, [null], [{key: 'n'}], [{value: 1}], null]) {
      expect(call([tool('r-a', args)], {n: 1})).toMatchObject(blocked('contract_mcp_args_mismatch', 'r-a'))
    }
  })

  test('jurisdiction over tools does not extend to hosts', () => {
    expect(ask([tool('r-a')], 'https://anywhere.example/').outcome).toMatchObject({
      verdict: 'allow',
      winningSource: 'scanner',
      resolved: true,
    })
    expect(call([wide], {})).toMatchObject({verdict: 'allow', winningSource: 'scanner', resolved: true})
  })
})

describe('parameter names', () => {
  const page = (parameters: unknown) => rule('r-page', {methods: ['GET'], paths: path('/page'), parameters})
  const outcome = (rules: readonly LockRule[], query: string, method = 'GET') => {
    const {verdict, ruleId, reason} = ask(rules, api(`/page${query}`), method).outcome
    return verdict === 'allow' ? ruleId : reason
  }

  test.each([
    [['q', 'page'], '', 'r-page'],
    [['q', 'page'], '?q=1&page=2#debug=1', 'r-page'],
    [['q', 'page'], '?%71=1', 'r-page'],
    [['q', 'page'], '?Q=1', 'contract_enforce_default'],
    [['q', 'page'], '?q=1&admin=1', 'contract_enforce_default'],
    [['q', 'page'], '?q=1;admin=1', 'contract_enforce_default'],
    [['q', 'page'], '?q=1&%61dmin', 'contract_enforce_default'],
    [['q', 'a=b'], '?a%3Db=1', 'r-page'],
    [['q', '%61'], '?%2561=1', 'contract_enforce_default'],
    [['q', 'a\u0000'], '?a%00=1', 'contract_enforce_default'],
    [[], '', 'r-page'],
    [[], '?', 'r-page'],
    [[], '?q', 'contract_enforce_default'],
    [undefined, '?anything', 'r-page'],
    ['q', '', 'contract_enforce_default'],
    [null, '', 'contract_enforce_default'],
    [['q', 1], '?q=1', 'contract_enforce_default'],
  ])('names %j, query %j: %s', (parameters, query, expected) => {
    expect(outcome([page(parameters)], query)).toBe(expected)
  })

  test('a rule that refuses a name leaves the request to later rules', () => {
    expect(outcome([page(['q']), rule('r-later', {paths: path('/page'), parameters: ['x']})], '?x=1')).toBe('r-later')
  })

  test('a tunnel has no query, so a list of names admits it', () => {
    expect(ask([rule('r-tunnel', {methods: ['CONNECT'], parameters: []})], api(), 'CONNECT').outcome.verdict).toBe(
      'allow',
    )
  })

  test.each([
    ['/page', 'allow'],
    ['/page?q=2', 'allow'],
    ['/page?admin=1', 'block'],
    ['https://api.example.com/page?admin=1', 'block'],
    ['/other', 'block'],
  ])('a header that names %s is judged with the names of both queries', (value, verdict) => {
    const active = activeContracts({manifestHash: 'sha256:m', generation: 3}, [
      {
        target: {agent: 'agent-a'},
        selectorId: 'sha256:s',
        contractHash: 'sha256:c',
        rules: [page(['q']), rule('r-other', {paths: path('/other'), parameters: []})],
      },
    ])
    const input: LockInput = {
      mode: 'live',
      agent: 'agent-a',
      subject: {kind: 'http', method: 'GET', destination: parseDestination(api('/page?q=1'))},
      label: 'forward',
      scannerVerdict: 'allow',
      killSwitch: false,
      sources: [],
      gate: true,
    }
    expect(evaluateWithOverrides(active, input, {methods: [], urls: [value]}).outcome.verdict).toBe(verdict)
  })
})
