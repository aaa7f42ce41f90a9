// The reverse proxy as configured.
import type {Target} from '../exchange.js'
import type {ListenAddress} from '../listen.js'

/** The service behind the reverse proxy. */
export interface ReverseUpstream {
  readonly target: Target
  /** Path under which everything lies; without a slash at its end, so "" for none. */
  readonly base: string
}

export interface ReverseProxyService {
  /** undefined: off. */
  readonly listen: ListenAddress | undefined
  readonly upstream: ReverseUpstream | undefined
}
