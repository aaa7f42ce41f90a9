// Event streams as clients of the standard read them.
import {describe, expect, test} from 'vitest'
import {dataOf, eventText, createSseReader, writeEvent, type SseItem} from '../../../src/lib/sse.js'

function read(stream: string | Buffer, max = 100): readonly SseItem[] {
  const reader = createSseReader(max)
  return [...reader.push(Buffer.from(stream)), ...reader.end()]
}
const data = (stream: string | Buffer): readonly (string | undefined)[] =>
  read(stream).map((item) => (item.kind === 'event' ? item.data : item.why))

describe('events', () => {
  test.each([
    ['LF', 'data: a\ndata: b\n\ndata: c\n\n'],
    ['CR', 'data: a\rdata: b\r\rdata: c\r\r'],
    ['CRLF', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n'],
    ['a mixture', 'data: a\rdata: b\n\r\ndata: c\r\n\n'],
    ['a byte-order mark', '\ufeffdata: a\ndata: b\n\ndata: c\n\n'],
    ['comments and unknown fields', ': x\ndata: a\nfoo: y\n:\ndata: b\n\ndata: c\n\n'],
  ])('with %s', (_name, stream) => {
    expect(data(stream)).toEqual(['a\nb', 'c'])
  })

  test('lose one space after the colon, and no more', () => {
    expect(data('data:a\ndata:  b\ndata\n\n')).toEqual(['a\n b\n'])
  })

  test('have names, ids and retry times; an id with NUL and a retry that is no number are none', () => {
    expect(read('event: e\nid: 7\nretry: 50\ndata: x\n\nid: a\0b\nretry: 5s\ndata: y\n\n')).toEqual([
      {kind: 'event', event: 'e', id: '7', retry: '50', data: 'x', complete: true},
      {kind: 'event', event: undefined, id: undefined, retry: undefined, data: 'y', complete: true},
    ])
  })

  test('without data still change the state of the client', () => {
    expect(read('id: 7\n\n')).toMatchObject([{id: '7', data: undefined}])
    expect(read('\n\n\n')).toEqual([])
  })

  test('that do not end are told, and marked', () => {
    expect(read('data: a\n\ndata: b\ndata: c')).toMatchObject([
      {data: 'a', complete: true},
      {data: 'b\nc', complete: false},
    ])
  })

  test('lose only one byte-order mark, and only at the beginning', () => {
    expect(read('\ufeff\ufeffdata: a\n\n')).toEqual([])
    expect(data('data: a\n\n\ufeffdata: b\n\ndata: c\n\n')).toEqual(['a', 'c'])
    expect(read(Buffer.from([0xef, 0xbb]))).toEqual([{kind: 'unreadable', why: 'encoding'}])
  })
})

describe('what cannot be read', () => {
  test('is told once for each event, and the next event is read again', () => {
    const long = 'x'.repeat(60)
    expect(data(`data: ${long}\ndata: ${long}\ndata: more\n\ndata: b\n\n`)).toEqual(['size', 'b'])
    expect(data(Buffer.concat([Buffer.from('data: '), Buffer.from([0xff]), Buffer.from('\n\ndata: b\n\n')]))).toEqual([
      'encoding',
      'b',
    ])
  })

  test('counts the joined data alone: exactly the limit passes, names do not count', () => {
    expect(data(`event: ${'e'.repeat(300)}\ndata: ${'x'.repeat(98)}\ndata: y\n\n`)).toEqual([`${'x'.repeat(98)}\ny`])
    expect(data(`data: ${'x'.repeat(99)}\ndata: y\n\n`)).toEqual(['size'])
  })

  test('is a line that never ends, in bounded memory', () => {
    const reader = createSseReader(100)
    const items = [...reader.push(Buffer.from('data: '))]
    for (let i = 0; i < 100; i++) items.push(...reader.push(Buffer.alloc(65_536, 0x61)))
    expect(items).toEqual([{kind: 'unreadable', why: 'size'}])
    expect([...reader.push(Buffer.from('\n\ndata: b\n\n'))]).toMatchObject([{data: 'b'}])
  })

  test('is no comment, however long', () => {
    expect(data(`: ${'x'.repeat(100_000)}\ndata: a\n\n`)).toEqual(['a'])
  })

  test('is a flood of names', () => {
    expect(data(`${`event: ${'e'.repeat(1000)}\n`.repeat(20)}data: a\n\ndata: b\n\n`)).toEqual(['size', 'b'])
  })
})

test('an event is written in canonical fields, which say the same', () => {
  const stream = 'retry:5\ndata:a\nid:7\nunknown: x\nevent:e\ndata\n\n'
  const [item] = read(stream)
  if (item?.kind !== 'event') throw new Error('no event')
  expect(writeEvent(item)).toBe('event: e\nid: 7\nretry: 5\ndata: a\ndata: \n\n')
  expect(read(writeEvent(item))).toEqual([item])
  expect(eventText(item)).toBe('event: e\nid: 7\nretry: 5\ndata: a\n')
})

test('the data of an event cannot be forged by what stands in front of it', () => {
  const [item] = read('event: data: x\nid: data: y\ndata: real\n\n')
  if (item?.kind !== 'event') throw new Error('no event')
  expect(dataOf(eventText(item))).toBe('real')
  expect(dataOf('event: x')).toBe('')
  expect(dataOf('data: x\ndata: y')).toBe('x\ndata: y')
})
