// What a client says first in its tunnel is held until it is known what it is (proxy §8.2): nothing of it reaches the origin
// before, and a client that says half of it, or nothing more, is waited for only so long.
import type {Socket} from 'node:net'
import {readFirstBytes, type FirstBytes, type FirstBytesOptions} from './first-bytes.js'

export interface FirstBytesGateOptions extends FirstBytesOptions {
  readonly waitMs: number
  readonly said: (verdict: Exclude<FirstBytes, {verdict: 'wait'}>, held: Buffer) => void
  /** The client closed its half and said nothing. */
  readonly silent: (held: Buffer) => void
  /** What it began to say did not come whole in time, or never will. */
  readonly late: (held: Buffer) => void
  readonly cut: (held: Buffer) => void
  readonly failed: (error: unknown) => void
}

export class FirstBytesGate {
  readonly #socket: Socket
  readonly #options: FirstBytesGateOptions
  #held: Buffer = Buffer.alloc(0)
  #decided = false
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, options: FirstBytesGateOptions) {
    this.#socket = socket
    this.#options = options
  }

  listen(): void {
    this.#socket.on('data', this.#onData)
    this.#socket.on('end', this.#onEnd)
  }

  /** The bytes that came with the head, and then the client's. */
  take(rest: Buffer): void {
    if (rest.length > 0) this.#onData(rest)
    if (this.#decided) return
    // the client may have closed its half while it was being decided
    if (this.#socket.readableEnded) this.#onEnd()
    else this.#socket.resume()
  }

  get decided(): boolean {
    return this.#decided
  }

  /** Nothing more is asked about what comes. */
  decide(): void {
    this.#decided = true
    clearTimeout(this.#timer)
  }

  /** The client's bytes are somebody else's from here on. */
  stopListening(): void {
    this.#socket.off('data', this.#onData)
    this.#socket.off('end', this.#onEnd)
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#judge(chunk)
    } catch (error) {
      this.#options.failed(error)
    }
  }

  #judge(chunk: Buffer): void {
    if (this.#decided) return
    const {late, said, waitMs} = this.#options
    this.#timer ??= setTimeout(() => {
      if (!this.#decided) late(this.#held)
    }, waitMs)
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const verdict = readFirstBytes(this.#held, this.#options)
    if (verdict.verdict !== 'wait') said(verdict, this.#held)
  }

  /** Half-closed before a verdict: what is there is all there will be. */
  readonly #onEnd = (): void => {
    if (this.#decided) return
    const {silent, cut} = this.#options
    if (this.#held.length === 0) silent(this.#held)
    else cut(this.#held)
  }
}
