// Lists of millions: the same as arrays, in steps.
import {expect, test} from 'vitest'
import {collectSteps, indexesSteps, isSortedSteps, joinSteps, LongList, sortSteps} from '../../../src/lib/long-lists.js'
import {atOnce} from '../../../src/lib/slices.js'

test('joinSteps, collectSteps, sortSteps: any list, the same as join, flatMap and a stable sort', () => {
  const items = Array.from({length: 40_000}, (_, i) => ({key: (i * 7919) % 977, at: i}))
  const compare = (a: {readonly key: number}, b: {readonly key: number}): number => a.key - b.key
  for (const size of [0, 1, 2, 4_095, 4_096, 4_097, 8_192, 12_289, 40_000]) {
    const some = items.slice(0, size)
    expect([...atOnce(sortSteps(some, compare))]).toEqual(some.toSorted(compare))
    const texts = some.map(({at}) => String(at))
    expect(atOnce(joinSteps(texts, ', '))).toBe(texts.join(', '))
    const odd = atOnce(collectSteps(some, ({at}) => (at % 2 === 1 ? at : undefined)))
    expect([...odd]).toEqual(some.flatMap(({at}) => (at % 2 === 1 ? [at] : [])))
  }
})

test('joinSteps, collectSteps, sortSteps: a long list, pauses in between', () => {
  const pauses = (steps: Generator<undefined, unknown>): number => {
    let count = 0
    while (steps.next().done !== true) count++
    return count
  }
  const texts = Array.from({length: 100_000}, (_, i) => String((i * 7919) % 99_991))
  expect(pauses(joinSteps(texts, ' '))).toBeGreaterThanOrEqual(12)
  expect(pauses(collectSteps(texts, (text) => text))).toBeGreaterThanOrEqual(12)
  expect(pauses(sortSteps(texts, (a, b) => (a < b ? -1 : a > b ? 1 : 0)))).toBeGreaterThanOrEqual(60)
})

test('LongList: every item at its place, none before the first or behind the last', () => {
  const list = new LongList<number>()
  for (let i = 0; i < 100_000; i++) list.push(i)
  expect(list.length).toBe(100_000)
  for (const i of [0, 1, 32_767, 32_768, 65_535, 65_536, 99_999]) expect(list.at(i)).toBe(i)
  for (const i of [-1, 100_000, 200_000]) expect(list.at(i)).toBeUndefined()
  expect([...list]).toEqual(Array.from({length: 100_000}, (_, i) => i))
})

test('LongList: slices are those of an array, also beyond the end', () => {
  const list = new LongList<number>()
  for (let i = 0; i < 30_000; i++) list.push(i)
  const items = [...list]
  for (const [from, to] of [
    [0, 0],
    [0, 1],
    [8_191, 8_193],
    [100, 20_000],
    [16_384, 24_576],
    [29_999, 40_000],
    [30_000, 30_001],
  ] as const) {
    expect(list.slice(from, to)).toEqual(items.slice(from, to))
  }
})

test('LongList: what was cut off is gone, and others take its place', () => {
  const list = new LongList<string>()
  for (let i = 0; i < 20_000; i++) list.push(`old ${i}`)
  list.cut(9_000)
  expect([list.length, list.at(8_999), list.at(9_000), list.slice(8_999, 9_001)]).toEqual([
    9_000,
    'old 8999',
    undefined,
    ['old 8999'],
  ])
  list.push('new')
  expect([list.length, list.at(9_000), list.at(9_001)]).toEqual([9_001, 'new', undefined])
  list.cut(50_000)
  expect([...list].length).toBe(9_001)
})

test('isSortedSteps, indexesSteps: lists of any length', () => {
  const compare = (a: number, b: number): number => a - b
  for (const length of [0, 1, 2, 8_192, 8_193, 20_000]) {
    const items = Array.from({length}, (_, i) => Math.floor(i / 2))
    expect(atOnce(isSortedSteps(items, compare))).toBe(true)
    expect(atOnce(sortSteps(items, compare))).toBe(items)
    expect([...atOnce(indexesSteps(items))]).toEqual([...items.keys()])
    for (const at of [1, 8_191, 8_192, 19_999]) {
      if (at < length) expect(atOnce(isSortedSteps(items.with(at, -1), compare))).toBe(false)
    }
  }
})
