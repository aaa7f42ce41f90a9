import {expect, test} from 'vitest'
import {printable, printableJson, quoted} from '../../../src/lib/terminal.js'

const hostile = 'a\u001b[2J\u009b31m\u202e\u200b\u{e0041}\nb'

test('text for people shows what it hides', () => {
  expect(printable(hostile)).toBe('a\\x1b[2J\\x9b31m\\u{202e}\\u{200b}\\u{e0041}\\x0ab')
  expect(quoted('a"b')).toBe('"a\\"b"')
  expect(quoted('x'.repeat(300), 3)).toBe('"xxx…"')
})

test.each([
  ['caf\u00e9', 'caf\u00e9'],
  ['cafe\u0301', 'cafe\\u{301}'],
  ['\u212b', '\\u{212b}'],
  ['\u1112\u1161\u11ab \ud55c', '\\u{1112}\\u{1161}\\u{11ab} \ud55c'],
  ['\ud558\u11ab', '\\u{d558}\\u{11ab}'],
  // two marks in another order than the form's
  ['q\u0307\u0323', 'q\\u{307}\\u{323}'],
  ['q\u0323\u0307', 'q\u0323\u0307'],
  // marks that compose with nothing are the text of their scripts, whatever stands beside them
  ['\u0915\u094d\u0937\u093f e\u0301', '\u0915\u094d\u0937\u093f e\\u{301}'],
  ['\ud834\udd5e', '\\u{1d15e}'],
  ['="\u0338', '="\u0338'],
])('what is not in normal form C is shown apart: %j', (text, shown) => {
  expect(printable(text)).toBe(shown)
  const json = printableJson(JSON.stringify({[text]: text}))
  expect(JSON.parse(json)).toEqual({[text]: text})
  expect(json.normalize('NFC')).toBe(json)
})

// the engine sorts the marks on one character pair by pair: what it is given decides, not what it takes
test('no long run of marks is brought into a normal form', () => {
  const pair = '\u0307\u0323'
  const normalize = Reflect.get(String.prototype, 'normalize')
  let longest = 0
  const spy = function (this: string, form?: string): string {
    for (const [run] of String(this).matchAll(/\p{M}+/gu)) longest = Math.max(longest, run.length)
    return normalize.call(this, form)
  }
  Reflect.set(String.prototype, 'normalize', spy)
  try {
    expect(printable(`q${pair.repeat(1000)}`)).toHaveLength(1 + 14 * 1000)
    expect(printableJson(`"q${pair.repeat(1000)}"`)).toHaveLength(3 + 12 * 1000)
    expect(printable('e\u0301')).toBe('e\\u{301}')
  } finally {
    Reflect.set(String.prototype, 'normalize', normalize)
  }
  expect(longest).toBeGreaterThan(0)
  expect(longest).toBeLessThanOrEqual(30)
})

test('JSON keeps its meaning and its lines', () => {
  const value = {text: hostile, plain: 'é 😀'}
  const shown = printableJson(JSON.stringify(value, null, 2))
  expect(JSON.parse(shown)).toEqual(value)
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/)
  expect(shown.split('\n')).toHaveLength(4)
})
