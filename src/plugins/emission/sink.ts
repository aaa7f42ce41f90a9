// One sink: a bounded queue in front of a receiver. Taking an event never waits. While the receiver is away the events stay
// queued and are tried again; what the queue cannot hold is dropped, counted and reported in the audit log.
import {setImmediate} from 'node:timers/promises'
import {errnoOf} from '../../core/errors.js'
import type {Clock, Log} from '../../core/ports.js'
import {errorText} from '../../lib/error-text.js'
import {Undelivered, type Sender} from './delivery.js'
import type {EmittedEvent} from './event.js'
import {isAtLeast, type Severity} from './severity.js'

/** Waits between attempts; the last one repeats. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const
const MAX_WAIT_MS = 30_000
/** A sink that fails is reported once in this time. */
const REPORT_MS = 60_000
/** How long the rest may take at the end. */
export const DRAIN_MS = 10_000

export type DropReason = 'overflow' | 'refused' | 'shutdown'

export interface SinkCounts {
  sent: number
  errors: number
  readonly dropped: Record<DropReason, number>
}

export interface SinkParts {
  readonly name: string
  readonly least: Severity
  /** Events that wait or are being delivered. */
  readonly size: number
  readonly sender: Sender
  /** Outlive the sink: a reload does not reset them. */
  readonly counts: SinkCounts
  readonly log: Log
  readonly clock: Pick<Clock, 'monotonic'>
  /** Resolves after the time, or when the signal is given. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Events of the sinks themselves, which are not emitted: a failing sink would feed itself. */
export const OWN_EVENTS: ReadonlySet<string> = new Set(['emit_failed', 'emit_recovered'])

export class Sink {
  readonly #parts: SinkParts
  #waiting: EmittedEvent[] = []
  #moving: readonly EmittedEvent[] = []
  #run: Promise<void> | undefined
  readonly #end = new AbortController()
  #isClosed = false
  #isReported = false
  #reportedAt = Number.NEGATIVE_INFINITY
  #reportedDrops = 0

  constructor(parts: SinkParts) {
    this.#parts = parts
    this.#reportedDrops = this.#drops()
  }

  get least(): Severity {
    return this.#parts.least
  }

  get waiting(): number {
    return this.#waiting.length + this.#moving.length
  }

  take(event: EmittedEvent): void {
    if (!isAtLeast(event.severity, this.#parts.least)) return
    if (this.#isClosed) return this.#drop(1, 'shutdown')
    if (this.waiting >= this.#parts.size && !this.#makeRoom(event.severity)) return this.#overflow()
    this.#waiting.push(event)
    this.#run ??= this.#deliver()
  }

  /** Delivers the rest, for at most DRAIN_MS; then drops it. */
  async close(): Promise<void> {
    this.#isClosed = true
    const run = this.#run
    if (run) {
      const deadline = new AbortController()
      await Promise.race([run, this.#parts.wait(DRAIN_MS, deadline.signal)])
      deadline.abort()
      this.#end.abort()
      await run
    }
    this.#parts.sender.close()
  }

  /** A critical event takes the place of the last one that is less severe and not under way. */
  #makeRoom(severity: Severity): boolean {
    if (severity !== 'critical') return false
    const at = this.#waiting.findLastIndex((one) => one.severity !== 'critical')
    if (at < 0) return false
    this.#waiting.splice(at, 1)
    this.#overflow()
    return true
  }

  #overflow(): void {
    this.#drop(1, 'overflow')
    this.#report('the queue is full')
  }

  async #deliver(): Promise<void> {
    // encoding and sending are no work of the request that caused the event
    await setImmediate()
    while (this.#waiting.length > 0 && !this.#end.signal.aborted) {
      this.#moving = this.#waiting.splice(0, this.#parts.sender.most)
      await this.#deliverBatch(this.#moving)
      this.#moving = []
    }
    this.#run = undefined
    if (this.#waiting.length === 0) return
    this.#drop(this.#waiting.splice(0).length, 'shutdown')
    const {log, name} = this.#parts
    log.warn('emit_failed', {sink: name, error: 'not delivered before the end', dropped: this.#newDrops()})
  }

  async #deliverBatch(events: readonly EmittedEvent[]): Promise<void> {
    const {sender, counts} = this.#parts
    for (let attempt = 0; !this.#end.signal.aborted; attempt++) {
      try {
        const refused = await sender.send(events, this.#end.signal)
        counts.sent += events.length - refused
        if (refused > 0) {
          this.#drop(refused, 'refused')
          this.#report('the receiver refused some of the events')
        } else this.#recovered()
        return
      } catch (error) {
        counts.errors++
        if (this.#end.signal.aborted) break
        const isFinal = isRefused(error, attempt)
        if (isFinal) this.#drop(events.length, 'refused')
        this.#report(describe(error))
        if (isFinal) return
        await this.#pause(error, attempt)
      }
    }
    this.#waiting.unshift(...events)
  }

  async #pause(error: unknown, attempt: number): Promise<void> {
    const asked = error instanceof Undelivered ? error.waitMs : undefined
    const ms = Math.min(asked ?? WAITS_MS[attempt] ?? MAX_WAIT_MS, MAX_WAIT_MS)
    await this.#parts.wait(ms, this.#end.signal)
  }

  #drop(count: number, reason: DropReason): void {
    this.#parts.counts.dropped[reason] += count
  }

  #drops(): number {
    const {overflow, refused, shutdown} = this.#parts.counts.dropped
    return overflow + refused + shutdown
  }

  /** At most once a minute, however many events fail. */
  #report(error: string): void {
    const {log, name, clock} = this.#parts
    const now = clock.monotonic()
    if (now - this.#reportedAt < REPORT_MS) return
    this.#reportedAt = now
    this.#isReported = true
    log.warn('emit_failed', {sink: name, error, waiting: this.waiting, dropped: this.#newDrops()})
  }

  #recovered(): void {
    if (!this.#isReported) return
    this.#isReported = false
    this.#parts.log.info('emit_recovered', {sink: this.#parts.name, dropped: this.#newDrops()})
  }

  /** Since the last report. */
  #newDrops(): number {
    const drops = this.#drops()
    const fresh = drops - this.#reportedDrops
    this.#reportedDrops = drops
    return fresh
  }
}

/** The same events would fail again. A fault of the program must not hold up the events behind it either. */
function isRefused(error: unknown, attempt: number): boolean {
  if (error instanceof Undelivered) return attempt >= error.retries
  return error instanceof TypeError || error instanceof RangeError || errnoOf(error) === 'EMSGSIZE'
}

/** A code of the system before the text of a library, which may quote an address. */
function describe(error: unknown): string {
  return error instanceof Undelivered ? error.message : (errnoOf(error) ?? errorText(error))
}
