import {expect, test} from 'vitest'
import {parse} from 'yaml'
import fc from 'fast-check'
import {writeYaml, yamlString} from '../../../../src/lib/yaml/writer.js'

test('members in byte order, containers on multiples of four', () => {
  const text = writeYaml({
    signature: 'x',
    body: {
      rules: [{selector: {methods: ['GET'], host: {value: 'a.b', data_class: 'public'}}, confidence: 'brittle'}],
      e: {},
      f: [],
    },
  })
  expect(text).toBe(
    [
      'body:',
      '    e: {}',
      '    f: []',
      '    rules:',
      '        - confidence: brittle',
      '          selector:',
      '            host:',
      '                data_class: public',
      '                value: a.b',
      '            methods:',
      '                - GET',
      'signature: x',
      '',
    ].join('\n'),
  )
})

test.each([
  ['plain text', 'plain text'],
  ['', '""'],
  [' a', '" a"'],
  ['a ', '"a "'],
  ['a:', '"a:"'],
  ['a: b', '"a: b"'],
  ['a:b', 'a:b'],
  ['a #b', '"a #b"'],
  ['a#b', 'a#b'],
  ['/b/<<:x', '"/b/\\x3c<:x"'],
  ['<<<:', '"<\\x3c<:"'],
  ['*', '"*"'],
  ['/a/*', '/a/*'],
  ['%2A', '"%2A"'],
  ['- a', '"- a"'],
  ['-', '"-"'],
  ['-a', '-a'],
  ['?', '"?"'],
  ['---a', '"---a"'],
  ['Yes', '"Yes"'],
  ['NULL', '"NULL"'],
  ['nullable', 'nullable'],
  ['~', '"~"'],
  ['=', '"="'],
  ['12', '"12"'],
  ['1_000', '"1_000"'],
  ['0X1f', '"0X1f"'],
  ['1.5e3', '"1.5e3"'],
  ['.5', '".5"'],
  ['1.', '"1."'],
  ['-.INF', '"-.INF"'],
  ['.NaN', '".NaN"'],
  ['12:30:45', '"12:30:45"'],
  ['2026-04-29T12:00:00Z', '"2026-04-29T12:00:00Z"'],
  ['2026-4-9', '"2026-4-9"'],
  ['2026-04-29x', '2026-04-29x'],
  ['1.2.3.4', '1.2.3.4'],
  ['a"b\\c', 'a"b\\c'],
  ['"a\\', '"\\"a\\\\"'],
  ['a\nb\tc\rd', '"a\\nb\\tc\\rd"'],
  ['a\u0007\u0085\u00a0\u2028\ufeff', '"a\\x07\\x85\\xa0\\u2028\\ufeff"'],
  ['caf\u00e9', 'caf\u00e9'],
])('%j is written %s', (text, expected) => {
  expect(yamlString(text)).toBe(expected)
})

test('an ordinary YAML reader gives every string back, and the merge sequence never occurs', () => {
  const piece = fc.constantFrom(
    '<',
    ':',
    ' ',
    '#',
    '-',
    '0',
    'x',
    '.',
    'y',
    'e',
    'null',
    '"',
    '\\',
    '\n',
    '\u0085',
    '*',
    '&',
    '%',
    "'",
    ',',
  )
  const text = fc.oneof(
    fc.array(piece, {maxLength: 6}).map((parts) => parts.join('')),
    fc.string({unit: 'binary', maxLength: 8}),
  )
  fc.assert(
    fc.property(
      fc.dictionary(
        text.filter((t) => t !== '__proto__'),
        fc.oneof(text, fc.array(text, {maxLength: 2})),
        {maxKeys: 3},
      ),
      (value) => {
        fc.pre(JSON.stringify(value).isWellFormed())
        const written = writeYaml(value)
        expect(written).not.toContain('<<:')
        expect(parse(written || '{}', {version: '1.2'}) ?? {}).toEqual({...value})
      },
    ),
  )
})
