// The sender of a sink, and the ways in which a delivery fails.
import type {EmittedEvent} from './event.js'

export interface Sender {
  /** Most events of one delivery. */
  readonly most: number
  /**
   * Resolves when the receiver has them, as far as the protocol tells; to the number of those that it refused.
   * Rejects with `Undelivered`; with any other error for a receiver that cannot be reached.
   */
  send(events: readonly EmittedEvent[], signal: AbortSignal): Promise<number>
  close(): void
}

interface Refusal {
  /** Attempts that may follow: 0 where the same events will be refused again. */
  readonly retries: number
  /** Milliseconds that the receiver asks to wait. */
  readonly waitMs?: number | undefined
}

/** A receiver that responded, but did not take the events. */
export class Undelivered extends Error {
  override name = 'Undelivered'
  readonly retries: number
  readonly waitMs: number | undefined

  constructor(message: string, {retries, waitMs}: Refusal) {
    super(message)
    this.retries = retries
    this.waitMs = waitMs
  }
}

/** Seconds, or a date, of `Retry-After` (RFC 9110 §10.2.3) in milliseconds. */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs
  return ms >= 0 ? ms : undefined
}
