// Pieces of a text: every byte in one of them, cut at lines, else at spaces, and never inside a character.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createTextCutter} from '../../../src/lib/text-cutter.js'

function pieces(text: string, chunkBytes: number, most: number): readonly string[] {
  const bytes = Buffer.from(text)
  const cutter = createTextCutter(most)
  const cut: Buffer[] = []
  for (let at = 0; at < bytes.length; at += chunkBytes) cut.push(...cutter.push(bytes.subarray(at, at + chunkBytes)))
  return [...cut, ...cutter.end()].map((piece) => piece.toString('utf8'))
}

test.each([
  ['lines', 'aaaaaa\nbbbbbb\ncccccc', ['aaaaaa\n', 'bbbbbb\n', 'cccccc']],
  ['words, where there are no lines', 'aaaaaa bbbbbb cccccc', ['aaaaaa ', 'bbbbbb ', 'cccccc']],
  ['characters, where there is neither', 'aaaaaaaaa\u20ac\u20acbb', ['aaaaaaaaa', '\u20ac\u20acbb']],
])('are cut between %s', (_, text, expected) => {
  for (const chunkBytes of [1, 3, 100]) expect(pieces(text, chunkBytes, 10)).toEqual(expected)
})

test('hold the whole text, whatever the chunks', () => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme', maxLength: 200}), fc.integer({min: 1, max: 50}), (text, chunkBytes) => {
      const cut = pieces(text, chunkBytes, 16)
      expect(cut.join('')).toBe(text.toWellFormed())
      for (const piece of cut) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(16)
    }),
  )
})
