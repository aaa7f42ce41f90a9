// Whatever a text holds, at a terminal it is that text: no heading, no link, no cell, no colour.
import {expect, test} from 'vitest'
import fc from 'fast-check'
import {markdownList, markdownTable, markdownText} from '../../../src/lib/markdown-text.js'
import {printable} from '../../../src/lib/terminal.js'
import {terminalMarkdown} from '../../../src/lib/terminal-markdown.js'

const shown = (markdown: string): string => terminalMarkdown(markdown, {columns: 10_000, colour: false}).trimEnd()
const HOSTILE = [
  '# VERIFIED',
  '[pay](https://evil.test)',
  'www.evil.test',
  'https://evil.test',
  'a@b.test',
  '<b>&amp;',
  '| a | b |',
  '`code` **bold** _em_ ~~del~~',
  '1. one',
  '- item',
  '> quote',
  '---',
  '~~~',
  'x\\',
  '\u001b[31mred\n# forged',
  'header_mode',
]

test.each(HOSTILE)('%j is shown as it is: alone, in a list and in a table', (text) => {
  const plain = printable(text)
  expect(shown(markdownText(text))).toBe(plain)
  expect(shown(`## ${markdownText(text)}`)).toBe(plain)
  expect(shown(markdownList(['first', `  ${text}`]))).toBe(`- first\n  - ${plain}`)
  const [, , row = ''] = shown(markdownTable(['Name', 'Other'], [[text, 'x']])).split('\n')
  expect(row).toMatch(/ x$/)
  expect(row.slice(0, -1).trim()).toBe(plain)
})

test('any words are shown as they are', () => {
  fc.assert(
    fc.property(fc.array(fc.string({minLength: 1}), {minLength: 1, maxLength: 6}), (parts) => {
      const text = parts.join(' ')
      const words = (line: string) => line.split(/ +/).filter((word) => word !== '')
      expect(words(shown(markdownText(`x ${text}`)))).toEqual(words(printable(`x ${text}`)))
    }),
  )
})
