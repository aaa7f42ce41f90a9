// URLs that a page must not reach: those of browser extensions, by which a page finds out who looks at it, and those of the
// tracking hosts of the section. What stands in their place loads nothing in any context.
import {atOnce} from '../../lib/slices.js'
import {canonicalName, type DomainList} from '../../lib/domain-list.js'
import type {Removals} from './removals.js'

/** Loads nothing, and has no character that ends a string, an attribute or a CSS value. */
const NOWHERE = 'about:blank'

export interface UrlRules {
  readonly probing: boolean
  readonly tracking: boolean
  readonly trackingDomains: DomainList
}

export type Dialect = 'plain' | 'script' | 'css'

const SCHEMES = [
  'chrome-extension',
  'moz-extension',
  'safari-web-extension',
  'safari-extension',
  'ms-browser-extension',
]
const URL_END = '[^\\s"\'<>`\\\\)\\]}]*'

/** A letter as itself or as the escapes of the dialect. Every alternative begins differently, so that no text is read twice. */
function letter(c: string, dialect: Dialect): string {
  const hex = c.charCodeAt(0).toString(16)
  const upper = /[a-z]/.test(c) ? c.toUpperCase().charCodeAt(0).toString(16) : undefined
  const codes = upper === undefined ? hex : `(?:${hex}|${upper})`
  const self = c === '/' ? '\\\\?/' : c
  switch (dialect) {
    case 'plain':
      return c
    case 'script':
      return `(?:${self}|\\\\x${codes}|\\\\u(?:00${codes}|\\{0{0,6}${codes}\\}))`
    case 'css':
      return `(?:\\\\?${c}|\\\\0{0,4}${codes}[ \\t\\n\\r\\f]?)`
  }
}

function probePattern(dialect: Dialect): RegExp {
  const spelt = (text: string): string => [...text].map((c) => letter(c, dialect)).join('')
  const [slashes, colon] = [letter('/', dialect).repeat(2), letter(':', dialect)]
  return new RegExp(`(?:${SCHEMES.map(spelt).join('|')})${colon}${slashes}${URL_END}`, 'gi')
}

const PROBES: Readonly<Record<Dialect, RegExp>> = {
  plain: probePattern('plain'),
  script: probePattern('script'),
  css: probePattern('css'),
}

const REMOTE = /(?:https?:)?(?:\/\/|\\\/\\\/)([^\s"'<>`()\\/?#,;{}]{3,512})[^\s"'<>`()]*/gi

/** The text with such URLs replaced; the same text where there are none. */
export function neutraliseUrls(text: string, dialect: Dialect, rules: UrlRules, matches: Removals): string {
  return atOnce(urlSteps(text, dialect, rules, matches))
}

/** The same in steps. */
export function* urlSteps(
  text: string,
  dialect: Dialect,
  rules: UrlRules,
  matches: Removals,
): Generator<undefined, string> {
  let out = text
  if (rules.probing && mayProbe(text, dialect)) {
    const pattern = PROBES[dialect === 'plain' || !text.includes('\\') ? 'plain' : dialect]
    out = yield* replaced(out, pattern, ([url]) => {
      matches.add('extension_probing', url.length)
      return NOWHERE
    })
  }
  if (rules.tracking && rules.trackingDomains.size > 0 && (out.includes('//') || out.includes('\\/'))) {
    out = yield* replaced(out, REMOTE, ([url, authority = '']) => {
      if (!isTracker(authority, rules.trackingDomains)) return url
      matches.add('tracking', url.length)
      return NOWHERE
    })
  }
  return out
}

/** URLs between two pauses. */
const STEP = 1_024

function* replaced(
  text: string,
  pattern: RegExp,
  by: (match: RegExpExecArray) => string,
): Generator<undefined, string> {
  const pieces: string[] = []
  let from = 0
  let count = 0
  for (const match of text.matchAll(pattern)) {
    pieces.push(text.slice(from, match.index), by(match))
    from = match.index + match[0].length
    if (++count % STEP === 0) yield
  }
  return from === 0 ? text : `${pieces.join('')}${text.slice(from)}`
}

/** Cheap: most texts hold nothing of the kind. */
function mayProbe(text: string, dialect: Dialect): boolean {
  return text.includes('://') ? /extension:\/\//i.test(text) || hasEscapes(text, dialect) : hasEscapes(text, dialect)
}

function hasEscapes(text: string, dialect: Dialect): boolean {
  return dialect !== 'plain' && text.includes('\\')
}

function isTracker(authority: string, domains: DomainList): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  const name = canonicalName(host.toLowerCase())
  return name !== undefined && domains.match(name) !== undefined
}
