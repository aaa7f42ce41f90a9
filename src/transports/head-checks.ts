// Checks a request head before anything moves, on the raw field lines: node's parser admits several heads that two
// servers could interpret differently.
import {foldedName, PROTECTED_FIELDS} from './field-names.js'
import {trimOws} from '../lib/ows.js'
import type {Limits} from './limits.js'

export type Form = 'absolute' | 'origin' | 'asterisk' | 'authority'

/** Head of a request with exactly one meaning. */
export interface Head {
  readonly method: string
  /** As received. */
  readonly target: string
  readonly form: Form
  readonly version: '1.0' | '1.1'
  /** Names and values alternating, in wire order, as Latin-1 text. */
  readonly raw: readonly string[]
  /** Value of the only Host line; undefined without one. */
  readonly host: string | undefined
  /** Declared length; undefined when there is none. */
  readonly length: number | undefined
  readonly chunked: boolean
  /** Folded names that `Connection` makes hop-by-hop; undefined when it names nothing but keep-alive and close. */
  readonly named: ReadonlySet<string> | undefined
  /** Lower-case value of `Upgrade`, "" when absent. */
  readonly upgrade: string
  readonly agents: readonly string[]
  /** The client takes trailers, and can be sent some. */
  readonly trailers?: boolean
  /** A field `Origin` or `Sec-Fetch-*` is present: the client is a browser. */
  readonly browser: boolean
}

/** Rules of a head, each with the status of its violation. */
export const HEAD_STATUS = {
  version: 505,
  request_line: 414,
  fields: 431,
  target: 400,
  length: 400,
  transfer_encoding: 400,
  underscore: 400,
  host: 400,
  connection: 400,
  framing: 400,
  head_size: 431,
  expectation: 417,
} as const
export type HeadRule = keyof typeof HEAD_STATUS

export type HeadResult = {readonly ok: true; readonly head: Head} | {readonly ok: false; readonly rule: HeadRule}

const bad = (rule: HeadRule): HeadResult => ({ok: false, rule})

/** The parser accepts these in request lines of RTSP and Icecast and does not expose the protocol name. */
const OTHER_PROTOCOLS: ReadonlySet<string> = new Set([
  ...['DESCRIBE', 'ANNOUNCE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER', 'SET_PARAMETER', 'REDIRECT'],
  ...['RECORD', 'FLUSH', 'SOURCE'],
])
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/
const DIGITS = /^[0-9]+$/
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\//i
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?$/i
const NO_AGENTS: readonly string[] = []

export function readHead(
  method: string,
  target: string,
  httpVersion: string,
  raw: readonly string[],
  limits: Limits,
): HeadResult {
  if ((httpVersion !== '1.1' && httpVersion !== '1.0') || OTHER_PROTOCOLS.has(method)) return bad('version')
  if (method.length + target.length + 11 > limits.requestLineBytes) return bad('request_line')
  if (raw.length > 2 * limits.headFields) return bad('fields')
  const form = formOf(method, target)
  if (!form) return bad('target')

  let host: string | undefined
  let length: number | undefined
  let coding: string | undefined
  let named: Set<string> | undefined
  let upgrade = ''
  let agents: string[] | undefined
  let browser = false
  let expects: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    // compare lengths first: most fields are none of these
    switch (name.length) {
      case 4:
        if (name.toLowerCase() !== 'host') break
        if (host !== undefined) return bad('host')
        host = value
        break
      case 6: {
        const lower = name.toLowerCase()
        if (lower === 'origin') browser = true
        if (lower !== 'expect') break
        // the only defined expectation; node accepts it from any list that contains it
        if (expects !== undefined || trimOws(value).toLowerCase() !== '100-continue') return bad('expectation')
        expects = value
        break
      }
      case 7:
        if (name.toLowerCase() === 'upgrade')
          upgrade = upgrade === '' ? value.toLowerCase() : `${upgrade},${value.toLowerCase()}`
        break
      case 10: {
        if (value === 'keep-alive' || value === 'close' || name.toLowerCase() !== 'connection') break
        named ??= new Set()
        if (!readConnection(value, named)) return bad('connection')
        break
      }
      case 14: {
        // `Content_Length` is the same name for a server that hands fields to a CGI-like interface
        const lower = foldedName(name)
        if (
          lower === 'sec-fetch-mode' ||
          lower === 'sec-fetch-site' ||
          lower === 'sec-fetch-dest' ||
          lower === 'sec-fetch-user'
        )
          browser = true
        if (lower !== 'content-length') break
        if (name.includes('_')) return bad('underscore')
        if (length !== undefined || !DIGITS.test(value)) return bad('length')
        length = Number(value)
        if (!Number.isSafeInteger(length)) return bad('length')
        break
      }
      case 16:
        if (name.toLowerCase() === 'x-pipelock-agent') (agents ??= []).push(value)
        break
      case 17:
        if (foldedName(name) !== 'transfer-encoding') break
        if (name.includes('_')) return bad('underscore')
        if (coding !== undefined) return bad('transfer_encoding')
        coding = value
        break
      default:
        break
    }
  }

  if (coding !== undefined) {
    // `\xa0chunked` is another coding to a peer that strips only spaces and tabs; both lengths in one message are the
    // classic request-smuggling pair (RFC 9112, section 6.3)
    if (length !== undefined || httpVersion === '1.0' || trimOws(coding).toLowerCase() !== 'chunked') {
      return bad('transfer_encoding')
    }
    if (form === 'authority') return bad('framing')
  }
  if (form === 'authority' && length !== undefined && length > 0) return bad('framing')
  if (host === undefined && httpVersion === '1.1') return bad('host')
  if (form === 'origin' && host !== undefined && host !== '' && !AUTHORITY.test(host)) return bad('host')
  return {
    ok: true,
    head: {
      method,
      target,
      form,
      version: httpVersion,
      raw,
      host,
      length,
      chunked: coding !== undefined,
      named: named && named.size > 0 ? named : undefined,
      upgrade,
      agents: agents ?? NO_AGENTS,
      browser,
    },
  }
}

function formOf(method: string, target: string): Form | undefined {
  if (method === 'CONNECT') return 'authority'
  if (target.startsWith('/')) return 'origin'
  if (target === '*') return 'asterisk'
  return ABSOLUTE.test(target) ? 'absolute' : undefined
}

/** Adds the names of one `Connection` value; false when a member is not a token or must not be removed. */
function readConnection(value: string, named: Set<string>): boolean {
  for (const part of value.split(',')) {
    const name = foldedName(trimOws(part))
    if (name === '' || name === 'keep-alive' || name === 'close') continue
    if (!TOKEN.test(name) || PROTECTED_FIELDS.has(name)) return false
    named.add(name)
  }
  return true
}

/** True when the message has a body. */
export function hasBody(head: Head): boolean {
  return head.chunked || (head.length !== undefined && head.length > 0)
}

/** True when a trailer section has fields that would change the framing of the part already forwarded. */
export function hasFramingTrailer(rawTrailers: readonly string[]): boolean {
  for (let i = 0; i < rawTrailers.length; i += 2) {
    const name = foldedName(rawTrailers[i] ?? '')
    if (name === 'content-length' || name === 'transfer-encoding' || name === 'host') return true
  }
  return false
}
