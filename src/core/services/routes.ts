// The routes of the configuration as a service: which one an exchange takes, and what becomes of a tunnel.
import type {Exchange} from '../exchange.js'
import type {Route, Routing} from '../route.js'

export type TunnelHandling = 'intercept' | 'passthrough'

export interface RoutesService {
  /** The route of an exchange; undefined where none matches. */
  of(x: Exchange): Route | undefined
  /** Whether a tunnel to a host and port is opened; undefined: as everywhere. */
  tunnel(host: string, port: number): TunnelHandling | undefined
  /** True where a route lifts the allowlist and the blocklist for the exchange. */
  allows(x: Exchange): boolean
  /** undefined where no route is configured. */
  readonly routing: Routing | undefined
}
