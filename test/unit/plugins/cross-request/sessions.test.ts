import {expect, test} from 'vitest'
import {createSessionTable} from '../../../../src/plugins/cross-request/sessions.js'

const table = (max = 3) => createSessionTable<{readonly name: string}>(max, 1000)
const make = (name: string) => () => ({name})

test('gives the same session back, and no more of them than allowed', () => {
  const t = table()
  for (const key of ['a', 'b', 'c', 'd']) t.open(key, 0, make(key))
  expect([...t.values()].map(({name}) => name)).toEqual(['b', 'c', 'd'])
  expect(t.open('b', 1, make('other')).name).toBe('b')
  expect(t.peek('a')).toBeUndefined()
})

test('lets the one go that is furthest from anything, then the one that was quiet longest', () => {
  const t = table()
  for (const key of ['a', 'b', 'c']) t.open(key, 0, make(key))
  t.settle('a', 3)
  t.settle('b', 1)
  t.open('d', 1, make('d'))
  expect([...t.values()].map(({name}) => name)).toEqual(['a', 'b', 'd'])
  t.settle('d', 2)
  t.open('e', 2, make('e'))
  expect([...t.values()].map(({name}) => name)).toEqual(['a', 'd', 'e'])
  t.settle('a', 0)
  t.open('e', 3, make('e'))
  t.open('f', 3, make('f'))
  expect([...t.values()].map(({name}) => name)).toEqual(['d', 'e', 'f'])
})

test('sessions that were quiet for long go first, whatever they held', () => {
  const t = table()
  for (const key of ['a', 'b', 'c']) t.open(key, 0, make(key))
  t.settle('a', 3)
  t.open('c', 2000, make('c'))
  t.open('d', 2000, make('d'))
  expect([...t.values()].map(({name}) => name)).toEqual(['c', 'd'])
})

test('forgets', () => {
  const t = table()
  t.open('a', 0, make('a'))
  expect([t.delete('a'), t.delete('a')]).toEqual([true, false])
})
