// Escapes that readers undo: percent escapes, character references, escapes of JSON, programming languages and style sheets,
// nested to any depth. One set for every scanner: what one of them did not undo would be the way around it. Keeps where
// every piece came from. Linear: escapes of the escape character itself are undone together, and the rounds are few.
import {isUtf8} from 'node:buffer'
import {namedReference, numericReference} from './references.js'
import {createRewriter, type Rewritten} from './rewritten.js'

export type EscapeKind = 'url' | 'html' | 'json'

const ADDRESS = '(?:%(?:25)*[0-9a-fA-F]{2})+|%(?:25)*[uU][0-9a-fA-F]{4}'
const PAGE = '&(?:[aA][mM][pP];)*(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]{1,23});?'
// six digits, four and a space, or two behind two zeros or more: no octal escape that anybody writes begins so
const LONG_STYLE = '0[0-9a-fA-F]{5} ?|[0-9a-fA-F]{4,6} |0{2,4}[2-7][0-9a-fA-F](?: |(?![0-9a-fA-F]))'
const SHORT_STYLE = '[2-7][0-9a-fA-F](?: |(?![0-9a-fA-F]))'
const HEX_BYTES = '[xX][0-9a-fA-F]{2}(?:\\\\+[xX][0-9a-fA-F]{2})*'
const OCTAL_BYTES = '[0-3][0-7]{2}(?:\\\\+[0-3][0-7]{2})*'
const SCRIPT =
  `[uUxX]\\{[0-9a-fA-F]+\\}|U[0-9a-fA-F]{8}|[uU][0-9a-fA-F]{4}|${HEX_BYTES}|${LONG_STYLE}|${OCTAL_BYTES}|${SHORT_STYLE}|` +
  '[eE](?=\\[)|[nNrRtTbBfFvV/"\']'
// Every alternative begins at a character of its own, so that no start repeats the work of another: a run of backslashes
// is read from its first.
const ESCAPE = new RegExp(`${ADDRESS}|${PAGE}|(?<!\\\\)\\\\+(?:${SCRIPT})`, 'g')
const HINT = /[%&\\]/
const MAX_ROUNDS = 8

export interface Unescaped {
  /** One for each round that changed something: the first from the text as given, each next from the one before. */
  readonly rounds: readonly Rewritten[]
  /** Still not stable after the last round. */
  readonly exhausted: boolean
}

const UNCHANGED: Unescaped = {rounds: [], exhausted: false}

export function undoEscapes(text: string): Unescaped {
  if (!HINT.test(text)) return UNCHANGED
  const rounds: Rewritten[] = []
  let current = text
  while (rounds.length < MAX_ROUNDS) {
    const next = undoOnce(current)
    if (next.text === current) return rounds.length === 0 ? UNCHANGED : {rounds, exhausted: false}
    rounds.push(next)
    current = next.text
  }
  return {rounds, exhausted: undoOnce(current).text !== current}
}

function undoOnce(text: string): Rewritten {
  const rewriter = createRewriter(text)
  ESCAPE.lastIndex = 0
  for (let match = ESCAPE.exec(text); match !== null; match = ESCAPE.exec(text)) {
    const [whole] = match
    const kind: EscapeKind = whole.startsWith('%') ? 'url' : whole.startsWith('&') ? 'html' : 'json'
    const by = kind === 'url' ? percent(whole) : kind === 'html' ? reference(whole) : backslash(whole)
    if (by !== undefined) rewriter.replace(match.index, match.index + whole.length, by, kind)
  }
  return rewriter.done()
}

const PLAIN_BYTES = /^(?:%[0-7][0-9a-f])+$/i

function percent(run: string): string {
  if (PLAIN_BYTES.test(run)) {
    let text = ''
    for (let at = 1; at < run.length; at += 3) text += String.fromCharCode(Number.parseInt(run.slice(at, at + 2), 16))
    return text
  }
  // one UTF-16 unit, as old servers and scripts read it
  const unit = /u([0-9a-f]{4})$/i.exec(run)?.[1]
  if (unit !== undefined) return String.fromCharCode(parseInt(unit, 16))
  return Buffer.from(run.replace(/%(?:25)*([0-9a-f]{2})/gi, '$1'), 'hex').toString('utf8')
}

function reference(text: string): string | undefined {
  const to = text.endsWith(';') ? text.length - 1 : text.length
  let from = 1
  while (from + AMPERSAND.length < to && isAmpersand(text, from)) from += AMPERSAND.length
  if (text.charCodeAt(from) !== 0x23) return namedReference(text.slice(from, to), to < text.length)
  const isHex = (text.charCodeAt(from + 1) | 0x20) === 0x78
  return numericReference(text.slice(from + (isHex ? 2 : 1), to), isHex ? 16 : 10)
}

const AMPERSAND = 'amp;'

function isAmpersand(text: string, at: number): boolean {
  // most references are none of it, and the text is the last to be made for them
  return text.charCodeAt(at + 3) === 0x3b && text.slice(at, at + 4).toLowerCase() === AMPERSAND
}

const LETTERS: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', e: '\x1b'}

function backslash(text: string): string | undefined {
  // `\u0041`, of which a text may be made
  if (text.length === 6 && (text.charCodeAt(1) | 0x20) === 0x75 && text.charCodeAt(2) !== 0x7b)
    return String.fromCharCode(Number.parseInt(text.slice(2), 16))
  const body = text.replace(/^\\+/, '')
  if (/^x[0-9a-f]/i.test(body)) return fromBytes(body, 16)
  if (/^[0-3][0-7]{2}(?:\\|$)/.test(body)) return fromBytes(body, 8)
  const digits = /^(?:[ux]\{?)?([0-9a-f]+)[} ]?$/i.exec(body)?.[1]
  // `\b`, `\f` and the terminal's `\e` are digits, too
  if (digits !== undefined && body.length > 1) return character(parseInt(digits, 16))
  return LETTERS[body.toLowerCase()] ?? body
}

/** Escaped bytes are UTF-8 where they can be, else each is a character. */
function fromBytes(run: string, base: 8 | 16): string {
  const bytes = Buffer.from(run.split(/\\+/).map((digits) => parseInt(digits.replace(/^x/i, ''), base)))
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1')
}

/** Surrogate halves stay: two escapes in a row make one character. */
function character(code: number): string | undefined {
  if (code > 0x10ffff || Number.isNaN(code)) return undefined
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
}
