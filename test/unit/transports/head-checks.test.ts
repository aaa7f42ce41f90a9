import {describe, expect, test} from 'vitest'
import {readHead} from '../../../src/transports/head-checks.js'
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
