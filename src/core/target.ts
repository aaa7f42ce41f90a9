// The one canonical parse of a URL: the judged URL is the forwarded one. The raw spelling stays beside it, because a
// WHATWG parser erases evidence. Ordinary URLs take a table loop that provably leaves them unchanged; everything else
// goes through the WHATWG parser and is refused when its host is not a plain one.
import {isInternationalLabel} from '../lib/punycode.js'
import type {Target} from './exchange.js'

export interface TargetFailure {
  /** The reporting layer. */
  readonly label: 'parser' | 'scheme' | 'crlf_injection'
  /** Text for operator and client; it holds nothing of the URL but a short scheme. */
  readonly reason: string
}

export type ParsedTarget =
  {readonly target: Target; readonly failure: undefined} | {readonly target: undefined; readonly failure: TargetFailure}

const INVALID: ParsedTarget = refuse('parser', 'invalid URL')

/** Parses a URL as received (CONNECT: the synthetic URL of its authority). Never throws. */
export function parseTarget(raw: string): ParsedTarget {
  const target = parseOrdinary(raw)
  return target === undefined ? parseOther(raw) : {target, failure: undefined}
}

/** The target of a request to the origin (RFC 9112, origin-form): path and query. */
export function originForm({canonical, scheme, authority}: Target): string {
  return canonical.slice(scheme.length + 3 + authority.length)
}

// Character classes of the fast path. Only characters that the WHATWG serialiser copies are marked.
const HOST = 1
const PATH = 2
const QUERY = 4
const DIGIT = 8
const CLASS = new Uint8Array(128)
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789') mark(c, HOST | PATH | QUERY)
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') mark(c, PATH | QUERY)
for (const c of '-_') mark(c, HOST | PATH | QUERY)
for (const c of "~!$()*+,;=:@%&.'") mark(c, PATH | QUERY)
for (const c of '/') mark(c, PATH | QUERY)
mark('?', QUERY)
for (const c of '0123456789') mark(c, DIGIT)
// The query serialiser escapes the apostrophe; the path serialiser does not.
CLASS[0x27] = PATH

function mark(character: string, bits: number): void {
  const code = character.charCodeAt(0)
  CLASS[code] = (CLASS[code] ?? 0) | bits
}

const SLASH = 0x2f
const DOT = 0x2e
const COLON = 0x3a
const PERCENT = 0x25
const QUESTION = 0x3f

/** The target when `raw` is its own canonical form, else undefined. */
function parseOrdinary(raw: string): Target | undefined {
  const https = raw.startsWith('https://')
  if (!https && !raw.startsWith('http://')) return undefined
  const length = raw.length
  const start = https ? 8 : 7
  let i = start
  let label = i
  for (; i < length; i++) {
    const c = raw.charCodeAt(i)
    if (c === DOT) {
      if (i === label) return undefined
      label = i + 1
    } else if (c === SLASH || c === COLON) break
    else if (c > 127 || ((CLASS[c] ?? 0) & HOST) === 0) return undefined
    // punycode labels need validation
    else if (c === 0x78 && i === label && raw.startsWith('xn--', i)) return undefined
  }
  // An empty last label is a trailing dot; a numeric one makes an IPv4 address.
  if (i === label || i >= length || isDigit(raw.charCodeAt(label))) return undefined
  const host = raw.slice(start, i)
  let port = https ? 443 : 80
  if (raw.charCodeAt(i) === COLON) {
    let value = 0
    const first = ++i
    for (; i < length && isDigit(raw.charCodeAt(i)); i++) {
      value = value * 10 + raw.charCodeAt(i) - 0x30
      if (value > 65535) return undefined
    }
    // Spellings that the serialiser would change: empty, leading zero, the default port.
    if (i === first || raw.charCodeAt(first) === 0x30 || value === port) return undefined
    if (raw.charCodeAt(i) !== SLASH) return undefined
    port = value
  }
  const pathStart = i
  let previous = 0
  for (; i < length; i++) {
    const c = raw.charCodeAt(i)
    if (c === QUESTION) break
    if (c > 127 || ((CLASS[c] ?? 0) & PATH) === 0) return undefined
    // a possible dot segment, plain or escaped
    if (previous === SLASH && (c === DOT || c === PERCENT)) return undefined
    previous = c
  }
  const pathEnd = i
  for (; i < length; i++) {
    const c = raw.charCodeAt(i)
    if (c > 127 || ((CLASS[c] ?? 0) & QUERY) === 0) return undefined
  }
  const path = raw.slice(pathStart, pathEnd)
  const authority = raw.slice(start, pathStart)
  const query = raw.slice(pathEnd + 1)
  return {raw, canonical: raw, scheme: https ? 'https' : 'http', host, port, authority, path, query, rawPath: path}
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function refuse(label: TargetFailure['label'], reason: string): ParsedTarget {
  return {target: undefined, failure: {label, reason}}
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/
// Dots of other scripts, which IDNA maps to U+002E.
const EXOTIC_DOTS = /[\u3002\uff0e\uff61]/g
const FORBIDDEN_IN_HOST = /[\0-\x20#/:<>?@[\\\]^|%\x7f]/
const PLAIN_HOST = /^(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/

function parseOther(raw: string): ParsedTarget {
  let lineBreak = false
  for (let i = 0; i < raw.length; i++) {
    const c = raw.charCodeAt(i)
    if (c === 0x0a || c === 0x0d) lineBreak = true
    else if (c < 0x20 || c === 0x7f) return INVALID
  }
  const text = trimSpaces(raw)
  const named = SCHEME.exec(text)
  const scheme = named?.[1]?.toLowerCase()
  if (named === null || scheme === undefined) return INVALID
  if (scheme !== 'http' && scheme !== 'https') {
    // A secret can stand in place of a scheme.
    const shown = scheme.length > 12 ? `${scheme.slice(0, 4)}…` : scheme
    return refuse('scheme', `scheme "${shown}" not allowed: only http and https`)
  }
  if (lineBreak) return refuse('crlf_injection', 'raw CRLF bytes in URL')

  const parts = split(text, named[0].length)
  const hostText = parts.host.replace(EXOTIC_DOTS, '.')
  const failing = new Map<string, string>()
  let url = whatwg(scheme, hostText, parts.port, parts.rest)
  if (url === undefined) {
    const kept = withoutFailingPunycode(hostText, failing)
    if (kept === undefined) return INVALID
    url = whatwg(scheme, kept, parts.port, parts.rest)
    if (url === undefined) return INVALID
  }
  const bracketed = url.hostname.startsWith('[')
  let host = bracketed ? url.hostname.slice(1, -1) : url.hostname
  if (host.endsWith('.')) host = host.slice(0, -1)
  for (const [stand, label] of failing) host = host.replace(stand, label)
  if (!bracketed && !PLAIN_HOST.test(host)) return INVALID
  if (url.port === '0') return INVALID
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  const authority = `${bracketed ? `[${host}]` : host}${url.port === '' ? '' : `:${url.port}`}`
  const bareQuery = url.search === '' && url.href.endsWith('?#')
  const canonical = `${scheme}://${authority}${url.pathname}${bareQuery ? '?' : url.search}`
  const {pathname: path} = url
  const query = url.search.slice(1)
  return {target: {raw, canonical, scheme, host, port, authority, path, query, rawPath: parts.path}, failure: undefined}
}

interface Parts {
  /** Host, without userinfo, port and IPv6 zone. */
  readonly host: string
  readonly port: string
  readonly path: string
  /** Path and query, without fragment. */
  readonly rest: string
}

/**
 * Cuts a raw URL as the WHATWG parser of http URLs does: any run of slashes opens the authority, the last `@` ends
 * userinfo.
 */
function split(raw: string, afterScheme: number): Parts {
  let start = afterScheme
  while (raw[start] === '/' || raw[start] === '\\') start++
  let end = start
  while (end < raw.length && !'/\\?#'.includes(raw.charAt(end))) end++
  const authority = raw.slice(start, end)
  const hostPort = authority.slice(authority.lastIndexOf('@') + 1)
  const colon = hostPort.lastIndexOf(':')
  const hasPort = colon > hostPort.lastIndexOf(']')
  const host = hasPort ? hostPort.slice(0, colon) : hostPort
  const hash = raw.indexOf('#', end)
  const rest = hash < 0 ? raw.slice(end) : raw.slice(end, hash)
  const query = rest.indexOf('?')
  return {
    host: withoutZone(host),
    port: hasPort ? hostPort.slice(colon + 1) : '',
    path: query < 0 ? rest : rest.slice(0, query),
    rest,
  }
}

/** An IPv6 zone selects a local interface and has no meaning in a URL. */
function withoutZone(host: string): string {
  const zone = host.startsWith('[') && host.endsWith(']') ? host.indexOf('%') : -1
  return zone < 0 ? host : `${host.slice(0, zone)}]`
}

/** The parser drops spaces at both ends. A loop, because an anchored expression is quadratic on long runs. */
function trimSpaces(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) === 0x20) from++
  while (to > from && text.charCodeAt(to - 1) === 0x20) to--
  return text.slice(from, to)
}

// The empty fragment keeps a trailing space of the rest from being dropped.
function whatwg(scheme: string, host: string, port: string, rest: string): URL | undefined {
  if (host === '' || (!host.startsWith('[') && host.includes(':'))) return undefined
  try {
    return new URL(`${scheme}://${host}${port === '' ? '' : `:${port}`}${rest}#`)
  } catch {
    return undefined
  }
}

/**
 * An invalid punycode label is kept as written, so that the credential layer sees it; it is never resolved. A stand-in
 * replaces every such label for the parser.
 */
function withoutFailingPunycode(host: string, failing: Map<string, string>): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(host).replace(EXOTIC_DOTS, '.').toLowerCase()
  } catch {
    return undefined
  }
  if (FORBIDDEN_IN_HOST.test(decoded)) return undefined
  const labels = decoded.split('.').map((label) => {
    if (!label.startsWith('xn--') || !PLAIN_HOST.test(label) || isDecodable(label)) return label
    const stand = `undecodable-${failing.size}-label`
    failing.set(stand, label)
    return stand
  })
  return failing.size === 0 ? undefined : labels.join('.')
}

/** True when a label of the host has the punycode prefix but does not decode: such a host must never be resolved. */
export function hasUndecodableLabel(host: string): boolean {
  if (!host.includes('xn--')) return false
  return host.split('.').some((label) => label.startsWith('xn--') && !isDecodable(label))
}

/** The runtime's parser and our own decoder must agree, because parsers of different runtimes do not. */
function isDecodable(label: string): boolean {
  return isInternationalLabel(label) && whatwg('http', label, '', '/') !== undefined
}
