import {describe, expect, test} from 'vitest'
import {
  isCanonicalSegment,
  canonicalPath,
  literalPattern,
  literalSegment,
  matchesPattern,
  parsePattern,
  requestPath,
  type CanonicalPath,
} from '../../../../src/core/formats/path-pattern.js'

const canonical = (raw: string) => {
  const path = canonicalPath(raw)
  return typeof path === 'string' ? path : path.canonical
}
const path = (raw: string): CanonicalPath => {
  const found = requestPath(raw)
  if (typeof found === 'string') throw new Error(`${raw}: ${found}`)
  return found
}
const matches = (pattern: string, raw: string, pinned: readonly string[] = []) =>
  matchesPattern(parsePattern(pattern) ?? ['no pattern'], path(raw).segments, new Set(pinned))

describe('canonicalPath (learn §5.1)', () => {
  test.each([
    ['/', '/'],
    ['', 'path_empty'],
    ['/Repos/Acme', '/repos/acme'],
    ['/a//b', 'path_non_canonical'],
    ['/a/', 'path_non_canonical'],
    ['/a/./b', 'path_non_canonical'],
    ['/a/../b', 'path_non_canonical'],
    ['/a/%2e%2E/b', 'path_non_canonical'],
    ['/a/%2e/b', 'path_non_canonical'],
    ['/a%2Fb', 'path_non_canonical'],
    ['/a%00b', 'path_non_canonical'],
    ['/a%7fb', 'path_non_canonical'],
    ['/a\u0007b', 'path_non_canonical'],
    ['/a%zz', 'path_decode_failure'],
    ['/a%', 'path_decode_failure'],
    ['/a%c3', 'path_decode_failure'],
    ['/a%c0%af', 'path_decode_failure'],
    ['/a%ed%a0%80', 'path_decode_failure'],
    ['/\ud800', 'path_decode_failure'],
    ['/%41dmin/x', '/admin/x'],
    ['/caf%C3%89', '/caf\u00e9'],
    ['/cafe%CC%81', '/caf\u00e9'],
    ['/caf\u0065\u0301', '/caf\u00e9'],
    ['/%2525', '/%25'],
    ['a/b', 'path_non_canonical'],
    ['/x%20y', '/x y'],
    ['/\u0130stanbul', '/istanbul'],
    ['/%C4%B0stanbul', '/istanbul'],
    ['/\u039f\u03a3', '/\u03bf\u03c3'],
    ['/..a/.b/c..', '/..a/.b/c..'],
  ])('%j is %j', (raw, expected) => {
    expect(canonical(raw)).toBe(expected)
  })

  test('the limit is 2048 bytes, not characters', () => {
    expect(canonical(`/${'a'.repeat(2047)}`)).toBe(`/${'a'.repeat(2047)}`)
    expect(canonical(`/${'a'.repeat(2048)}`)).toBe('path_too_long')
    expect(canonical(`/${'é'.repeat(1023)}a`)).toBe(`/${'é'.repeat(1023)}a`)
    expect(canonical(`/${'é'.repeat(1024)}`)).toBe('path_too_long')
  })
})

test('requestPath takes an empty path for the root and drops exactly one trailing slash', () => {
  expect(path('').canonical).toBe('/')
  expect(path('/').canonical).toBe('/')
  expect(path('/guide/').canonical).toBe('/guide')
  expect(requestPath('//')).toBe('path_non_canonical')
  expect(requestPath('/guide//')).toBe('path_non_canonical')
})

describe('patterns', () => {
  test.each([
    ['/a/%2A', '/a/%2A'],
    ['/a/50%25', '/a/50%25'],
    ['/a/%252A', '/a/%252a'],
    ['/a/x*', '/a/x*'],
    ['/', '/'],
  ])('the literal pattern of %j is %j and matches it alone', (raw, expected) => {
    expect(literalPattern(path(raw).segments)).toBe(expected)
    expect(matches(expected, raw)).toBe(true)
    expect(matches(expected, '/a/other')).toBe(false)
  })

  test('a wildcard stands for one segment that is neither reserved nor pinned', () => {
    expect(matches('/a/*', '/a/17')).toBe(true)
    expect(matches('/a/*', '/a')).toBe(false)
    expect(matches('/a/*', '/a/17/b')).toBe(false)
    expect(matches('/a/*', '/a/Admin')).toBe(false)
    expect(matches('/a/*', '/a/%61dmin')).toBe(false)
    expect(matches('/a/*', '/a/ledger', ['ledger'])).toBe(false)
    expect(matches('/a/*', '/a/*')).toBe(true)
    expect(matches('/a/admin', '/a/admin')).toBe(true)
  })

  test('only %25 and %2A are escapes, decoded in one pass', () => {
    expect(parsePattern('/%252A/%2a/%41')).toEqual(['%2A', '%2a', '%41'])
    expect(parsePattern('a')).toBeUndefined()
    expect(parsePattern('/')).toEqual([])
  })
})

test('whatever canonicalPath gives is a canonical segment, also where small letters could be joined again', () => {
  const raws = ['/%C4%B0%CC%81', '/H\u0331', '/J\u030c\u0331x', '/\u00c9H\u0331', `/${'\u023a'.repeat(1000)}`, '/%2541']
  for (const raw of raws) {
    const path = canonicalPath(raw)
    const [segment = ''] = typeof path === 'string' ? [] : path.segments
    expect(isCanonicalSegment(segment), raw).toBe(true)
  }
  for (const text of ['', '.', '..', 'A', 'a/b', 'e\u0301', 'a\u0000', '\ud800', 'h\u0301\u0331']) {
    expect(isCanonicalSegment(text), JSON.stringify(text)).toBe(false)
  }
})

test('literalSegment canonicalises and holds to the grammar', () => {
  expect(literalSegment('Internal')).toBe('internal')
  expect(literalSegment('%41dmin')).toBe('admin')
  for (const text of ['', '.', 'a/b', '*', 'a?', '[x]', '%2A', 'a\u0000', 'x'.repeat(257)]) {
    expect(literalSegment(text)).toBeUndefined()
  }
})
