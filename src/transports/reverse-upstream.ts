// The operator's service behind the reverse proxy: the URL that a request has there, and the `Location` fields of its
// responses that name it. The client never chooses another destination: `Host` and the authority of an absolute form
// are not read for it.
import type {ReverseUpstream} from '../core/services/reverse-proxy.js'
import {parseTarget} from '../core/target.js'
import {trimOws} from '../lib/ows.js'
import type {Head} from './head-checks.js'
import type {OriginHead} from './response-checks.js'

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^#]*)/i
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\]+)(?::[0-9]{1,5})?$/i

/** The URL of a request at the service; undefined for a form without a path (`*`, CONNECT). */
export function upstreamUrl({target: {scheme, authority}, base}: ReverseUpstream, head: Head): string | undefined {
  const rest = pathIn(head)
  if (rest === undefined) return undefined
  const origin = `${scheme}://${authority}`
  if (base === '') return origin + rest
  // resolved before it is joined: `/../admin` must not leave the base path
  const {target} = parseTarget(origin + rest)
  return target === undefined ? origin + rest : origin + base + target.canonical.slice(origin.length)
}

function pathIn({form, target}: Head): string | undefined {
  if (form === 'origin') return target
  if (form !== 'absolute') return undefined
  const rest = ABSOLUTE.exec(target)?.[2] ?? ''
  return rest.startsWith('/') ? rest : `/${rest}`
}

export interface Requested {
  /** URL at the service. */
  readonly url: string
  readonly head: Head
}

/**
 * A head whose one `Location` names the service, as the client has to see it: under the authority that it asked. Undefined
 * for every other head.
 */
export function withOwnLocation(
  {target, base}: ReverseUpstream,
  origin: OriginHead,
  {url, head}: Requested,
): OriginHead | undefined {
  const [first, ...others] = origin.locations
  if (first === undefined || others.some((other) => other !== first)) return undefined
  const text = trimOws(first)
  if (!URL.canParse(text, url)) return undefined
  const {protocol, host, username, password, pathname, search, hash} = new URL(text, url)
  const isOwn = protocol === `${target.scheme}:` && host === new URL(target.canonical).host
  if (!isOwn || username + password !== '') return undefined
  if (pathname !== base && !pathname.startsWith(`${base}/`)) return undefined
  // as written where the client resolves it to the same place
  if (base === '' && /^\/(?![/\\])[^\\]*$/.test(text)) return origin
  const path = pathname.slice(base.length) || '/'
  const authority = authorityOf(head)
  // a relative reference must not begin with two slashes: a client would take the first segment for a host
  const place = authority === undefined ? path.replace(/^\/(?=\/)/, '/./') : `http://${authority}${path}`
  const location = place + search + hash
  const raw = origin.raw.map((value, i) => (i % 2 === 1 && isLocation(origin.raw[i - 1]) ? location : value))
  return {...origin, raw, locations: [location]}
}

const isLocation = (name: string | undefined): boolean => name?.toLowerCase() === 'location'

/** The authority under which the client asked. */
function authorityOf({form, target, host}: Head): string | undefined {
  const named = form === 'absolute' ? ABSOLUTE.exec(target)?.[1] : host
  return named !== undefined && AUTHORITY.test(named) ? named : undefined
}
