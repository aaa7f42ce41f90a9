// Markdown for a terminal: headings, lists, code and tables that fit its width. Only the structure comes from the parser; every
// text passes `printable`, so that nothing a report quotes can move the cursor or colour itself.
import {lexer, type Token, type Tokens} from 'marked'
import {printable} from './terminal.js'

export interface TerminalStyle {
  /** Characters of a line. */
  readonly columns: number
  readonly colour: boolean
}

/** A text that counts its own width: what styles add takes no column. */
interface Word {
  readonly text: string
  readonly width: number
}

type Paint = (code: string, text: string) => string

const BOLD = '1'
const DIM = '2'
const ITALIC = '3'
const UNDERLINE = '4'
const CYAN = '36'
/** Below this a column of a table cannot be read. */
const MIN_CELL = 8
const GAP = 2

/** Lines end with a line feed. */
export function terminalMarkdown(markdown: string, {columns, colour}: TerminalStyle): string {
  const paint: Paint = (code, text) => (colour && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text)
  return `${blocks(lexer(markdown), Math.max(20, columns), paint).join('\n')}\n`
}

function blocks(tokens: readonly Token[], width: number, paint: Paint): string[] {
  const lines: string[] = []
  for (const token of tokens) {
    if (token.type === 'space') continue
    if (lines.length > 0) lines.push('')
    lines.push(...block(token, width, paint))
  }
  return lines
}

function block(token: Token, width: number, paint: Paint): string[] {
  switch (token.type) {
    case 'heading':
      return wrap(
        wordsOf(inline(token), paint, (token as Tokens.Heading).depth === 1 ? [BOLD, UNDERLINE] : [BOLD]),
        width,
      )
    case 'list':
      return listLines(token as Tokens.List, width, paint)
    case 'table':
      return tableLines(token as Tokens.Table, width, paint)
    case 'code':
      return (token as Tokens.Code).text.split('\n').map((line) => `    ${paint(CYAN, printable(line))}`)
    case 'blockquote':
      return blocks((token as Tokens.Blockquote).tokens, width - 2, paint).map((line) => `${paint(DIM, '│')} ${line}`)
    case 'hr':
      return [paint(DIM, '─'.repeat(Math.min(width, 40)))]
    case 'paragraph':
    case 'text':
      return wrap(wordsOf(inline(token), paint), width)
    default:
      return token.raw.trimEnd().split('\n').map(printable)
  }
}

function listLines({items, ordered, start}: Tokens.List, width: number, paint: Paint): string[] {
  return items.flatMap((item, i) => {
    const mark = ordered ? `${Number(start) + i}. ` : '- '
    const lines = item.tokens
      .filter(({type}) => type !== 'space')
      .flatMap((token) => block(token, width - mark.length, paint))
    return lines.map((line, n) => `${n === 0 ? mark : ' '.repeat(mark.length)}${line}`)
  })
}

/** Columns beside each other where they fit, else one row below the other with the heads as names. */
function tableLines({header, rows}: Tokens.Table, width: number, paint: Paint): string[] {
  const heads = (style: string): Word[][] => header.map((cell) => wordsOf(cell.tokens, paint, [style]))
  const cells = rows.map((row) => row.map((cell) => wordsOf(cell.tokens, paint)))
  const titles = heads(BOLD)
  const widths = columnWidths([titles, ...cells], width)
  if (!widths) return stacked(heads(DIM), cells, width)
  return [
    ...rowLines(titles, widths),
    paint(DIM, widths.map((w) => '─'.repeat(w)).join(' '.repeat(GAP))),
    ...cells.flatMap((row) => rowLines(row, widths)),
  ]
}

function columnWidths(rows: readonly (readonly Word[][])[], width: number): readonly number[] | undefined {
  const count = Math.max(...rows.map((row) => row.length))
  const natural = Array.from({length: count}, (_, i) => Math.max(...rows.map((row) => lengthOf(row[i] ?? []))))
  const available = width - GAP * (count - 1)
  const widths = [...natural]
  let excess = widths.reduce((sum, w) => sum + w, 0) - available
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths))
    const w = widths[widest] ?? 0
    if (w <= MIN_CELL) return undefined
    widths[widest] = w - 1
    excess--
  }
  // a path or a name that would be torn apart is better read on a line of its own
  const longest = rows.flatMap((row) => row.map((cell, i) => [i, Math.max(0, ...cell.map((w) => w.width))] as const))
  return longest.some(([i, word]) => word > (widths[i] ?? 0)) ? undefined : widths
}

function rowLines(row: readonly (readonly Word[])[], widths: readonly number[]): string[] {
  const columns = widths.map((width, i) => wrapWords(row[i] ?? [], width))
  const height = Math.max(1, ...columns.map((lines) => lines.length))
  return Array.from({length: height}, (_, n) =>
    columns
      .map((lines, i) => {
        const words = lines[n] ?? []
        const text = words.map((word) => word.text).join(' ')
        return i === widths.length - 1 ? text : text + ' '.repeat((widths[i] ?? 0) - lengthOf(words))
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  )
}

function stacked(
  heads: readonly (readonly Word[])[],
  rows: readonly (readonly (readonly Word[])[])[],
  width: number,
): string[] {
  return rows.flatMap(([first = [], ...others], n) => {
    const last = others.findLastIndex((cell) => cell.length > 0)
    const facts = others.flatMap((cell, i) => {
      const end = cell.at(-1)
      if (!end) return []
      const comma = i === last ? '' : ','
      return [
        ...(heads[i + 1] ?? []),
        ...cell.slice(0, -1),
        {text: `${end.text}${comma}`, width: end.width + comma.length},
      ]
    })
    return [...(n > 0 ? [''] : []), ...wrap(first, width), ...wrap(facts, width - 2).map((line) => `  ${line}`)]
  })
}

function inline(token: Token): readonly Token[] {
  return 'tokens' in token && token.tokens ? token.tokens : [token]
}

/** The words of inline tokens with their styles. A code span is one word: a path in it is not broken. */
function wordsOf(tokens: readonly Token[], paint: Paint, styles: readonly string[] = []): Word[] {
  const words: Word[] = []
  let joins = false
  const add = (text: string, own: readonly string[], whole: boolean): void => {
    const parts = whole ? [text] : text.split(/[ \n\t]+/)
    parts.forEach((part, i) => {
      if (part === '') {
        joins = false
        return
      }
      const word = wordOf(part, paint, own)
      const last = words.at(-1)
      if (joins && i === 0 && last)
        words[words.length - 1] = {text: last.text + word.text, width: last.width + word.width}
      else words.push(word)
      joins = true
    })
    if (!whole && /[ \n\t]$/.test(text)) joins = false
  }
  const visit = (token: Token, own: readonly string[]): void => {
    switch (token.type) {
      case 'codespan':
        return add((token as Tokens.Codespan).text, [...own, CYAN], true)
      case 'strong':
        return inline(token).forEach((part) => visit(part, [...own, BOLD]))
      case 'em':
        return inline(token).forEach((part) => visit(part, [...own, ITALIC]))
      case 'link':
        inline(token).forEach((part) => visit(part, [...own, UNDERLINE]))
        return add(` (${(token as Tokens.Link).href})`, own, false)
      case 'br':
        joins = false
        return
      default:
        if ('tokens' in token && token.tokens) return token.tokens.forEach((part) => visit(part, own))
        return add('text' in token && typeof token.text === 'string' ? token.text : token.raw, own, false)
    }
  }
  for (const token of tokens) visit(token, styles)
  return words
}

function wordOf(text: string, paint: Paint, styles: readonly string[]): Word {
  const safe = printable(text)
  return {text: styles.reduce((shown, code) => paint(code, shown), safe), width: [...safe].length}
}

function lengthOf(words: readonly Word[]): number {
  return words.reduce((sum, word, i) => sum + word.width + (i > 0 ? 1 : 0), 0)
}

function wrap(words: readonly Word[], width: number): string[] {
  return wrapWords(words, width).map((line) => line.map((word) => word.text).join(' '))
}

function wrapWords(words: readonly Word[], width: number): Word[][] {
  const lines: Word[][] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line && lengthOf(line) + 1 + word.width <= width) line.push(word)
    else lines.push([word])
  }
  return lines
}
