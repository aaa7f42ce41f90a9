import {describe, expect, test} from 'vitest'
import {
  isCanonicalSegment,
  canonicalPath,
  literalPattern,
  literalSegment,
  matchesPattern,
  parsePattern,
  requestPath,
  RESERVED_SEGMENTS,
  SetApart,
  type CanonicalPath,
} from '../../../src/formats/path-pattern.js'

const canonical = (raw: string) => {
  const path = canonicalPath(raw)
  return typeof path === 'string' ? path : path.canonical
}
const path = (raw: string): CanonicalPath => {
  const path = requestPath(raw)
  if (typeof path === 'string') throw new Error(`${raw}: ${path}`)
  return path
}
const matches = (pattern: string, raw: string, pinned: readonly string[] = []) =>
  matchesPattern(parsePattern(pattern) ?? ['no pattern'], path(raw).segments, new SetApart(pinned))

describe('canonicalPath', () => {
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

test('requestPath maps an empty path to the root and drops exactly one trailing slash', () => {
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

  test('a wildcard matches one segment that is neither reserved nor pinned', () => {
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

/** Spellings that some server reads as the name. */
const DISGUISES: Readonly<Record<string, (name: string) => readonly string[]>> = {
  'path parameter': (name) => [`${name};`, `${name};x=1`, `${name}%3bx`, `${name}%253Bx`, `${name}%25253bx`],
  backslash: (name) => [`\\${name}`, `%5c${name}`, `${name}%5C`, `x%5c${name}`, `%255c${name}`],
  'another slash': (name) => [
    `x%252f${name}`,
    `%252F${name}`,
    `%ef%bc%8f${name}`,
    `%e2%88%95${name}`,
    `%ef%bc%bc${name}`,
  ],
  'further escapes': (name) => [
    everyByte(name, '%25'),
    everyByte(name, '%2525'),
    `%25u00${hex(name, 0)}${name.slice(1)}`,
  ],
  margins: (name) => [
    `%20${name}`,
    `${name}%20`,
    `${name}.`,
    `${name}...`,
    `.${name}`,
    `${name}%20.%20`,
    `${name}+`,
    `${name}%c2%a0`,
  ],
  controls: (name) => [`${name}%2500`, `${name}%250a`, `%2509${name}`, `${name}%c2%85`],
  invisible: (name) => [`${name}%e2%80%8b`, `${name.slice(0, 1)}%c2%ad${name.slice(1)}`, `%ef%bb%bf${name}`],
  'full width': (name) => [
    encodeURIComponent(shifted(name, 0xfee0)),
    encodeURIComponent(shifted(name.toUpperCase(), 0xfee0)),
  ],
  capitals: (name) => [name.toUpperCase(), `${name.slice(0, 1).toUpperCase()}${name.slice(1)};`],
}
const everyByte = (name: string, percent: string) =>
  [...name].map((c) => `${percent}${c.charCodeAt(0).toString(16)}`).join('')
const hex = (name: string, at: number) => name.charCodeAt(at).toString(16)
const shifted = (name: string, by: number) =>
  [...name].map((c) => (/[a-z]/i.test(c) ? String.fromCodePoint(c.charCodeAt(0) + by) : c)).join('')
const isRefused = (raw: string, pinned: readonly string[] = []): boolean =>
  typeof requestPath(raw) === 'string' || !matches('/items/*/parts', raw, pinned)

describe('a wildcard never matches a name that a server reads otherwise', () => {
  test.each(Object.entries(DISGUISES))('%s', (_, disguises) => {
    for (const name of [...RESERVED_SEGMENTS, 'ledger']) {
      for (const text of disguises(name)) expect(isRefused(`/items/${text}/parts`, ['ledger']), text).toBe(true)
    }
  })

  test('look-alikes of other scripts, in capitals and small letters', () => {
    for (const text of [
      '\u0430dmin',
      '\u0410DMIN',
      't\u043e\u043aen',
      '\u0422\u043eken',
      'bill\u0131ng',
      's\u0455h',
      'pa\u00dfword',
    ]) {
      expect(isRefused(`/items/${encodeURIComponent(text)}/parts`), text).toBe(true)
    }
  })

  test('a pinned value in all its readings, in any letter case', () => {
    for (const [pin, text] of [
      ['caf\u00e9', 'cafe%CC%81%20'],
      ['r\u00e9sum\u00e9', 'resume'],
      ['daily.report', 'daily%252ereport'],
      ['a;b', 'a'],
    ] as const) {
      expect(isRefused(`/items/${text}/parts`, [pin]), text).toBe(true)
      expect(isRefused(`/items/${text}/parts`, ['other']), text).toBe(false)
    }
  })

  test('dot segments with anything that a server drops', () => {
    for (const text of [
      '..;',
      '.;',
      '..;/x'.slice(0, 3),
      '..%3b',
      '..%253b',
      '%252e%252e',
      '.%20',
      '..%20',
      '...',
      '%e2%80%a5',
      '%20',
      '%E2%80%8B',
      '+',
      '..%5c',
      '%252e%5c',
    ]) {
      expect(isRefused(`/items/${text}/parts`), text).toBe(true)
    }
  })

  test('escapes that are not UTF-8 text, or never end', () => {
    for (const text of ['%25c0%25af', '%25c0%25ae', '%25ff', `%${'25'.repeat(40)}41`]) {
      expect(isRefused(`/items/${text}/parts`), text).toBe(true)
    }
  })

  test('a segment that holds the name and more is another name', () => {
    for (const text of ['admin.json', 'adminx', 'my-admin', 'token_1', 'key=1', 'me2', 'users,active', 'cert.pem']) {
      expect(isRefused(`/items/${text}/parts`), text).toBe(false)
    }
  })
})

test('a wildcard matches ordinary names', () => {
  const names = [
    '17',
    'v1.2',
    '2026-05-01',
    '0198f0a2-7c1e-7000-8000-5a3b2c1d0e0f',
    'README.md',
    '.gitignore',
    'archive.tar.gz',
    'a..b',
    'joe@example.com',
    'joe+tag@example.com',
    '@scope%2Fname'.replace('%2F', '-'),
    'quarterly%20report%202026.pdf',
    'c%2B%2B',
    'c++',
    '100%25',
    '50%25%20off',
    '%E6%9D%B1%E4%BA%AC',
    'stra%C3%9Fe',
    'jos%C3%A9',
    '%D0%BE%D1%82%D1%87%D1%91%D1%82',
    '%F0%9F%9A%80',
    '%C2%BD-cup',
    '~joe',
    '(draft)',
    "o'neil",
    'a:b',
    'a,b',
    'a=b',
    'x!',
    '$1',
    'a&b',
    'foo%20',
    'caf%C3%A9.txt',
    'sha256:00ff',
    'ab%7Ccd',
    'q%3Fr',
    'n%23m',
    '%5Bid%5D',
    '*',
  ]
  for (const name of names) expect(isRefused(`/items/${name}/parts`), name).toBe(false)
})

test('every segment of canonicalPath is a canonical segment, also where small letters could be composed again', () => {
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

test('literalSegment canonicalises and enforces the grammar', () => {
  expect(literalSegment('Internal')).toBe('internal')
  expect(literalSegment('%41dmin')).toBe('admin')
  for (const text of ['', '.', 'a/b', '*', 'a?', '[x]', '%2A', 'a\u0000', 'x'.repeat(257)]) {
    expect(literalSegment(text)).toBeUndefined()
  }
})
