// A body that comes in chunks, whole at any moment.
import {Buffer} from 'node:buffer'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {HeldBytes} from '../../../src/transports/held-bytes.js'

test('holds what came, whatever length was declared', () => {
  const chunk = fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(fc.array(chunk, {maxLength: 20}), fc.option(fc.nat(4_000), {nil: undefined}), (chunks, expected) => {
      const held = new HeldBytes(expected)
      for (const [i, one] of chunks.entries()) {
        held.add(one)
        const whole = Buffer.concat(chunks.slice(0, i + 1))
        expect(held.bytes().equals(whole)).toBe(true)
        expect(held.bytes(100).equals(whole.subarray(0, 100))).toBe(true)
        expect(held.size).toBe(whole.length)
      }
    }),
  )
})

test('what was read of it stays as it was', () => {
  const held = new HeldBytes()
  held.add(Buffer.from('first '))
  const before = held.bytes()
  held.add(Buffer.from('second'))
  expect([before.toString(), held.bytes().toString()]).toEqual(['first ', 'first second'])
})
