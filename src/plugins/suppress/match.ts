// Where a suppression applies. Host and path of a URL are matched separately, and the query not at all: with one
// pattern over the whole text `*.example.com*` would also cover `https://evil.test/?x=.example.com`.
import {checkGlob, compileGlob} from '../../lib/glob.js'

const WITHIN = {dialect: 'shell', crosses: false} as const
const ACROSS = {dialect: 'shell', crosses: true} as const

/** A compiled `path`: does it cover this target? Targets are canonical URLs, other locators, or file paths. */
export type PathMatcher = (target: string) => boolean

/** The fault of a `path`; undefined when it compiles. */
export function checkPath(path: string): string | undefined {
  return path === '' ? 'is empty' : checkGlob(path.replaceAll('\\', '/'), 'shell')
}

/** Why a `path` covers no possible target; undefined when it may cover one. Targets are canonical. */
export function whyNowhere(path: string): string | undefined {
  if (path !== path.trim()) return 'covers nothing: it has leading or trailing white space'
  const pattern = path.replaceAll('\\', '/')
  const mark = pattern.indexOf('://')
  if (mark < 0) return undefined
  const url = pattern.slice(mark + 3)
  const authority = url.split('/', 1)[0] ?? ''
  if (authority.includes('@')) return 'covers nothing: a host is matched without user and password'
  if (/[^\x00-\x7f]/.test(authority)) return 'covers nothing: hosts are matched in their ASCII form (xn--…)'
  if (url.includes('#')) return 'covers nothing: the fragment of a URL is never matched'
  // a question mark matches one character of a path
  if (/\?[^/]*=/.test(url)) return 'covers nothing: the query of a URL is never matched; end the path in front of it'
  if (/\/\.\.?(?:\/|$)/.test(url)) return 'covers nothing: paths of URLs are matched without . and .. in them'
  return undefined
}

export function compilePath(path: string): PathMatcher {
  const pattern = path.replaceAll('\\', '/')
  const onUrl = urlMatcher(pattern)
  const onPath = pathMatcher(pattern, false)
  return (target) => {
    const url = splitUrl(target.replaceAll('\\', '/'))
    return url ? onUrl(url) : onPath(target.replaceAll('\\', '/'))
  }
}

interface UrlParts {
  readonly scheme: string
  /** Host, with the port where it differs from the scheme's default. */
  readonly authority: string
  /** From the first slash, without query and fragment. */
  readonly path: string
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {http: ':80', https: ':443', ws: ':80', wss: ':443'}

function splitUrl(text: string): UrlParts | undefined {
  const mark = text.indexOf('://')
  if (mark < 1) return undefined
  const scheme = text.slice(0, mark).toLowerCase()
  const rest = text.slice(mark + 3)
  const slash = rest.search(/[/?#]/)
  const authority = (slash < 0 ? rest : rest.slice(0, slash)).toLowerCase()
  const tail = slash < 0 ? '' : rest.slice(slash)
  const query = tail.search(/[?#]/)
  const path = query < 0 ? tail : tail.slice(0, query)
  const port = DEFAULT_PORTS[scheme]
  return {
    scheme,
    authority: port !== undefined && authority.endsWith(port) ? authority.slice(0, -port.length) : authority,
    path: path === '' ? '/' : path,
  }
}

/**
 * A pattern without scheme may name a path, a file, or a host with or without a path; each is tried on its own part.
 */
function urlMatcher(pattern: string): (url: UrlParts) => boolean {
  const mark = pattern.indexOf('://')
  if (mark >= 0) {
    const scheme = compileGlob(pattern.slice(0, mark).toLowerCase(), ACROSS)
    const host = hostMatcher(pattern.slice(mark + 3), pattern.slice(0, mark).toLowerCase())
    return (url) => scheme(url.scheme) && host(url)
  }
  const onPath = pathMatcher(pattern, true)
  const host = /^[^/]*[.*]/.test(pattern) && !pattern.startsWith('/') ? hostMatcher(pattern, '') : undefined
  return (url) => onPath(url.path) || (host?.(url) ?? false)
}

function hostMatcher(text: string, scheme: string): (url: UrlParts) => boolean {
  const slash = text.indexOf('/')
  // a star at the end of the host matches any continuation of the path, but must not extend the host
  const open = slash < 0 && text.endsWith('*') && text !== '*' && !text.endsWith('.*')
  const named = (slash < 0 ? (open ? text.slice(0, -1) : text) : text.slice(0, slash)).toLowerCase()
  const port = DEFAULT_PORTS[scheme]
  const host = compileGlob(port !== undefined && named.endsWith(port) ? named.slice(0, -port.length) : named, WITHIN)
  const rest = slash < 0 ? (open ? '/*' : '/') : text.slice(slash)
  const path = compileGlob(rest.endsWith('/') && slash >= 0 ? `${rest}*` : rest, ACROSS)
  return (url) => host(url.authority) && path(url.path)
}

function pathMatcher(pattern: string, ofUrl: boolean): PathMatcher {
  if (pattern.endsWith('/')) return (path) => path.startsWith(pattern)
  const whole = compileGlob(pattern, WITHIN)
  // a host pattern never matches a file name: `*.example.com` does not cover the path `/x.example.com`
  const base = ofUrl && /^\*\.[^/]*\.[^/]*$/.test(pattern) ? undefined : compileGlob(pattern, WITHIN)
  const suffix = `/${pattern}`
  return (path) =>
    path === pattern || whole(path) || path.endsWith(suffix) || (base?.(path.slice(path.lastIndexOf('/') + 1)) ?? false)
}
