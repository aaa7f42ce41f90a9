// HTML as a type of its own. The only way in for a string is the tag below, which escapes it and makes control, invisible
// and bidirectional characters readable; nothing else can make an Html, so a value from traffic cannot become markup.
// Places where escaping would not be enough (an attribute without quotes, an address, a script, a style) take no value.
import {printable} from '../terminal.js'

const MADE: unique symbol = Symbol('html')

export interface Html {
  readonly [MADE]: string
}

export type Child = Html | string | number | undefined | false | readonly Child[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

function escaped(text: string): string {
  return printable(text).replace(/[&<>"'`]/g, (c) => ESCAPES[c] ?? '')
}

/** Ends of the fixed text after which a value would leave the reach of escaping. */
const UNQUOTED = /=\s*$/
const ACTIVE = /\s(?:href|src|srcset|action|formaction|data|style|srcdoc|on\w+)\s*=\s*["'][^"']*$/i
const RAW_TEXT = /<(?:script|style)\b[^>]*>[^<]*$/i

/** Fixed text by its template: checked, and without the indentation of the source, a third of a page with many rows. */
const compact = new WeakMap<TemplateStringsArray, readonly string[]>()

function fixedText(strings: TemplateStringsArray): readonly string[] {
  const known = compact.get(strings)
  if (known !== undefined) return known
  for (const before of strings.slice(0, -1)) {
    if (UNQUOTED.test(before) || ACTIVE.test(before) || RAW_TEXT.test(before)) {
      throw new Error(`no value may follow ${JSON.stringify(before.slice(-40))}`)
    }
  }
  const texts = strings.map((text) => text.replace(/\n\s+/g, '\n'))
  compact.set(strings, texts)
  return texts
}

/** Markup from fixed text and values: strings are escaped, markup stays, lists are joined, undefined and false are nothing. */
export function html(strings: TemplateStringsArray, ...children: readonly Child[]): Html {
  const texts = fixedText(strings)
  let out = texts[0] ?? ''
  for (const [i, child] of children.entries()) out += render(child) + (texts[i + 1] ?? '')
  return {[MADE]: out}
}

function render(child: Child): string {
  if (child === undefined || child === false) return ''
  if (typeof child === 'number') return String(child)
  if (typeof child === 'string') return escaped(child)
  if (MADE in child) return child[MADE]
  return child.map(render).join('')
}

/** The text of finished markup; for the writer of the document only. */
export function markupText(markup: Html): string {
  return markup[MADE]
}
