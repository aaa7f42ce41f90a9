import {describe, expect, test} from 'vitest'
import {readFirstBytes} from '../../../src/transports/first-bytes.js'
import {clientHello} from '../../support/client-hello.js'

const options = {host: 'site.test', sniVerification: true}
const read = (bytes: string | Buffer): string => {
  const verdict = readFirstBytes(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, options)
  return 'category' in verdict ? `${verdict.verdict}:${verdict.category}` : verdict.verdict
}

describe('readFirstBytes', () => {
  test.each([
    ['', 'wait'],
    ['\r\n\r\n', 'wait'],
    ['G', 'wait'],
    ['GET ', 'wait'],
    ['GET /', 'http'],
    ['POST http://a/', 'http'],
    ['CONNECT a:1', 'http'],
    ['anything at all HTTP/1', 'http'],
    ['anything at all http/1', 'http'],
    ['GET\x0b/ ', 'http'],
    ['PRI * HTTP/2.0\r\n', 'preface'],
    ['SSH-2.0-x', 'wait'],
    ['SSH-2.0-x\r\n', 'pass:not_tls'],
    ['EHLO mail\n', 'pass:not_tls'],
    ['\x00', 'pass:not_tls'],
    ['abc\x01', 'pass:not_tls'],
    ['abc\xff', 'pass:not_tls'],
    [`GET http://a/${'a'.repeat(20_000)}`, 'http'],
    // padding must not carry a request past the inspected part of the first line
    ['a'.repeat(16_384), 'http'],
    ['\r\n'.repeat(9_000), 'http'],
    [`GET${' '.repeat(17_000)}`, 'http'],
    [`GET${' '.repeat(17_000)}/ HTTP/1.1\r\n`, 'http'],
    [' \r\n\t\r\nGET / HTTP/1.1\r\n', 'http'],
    [' GET /old\r\n', 'http'],
    [' \r\nSSH-2.0-x\r\n', 'pass:not_tls'],
  ])('%j', (bytes, expected) => expect(read(bytes)).toBe(expected))

  test('TLS', () => {
    expect(read(clientHello({serverName: 'Site.TEST.'}))).toBe('pass:match')
    expect(read(clientHello({serverName: 'sub.site.test'}))).toBe('refuse:mismatch')
    expect(read(clientHello())).toBe('pass:no_extension')
    expect(read(clientHello({serverName: 'site.test'}).subarray(0, 9))).toBe('wait')
  })

  test('a verdict on a prefix is the verdict on the whole, byte by byte', () => {
    const inputs = [
      'GET /x HTTP/1.1\r\n',
      'SSH-2.0-x\r\n',
      '\r\nPOST /x HTTP/1.0\r\n',
      'PRI * HTTP/2.0\r\n\r\n',
      '\x00\x01',
    ].map((t): Buffer => Buffer.from(t, 'latin1'))
    inputs.push(clientHello({serverName: 'evil.test', recordBytes: 5}), clientHello({serverName: 'site.test'}))
    for (const bytes of inputs) {
      let n = 1
      while (read(bytes.subarray(0, n)) === 'wait') n++
      expect(read(bytes.subarray(0, n))).toBe(read(bytes))
    }
  })
})
