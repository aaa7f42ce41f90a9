// Entropy of long texts in steps.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {entropy, entropySteps} from '../../../src/lib/entropy.js'
import {atOnce} from '../../../src/lib/slices.js'

test('entropySteps: texts of any length and script, exactly the entropy at once', () => {
  const unit = fc.oneof(fc.string({minLength: 1}), fc.string({unit: 'binary', minLength: 1}), fc.constant('\ud800'))
  fc.assert(
    fc.property(fc.array(unit, {minLength: 1, maxLength: 20}), fc.constantFrom(10, 300_000), (parts, size) => {
      const one = parts.join('')
      const text = one.repeat(Math.ceil(size / one.length))
      expect(atOnce(entropySteps(text))).toBe(entropy(text))
    }),
    {numRuns: 20},
  )
})

test('entropySteps: a text of two million characters, counted in at least 7 steps', () => {
  expect([...entropySteps('0123456789abcdef'.repeat(131_072))].length).toBeGreaterThanOrEqual(7)
})
