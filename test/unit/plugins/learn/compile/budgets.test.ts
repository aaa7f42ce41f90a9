import fc from 'fast-check'
import {expect, test} from 'vitest'
import {budgetOf, enforcedBudget} from '../../../../../src/plugins/learn/compile/budgets.js'
import {Tally} from '../../../../../src/plugins/learn/compile/tally.js'

test.each([
  [0, '0'],
  [1, '2'],
  [3, '4'],
  [5, '8'],
  [7, '10'],
  [255, '382'],
  [1000, '1500'],
  [1001, '1502'],
  [Number.MAX_SAFE_INTEGER, '13510798882111486'],
])('p99 %d enforces %s', (p99, enforced) => {
  expect(enforcedBudget(p99)).toBe(enforced)
})

test('percentiles are those of the sorted list by nearest rank', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50), {minLength: 1, maxLength: 250}), (values) => {
      const tally = new Tally()
      for (const value of values) tally.add(value)
      const sorted = values.toSorted((a, b) => a - b)
      const at = (p: number) => String(sorted[Math.ceil((p * values.length) / 100) - 1])
      const budget = budgetOf(tally)
      expect(budget).toMatchObject({p99: at(99), p95: at(95), median: at(50), sample_count: values.length})
      expect(budget.max).toBe(sorted.at(-1))
    }),
  )
})
