// Laws of the canonical form: idempotent, independent of member order, one text per value.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {decodeJson} from '../../src/formats/documents/strict-json.js'
import {canonicalText} from '../../src/formats/documents/canonical.js'
import {freeMap, object} from '../../src/formats/documents/schema.js'
import {compactText, indentedText} from '../../src/formats/documents/text.js'
import {runs} from '../support/thorough.js'

const text = fc.string({unit: 'binary', maxLength: 12}).filter((s) => s.isWellFormed())
const name = fc
  .string({unit: fc.constantFrom(...'ab<>&"\\é\u0301e\u00e9\n\u2028_0'), maxLength: 6})
  .map((s) => s.normalize('NFC'))
const tree = fc.letrec<{value: unknown}>((tie) => ({
  value: fc.oneof(
    {maxDepth: 5},
    text,
    fc.maxSafeInteger(),
    fc.bigInt({min: 1n - 2n ** 63n, max: 2n ** 63n - 1n}),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), {maxLength: 4}),
    fc.dictionary(name, tie('value'), {maxKeys: 4}),
  ),
})).value
const document = object({m: freeMap})
const read = (json: string) => decodeJson(Buffer.from(json), document, {maxBytes: 1_000_000, name: 'it'})

test('reading and canonicalising again changes nothing, whatever the layout was', () => {
  fc.assert(
    fc.property(fc.dictionary(name, tree, {maxKeys: 4}), (m) => {
      const canonical = canonicalText({m})
      expect(canonicalText(read(canonical))).toBe(canonical)
      expect(canonicalText(read(compactText({m})))).toBe(canonical)
      expect(canonicalText(read(indentedText({m})))).toBe(canonical)
    }),
    {numRuns: runs(500)},
  )
})

test('member order does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(name, tree, {maxKeys: 6}), (m) => {
      const reversed = Object.fromEntries(Object.entries(m).reverse())
      expect(canonicalText({m: reversed})).toBe(canonicalText({m}))
    }),
  )
})
