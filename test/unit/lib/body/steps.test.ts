// Decoding in steps: what a step decodes is bounded, and the result is that of one call.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {readingSteps, readingsOf} from '../../../../src/lib/body/readings.js'
import {strictUtf8Steps, utf8Steps} from '../../../../src/lib/body/utf8.js'
import {JsonFault} from '../../../../src/lib/json/reader.js'
import {stepped} from '../../../support/steps.js'

const MIB = 1_048_576
const PIECE = 131_072
const repeated = (unit: string | Buffer): Buffer => {
  const one = Buffer.from(unit)
  return Buffer.concat(Array.from({length: Math.floor(MIB / one.length)}, () => one))
}

test.each([
  ['UTF-8 of two bytes', 'é', 'text/plain'],
  ['UTF-8 of three bytes', '\ufdfa ', 'text/plain'],
  ['invalid bytes', Buffer.from([0xff]), 'text/plain'],
  ['UTF-16', Buffer.from('ab', 'utf16le'), 'text/plain; charset=utf-16le'],
  ['a declared decoder', '\u30a2 ', 'text/plain; charset=shift_jis'],
])('readings: a mebibyte of %s, no step decodes more than a piece', (_what, unit, type) => {
  const bytes = repeated(unit)
  expect(stepped(readingSteps(bytes, type)).pauses).toBeGreaterThanOrEqual(Math.floor(bytes.length / PIECE) - 1)
})

test('readings: a small body takes no pause', () => {
  expect(stepped(readingSteps(Buffer.from('un café noir'), 'text/plain; charset=shift_jis')).pauses).toBe(0)
})

test('utf8Steps: any bytes, wherever a piece ends, the text of one call', () => {
  const piece = fc.constantFrom('a', 'é', '\ufdfa', '\u{1f600}').map((text) => Buffer.from(text))
  const noise = fc.uint8Array({minLength: 1, maxLength: 6}).map((bytes) => Buffer.from(bytes))
  const stray = fc
    .constantFrom([0x80], [0xf0, 0x9f], [0xf0, 0x9f, 0x98], [0xe2, 0x82], [0xc3])
    .map((b) => Buffer.from(b))
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, noise, stray), {minLength: 1, maxLength: 12}),
      fc.integer({min: 0, max: 24}),
      (parts, shift) => {
        const around = Buffer.concat(parts)
        const bytes = Buffer.concat([Buffer.alloc(PIECE - shift, 'x'), around, Buffer.alloc(64, 'y')])
        expect(stepped(utf8Steps(bytes)).value).toBe(bytes.toString('utf8'))
      },
    ),
    {numRuns: 150},
  )
})

test.each([
  ['shift_jis', [0x82, 0xa0]],
  ['gbk', [0xd2, 0xbb]],
  ['utf-16le', [0x3d, 0xd8, 0x00, 0xde]],
  ['utf-16be', [0xd8, 0x3d, 0xde, 0x00]],
])('readings: %s, of which a letter is divided between two pieces, the text of one call', (charset, letter) => {
  const before = Buffer.from(charset.startsWith('utf') ? [0x61, 0x61] : [0x61])
  const bytes = Buffer.concat([before, repeated(Buffer.from(letter))])
  expect(readingsOf(bytes, `text/plain; charset=${charset}`).texts).toContain(new TextDecoder(charset).decode(bytes))
})

test('strictUtf8Steps: invalid bytes are the fault utf8', () => {
  expect(() => stepped(strictUtf8Steps(Buffer.from([0x22, 0xff, 0x22])))).toThrow(JsonFault)
})
