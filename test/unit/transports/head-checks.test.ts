import {describe, expect, test} from 'vitest'
import {hasBody, hasFramingTrailer, readHead, type Head} from '../../../src/transports/head-checks.js'
import {clientFields, upstreamFields} from '../../../src/transports/header-filter.js'
import {identify, sanitiseAgent} from '../../../src/transports/identity.js'
import {DEFAULT_LIMITS} from '../../../src/transports/limits.js'

const read = (raw: string[], target = 'http://a.test/', method = 'GET', version = '1.1'): unknown => {
  const result = readHead(method, target, version, raw, DEFAULT_LIMITS)
  return result.ok ? result.head : result.rule
}

describe('readHead', () => {
  test('returns all facts of a head in one pass', () => {
    expect(
      read([
        'Host',
        'A',
        'CONTENT-LENGTH',
        '007',
        'Connection',
        'Close, X-Hop,, keep-alive',
        'Upgrade',
        'H2C',
        'upgrade',
        'x',
        'X-Pipelock-Agent',
        'a',
        'x-pipelock-agent',
        'b',
        'Sec-Fetch-Mode',
        'cors',
      ]),
    ).toMatchObject({
      form: 'absolute',
      host: 'A',
      length: 7,
      chunked: false,
      named: new Set(['x-hop']),
      upgrade: 'h2c,x',
      agents: ['a', 'b'],
      browser: true,
    })
  })

  test.each([
    ['/p', 'GET', 'origin'],
    ['*', 'OPTIONS', 'asterisk'],
    ['HTTP://A/', 'GET', 'absolute'],
    ['a:1', 'CONNECT', 'authority'],
  ])('form of %s', (target, method, form) => expect(read(['Host', 'a'], target, method)).toMatchObject({form}))

  test.each([
    [['Host', 'a', 'host', 'a'], 'host'],
    [[], 'host'],
    [['Host', 'a', 'Content-Length', '1', 'Content-Length', '1'], 'length'],
    [['Host', 'a', 'Content-Length', '1e3'], 'length'],
    [['Host', 'a', 'Content-Length', '9007199254740993'], 'length'],
    [['Host', 'a', 'Content_Length', '1'], 'underscore'],
    [['Host', 'a', 'Transfer_Encoding', 'chunked'], 'underscore'],
    [['Host', 'a', 'Transfer-Encoding', 'chunked', 'Content-Length', '1'], 'transfer_encoding'],
    [['Host', 'a', 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'], 'transfer_encoding'],
    [['Host', 'a', 'Transfer-Encoding', ''], 'transfer_encoding'],
    [['Host', 'a', 'Connection', 'cookie'], 'connection'],
    [['Host', 'a', 'Connection', '"x"'], 'connection'],
    [Array<string[]>(201).fill(['X', 'y']).flat(), 'fields'],
  ])('%j', (raw, rule) => expect(read(raw)).toBe(rule))

  test('version, request line and target', () => {
    expect(read(['Host', 'a'], '/', 'GET', '2.0')).toBe('version')
    expect(read(['Host', 'a'], '/', 'GET', '0.9')).toBe('version')
    expect(read(['Host', 'a'], `/${'a'.repeat(16_400)}`)).toBe('request_line')
    expect(read(['Host', 'a'], 'host.test')).toBe('target')
    expect(read(['Host', 'a b'], '/')).toBe('host')
    expect(read(['Host', ''], '/')).toMatchObject({host: ''})
    expect(read([], '/', 'GET', '1.0')).toMatchObject({host: undefined})
  })
})

describe('readHead, what two servers could read in two ways', () => {
  const HOST = ['Host', 'a']
  const head = (...fields: string[]): unknown => read([...HOST, ...fields])

  test.each([
    ...['DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER', 'REDIRECT'],
    ...['RECORD', 'FLUSH', 'SOURCE'],
  ])('method %s of another protocol, version refused', (method) => {
    expect(read(HOST, 'http://a.test/', method)).toBe('version')
  })

  test('the request line has its limit with method, spaces and version, to the byte', () => {
    const longest = DEFAULT_LIMITS.requestLineBytes - 'GET'.length - 11
    expect(read(HOST, `/${'a'.repeat(longest - 1)}`)).toMatchObject({form: 'origin'})
    expect(read(HOST, `/${'a'.repeat(longest)}`)).toBe('request_line')
  })

  test('the number of fields has its limit, to the field', () => {
    const fields = (count: number) => [
      ...HOST,
      ...Array<string[]>(count - 1)
        .fill(['X', 'y'])
        .flat(),
    ]
    expect(read(fields(DEFAULT_LIMITS.headFields))).toMatchObject({host: 'a'})
    expect(read(fields(DEFAULT_LIMITS.headFields + 1))).toBe('fields')
  })

  test('Transfer-Encoding: only chunked, in any case and between spaces and tabs, and only in HTTP/1.1', () => {
    expect(head('Transfer-Encoding', ' \tChunked\t ')).toMatchObject({chunked: true, length: undefined})
    for (const coding of ['gzip, chunked', 'chunked, chunked', '\u00a0chunked', 'identity', 'chunked;q=1'])
      expect([coding, head('Transfer-Encoding', coding)]).toEqual([coding, 'transfer_encoding'])
    expect(read([...HOST, 'Transfer-Encoding', 'chunked'], '/', 'POST', '1.0')).toBe('transfer_encoding')
    expect(head()).toMatchObject({chunked: false, length: undefined})
  })

  test('CONNECT with a body is refused, with the length 0 it is not', () => {
    const connect = (...fields: string[]) => read([...HOST, ...fields], 'a:443', 'CONNECT')
    expect(connect('Content-Length', '1')).toBe('framing')
    expect(connect('Transfer-Encoding', 'chunked')).toBe('framing')
    expect(connect('Content-Length', '0')).toMatchObject({form: 'authority', length: 0})
    expect(connect()).toMatchObject({form: 'authority', length: undefined})
    expect(read([...HOST, 'Content-Length', '1'], '/', 'POST')).toMatchObject({length: 1})
  })

  test('Content-Length: digits alone, up to the largest exact number', () => {
    for (const length of ['', '+1', '-1', '1,1', ' 1', '0x1', '1.0', 'a1', '1a', '9007199254740992'])
      expect([length, head('Content-Length', length)]).toEqual([length, 'length'])
    expect(head('content-length', '9007199254740991')).toMatchObject({length: Number.MAX_SAFE_INTEGER})
  })

  test('Expect: 100-continue in any case, once; everything else is refused', () => {
    expect(head('Expect', ' 100-Continue ')).toMatchObject({host: 'a'})
    for (const fields of [
      ['Expect', '200-ok'],
      ['expect', ''],
      ['Expect', '100-continue, x'],
      ['Expect', '100-continue', 'EXPECT', '100-continue'],
    ])
      expect([fields, head(...fields)]).toEqual([fields, 'expectation'])
    expect(head('Expected', 'x', 'Accept', '200-ok')).toMatchObject({host: 'a'})
  })

  test('Connection: its names are hop-by-hop, keep-alive and close are none, a protected or odd name is refused', () => {
    const named = (value: string) => (head('CONNECTION', value) as Partial<Head>).named
    expect(named('keep-alive')).toBeUndefined()
    expect(named('close')).toBeUndefined()
    expect(named(' Keep-Alive , CLOSE ,')).toBeUndefined()
    expect(named('X-One , close,x_two')).toEqual(new Set(['x-one', 'x-two']))
    expect(head('Connection', 'x', 'Connection', 'y')).toMatchObject({named: new Set(['x', 'y'])})
    for (const value of ['x y', 'x;y', 'x, host', 'content-length', '\u00e4'])
      expect([value, head('Connection', value)]).toEqual([value, 'connection'])
    expect(head('Proxy-Auth', 'host')).toMatchObject({named: undefined})
  })

  test.each([...['Origin', 'Sec-Fetch-Mode', 'Sec-Fetch-Site', 'Sec-Fetch-Dest', 'Sec-Fetch-User', 'sec_fetch_site']])(
    '%s: the client is a browser',
    (name) => {
      expect(head(name, 'x')).toMatchObject({browser: true})
    },
  )

  test('fields with names of the same length change nothing', () => {
    const others = [
      'Date',
      'Accept',
      'Referer',
      'User-Agent',
      'Accept-Charset',
      'Proxy-Connection',
      'X-Forwarded-Hosts',
    ]
    expect(head(...others.flatMap((name) => [name, 'chunked']))).toMatchObject({
      host: 'a',
      browser: false,
      upgrade: '',
      agents: [],
      chunked: false,
      length: undefined,
      named: undefined,
    })
  })

  test('Host of a request in origin form is a name or an address with a port of up to five digits', () => {
    const host = (value: string, target = '/') => read(['Host', value], target)
    for (const value of ['a', 'A-1.test.', 'a_b', 'a:1', 'a:65535', '[::1]', '[::1]:8080', '127.0.0.1:80', ''])
      expect([value, host(value)]).toEqual([value, expect.objectContaining({host: value})])
    for (const value of ['a:', 'a:123456', 'a/b', 'u@a', 'a:b', '[::1', '::1]', '[g::]', 'a b', 'a,b', 'a\n', '[::1]x'])
      expect([value, host(value)]).toEqual([value, 'host'])
    // the target names the host of a request in absolute form
    expect(host('u@a', 'http://a.test/')).toMatchObject({host: 'u@a'})
  })

  test.each(['mailto:a', 'a.test', '://a', '1http://a/', 'x http://a/', '', '*a'])('target %j is refused', (target) => {
    expect(read(HOST, target)).toBe('target')
  })

  test('a body is announced by a length above 0 or by chunks', () => {
    const facts = head() as Head
    expect(hasBody(facts)).toBe(false)
    expect(hasBody({...facts, length: 0})).toBe(false)
    expect(hasBody({...facts, length: 1})).toBe(true)
    expect(hasBody({...facts, chunked: true})).toBe(true)
  })

  test('trailers: a name that frames or routes a message, in any spelling, is found in every place', () => {
    for (const name of ['Content-Length', 'content_length', 'Transfer-Encoding', 'HOST']) {
      expect([name, hasFramingTrailer([name, '1'])]).toEqual([name, true])
      expect([name, hasFramingTrailer(['X', 'y', name, '1'])]).toEqual([name, true])
    }
    expect(hasFramingTrailer(['X', 'host', 'Digest', 'content-length'])).toBe(false)
    expect(hasFramingTrailer([])).toBe(false)
  })
})

describe('header filter', () => {
  test('keeps name, order and duplicates of everything else', () => {
    const raw = [
      'A',
      '1',
      'host',
      'x',
      'B',
      '2',
      'a',
      '3',
      'Via',
      'v',
      'Expect',
      '100-continue',
      'Content-Length',
      '007',
    ]
    expect(upstreamFields(raw, {named: undefined, length: 7})).toEqual([
      'A',
      '1',
      'B',
      '2',
      'a',
      '3',
      'Content-Length',
      '7',
    ])
    expect(upstreamFields(['X', '1', 'Y', '2'], {named: new Set(['x']), length: undefined})).toEqual(['Y', '2'])
  })

  test('an origin can neither have protected fields removed nor fake a verdict', () => {
    const raw = [
      'Content-Type',
      'a',
      'X-Hop',
      'b',
      'X-PIPELOCK-Block-Reason',
      'c',
      'Set-Cookie',
      '1',
      'Set-Cookie',
      '2',
    ]
    expect(clientFields(raw, {named: new Set(['content-type', 'x-hop']), length: undefined})).toEqual([
      'Content-Type',
      'a',
      'Set-Cookie',
      '1',
      'Set-Cookie',
      '2',
    ])
  })
})

describe('identity', () => {
  test('every name has one spelling', () => {
    expect(sanitiseAgent('deployment/my-agent')).toBe('deployment_my-agent')
    expect(sanitiseAgent('../../etc')).toBe('.._.._etc')
    expect(sanitiseAgent('ü'.repeat(100))).toBe('_'.repeat(64))
    expect(sanitiseAgent('')).toBe('anonymous')
  })

  test('the first source takes precedence', () => {
    const base = {headers: [], query: undefined, defaultIdentity: '', bindDefault: false}
    expect(identify({...base, query: 'q'})).toEqual({name: 'q', basis: 'self-declared'})
    expect(identify({...base, query: 'q', defaultIdentity: 'd'})).toEqual({name: 'd', basis: 'config-default'})
    expect(identify({...base, headers: ['h'], query: 'q', defaultIdentity: 'd'})).toEqual({
      name: 'h',
      basis: 'self-declared',
    })
    expect(identify({...base, bindDefault: true})).toEqual({name: 'anonymous', basis: 'self-declared'})
  })
})
