// The interface that a transport requires of the firewall around it. Transports turn wire into exchanges and decisions
// into wire; all policy is behind `policy()`.
import type {Interceptor} from '../core/services/interception.js'
import type {WebSocketBytes} from '../core/services/metrics.js'
import type {TransportSettings} from '../core/services/proxy.js'
import type {WebSocketSettings} from '../core/services/websocket.js'
import type {Finding} from '../core/decision.js'
import type {Header} from '../core/exchange.js'
import type {Policy} from '../core/policy.js'
import type {Ports} from '../core/ports.js'
import type {Shares} from '../core/shares.js'

/** The part of a request that an own route may read. */
export interface OwnRequest {
  readonly method: string
  /** As received. */
  readonly target: string
  /** `Host` as received; "" without one. */
  readonly authority: string
  /** The lines of a field, by lower-case name, joined by `, `. */
  field(name: string): string | undefined
  /** The same, line by line. */
  lines(name: string): readonly string[]
  readonly clientIp: string
  /** Reads the whole body; called at most once. */
  body(maxBytes: number): Promise<Buffer | 'too_large' | 'broken'>
}

/** An endpoint of the firewall itself on the main listener (/health, /stats, /metrics, the key directory). */
export interface OwnRoute {
  readonly methods: readonly string[]
  handle(
    request: OwnRequest,
  ): Promise<{readonly status: number; readonly headers: readonly Header[]; readonly body: Buffer}>
}

export type InterceptOutcome = 'intercepted' | 'passthrough' | 'handshake_error' | 'deadline_error' | 'failed'

/** Counters that only a transport can know. Every label value is from a closed set. */
export interface TransportEvents {
  tunnelOpened(): void
  tunnelClosed(seconds: number, bytes: number): void
  /** Kind of the first bytes of a tunnel. */
  firstBytes(category: string): void
  websocketHostHint(): void
  /** Outcome of opening a tunnel. */
  intercepted(outcome: InterceptOutcome): void
  /** A completed handshake, with the client of an opened tunnel or with an origin. */
  handshake(side: 'client' | 'upstream', seconds: number): void
  websocketOpened(): void
  websocketClosed(seconds: number, bytes: WebSocketBytes): void
  websocketFrame(type: 'text' | 'binary' | 'control'): void
  /** A message matched in this layer. */
  websocketMatch(layer: string): void
}

export interface TransportHost {
  readonly ports: Ports
  /** The current snapshot; an exchange keeps the one it began with. */
  policy(): Policy
  settings(): TransportSettings
  websocket(): WebSocketSettings
  /** undefined: no tunnel is opened. */
  interceptor(): Interceptor | undefined
  /** Own routes by exact path; looked up for origin-form requests other than /fetch. */
  readonly routes: ReadonlyMap<string, OwnRoute>
  readonly events: TransportEvents
  /** The holdings of every client in the shared resources. */
  readonly shares: Shares
  /** The client of an address: the key of its shares. */
  clientOf(address: string): string
  /** `req-<n>`, counted for each firewall. */
  nextRequestId(): string
  /**
   * Why a client must not do anything now: the kill switch. `ownPath`: path of an origin-form request to the firewall
   * itself, as received.
   */
  denial(clientIp: string, ownPath?: string): Finding | undefined
  /**
   * False for a text that holds a credential: a client's name for itself must not carry one into log, response or
   * evidence.
   */
  isClean(text: string): boolean
  /**
   * True for an address and port of a listener of this process (a wildcard bind covers every local address). Such an
   * address is never dialled: the proxy would call itself until sockets run out.
   */
  isOwnListener(address: string, port: number): boolean
}
