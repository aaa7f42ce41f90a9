import {expect, test} from 'vitest'
import {createCleanMemo} from '../../../../src/plugins/dlp/clean-memo.js'

test('remembers what was added, and nothing else that has the same place', () => {
  const memo = createCleanMemo()
  for (const text of ['https://a.test/x/1', 'ab', 'a']) {
    expect(memo.has(text)).toBe(false)
    memo.add(text)
    expect(memo.has(text)).toBe(true)
  }
  // of the same length and with the same end
  expect(memo.has('https://b.test/x/1')).toBe(false)
  memo.add('https://b.test/x/1')
  expect(memo.has('https://a.test/x/1')).toBe(false)
})

test('keeps no text that is long', () => {
  const memo = createCleanMemo()
  memo.add('x'.repeat(2049))
  expect(memo.has('x'.repeat(2049))).toBe(false)
})
