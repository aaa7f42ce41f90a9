// Every wait and size of the listener in one place (proxy §2.3, §5.5, §8.1). `idle` is not here: it is a live setting.

export interface Limits {
  readonly headBytes: number
  readonly headFields: number
  readonly requestLineBytes: number
  /** First byte of a connection, next request on a kept one. */
  readonly firstByteMs: number
  /** Complete head, from its first byte. */
  readonly headMs: number
  readonly tunnelHeadMs: number
  /** How often heads are looked at; node checks every 30 s by itself. */
  readonly checkIntervalMs: number
  readonly upstreamHeadMs: number
  /** TCP connect over all addresses. */
  readonly connectMs: number
  readonly tlsMs: number
  /** Next address, while the earlier ones are still being tried. */
  readonly attemptDelayMs: number
  readonly tcpKeepAliveMs: number
  /** What is read and discarded behind a block before the connection closes (proxy §6.3). */
  readonly drainBytes: number
  readonly drainMs: number
  /** How long a closed connection is still read, so that a reset does not swallow the last answer. */
  readonly lingerMs: number
  /** Complete hello or first line of a tunnel, from its first byte. */
  readonly firstBytesMs: number
  /** Requests that may wait behind the one being answered. */
  readonly waiting: number
  readonly pools: number
  readonly poolIdleMs: number
  readonly redirects: number
  readonly extractionMs: number
  /** Connections beyond the share of their client: each may ask one thing of our own routes. */
  readonly spareConnections: number
  /** A body that is held must bring so many bytes in so long a time, or it ends. */
  readonly leastRateBytes: number
  readonly leastRateMs: number
  /** Bodies up to this size may come as slowly as they like: they cost little, and some APIs send blanks while they work. */
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
  upstreamHeadMs: 300_000,
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
