import {expect, test} from 'vitest'
import {decidePosition, decideSegments} from '../../../../../src/plugins/learn/compile/segments.js'
import {resolveInference} from '../../../../../src/plugins/learn/compile/settings.js'

const {normalization} = resolveInference('wilson_lb_v2', {})
const counts = (entries: Readonly<Record<string, number>>) => new Map(Object.entries(entries))
const ids = (n: number, count: number) => Object.fromEntries(Array.from({length: n}, (_, i) => [`id${i}`, count]))

test('eight equal values reach the threshold exactly, seven do not', () => {
  expect(decidePosition(counts(ids(8, 2)), normalization)).toEqual({collapse: true, entropy: 3})
  expect(decidePosition(counts(ids(7, 2)), normalization)).toMatchObject({reason: 'low_entropy_literal_segment'})
})

test('tests in their order', () => {
  expect(decidePosition(counts(ids(4, 2)), normalization)).toMatchObject({reason: 'insufficient_events'})
  expect(decidePosition(counts(ids(4, 3)), normalization)).toMatchObject({reason: 'insufficient_distinct_values'})
  expect(decidePosition(counts({a: 30}), normalization)).toMatchObject({reason: 'low_entropy_literal_segment'})
  expect(decidePosition(counts({a: 31, ...ids(9, 1)}), normalization)).toMatchObject({collapse: false})
  expect(decidePosition(counts({...ids(8, 2), gone: 0, less: -5}), normalization)).toMatchObject({collapse: true})
})

test('path position: the published example of ten values collapses with its published entropy', () => {
  const values = Object.fromEntries(Array.from({length: 10}, (_, i) => [String(1001 + i), i < 8 ? 4 : 3]))
  const positions = {'1': {repos: 38}, '2': {acme: 38}, '3': values, '4': {issues: 38}}
  const received = decideSegments(positions, normalization)
  expect(received.collapsed).toEqual([
    {index: 3, distinct_values: 10, event_count: 38, entropy: '3.313460', reason: 'high_entropy_identifier_segment'},
  ])
  expect(received.retained.map(({index, value}) => [index, value])).toEqual([
    [1, 'repos'],
    [2, 'acme'],
    [4, 'issues'],
  ])
})

test('a reserved value goes before a sibling, both before any count', () => {
  const strict = resolveInference('wilson_lb_v2', {
    normalization: {reserved_segments_extra: ['Zed'], high_risk_siblings: ['audit']},
  }).normalization
  const {retained} = decideSegments({'1': {zed: 1, audit: 1, ...ids(20, 5)}}, strict)
  expect(retained).toEqual([{index: 1, value: 'zed', reason: 'reserved_segment'}])
  expect(decideSegments({'1': {audit: 1, ...ids(20, 5)}}, strict).retained).toEqual([
    {index: 1, value: 'audit', reason: 'no_merge_rule_high_risk_sibling'},
  ])
})

test('zero in the configuration is the default, an explicit contamination bound of zero is zero', () => {
  const zero = resolveInference('wilson_lb_v2', {
    floors: {min_sessions: 0, min_events: 0, min_windows: 0},
    normalization: {min_events: 0, cardinality_cap_per_host: 0, tail_promotion_block_pct: 0, entropy_threshold_bits: 0},
    contamination_bound: 0,
  })
  expect(zero).toEqual({...resolveInference('wilson_lb_v2', {}), contaminationBound: 0})
  expect(zero.floors).toEqual({sessions: 5, events: 20, windows: 3})
})
