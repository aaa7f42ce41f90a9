import {expect, test} from 'vitest'
import {collectors, type CollectedCount} from '../../../../src/plugins/metrics/collectors.js'

function read(losses: {readonly records: number; readonly dropped: number}): readonly CollectedCount[] {
  const captures = {...losses, sanitised: {overlength: 2}, regulated: {url: 4}, sidecars: {written: 5, dropped: 1}}
  return collectors({
    recorder: {status: () => ({failures: 2, withheld: 3, untold: 4, degraded: 'disk full', syncs: {group: 5}})},
    logging: {dropped: () => 0},
    contract: {status: () => undefined},
    learn: {captures: {counts: () => captures}},
    shield: {counts: () => []},
    redaction: {counts: () => ({email: 6})},
    responses: {excused: () => [{reason: 'suppress', transport: 'fetch', count: 9}]},
    'cross-request': {counts: () => ({entropyExceeded: 7, dlpMatches: 8}), bufferSize: () => 9},
  })()
}

const valuesOf = (counts: readonly CollectedCount[], name: string) =>
  counts.filter((count) => count.name === name).map(({labels, value}) => [labels?.['reason'], value])

test('counts the findings in answers that were let through on purpose', () => {
  expect(valuesOf(read({records: 1, dropped: 0}), 'response_scan_exempt_total')).toEqual([['suppress', 9]])
})

test('tells receipts that could not be written from those that were withheld', () => {
  expect(valuesOf(read({records: 1, dropped: 0}), 'receipt_emit_failures_total')).toEqual([
    ['write', 2],
    ['redaction', 3],
  ])
})

test('says that evidence is degraded, what the log does not tell yet, and how often it was synced', () => {
  const counts = read({records: 1, dropped: 0})
  expect(valuesOf(counts, 'evidence_degraded')).toEqual([[undefined, 1]])
  expect(valuesOf(counts, 'evidence_gap_pending')).toEqual([[undefined, 4]])
  expect(counts.find(({name}) => name === 'evidence_syncs_total')).toMatchObject({labels: {kind: 'group'}, value: 5})
})

test('counts what was redacted by class', () => {
  const [count] = read({records: 1, dropped: 0}).filter(({name}) => name === 'body_redactions_total')
  expect(count).toMatchObject({labels: {class: 'email'}, value: 6})
})

test('counts what was found over several requests', () => {
  const counts = read({records: 1, dropped: 0})
  expect(counts.filter(({name}) => name.startsWith('cross_request_')).map(({name, value}) => [name, value])).toEqual([
    ['cross_request_entropy_exceeded_total', 7],
    ['cross_request_dlp_match_total', 8],
    ['cross_request_fragment_buffer_bytes', 9],
  ])
})

test('gives the share of actions without a class, 0 before the first', () => {
  expect(valuesOf(read({records: 0, dropped: 0}), 'learn_unclassified_rate')).toEqual([[undefined, 0]])
  expect(valuesOf(read({records: 4, dropped: 1}), 'learn_unclassified_rate')).toEqual([[undefined, 1]])
})

test('shows every reason for which a session was renamed, 0 included', () => {
  expect(valuesOf(read({records: 0, dropped: 0}), 'capture_session_id_sanitized_total')).toEqual([
    ['unsafe_path', 0],
    ['overlength', 2],
    ['unknown', 0],
  ])
})

test('shows bindings of a manifest up to a bound, the rest as one series', () => {
  const active = Array.from({length: 130}, (_, i) => ({agent: `agent-${i}`, contractHash: `sha256:${i}`}))
  const telemetry = {
    shadowDeltas: 1,
    positiveDrift: 2,
    negativeDrift: 3,
    opportunityMissing: 4,
    candidates: 5,
    released: 6,
    quarantined: 7,
    unsigned: 8,
  }
  const counts = collectors({
    recorder: {status: () => ({failures: 0, withheld: 0, untold: 0, degraded: undefined, syncs: {}})},
    logging: {dropped: () => 0},
    contract: {status: () => ({reloads: {accepted: 1}, watcherErrors: 0, generation: 9, active, telemetry})},
    learn: {captures: undefined},
    shield: {counts: () => []},
    redaction: {counts: () => ({})},
    responses: {excused: () => []},
    'cross-request': {counts: () => ({entropyExceeded: 0, dlpMatches: 0}), bufferSize: () => 0},
  })()
  const bound = counts.filter(({name}) => name === 'contract_active')
  expect(bound).toHaveLength(101)
  expect(bound.at(-1)).toMatchObject({labels: {agent: '_other', contract_hash: '_other'}, value: 30})
  const values = counts
    .filter(({name}) => name.startsWith('contract_') && name !== 'contract_active')
    .map(({name, labels = {}, value}) => [name, ...Object.values(labels), value])
  expect(values).toEqual([
    ['contract_reload_total', 'accepted', 1],
    ['contract_watcher_errors_total', 0],
    ['contract_generation', 9],
    ['contract_shadow_deltas_total', 1],
    ['contract_drift_total', 'positive', 2],
    ['contract_drift_total', 'negative', 3],
    ['contract_opportunity_missing_total', 4],
    ['contract_quarantine_total', 'candidate', 5],
    ['contract_quarantine_total', 'released', 6],
    ['contract_quarantined_rules', 7],
    ['contract_unsigned_statements_total', 8],
  ])
})

test('counts what was not written because it is regulated, by place', () => {
  expect(valuesOf(read({records: 0, dropped: 0}), 'learn_regulated_data_blocked_total')).toEqual([
    ['url', 4],
    ['agent', 0],
    ['unknown', 0],
  ])
})
