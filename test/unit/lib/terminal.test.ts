import {expect, test} from 'vitest'
import {printable, printableJson, quoted} from '../../../src/lib/terminal.js'

const hostile = 'a\u001b[2J\u009b31m\u202e\u200b\u{e0041}\nb'

test('text for people shows what it hides', () => {
  expect(printable(hostile)).toBe('a\\x1b[2J\\x9b31m\\u{202e}\\u{200b}\\u{e0041}\\x0ab')
  expect(quoted('a"b')).toBe('"a\\"b"')
  expect(quoted('x'.repeat(300), 3)).toBe('"xxx…"')
})

test('JSON keeps its meaning and its lines', () => {
  const value = {text: hostile, plain: 'é 😀'}
  const shown = printableJson(JSON.stringify(value, null, 2))
  expect(JSON.parse(shown)).toEqual(value)
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u200b]/)
  expect(shown.split('\n')).toHaveLength(4)
})
