import fc from 'fast-check'
import {expect, test} from 'vitest'
import {splitLines} from '../../../src/lib/line-reader.js'

const lines = (chunks: readonly Uint8Array[], max = 1000) =>
  [...splitLines(chunks, max)].map(({bytes}) => bytes.toString())

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
        for (const {bytes: line} of splitLines(reused(), 1000)) copied.push(line.toString())
        expect(copied).toEqual(expected)
      },
    ),
  )
})

test('a line over the limit is told before it is whole, once, and the next one is read', () => {
  expect(lines([Buffer.from('12345\n123456')], 6)).toEqual(['12345', '123456'])
  const read: string[] = []
  function* chunks(): Generator<Uint8Array> {
    for (const text of ['1\n1234', '567', '8\n9', '0']) {
      yield Buffer.from(text)
      read.push(text)
    }
  }
  const results: unknown[] = []
  for (const {line, bytes, terminated, tooLong} of splitLines(chunks(), 6)) {
    results.push([line, bytes.toString(), terminated, tooLong, read.length])
  }
  expect(results).toEqual([
    [1, '1', true, false, 0],
    [2, '', false, true, 1],
    [3, '90', false, false, 4],
  ])
  expect([...splitLines([Buffer.from('1234567\n8\n')], 6)].map(({line, tooLong}) => [line, tooLong])).toEqual([
    [1, true],
    [2, false],
  ])
})
