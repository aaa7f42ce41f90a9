import {expect, test} from 'vitest'
import {agentGlob, selectorIndex} from '../../../src/formats/selector.js'

test('exact before glob before default, first in order within a class', () => {
  const resolve = selectorIndex([
    [{default: true}, 'd1'],
    [{agent_glob: 'build-*'}, 'g1'],
    [{agent_glob: '*'}, 'g2'],
    [{agent: 'build-1'}, 'e1'],
  ])
  expect(resolve('build-1')).toBe('e1')
  expect(resolve('build-2')).toBe('g1')
  expect(resolve('other')).toBe('g2')
  expect(resolve('a/b')).toBe('d1')
  expect(selectorIndex([[{agent: 'a'}, 1]])('b')).toBeUndefined()
})

test.each([
  ['*', 'abc', true],
  ['*', 'a/c', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbY', false],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['[^a-c]x', '/x', false],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['[\\]]', ']', true],
  ['[+-9]', '/', true],
  ['[!a]', '!', true],
  ['é?', 'é😀', true],
  ['', '', true],
  ['', 'x', false],
])('%s on %s: %s', (glob, text, expected) => {
  expect(agentGlob(glob)?.(text)).toBe(expected)
})

test.each(['[', '[]', '[a', '[a-]', '[b-a]', '\\', '[^]'])('%s is malformed', (glob) => {
  expect(agentGlob(glob)).toBeUndefined()
})

test('many stars do not cost exponential time', () => {
  expect(agentGlob('*a'.repeat(40))?.(`${'a'.repeat(20_000)}b`)).toBe(false)
})
