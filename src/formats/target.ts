// Reads a destination from URL text before any URL library: a WHATWG parser drops tabs, turns `\` into `/` and takes
// `https:///p` for host `p`, so it only ever sees the authority that was cut out here.

export interface Destination {
  readonly scheme: 'http' | 'https'
  /** ASCII, lower case, no final dot, IP literals in canonical text without brackets. */
  readonly host: string
  readonly port: number
  readonly isDefaultPort: boolean
  /** Between authority and `?` or `#`, as received; may be empty. */
  readonly rawPath: string
  /** Between the first `?` and `#`, as received; may be empty. */
  readonly rawQuery: string
}

const FORBIDDEN = /[\u0000-\u0020\u007f\\]/
const SHAPE = /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/i

export function defaultPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80
}

/** undefined when the URL is malformed; its path is judged elsewhere. */
export function parseDestination(url: string): Destination | undefined {
  if (FORBIDDEN.test(url)) return undefined
  const match = SHAPE.exec(url)
  if (!match) return undefined
  const [, front = '', authority = '', rawPath = '', rawQuery = ''] = match
  const scheme = front.toLowerCase() === 'https' ? 'https' : 'http'
  const at = parseAuthority(scheme, authority)
  return at && {scheme, host: at.host, port: at.port, isDefaultPort: at.port === defaultPort(scheme), rawPath, rawQuery}
}

/**
 * Plain names need no parser; digits in the last label could be an IPv4 number, and the parser validates `xn--` labels.
 * The pattern backtracks, hence the length limit.
 */
const MAX_PLAIN_HOST = 253
const PLAIN_HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z](?:[a-z0-9_-]*[a-z0-9_])?$/

function parseAuthority(
  scheme: 'http' | 'https',
  authority: string,
): {readonly host: string; readonly port: number} | undefined {
  if (authority === '' || authority.includes('@')) return undefined
  if (authority.length <= MAX_PLAIN_HOST && PLAIN_HOST.test(authority) && !authority.includes('xn--')) {
    return {host: authority, port: defaultPort(scheme)}
  }
  let url: URL
  try {
    url = new URL(`${scheme}://${authority}/`)
  } catch {
    return undefined
  }
  const port = url.port === '' ? defaultPort(scheme) : Number(url.port)
  const host = bare(url.hostname)
  return port === 0 || host === '' ? undefined : {host, port}
}

function bare(hostname: string): string {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return host.endsWith('.') ? host.slice(0, -1) : host
}

/** A host of a rule or a request in the stored form; undefined for an invalid host. */
export function normalizeHost(text: string): string | undefined {
  const trimmed = text.trim()
  if (FORBIDDEN.test(trimmed) || /[/?#@]/.test(trimmed)) return undefined
  // an IPv6 address without brackets has at least two colons; a single one would be a port
  const authority = trimmed.includes(':') && !trimmed.startsWith('[') ? `[${trimmed}]` : trimmed
  return parseAuthority('http', authority)?.host
}

/** Host and port for readers: brackets around IPv6, the port only when it differs from the default. */
export function hostText(host: string, port?: number): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}
