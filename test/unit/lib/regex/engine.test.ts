import {describe, expect, test} from 'vitest'
import {compilePattern, openEngine, type RegexEngine} from '../../../../src/lib/regex/engine.js'
import {fallbackEngine} from '../../../../src/lib/regex/fallback.js'
import {loadNativeEngine} from '../../../../src/lib/regex/native.js'
import {checkPattern} from '../../../../src/lib/regex/syntax.js'

const native = loadNativeEngine()
if (native === undefined) process.stderr.write('native engine rows are left out: re2 does not load here\n')
const engines: readonly RegexEngine[] = native === undefined ? [fallbackEngine] : [native, fallbackEngine]

const ACCEPTED = [
  'a', '(?i)a', 'a{2}{3}'.slice(0, 4), '(?s).', '(?m)^a$', '(?U)a+', '(?i-s:x)', '(?-i:A)', '[[:alpha:]]', '[+-\\-]', '\\x{41}',
  '\\x41', '\\012', '(?P<n>a)', '(?<n>a)', '{', 'a{,3}', '[]a]', '[^]a]', '[\\w-a]', '\\-', '\\ ', 'a|', '()', '\\pL',
  '\\p{L}', '\\p{^L}', '\\P{Greek}', '\\pN', '\\z', '\\A', '\\bx\\B', '(a{100}){10}', 'x{1000}', '\\Qa.b\\E', 'é', '[é-ü]', 'a{0}',
] // prettier-ignore
const REFUSED = [
  '', '(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(?>a)', '\\1', '\\k<n>', 'a++', 'a**', 'a{2}{3}', '\\u0041', '\\cA', '\\C',
  '\\p{Letter}', '\\p{Script=Greek}', '\\Z', '\\G', '[a-z', '[[:foo:]]', '[z-a]', '[a-\\d]', '\\x4', '\\x{110000}', 'x{1001}',
  '(a{100}){11}', '(?:a', 'a)', '(?', '*a', 'a|*', '\\', '(?P<1>a)', '(?P<n>a)(?P<n>b)', '\\p{Cn}', '(((\\pL{100}){5}))',
] // prettier-ignore

describe('patterns are accepted by both engines or by none', () => {
  test.each(ACCEPTED)('accepts %j', (source) => {
    for (const engine of engines) expect(() => compilePattern(engine, source)).not.toThrow()
  })

  test.each(REFUSED)('refuses %j', (source) => {
    for (const engine of engines) expect(() => compilePattern(engine, source)).toThrow()
  })

  test('says where', () => {
    expect(checkPattern('abc(?=d)')).toBe('look-around is not supported at position 3')
    expect(checkPattern('(x{100}){11}')).toBe('repeat count above 1000 at position 0')
  })
})

describe('hits and spans', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['key=[a-z]+', 'x key=abc key=def'],
    ['sk', 'S\u212a \u017fk sK'],
    ['[k-s]+', '\u212a\u017fks'],
    ['^a', 'ba\na'],
    ['(?m)^a', 'ba\na'],
    ['a$', 'a\n'],
    ['\\bx', 'é x éx'],
    ['.', '\u{1f600}\n'],
    ['(?s).', '\n'],
    ['\\p{Greek}+', 'abc αβγ'],
    ['[^a]', 'aé'],
    ['a*', 'baac'],
    ['\\s\\S', ' \u00a0x'],
    ['\\w', 'é_'],
  ]

  test.skipIf(native === undefined).each(cases)('%s in %j', (source, text) => {
    const spans = engines.map((engine) => {
      const matcher = compilePattern(engine, source)
      const results = []
      for (let from = 0; from <= text.length;) {
        const span = matcher.exec(text, from)
        if (span === undefined) break
        results.push(span)
        from = Math.max(span.end, span.start + 1)
      }
      return results
    })
    expect(spans[0]).toEqual(spans[1])
  })
})

describe('choice of the engine', () => {
  test('takes the named one and never anything else', () => {
    expect(openEngine('re2js').name).toBe('re2js')
    expect(['re2', 're2js']).toContain(openEngine().name)
    expect(() => openEngine('builtin')).toThrow('unknown regular expression engine')
  })
})
