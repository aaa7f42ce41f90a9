// Text in Markdown that is laid out at a terminal. Whatever a text holds, it forms no heading, link, table cell or list.
import {printable} from './terminal.js'

/** One line, in which nothing is markup. */
export function markdownText(text: string): string {
  return printable(text).replace(/[!-/:-@[-`{-~]/g, '\\$&')
}

/** Lines of plain text as a list; two spaces before a line are one level. */
export function markdownList(lines: readonly string[]): string {
  return lines
    .map((line) => {
      const [indent = ''] = /^(?: {2})*/.exec(line) ?? []
      return `${indent}- ${markdownText(line.slice(indent.length))}`
    })
    .join('\n')
}

/** A table; a row may be shorter than the head. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}
