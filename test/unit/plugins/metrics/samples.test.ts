// The samples that plugins contribute to /metrics.
import {expect, test} from 'vitest'
import type {Sample} from '../../../../src/core/sample.js'
import {lockSamples} from '../../../../src/plugins/contract/samples.js'
import {memorySamples} from '../../../../src/plugins/cross-request/samples.js'
import {captureSamples} from '../../../../src/plugins/learn/capture/samples.js'
import {evidenceSamples} from '../../../../src/plugins/recorder/samples.js'

const captures = (losses: {readonly records: number; readonly dropped: number}): readonly Sample[] =>
  captureSamples({
    ...losses,
    sessions: 1,
    sanitised: {overlength: 2},
    regulated: {url: 4},
    sidecars: {written: 5, dropped: 1},
  })
const evidence = evidenceSamples({failures: 2, withheld: 3, untold: 4, degraded: 'disk full', syncs: {group: 5}})

const valuesOf = (samples: readonly Sample[], name: string) =>
  samples.filter((one) => one.name === name).map(({labels, value}) => [labels?.['reason'], value])

test('evidence samples: receipts that could not be written and withheld ones are separate series', () => {
  expect(valuesOf(evidence, 'receipt_emit_failures_total')).toEqual([
    ['write', 2],
    ['redaction', 3],
  ])
})

test('evidence samples, evidence degraded: the gauge is 1, with the lost entries and the syncs by kind', () => {
  expect(valuesOf(evidence, 'evidence_degraded')).toEqual([[undefined, 1]])
  expect(valuesOf(evidence, 'evidence_gap_pending')).toEqual([[undefined, 4]])
  expect(evidence.find(({name}) => name === 'evidence_syncs_total')).toMatchObject({labels: {kind: 'group'}, value: 5})
})

test('cross-request samples: both counters and the size of the buffer', () => {
  expect(
    memorySamples({entropyExceeded: 7, dlpMatches: 8}, 9).map(({name, gauge, value}) => [name, gauge, value]),
  ).toEqual([
    ['cross_request_entropy_exceeded_total', undefined, 7],
    ['cross_request_dlp_match_total', undefined, 8],
    ['cross_request_fragment_buffer_bytes', true, 9],
  ])
})

test('capture samples: the share of actions without a class is 0 before the first action', () => {
  expect(valuesOf(captures({records: 0, dropped: 0}), 'learn_unclassified_rate')).toEqual([[undefined, 0]])
  expect(valuesOf(captures({records: 4, dropped: 1}), 'learn_unclassified_rate')).toEqual([[undefined, 1]])
})

test('capture samples: every reason of a renamed session has a series, 0 included', () => {
  expect(valuesOf(captures({records: 0, dropped: 0}), 'capture_session_id_sanitized_total')).toEqual([
    ['unsafe_path', 0],
    ['overlength', 2],
    ['unknown', 0],
  ])
})

test('contract samples, more bindings than the bound: the rest share one series', () => {
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
  const status = {reloads: {accepted: 1}, watcherErrors: 0, generation: 9, manifestHash: '', active}
  const samples = lockSamples(status, telemetry)
  const bound = samples.filter(({name}) => name === 'contract_active')
  expect(bound).toHaveLength(101)
  expect(bound.at(-1)).toMatchObject({labels: {agent: '_other', contract_hash: '_other'}, value: 30})
  const values = samples
    .filter(({name}) => name !== 'contract_active')
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

test('capture samples: captures that hold regulated data are counted by place', () => {
  expect(valuesOf(captures({records: 0, dropped: 0}), 'learn_regulated_data_blocked_total')).toEqual([
    ['url', 4],
    ['agent', 0],
    ['unknown', 0],
  ])
})
