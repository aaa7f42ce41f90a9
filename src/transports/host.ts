// What a transport needs of the firewall it runs in. Transports turn wire into exchanges and decisions into wire; all
// policy stands behind `policy()`.
import type {Header} from '../core/exchange.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import type {DomainList} from '../lib/domain-list.js'
import type {Shares} from '../core/shares.js'
import type {WorkBudgets} from '../core/work.js'

/** Live settings; read once per exchange. Byte sizes in bytes, times as named. */
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
  /** Further names under which own routes answer. */
  readonly allowedHosts: DomainList
  readonly workBudgets: WorkBudgets
}

/** What an own route may know of its request. */
export interface OwnRequest {
  readonly method: string
  /** As received. */
  readonly target: string
  /** `Host` as received; "" without one. */
  readonly authority: string
  /** The lines of a field, by lower-case name, joined by `, `. */
  field(name: string): string | undefined
}

/** An endpoint of our own on the main listener (/health, /stats, /metrics, the key directory). */
export interface OwnRoute {
  readonly methods: readonly string[]
  handle(
    request: OwnRequest,
  ): Promise<{readonly status: number; readonly headers: readonly Header[]; readonly body: Buffer}>
}

/** Counters that only a transport can know. Every label value is from a closed set. */
export interface TransportEvents {
  tunnelOpened(): void
  tunnelClosed(seconds: number, bytes: number): void
  /** category of proxy §8.2 */
  firstBytes(category: string): void
  websocketHostHint(): void
}

export interface TransportHost {
  readonly ports: Ports
  /** The current snapshot; an exchange keeps the one it began with. */
  policy(): Policy
  settings(): TransportSettings
  /** Own routes by exact path; looked up for origin-form requests other than /fetch. */
  readonly routes: ReadonlyMap<string, OwnRoute>
  readonly events: TransportEvents
  /** What every client holds of what all share. */
  readonly shares: Shares
  /** The client that an address belongs to: the key of its shares. */
  clientOf(address: string): string
  /** `req-<n>`, process-wide. */
  nextRequestId(): string
  /** False for a text that holds a credential: what a client calls itself must not carry one into log, answer or evidence. */
  isClean(text: string): boolean
  /** True for an address and port that this process listens on (a wildcard bind covers every local address): never dialled (proxy §5.5 step 0). */
  isOwnListener(address: string, port: number): boolean
}
