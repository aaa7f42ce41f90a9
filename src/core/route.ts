// A route: requests that a match selects, and what holds for them. The first that matches an exchange is its route; without
// one the configuration outside of `routes` holds. A route lifts inspection where an operator says so and refuses methods;
// it never outvotes a contract.
import {isOfType} from './content-type.js'
import type {Exchange, Unit} from './exchange.js'
import type {Findings} from './verdicts.js'

/**
 * `inspect`: held until it is complete and judged. `pieces`: text is judged piece by piece while it moves, where no plugin
 * needs it whole. `stream`: moves unread.
 */
export type BodyHandling = 'inspect' | 'pieces' | 'stream'

export interface Route {
  readonly name: string
  readonly requests: {
    readonly body: Exclude<BodyHandling, 'pieces'>
    /** Longest inspected body; undefined: as everywhere. */
    readonly maxBytes: number | undefined
  }
  readonly responses: {
    readonly body: BodyHandling
    /** Longest inspected body; undefined: as everywhere. */
    readonly maxBytes: number | undefined
    /** A body with a content coding is decoded and judged, instead of refused. */
    readonly decodes: boolean
    /** Media types (`type/subtype`, or `type/*`) whose bodies move unread when their beginning is not text. */
    readonly streamTypes: readonly string[]
  }
}

/** The routes of a policy, for its pipeline. */
export interface Routing {
  of(x: Exchange): Route | undefined
  /** Why the route refuses the exchange. */
  judge(x: Exchange): Findings
  /** The findings with those that an exemption of the route covers turned into warnings. */
  exempt(x: Exchange, findings: Findings): Findings
}

/** True where the body of the message moves unread, without regard to its content. Messages of WebSockets have no body that streams. */
export function streams(route: Route | undefined, head: Pick<Unit, 'direction' | 'framing'>): boolean {
  if (!route || head.framing === 'messages') return false
  return (head.direction === 'request' ? route.requests : route.responses).body === 'stream'
}

/** True for a response whose body moves unread if its beginning is not text. */
export function streamsBinary(route: Route | undefined, {direction, mediaType}: Unit): boolean {
  if (!route || direction !== 'response') return false
  return route.responses.streamTypes.some((type) => isOfType(mediaType, type))
}
