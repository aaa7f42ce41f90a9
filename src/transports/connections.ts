// The connections of the listener: one exchange at a time each, in the order in which the heads arrived (proxy §5.4).
import type {Socket} from 'node:net'
import type {Agent} from '../core/exchange.js'
import type {Limits} from './limits.js'
import type {ServerExchange} from './server-exchange.js'

/** A CONNECT whose client speaks plain HTTP inside (proxy §8.2). */
export interface TunnelContext {
  readonly host: string
  readonly port: number
  readonly agent: Agent
  /** Monotonic time after which no new request is admitted. */
  readonly endsAt: number
}

/** Something that waits for its place in the order of answers. */
export interface Job {
  start(): void
  /** The connection ended; called for what waited, and for what was under way. */
  dropped?(): void
}

/** Pipelined requests beyond this many in one go are no ordinary client. */
const MAX_BACKLOG = 2_048

export class Connection {
  readonly socket: Socket
  readonly clientIp: string
  /** Whose shares it uses. */
  readonly client: string
  /** Beyond the descriptors of its client: it may ask one thing of our own routes. */
  readonly isSpare: boolean
  readonly tunnel: TunnelContext | undefined
  /** The newest request, whose body the parser is in. */
  newest: ServerExchange | undefined
  current: Job | undefined
  /** The stop of the listener has begun: every answer is the last one. */
  closing = false
  /** A refusal of what is no request waits for its place. */
  refusing = false
  readonly #waiting: Job[] = []
  readonly #limits: Limits
  #closedToNew = false
  #ending = false
  #paused = false

  constructor(
    socket: Socket,
    limits: Limits,
    {
      client,
      isSpare = false,
      tunnel,
    }: {readonly client: string; readonly isSpare?: boolean; readonly tunnel?: TunnelContext},
  ) {
    this.socket = socket
    this.#limits = limits
    this.client = client
    this.isSpare = isSpare
    this.tunnel = tunnel
    this.clientIp = clientAddress(socket.remoteAddress)
  }

  /** The answer being written is the last one and must say `Connection: close`. */
  get ending(): boolean {
    return this.#ending || this.closing
  }

  get admitsMore(): boolean {
    return !this.#closedToNew
  }

  get idle(): boolean {
    return this.current === undefined
  }

  /** Bytes behind the last admitted request are discarded. */
  admitNoMore(): void {
    this.#closedToNew = true
  }

  /** The current answer is the last one; what waits behind it was never admitted. */
  endAfterCurrent(): void {
    this.#closedToNew = true
    this.#ending = true
    this.#dropWaiting()
  }

  /** The connection is gone. */
  ended(): void {
    this.current?.dropped?.()
    this.#dropWaiting()
  }

  #dropWaiting(): void {
    for (const job of this.#waiting.splice(0)) job.dropped?.()
  }

  /** Starts the job now or after everything before it; false when nothing more is admitted. */
  admit(job: Job): boolean {
    if (this.#closedToNew) return false
    this.enqueue(job)
    return true
  }

  /** As `admit`, also for the one refusal behind which nothing is admitted. */
  enqueue(job: Job): void {
    if (this.current === undefined) {
      this.current = job
      job.start()
      return
    }
    this.#waiting.push(job)
    if (this.#waiting.length < this.#limits.waiting) return
    if (this.#waiting.length > MAX_BACKLOG) this.socket.destroy()
    this.#paused = true
    this.socket.pause()
  }

  finished(job: Job): void {
    if (this.current !== job) return
    const next = this.#waiting.shift()
    this.current = next
    if (!next || this.socket.destroyed) return
    if (this.#paused && this.#waiting.length < this.#limits.waiting) {
      this.#paused = false
      this.socket.resume()
    }
    next.start()
  }
}

/** The TCP peer, never a header; an IPv4 peer of a dual-stack listener in its own form. */
export function clientAddress(remote: string | undefined): string {
  if (remote === undefined) return ''
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote
}
