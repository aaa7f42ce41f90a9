// Laying out JSON changes white space and nothing else.
import {expect, test} from 'vitest'
import fc from 'fast-check'
import {indentJson} from '../../../../src/lib/json/indent.js'

test('is what JSON.stringify lays out, for any value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
    }),
  )
})

test('keeps spellings and order', () => {
  expect(indentJson('{"10":1.0,"2":"\\u003c\\\\","a":[],"b":{},"c":"{[,:\\"]}"}')).toBe(
    '{\n  "10": 1.0,\n  "2": "\\u003c\\\\",\n  "a": [],\n  "b": {},\n  "c": "{[,:\\"]}"\n}',
  )
})
