// Schedules inspection, which shares one thread with all connections. It runs in steps: each turn of the event loop
// spends a few milliseconds on them and then serves sockets, however many exchanges wait. Clients take turns, and an
// exchange, a stream and a client have budgets of processor time. Otherwise the input of one client or origin would
// stall all others.
import type {Clock} from './ports.js'
import type {Awaitable} from '../lib/awaitable.js'
import {atOnce} from '../lib/slices.js'

/** Work that may be interrupted at every yield; no step may take longer than a few milliseconds. */
export type Steps<T> = Generator<undefined, T>

export interface WorkBudgets {
  /** Milliseconds for one request and its response. */
  readonly exchangeMs: number
  /** Milliseconds per minute for one event stream. */
  readonly streamMsPerMinute: number
  /** Milliseconds per minute for all work of one client. */
  readonly clientMsPerMinute: number
}

export type BudgetOf = 'exchange' | 'stream' | 'client'

/** Thrown instead of a result when a budget is used up: uninspected content is refused. */
export class WorkBudgetError extends Error {
  readonly of: BudgetOf

  constructor(of: BudgetOf) {
    super(`inspection of one ${of} took longer than its budget`)
    this.of = of
  }
}

/** The account that is charged for the inspection of one exchange or stream. */
export interface Work {
  /** The result at once where one turn suffices, else a promise. Throws or rejects with WorkBudgetError. */
  run<T>(steps: Steps<T>): Awaitable<T>
  /** Switches to the budget of a stream, which renews itself, since a stream may last for hours. */
  streams(): void
}

/** Runs steps for an exchange. Where no other client is served (replay, `check`), they run to their end. */
export function inTurns<T>({work}: {readonly work?: Work}, steps: Steps<T>): Awaitable<T> {
  return work === undefined ? atOnce(steps) : work.run(steps)
}

/** Per turn of the event loop, for all exchanges together. */
const TURN_MS = 2
/**
 * Below this the elapsed time is charged as it is: reading processor time is a system call that takes 30 µs in a sandboxed
 * kernel, longer than most inspections, and took 15 % of a busy proxy's time.
 */
const SHORT_MS = 1
/** Minimum charge per step, so that a clock with coarse ticks cannot make work free. */
const LEAST_STEP_MS = 0.02
const MINUTE_MS = 60_000
/**
 * Inspections of one client that make progress by turns. What an inspection has read is many times its body: a client that
 * sends twelve bodies of a million strings at once would otherwise fill the memory of the process with all of them.
 */
const MAX_IN_PROGRESS = 2
/** Clients whose spending is remembered; the least recent one is forgotten. */
const MAX_CLIENTS = 4_096

/** Time spent, decaying evenly over a minute. */
class Meter {
  #spentMs = 0
  #at = 0

  spend(ms: number, now: number, perMinute: number): boolean {
    this.#spentMs = Math.max(0, this.#spentMs - ((now - this.#at) * perMinute) / MINUTE_MS) + ms
    this.#at = now
    return this.#spentMs <= perMinute
  }
}

/** Charges an account; returns the budget that is used up, if any. */
type Charge = (ms: number, now: number) => BudgetOf | undefined

interface Job {
  /** Runs to its end or for about `ms` milliseconds; true at its end. */
  readonly advance: (ms: number) => boolean
}

export class WorkScheduler {
  readonly #clock: Omit<Clock, 'now'>
  readonly #budgets: () => WorkBudgets
  readonly #clients = new Map<string, Meter>()
  /** By client, in turn order. */
  readonly #queues = new Map<string, Job[]>()
  #leftMs = TURN_MS
  #isScheduled = false

  constructor(clock: Omit<Clock, 'now'>, budgets: () => WorkBudgets) {
    this.#clock = clock
    this.#budgets = budgets
  }

  /** `client`: key for the shared budget and for the place in the turn order. */
  exchange(client: string): Work {
    let spentMs = 0
    let stream: Meter | undefined
    let meter: Meter | undefined
    const charge: Charge = (ms, now) => {
      const {exchangeMs, streamMsPerMinute, clientMsPerMinute} = this.#budgets()
      const isClientWithin = (meter ??= this.#meter(client)).spend(ms, now, clientMsPerMinute)
      if (stream && !stream.spend(ms, now, streamMsPerMinute)) return 'stream'
      if (!stream && (spentMs += ms) > exchangeMs) return 'exchange'
      return isClientWithin ? undefined : 'client'
    }
    return {
      run: (steps) => this.#run(client, steps, charge),
      streams: () => void (stream ??= new Meter()),
    }
  }

  #meter(client: string): Meter {
    const meter = this.#clients.get(client) ?? new Meter()
    this.#clients.delete(client)
    this.#clients.set(client, meter)
    if (this.#clients.size > MAX_CLIENTS) this.#clients.delete(this.#clients.keys().next().value ?? '')
    return meter
  }

  #run<T>(client: string, steps: Steps<T>, charge: Charge): Awaitable<T> {
    const before = charge(0, this.#clock.monotonic())
    if (before !== undefined) throw new WorkBudgetError(before)
    let result: {readonly value: T} | undefined
    const advance = (ms: number, isLong: boolean): boolean => {
      const start = this.#clock.monotonic()
      let measured = isLong ? this.#reading(start) : undefined
      let now = start
      let count = 0
      try {
        do {
          const step = steps.next()
          count++
          now = this.#clock.monotonic()
          if (step.done === true) result = {value: step.value}
          else if (measured === undefined && now - start >= SHORT_MS) measured = this.#reading(now)
        } while (result === undefined && spent(now - start, count) < ms)
      } finally {
        this.#leftMs -= spent(now - start, count)
      }
      // on a busy machine most of the elapsed time belongs to other programs
      const worked =
        measured === undefined ? 0 : Math.max(0, (this.#clock.processor?.() ?? Infinity) - measured.processor)
      const elapsed = measured === undefined ? now - start : measured.at - start + Math.min(now - measured.at, worked)
      const exceeded = charge(spent(elapsed, count), now)
      if (result !== undefined) return true
      if (exceeded !== undefined) throw new WorkBudgetError(exceeded)
      return false
    }
    // the queue is empty and this turn has time left: the common case for small bodies
    if (this.#leftMs > 0) {
      this.#schedule()
      if (advance(this.#leftMs, false) && result) return result.value
    }
    return new Promise<T>((resolve, reject) => {
      const job: Job = {
        advance: (ms) => {
          try {
            if (!advance(ms, true) || !result) return false
            resolve(result.value)
          } catch (error) {
            reject(error instanceof Error ? error : new Error('inspection failed', {cause: error}))
          }
          return true
        },
      }
      const queue = this.#queues.get(client)
      if (queue) queue.push(job)
      else this.#queues.set(client, [job])
      this.#schedule()
    })
  }

  #reading(at: number): {readonly at: number; readonly processor: number} | undefined {
    const processor = this.#clock.processor?.()
    return processor === undefined ? undefined : {at, processor}
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  /** One turn: the clients in order, each with one job at a time. */
  #turn(): void {
    this.#isScheduled = false
    this.#leftMs = TURN_MS
    while (this.#leftMs > 0) {
      const next = this.#queues.entries().next().value
      if (next === undefined) break
      const [client, queue] = next
      const job = queue.shift()
      const isDone = job === undefined || job.advance(Math.min(1, this.#leftMs))
      if (job && !isDone) queue.splice(MAX_IN_PROGRESS - 1, 0, job)
      this.#queues.delete(client)
      if (queue.length > 0) this.#queues.set(client, queue)
      // the continuation of whoever waits runs after this turn and is not counted in it
      if (isDone) break
    }
    // work that sockets bring before the next turn gets a share as well, however long the queue is
    const isBusy = this.#queues.size > 0
    this.#leftMs = isBusy ? TURN_MS / 2 : TURN_MS
    if (isBusy) this.#schedule()
  }
}

function spent(ms: number, steps: number): number {
  return Math.max(ms, steps * LEAST_STEP_MS)
}
