// Services of the plugins that inspect messages by their hooks: what other plugins need to know of them.
import type {Agent, Exchange} from '../exchange.js'

export interface RequestScanningService {
  readonly enabled: boolean
}

export interface A2aService {
  readonly enabled: boolean
  /** True for a stream of A2A messages, which the a2a plugin inspects itself. */
  isStream(x: Exchange): boolean
}

export interface CrossRequestService {
  readonly entropyActive: boolean
  readonly fragmentsActive: boolean
  /** Characters held for all clients. */
  bufferSize(): number
  /** Removes the memory of a client; false for an unknown one. */
  forget(agent: Agent, clientIp: string): boolean
}
