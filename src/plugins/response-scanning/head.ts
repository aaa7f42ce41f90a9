// Fields of an answer that clients show to models: a place for instructions that no body scan sees. Reported, never
// enforced.
import {atOnce} from '../../lib/slices.js'
import type {Finding} from '../../core/decision.js'
import type {Exchange, Unit} from '../../core/exchange.js'
import {declaredTypes} from '../../core/content-type.js'
import {charsetNamed, charsetsOf} from '../../lib/charset.js'
import {distinct, unreadCharset} from './body.js'
import type {ResponseScanning} from './config.js'
import {finding} from './findings.js'
import type {Rulings} from './rulings.js'

const SHOWN = new Set(['location', 'link', 'content-disposition', 'set-cookie'])

/** Long values of fields that everybody sends say nothing in words. */
const ORDINARY = new Set([
  'accept-ch',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'alt-svc',
  'cache-control',
  'content-security-policy',
  'content-security-policy-report-only',
  'content-type',
  'cross-origin-opener-policy',
  'date',
  'etag',
  'expires',
  'last-modified',
  'nel',
  'permissions-policy',
  'referrer-policy',
  'report-to',
  'server-timing',
  'strict-transport-security',
  'vary',
])
const LONG = 64

export function inspectHead(x: Exchange, {headers}: Unit, rulings: Rulings): readonly Finding[] {
  let text = ''
  for (const [name, value] of headers) {
    if (value.length < 8) continue
    const lower = name.toLowerCase()
    if (SHOWN.has(lower) || (value.length > LONG && !ORDINARY.has(lower))) text += `${value}\n`
  }
  if (text === '') return []
  const {injectionMatches: matches} = atOnce(rulings.injections(x, text, {source: 'http_response', hidden: true}))
  if (matches.length === 0) return []
  const rules = distinct(matches)
  return [
    finding({
      layer: rulings.layer,
      reason: 'prompt_injection',
      action: 'warn',
      detail: `response header contains prompt injection: ${rules.map(({rule}) => rule).join(', ')}`,
      rules,
    }),
  ]
}

/**
 * Events are UTF-8 whatever is declared, and judged as that while they pass; a client that goes by the declaration would read
 * another text in them.
 */
export function streamCharset(
  {mediaType, headers}: Unit,
  {enabled, sse_streaming}: ResponseScanning,
  isExempt: boolean,
): readonly Finding[] {
  if (mediaType !== 'text/event-stream' || !enabled || !sse_streaming.enabled) return []
  if (charsetsOf(declaredTypes(headers).join()).every(isAsciiBased)) return []
  return [unreadCharset('sse_stream', isExempt ? 'warn' : sse_streaming.action)]
}

function isAsciiBased(label: string): boolean {
  const charset = charsetNamed(label)
  if (charset.kind === 'decoder') return !/^iso-2022/.test(charset.label)
  return charset.kind === 'plain' || charset.kind === 'superset'
}
