import {expect, test} from 'vitest'
import {parseDuration} from '../../../src/lib/duration.js'

test.each([
  ['336h', 336 * 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['7d', 7 * 86_400_000],
  ['250ms', 250],
  ['', undefined],
  ['0s', undefined],
  ['-1h', undefined],
  ['1', undefined],
  ['1 h', undefined],
  ['h', undefined],
])('%j', (text, expected) => {
  expect(parseDuration(text)).toBe(expected)
})
