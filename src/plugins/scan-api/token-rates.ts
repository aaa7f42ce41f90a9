// A bucket of scans for each token: it holds `burst` and fills by the minute.
export interface TokenRates {
  /** Takes a scan; false when none is left. */
  take(token: number, nowMs: number): boolean
}

export interface RateLimit {
  /** 0: no limit. */
  readonly requestsPerMinute: number
  readonly burst: number
}

const MINUTE_MS = 60_000

export function createTokenRates({requestsPerMinute, burst}: RateLimit): TokenRates {
  const buckets = new Map<number, {left: number; atMs: number}>()
  return {
    take(token, nowMs) {
      if (requestsPerMinute === 0) return true
      const bucket = buckets.get(token) ?? {left: burst, atMs: nowMs}
      const filled = ((nowMs - bucket.atMs) * requestsPerMinute) / MINUTE_MS
      bucket.left = Math.min(burst, bucket.left + filled)
      bucket.atMs = nowMs
      buckets.set(token, bucket)
      if (bucket.left < 1) return false
      bucket.left--
      return true
    },
  }
}
