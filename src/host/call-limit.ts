// At most so many calls a minute for each key, in a sliding window.
import type {Clock} from '../core/ports.js'
import {createLru} from '../lib/lru.js'

export interface CallLimit {
  /** False when the calls of the last minute are used up. */
  take(key: string): boolean
}

const MINUTE_MS = 60_000
const MOST_KEYS = 1_024

export function createCallLimit(perMinute: number, clock: Pick<Clock, 'monotonic'>): CallLimit {
  const calls = createLru<number[]>(MOST_KEYS)
  return {
    take(key) {
      const now = clock.monotonic()
      const recent = (calls.get(key) ?? []).filter((at) => now - at < MINUTE_MS)
      const isFree = recent.length < perMinute
      if (isFree) recent.push(now)
      calls.set(key, recent)
      return isFree
    },
  }
}
