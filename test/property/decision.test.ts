// Laws of the decision (order, duplicates, monotony, what mode and enforcement may lift) and of the pipeline around it
// (every failure blocks; one exchange is judged by one generation).
import {parseTarget} from '../../src/core/target.js'
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {decide, gate, type Action, type Authority, type Finding, type GateMode} from '../../src/core/decision.js'
import type {Exchange} from '../../src/core/exchange.js'
import {composePolicy} from '../../src/core/pipeline.js'
import type {Hooks} from '../../src/core/plugin.js'
import type {Policy} from '../../src/core/policy.js'
import type {Reason} from '../../src/core/reasons.js'
import {BLOCKED_BY_CONTRACT} from '../support/exchanges.js'
import {truthTable} from '../support/truth-table.js'

const ACTIONS: readonly Action[] = ['allow', 'warn', 'strip', 'redirect', 'ask', 'block']
const AUTHORITIES: readonly Authority[] = ['kill_switch', 'transport', 'scanner', 'contract', 'evidence']
const REASONS: readonly Reason[] = [
  'dlp_match',
  'parse_error',
  'ssrf_private_ip',
  'contract_default_deny',
  'kill_switch_active',
]

const finding: fc.Arbitrary<Finding> = fc.record(
  {
    plugin: fc.constantFrom('a', 'b'),
    authority: fc.constantFrom(...AUTHORITIES),
    layer: fc.constantFrom('dlp', 'ssrf', 'contract'),
    reason: fc.constantFrom(...REASONS),
    action: fc.constantFrom(...ACTIONS),
    severity: fc.constantFrom('info' as const, 'warn' as const, 'critical' as const),
    hard: fc.constant(true as const),
    order: fc.nat(3),
    detail: fc.constantFrom('x', 'y'),
  },
  {requiredKeys: ['plugin', 'authority', 'layer', 'reason', 'action', 'severity', 'order', 'detail']},
)
const findings = fc.array(finding, {maxLength: 8})
const mode: fc.Arbitrary<GateMode> = fc.record({
  mode: fc.constantFrom('strict' as const, 'balanced' as const, 'audit' as const),
  enforce: fc.boolean(),
})
const strength = (action: Action): number => ACTIONS.indexOf(action)
const effective = (list: readonly Finding[], m: GateMode): Action => decide(gate(list, m)).action
/** What tells findings apart; two that agree in all of it are one to everybody who reads the decision. */
const reported = (f: Finding | undefined): unknown =>
  f && [f.action, f.authority, f.order, f.layer, f.reason, f.plugin, f.detail]

describe('decide', () => {
  test('the order of findings does not matter', () => {
    fc.assert(
      fc.property(findings, fc.infiniteStream(fc.nat()), (list, keys) => {
        const shuffled = list
          .map((f) => [keys.next().value, f] as const)
          .sort(([a], [b]) => a - b)
          .map(([, f]) => f)
        const [one, two] = [decide(list), decide(shuffled)]
        expect(two.action).toBe(one.action)
        expect(reported(two.cause)).toEqual(reported(one.cause))
        expect(two.findings.map(reported)).toEqual(one.findings.map(reported))
      }),
    )
  })

  test('duplicates change nothing', () => {
    fc.assert(
      fc.property(findings, (list) => {
        const twice = decide([...list, ...list])
        expect(twice.action).toBe(decide(list).action)
        expect(reported(twice.cause)).toEqual(reported(decide(list).cause))
      }),
    )
  })

  test('one more finding never weakens the action, in any mode', () => {
    fc.assert(
      fc.property(findings, finding, mode, (list, more, m) => {
        expect(strength(effective([...list, more], m))).toBeGreaterThanOrEqual(strength(effective(list, m)))
      }),
    )
  })

  test('the action is that of the cause, and the cause is one of the findings', () => {
    fc.assert(
      fc.property(findings, (list) => {
        const {action, cause, findings: all} = decide(list)
        expect(action).toBe(cause?.action ?? 'allow')
        expect(all).toHaveLength(list.length)
        if (list.length > 0) expect(list).toContain(cause)
      }),
    )
  })

  test('a kill switch that blocks is the cause, whatever else blocks, in any mode', () => {
    const killed: Finding = {
      plugin: 'kill',
      authority: 'kill_switch',
      layer: 'kill_switch',
      reason: 'kill_switch_active',
      action: 'block',
      severity: 'critical',
      order: 9,
      detail: 'on',
    }
    fc.assert(
      fc.property(findings, mode, (list, m) => {
        const {action, cause} = decide(gate([...list.filter((f) => f.authority !== 'kill_switch'), killed], m))
        expect([action, cause]).toEqual(['block', killed])
      }),
    )
  })
})

describe('gate', () => {
  test('lifts nothing while policy is enforced', () => {
    fc.assert(
      fc.property(findings, fc.constantFrom('strict' as const, 'balanced' as const), (list, m) => {
        expect(gate(list, {mode: m, enforce: true})).toEqual(list)
      }),
    )
  })

  test('lifts to a warning at most, and never what is hard, the kill switch or a contract', () => {
    fc.assert(
      fc.property(findings, mode, (list, m) => {
        const after = gate(list, m)
        expect(after).toHaveLength(list.length)
        for (const [i, f] of list.entries()) {
          const kept = f.hard === true || f.authority === 'kill_switch' || f.authority === 'contract'
          const expected = kept || f.action === 'allow' || (m.mode !== 'audit' && m.enforce) ? f.action : 'warn'
          expect(after[i]).toEqual({...f, action: expected})
        }
      }),
    )
  })

  test('twice is once', () => {
    fc.assert(fc.property(findings, mode, (list, m) => void expect(gate(gate(list, m), m)).toEqual(gate(list, m))))
  })
})

test('the truth table of gate and decide', () => {
  // one finding of each kind: what becomes of it, in full
  expect(truthTable({gate, decide}).map((row) => row.join(' '))).toEqual([
    'strict true transport soft block → block',
    'strict true transport hard block → block',
    'strict true scanner soft block → block',
    'strict true scanner hard block → block',
    'strict true contract soft block → block',
    'strict true contract hard block → block',
    'strict true evidence soft block → block',
    'strict true evidence hard block → block',
    'strict true kill_switch soft block → block',
    'strict true kill_switch hard block → block',
    'balanced true transport soft block → block',
    'balanced true transport hard block → block',
    'balanced true scanner soft block → block',
    'balanced true scanner hard block → block',
    'balanced true contract soft block → block',
    'balanced true contract hard block → block',
    'balanced true evidence soft block → block',
    'balanced true evidence hard block → block',
    'balanced true kill_switch soft block → block',
    'balanced true kill_switch hard block → block',
    ...['strict false', 'balanced false', 'audit true', 'audit false'].flatMap((m) => [
      `${m} transport soft block → warn`,
      `${m} transport hard block → block`,
      `${m} scanner soft block → warn`,
      `${m} scanner hard block → block`,
      `${m} contract soft block → block`,
      `${m} contract hard block → block`,
      `${m} evidence soft block → warn`,
      `${m} evidence hard block → block`,
      `${m} kill_switch soft block → block`,
      `${m} kill_switch hard block → block`,
    ]),
  ])
})

const URL_TEXT = 'http://a.example/'
const exchange: Exchange = {
  id: 'x',
  requestId: 'req-1',
  transport: 'forward',
  purpose: 'request',
  agent: {name: 'a', basis: 'self-declared'},
  clientIp: '127.0.0.1',
  rawTarget: URL_TEXT,
  target: parseTarget(URL_TEXT).target,
  method: 'GET',
  headers: [],
  startedAtMs: 0,
  signal: new AbortController().signal,
}

function policyOf(hooks: readonly Partial<Hooks>[], m: GateMode, faults: string[] = [], generation = 1): Policy {
  return composePolicy({
    ...m,
    generation,
    explainBlocks: false,
    configHash: `config-${generation}`,
    policyHash: 'p',
    hooks: hooks.map((own, i) => ({plugin: `plugin-${i}`, hooks: own})),
    onFault: (plugin, hook) => void faults.push(`${plugin}.${hook}`),
  })
}

const boom = (): never => {
  throw new Error('boom')
}
const reject = (): Promise<never> => Promise.reject(new Error('boom'))
const outcome = {...BLOCKED_BY_CONTRACT, verdict: 'allow', liveVerdict: 'allow'}

describe('the pipeline', () => {
  const broken: readonly (readonly [string, Partial<Hooks>])[] = [
    ['admit throws', {admit: boom}],
    ['destination throws', {destination: boom}],
    ['destination rejects', {destination: reject}],
    ['the rest of the layers throws', {destination: () => ({findings: [], addresses: ['1.2.3.4'], rest: boom})}],
    [
      'the rest of the layers rejects',
      {destination: async () => ({findings: [], addresses: ['1.2.3.4'], rest: reject})},
    ],
    ['the contract throws', {contract: boom}],
  ]
  test.each(broken)('%s: a hard block in every mode, told to nobody but the log', async (_name, hooks) => {
    await fc.assert(
      fc.asyncProperty(mode, async (m) => {
        const faults: string[] = []
        const {decision} = await policyOf([{}, hooks], m, faults).judge(exchange)
        expect(decision.action).toBe('block')
        expect(decision.cause).toMatchObject({hard: true, detail: 'internal error', reason: 'parse_error'})
        expect(faults).toHaveLength(1)
      }),
    )
  })

  test.each([
    ['throws', boom],
    ['rejects', reject],
  ])('evidence that %s turns an allow into a block, and leaves a block one', async (_name, commit) => {
    await fc.assert(
      fc.asyncProperty(mode, findings, async (m, list) => {
        const policy = policyOf([{commit}], m)
        const ruling = policy.conclude(exchange, list)
        const {decision} = await policy.commit(exchange, ruling)
        expect(decision.action).toBe('block')
        const was = ruling.decision.action
        if (was !== 'block') expect(decision.cause).toMatchObject({reason: 'receipt_emission_failed', hard: true})
      }),
    )
  })

  test('an observer that throws changes nothing and is counted', () => {
    const faults: string[] = []
    const policy = policyOf([{observe: boom}], {mode: 'balanced', enforce: true}, faults)
    const ruling = policy.conclude(exchange, [])
    policy.observe(exchange, ruling, {status: 200, requestBytes: 0, responseBytes: 0, durationMs: 0})
    expect(faults).toEqual(['plugin-0.observe'])
  })

  test('no contract outcome lifts what a scanner said; the scanner stage is what it is asked about', async () => {
    await fc.assert(
      fc.asyncProperty(mode, findings, fc.boolean(), async (m, list, late) => {
        const scanners = list.filter((f) => f.authority !== 'contract')
        const asked: Action[] = []
        const verdict = {findings: scanners, addresses: ['1.2.3.4']}
        const policy = policyOf(
          [
            {
              destination: () => (late ? Promise.resolve(verdict) : verdict),
              contract(_x, scanner) {
                asked.push(scanner.action)
                return {findings: [], outcome}
              },
            },
          ],
          m,
        )
        const {decision} = await policy.judge(exchange)
        expect(decision.action).toBe(effective(scanners, m))
        expect(asked).toEqual([effective(scanners, m)])
      }),
    )
  })

  test('a lenient mode runs every layer behind the one that objected', async () => {
    await fc.assert(
      fc.asyncProperty(mode, fc.array(finding, {minLength: 1, maxLength: 5}), async (m, list) => {
        const layer = (i: number): ReturnType<Hooks['destination']> => {
          const one = list[i]
          if (!one) return {findings: [], addresses: ['1.2.3.4']}
          return {findings: [one], addresses: [], rest: () => layer(i + 1)}
        }
        const {decision} = await policyOf([{destination: () => layer(0)}], m).judge(exchange)
        const stops = list.findIndex((f) => effective([f], m) === 'block')
        // what only reports stands beside the decision, and weighs nothing in it
        const ran = (stops < 0 ? list : list.slice(0, stops + 1)).filter(({action}) => action !== 'allow')
        expect(decision.findings.map(reported).sort()).toEqual(decide(gate(ran, m)).findings.map(reported).sort())
      }),
    )
  })

  test('whoever is refused at admission is not resolved', async () => {
    const killed = {
      plugin: 'k',
      authority: 'kill_switch',
      layer: 'kill_switch',
      reason: 'kill_switch_active',
      action: 'block',
      severity: 'critical',
      order: 0,
      detail: 'on',
    } as const
    await fc.assert(
      fc.asyncProperty(mode, async (m) => {
        let ran = 0
        const destination: Hooks['destination'] = () => {
          ran++
          return {findings: [], addresses: []}
        }
        const {decision} = await policyOf([{admit: () => [killed]}, {destination}], m).judge(exchange)
        expect([decision.action, ran]).toEqual(['block', 0])
      }),
    )
  })

  test('one exchange is judged, concluded and committed by one generation, whenever the next one is composed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(fc.boolean(), {minLength: 1, maxLength: 6}), async (s, strict) => {
        const received: string[] = []
        const generation = (n: number): Policy => {
          const blocks: Finding = {
            plugin: 'p',
            authority: 'scanner',
            layer: 'blocklist',
            reason: 'domain_blocklist',
            action: 'block',
            severity: 'critical',
            order: 0,
            detail: `by ${n}`,
          }
          const verdict = {findings: strict[n] ? [blocks] : [], addresses: ['1.2.3.4']}
          return policyOf(
            [
              {
                destination: () => s.schedule(Promise.resolve(verdict), `destination ${n}`),
                commit: (_x, r) => {
                  received.push(`${r.policy.generation} ${n}`)
                  return s.schedule(Promise.resolve(), `commit ${n}`)
                },
              },
            ],
            {mode: 'balanced', enforce: true},
            [],
            n,
          )
        }
        let current = generation(0)
        const swaps = s.scheduleSequence(
          strict.slice(1).map((_, i) => () => {
            current = generation(i + 1)
            return Promise.resolve()
          }),
        )
        const one = async (): Promise<void> => {
          const policy = current
          const ruling = await policy.judge(exchange)
          const committed = await policy.commit(exchange, policy.conclude(exchange, [], ruling))
          expect(committed.policy).toBe(policy)
          expect(committed.decision.action).toBe(strict[policy.generation] ? 'block' : 'allow')
          const {cause} = committed.decision
          if (cause) expect(cause.detail).toBe(`by ${policy.generation}`)
        }
        const all = Promise.all([
          one(),
          s.schedule(Promise.resolve()).then(one),
          s.schedule(Promise.resolve()).then(one),
        ])
        await s.waitFor(Promise.all([all, swaps.task]))
        for (const pair of received) expect(pair.split(' ')[0]).toBe(pair.split(' ')[1])
      }),
    )
  })
})
