// Counting in bounded memory, whoever chooses the names and their order.
import {expect, test} from 'vitest'
import {Tally} from '../../../../../src/plugins/receipts/report/tally.js'
import {TimeBuckets} from '../../../../../src/plugins/receipts/report/time-buckets.js'

test('counts are exact up to the capacity, with marks and times', () => {
  const tally = new Tally(3)
  for (const [name, mark, time] of [
    ['b', true, 5],
    ['a', false, 9],
    ['b', false, 3],
    ['a', true, undefined],
  ] as const) {
    tally.add(name, mark, time)
  }
  expect(tally.entries).toEqual([
    ['a', {count: 2, marked: 1, first: 9, last: 9}],
    ['b', {count: 2, marked: 1, first: 3, last: 5}],
  ])
  expect([tally.names, tally.overflowed, tally.missed]).toEqual([2, false, 0])
})

test.each([0, 1, 2])('a flood of names neither grows the tally nor pushes the frequent ones out, order %i', (order) => {
  const tally = new Tally(50)
  const names = Array.from({length: 5000}, (_, i) => `flood-${i}`)
  const frequent = Array.from({length: 400}, () => 'frequent')
  const mixed = names.flatMap((name, i) => (i % 12 === 0 ? [name, 'frequent'] : [name]))
  const streams = [[...names, ...frequent], [...frequent, ...names], mixed]
  for (const name of streams[order] ?? []) tally.add(name, true, 1)
  const [first] = tally.entries
  const count = first?.[1].count ?? 0
  const real = order === 2 ? 417 : 400
  expect([first?.[0], tally.overflowed, tally.names <= 100]).toEqual(['frequent', true, true])
  expect(count).toBeLessThanOrEqual(real)
  expect(count + tally.missed).toBeGreaterThanOrEqual(real)
  expect(first?.[1].marked).toBe(count)
})

test('tallies add up', () => {
  const [a, b] = [new Tally(10), new Tally(10)]
  a.add('x', false, 4)
  b.add('x', true, 2)
  b.add('y', false, undefined)
  a.addAll(b)
  expect(a.entries).toEqual([
    ['x', {count: 2, marked: 1, first: 2, last: 4}],
    ['y', {count: 1, marked: 0, first: undefined, last: undefined}],
  ])
})

const total = (buckets: TimeBuckets, kind: number) =>
  buckets.buckets.reduce((sum, {counts}) => sum + (counts[kind] ?? 0), 0)

test('buckets grow with the time that they cover, and lose nothing, in any order', () => {
  for (const sign of [1, -1]) {
    const buckets = new TimeBuckets(2, 50)
    const start = Date.parse('2026-05-10T10:00:00Z')
    for (let i = 0; i < 1000; i++) buckets.add(start + sign * i * 61_000, i % 2)
    expect(buckets.buckets.length).toBeLessThanOrEqual(50)
    expect([buckets.width, total(buckets, 0), total(buckets, 1)]).toEqual([3_600_000, 500, 500])
  }
})

test('one second stays one second, and the whole calendar fits', () => {
  const one = new TimeBuckets(1)
  one.add(1500, 0)
  expect(one.buckets).toEqual([{from: 1000, counts: [1]}])
  one.add(Date.parse('9999-12-31T23:59:59Z'), 0)
  one.add(Date.parse('0001-01-01T00:00:01Z'), 0)
  expect(one.buckets.length).toBeLessThanOrEqual(200)
  expect(total(one, 0)).toBe(3)
})

test('buckets of different widths add up', () => {
  const [fine, coarse] = [new TimeBuckets(1, 20), new TimeBuckets(1, 20)]
  for (let i = 0; i < 10; i++) fine.add(1_000_000 + i * 1000, 0)
  for (let i = 0; i < 10; i++) coarse.add(i * 3_600_000, 0)
  const width = coarse.width
  const both = new TimeBuckets(1, 20)
  both.addAll(fine)
  both.addAll(coarse)
  expect([total(both, 0), both.width]).toEqual([20, width])
  expect(new TimeBuckets(1).buckets).toEqual([])
})
