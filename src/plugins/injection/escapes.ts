// Escapes undone in one pass, with the way back: of addresses, pages, scripts, style sheets and mail, and the orders to a
// terminal, which shows the words around them as one text.
import {referenced} from '../../lib/text/character-reference.js'
import {readingsOf} from '../../lib/body/readings.js'
import {createRewriter, type Rewritten} from '../../lib/text/rewritten.js'

/** The characters that escapes begin with or hold. */
export const ESCAPE_SIGNS = '%&\\=\b\x1b\x9b\u202e'

const TERMINAL =
  '(?:\\x1b\\[|\\x9b)[0-9;:?]{0,32}[ -/]{0,4}[@-~]|\\x1b\\][^\\x07\\x1b\\x9c\\n]{0,512}(?:\\x07|\\x1b\\\\|\\x9c)|\\x1b[()*+][0-9A-Za-z]|' +
  '\\x1b[ -/]?[0-9=>A-Zc-z]|\\\\(?:e|033)\\[[0-9;:?]{0,32}[@-~]'
const ADDRESS = '(?:%[0-9a-fA-F]{2})+|%u[0-9a-fA-F]{4}'
const PAGE = '&#[xX][0-9a-fA-F]+;?|&#[0-9]+;?|&[a-zA-Z]{2,24};'
const SCRIPT =
  '\\\\[ux]\\{[0-9a-fA-F]+\\}|\\\\u[0-9a-fA-F]{4}|\\\\U[0-9a-fA-F]{8}|\\\\x[0-9a-fA-F]{2}|(?:\\\\[0-3][0-7]{2})+(?![0-9a-fA-F])|\\\\[nrt"\'/\\\\]'
const STYLE = '\\\\(?:0{0,4}[2-7][0-9a-fA-F]|0[0-9a-fA-F]{5})(?: |(?![0-9a-fA-F]))'
const MAIL =
  '=\\r?\\n|(?:=[0-9A-F]{2}){2,}|(?<=[a-z])=[0-9A-F]{2}(?=[a-z])|=\\?[\\w-]{1,40}\\?[BbQq]\\?[^?\\s]{0,100}\\?=(?:\\s{1,4}(?==\\?))?'
/** Text that is shown from its end. */
const BACKWARD = '\\u202e[^\\u202c\\u202e\\n]{1,512}'
const ALL = [TERMINAL, ADDRESS, PAGE, SCRIPT, STYLE, MAIL, BACKWARD].join('|')
const ESCAPE = new RegExp(ALL, 'g')
/** A character that the next one is printed over. */
const OVERSTRUCK = new RegExp(`[^\\x08\\n]\\x08|${ALL}`, 'g')

const NAMED = new Map(
  (
    'amp & lt < gt > quot " apos \' colon : comma , period . lowbar _ UnderBar _ hyphen - dash - lpar ( rpar ) sol / bsol \\ ' +
    'semi ; excl ! quest ? num # ast * midast * vert | verbar | grave ` lsqb [ rsqb ] lcub { rcub } commat @ equals = plus + ' +
    'dollar $ percnt %'
  )
    .split(' ')
    .map((word, i, all): [string, string] => [word, all[i + 1] ?? ''])
    .filter((_, i) => i % 2 === 0),
)
for (const name of 'nbsp ensp emsp emsp13 emsp14 numsp puncsp thinsp hairsp NonBreakingSpace ThinSpace'.split(' ')) {
  NAMED.set(name, ' ')
}
for (const name of 'shy zwnj zwj lrm rlm ZeroWidthSpace NoBreak InvisibleTimes InvisibleComma ApplyFunction it ic af'.split(
  ' ',
)) {
  NAMED.set(name, '')
}
for (const name of ['Tab', 'NewLine']) NAMED.set(name, '\n')
/** Letters of mathematics in Fraktur, script and double strokes. */
const LETTER = /^([a-zA-Z])(?:fr|scr|opf)$/
const ESCAPED_SIGNS = new Map([
  ['n', '\n'],
  ['r', '\n'],
  ['t', '\t'],
])

/** undefined when there is nothing to undo. */
export function undoEscapes(text: string): Rewritten | undefined {
  const rewriter = createRewriter(text)
  for (const {index, 0: escape} of text.matchAll(text.includes('\b') ? OVERSTRUCK : ESCAPE)) {
    const plain = meaning(escape)
    if (plain !== undefined) rewriter.replace(index, index + escape.length, plain)
  }
  const done = rewriter.done()
  return done.edits.length === 0 ? undefined : done
}

function meaning(escape: string): string | undefined {
  switch (escape.charAt(0)) {
    case '\x1b':
    case '\x9b':
      return ''
    case '%':
      return escape.charAt(1) === 'u' ? character(escape.slice(2), 16) : bytes(escape.replaceAll('%', ''))
    case '&':
      return reference(escape)
    case '=':
      return ofMail(escape)
    case '\u202e':
      return [...escape.slice(1)].reverse().join('')
    case '\\':
      return ofString(escape)
    default:
      return ''
  }
}

function reference(escape: string): string | undefined {
  const name = escape.replace(/^&|;$/g, '')
  if (!name.startsWith('#')) return NAMED.get(name) ?? LETTER.exec(name)?.[1]
  return /^#x/i.test(name) ? referenced(name.slice(2), 16) : referenced(name.slice(1), 10)
}

function ofString(escape: string): string | undefined {
  if (/^(?:\\[0-3][0-7]{2})+$/.test(escape)) {
    return Buffer.from(
      escape
        .slice(1)
        .split('\\')
        .map((digits) => Number.parseInt(digits, 8)),
    ).toString('utf8')
  }
  const hex = /^\\(?:[uUx]\{|[uUx])?([0-9a-fA-F]+)\}? ?$/.exec(escape)?.[1]
  if (hex !== undefined) return character(hex, 16)
  // an order to a terminal as a shell writes it
  if (escape.length > 2) return ''
  const sign = escape.charAt(1)
  return ESCAPED_SIGNS.get(sign) ?? sign
}

function ofMail(escape: string): string {
  const word = /^=\?([^?]*)\?([BbQq])\?([^?]*)\?=/.exec(escape)
  if (word === null) return bytes(escape.replace(/[^0-9A-F]/g, ''))
  const [, charset = '', encoding = '', content = ''] = word
  // a false character set must not hide the words: every reading stands on a line
  if (/^b$/i.test(encoding)) return readingsOf(Buffer.from(content, 'base64'), `charset=${charset}`).texts.join('\n')
  return content.replaceAll('_', ' ').replace(/(?:=[0-9A-Fa-f]{2})+/g, (run) => bytes(run.replaceAll('=', '')))
}

function bytes(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8')
}

function character(digits: string, base: number): string | undefined {
  const code = Number.parseInt(digits, base)
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined
}
