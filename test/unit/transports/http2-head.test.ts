// Heads of HTTP/2 requests, on their own: nghttp2 refuses most malformed ones before, and these checks must not depend on it.
import {describe, expect, test} from 'vitest'
import {readStreamHead} from '../../../src/transports/http2-head.js'
import {DEFAULT_LIMITS} from '../../../src/transports/limits.js'

type Fields = readonly (readonly [string, string])[]

const PSEUDO: Fields = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'site.test'],
  [':path', '/a?b=1'],
]
const withValue = (name: string, value: string): Fields =>
  PSEUDO.map((field) => (field[0] === name ? [name, value] : field))
const without = (name: string): Fields => PSEUDO.filter((field) => field[0] !== name)
const read = (fields: Fields, hasBody = false): ReturnType<typeof readStreamHead> =>
  readStreamHead(fields.flat(), hasBody, DEFAULT_LIMITS)

describe('the head of a stream', () => {
  test('becomes that of an HTTP/1.1 request', () => {
    const {result, awaitsContinue, target} = read([
      ...PSEUDO,
      ['cookie', 'a=1'],
      ['te', 'trailers'],
      ['expect', '100-continue'],
      ['cookie', 'b=2'],
      ['x', '\xe9'],
    ])
    expect([target, awaitsContinue]).toEqual(['/a?b=1', true])
    expect(result).toMatchObject({
      ok: true,
      head: {
        method: 'GET',
        target: '/a?b=1',
        form: 'origin',
        host: 'site.test',
        chunked: false,
        trailers: true,
        raw: ['host', 'site.test', 'cookie', 'a=1; b=2', 'te', 'trailers', 'expect', '100-continue', 'x', '\xe9'],
      },
    })
  })

  test('takes its authority from the Host field where it has no other', () => {
    const {result} = read([...without(':authority'), ['host', 'site.test']])
    expect(result).toMatchObject({ok: true, head: {host: 'site.test'}})
  })

  test.each([
    [true, [], true],
    [false, [], false],
    [true, [['content-length', '3']], false],
  ] as const)('with a body (%j) and the fields %j is chunked: %j', (hasBody, fields, chunked) => {
    expect(read([...PSEUDO, ...fields], hasBody).result).toMatchObject({ok: true, head: {chunked}})
  })

  test('of an extended CONNECT is an upgrade, which is refused like one', () => {
    const {result} = read([...withValue(':method', 'CONNECT'), [':protocol', 'websocket']], true)
    expect(result).toMatchObject({ok: true, head: {method: 'GET', upgrade: 'websocket', chunked: false}})
  })

  test.each<[name: string, fields: Fields, rule: string]>([
    ['a pseudo-field behind a field', [['x', '1'], ...PSEUDO], 'framing'],
    ['a pseudo-field twice', [...PSEUDO, [':path', '/']], 'framing'],
    ['an unknown pseudo-field', [...PSEUDO, [':x', '1']], 'framing'],
    ['a line break in a pseudo-field', withValue(':authority', 'site.test\r\nx: y'), 'framing'],
    ['a line break in a value', [...PSEUDO, ['x', 'a\r\nb']], 'framing'],
    ['a NUL in a value', [...PSEUDO, ['x', 'a\0b']], 'framing'],
    ['a space at the end of a value', [...PSEUDO, ['x', 'a ']], 'framing'],
    ['an upper-case name', [...PSEUDO, ['X', 'a']], 'framing'],
    ['a space in a name', [...PSEUDO, ['x y', 'a']], 'framing'],
    ['an empty name', [...PSEUDO, ['', 'a']], 'framing'],
    ['transfer-encoding', [...PSEUDO, ['transfer-encoding', 'chunked']], 'connection'],
    ['connection', [...PSEUDO, ['connection', 'x']], 'connection'],
    ['upgrade', [...PSEUDO, ['upgrade', 'websocket']], 'connection'],
    ['te other than trailers', [...PSEUDO, ['te', 'trailers, gzip']], 'connection'],
    ['two hosts', [...PSEUDO, ['host', 'site.test'], ['host', 'site.test']], 'host'],
    ['a host that differs', [...PSEUDO, ['host', 'other.test']], 'host'],
    ['no authority', without(':authority'), 'host'],
    ['userinfo', withValue(':authority', 'u@site.test'), 'host'],
    ['a path in the authority', withValue(':authority', 'site.test/x'), 'host'],
    ['two lengths', [...PSEUDO, ['content-length', '1'], ['content-length', '1']], 'length'],
    ['a signed length', [...PSEUDO, ['content-length', '+1']], 'length'],
    ['content_length', [...PSEUDO, ['content_length', '1']], 'underscore'],
    ['transfer_encoding', [...PSEUDO, ['transfer_encoding', 'chunked']], 'underscore'],
    ['another expectation', [...PSEUDO, ['expect', 'x']], 'expectation'],
    ['no path', without(':path'), 'target'],
    ['a space in the path', withValue(':path', '/a b'), 'target'],
    ['an absolute path', withValue(':path', 'https://other.test/'), 'target'],
    ['a backslash in the path', withValue(':path', '/\\other.test'), 'target'],
    ['an asterisk in a GET', withValue(':path', '*'), 'target'],
    ['no scheme', without(':scheme'), 'target'],
    ['another scheme', withValue(':scheme', 'http'), 'target'],
    ['a path in a CONNECT', withValue(':method', 'CONNECT'), 'target'],
    ['an unknown method', withValue(':method', 'FOO'), 'framing'],
    ['a lower-case method', withValue(':method', 'get'), 'framing'],
    ['a protocol without CONNECT', [...PSEUDO, [':protocol', 'websocket']], 'framing'],
    ['another protocol', [...withValue(':method', 'CONNECT'), [':protocol', 'connect-udp']], 'framing'],
    ['too many bytes', [...PSEUDO, ['x', 'a'.repeat(DEFAULT_LIMITS.headBytes)]], 'head_size'],
    ['too many fields', [...PSEUDO, ...Array.from({length: 200}, (_, i) => [`x${i}`, ''] as const)], 'fields'],
  ])('with %s is refused', (_, fields, rule) => {
    expect(read(fields).result).toEqual({ok: false, rule})
  })
})
