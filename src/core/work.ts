// Inspection shares one thread with everybody's connections. It runs in steps: a turn of the event loop spends a few
// milliseconds on them and then serves sockets, however many exchanges wait; clients take turns, and an exchange, a stream
// and a client have budgets of processor time. Without this one client's or origin's input would stall all the others.
import type {Clock} from './ports.js'
import type {Awaitable} from './plugin.js'
import {atOnce} from '../lib/slices.js'

/** Work that may be interrupted wherever it yields; no step may take longer than a few milliseconds. */
export type Steps<T> = Generator<undefined, T>

export interface WorkBudgets {
  /** Milliseconds for one request and its response. */
  readonly exchangeMs: number
  /** Milliseconds a minute for one event stream. */
  readonly streamMsPerMinute: number
  /** Milliseconds a minute for everything of one client. */
  readonly clientMsPerMinute: number
}

export type BudgetOf = 'exchange' | 'stream' | 'client'

/** Thrown in the place of a result when a budget is used up: what was not inspected is refused. */
export class WorkBudgetError extends Error {
  readonly of: BudgetOf

  constructor(of: BudgetOf) {
    super(`inspection of one ${of} took longer than its budget`)
    this.of = of
  }
}

/** The account that inspection of one exchange or stream is charged to. */
export interface Work {
  /** The result at once where a turn is enough for it, else a promise. Throws or rejects with WorkBudgetError. */
  run<T>(steps: Steps<T>): Awaitable<T>
  /** From here on a stream is inspected, which may last for hours: its budget renews itself. */
  streams(): void
}

/** Runs steps for an exchange. Where nobody else is served (replay, `check`), they run to their end. */
export function inTurns<T>({work}: {readonly work?: Work}, steps: Steps<T>): Awaitable<T> {
  return work === undefined ? atOnce(steps) : work.run(steps)
}

/** Of every turn of the event loop, for all exchanges together. */
const TURN_MS = 3
/** The least a step is charged, so that a clock of coarse ticks cannot make work free. */
const LEAST_STEP_MS = 0.02
const MINUTE_MS = 60_000
/** Clients whose spending is remembered; the one that was silent longest is forgotten. */
const MAX_CLIENTS = 4_096

/** Time spent, forgotten evenly over a minute. */
class Meter {
  #spentMs = 0
  #at = 0

  spend(ms: number, now: number, perMinute: number): boolean {
    this.#spentMs = Math.max(0, this.#spentMs - ((now - this.#at) * perMinute) / MINUTE_MS) + ms
    this.#at = now
    return this.#spentMs <= perMinute
  }
}

/** Charges an account; says which budget is used up. */
type Charge = (ms: number, now: number) => BudgetOf | undefined

interface Job {
  /** Runs until its end or for about so many milliseconds; true at its end. */
  readonly advance: (ms: number) => boolean
}

export class WorkScheduler {
  readonly #clock: Omit<Clock, 'now'>
  readonly #budgets: () => WorkBudgets
  readonly #clients = new Map<string, Meter>()
  /** By client, in the order of their turns. */
  readonly #queues = new Map<string, Job[]>()
  #leftMs = TURN_MS
  #isScheduled = false

  constructor(clock: Omit<Clock, 'now'>, budgets: () => WorkBudgets) {
    this.#clock = clock
    this.#budgets = budgets
  }

  /** `client`: whoever shares a budget and a place in the order of turns. */
  exchange(client: string): Work {
    let spentMs = 0
    let stream: Meter | undefined
    const charge: Charge = (ms, now) => {
      const {exchangeMs, streamMsPerMinute, clientMsPerMinute} = this.#budgets()
      const isClientWithin = this.#meter(client).spend(ms, now, clientMsPerMinute)
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
    const advance = (ms: number): boolean => {
      const start = this.#clock.monotonic()
      const processor = this.#clock.processor?.()
      let now = start
      let count = 0
      try {
        do {
          const step = steps.next()
          count++
          now = this.#clock.monotonic()
          if (step.done === true) result = {value: step.value}
        } while (result === undefined && spent(now - start, count) < ms)
      } finally {
        this.#leftMs -= spent(now - start, count)
      }
      // on a busy machine most of the time that passes belongs to other programs
      const worked = processor === undefined ? now - start : (this.#clock.processor?.() ?? 0) - processor
      const exceeded = charge(spent(Math.min(now - start, worked), count), now)
      if (result !== undefined) return true
      if (exceeded !== undefined) throw new WorkBudgetError(exceeded)
      return false
    }
    // nothing waits, and this turn has time left: the rule for small bodies
    if (this.#leftMs > 0) {
      this.#schedule()
      if (advance(this.#leftMs) && result) return result.value
    }
    return new Promise<T>((resolve, reject) => {
      const job: Job = {
        advance: (ms) => {
          try {
            if (!advance(ms) || !result) return false
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

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#turn())
  }

  /** One turn: the clients in their order, each with one job at a time. */
  #turn(): void {
    this.#isScheduled = false
    this.#leftMs = TURN_MS
    while (this.#leftMs > 0) {
      const next = this.#queues.entries().next().value
      if (next === undefined) break
      const [client, queue] = next
      const job = queue.shift()
      const isDone = job === undefined || job.advance(Math.min(1, this.#leftMs))
      if (job && !isDone) queue.push(job)
      this.#queues.delete(client)
      if (queue.length > 0) this.#queues.set(client, queue)
    }
    // what sockets bring until the next turn has a share as well, however long the queue is
    this.#leftMs = TURN_MS
    if (this.#queues.size > 0) this.#schedule()
  }
}

function spent(ms: number, steps: number): number {
  return Math.max(ms, steps * LEAST_STEP_MS)
}
