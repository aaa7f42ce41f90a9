// Drift and opportunity: what the hours of a rule show, and when nothing may be concluded.
import {describe, expect, test} from 'vitest'
import type {LockSubject} from '../../../../src/core/contract/evaluate.js'
import {opportunityTracker, type OpportunityFinding} from '../../../../src/core/contract/opportunity.js'
import {watchedContract, type ObservedRule} from '../../../../src/core/contract/watched-rules.js'
import {parseDestination} from '../../../../src/formats/target.js'

const HOUR = 3_600_000
const START = Date.UTC(2026, 4, 1, 9, 30)
/** The n-th whole hour after the start. */
const hour = (n: number): number => Date.UTC(2026, 4, 1, 10 + n, 5)

const HOST = {host: {value: 'api.example.com', data_class: 'public'}}
const path = (value: string) => ({paths: [{value, data_class: 'public'}]})

function rule(rule_id: string, selector: object, windows: number, of = 10, more: Partial<ObservedRule> = {}) {
  return {
    rule_id,
    rule_kind: 'http_destination',
    lifecycle_state: 'enforce',
    selector,
    observation: {windows_observed: windows, windows_with_opportunity: of},
    recurring_support: {windows_floor: 3},
    opportunity_health: {missing_alert_threshold: '0.50'},
    ...more,
  } as ObservedRule
}

const get = (url: string, method = 'GET'): LockSubject => ({kind: 'http', method, destination: parseDestination(url)})
const API = 'https://api.example.com'
const ELSEWHERE = 'https://elsewhere.example/'

/** Findings after each of the hours, given the requested URLs. */
function run(rules: readonly ObservedRule[], hours: readonly (readonly (string | LockSubject)[])[], verdict = 'allow') {
  const tracker = opportunityTracker(watchedContract(rules, 'coder'), START)
  return hours.map((subjects, n) => {
    for (const subject of subjects) {
      const observed = typeof subject === 'string' ? get(subject) : subject
      tracker.observe({subject: observed, label: 'forward', verdict}, hour(n))
    }
    return tracker.take(hour(n) + HOUR)
  })
}

const times = <T>(n: number, value: T): readonly T[] => Array.from({length: n}, () => value)
const drift = (ruleId: string, missedWindows: number): OpportunityFinding => ({
  kind: 'negative_drift',
  ruleId,
  missedWindows,
})

describe('negative drift', () => {
  const rules = [rule('r-host', HOST, 10), rule('r-users', {...HOST, ...path('/users')}, 10)]

  test('is reported after three hours with the host and without the path, and again after three more', () => {
    const findings = run(rules, times(7, [`${API}/other`]))
    expect(findings).toEqual([[], [], [drift('r-users', 3)], [], [], [drift('r-users', 6)], []])
  })

  test('restarts after an hour with the rule', () => {
    const other = [`${API}/other`]
    const findings = run(rules, [other, other, [`${API}/users`], other, other, other])
    expect(findings).toEqual([[], [], [], [], [], [drift('r-users', 3)]])
  })

  test('ignores hours without any traffic', () => {
    const findings = run(rules, [[`${API}/other`], [], [`${API}/other`], [], [`${API}/other`]])
    expect(findings.flat()).toEqual([drift('r-users', 3)])
  })

  test('a rule with parameter names is missed while its path is requested with other names', () => {
    const named = (parameters: readonly string[]) => ({...HOST, ...path('/users'), methods: ['GET'], parameters})
    const both = [rule('r-q', named(['q']), 10), rule('r-x', named(['x']), 10)]
    const findings = run(both, times(3, [`${API}/users?x=1`]))
    expect(findings.flat()).toEqual([drift('r-q', 3)])
  })

  test('a rule that occurred in one hour of five is missed after fifteen, not after three', () => {
    const rare = [rule('r-host', HOST, 10), rule('r-users', {...HOST, ...path('/users')}, 2)]
    const findings = run(rare, times(16, [`${API}/other`]))
    expect(findings.map((one) => one.length).indexOf(1)).toBe(14)
    expect(findings.flat()).toEqual([drift('r-users', 15)])
  })

  test('uses the number of hours of the contract, or three where it has none', () => {
    const five = {recurring_support: {windows_floor: 5}}
    const silent = {recurring_support: {}, observation: {}, opportunity_health: {}}
    const selector = {...HOST, ...path('/users')}
    const firstAt = (more: object): number =>
      run([rule('r-host', HOST, 10), rule('r', selector, 10, 10, more)], times(9, [`${API}/x`]))
        .map((one) => one.some((f) => f.ruleId === 'r'))
        .indexOf(true)
    expect([firstAt(five), firstAt(silent)]).toEqual([4, 2])
  })

  test.each(['proposed', 'expired', 'demoted'])('is not reported for a rule that is %s', (lifecycle_state) => {
    const other = rule('r-users', {...HOST, ...path('/users')}, 10, 10, {lifecycle_state})
    expect(run([rule('r-host', HOST, 10), other], times(9, [`${API}/x`])).flat()).toEqual([])
  })

  test('watches capture-only rules like enforced ones', () => {
    const other = rule('r-users', {...HOST, ...path('/users')}, 10, 10, {lifecycle_state: 'capture_only'})
    expect(run([other], times(3, [`${API}/x`])).flat()).toEqual([drift('r-users', 3)])
  })

  test('blocked requests are neither an occurrence nor an opportunity', () => {
    expect(run(rules, times(9, [`${API}/users`, `${API}/x`]), 'block').flat()).toEqual([])
  })

  test('a blocked request does not keep its rule alive beside others that pass', () => {
    const tracker = opportunityTracker(watchedContract(rules, 'coder'), START)
    for (let n = 0; n < 3; n++) {
      tracker.observe({subject: get(`${API}/x`), label: 'forward', verdict: 'allow'}, hour(n))
      tracker.observe({subject: get(`${API}/users`), label: 'forward', verdict: 'block'}, hour(n))
    }
    expect(tracker.take(hour(3))).toEqual([drift('r-users', 3)])
  })

  test('an action rule counts blocked requests', () => {
    const action = rule('r-act', {...HOST, ...path('/users'), methods: ['GET'], effective_action: 'block'}, 10, 10, {
      rule_kind: 'http_action',
    })
    const tracker = opportunityTracker(watchedContract([action], 'coder'), START)
    for (let n = 0; n < 6; n++) {
      tracker.observe({subject: get(`${API}/users`), label: 'forward', verdict: 'allow'}, hour(n))
      if (n < 3) tracker.observe({subject: get(`${API}/users`), label: 'forward', verdict: 'block'}, hour(n))
    }
    expect(tracker.take(hour(6))).toEqual([drift('r-act', 3)])
  })

  test('a tunnel does not count for the pages of its host', () => {
    const tunnel = rule('r-tunnel', {...HOST, methods: ['CONNECT']}, 10)
    const findings = run([...rules, tunnel], times(3, [get(`${API}`, 'CONNECT')]))
    // the host itself is missed: any traffic is its parent; its page is not, since the host did not occur
    expect(findings.flat().filter((f) => f.kind === 'negative_drift')).toEqual([drift('r-host', 3)])
  })
})

describe('missing opportunity', () => {
  const rules = [rule('r-host', HOST, 8), rule('r-users', {...HOST, ...path('/users'), methods: ['GET']}, 8)]

  test('a host that occurred in eight hours of ten and is gone is reported for its rules, without drift', () => {
    const findings = run(rules, times(9, [ELSEWHERE]))
    const missing = findings.flat().filter((f) => f.kind === 'opportunity_missing')
    // 3 expected occurrences in ceil(3/0.8) = 4 hours
    expect(missing).toEqual([
      {
        kind: 'opportunity_missing',
        ruleId: 'r-users',
        parentContext: 'path:api.example.com/users',
        historical: '0.8000',
        current: '0.0000',
        window: '2026-05-01T10:00:00Z/PT4H',
      },
      {...missing[1], window: '2026-05-01T14:00:00Z/PT4H'},
    ])
    expect(findings.flat().filter((f) => f.kind === 'negative_drift')).toEqual([drift('r-host', 4), drift('r-host', 8)])
  })

  test('half of the former rate is enough', () => {
    const half = [[`${API}/x`], [ELSEWHERE], [`${API}/x`], [ELSEWHERE]]
    const paths = [rule('r-host', HOST, 8), rule('r-users', {...HOST, ...path('/users')}, 8)]
    expect(run(paths, half).flat()).toEqual([])
    expect(run(paths, [[ELSEWHERE], [ELSEWHERE], [`${API}/x`], [ELSEWHERE]]).flat()).toMatchObject([
      {kind: 'opportunity_missing', ruleId: 'r-users', parentContext: 'host:api.example.com', current: '0.2500'},
    ])
  })

  test('a parent too rare to occur within a week is not reported', () => {
    const rare = [rule('r-host', HOST, 1, 1000), rule('r-users', {...HOST, ...path('/users')}, 1, 1000)]
    rare.push(rule('r-busy', {host: {value: 'elsewhere.example'}}, 1000, 1000))
    expect(run(rare, times(200, [ELSEWHERE])).flat()).toEqual([])
  })
})

test('the kill switch suppresses the hour, and the hour of the start does not count', () => {
  const rules = [rule('r-host', HOST, 10), rule('r-users', {...HOST, ...path('/users')}, 10)]
  const tracker = opportunityTracker(watchedContract(rules, 'coder'), START)
  const observed = (atMs: number) =>
    tracker.observe({subject: get(`${API}/x`), label: 'forward', verdict: 'allow'}, atMs)
  observed(START)
  for (let n = 0; n < 4; n++) {
    observed(hour(n))
    if (n === 1) tracker.suppress(hour(n))
  }
  expect(tracker.take(hour(3))).toEqual([])
  expect(tracker.take(hour(4))).toEqual([drift('r-users', 3)])
  expect(tracker.openUntilMs).toBeUndefined()
})

test('a clock that goes back creates no hours', () => {
  const rules = [rule('r-host', HOST, 10), rule('r-users', {...HOST, ...path('/users')}, 10)]
  const tracker = opportunityTracker(watchedContract(rules, 'coder'), START)
  for (let i = 0; i < 20; i++) {
    tracker.observe({subject: get(`${API}/x`), label: 'forward', verdict: 'allow'}, hour(i % 2 === 0 ? 2 : 1))
  }
  expect(tracker.take(hour(3))).toEqual([])
})

test('tool rules are judged by hours with tool calls only', () => {
  const tool = rule('r-tool', {server: {value: 'fs'}, tool: {value: 'read'}}, 10, 10, {rule_kind: 'mcp_tool_call'})
  const call = (name: string): LockSubject => ({kind: 'mcp', server: 'fs', tool: name, arguments: {}})
  expect(run([tool], times(9, [`${API}/x`])).flat()).toEqual([])
  expect(run([tool], times(3, [call('write')])).flat()).toEqual([drift('r-tool', 3)])
  expect(run([tool], times(3, [call(' read ')])).flat()).toEqual([])
})

test('a flood of destinations does not grow the state', () => {
  const watched = watchedContract([rule('r-host', HOST, 10)], 'coder')
  const tracker = opportunityTracker(watched, START)
  for (let i = 0; i < 20_000; i++) {
    const subject = get(`https://h${i}.example/${i}`)
    tracker.observe({subject, label: 'forward', verdict: 'allow'}, hour(0))
  }
  expect(tracker.take(hour(1))).toEqual([])
})
