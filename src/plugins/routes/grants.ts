// What routes lift, for evidence: each begins with a receipt when it comes into force, and ends with one when it expires or is
// taken out of the configuration.
import type {Authorization} from '../../core/services/recorder.js'
import {expiryOf} from '../../lib/instant.js'
import type {RouteSection} from './config.js'
import {liftsOf} from './lifts.js'

export interface Grant {
  /** Identity across reloads. */
  readonly key: string
  readonly route: string
  /** A rule, or a key of the route with its value. */
  readonly lifts: string
  readonly owner: string
  /** Where: host, and path as the route has it. */
  readonly target: string
  /** Milliseconds since the epoch; Infinity where it does not end. */
  readonly endsAt: number
}

export function grantsOf(routes: readonly RouteSection[]): readonly Grant[] {
  return routes.flatMap((route) => {
    const routeEnds = endOf(route.expires)
    const target = targetOf(route)
    const grant = (lifts: string, owner: string, endsAt: number): Grant => {
      const key = JSON.stringify([route.name, lifts, owner, endsAt, route.match])
      return {key, route: route.name, lifts, owner, target, endsAt: Math.min(endsAt, routeEnds)}
    }
    return [
      ...liftsOf(route).map((lifts) => grant(lifts, route.owner, routeEnds)),
      ...route.exemptions.map(({rule, owner, expires}) => grant(rule, owner, endOf(expires))),
    ]
  })
}

function endOf(expires: string | undefined): number {
  return expires === undefined ? Infinity : (expiryOf(expires) ?? 0)
}

function targetOf({match: {hosts, path = {}}}: RouteSection): string {
  const {exact, prefix, template, regex} = path
  const [host = ''] = hosts
  return `${host}${exact ?? prefix ?? template ?? (regex === undefined ? '/' : ` ${regex}`)}`
}

const STEP_MS = 60_000

/** The grants in force; survives reloads. */
export class Grants {
  readonly #current = new Map<string, Grant>()

  /** Takes over the grants of a configuration. Returns what began and what ended. */
  use(grants: readonly Grant[], now: number): readonly Authorization[] {
    const valid = new Map(grants.filter(({endsAt}) => endsAt >= now).map((grant) => [grant.key, grant]))
    const ended = [...this.#current.values()].filter(({key}) => !valid.has(key))
    const begun = [...valid.values()].filter(({key}) => !this.#current.has(key))
    for (const {key} of ended) this.#current.delete(key)
    for (const grant of begun) this.#current.set(grant.key, grant)
    return [
      ...ended.map((grant) => authorization(grant, grant.endsAt < now ? 'exemption_expired' : 'exemption_withdrawn')),
      ...begun.map((grant) => authorization(grant, 'exemption_granted')),
    ]
  }

  /** Calls back once a minute with the grants that have expired. Returns how to end it. */
  watch(now: () => number, expired: (ended: readonly Authorization[]) => void): () => void {
    const timer = setInterval(() => {
      const ended = this.use([...this.#current.values()], now())
      if (ended.length > 0) expired(ended)
    }, STEP_MS)
    timer.unref()
    return () => clearInterval(timer)
  }
}

function authorization(
  {route, lifts, owner, target}: Grant,
  layer: 'exemption_granted' | 'exemption_expired' | 'exemption_withdrawn',
): Authorization {
  return {
    verdict: layer === 'exemption_granted' ? 'allow' : 'block',
    layer,
    target,
    actor: owner,
    pattern: `${route}: ${lifts}`,
  }
}
