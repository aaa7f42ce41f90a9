import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {joinedChains, oneOf, type Chain} from '../../../../src/plugins/dlp/chains.js'
import {isTouched, type Edit} from '../../../../src/lib/text/rewritten.js'
import {atOnce} from '../../../../src/lib/slices.js'

const DOTTED = {separator: /\.+/y, begins: oneOf(/\./), holds: oneOf(/[a-z]/), within: oneOf(/[a-z.]/)}
const LITERALS = {
  separator: /" ?\+? ?"/y,
  begins: oneOf(/"/),
  holds: oneOf(/[a-z+]/),
  within: oneOf(/["a-z+ ]/),
}

const placesOf = (text: string): readonly number[] => [...text].flatMap((c, i) => (c === '.' || c === '"' ? [i] : []))
const joined = (text: string, chain: Chain, edits?: readonly Edit[]): string | undefined =>
  atOnce(joinedChains(text, placesOf(text), chain, edits))?.text
const edit = (outStart: number, outEnd: number): Edit => ({outStart, outEnd, inStart: 0, inEnd: 0, kind: ''})

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

  test('are only those that an edit touches', () => {
    const text = 'one.two.three four.five.six'
    expect(joined(text, DOTTED, [edit(18, 19)])).toBe('\0fourfivesix')
    expect(joined(text, DOTTED, [edit(13, 13)])).toBe('onetwothree\0')
    expect(joined(text, DOTTED, [edit(0, 1), edit(27, 27)])).toBe('onetwothree\0fourfivesix')
    expect(joined(text, DOTTED, [])).toBeUndefined()
  })

  test('are those that one expression finds from left to right', () => {
    const character = fc.constantFrom('a', 'b', 'cd', '.', '..', ' ', '"', '+', '""', '" + "', 'é')
    const wholes: readonly (readonly [typeof DOTTED, RegExp])[] = [
      [DOTTED, /(?<![a-z])[a-z]+(?:\.+[a-z]+)+/g],
      [LITERALS, /(?<![a-z+])[a-z+]+(?:" ?\+? ?"[a-z+]+)+/g],
    ]
    const place = fc.tuple(fc.nat(80), fc.nat(4))
    fc.assert(
      fc.property(fc.array(character, {maxLength: 40}), fc.array(place, {maxLength: 3}), (characters, places) => {
        const text = characters.join('')
        const edits = places
          .filter(([start, length]) => start + length <= text.length)
          .map(([start, length]) => edit(start, start + length))
          .toSorted((a, b) => a.outStart - b.outStart)
          .filter(({outStart}, i, all) => all.slice(0, i).every(({outEnd}) => outEnd < outStart))
        for (const [chain, whole] of wholes) {
          const pieces = [...text.matchAll(whole)].filter(([piece]) => piece.length >= 8)
          const bare = (some: typeof pieces): readonly string[] =>
            some.map(([piece]) => piece.replaceAll(new RegExp(chain.separator.source, 'g'), ''))
          const resultsOf = (of?: readonly Edit[]): readonly string[] =>
            joined(text, chain, of)?.split('\0').filter(Boolean) ?? []
          expect(resultsOf()).toEqual(bare(pieces))
          const touched = pieces.filter(({index, 0: piece}) => isTouched(edits, index, index + piece.length))
          expect(resultsOf(edits)).toEqual(bare(touched))
        }
      }),
    )
  })
})
