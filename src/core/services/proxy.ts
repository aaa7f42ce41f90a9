// The network surfaces as configured.
import type {DomainList} from '../../lib/domain-list.js'
import type {ListenAddress} from '../listen.js'
import type {WorkBudgets} from '../work.js'

/** Live settings of the transports; read once per exchange. Byte sizes in bytes, times in the unit of their suffix. */
export interface TransportSettings {
  readonly forwardEnabled: boolean
  readonly fetchTimeoutSeconds: number
  readonly maxResponseBytes: number
  readonly userAgent: string
  readonly maxTunnelSeconds: number
  readonly idleTimeoutSeconds: number
  readonly followRedirects: boolean
  readonly sniVerification: boolean
  readonly redirectWebsocketHosts: readonly string[]
  /** Sanitised already; "" when not configured. */
  readonly defaultAgentIdentity: string
  readonly bindDefaultAgentIdentity: boolean
  /** Additional names under which own routes respond. */
  readonly allowedHosts: DomainList
  readonly workBudgets: WorkBudgets
}

/** Bounds of the shared resources, as configured. */
export interface ShareSettings {
  readonly heldMb: number
  /** 0: derived from the descriptor limit. */
  readonly openRequests: number
}

export interface ProxyService {
  readonly listen: ListenAddress
  readonly settings: TransportSettings
  readonly limits: ShareSettings
}
