// Long texts in overlapping pieces.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {atOnce, collectSteps, isSameSteps, joinSteps, LongList, slicesOf, sortSteps} from '../../../src/lib/slices.js'

test('cover the text, and hold everything that is no longer than the overlap', () => {
  const text = fc.string({unit: fc.constantFrom('a', 'b', ' ', '\n'), minLength: 0, maxLength: 20_000})
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({min: 1, max: 200}), (whole, seed, length) => {
      const slices = [...slicesOf(whole, 3_000, 200)]
      for (const {text: piece, start} of slices) {
        expect(whole.startsWith(piece, start)).toBe(true)
        expect(piece.length).toBeLessThanOrEqual(3_000 + 200 + 1_024)
      }
      const from = seed % (whole.length + 1)
      const to = Math.min(whole.length, from + length)
      expect(slices.some(({text: piece, start}) => start <= from && to <= start + piece.length)).toBe(true)
    }),
    {numRuns: 100},
  )
})

test('one for a short text, and no words cut in two where there are spaces', () => {
  expect([...slicesOf('short')]).toEqual([{text: 'short', start: 0}])
  for (const {text, start} of slicesOf('seven77 '.repeat(2_000), 3_001, 200)) {
    expect([start, text.slice(0, 7)]).toEqual([start, 'seven77'])
  }
})

test('joinSteps, collectSteps, sortSteps: any list, the same as join, flatMap and a stable sort', () => {
  const items = Array.from({length: 40_000}, (_, i) => ({key: (i * 7919) % 977, at: i}))
  const compare = (a: {readonly key: number}, b: {readonly key: number}): number => a.key - b.key
  for (const size of [0, 1, 2, 4_095, 4_096, 4_097, 8_192, 12_289, 40_000]) {
    const some = items.slice(0, size)
    expect(atOnce(sortSteps(some, compare))).toEqual(some.toSorted(compare))
    const texts = some.map(({at}) => String(at))
    expect(atOnce(joinSteps(texts, ', '))).toBe(texts.join(', '))
    const odd = atOnce(collectSteps(some, ({at}) => (at % 2 === 1 ? at : undefined)))
    expect(odd).toEqual(some.flatMap(({at}) => (at % 2 === 1 ? [at] : [])))
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
  for (let i = 0; i < 100_000; i++) {
    expect(list.length).toBe(i)
    list.push(i)
  }
  for (const i of [0, 1, 32_767, 32_768, 65_535, 65_536, 99_999]) expect(list.at(i)).toBe(i)
  for (const i of [-1, 100_000, 200_000]) expect(list.at(i)).toBeUndefined()
})

test('isSameSteps: lists of any length, true only where every item is the same', () => {
  const items = Array.from({length: 20_000}, (_, i) => i)
  expect(atOnce(isSameSteps(items, [...items]))).toBe(true)
  expect(atOnce(isSameSteps([], []))).toBe(true)
  expect(atOnce(isSameSteps(items, items.slice(1)))).toBe(false)
  for (const at of [0, 8_191, 8_192, 19_999]) expect(atOnce(isSameSteps(items, items.with(at, -1)))).toBe(false)
})
