// Long texts in overlapping pieces.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {atOnce, isInSteps, slicesOf} from '../../../src/lib/slices.js'

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

test('a word is found wherever it stands, also where two pieces meet', () => {
  const size = 262_144
  for (const at of [0, size - 64, size - 4, size - 1, size, size + 60, size + 64, 3 * size]) {
    const text = `${'.'.repeat(at)}eleven${'.'.repeat(size)}`
    expect(atOnce(isInSteps(text, /eleven/)), `at ${at}`).toBe(true)
  }
  expect(atOnce(isInSteps('.'.repeat(3 * size), /eleven/))).toBe(false)
})
