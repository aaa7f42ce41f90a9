import {describe, expect, test} from 'vitest'
import {canonicalName, checkDomainPattern, compileDomainList} from '../../../src/lib/domain-list.js'

describe('domain lists', () => {
  test.each([
    ['example.com', 'example.com', true],
    ['example.com', 'a.example.com', false],
    ['EXAMPLE.com.', 'example.com', true],
    ['*.example.com', 'example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'badexample.com', false],
    ['*.example.com', 'example.com.evil.test', false],
    ['bücher.example', 'xn--bcher-kva.example', true],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example', true],
    ['0x7f000001', '127.0.0.1', true],
    ['[::1]', '::1', true],
    ['::1', '::1', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '110.0.0.1', false],
  ])('%s and %s', (entry, host, covered) => {
    expect(compileDomainList([entry]).match(host)).toBe(covered ? entry : undefined)
  })

  test('prefers the exact entry, then the longest suffix', () => {
    const list = compileDomainList(['*.com', '*.example.com', 'a.example.com', '*'], {broad: true})
    expect(list.match('a.example.com')).toBe('a.example.com')
    expect(list.match('b.example.com')).toBe('*.example.com')
    expect(list.match('other.com')).toBe('*.com')
    expect(list.match('10.0.0.1')).toBe('*')
  })

  test.each([
    '',
    '*',
    '*.com',
    'a*.com',
    '*.*.com',
    'exa?ple.com',
    'http://x.test',
    'x.test/p',
    'x.test:80',
    'a b',
    'a..b',
  ])('refuses %j', (entry) => {
    expect(checkDomainPattern(entry)).toBeDefined()
    expect(() => compileDomainList([entry])).toThrow()
  })

  test('lets a blocklist be broad', () => {
    expect(checkDomainPattern('*', {broad: true})).toBeUndefined()
    expect(checkDomainPattern('*.com', {broad: true})).toBeUndefined()
    expect(checkDomainPattern('*.168.1.1', {broad: true})).toBe('is a wildcard over addresses')
  })

  test('brings names into the form of a parsed URL', () => {
    expect(canonicalName('ExAmple.COM.')).toBe('example.com')
    expect(canonicalName('127.1')).toBe('127.0.0.1')
    expect(canonicalName('a/b')).toBeUndefined()
  })
})
