import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {joinedChains, oneOf} from '../../../../src/plugins/dlp/chains.js'

const DOTTED = {separator: /\.+/g, holds: oneOf(/[a-z]/)}
const LITERALS = {separator: /" ?\+? ?"/g, holds: oneOf(/[a-z+]/)}

describe('chains of words', () => {
  it.each([
    ['see one.two..three, or four', DOTTED, '\0onetwothree\0'],
    ['one.two.three', DOTTED, 'onetwothree'],
    ['...one.two.three...', DOTTED, '\0onetwothree\0'],
    ['one two. three', DOTTED, undefined],
    ['a.b', DOTTED, undefined],
    ['x = "abcd" + "efgh""ij";', LITERALS, '\0abcdefghij\0'],
    ['abcd""efgh "" ijkl""mnop', LITERALS, 'abcdefgh\0ijklmnop'],
  ])('%j', (text, chain, expected) => {
    expect(joinedChains(text, chain)?.text).toBe(expected)
  })

  it('are those that one expression finds from left to right', () => {
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
          const found = joinedChains(text, chain)?.text.split('\0').filter(Boolean) ?? []
          expect(found).toEqual(pieces.map((piece) => piece.replace(chain.separator, '')))
        }
      }),
    )
  })
})
