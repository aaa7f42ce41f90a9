// The pipeline as a whole: which plugins it accepts, what it does between admission and evidence, and what a ruling carries.
import {describe, expect, test} from 'vitest'
import type {GateMode} from '../../../src/core/decision.js'
import {composePolicy} from '../../../src/core/pipeline.js'
import type {Hooks} from '../../../src/core/plugin.js'
import type {Policy} from '../../../src/core/policy.js'
import type {Routing} from '../../../src/core/route.js'
import {parseTarget} from '../../../src/core/target.js'
import {WorkBudgetError} from '../../../src/core/work.js'
import {BLOCKED_BY_CONTRACT as outcome, EXCHANGE, findingOf} from '../../support/exchanges.js'

interface Setup extends Partial<GateMode> {
  readonly routing?: Routing
  readonly isClean?: (text: string) => boolean
}

/** The plugins are p0, p1, … in this order; `faults` names each hook that failed. */
function compose(hooks: readonly Partial<Hooks>[], {mode = 'balanced', enforce = true, isClean, routing}: Setup = {}) {
  const faults: string[] = []
  const policy: Policy = composePolicy({
    mode,
    enforce,
    generation: 1,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    ...(isClean && {isClean}),
    routing,
    hooks: hooks.map((own, i) => ({plugin: `p${i}`, hooks: own})),
    onFault: (plugin, hook) => void faults.push(`${plugin}.${hook}`),
  })
  return {policy, faults}
}

const boom = (): never => {
  throw new Error('boom')
}
const overBudget = (): never => {
  throw new WorkBudgetError('stream')
}
const reached: Hooks['destination'] = () => ({findings: [], addresses: ['192.0.2.1']})

describe('which plugins are accepted', () => {
  test.each<[string, Partial<Hooks>]>([
    ['destination', {destination: reached}],
    ['contract', {contract: () => ({findings: [], outcome})}],
    ['ask', {ask: (_x, _unit, findings) => Promise.resolve(findings)}],
    ['meter', {meter: () => undefined}],
    ['outbound', {outbound: () => []}],
  ])('two owners of the stage %s are refused, and named', (stage, hooks) => {
    expect(() => compose([hooks, {}, hooks])).toThrow(`stage ${stage} has two owners: p0, p2`)
  })
})

describe('routes that fail', () => {
  test.each<[string, Partial<Routing>]>([
    ['at their refusals', {judge: boom}],
    ['at their exemptions', {exempt: boom}],
  ])('%s refuse the exchange', async (_, failing) => {
    const working: Routing = {of: () => undefined, judge: () => [], exempt: (_x, findings) => findings}
    const inspect: Hooks['inspect'] = () => [findingOf({action: 'warn'})]
    const {policy, faults} = compose([{destination: reached, inspect}], {routing: {...working, ...failing}})
    const ruling = await policy.judge({...EXCHANGE, headers: [['A', 'b']]})
    expect([ruling.decision.action, ruling.decision.cause?.hard]).toEqual(['block', true])
    expect(faults[0]).toBe('routes.admit')
  })

  test('are none where it is unknown which one an exchange takes', () => {
    const routing: Routing = {of: boom, judge: () => [], exempt: (_x, findings) => findings}
    const {policy} = compose([{expects: () => true}], {routing})
    expect([policy.route(EXCHANGE), policy.expects(EXCHANGE)]).toEqual([undefined, true])
  })
})

describe('admission', () => {
  test('a block beside a warning ends it: nothing is resolved, and the exchange is unjudged', async () => {
    let asked = false
    const destination: Hooks['destination'] = () => {
      asked = true
      return {findings: [], addresses: ['192.0.2.1']}
    }
    const admit: Hooks['admit'] = () => [findingOf({action: 'warn', layer: 'first'}), findingOf({layer: 'second'})]
    const ruling = await compose([{admit}, {destination}]).policy.judge(EXCHANGE)
    expect(ruling.decision.findings.map(({layer, action}) => `${layer} ${action}`)).toEqual([
      'second block',
      'first warn',
    ])
    expect([asked, ruling.isUnjudged, ruling.addresses]).toEqual([false, true, []])
  })

  test('a finding that only warns in this mode is kept, beside those of the later layers', async () => {
    const {policy} = compose(
      [
        {
          admit: () => [findingOf({layer: 'first'})],
          destination: () => ({findings: [findingOf({layer: 'second', order: 2})], addresses: ['192.0.2.1']}),
        },
      ],
      {mode: 'audit'},
    )
    const ruling = await policy.judge(EXCHANGE)
    expect(ruling.decision.findings.map(({layer, action}) => `${layer} ${action}`)).toEqual([
      'first warn',
      'second warn',
    ])
    expect([ruling.isUnjudged, ruling.addresses]).toEqual([undefined, ['192.0.2.1']])
  })

  test('a warning lets the exchange through to the destination', async () => {
    const {policy} = compose([{admit: () => [findingOf({action: 'warn'})], destination: reached}])
    const ruling = await policy.judge(EXCHANGE)
    expect([ruling.decision.action, ruling.addresses]).toEqual(['warn', ['192.0.2.1']])
  })
})

test('without a plugin for destinations: allowed, with nothing found and no address', async () => {
  const ruling = await compose([]).policy.judge(EXCHANGE)
  expect([ruling.decision, ruling.addresses]).toEqual([{action: 'allow', cause: undefined, findings: []}, []])
})

describe('a hook that fails', () => {
  test.each<[string, Partial<Hooks>, object, readonly string[]]>([
    ['admit', {admit: boom}, {authority: 'scanner', layer: 'context'}, []],
    ['destination', {destination: boom}, {authority: 'scanner', layer: 'context'}, []],
    ['contract', {contract: boom, destination: reached}, {authority: 'contract', layer: 'contract'}, ['192.0.2.1']],
  ])('%s: the log names it, and the finding its stage', async (hook, hooks, expected, addresses) => {
    const {policy, faults} = compose([{}, hooks], {mode: 'audit'})
    const ruling = await policy.judge(EXCHANGE)
    expect(faults).toEqual([`p1.${hook}`])
    expect(ruling.decision.findings).toEqual([
      {
        plugin: 'p1',
        reason: 'parse_error',
        action: 'block',
        severity: 'critical',
        hard: true,
        order: 0,
        detail: 'internal error',
        ...expected,
      },
    ])
    expect(ruling.addresses).toEqual(addresses)
  })

  test('for want of time: a hard block that names the setting, and no fault for the log', async () => {
    const {policy, faults} = compose([{admit: overBudget}], {mode: 'audit'})
    const {decision} = await policy.judge(EXCHANGE)
    expect(decision.findings).toEqual([
      {
        plugin: 'p0',
        authority: 'scanner',
        layer: 'work_budget',
        reason: 'parse_error',
        action: 'block',
        severity: 'critical',
        hard: true,
        order: 0,
        detail: 'inspection of one stream took longer than its budget',
        hint: 'work_budget.stream_seconds_per_minute sets it',
      },
    ])
    expect(faults).toEqual([])
  })
})

test('a refusal of the contract keeps what was established before it', async () => {
  const warnMatches = [{pattern_name: 'Soft', severity: 'low'}]
  const {policy} = compose([
    {
      destination: () => ({findings: [], addresses: ['192.0.2.1'], warnMatches}),
      requires: () => ({maxBytes: 10, over: () => undefined}),
      contract: () => ({findings: [findingOf({authority: 'contract', layer: 'contract'})], outcome}),
    },
  ])
  const ruling = await policy.judge(EXCHANGE, {
    read: () => Promise.resolve({kind: 'whole', bytes: Buffer.from('body')}),
  })
  expect(ruling.decision.cause?.layer).toBe('contract')
  expect(ruling).toMatchObject({addresses: ['192.0.2.1'], warnMatches, contract: outcome})
  expect(ruling.body?.bytes.toString()).toBe('body')
})

describe('what a ruling carries', () => {
  test('nothing that was not established', async () => {
    const {policy} = compose([{destination: reached}])
    expect(Object.keys(await policy.judge(EXCHANGE)).sort()).toEqual(['addresses', 'contract', 'decision', 'policy'])
  })

  test('without a ruling before it, the exchange is unjudged and may dial nothing, and stays so', () => {
    const {policy} = compose([])
    const first = policy.conclude(EXCHANGE, [findingOf()])
    expect([first.isUnjudged, first.addresses]).toEqual([true, []])
    const next = policy.conclude(EXCHANGE, [findingOf({action: 'warn'})], first)
    expect([next.isUnjudged, next.decision.action]).toEqual([true, 'block'])
  })

  test('findings that only report are matches beside the decision, each pattern once', async () => {
    const match = (pattern_name: string, severity = 'low') => ({pattern_name, severity})
    const {policy} = compose([{destination: () => ({findings: [], addresses: [], warnMatches: [match('of the URL')]})}])
    const prior = await policy.judge(EXCHANGE)
    const ruling = policy.conclude(
      EXCHANGE,
      [
        findingOf({action: 'allow', matches: [match('of the URL', 'high'), match('of the body')]}),
        findingOf({action: 'allow'}),
        findingOf({action: 'warn', matches: [match('of a warning')]}),
      ],
      prior,
    )
    expect(ruling.decision.findings.map(({action}) => action)).toEqual(['warn'])
    expect(ruling.warnMatches).toEqual([match('of the URL'), match('of the body')])
    const first = policy.conclude(EXCHANGE, [findingOf({action: 'allow', matches: [match('of the body')]})])
    expect([first.decision.action, first.warnMatches]).toEqual(['allow', [match('of the body')]])
  })
})

describe('credentials in the texts of findings', () => {
  const isClean = (text: string): boolean => !text.includes('hunter22')
  const detail = 'the field hunter22 is refused'

  test('are redacted in every ruling', async () => {
    const {policy} = compose([{destination: () => ({findings: [findingOf({detail})], addresses: []})}], {isClean})
    expect((await policy.judge(EXCHANGE)).decision.cause?.detail).toBe('the field [redacted] is refused')
    expect(policy.conclude(EXCHANGE, [findingOf({detail})]).decision.cause?.detail).toBe(
      'the field [redacted] is refused',
    )
  })

  test('stay where nobody can tell what a credential is', () => {
    expect(compose([]).policy.conclude(EXCHANGE, [findingOf({detail})]).decision.cause?.detail).toBe(detail)
  })

  test('a refusal before the URL was inspected hides a URL that holds one', () => {
    const {policy} = compose([], {isClean})
    const {target} = parseTarget('http://x.test/?key=hunter22')
    expect(policy.conclude({...EXCHANGE, target}, [findingOf()]).decision.cause).toMatchObject({hides: true})
  })
})

describe('evidence', () => {
  const allowed = (policy: Policy) => policy.judge(EXCHANGE)

  test('that is written at once: the ruling itself, without a wait', async () => {
    const written: string[] = []
    const commit: Hooks['commit'] = (_x, {decision}) => void written.push(decision.action)
    const {policy} = compose([{commit}, {commit}])
    const ruling = await allowed(policy)
    expect(policy.commit(EXCHANGE, ruling)).toBe(ruling)
    expect(written).toEqual(['allow', 'allow'])
  })

  test('that arrives later: the ruling itself, once all of it is there', async () => {
    const {policy} = compose([{commit: () => Promise.resolve()}])
    const ruling = await allowed(policy)
    const committed = policy.commit(EXCHANGE, ruling)
    expect(committed).toBeInstanceOf(Promise)
    expect(await committed).toBe(ruling)
  })

  test('that cannot be written: a block of the receipts, which the log names', async () => {
    const {policy, faults} = compose([{commit: () => Promise.resolve()}, {commit: boom}], {mode: 'audit'})
    const {decision} = await policy.commit(EXCHANGE, await allowed(policy))
    expect(decision.findings).toEqual([
      {
        plugin: 'p1',
        authority: 'evidence',
        layer: 'receipts',
        reason: 'receipt_emission_failed',
        action: 'block',
        severity: 'critical',
        hard: true,
        order: 0,
        detail: 'required receipt could not be written',
      },
    ])
    expect(faults).toEqual(['p1.commit'])
  })

  test('of an early block names the active contract', async () => {
    const asked: string[] = []
    const contract: Hooks['contract'] = (_x, {action}) => {
      asked.push(action)
      return {findings: [], outcome}
    }
    const {policy} = compose([{admit: () => [findingOf()], contract}])
    const early = await policy.judge(EXCHANGE)
    expect(early.contract).toBeUndefined()
    const committed = await policy.commit(EXCHANGE, early)
    expect([committed.contract, committed.decision.action]).toEqual([outcome, 'block'])
    expect(asked).toEqual(['block'])
    // a ruling that names it already, and one that blocks nothing, ask nobody
    await policy.commit(EXCHANGE, committed)
    await policy.commit(EXCHANGE, policy.conclude(EXCHANGE, []))
    expect(asked).toEqual(['block'])
  })

  test('of an early block whose contract fails stays that of a block, and the log names the contract', async () => {
    const {policy, faults} = compose([{admit: () => [findingOf()], contract: boom}])
    const early = await policy.judge(EXCHANGE)
    expect(await policy.commit(EXCHANGE, early)).toBe(early)
    expect(faults).toEqual(['p0.contract'])
  })
})

describe('fields of an outgoing request', () => {
  const request = {
    method: 'GET',
    uri: 'http://good.example/',
    authority: 'good.example',
    fields: ['Accept', '*/*'],
    body: 'none',
    hop: 0,
  } as const

  test('are those of the stage, or without one those received', async () => {
    const {policy} = compose([{outbound: (_x, _ruling, {fields}) => [...fields, 'A', 'b']}])
    const ruling = await policy.judge(EXCHANGE)
    expect(policy.attest(EXCHANGE, ruling, request)).toEqual(['Accept', '*/*', 'A', 'b'])
    expect(compose([]).policy.attest(EXCHANGE, ruling, request)).toBe(request.fields)
  })

  test('that cannot be made: a block in every mode, which the log names', async () => {
    const {policy, faults} = compose([{outbound: boom}], {mode: 'audit'})
    const failed = policy.attest(EXCHANGE, await policy.judge(EXCHANGE), request)
    expect(failed).toMatchObject({
      plugin: 'p0',
      action: 'block',
      hard: true,
      layer: 'mediation_envelope',
      reason: 'outbound_envelope_failed',
    })
    expect(faults).toEqual(['p0.outbound'])
  })
})

describe('the meter', () => {
  test('is absent where nobody counts', () => {
    expect(compose([]).policy.meter(EXCHANGE)).toBeUndefined()
    expect(compose([{meter: () => undefined}]).policy.meter(EXCHANGE)).toBeUndefined()
  })

  test('counts every byte, and stops a transfer by its finding', () => {
    const counted: number[] = []
    const take = (bytes: number) => {
      counted.push(bytes)
      return bytes > 5 ? findingOf({layer: 'databudget'}) : undefined
    }
    const meter = compose([{meter: () => ({take})}]).policy.meter(EXCHANGE)
    expect([meter?.take(5), meter?.take(6)?.layer]).toEqual([undefined, 'databudget'])
    expect(counted).toEqual([5, 6])
  })

  test.each<[string, Hooks['meter']]>([
    ['cannot be created', boom],
    ['fails to count', () => ({take: boom})],
  ])('that %s stops the transfer', (_, meter) => {
    const {policy, faults} = compose([{meter}])
    expect(policy.meter(EXCHANGE)?.take(1)).toMatchObject({action: 'block', hard: true, detail: 'internal error'})
    expect(faults).toEqual(['p0.meter'])
  })
})

describe('whether a response may be inspected', () => {
  test.each<[string, readonly Partial<Hooks>[], boolean, readonly string[]]>([
    ['where nobody inspects: no', [{}], false, []],
    ['where the second plugin inspects: yes', [{expects: () => false}, {expects: () => true}], true, []],
    ['where no plugin inspects it: no', [{expects: () => false}], false, []],
    ['where a plugin cannot say: yes', [{expects: boom}], true, ['p0.expects']],
  ])('%s', (_, hooks, expected, faults) => {
    const composed = compose(hooks)
    expect(composed.policy.expects(EXCHANGE)).toBe(expected)
    expect(composed.faults).toEqual(faults)
  })
})
