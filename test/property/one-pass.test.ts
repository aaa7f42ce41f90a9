// Law of the walker: what it accepts it answers like RE2, and what it cannot follow it refuses.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {compilePattern, openEngine} from '../../src/lib/regex/engine.js'
import {onePass} from '../../src/lib/regex/one-pass.js'
import {checkPattern} from '../../src/lib/regex/syntax.js'
import {BUILT_IN_PATTERNS} from '../../src/plugins/dlp/patterns.js'

const engine = openEngine('re2js')

const atom = fc.constantFrom(
  'a',
  'b',
  '-',
  '_',
  '\\.',
  '.',
  '[a-c]',
  '[^a]',
  '[0-9_]',
  '\\s',
  '\\w',
  '(?-i:A)',
  '(?:a|b)',
  '(?:ab|a)',
)
const sign = fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{1,2}', '{2,}', '{02}', '{1,02}')
const piece = fc.tuple(atom, sign).map(([a, s]) => a + s)
const plain = fc.array(piece, {minLength: 1, maxLength: 5}).map((pieces) => pieces.join(''))
const source = fc.oneof(
  plain,
  fc.tuple(plain, plain).map(([a, b]) => `${a}|${b}`),
  fc.tuple(plain, sign, plain).map(([a, s, b]) => `(?:${a})${s === '*' || s === '?' ? '+' : s}${b}`),
)
const text = fc.array(fc.constantFrom('a', 'A', 'b', 'c', '0', '_', '-', '.', ' ', '\n', '\u00e9', '\u{1f600}'), {
  maxLength: 12,
})

test('answers like RE2 at every place', () => {
  let accepted = 0
  fc.assert(
    fc.property(source, text, fc.constantFrom('', 'a-', '\n'), (expression, characters, other) => {
      const walk = onePass(expression)
      if (walk === undefined) return
      accepted++
      const whole = characters.join('')
      const matcher = compilePattern(engine, expression)
      let at = 0
      for (const character of [...characters, '']) {
        const span = matcher.exec(whole, at)
        const expected = span?.start === at ? span.end : -1
        const end = walk(whole, at)
        expect([expression, whole, at, Math.max(-1, end)]).toEqual([expression, whole, at, expected])
        // what follows the last place that was inspected changes nothing
        if (end < 0 && -end <= whole.length) expect(walk(`${whole.slice(0, -end)}${other}`, at)).toBe(end)
        at += character.length
      }
    }),
    {numRuns: 2000},
  )
  expect(accepted).toBeGreaterThan(300)
})

test.each([
  'a*a',
  '[a-c]{1,3}b',
  '(?:ab?){2}b',
  '(?:a|ab){2}c',
  '^a',
  'a\\b',
  'a+?',
  '(a)',
  '\\pL',
  'a{2}{3}',
  '(?:a',
  'é',
])('refuses what only an engine follows: %s', (expression) => {
  expect(onePass(expression)).toBeUndefined()
})

test('every built-in pattern is one-pass, since its expression is only compiled when it has a candidate', () => {
  const others = BUILT_IN_PATTERNS.filter(({regex}) => onePass(regex) === undefined)
  expect(others.map(({name}) => name)).toEqual([])
})

test.each(['ba{01}', 'ba{00}', 'ba{1,02}', 'ba{02,}'])('%s: a count that begins with a zero is text', (expression) => {
  expect(checkPattern(expression)).toBeUndefined()
  expect(onePass(expression)).toBeUndefined()
  // the native one where it loads
  for (const each of [openEngine(), engine]) {
    const matcher = compilePattern(each, expression)
    expect(matcher.exec('baa', 0)).toBeUndefined()
    expect(matcher.exec(expression, 0)).toMatchObject({start: 0, end: expression.length})
  }
})

test('a count of zero is a count', () => {
  expect(onePass('ba{0}c')?.('bc', 0)).toBe(2)
})
