// Requests and bytes per registrable domain in a sliding minute: sixty one-second buckets each, in a table that a flood
// of names cannot grow. Survives reloads. Times are monotonic: a wall clock that was ahead for a moment would leave its
// requests in the table until it gets there again.
import {createLru, type Lru} from '../../lib/lru.js'

const BUCKETS = 60
const MAX_DOMAINS = 10_000

export interface RateTable {
  /** Takes a slot, or returns the seconds until one is free. Checking and recording are one step. */
  take(domain: string, limit: number, nowMs: number): number | undefined
  addBytes(domain: string, bytes: number, nowMs: number): void
  /** Bytes of responses. */
  carried(domain: string, nowMs: number): number
  /** Bytes of responses, plus the reservations of those in progress. */
  bytes(domain: string, nowMs: number): number
  /** Reserves an amount until it is released, at most for the minute. */
  reserve(domain: string, bytes: number, nowMs: number): Reservation
  release(reservation: Reservation, nowMs: number): void
}

export interface Reservation {
  readonly domain: string
  readonly bytes: number
  /** Second of the reservation: its bucket is emptied when it leaves the minute. */
  readonly second: number
}

interface Window {
  readonly counts: Float64Array
  /** Second of the newest bucket. */
  second: number
  total: number
}

export function createRateTable(): RateTable {
  const requests = createLru<Window>(MAX_DOMAINS)
  const volumes = createLru<Window>(MAX_DOMAINS)
  const reserved = createLru<Window>(MAX_DOMAINS)
  return {
    take(domain, limit, nowMs) {
      const window = advance(requests, domain, nowMs)
      if (window.total >= limit) return secondsUntilFree(window, limit)
      add(window, 1)
      return undefined
    },
    addBytes(domain, bytes, nowMs) {
      add(advance(volumes, domain, nowMs), bytes)
    },
    carried: (domain, nowMs) => advance(volumes, domain, nowMs).total,
    bytes: (domain, nowMs) => advance(volumes, domain, nowMs).total + advance(reserved, domain, nowMs).total,
    reserve(domain, bytes, nowMs) {
      const window = advance(reserved, domain, nowMs)
      add(window, bytes)
      return {domain, bytes, second: window.second}
    },
    release({domain, bytes, second}, nowMs) {
      const window = advance(reserved, domain, nowMs)
      const at = second % BUCKETS
      const held = window.counts[at] ?? 0
      // the minute is over, or the domain was evicted in between
      if (window.second - second >= BUCKETS || held < bytes) return
      window.counts[at] = held - bytes
      window.total -= bytes
    },
  }
}

function add(window: Window, amount: number): void {
  const at = window.second % BUCKETS
  window.counts[at] = (window.counts[at] ?? 0) + amount
  window.total += amount
}

/** The window of a domain after emptying the buckets that have left the minute. */
function advance(table: Lru<Window>, domain: string, nowMs: number): Window {
  const now = Math.floor(nowMs / 1000)
  const window = table.get(domain)
  if (window === undefined) {
    const fresh: Window = {counts: new Float64Array(BUCKETS), second: now, total: 0}
    table.set(domain, fresh)
    return fresh
  }
  const steps = Math.min(BUCKETS, now - window.second)
  for (let i = 1; i <= steps; i++) {
    const at = (window.second + i) % BUCKETS
    window.total -= window.counts[at] ?? 0
    window.counts[at] = 0
  }
  if (steps > 0) window.second = now
  return window
}

function secondsUntilFree(window: Window, limit: number): number {
  let left = window.total
  for (let age = BUCKETS - 1; age >= 0; age--) {
    left -= window.counts[(window.second - age + BUCKETS * 2) % BUCKETS] ?? 0
    if (left < limit) return BUCKETS - age
  }
  return BUCKETS
}
