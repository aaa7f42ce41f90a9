// Paths of routes: what each kind matches, what is refused, and how a lenient server reads a path.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {openEngine} from '../../../../src/lib/regex/engine.js'
import {
  compilePath,
  lenientPath,
  pathProblem,
  regexProblem,
  type PathSection,
} from '../../../../src/plugins/routes/path.js'

const matches = (section: PathSection, path: string, folded = false): boolean =>
  compilePath(section, () => openEngine(), folded)(path)

describe('a path', () => {
  test.each<[PathSection, readonly string[], readonly string[]]>([
    [{exact: '/a/b'}, ['/a/b'], ['/a/b/', '/a', '/A/b', '/a/b/c']],
    [{exact: '/caf\u00e9'}, ['/caf%C3%A9', '/caf\u00e9'], ['/cafe']],
    [{prefix: '/a'}, ['/a', '/a/', '/a/b'], ['/ab', '/', '/A/b']],
    [{prefix: '/a/'}, ['/a/', '/a/b/c'], ['/a', '/ab/']],
    [{prefix: '/'}, ['/', '/x', '/x/y'], []],
    [{template: '/r/{year}/q'}, ['/r/2026/q'], ['/r/2026', '/r//q', '/r/2026/q/', '/r/a/b/q']],
    [{template: '/r/{year}/**'}, ['/r/2026', '/r/2026/', '/r/2026/a/b'], ['/r', '/r/', '/x/2026/a']],
    [{template: '/a b/{x}'}, ['/a%20b/c', '/a b/c'], ['/a/c']],
    [{regex: '/v[0-9]+/.*'}, ['/v1/', '/v22/x'], ['/v/', '/x/v1/', '/V1/']],
    [{regex: '/a|/b'}, ['/a', '/b'], ['/ab', '/bc', '/x/a']],
  ])('%o', (section, inside, outside) => {
    for (const path of inside) expect([path, matches(section, path)]).toEqual([path, true])
    for (const path of outside) expect([path, matches(section, path)]).toEqual([path, false])
  })

  test.each<PathSection>([{exact: '/a/b'}, {prefix: '/a'}, {template: '/a/{x}'}, {regex: '/a/b'}])(
    '%o without regard to case',
    (section) => {
      expect([matches(section, '/A/B'), matches(section, '/A/B', true)]).toEqual([false, true])
    },
  )

  test.each([
    ['exact', 'a', /begin with/],
    ['exact', '/a?b', /query/],
    ['prefix', '/a/../b', /two ways/],
    ['prefix', '/a%2fb', /two ways/],
    ['exact', '/a;b', /two ways/],
    ['exact', '/a//b', /two ways/],
    ['prefix', '/a\\b', /backslash/],
    ['prefix', '/{x}', /placeholder/],
    ['template', '/a{x}', /segment/],
    ['template', '/**/a', /elsewhere/],
    ['template', '/a//b', /empty segment/],
  ])('%s %s is refused', (kind, text, problem) => {
    expect(pathProblem(kind, text)).toMatch(problem)
  })

  test('an expression that only closes the group around it is none', () => {
    for (const source of ['a)(b', '(', '[', 'a**', '\\1']) expect(regexProblem(openEngine(), source)).toBeDefined()
    expect(regexProblem(openEngine(), '/(?i)a|b')).toBeUndefined()
  })
})

describe('the reading of a lenient server', () => {
  test.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a/b/', '/a/b/'],
    ['/a//b', '/a/b'],
    ['/a/./b', '/a/b'],
    ['/a/x/../b', '/a/b'],
    ['/a/..;/b', '/b'],
    ['/a/x;y=z/b', '/a/x/b'],
    ['/a%2fb', '/a/b'],
    ['/a%252fb', '/a/b'],
    ['/%61', '/a'],
    ['/a/%2e%2e/b', '/b'],
    ['/a\\..\\b', '/b'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/../../a', '/a'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a%', '/a%'],
    ['/caf%C3%A9', '/caf\u00e9'],
    ['/%E9', '/\ufffd'],
    ['/a/%u002e%u002e%u2215b', '/b'],
    ['/a%ef%bc%8f%ef%bc%8e.%ef%bc%8fb', '/b'],
  ])('of %s is %s', (path, reading) => {
    expect(lenientPath(path)).toBe(reading)
  })

  test('reads the same when it is read again, and never has a dot segment', () => {
    const piece = fc.constantFrom(
      'a',
      '..',
      '.',
      '%2e',
      '%2f',
      '%5c',
      '%25',
      '2e',
      ';',
      '\\',
      '/',
      '//',
      '%',
      '%41',
      '\u00e9',
    )
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 12}), (pieces) => {
        const reading = lenientPath(`/${pieces.join('')}`)
        expect(reading.split('/')).not.toContain('..')
        expect(reading).toMatch(/^\//)
        expect(reading).not.toMatch(/\/\/|;|\\/)
      }),
    )
  })
})
