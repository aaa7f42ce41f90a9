// Routes as functions of an exchange. Everything is compiled once; a host without routes costs one look-up.
import {isOfType} from '../../core/content-type.js'
import {overridesOf} from '../../core/contract/overrides.js'
import type {Exemption} from '../../core/decision.js'
import type {Exchange, Header} from '../../core/exchange.js'
import {headUnit} from '../../core/inspection.js'
import type {Route} from '../../core/route.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {expiryOf} from '../../lib/instant.js'
import type {RegexEngine} from '../../lib/regex/engine.js'
import type {MatchSection, RouteSection} from './config.js'
import {canonicalPath, compilePath, lenientPath, wholeMatch} from './path.js'

export interface CompiledRoute {
  readonly route: Route
  readonly section: RouteSection
  /** False for a route that only some requests to its hosts and ports take. */
  readonly isWhole: boolean
  readonly exemptions: readonly TimedExemption[]
  /** Milliseconds since the epoch; Infinity where it does not end. */
  readonly endsAt: number
  readonly covers: (host: string, port: number) => boolean
  /** The conditions other than host and port. */
  readonly matches: (facts: RequestFacts, path: string) => boolean
  /** The same without regard to the case of the path. */
  readonly matchesFolded: (facts: RequestFacts, path: string) => boolean
}

export interface TimedExemption extends Exemption {
  readonly endsAt: number
}

export interface RequestFacts {
  readonly method: string
  readonly headers: readonly Header[]
  /** Of the body of the request; "" when missing. */
  readonly mediaType: string
}

export function compileRoutes(sections: readonly RouteSection[], engine: () => RegexEngine): readonly CompiledRoute[] {
  return sections.map((section) => compileRoute(section, engine))
}

function compileRoute(section: RouteSection, engine: () => RegexEngine): CompiledRoute {
  const {name, match, requests, responses} = section
  const hosts = compileDomainList(match.hosts)
  const ports = match.ports && new Set(match.ports)
  const inHead = headCondition(match, engine)
  const path = compilePath(match.path, engine)
  const folded = compilePath(match.path, engine, true)
  return {
    section,
    route: {
      name,
      requests: {body: requests.body, maxBytes: requests.max_bytes},
      responses: {
        body: responses.body,
        maxBytes: responses.max_bytes,
        decodes: responses.decode,
        streamTypes: responses.stream_types,
      },
    },
    isWhole: isWhole(match),
    exemptions: section.exemptions.map(({rule, owner, reason, expires}) => ({
      route: name,
      rule,
      owner,
      reason,
      expires,
      endsAt: expiryOf(expires) ?? 0,
    })),
    endsAt: section.expires === undefined ? Infinity : (expiryOf(section.expires) ?? 0),
    covers: (host, port) => (ports === undefined || ports.has(port)) && hosts.match(host) !== undefined,
    matches: (facts, text) => path(text) && inHead(facts),
    matchesFolded: (facts, text) => folded(text) && inHead(facts),
  }
}

/** True for a match without conditions but host and port. */
export function isWhole({methods, path, headers, media_types}: MatchSection): boolean {
  return methods === undefined && path === undefined && headers === undefined && media_types === undefined
}

function headCondition(match: MatchSection, engine: () => RegexEngine): (facts: RequestFacts) => boolean {
  const methods = match.methods && new Set(match.methods)
  const types = match.media_types
  const fields = match.headers?.map(({name, equals, regex}) => ({
    name: name.toLowerCase(),
    matches: equals === undefined ? wholeMatch(engine(), regex ?? '') : (value: string) => value === equals,
  }))
  return ({method, headers, mediaType}) => {
    if (methods && !methods.has(method)) return false
    if (types && !types.some((type) => isOfType(mediaType, type))) return false
    if (!fields) return true
    return fields.every(({name, matches}) => {
      const values = headers.filter(([field]) => field.toLowerCase() === name)
      // of two lines, nobody knows which one a server reads
      const [first] = values
      return values.length === 1 && first !== undefined && matches(first[1])
    })
  }
}

export function factsOf({method, headers}: Exchange): RequestFacts {
  return {method, headers, mediaType: headUnit('request', headers).mediaType}
}

/**
 * The paths that a server may act on: that of the URL, as a lenient server reads it, and those that headers name in its place.
 */
export function readingsOf({target, headers, rawTarget}: Exchange): readonly string[] {
  if (!target) return []
  const readings = new Set([target.path, lenientPath(target.path)])
  for (const url of overridesOf(headers, rawTarget).urls) {
    const path = pathOf(url)
    for (const text of [path, lenientPath(path)]) readings.add(text)
  }
  return [...readings]
}

function pathOf(url: string): string {
  try {
    return url.startsWith('/') ? canonicalPath(url) : new URL(url).pathname
  } catch {
    return url
  }
}
