// The tree of a document and where its parts stand.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {placeJson, type PlacedJson} from '../../../../src/lib/json/places.js'
import {JsonFault} from '../../../../src/lib/json/reader.js'

/** The value again, read from the places alone. */
function valueAt(source: string, node: PlacedJson): unknown {
  if (node.kind === 'object') {
    return Object.fromEntries(node.members.map(({name, value}) => [name, valueAt(source, value)]))
  }
  if (node.kind === 'array') return node.items.map((item) => valueAt(source, item))
  const value: unknown = JSON.parse(source.slice(node.start, node.end))
  if (node.kind === 'string') expect(node.text).toBe(value)
  return value
}

test('every part stands where the tree says, however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue({maxDepth: 5, noUnicodeString: false}), fc.constantFrom(0, 1, '\t'), (value, indent) => {
      const source = ` ${JSON.stringify(value, null, indent)}\n`
      expect(valueAt(source, placeJson(source, 64))).toEqual(JSON.parse(source))
    }),
  )
  const escaped = '{"a\\"b":["\\\\","\\u00e9\\n",-1.5e3,true,null,{}],"":[]}'
  expect(valueAt(escaped, placeJson(escaped, 64))).toEqual(JSON.parse(escaped))
})

test.each(['', '{"a":1,}', '[1', '"\\x"', '{"a":1,"a":1}', '[[[]]]'])('%s is refused', (source) => {
  expect(() => placeJson(source, 2)).toThrow(JsonFault)
})
