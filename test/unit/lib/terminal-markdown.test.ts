// Markdown at a terminal: nothing is lost, nothing is wider than the terminal but a single word, and no text that a report quotes
// reaches the terminal as a control sequence.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {terminalMarkdown} from '../../../src/lib/terminal-markdown.js'

const plain = (markdown: string, columns = 80): string => terminalMarkdown(markdown, {columns, colour: false})
const withoutStyle = (text: string): string => text.replace(/\u001b\[[0-9]+m/g, '')

describe('terminal markdown', () => {
  test('a heading, a list and a fence keep their text and lose their marks', () => {
    expect(plain('# Review: ready\n\n- agent: `coder`\n- 2 of **5** rules\n\n~~~sh\nls -l\n~~~\n')).toBe(
      'Review: ready\n\n- agent: coder\n- 2 of 5 rules\n\n    ls -l\n',
    )
  })

  test('a numbered list counts from its start, and a nested list is indented', () => {
    expect(plain('3. one\n4. two\n   - deep\n')).toBe('3. one\n4. two\n   - deep\n')
  })

  test('a table that fits stands in columns', () => {
    expect(plain('| pattern | events |\n|---|---|\n| `/v1/orders` | 18 |\n| `/x` | 1 |\n')).toBe(
      'pattern     events\n──────────  ──────\n/v1/orders  18\n/x          1\n',
    )
  })

  test('a cell that is too long is wrapped at its words', () => {
    expect(plain('| a | note |\n|---|---|\n| x | one two three four five six |\n', 20)).toBe(
      'a  note\n─  ─────────────────\nx  one two three\n   four five six\n',
    )
  })

  test('a table that would tear words apart lists its rows with the heads as names', () => {
    const path = `/v1/${'long/'.repeat(6)}end`
    expect(plain(`| pattern | events | class |\n|---|---|---|\n| \`${path}\` | 18 | public |\n`, 36)).toBe(
      `${path}\n  events 18, class public\n`,
    )
  })

  test('a code span is never broken, not even at its spaces', () => {
    expect(plain('aaaa `GET /a b` cccc', 20)).toBe('aaaa GET /a b cccc\n')
    expect(plain('aaaaaaaaaaaaaa `GET /a b` cccc', 20)).toBe('aaaaaaaaaaaaaa\nGET /a b cccc\n')
  })

  test('styles are added with colour only, and take no width', () => {
    const markdown = '# Title\n\n| **a** | `b` |\n|---|---|\n| x | y |\n'
    const shown = terminalMarkdown(markdown, {columns: 40, colour: true})
    expect(shown).toContain('\u001b[')
    expect(withoutStyle(shown)).toBe(plain(markdown, 40))
  })

  test.each([
    ['an escape sequence', '\u001b[2J'],
    ['a carriage return in a cell', 'a\u0085b'],
    ['a bidirectional override', '\u202egpj.exe'],
    ['an 8-bit control', '\u009b31m'],
  ])('%s is shown, not obeyed', (_, text) => {
    for (const markdown of [
      text,
      `\`${text}\``,
      `# ${text}`,
      `| h |\n|---|\n| ${text} |`,
      `~~~\n${text}\n~~~`,
      `<b>${text}</b>`,
    ]) {
      const shown = plain(markdown)
      expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
    }
  })

  test('property: every word of a paragraph, a list and a table is kept, in order', () => {
    const word = fc.stringMatching(/^[a-z0-9/.]{1,30}$/)
    fc.assert(
      fc.property(
        fc.array(fc.array(word, {minLength: 2, maxLength: 2}), {minLength: 1, maxLength: 6}),
        fc.integer({min: 20, max: 120}),
        (rows, columns) => {
          const table = `| ONE | TWO |\n|---|---|\n${rows.map((row) => `| \`${row.join('` | `')}\` |\n`).join('')}`
          const words = plain(table, columns)
            .replaceAll(/[─,]|ONE|TWO/g, ' ')
            .split(/\s+/)
            .filter(Boolean)
          expect(words).toEqual(rows.flat())
          for (const line of plain(table, columns).split('\n')) {
            if (line.trim().includes(' ')) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 35))
          }
        },
      ),
    )
  })
})
