// Streams of JSON values under every cut: what comes out is what went in, cut at ends of values, and nothing is kept for ever.
import {Buffer} from 'node:buffer'
import {expect, test} from 'vitest'
import {createValueReader, type ValueItem} from '../../../../src/lib/json/value-stream.js'

const texts = (items: readonly ValueItem[]): readonly string[] =>
  items.map(({kind, bytes}) => (kind === 'values' ? '' : `${kind}:`) + bytes.toString('latin1'))

function read(chunks: readonly string[], max = 64, minStrange = 16): readonly string[] {
  const reader = createValueReader(max, minStrange)
  return [...chunks.flatMap((chunk) => texts(reader.push(Buffer.from(chunk, 'latin1')))), ...texts(reader.end())]
}

test.each<[string, readonly string[], readonly string[]]>([
  ['a line as soon as it is whole', ['{"a":1}\n', '{"b"', ':2}\n'], ['{"a":1}\n', '{"b":2}\n']],
  ['what came at once together', ['{"a":1}\n{"b":2}\n{"c', '":3}\n'], ['{"a":1}\n{"b":2}\n', '{"c":3}\n']],
  ['a value without a line end', ['{"a":1}', '{"b":2}'], ['{"a":1}', '{"b":2}']],
  ['a value over several lines', ['{\n"a":\n', '[1,\n2]\n', '}\n'], ['{\n"a":\n[1,\n2]\n}\n']],
  ['brackets and quotes inside of strings', ['{"a":"}\\"', '}\\\\"}', '\r\n'], ['{"a":"}\\"}\\\\"}', '\r\n']],
  ['records with marks', ['\x1e{"a":\n1}', '\n\x1e"b"\n\x1e"c'], ['\x1e{"a":\n1}', '\n\x1e"b"\n', '\x1e"c']],
  ['the last value without its end', ['[1]\n[2'], ['[1]\n', '[2']],
  ['a line end inside of a string, which is no JSON', ['{"a":"x\n', '{"b":1}\n'], ['{"a":"x\n', '{"b":1}\n']],
  [
    'something strange once it can be recognised',
    ['\x89PNG\r\n', '\x1a\n0123456789\n', 'x\n'],
    ['\x89PNG\r\n\x1a\n0123456789\n', 'x\n'],
  ],
  ['a strange stream that ends at once', ['ab\n'], ['ab\n']],
  ['closed brackets that were never open', ['[1]]]{"a":1}\n', '{}\n'], ['[1]]]{"a":1}\n', '{}\n']],
])('lets go of %s', (_name, chunks, expected) => {
  expect(read(chunks)).toEqual(expected)
})

test('reports a value that is too long once, hands the rest of its line through, and continues', () => {
  expect(read(['[1]\n"', 'x'.repeat(70), 'y', 'z\n[', '2]\n'])).toEqual([
    '[1]\n',
    `too_long:"${'x'.repeat(70)}`,
    'rest:y',
    'rest:z\n',
    '[2]\n',
  ])
  // brackets that never close are no way to fill the memory
  expect(read(['{"a":[\n'.repeat(20), '\n[2]\n']).map((text) => text.slice(0, 9))).toEqual([
    'too_long:',
    'rest:\n',
    '[2]\n',
  ])
})

test('loses no byte under any cut', () => {
  const text = '\x1e{"a":"\\"}\n{"b":[1,{"c":"x"}]}\r\n\n"s" 12 true\n{"d":"\\\\"}\n]]\n{"e":"open\n[3]'
  for (let size = 1; size <= text.length; size++) {
    const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    expect(read(chunks).join(''), String(size)).toBe(text)
  }
})
