// Metrics as a service: the counters that only transports and host can increment, and the two pages.
import type {ListenAddress} from '../listen.js'

/** Payload bytes through one WebSocket. */
export interface WebSocketBytes {
  readonly toServer: number
  readonly toClient: number
}

/** One request to the scan API. All names come from closed sets. */
export interface ScanCount {
  /** "": none that is known. */
  readonly kind: string
  /** "": an error. */
  readonly decision: string
  readonly status: number
  /** Code of the error, or "". */
  readonly error: string
  readonly findings: readonly {readonly scanner: string; readonly severity: string}[]
  readonly seconds: number
}

export interface HostCounters {
  tunnelOpened(): void
  tunnelClosed(seconds: number, bytes: number): void
  firstBytes(category: string): void
  websocketHostHint(): void
  intercepted(outcome: string): void
  handshake(side: 'client' | 'upstream', seconds: number): void
  websocketOpened(): void
  websocketClosed(seconds: number, bytes: WebSocketBytes): void
  websocketFrame(type: 'text' | 'binary' | 'control'): void
  /** A message matched in this layer. */
  websocketMatch(layer: string): void
  shareRefused(resource: string): void
  reloaded(status: 'success' | 'failed'): void
  hookFailed(): void
  scanBegan(): void
  /** undefined: given up without a response. */
  scanEnded(count: ScanCount | undefined): void
}

export interface MetricsService {
  /** A listener of its own, when configured. */
  readonly listen: ListenAddress | undefined
  readonly counters: HostCounters
  /** Prometheus text of all metrics. */
  text(): Promise<string>
  /** The object of /stats. */
  stats(): object
}
