import {expect, test} from 'vitest'
import {Counts} from '../../../../src/plugins/shield/counts.js'
import {shielded} from './shielding.js'

test('counts what went, per category and transport, and how long it took', () => {
  const counts = new Counts()
  const {removals: matches} = shielded('<p>a<b hidden>four</b><img width=1 height=1><b hidden>x</b></p>')
  counts.rewritten(matches, 'forward')
  counts.rewritten(matches, 'forward')
  counts.took(0.0004, 'forward')
  counts.took(2, 'forward')
  const values = (name: string) =>
    counts.list().flatMap((one) => (one.name === name ? [[...Object.values(one.labels ?? {}), one.value]] : []))
  expect(values('shield_rewrites_total')).toEqual([
    ['tracking', 'forward', 2],
    ['hidden_traps', 'forward', 4],
  ])
  expect(values('shield_bytes_stripped_total')).toEqual([
    ['tracking', 2 * '<img width=1 height=1>'.length],
    ['hidden_traps', 2 * '<b hidden>four</b><b hidden>x</b>'.length],
  ])
  expect(values('shield_latency_seconds_bucket').map(([, bound, count]) => [bound, count])).toEqual([
    ['0.0001', 0],
    ...['0.0005', '0.001', '0.005', '0.01', '0.05', '0.1'].map((bound) => [bound, 1]),
    ['+Inf', 2],
  ])
  expect(values('shield_latency_seconds_count')).toEqual([['forward', 2]])
})
