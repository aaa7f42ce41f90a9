// Ends HTTP/2 connections whose peer makes work without content. Node and nghttp2 bound bursts that arrive at once and queues
// that are not read; what is paced or needs no response passes them: pings and settings of a peer that reads, resets, priorities,
// window updates, padding and unknown frames.
import {constants, type Http2Session} from 'node:http2'
import type {Socket} from 'node:net'
import type {Readable} from 'node:stream'

export interface GuardOptions {
  /** Monotonic time in milliseconds. */
  readonly now: () => number
  /** The connection ends for this reason. */
  readonly over: (reason: string) => void
}

/** Allowed at once, and regained per second. */
interface Allowance {
  readonly burst: number
  readonly perSecond: number
}

/** gRPC measures bandwidth by pings, as many as round trips. */
const PINGS: Allowance = {burst: 5_000, perSecond: 1_000}
const SETTINGS: Allowance = {burst: 100, perSecond: 10}
/** Streams that the peer resets (CVE-2023-44487). */
const RESETS: Allowance = {burst: 200, perSecond: 33}
/** Bytes of frames that are neither fields nor data. */
const OVERHEAD: Allowance = {burst: 4_194_304, perSecond: 1_048_576}
const CHECK_MS = 1_000

export class Http2Guard {
  readonly #session: Http2Session
  readonly #over: (reason: string) => void
  readonly #timer: NodeJS.Timeout
  readonly #resets: Bucket
  #content = 0
  #isOver = false

  /** `socket`: below the session. */
  constructor(session: Http2Session, socket: Socket, {now, over}: GuardOptions) {
    this.#session = session
    this.#over = over
    const pings = new Bucket(PINGS, now)
    const settings = new Bucket(SETTINGS, now)
    const overhead = new Bucket(OVERHEAD, now)
    this.#resets = new Bucket(RESETS, now)
    session.on('ping', () => {
      if (!pings.take(1)) this.#end('too many pings')
    })
    session.on('remoteSettings', () => {
      if (!settings.take(1)) this.#end('too many settings')
    })
    session.on('error', (error: NodeJS.ErrnoException) => {
      // that one is the peer's own GOAWAY
      const {code = ''} = error
      if (code.startsWith('ERR_HTTP2') && code !== 'ERR_HTTP2_SESSION_ERROR')
        this.#end(`protocol violated: ${error.message}`)
    })
    let counted = 0
    this.#timer = setInterval(() => {
      const without = Math.max(0, socket.bytesRead - this.#content)
      if (without > counted && !overhead.take(without - counted)) this.#end('too many frames without content')
      counted = Math.max(counted, without)
    }, CHECK_MS)
    session.once('close', () => clearInterval(this.#timer))
  }

  /** Counts received bytes of fields and data. */
  content(bytes: number): void {
    this.#content += bytes
  }

  /** The peer has reset a stream. */
  reset(): void {
    if (!this.#resets.take(1)) this.#end('too many streams reset')
  }

  #end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#over(reason)
    if (!this.#session.destroyed) this.#session.destroy(new Error(reason), constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
}

class Bucket {
  readonly #allowance: Allowance
  readonly #now: () => number
  #left: number
  #at: number

  constructor(allowance: Allowance, now: () => number) {
    this.#allowance = allowance
    this.#now = now
    this.#left = allowance.burst
    this.#at = now()
  }

  /** False when more was taken than is allowed. */
  take(amount: number): boolean {
    const {burst, perSecond} = this.#allowance
    const at = this.#now()
    this.#left = Math.min(burst, this.#left + ((at - this.#at) / 1_000) * perSecond) - amount
    this.#at = at
    return this.#left >= 0
  }
}

export interface StreamEvents {
  /** Bytes of data have arrived. */
  readonly received: (bytes: number) => void
  /**
   * The peer has ended its message with END_STREAM. Node ends the readable side of a stream that was reset, too, and a message
   * that was cut would look complete.
   */
  readonly ended: () => void
}

/** Watches what node hands to the readable side of a stream. */
export function watchStream(stream: Readable & {readonly closed: boolean}, {received, ended}: StreamEvents): void {
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (Buffer.isBuffer(chunk)) received(chunk.length)
    else if (chunk === null && !stream.closed) ended()
    return push(chunk, encoding)
  }
}
