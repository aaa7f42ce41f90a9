// Binary search over ascending numbers.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {countBelow, countUpTo} from '../../../src/lib/sorted.js'

test('counts of ascending numbers, any of them repeated: those of a linear search', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: 9})), fc.integer({min: -1, max: 10}), (numbers, bound) => {
      const sorted = Uint32Array.from(numbers).sort()
      expect(countUpTo(sorted, bound)).toBe(numbers.filter((n) => n <= bound).length)
      expect(countBelow(sorted, bound)).toBe(numbers.filter((n) => n < bound).length)
    }),
  )
})
