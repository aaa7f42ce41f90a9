import {expect, test} from 'vitest'
import {argumentsMatch, scalarEquals} from '../../../../src/core/contract/arguments.js'
import {RawNumber, readJson} from '../../../../src/lib/json/reader.js'

test.each([
  ['1', '1.0', true],
  ['1', '1e0', true],
  ['100', '1e2', true],
  ['100', '0.1e3', true],
  ['-0', '0.0', true],
  ['1', '-1', false],
  ['9007199254740993', '9007199254740992', false],
  ['9007199254740993', '9007199254740993.0', true],
  ['1', '1.0000000000000000000000000000001', false],
  ['1', '1e999999999999999999', false],
  ['1', '"1"', false],
  ['true', 'true', true],
  ['true', '1', false],
  ['null', 'null', false],
  ['[]', '[]', false],
  ['"a"', '"a"', true],
  ['"a"', '"A"', false],
])('%s and %s: %s', (a, b, equal) => {
  const read = (text: string) => readJson(text, {maxDepth: 4})
  expect(scalarEquals(read(a), read(b))).toBe(equal)
  expect(scalarEquals(read(b), read(a))).toBe(equal)
})

test('integers of a decoded contract may be bigints', () => {
  expect(scalarEquals(2n ** 62n, new RawNumber('4611686018427387904'))).toBe(true)
})

test('inherited members are not arguments', () => {
  expect(argumentsMatch([{key: 'constructor', value: 'x'}], {})).toBe(false)
  expect(argumentsMatch([{key: 'a', value: 1}], [])).toBe(false)
})
