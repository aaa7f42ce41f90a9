// Opening of TLS tunnels: for which hosts, and with which certificates.
import type {SecureContext} from 'node:tls'

export interface Interceptor {
  /** False for a host and port whose tunnels are relayed unread. */
  intercepts(host: string, port: number): boolean
  /**
   * Certificate and key for a handshake as this host: lower case, IPv6 without brackets. Rejects where none can be issued.
   */
  contextFor(host: string): Promise<SecureContext>
}

export interface InterceptionService {
  /** undefined: no tunnel is opened. */
  readonly interceptor: Interceptor | undefined
}
