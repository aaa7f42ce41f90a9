// Estimators of what was not seen, against values worked out by hand.
import {describe, expect, test} from 'vitest'
import {
  averagedGrowth,
  chao2,
  incidences,
  newPerSession,
  observedKeys,
  unseenShare,
} from '../../../../../src/plugins/learn/compile/coverage.js'

/** Ten patterns in five sessions: four seen once, two twice, one three times, three always; 4 + 4 + 3 + 15 pairs. */
const FIVE = [
  {sessions: 1, keys: 4},
  {sessions: 2, keys: 2},
  {sessions: 3, keys: 1},
  {sessions: 5, keys: 3},
]

test('what was counted', () => {
  expect(observedKeys(FIVE)).toBe(10)
  expect(incidences(FIVE)).toBe(26)
})

test('Good–Turing is what is missing when each session in turn is left out', () => {
  // sessions of a: {x, y}, b: {x}, c: {x, z}: without a, y is missing; without c, z is; 2 of 5 pairs, 2 in 3 sessions
  const three = [
    {sessions: 1, keys: 2},
    {sessions: 3, keys: 1},
  ]
  expect(unseenShare(three)).toBe(2 / 5)
  expect(newPerSession(three, 3)).toBe(2 / 3)
  expect(unseenShare(FIVE)).toBe(4 / 26)
  expect(unseenShare([{sessions: 4, keys: 7}])).toBe(0)
})

test('nothing seen is nothing known', () => {
  expect(unseenShare([])).toBe(1)
  expect(newPerSession([], 0)).toBe(0)
  expect(chao2([], 0)).toEqual({unseen: 0, interval: undefined})
  expect(averagedGrowth([], 0)).toEqual([])
})

describe('Chao2', () => {
  test('with patterns seen twice', () => {
    // 4/5 · 4² / (2 · 2) = 3.2; variance 2 · (0.4 · 4 + 0.64 · 8 + 0.16 · 16) = 18.56; exp(1.96 · √ln 2.8125) = 7.338
    const {unseen, interval} = chao2(FIVE, 5)
    expect(unseen).toBeCloseTo(3.2, 12)
    expect(interval?.low).toBeCloseTo(3.2 / 7.338, 3)
    expect(interval?.high).toBeCloseTo(3.2 * 7.338, 2)
  })

  test('without: the bias-corrected form', () => {
    // 3/4 · 3 · 2 / 2 = 2.25; variance 2.25 + 0.5625 · 3 · 25 / 4 − 0.5625 · 81 / (4 · 7.25) = 11.22575
    const {unseen, interval} = chao2(
      [
        {sessions: 1, keys: 3},
        {sessions: 4, keys: 2},
      ],
      4,
    )
    expect(unseen).toBe(2.25)
    const factor = Math.exp(1.959964 * Math.sqrt(Math.log(1 + 11.225754 / 5.0625)))
    expect(interval?.low).toBeCloseTo(2.25 / factor, 5)
    expect(interval?.high).toBeCloseTo(2.25 * factor, 4)
  })

  test('claims no interval where nothing speaks for one', () => {
    expect(chao2([{sessions: 6, keys: 9}], 6)).toEqual({unseen: 0, interval: undefined})
    expect(
      chao2(
        [
          {sessions: 1, keys: 1},
          {sessions: 6, keys: 9},
        ],
        6,
      ),
    ).toEqual({unseen: 0, interval: undefined})
    expect(chao2([{sessions: 1, keys: 5}], 1)).toEqual({unseen: 0, interval: undefined})
  })
})

describe('averaged growth', () => {
  test('by hand', () => {
    // after one session 26/5; after two 10 − (4 · 0.6 + 2 · 0.3 + 0.1); after three 10 − (4 · 0.4 + 2 · 0.1); after four 10 − 0.8
    const curve = averagedGrowth(FIVE, 5)
    expect(curve.map((value) => Number(value.toFixed(9)))).toEqual([5.2, 6.9, 8.2, 9.2, 10])
    expect(curve[4]).toBe(10)
  })

  test('is the mean over all orders', () => {
    const received = [['x', 'y'], ['x'], ['x', 'z'], ['w', 'y']]
    const orders = permutations(received)
    const mean = [1, 2, 3, 4].map(
      (h) => orders.reduce((sum, order) => sum + new Set(order.slice(0, h).flat()).size, 0) / orders.length,
    )
    const curve = averagedGrowth(
      [
        {sessions: 1, keys: 2},
        {sessions: 2, keys: 1},
        {sessions: 3, keys: 1},
      ],
      4,
    )
    for (const [i, value] of curve.entries()) expect(value).toBeCloseTo(mean[i] ?? NaN, 12)
  })
})

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= 1) return [items]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}
