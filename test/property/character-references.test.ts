// Numeric references as the parser of HTML in use reads them, with any number of leading zeros, wherever they are undone.
import fc from 'fast-check'
import {parseFragment} from 'parse5'
import {expect, test} from 'vitest'
import {resolved} from '../../src/plugins/shield/markup/xml-reader.js'
import {undoEscapes} from '../../src/lib/text/escapes.js'
import {runs} from '../support/thorough.js'

/** What a browser shows of a text without tags. */
function shown(text: string): string {
  const [node] = parseFragment(`x${text}`).childNodes
  return node !== undefined && 'value' in node ? node.value.slice(1) : ''
}

const once = (text: string): string => undoEscapes(text).rounds[0]?.text ?? text

const isSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdfff
const codes = fc
  .oneof(
    {weight: 3, arbitrary: fc.integer({min: 0x20, max: 0x7e})},
    fc.integer({min: 0, max: 0x2ff}),
    fc.integer({min: 0, max: 0x12_0000}),
    fc.constant(4_294_967_399),
  )
  .filter((code) => !isSurrogate(code))
const zeros = fc.oneof(fc.integer({min: 0, max: 12}), fc.constant(5_000)).map((count) => '0'.repeat(count))
const reference = fc
  .tuple(codes, zeros, fc.constantFrom('dec', 'x', 'X'), fc.constantFrom(';', ''))
  .map(([code, pad, form, end]) => ({
    code,
    text: form === 'dec' ? `&#${pad}${code}${end}` : `&#${form}${pad}${code.toString(16)}${end}`,
  }))

test('numeric references are undone as the parser of HTML reads them', () => {
  fc.assert(
    fc.property(fc.array(reference, {minLength: 1, maxLength: 4}), (references) => {
      const text = references.map((one) => one.text).join(' ')
      // what a reference spells may be part of another escape, which is undone in the next round
      fc.pre(!references.some(({code}) => code === 0x5c || code === 0x0d))
      expect(once(text)).toBe(shown(text))
    }),
    {numRuns: runs(300)},
  )
})

test('references and escapes in braces: any number of leading zeros reads like none, in every place that undoes them', () => {
  for (const count of [0, 1, 2, 5, 6, 7, 8, 9, 40, 3_000]) {
    const pad = '0'.repeat(count)
    for (const text of [`&#${pad}103;`, `&#x${pad}67;`, `&#X${pad}67;`, `\\u{${pad}67}`, `\\x{${pad}67}`]) {
      expect([count, once(`${text}hp`)]).toEqual([count, 'ghp'])
    }
    expect([count, resolved(`&#${pad}103;hp &#x${pad}67;hp`)]).toEqual([count, 'ghp ghp'])
  }
})

test('halves of a surrogate pair are one character, as lenient readers take them', () => {
  expect(once('&#55349;&#56432;')).toBe('\u{1d470}')
})
