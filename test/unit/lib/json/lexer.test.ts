// Tokens of JSON texts: every reader and editor of lib/json stands on them.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {compactJson} from '../../../../src/lib/json/compact.js'
import {indentJson} from '../../../../src/lib/json/indent.js'
import {closingQuote, JsonFault, plainQuote, tokensOf, unescape, unescapeSteps} from '../../../../src/lib/json/lexer.js'
import {placeJson} from '../../../../src/lib/json/places.js'
import {escapeHtml} from '../../../../src/lib/json/writer.js'
import {atOnce} from '../../../../src/lib/slices.js'

const documents = fc
  .jsonValue({maxDepth: 5, stringUnit: 'binary'})
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)

test('tokens, of a document laid out in any way: joined they are its compact text', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom('', ' ', '\t', '  '), (value, space) => {
      const text = ` ${JSON.stringify(value, null, space)}\r\n`
      const tokens = [...tokensOf(text)].map(({start, end}) => text.slice(start, end))
      expect(tokens.join('')).toBe(JSON.stringify(value))
      expect(compactJson(text)).toBe(escapeHtml(JSON.stringify(value)))
      expect(indentJson(text)).toBe(JSON.stringify(value, null, 2))
    }),
  )
})

test('places, of a document laid out in any way: every string and scalar stands in its range', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom('', '  '), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const rebuilt = (place: ReturnType<typeof placeJson>): unknown => {
        if (place.kind === 'array') return place.items.map(rebuilt)
        if (place.kind === 'object')
          return Object.fromEntries(place.members.map((member) => [member.name, rebuilt(member.value)]))
        const own: unknown = JSON.parse(text.slice(place.start, place.end))
        if (place.kind === 'string') expect(place.text).toBe(own)
        return own
      }
      const place = placeJson(text, 64)
      expect(rebuilt(place)).toEqual(value)
      expect([place.start, place.end]).toEqual([0, text.length])
    }),
  )
})

test('the closing quote, searched in steps of any length: the same place and value as at once', () => {
  fc.assert(
    fc.property(fc.string({unit: 'binary'}), fc.integer({min: 1, max: 9}), (value, step) => {
      const source = JSON.stringify(value)
      let at = closingQuote(source, 1, 1 + step)
      while (at < 0) at = closingQuote(source, -at, step - at)
      expect(at).toBe(source.length - 1)
      expect([-1, at]).toContain(plainQuote(source, 1))
      expect(unescape(source, 1, at)).toBe(value)
      expect(atOnce(unescapeSteps(source, 1, at, step))).toBe(value)
    }),
  )
})

test.each(['"abc', '"abc\\', '"a\u0001"', '"a\nb"'])('the closing quote of %j: a syntax fault', (source) => {
  expect(() => closingQuote(source, 1)).toThrow(JsonFault)
})
