// The frame codec against the rules of RFC 6455, byte by byte.
import {describe, expect, test} from 'vitest'
import {
  closePayload,
  FrameReader,
  OPCODE,
  writeFrame,
  type FrameEvent,
  type FrameReaderOptions,
} from '../../../src/lib/frames.js'
import {sha256Hex} from '../../../src/lib/hash.js'

const MASK = Buffer.from([0x11, 0x22, 0x83, 0xf4])
const MAX = 70_000

const read = (bytes: Buffer, options: Partial<FrameReaderOptions> = {}): FrameEvent[] =>
  new FrameReader({masked: true, maxMessageBytes: MAX, ...options}).push(bytes)

/** A masked frame with any first byte. */
function frame(first: number, payload: Buffer | string = ''): Buffer {
  const bytes = writeFrame({opcode: 0, payload: Buffer.from(payload), mask: MASK})
  bytes[0] = first
  return bytes
}

/** Comparing long buffers byte by byte takes seconds. */
const summary = (events: readonly FrameEvent[]): readonly string[] =>
  events.map((event) => ('payload' in event ? `${event.kind} ${sha256Hex(event.payload)}` : JSON.stringify(event)))

const faultOf = (events: readonly FrameEvent[]): string => {
  const last = events.at(-1)
  return last?.kind === 'fault' ? `${last.fault.code} ${last.fault.reason}` : 'none'
}

describe('frame reader: messages', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, MAX])('a message of %i bytes is what was written', (length) => {
    const payload = Buffer.alloc(length, 'abc\u00e4')
    for (const mask of [MASK, undefined]) {
      const bytes = writeFrame({opcode: OPCODE.binary, payload, mask})
      const events = read(bytes, {masked: mask !== undefined})
      expect(summary(events)).toEqual([`message ${sha256Hex(payload)}`])
      expect(events).toMatchObject([{type: 'binary', isFragmented: false}])
    }
  })

  test('fragments with control frames between them are one message', () => {
    const bytes = Buffer.concat([
      frame(0x01, 'one '),
      frame(0x89, 'are you there'),
      frame(0x00, ''),
      frame(0x8a, ''),
      frame(0x80, 'two'),
    ])
    expect(read(bytes)).toEqual([
      {kind: 'ping', payload: Buffer.from('are you there')},
      {kind: 'pong', payload: Buffer.alloc(0)},
      {kind: 'message', type: 'text', payload: Buffer.from('one two'), isFragmented: true},
    ])
  })

  test('a character that is cut by fragments is valid text', () => {
    const [first, second] = [Buffer.from('\u20ac').subarray(0, 1), Buffer.from('\u20ac').subarray(1)]
    expect(read(Buffer.concat([frame(0x01, first), frame(0x80, second)]))).toMatchObject([{payload: Buffer.from('€')}])
  })

  test('a close frame ends reading', () => {
    const closing = closePayload({code: 4001, reason: 'bye'})
    expect(read(Buffer.concat([frame(0x88, closing), frame(0x81, 'more')]))).toEqual([
      {kind: 'close', code: 4001, reason: 'bye'},
    ])
    expect(read(frame(0x88))).toEqual([{kind: 'close', code: undefined, reason: ''}])
  })

  test('any cut of the bytes gives the same events', () => {
    const bytes = Buffer.concat([
      frame(0x81, 'short'),
      frame(0x01, 'x'.repeat(200)),
      frame(0x89, 'p'),
      frame(0x00, 'y'.repeat(300)),
      frame(0x80, ''),
      frame(0x82, Buffer.alloc(66_000, 7)),
      frame(0x8a, 'q'),
      frame(0x88, closePayload({code: 1000, reason: 'done'})),
    ])
    const whole = summary(read(bytes))
    expect(whole).toHaveLength(6)
    let state = 1
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state % below
    }
    for (let run = 0; run < 200; run++) {
      const reader = new FrameReader({masked: true, maxMessageBytes: MAX})
      const events: FrameEvent[] = []
      const most = run % 2 === 0 ? 9 : 4_000
      for (let at = 0; at < bytes.length;) {
        // many small pieces at the beginning, where most heads are
        const size = 1 + random(at < 700 ? most : 20_000)
        events.push(...reader.push(bytes.subarray(at, at + size)))
        at += size
      }
      expect(summary(events)).toEqual(whole)
    }
    const reader = new FrameReader({masked: true, maxMessageBytes: MAX})
    expect(summary(Array.from(bytes, (byte) => reader.push(Buffer.from([byte]))).flat())).toEqual(whole)
  })

  test('pending counts the bytes of an incomplete message, and nothing else', () => {
    const reader = new FrameReader({masked: true, maxMessageBytes: MAX})
    reader.push(Buffer.concat([frame(0x01, 'abc'), frame(0x89, 'ping')]))
    expect(reader.pending).toBe(3)
    reader.push(frame(0x80, 'def'))
    expect(reader.pending).toBe(0)
  })
})

describe('frame reader: faults', () => {
  const long = (first: number, length: bigint): Buffer => {
    const bytes = Buffer.alloc(14)
    bytes[0] = first
    bytes[1] = 0xff
    bytes.writeBigUInt64BE(length, 2)
    return bytes
  }
  const short = (first: number, length: number): Buffer => Buffer.from([first, 0xfe, 0, length, ...MASK])
  const NOT_UTF8 = Buffer.from([0xc3, 0x28])

  test.each<readonly [string, Buffer, string]>([
    ['a compressed message', frame(0xc1, 'x'), '1002 compressed frames not supported'],
    ['the second reserved bit', frame(0xa1, 'x'), '1002 reserved bit set'],
    ['the third reserved bit', frame(0x91, 'x'), '1002 reserved bit set'],
    ['a data opcode without a meaning', frame(0x83, 'x'), '1002 unknown opcode'],
    ['a control opcode without a meaning', frame(0x8b, 'x'), '1002 unknown opcode'],
    ['a continuation without a start', frame(0x80, 'x'), '1002 continuation without a start'],
    [
      'a message inside another',
      Buffer.concat([frame(0x01, 'a'), frame(0x81, 'b')]),
      '1002 new message inside a fragmented message',
    ],
    ['a ping in fragments', frame(0x09, 'x'), '1002 fragmented control frame'],
    ['a long ping', frame(0x89, 'x'.repeat(126)), '1002 control frame too long'],
    ['a length in more bytes than needed', short(0x81, 5), '1002 length not in its shortest form'],
    ['a long length in more bytes than needed', long(0x81, 65_535n), '1002 length not in its shortest form'],
    ['an unmasked frame of a client', writeFrame({opcode: 1, payload: Buffer.from('x')}), '1002 unmasked frame'],
    ['a declared length above the limit', long(0x82, BigInt(MAX + 1)), '1009 message too large'],
    ['the largest declared length', long(0x82, 2n ** 64n - 1n), '1009 message too large'],
    ['a text that is not UTF-8', frame(0x81, NOT_UTF8), '1007 invalid UTF-8'],
    ['a close frame of one byte', frame(0x88, 'x'), '1002 invalid close frame'],
    [
      'a close reason that is not UTF-8',
      frame(0x88, Buffer.concat([Buffer.from([3, 232]), NOT_UTF8])),
      '1007 invalid UTF-8',
    ],
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(
      (code) =>
        [
          `the close code ${code}`,
          frame(0x88, Buffer.from([code >> 8, code & 255])),
          '1002 invalid close frame',
        ] as const,
    ),
  ])('%s is a fault, and nothing is read behind it', (_name, bytes, expected) => {
    const reader = new FrameReader({masked: true, maxMessageBytes: MAX})
    expect(faultOf(reader.push(bytes))).toBe(expected)
    expect(reader.push(frame(0x81, 'more'))).toEqual([])
    expect(reader.pending).toBe(0)
  })

  test('a masked frame of a server is a fault', () => {
    expect(faultOf(read(frame(0x81, 'x'), {masked: false}))).toBe('1002 masked frame')
  })

  test('fragments that are too long together are a fault before the last of them is read', () => {
    const bytes = Buffer.concat([frame(0x02, Buffer.alloc(MAX - 1)), frame(0x80, 'xy').subarray(0, 6)])
    expect(faultOf(read(bytes))).toBe('1009 message too large')
  })

  test.each([1000, 1001, 1003, 1007, 1014, 3000, 4999])('the close code %i is valid', (code) => {
    expect(read(frame(0x88, closePayload({code, reason: ''})))).toEqual([{kind: 'close', code, reason: ''}])
  })
})

describe('frame writer', () => {
  test('a close reason of more than 123 bytes is left out', () => {
    expect(closePayload({code: 1000, reason: 'x'.repeat(123)})).toHaveLength(125)
    expect(closePayload({code: 1000, reason: 'x'.repeat(124)})).toEqual(Buffer.from([3, 232]))
    expect(closePayload({code: undefined, reason: ''})).toHaveLength(0)
  })

  test('a payload is not changed by its mask', () => {
    const payload = Buffer.from('payload')
    writeFrame({opcode: 1, payload, mask: MASK})
    expect(payload.toString()).toBe('payload')
  })
})
