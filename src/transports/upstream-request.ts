// One request to the origin: the body that streams with it, the response, and how it ends or is retried.
import {StreamError} from './http2-origin.js'
import type {RequestBody} from './request-body.js'

/**
 * `idle`: nothing was sent. `sent`: no head yet. `responding`: the origin sent a head, so that it has processed the request.
 * `over`: ignore further upstream events.
 */
type State = 'idle' | 'sent' | 'responding' | 'over'

export class UpstreamRequest {
  /** The streaming body; one that was judged whole is in the ruling. */
  body: RequestBody | undefined
  /** Reads the response piece by piece, and ends with the request. */
  reader: {stop(): void} | undefined
  /** Bytes of the responses. */
  received = 0
  #state: State = 'idle'
  #isSent = false
  #isHeaded = false
  #retried = false
  #abort: ((error?: Error) => void) | undefined
  #resume: (() => void) | undefined

  get over(): boolean {
    return this.#state === 'over'
  }

  /** A request was sent, whatever became of it. */
  get isSent(): boolean {
    return this.#isSent
  }

  /** Sends a request: the first, a retry or the next hop. */
  begin(): void {
    this.#state = 'sent'
    this.#isSent = true
  }

  /** `isNeeded`: the client is still there. */
  connected(abort: (error?: Error) => void, isNeeded: boolean): void {
    this.#abort = abort
    if (this.over || !isNeeded) abort()
  }

  headed(resume: () => void): void {
    this.#state = 'responding'
    this.#isHeaded = true
    this.#resume = resume
  }

  /** The origin sent a head, whatever became of it. */
  get isHeaded(): boolean {
    return this.#isHeaded
  }

  readonly resume = (): void => this.#resume?.()

  /** The response is complete, or enough of it. */
  finish(): void {
    this.#state = 'over'
  }

  stop(): void {
    this.#state = 'over'
    this.reader?.stop()
    const abort = this.#abort
    this.#abort = undefined
    const {body} = this
    if (body && !body.destroyed) body.destroy()
    abort?.()
  }

  /**
   * Retries once on a kept connection that the origin closed just as it was used: it did not process the request (RFC
   * 9110, section 9.2.2).
   */
  retries(error: Error, method: string): boolean {
    if (this.#retried || this.body || this.#state !== 'sent' || !/^(?:GET|HEAD|OPTIONS)$/.test(method)) return false
    if (!isStaleConnection(error)) return false
    this.#retried = true
    this.#abort = undefined
    return true
  }
}

/**
 * The origin closed a kept connection, on which it had responded before, without a response to this request; over HTTP/2 it may
 * also say that it did not process the request (RFC 9113, section 8.7).
 */
export function isStaleConnection(error: Error): boolean {
  if (error instanceof StreamError) return error.isUnprocessed
  if (!('code' in error) || error.code !== 'UND_ERR_SOCKET' || !('socket' in error)) return false
  const info: unknown = error.socket
  return typeof info === 'object' && info !== null && 'bytesRead' in info && Number(info.bytesRead) > 0
}
