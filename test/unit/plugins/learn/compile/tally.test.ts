import {expect, test} from 'vitest'
import {Tally} from '../../../../../src/plugins/learn/compile/tally.js'

test('what a tally weighs depends on its keys only, and very many weigh as much as a Map of them takes', () => {
  const keys = Array.from({length: 1000}, (_, i) => i)
  const whole = new Tally()
  const weight = [...keys, ...keys].reduce((sum, key) => sum + whole.add(key), 0)
  const left = new Tally()
  const right = new Tally()
  for (const key of keys) (key % 3 === 0 ? left : right).add(key)
  for (const key of keys.slice(0, 400)) right.add(key)
  const into = new Tally()
  expect(into.addAll(right) + into.addAll(left)).toBe(weight)
  expect(weight).toBeGreaterThan(60 * keys.length)
  expect([whole.countOf(5), into.countOf(999), whole.countOf(1000)]).toEqual([2, 1, 0])
})
