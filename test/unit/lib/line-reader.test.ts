import fc from 'fast-check'
import {expect, test} from 'vitest'
import {LineTooLong, splitLines} from '../../../src/lib/line-reader.js'

const lines = (chunks: readonly Uint8Array[], max = 1000) => [...splitLines(chunks, max)].map((line) => line.toString())

test('lines are those of the text, wherever the chunks are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\n', 'bc', '\r'), {maxLength: 40}),
      fc.integer({min: 1, max: 9}),
      (parts, size) => {
        const text = parts.join('')
        const bytes = Buffer.from(text)
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        const scratch = Buffer.alloc(size)
        function* reused(): Generator<Uint8Array> {
          for (let at = 0; at < bytes.length; at += size)
            yield scratch.subarray(0, bytes.copy(scratch, 0, at, at + size))
        }
        expect([...splitLines(reused(), 1000)].length).toBe(expected.length)
        const copied: string[] = []
        for (const line of splitLines(reused(), 1000)) copied.push(line.toString())
        expect(copied).toEqual(expected)
      },
    ),
  )
})

test('a line over the limit is refused before it is whole', () => {
  expect(lines([Buffer.from('12345\n123456')], 6)).toEqual(['12345', '123456'])
  expect(() => lines([Buffer.from('1\n1234'), Buffer.from('567')], 6)).toThrow(LineTooLong)
  expect(() => lines([Buffer.from('1234567\n')], 6)).toThrow('line 1')
})
