// Holds the first bytes of a client in its tunnel until they are classified: none of them reaches the origin before,
// and the wait for an incomplete greeting is limited.
import type {Socket} from 'node:net'
import {readFirstBytes, type FirstBytes, type FirstBytesOptions} from './first-bytes.js'

export interface FirstBytesGateOptions extends FirstBytesOptions {
  readonly waitMs: number
  readonly classified: (verdict: Exclude<FirstBytes, {verdict: 'wait'}>, held: Buffer) => void
  /** The client closed its half without sending anything. */
  readonly silent: (held: Buffer) => void
  /** The greeting was not complete in time, or never will be. */
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

  /** Takes the bytes received with the head, then the client's. */
  take(rest: Buffer): void {
    if (rest.length > 0) this.#onData(rest)
    if (this.#decided) return
    // the client may have closed its half before the verdict
    if (this.#socket.readableEnded) this.#onEnd()
    else this.#socket.resume()
  }

  get decided(): boolean {
    return this.#decided
  }

  get hasBytes(): boolean {
    return this.#held.length > 0
  }

  /** Stops classifying further bytes. */
  decide(): void {
    this.#decided = true
    clearTimeout(this.#timer)
  }

  /** From here on another owner reads the client's bytes. */
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
    const {late, classified, waitMs} = this.#options
    this.#timer ??= setTimeout(() => {
      if (!this.#decided) late(this.#held)
    }, waitMs)
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    const verdict = readFirstBytes(this.#held, this.#options)
    if (verdict.verdict !== 'wait') classified(verdict, this.#held)
  }

  /** Half-closed before a verdict: no more bytes will come. */
  readonly #onEnd = (): void => {
    if (this.#decided) return
    const {silent, cut} = this.#options
    if (this.#held.length === 0) silent(this.#held)
    else cut(this.#held)
  }
}
