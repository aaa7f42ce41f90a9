// Routes that never match, since earlier ones cover everything that they match. Such a route is a mistake: its author believes
// that it holds. Decided for hosts, ports, methods, types and the paths that can be compared; of two expressions only equal
// ones are.
import {isOfType} from '../../core/content-type.js'
import {includesDomain} from '../../lib/domain-list.js'
import {expiryOf} from '../../lib/instant.js'
import type {MatchSection, RouteSection} from './config.js'
import {canonicalPath, isBelow} from './path.js'

export interface Shadow {
  /** Place of the route in the list. */
  readonly at: number
  /** Names of the routes that cover it. */
  readonly by: readonly string[]
  /** Hosts of the route that are covered; undefined: all of it is. */
  readonly hosts: readonly string[] | undefined
}

export function shadowsOf(routes: readonly RouteSection[]): readonly Shadow[] {
  return routes.flatMap((route, at): readonly Shadow[] => {
    const earlier = routes.slice(0, at).filter((one) => !endsBefore(one, route))
    const by = new Set<string>()
    const covered = route.match.hosts.filter((host) => {
      const coverers = coverersOf(host, route.match, earlier)
      for (const name of coverers ?? []) by.add(name)
      return coverers !== undefined
    })
    if (covered.length === 0) return []
    const isWhole = covered.length === route.match.hosts.length
    return [{at, by: [...by], hosts: isWhole ? undefined : covered}]
  })
}

/** The later route holds where the earlier one has ended. */
function endsBefore(earlier: RouteSection, later: RouteSection): boolean {
  return endOf(earlier) < endOf(later)
}

function endOf({expires}: RouteSection): number {
  return expires === undefined ? Infinity : (expiryOf(expires) ?? 0)
}

const ANY = [undefined] as const

/** The routes that together match every request to the host; undefined where some request is left. */
function coverersOf(
  host: string,
  match: MatchSection,
  earlier: readonly RouteSection[],
): readonly string[] | undefined {
  const names = new Set<string>()
  for (const port of match.ports ?? ANY) {
    for (const method of match.methods ?? ANY) {
      for (const type of match.media_types ?? ANY) {
        const one = earlier.find(
          (route) =>
            route.match.hosts.some((outer) => includesDomain(outer, host)) &&
            includes(route.match.ports, port, (a, b) => a === b) &&
            includes(route.match.methods, method, (a, b) => a === b) &&
            includes(route.match.media_types, type, (outer, inner) => outer === inner || isOfType(inner, outer)) &&
            coversHeaders(route.match.headers, match.headers) &&
            coversPath(route.match.path, match.path),
        )
        if (!one) return undefined
        names.add(one.name)
      }
    }
  }
  return [...names]
}

/** `inner` undefined: any value. */
function includes<T>(
  outer: readonly T[] | undefined,
  inner: T | undefined,
  covers: (outer: T, inner: T) => boolean,
): boolean {
  return outer === undefined || (inner !== undefined && outer.some((one) => covers(one, inner)))
}

/** Every condition of the earlier route is one of the later, too. */
function coversHeaders(outer: MatchSection['headers'], inner: MatchSection['headers']): boolean {
  return (outer ?? []).every((one) =>
    (inner ?? []).some(
      ({name, equals, regex}) =>
        name.toLowerCase() === one.name.toLowerCase() && equals === one.equals && regex === one.regex,
    ),
  )
}

function coversPath(outer: MatchSection['path'], inner: MatchSection['path']): boolean {
  if (outer === undefined) return true
  if (inner === undefined) return outer.prefix === '/'
  if (outer.regex !== undefined || inner.regex !== undefined) return outer.regex === inner.regex
  if (outer.prefix !== undefined) return isBelow(canonicalPath(outer.prefix), fixedPart(inner))
  if (inner.prefix !== undefined) return false
  if (outer.exact !== undefined)
    return inner.exact !== undefined && canonicalPath(outer.exact) === canonicalPath(inner.exact)
  return coversTemplate(
    segmentsOf(outer.template ?? ''),
    segmentsOf(inner.template ?? canonicalPath(inner.exact ?? '')),
  )
}

/** The beginning that every path of the match has, to the end of a segment. */
function fixedPart({exact, prefix, template = ''}: NonNullable<MatchSection['path']>): string {
  if (exact !== undefined) return canonicalPath(exact)
  if (prefix !== undefined) return canonicalPath(prefix)
  const placeholder = template.search(/\/(?:\{|\*\*)/)
  return placeholder < 0 ? canonicalPath(template) : canonicalPath(template.slice(0, placeholder + 1))
}

function segmentsOf(path: string): readonly string[] {
  return path.slice(1).split('/')
}

function coversTemplate(outer: readonly string[], inner: readonly string[]): boolean {
  const isOpen = outer.at(-1) === '**'
  const fixed = isOpen ? outer.slice(0, -1) : outer
  if (!isOpen && (inner.at(-1) === '**' || inner.length !== fixed.length)) return false
  return fixed.every((part, i) => {
    const other = inner[i]
    if (other === undefined || other === '**') return false
    return part.startsWith('{') ? other !== '' : part === other
  })
}
