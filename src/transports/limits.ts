// Every timeout and size limit of the listener in one place. `idle` is not here: it is a live setting.

export interface Limits {
  readonly headBytes: number
  readonly headFields: number
  readonly requestLineBytes: number
  /** First byte of a connection, next request on a kept one. */
  readonly firstByteMs: number
  /** Complete head, from its first byte. */
  readonly headMs: number
  readonly tunnelHeadMs: number
  /** Interval between checks of pending heads; node's default is 30 s. */
  readonly checkIntervalMs: number
  /** Handshake with the client of a tunnel that is opened. */
  readonly clientTlsMs: number
  readonly upstreamHeadMs: number
  /** Dial and handshake with the server of a WebSocket. */
  readonly webSocketHandshakeMs: number
  /** Wait for the other close frame, once one was relayed. */
  readonly webSocketCloseMs: number
  /** TCP connect over all addresses. */
  readonly connectMs: number
  readonly tlsMs: number
  /** Delay before the next address, while earlier ones are still being tried. */
  readonly attemptDelayMs: number
  readonly tcpKeepAliveMs: number
  /** Bytes read and discarded behind a block before the connection closes. */
  readonly drainBytes: number
  readonly drainMs: number
  /** How long a closed connection is still read, so that a reset does not overtake the last response. */
  readonly lingerMs: number
  /** Complete hello or first line of a tunnel, from its first byte. */
  readonly firstBytesMs: number
  /** Requests that may wait behind the current one. */
  readonly waiting: number
  readonly pools: number
  readonly poolIdleMs: number
  readonly redirects: number
  readonly extractionMs: number
  /** Connections beyond their client's share: each may send one request to an own route. */
  readonly spareConnections: number
  /** A held body must bring this many bytes per `leastRateMs`, or it ends. */
  readonly leastRateBytes: number
  readonly leastRateMs: number
  /** Bodies up to this size may arrive at any rate: they cost little, and some APIs send blanks while they work. */
  readonly slowBytes: number
}

export const DEFAULT_LIMITS: Limits = {
  headBytes: 65_536,
  headFields: 200,
  requestLineBytes: 16_384,
  firstByteMs: 120_000,
  headMs: 5_000,
  tunnelHeadMs: 30_000,
  checkIntervalMs: 1_000,
  clientTlsMs: 30_000,
  upstreamHeadMs: 300_000,
  webSocketHandshakeMs: 30_000,
  webSocketCloseMs: 5_000,
  connectMs: 10_000,
  tlsMs: 10_000,
  attemptDelayMs: 250,
  tcpKeepAliveMs: 30_000,
  drainBytes: 67_108_864,
  drainMs: 5_000,
  lingerMs: 1_000,
  firstBytesMs: 5_000,
  waiting: 16,
  pools: 256,
  poolIdleMs: 30_000,
  redirects: 5,
  extractionMs: 2_000,
  spareConnections: 64,
  leastRateBytes: 10_240,
  leastRateMs: 10_000,
  slowBytes: 65_536,
}
