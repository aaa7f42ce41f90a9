// The value of one attribute: what of it reaches out, and what stands in its place.
import {decodePercent} from '../../lib/decode.js'
import {neutraliseScript} from './script.js'
import type {Removals} from './removals.js'
import type {Rules} from './rules.js'
import {neutraliseUrls} from './urls.js'

/** The value that is safe; the same one where nothing has to change. */
export function neutraliseValue(name: string, value: string, rules: Rules, matches: Removals): string {
  if (value.length < 10) return value
  if (name.startsWith('on')) return neutraliseScript(value, rules, matches)
  if (SCRIPT_URL.test(value)) return scriptUrl(value, rules, matches)
  // browsers drop line breaks inside a URL, and read \ as /
  if (name !== 'style' && /[\t\n\r\\]/.test(value)) {
    const read = value.replace(/[\t\n\r]+/g, '').replaceAll('\\', '/')
    const safe = neutraliseUrls(read, 'plain', rules, matches)
    if (safe !== read) return safe
  }
  return neutraliseUrls(value, name === 'style' ? 'css' : 'plain', rules, matches)
}

/** Browsers drop line ends and tabs inside of a scheme. */
const SCRIPT_URL = new RegExp(`^[\\s\\x00-\\x1f]*${[...'javascript'].join('[\\t\\n\\r]*')}[\\t\\n\\r]*:`, 'i')

/** The program behind `javascript:` is read with its percent escapes undone. */
function scriptUrl(value: string, rules: Rules, matches: Removals): string {
  const direct = neutraliseScript(value, rules, matches)
  if (!direct.includes('%')) return direct
  const read = decodePercent(direct, false).text
  const safe = neutraliseScript(read, rules, matches)
  return safe === read ? direct : safe.replaceAll('%', '%25')
}

/** Between double quotes, in HTML and in XML. Bytes that stand for themselves in a one-byte reading stay bytes. */
export function quoted(value: string): string {
  return `"${value.replace(/[&<>"]|[^\x00-\xff]/gu, (c) => `&#${c.codePointAt(0) ?? 0};`)}"`
}
