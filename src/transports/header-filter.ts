// Filters the fields that pass to the next hop. Pure. Names are compared folded: an origin behind a CGI-like interface
// reads `X_Forwarded_For` as `X-Forwarded-For`. Everything else keeps name, order and duplicates as received; framing
// is never copied but regenerated from the one validated length.
import {foldedName, HOP_BY_HOP, PROTECTED_FIELDS} from './field-names.js'
import {withoutMembers} from '../lib/structured-fields.js'
import {acceptedCodings} from './response-coding.js'

/** Removed from requests: hop-by-hop, handled by the proxy itself, or revealing the client to the origin. */
const REQUEST_DROPPED = new Set<string>([
  ...HOP_BY_HOP,
  'expect',
  'http2-settings',
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
  'forwarded',
  'via',
  'pipelock-mediation',
])

const RESPONSE_DROPPED = new Set<string>(HOP_BY_HOP)

/** Representation headers that a rewritten body invalidates. */
const REWRITTEN_DROPPED = new Set(['content-encoding', 'content-digest', 'repr-digest', 'content-md5', 'digest'])

/** A partial response can hide half of the content to be judged. */
const PARTIAL = new Set(['range', 'if-range'])

export interface UpstreamFieldsOptions {
  /** Folded names that `Connection` made hop-by-hop. */
  readonly named: ReadonlySet<string> | undefined
  /** Length of the body to send; undefined where it is chunked or absent. */
  readonly length: number | undefined
  /** The body differs from the client's. */
  readonly changed?: boolean
  /** The response may be inspected: a complete and uncoded one is requested. */
  readonly expects?: boolean
  /** A coded response is decoded to be judged: the client's codings are requested as far as that is possible. */
  readonly decodes?: boolean
}

/** Fields of the upstream request, names and values alternating; `Host` comes from the target's authority. */
export function upstreamFields(raw: readonly string[], options: UpstreamFieldsOptions): string[] {
  const {named, length, changed = false, expects = false, decodes = false} = options
  const out: string[] = []
  let codings: string[] | undefined
  const unsigned = changed && signsDigest(raw)
  let stated = length === undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = foldedName(name)
    if (length !== undefined && name.toLowerCase() === 'content-length') {
      out.push(name, String(length))
      stated = true
      continue
    }
    if (REQUEST_DROPPED.has(lower) || named?.has(lower) || lower.startsWith('x-pipelock-')) continue
    if (changed && REWRITTEN_DROPPED.has(lower)) continue
    if (unsigned && (lower === 'signature' || lower === 'signature-input')) continue
    if (expects && lower === 'accept-encoding') {
      codings = [...(codings ?? []), raw[i + 1] ?? '']
      continue
    }
    if (expects && PARTIAL.has(lower)) continue
    let value = raw[i + 1] ?? ''
    if (SIGNATURE_FIELDS.has(lower) && OURS.test(value)) {
      // only this firewall vouches for its requests: members of another one are dropped, and a field that cannot be read
      value = withoutMembers(value, (key) => key.startsWith('pipelock')) ?? ''
      if (value === '') continue
    }
    out.push(name, value)
  }
  if (!stated) out.push('Content-Length', String(length))
  if (expects) out.push('Accept-Encoding', decodes ? acceptedCodings(codings ?? []) : 'identity')
  return out
}

const SIGNATURE_FIELDS: ReadonlySet<string> = new Set(['signature', 'signature-input'])
const OURS = /pipelock/i

/** Fields of an upstream request whose body was rewritten after they were built. */
export function rewrittenFields(fields: readonly string[], length: number): string[] {
  return upstreamFields(fields, {named: undefined, length, changed: true})
}

export interface ClientFieldsOptions {
  readonly named: ReadonlySet<string> | undefined
  /** Validated length to restate; undefined where the body is chunked or has no length to declare. */
  readonly length: number | undefined
  /** The body differs from the origin's: fields that describe its bytes are dropped. */
  readonly changed?: boolean
}

const CHANGED_DROPPED = new Set([
  'etag',
  'digest',
  'content-digest',
  'repr-digest',
  'content-md5',
  'accept-ranges',
  'content-range',
])

/** True when a signature of a third party covers a digest of the old bytes. */
function signsDigest(raw: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    if (
      foldedName(raw[i] ?? '') === 'signature-input' &&
      /"(?:content-digest|repr-digest|digest)"/i.test(raw[i + 1] ?? '')
    )
      return true
  }
  return false
}

/** Fields of the response to the client, names and values alternating. */
export function clientFields(raw: readonly string[], options: ClientFieldsOptions): string[] {
  const {named, length, changed = false} = options
  const out: string[] = []
  const unsigned = changed && signsDigest(raw)
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = foldedName(name)
    if (length !== undefined && name.toLowerCase() === 'content-length') {
      out.push(name, String(length))
      continue
    }
    if (changed && CHANGED_DROPPED.has(lower)) continue
    if (unsigned && (lower === 'signature' || lower === 'signature-input')) continue
    if (RESPONSE_DROPPED.has(lower)) continue
    // an origin must not be able to fake a verdict of the firewall
    if (lower.startsWith('x-pipelock-')) continue
    if (named?.has(lower) && !PROTECTED_FIELDS.has(lower)) continue
    out.push(name, raw[i + 1] ?? '')
  }
  return out
}

const CREDENTIALS = new Set(['authorization', 'cookie'])
const CONTENT = new Set(['content-length', 'content-type', 'content-encoding', 'content-language', 'content-location'])

export interface RedirectFields {
  /** The host changed: credentials for the first host are not sent to the second. */
  readonly otherHost: boolean
  /** The next request has no body. */
  readonly bodyless: boolean
}

/** Fields of the next request of a redirect that the proxy follows, derived from those of the previous one. */
export function redirectFields(fields: readonly string[], {otherHost, bodyless}: RedirectFields): string[] {
  const out: string[] = []
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? ''
    const lower = foldedName(name)
    if ((otherHost && CREDENTIALS.has(lower)) || (bodyless && CONTENT.has(lower))) continue
    out.push(name, fields[i + 1] ?? '')
  }
  return out
}
