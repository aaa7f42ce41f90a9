// The value of one attribute: what of it reaches out, and what stands in its place (scanning §11).
import {neutraliseScript} from './script.js'
import type {Hits} from './hits.js'
import type {Rules} from './rules.js'
import {neutraliseUrls} from './urls.js'

/** The value that is safe; the same one where nothing has to change. */
export function neutraliseValue(name: string, value: string, rules: Rules, hits: Hits): string {
  if (value.length < 10) return value
  if (name.startsWith('on') || /^[\s\x00-\x1f]*javascript:/i.test(value)) return neutraliseScript(value, rules, hits)
  // browsers drop line breaks inside a URL, and read \ as /
  if (name !== 'style' && /[\t\n\r\\]/.test(value)) {
    const read = value.replace(/[\t\n\r]+/g, '').replaceAll('\\', '/')
    const safe = neutraliseUrls(read, 'plain', rules, hits)
    if (safe !== read) return safe
  }
  return neutraliseUrls(value, name === 'style' ? 'css' : 'plain', rules, hits)
}

/** Between double quotes, in HTML and in XML. Bytes that stand for themselves in a one-byte reading stay bytes. */
export function quoted(value: string): string {
  return `"${value.replace(/[&<>"]|[^\x00-\xff]/gu, (c) => `&#${c.codePointAt(0) ?? 0};`)}"`
}
