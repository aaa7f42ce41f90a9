import {describe, expect, test} from 'vitest'
import {parseClientHello} from '../../../src/transports/client-hello.js'
import {clientHello} from '../../support/client-hello.js'

const kind = (hex: string): string => parseClientHello(Buffer.from(hex, 'hex')).kind

describe('parseClientHello', () => {
  test('finds the name, in one record or many', () => {
    for (const recordBytes of [1, 3, 50, 1_000]) {
      const hello = clientHello({serverName: 'a.test', recordBytes})
      expect(parseClientHello(hello)).toEqual({
        kind: 'hello',
        serverName: 'a.test',
        encrypted: false,
        hasEarlyData: false,
      })
      // what follows belongs to the tunnel
      expect(parseClientHello(Buffer.concat([hello, Buffer.from('more')])).kind).toBe('hello')
    }
  })

  test('every prefix is incomplete, never another verdict', () => {
    for (const recordBytes of [1_000, 11]) {
      const hello = clientHello({serverName: 'a.test', recordBytes})
      for (let n = 0; n < hello.length; n++) expect(parseClientHello(hello.subarray(0, n)).kind).toBe('incomplete')
    }
  })

  test('a hello without the extension, with ECH', () => {
    expect(parseClientHello(clientHello())).toEqual({
      kind: 'hello',
      serverName: undefined,
      encrypted: false,
      hasEarlyData: false,
    })
    expect(parseClientHello(clientHello({serverName: 'a', ech: true}))).toEqual({
      kind: 'hello',
      serverName: 'a',
      encrypted: true,
      hasEarlyData: false,
    })
  })

  test.each([
    ['another record type behind', '160301000501000100031703', 'malformed'],
    ['version', '160201', 'malformed'],
    ['empty record', '1603010000', 'malformed'],
    ['record over 16 KiB', '1603014001', 'malformed'],
    ['another handshake message', '16030100040200000000', 'malformed'],
    ['message over 16 KiB', '160301000401004001', 'malformed'],
    ['no TLS', '474554', 'not_tls'],
  ])('%s', (_name, hex, expected) => expect(kind(hex)).toBe(expected))

  const sni = (hex: string): Buffer => Buffer.from(hex, 'hex')
  test.each([
    ['two names', sni('000a0000016100000162' + '0000')],
    ['list length wrong', sni('00050000016100')],
    ['name beyond the list', sni('00040000096 1'.replace(' ', ''))],
    ['empty name', sni('0003000000')],
    ['NUL in the name', sni('000600000361 0062'.replace(' ', ''))],
    ['no list', sni('00')],
  ])('server name: %s', (_name, body) => {
    expect(parseClientHello(clientHello({extensions: [[0, body]]})).kind).toBe('malformed')
  })

  test('an extension twice', () => {
    const twice: [number, Buffer][] = [
      [5, Buffer.alloc(1)],
      [5, Buffer.alloc(1)],
    ]
    expect(parseClientHello(clientHello({extensions: twice})).kind).toBe('malformed')
  })

  test('any single byte changed never throws and never reads beyond', () => {
    const hello = clientHello({serverName: 'a.test'})
    for (let i = 0; i < hello.length; i++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = Buffer.from(hello)
        changed[i] = value
        expect(() => parseClientHello(changed)).not.toThrow()
      }
    }
  })
})
