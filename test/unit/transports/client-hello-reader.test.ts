import {describe, expect, test} from 'vitest'
import {ClientHelloReader} from '../../../src/transports/client-hello-reader.js'
import {clientHello} from '../../support/client-hello.js'

const record = (type: number, payload: Buffer | string): Buffer => {
  const bytes = Buffer.from(payload)
  return Buffer.concat([Buffer.from([type, 3, 3, bytes.length >> 8, bytes.length & 255]), bytes])
}
const payloadOf = (records: Buffer): Buffer => records.subarray(5)
const GOOD = clientHello({serverName: 'good.test'})
const EVIL = clientHello({serverName: 'evil.test'})
const EARLY = clientHello({serverName: 'good.test', extensions: [[42, Buffer.alloc(0)]]})
const CCS = record(20, Buffer.from([1]))
const WARNING = record(21, Buffer.from([1, 90]))
const DATA = record(23, 'application data')
/** Certificate, ClientKeyExchange: of a client that speaks TLS 1.2. */
const CERTIFICATE = record(22, Buffer.concat([Buffer.from([11, 0, 1, 0]), Buffer.alloc(256, 1)]))
const FINISHED = record(22, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(32, 0xee)]))

interface Read {
  readonly names: (string | undefined)[]
  readonly forwarded: Buffer
  readonly isOver: boolean
}

function read(bytes: Buffer, size = bytes.length): Read {
  const reader = new ClientHelloReader()
  const names: (string | undefined)[] = []
  const forwarded: Buffer[] = []
  let isOver = false
  for (let at = 0; at < bytes.length; at += size) {
    const got = reader.push(bytes.subarray(at, at + size))
    forwarded.push(got.forward)
    isOver = got.isOver
    for (const hello of got.hellos) names.push(hello.kind === 'hello' ? hello.serverName : `malformed: ${hello.why}`)
  }
  return {names, forwarded: Buffer.concat(forwarded), isOver}
}

const TABLE: readonly (readonly [string, Buffer, readonly (string | undefined)[], boolean])[] = [
  ['one hello and application data', Buffer.concat([GOOD, DATA, EVIL]), ['good.test'], true],
  ['two hellos in one packet', Buffer.concat([GOOD, EVIL]), ['good.test', 'evil.test'], false],
  [
    'two hellos in one record',
    record(22, Buffer.concat([payloadOf(GOOD), payloadOf(EVIL)])),
    ['good.test', 'evil.test'],
    false,
  ],
  ['no name first', Buffer.concat([clientHello(), EVIL]), [undefined, 'evil.test'], false],
  ['a cipher change between', Buffer.concat([GOOD, CCS, EVIL]), ['good.test', 'evil.test'], false],
  ['several cipher changes between', Buffer.concat([GOOD, CCS, CCS, EVIL]), ['good.test', 'evil.test'], false],
  ['a warning between', Buffer.concat([GOOD, WARNING, EVIL]), ['good.test', 'evil.test'], false],
  [
    'a second hello in records of one byte',
    Buffer.concat([GOOD, CCS, clientHello({serverName: 'evil.test', recordBytes: 1})]),
    ['good.test', 'evil.test'],
    false,
  ],
  ['early data that a server would skip', Buffer.concat([EARLY, DATA, DATA, EVIL]), ['good.test', 'evil.test'], false],
  [
    'early data inside the second hello',
    Buffer.concat([EARLY, record(22, payloadOf(EVIL).subarray(0, 9)), DATA, record(22, payloadOf(EVIL).subarray(9))]),
    ['good.test', 'malformed: record type inside the hello', 'malformed: record type inside the hello'],
    false,
  ],
  [
    'a cipher change inside the second hello',
    Buffer.concat([GOOD, record(22, payloadOf(EVIL).subarray(0, 9)), CCS]),
    ['good.test', 'malformed: record type inside the hello'],
    false,
  ],
  ['TLS 1.2 with a client certificate', Buffer.concat([GOOD, CERTIFICATE, CCS, FINISHED, DATA]), ['good.test'], true],
  ['TLS 1.2 resumed', Buffer.concat([GOOD, CCS, FINISHED, DATA]), ['good.test'], true],
  [
    'an encrypted record that looks like a large hello',
    Buffer.concat([GOOD, CCS, record(22, Buffer.concat([Buffer.from([1, 2, 0, 0]), Buffer.alloc(36, 7)])), DATA]),
    ['good.test'],
    true,
  ],
  [
    'a handshake message whose head is cut',
    Buffer.concat([
      GOOD,
      record(22, Buffer.from([11, 0])),
      record(22, Buffer.concat([Buffer.from([0, 4]), Buffer.alloc(4), payloadOf(EVIL)])),
    ]),
    ['good.test', 'evil.test'],
    false,
  ],
]

describe.each(TABLE)('%s', (_, bytes, names, isOver) => {
  test('the same hellos are read whatever the packets', () => {
    for (const size of [bytes.length, 1, 2, 3, 5, 7, 64]) {
      const got = read(bytes, size)
      expect([size, got.names.slice(0, 2).join(), got.isOver]).toEqual([size, names.slice(0, 2).join(), isOver])
      if (!names.some((name) => name?.startsWith('malformed'))) expect(got.forwarded.equals(bytes)).toBe(true)
    }
  })
})

test('a hello that is not whole, is held back', () => {
  for (let cut = 1; cut < EVIL.length; cut++) {
    const {forwarded, names} = read(Buffer.concat([GOOD, CCS, EVIL.subarray(0, cut)]))
    expect([cut, names, forwarded.equals(Buffer.concat([GOOD, CCS]))]).toEqual([cut, ['good.test'], true])
  }
})

test('a hello larger than any, behind a cipher change, is never forwarded and refused in the end', () => {
  const reader = new ClientHelloReader()
  reader.push(Buffer.concat([GOOD, CCS, record(22, Buffer.concat([Buffer.from([1, 1, 0, 0]), Buffer.alloc(16_000)]))]))
  let refused = ''
  for (let i = 0; i < 20 && refused === ''; i++) {
    const {forward, hellos} = reader.push(record(22, Buffer.alloc(16_000)))
    for (const hello of hellos) refused = hello.kind
    if (refused === '') expect(forward.length).toBe(0)
  }
  expect(refused).toBe('malformed')
})
