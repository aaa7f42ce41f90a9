// Percent escapes, HTML character references and JSON or script escapes undone in one pass, with the way back.

export interface Unescaped {
  readonly text: string
  span(start: number, end: number): [start: number, end: number]
}

const ESCAPE =
  /(?:%[0-9a-fA-F]{2})+|&#[xX][0-9a-fA-F]{1,6};?|&#[0-9]{1,7};?|&[a-zA-Z]{2,6};|\\u\{[0-9a-fA-F]{1,6}\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[nrt"'/\\]|\x1b\[[0-9;:?]{0,32}[@-~]/g
const NAMED = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
  ['ensp', ' '],
  ['emsp', ' '],
  ['thinsp', ' '],
  ['shy', ''],
  ['zwnj', ''],
  ['zwj', ''],
  ['lrm', ''],
  ['rlm', ''],
  ['colon', ':'],
  ['comma', ','],
  ['period', '.'],
  ['lowbar', '_'],
  ['hyphen', '-'],
  ['lpar', '('],
  ['rpar', ')'],
  ['sol', '/'],
  ['semi', ';'],
  ['excl', '!'],
  ['num', '#'],
  ['Tab', '\t'],
])
const ESCAPED_SIGNS = new Map([
  ['n', '\n'],
  ['r', '\n'],
  ['t', '\t'],
])

/** undefined when there is nothing to undo. */
export function undoEscapes(text: string): Unescaped | undefined {
  const pieces: string[] = []
  // ends of pieces in the result and in the source, alternately plain and undone
  const here: number[] = [0]
  const there: number[] = [0]
  let length = 0
  let last = 0
  const put = (piece: string, end: number): void => {
    pieces.push(piece)
    length += piece.length
    here.push(length)
    there.push(end)
    last = end
  }
  for (const {index, 0: escape} of text.matchAll(ESCAPE)) {
    const plain = meaning(escape)
    if (plain === undefined) continue
    put(text.slice(last, index), index)
    put(plain, index + escape.length)
  }
  if (last === 0) return undefined
  put(text.slice(last), text.length)
  const pieceOf = (offset: number): number => {
    let low = 0
    let high = here.length - 2
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((here[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
  return {
    text: pieces.join(''),
    span(start, end) {
      const first = pieceOf(start)
      const final = pieceOf(Math.max(start, end - 1))
      // even pieces are as they stood, an undone one is taken whole
      const from = first % 2 === 0 ? (there[first] ?? 0) + start - (here[first] ?? 0) : (there[first] ?? 0)
      const to = final % 2 === 0 ? (there[final] ?? 0) + end - (here[final] ?? 0) : (there[final + 1] ?? 0)
      return [from, Math.max(from, to)]
    },
  }
}

function meaning(escape: string): string | undefined {
  // orders to a terminal, which shows the words around them as one text
  if (escape.startsWith('\x1b')) return ''
  if (escape.startsWith('%')) return Buffer.from(escape.replaceAll('%', ''), 'hex').toString('utf8')
  if (escape.startsWith('&#')) {
    const hex = /^&#x/i.test(escape)
    return character(Number.parseInt(escape.slice(hex ? 3 : 2), hex ? 16 : 10))
  }
  if (escape.startsWith('&')) return NAMED.get(escape.slice(1, -1))
  if (escape.startsWith('\\u{')) return character(Number.parseInt(escape.slice(3, -1), 16))
  if (escape.startsWith('\\u') || escape.startsWith('\\x')) return character(Number.parseInt(escape.slice(2), 16))
  const sign = escape.charAt(1)
  return ESCAPED_SIGNS.get(sign) ?? sign
}

function character(code: number): string | undefined {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
