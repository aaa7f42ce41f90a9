// How a stream of events is cut into chunks changes nothing about its events.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createSseReader, writeEvent, type SseItem} from '../../src/lib/sse.js'

const piece = fc.oneof(
  fc.constantFrom(
    'data: ',
    'data:',
    'event: e',
    'id: 1',
    'retry: 9',
    ': comment',
    'x',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\ufeff',
    'é€😀',
  ),
  fc.string({maxLength: 8}),
)
const stream = fc.oneof(
  fc.array(piece, {maxLength: 60}).map((parts) => Buffer.from(parts.join(''), 'utf8')),
  fc.uint8Array({maxLength: 80}).map((bytes) => Buffer.from(bytes)),
)

function read(chunks: readonly Buffer[]): readonly SseItem[] {
  const reader = createSseReader(40)
  return [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()]
}

test('any chunking gives the same events', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), {maxLength: 30}), (bytes, cuts) => {
      const at = [...new Set(cuts.map((cut) => (bytes.length === 0 ? 0 : cut % bytes.length)))].sort((a, b) => a - b)
      const chunks = [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length))
      expect(read(chunks)).toEqual(read([bytes]))
      expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(read([bytes]))
    }),
  )
})

test('what is written is read as what it was', () => {
  fc.assert(
    fc.property(stream, (bytes) => {
      const events = read([bytes]).flatMap((item) => (item.kind === 'event' ? [{...item, complete: true}] : []))
      expect(read(events.map((event) => Buffer.from(writeEvent(event), 'utf8')))).toEqual(events)
    }),
  )
})
