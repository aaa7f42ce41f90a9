import {expect, it} from 'vitest'
import {makeCleanMemo} from '../../../../src/plugins/dlp/clean-memo.js'

it('remembers what was added, and nothing else that has the same place', () => {
  const memo = makeCleanMemo()
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

it('keeps no text that is long', () => {
  const memo = makeCleanMemo()
  memo.add('x'.repeat(2049))
  expect(memo.has('x'.repeat(2049))).toBe(false)
})
