// Reads the head of an HTTP/2 request into the form of an HTTP/1.1 head, so that one set of checks holds for both. nghttp2
// resets the streams of most malformed heads before they are read here; the checks are repeated, since a translation into
// HTTP/1.1 is where request smuggling happens (RFC 9113, section 10.3).
import {METHODS} from 'node:http'
import {trimOws} from '../lib/ows.js'
import {fieldsSize} from './http2-fields.js'
import {readHead, type Head, type HeadRule} from './head-checks.js'
import type {Limits} from './limits.js'

export interface StreamHead {
  readonly method: string
  /** Path and query, `*`, or the authority of a CONNECT. */
  readonly target: string
  /** Names and values alternating; `host` stands for the authority. */
  readonly fields: readonly string[]
  /** Of an extended CONNECT (RFC 8441), else "". */
  readonly protocol: string
  readonly awaitsContinue: boolean
  readonly result: {readonly ok: true; readonly head: Head} | {readonly ok: false; readonly rule: HeadRule}
}

/** The methods that the parser of HTTP/1.1 knows: another one is not forwarded over either version. */
const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
const PSEUDO: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':protocol'])
/** Malformed in HTTP/2 (RFC 9113, section 8.2.2). */
const CONNECTION_SPECIFIC: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const VALUE = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/
/** Visible ASCII without the backslash, which a browser reads as a slash. */
const PATH = /^[\x21-\x5b\x5d-\x7e]+$/

/** `raw`: names and values alternating, as received; `hasBody`: the head did not end the stream. */
export function readStreamHead(raw: readonly string[], hasBody: boolean, limits: Limits): StreamHead {
  const pseudo = new Map<string, string>()
  const fields: string[] = ['host', '']
  let host: string | undefined
  let cookies: number | undefined
  let rule: HeadRule | undefined
  let trailers = false
  let awaitsContinue = false
  let hasLength = false
  // the setting binds the parser only once the client has acknowledged it, which it need not do
  if (fieldsSize(raw) > limits.headBytes) rule = 'head_size'
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    if (name.startsWith(':')) {
      // behind other fields, repeated or unknown (RFC 9113, section 8.3)
      if (fields.length > 2 || pseudo.has(name) || !PSEUDO.has(name) || !VALUE.test(value)) rule ??= 'framing'
      pseudo.set(name, value)
      continue
    }
    if (!NAME.test(name) || !VALUE.test(value)) rule ??= 'framing'
    if (CONNECTION_SPECIFIC.has(name)) rule ??= 'connection'
    if (name === 'te') {
      if (trimOws(value).toLowerCase() !== 'trailers') rule ??= 'connection'
      trailers = true
    } else if (name === 'host') {
      if (host !== undefined) rule ??= 'host'
      host = value
      continue
    } else if (name === 'cookie') {
      // crumbs of one field (RFC 9113, section 8.2.3)
      if (cookies !== undefined) {
        fields[cookies] = `${fields[cookies]}; ${value}`
        continue
      }
      cookies = fields.length + 1
    } else if (name === 'expect') awaitsContinue = value.toLowerCase() === '100-continue'
    else if (name === 'content-length') hasLength = true
    fields.push(name, value)
  }

  const method = pseudo.get(':method') ?? ''
  const protocol = pseudo.get(':protocol') ?? ''
  const authority = pseudo.get(':authority')
  const path = pseudo.get(':path')
  const isTunnel = method === 'CONNECT' && protocol === ''
  if (!KNOWN_METHODS.has(method)) rule ??= 'framing'
  // another protocol would be forwarded as an ordinary request
  if (protocol !== '' && (method !== 'CONNECT' || protocol !== 'websocket')) rule ??= 'framing'
  if (authority !== undefined && host !== undefined && authority.toLowerCase() !== host.toLowerCase()) rule ??= 'host'
  if (isTunnel ? path !== undefined || pseudo.has(':scheme') : pseudo.get(':scheme') !== 'https') rule ??= 'target'
  if (!isTunnel && !isPath(path, method)) rule ??= 'target'
  const named = authority ?? host
  if (named === undefined) fields.splice(0, 2)
  else fields[1] = named
  const target = isTunnel ? (authority ?? '') : (path ?? '')
  const start = {method, target, fields, protocol, awaitsContinue}
  if (rule) return {...start, result: {ok: false, rule}}
  // an extended CONNECT has a path, and is judged as the handshake that it replaces
  const read = readHead(protocol === '' ? method : 'GET', target, '1.1', fields, limits)
  if (!read.ok) return {...start, result: read}
  const chunked = hasBody && !hasLength && method !== 'CONNECT'
  // as an upgrade, which is refused
  const upgrade = protocol === '' ? read.head.upgrade : protocol
  return {...start, result: {ok: true, head: {...read.head, upgrade, chunked, trailers}}}
}

function isPath(path: string | undefined, method: string): boolean {
  if (path === undefined || !PATH.test(path)) return false
  return path.startsWith('/') || (path === '*' && method === 'OPTIONS')
}
