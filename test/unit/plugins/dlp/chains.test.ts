import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {joinedChains, oneOf, type Chain} from '../../../../src/plugins/dlp/chains.js'
import {atOnce} from '../../../../src/lib/slices.js'

const DOTTED = {separator: /\.+/y, begins: oneOf(/\./), holds: oneOf(/[a-z]/)}
const LITERALS = {separator: /" ?\+? ?"/y, begins: oneOf(/"/), holds: oneOf(/[a-z+]/)}

const placesOf = (text: string): readonly number[] => [...text].flatMap((c, i) => (c === '.' || c === '"' ? [i] : []))
const joined = (text: string, chain: Chain, isSelected?: (start: number, end: number) => boolean): string | undefined =>
  atOnce(joinedChains(text, placesOf(text), chain, isSelected))?.text

describe('chains of words', () => {
  test.each([
    ['see one.two..three, or four', DOTTED, '\0onetwothree\0'],
    ['one.two.three', DOTTED, 'onetwothree'],
    ['...one.two.three...', DOTTED, '\0onetwothree\0'],
    ['one two. three', DOTTED, undefined],
    ['a.b', DOTTED, undefined],
    ['x = "abcd" + "efgh""ij";', LITERALS, '\0abcdefghij\0'],
    ['abcd""efgh "" ijkl""mnop', LITERALS, 'abcdefgh\0ijklmnop'],
  ])('%j', (text, chain, expected) => {
    expect(joined(text, chain)).toBe(expected)
  })

  test('are only those that are wanted', () => {
    const text = 'one.two.three four.five.six'
    expect(joined(text, DOTTED, (start) => start > 0)).toBe('\0fourfivesix')
    expect(joined(text, DOTTED, () => false)).toBeUndefined()
  })

  test('are those that one expression finds from left to right', () => {
    const character = fc.constantFrom('a', 'b', 'cd', '.', '..', ' ', '"', '+', '""', '" + "', 'é')
    const wholes: readonly (readonly [typeof DOTTED, RegExp])[] = [
      [DOTTED, /(?<![a-z])[a-z]+(?:\.+[a-z]+)+/g],
      [LITERALS, /(?<![a-z+])[a-z+]+(?:" ?\+? ?"[a-z+]+)+/g],
    ]
    fc.assert(
      fc.property(fc.array(character, {maxLength: 40}), (characters) => {
        const text = characters.join('')
        for (const [chain, whole] of wholes) {
          const pieces = [...text.matchAll(whole)].map(([piece]) => piece).filter((piece) => piece.length >= 8)
          const results = joined(text, chain)?.split('\0').filter(Boolean) ?? []
          expect(results).toEqual(pieces.map((piece) => piece.replaceAll(new RegExp(chain.separator.source, 'g'), '')))
        }
      }),
    )
  })
})
