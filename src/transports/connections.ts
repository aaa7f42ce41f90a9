// The connections of the listener: one exchange at a time each, in the order in which the heads arrived, because
// HTTP/1.1 responses have no other way to name their request.
import type {Socket} from 'node:net'
import type {ExchangeConnection, Job, TunnelContext} from './client-message.js'
import type {Limits} from './limits.js'
import type {LocalResponse} from './local-responses.js'
import {endLingering, writeRawResponse} from './raw-response.js'

/** A job that waits for its place in the order of responses. */
interface Waiting {
  readonly job: Job
  readonly start: () => void
  readonly dropped: (() => void) | undefined
}

/** The request whose body the parser is reading. */
export interface NewestRequest {
  readonly req: {readonly complete: boolean}
  /** The parser cannot continue on the connection behind this request. */
  break(): void
}

/** More pipelined requests at once do not come from an ordinary client. */
const MAX_BACKLOG = 2_048

export class Connection implements ExchangeConnection {
  readonly socket: Socket
  readonly clientIp: string
  /** Owner of the shares it uses. */
  readonly client: string
  /** Beyond its client's share of descriptors: it may send one request to an own route. */
  readonly isSpare: boolean
  readonly tunnel: TunnelContext | undefined
  /** The newest request, whose body the parser is reading. */
  newest: NewestRequest | undefined
  current: Job | undefined
  /** The listener is stopping: every response is the last one of its connection. */
  closing = false
  /** A refusal of malformed input waits for its place. */
  refusing = false
  /** The TCP socket below TLS, else the socket itself. */
  readonly #tcp: Socket
  readonly #waiting: Waiting[] = []
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
      tcp = socket,
    }: {
      readonly client: string
      readonly isSpare?: boolean
      readonly tunnel?: TunnelContext
      readonly tcp?: Socket
    },
  ) {
    this.socket = socket
    this.#tcp = tcp
    this.#limits = limits
    this.client = client
    this.isSpare = isSpare
    this.tunnel = tunnel
    this.clientIp = clientAddress(socket.remoteAddress)
  }

  /** The current response is the last one and must carry `Connection: close`. */
  get ending(): boolean {
    return this.#ending || this.closing
  }

  get gone(): boolean {
    return this.socket.destroyed
  }

  get admitsMore(): boolean {
    return !this.#closedToNew
  }

  get idle(): boolean {
    return this.current === undefined
  }

  /** Ends the connection so that no client takes what it has received for a complete response. */
  reset(): void {
    if (!this.socket.destroyed) this.#tcp.resetAndDestroy()
  }

  destroy(): void {
    this.socket.destroy()
  }

  linger(): void {
    endLingering(this.socket, undefined, this.#limits)
  }

  respondRaw(response: LocalResponse, headOnly: boolean): void {
    writeRawResponse(this.socket, response, this.#limits, headOnly)
  }

  /** Discards bytes behind the last admitted request. */
  admitNoMore(): void {
    this.#closedToNew = true
  }

  /** Makes the current response the last one; jobs behind it were never admitted. */
  endAfterCurrent(): void {
    this.#closedToNew = true
    this.#ending = true
    this.#dropWaiting()
  }

  /** Called when the connection is gone. */
  ended(): void {
    this.#dropWaiting()
  }

  #dropWaiting(): void {
    for (const {dropped} of this.#waiting.splice(0)) dropped?.()
  }

  /** Starts the job now or after all earlier ones; false when nothing more is admitted. */
  admit(job: Job, start: () => void): boolean {
    if (this.#closedToNew) return false
    this.enqueue(job, start)
    return true
  }

  /**
   * Like `admit`, also for the one refusal behind which nothing is admitted. `dropped` is called instead of `start` when
   * the connection ends first.
   */
  enqueue(job: Job, start: () => void, dropped?: () => void): void {
    if (this.current === undefined) {
      this.current = job
      start()
      return
    }
    this.#waiting.push({job, start, dropped})
    if (this.#waiting.length < this.#limits.waiting) return
    if (this.#waiting.length > MAX_BACKLOG) this.socket.destroy()
    this.#paused = true
    this.socket.pause()
  }

  finished(job: Job): void {
    if (this.current !== job) return
    this.current = undefined
    // nobody is left to respond to
    if (this.socket.destroyed) return this.endAfterCurrent()
    const next = this.#waiting.shift()
    if (!next) return
    this.current = next.job
    if (this.#paused && this.#waiting.length < this.#limits.waiting) {
      this.#paused = false
      this.socket.resume()
    }
    next.start()
  }
}

/** The TCP peer, never a header; an IPv4 peer of a dual-stack listener in IPv4 notation. */
export function clientAddress(remote: string | undefined): string {
  if (remote === undefined) return ''
  return remote.startsWith('::ffff:') && remote.includes('.') ? remote.slice(7) : remote
}
