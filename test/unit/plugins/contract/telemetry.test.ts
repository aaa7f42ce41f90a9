// The running service's statements with a clock and a timer of the test: rate limit, timer, stop,
// quarantine over hours, contracts that come and go.
import {expect, test} from 'vitest'
import type {Statement} from '../../../../src/core/contract/delta-receipt.js'
import type {ContractOutcome} from '../../../../src/core/decision.js'
import {parseDestination} from '../../../../src/formats/target.js'
import {LockTelemetry, type Observed, type WatchedBinding} from '../../../../src/plugins/contract/telemetry.js'
import {httpRule} from '../../../support/contract-store.js'

const START = Date.UTC(2026, 4, 1, 12)
const MINUTE = 60_000
const binding = (contractHash = 'sha256:c'): WatchedBinding => ({
  agent: 'coder',
  selectorId: 'sha256:s',
  contractHash,
  rules: [httpRule('r-a')] as unknown as WatchedBinding['rules'],
})

function world() {
  let now = START
  let due: {readonly ms: number; readonly run: () => void} | undefined
  const texts: Statement[] = []
  const logged: string[] = []
  const note = (event: string): void => void logged.push(event)
  const log = {debug: note, info: note, warn: note, error: note}
  const telemetry = new LockTelemetry({
    clock: {now: () => now, monotonic: () => 0},
    log,
    newId: () => `id-${texts.length}`,
    evidence: (statement) => texts.push(statement) > 0,
    timer(ms, run) {
      due = {ms, run}
      return () => void (due = undefined)
    },
  })
  telemetry.adopt({manifestHash: 'sha256:m1', generation: 1}, [binding()])
  return {
    telemetry,
    said: texts,
    logged,
    at: (ms: number) => void (now = ms),
    timer: () => due?.ms,
    fire() {
      const fired = due
      due = undefined
      fired?.run()
    },
    see: (times: number, more: Partial<ContractOutcome> = {}, mode: Observed['mode'] = 'shadow') => {
      for (let i = 0; i < times; i++) telemetry.observe(observed(mode, more))
    },
    kinds: () => texts.map(({draft}) => [draft.payload_kind, draft.payload['rule_id']]),
  }
}

const PASSES: Partial<ContractOutcome> = {liveVerdict: 'allow', driftKind: '', liveReason: ''}

function observed(mode: Observed['mode'], more: Partial<ContractOutcome>): Observed {
  const outcome: ContractOutcome = {
    verdict: 'allow',
    liveVerdict: 'block',
    winningSource: 'scanner',
    policySources: ['scanner', 'contract'],
    ruleId: 'r-a',
    reason: 'contract_observed_only',
    liveReason: 'contract_enforce_default',
    resolved: true,
    driftMode: mode,
    driftKind: 'positive',
    activeManifestHash: 'sha256:m1',
    contractHash: 'sha256:c',
    selectorId: 'sha256:s',
    generation: 1,
    ...more,
  }
  const destination = parseDestination('https://api.example.com/x')
  return {
    mode,
    outcome,
    subject: {kind: 'http', method: 'GET', destination},
    label: 'forward',
    blocked: false,
    exemplarId: () => 'sha256:e',
  }
}

test('the timer ends a minute without traffic; a minute is said once', () => {
  const w = world()
  w.at(START + 10_000)
  w.see(1000)
  expect(w.said).toEqual([])
  expect(w.timer()).toBe(50_000)
  w.fire() // early, or the clock was set back: the minute is not over
  expect(w.said).toEqual([])
  expect(w.timer()).toBe(50_000)
  w.at(START + MINUTE)
  w.fire()
  expect(w.kinds()).toEqual([
    ['shadow_delta', 'r-a'],
    ['contract_drift', 'r-a'],
  ])
  expect(w.said[0]?.draft.payload['aggregation']).toMatchObject({lossless_count: 1000})
  w.telemetry.close()
  expect(w.said).toHaveLength(2)
})

test('rules and reasons are counted apart; a clock that trembles ends no minute, one that is set back does', () => {
  const w = world()
  w.see(2)
  w.see(1, {ruleId: '', liveReason: 'contract_default_deny'})
  w.at(START - 1)
  w.see(1, {liveReason: 'contract_non_default_port'})
  expect(w.said).toEqual([])
  w.at(START - 3 * MINUTE)
  w.see(1)
  expect(w.kinds()).toEqual([
    ['shadow_delta', 'default_deny'],
    ['shadow_delta', 'r-a'],
    ['contract_drift', 'default_deny'],
    ['contract_drift', 'r-a'],
  ])
  expect(w.said[3]?.draft.payload['observation_summary']).toBe(
    '3 in the minute from 2026-05-01T12:00:00Z in mode shadow: contract_enforce_default 2, contract_non_default_port 1',
  )
})

test('live has drift and no deltas, capture has nothing, a change of mode ends the minute', () => {
  const w = world()
  w.see(5, {}, 'capture')
  w.telemetry.flush()
  expect(w.said).toEqual([])
  w.see(2, {verdict: 'block', winningSource: 'contract', reason: 'contract_enforce_default'}, 'live')
  w.see(1)
  expect(w.kinds()).toEqual([['contract_drift', 'r-a']])
  w.telemetry.flush()
  expect(w.kinds().slice(1)).toEqual([
    ['shadow_delta', 'r-a'],
    ['contract_drift', 'r-a'],
  ])
  expect(w.telemetry.counts()).toMatchObject({shadowDeltas: 1, positiveDrift: 3})
})

test('quarantine: candidate at once, held, released when it passes again, quiet while it cools down', () => {
  const w = world()
  const quarantine = () => w.logged.filter((event) => event.startsWith('contract_quarantine'))
  w.see(100)
  w.telemetry.flush()
  expect(quarantine()).toEqual(['contract_quarantine'])
  expect(w.telemetry.counts()).toMatchObject({candidates: 1, quarantined: 1})
  // the blocks leave the last hour only after an hour
  w.at(START + 59 * MINUTE)
  w.see(60, PASSES)
  w.telemetry.flush()
  expect(w.telemetry.counts().quarantined).toBe(1)
  w.at(START + 60 * MINUTE)
  w.see(60, PASSES)
  w.telemetry.flush()
  expect(quarantine()).toEqual(['contract_quarantine', 'contract_quarantine_released'])
  expect(w.telemetry.counts()).toMatchObject({released: 1, quarantined: 0})
  // an hour after the first page another one may come
  w.see(200)
  w.telemetry.flush()
  expect(w.telemetry.counts()).toMatchObject({candidates: 2, quarantined: 1})
})

test('what live decides heals no quarantine: it is advice on what shadow shows', () => {
  const w = world()
  w.see(100)
  w.telemetry.flush()
  w.at(START + 60 * MINUTE)
  w.see(1000, {...PASSES, winningSource: 'contract'}, 'live')
  w.telemetry.flush()
  expect(w.telemetry.counts()).toMatchObject({released: 0, quarantined: 1})
})

test('five pages an hour, whatever the number of rules', () => {
  const w = world()
  for (let i = 0; i < 20; i++) w.see(60, {ruleId: `r-${i}`})
  w.telemetry.flush()
  expect(w.telemetry.counts()).toMatchObject({candidates: 5, quarantined: 5})
})

test('the pages of one agent leave those of another alone', () => {
  const w = world()
  const other = {...binding('sha256:other'), agent: 'deployer'}
  w.telemetry.adopt({manifestHash: 'sha256:m2', generation: 2}, [binding(), other])
  for (let i = 0; i < 20; i++) w.see(60, {ruleId: `r-${i}`})
  w.see(60, {contractHash: 'sha256:other'})
  w.telemetry.flush()
  expect(w.telemetry.counts()).toMatchObject({candidates: 6, quarantined: 6})
})

test('another set says what is open; decisions under the old one are still counted, foreign ones never', () => {
  const w = world()
  w.see(1)
  w.telemetry.adopt({manifestHash: 'sha256:m2', generation: 2}, [binding('sha256:d')])
  expect(w.kinds()).toHaveLength(2)
  w.see(1) // judged before the swap, committed after it
  w.see(1, {contractHash: 'sha256:unknown'})
  w.see(1, {contractHash: 'sha256:d'})
  w.telemetry.close()
  expect(w.said.slice(2).map(({draft}) => [draft.contract_hash, draft.contract_generation])).toEqual([
    ['sha256:c', 1],
    ['sha256:c', 1],
    ['sha256:d', 2],
    ['sha256:d', 2],
  ])
})

test('statements that nothing signs are counted', () => {
  const silent = new LockTelemetry({
    clock: {now: () => START, monotonic: () => 0},
    log: {debug() {}, info() {}, warn() {}, error() {}},
    newId: () => 'id',
    evidence: () => false,
    timer: () => () => undefined,
  })
  silent.adopt({manifestHash: 'sha256:m1', generation: 1}, [binding()])
  silent.observe(observed('shadow', {}))
  silent.flush()
  expect(silent.counts()).toMatchObject({unsigned: 2, shadowDeltas: 1})
})
