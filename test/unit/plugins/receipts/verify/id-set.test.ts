import {expect, test} from 'vitest'
import {IdSet} from '../../../../../src/plugins/receipts/verify/id-set.js'

test('says which texts were added before, across growth', () => {
  const set = new IdSet()
  for (let i = 0; i < 20_000; i++) expect(set.add(`action-${i}`, '', 'allow')).toBe(false)
  for (let i = 0; i < 20_000; i += 97) expect(set.add(`action-${i}`, '', 'allow')).toBe(true)
  expect(set.add('action-1', '', 'block')).toBe(false)
  expect(set.add('action-1', 'allow', '')).toBe(false)
  expect(set.add('action-1allow', '', '')).toBe(false)
})

test('forgets only what is far behind', () => {
  const set = new IdSet()
  for (let i = 0; i < 1_200_000; i++) set.add(String(i), '', '')
  expect(set.add('1199999', '', '')).toBe(true)
  expect(set.add('900000', '', '')).toBe(true)
})
