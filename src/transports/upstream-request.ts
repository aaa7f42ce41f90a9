// One request to the origin: the body that streams with it, what came back, and how it is ended or tried once more.
import type {RequestBody} from './request-body.js'

export class UpstreamRequest {
  /** Nothing that the origin still says matters. */
  over = false
  /** The body that streams; one that was judged whole is in the ruling. */
  body: RequestBody | undefined
  /** Takes the answer piece by piece, and ends with the leg. */
  reader: {stop(): void} | undefined
  /** Bytes of the answers. */
  received = 0
  /** A head of the origin came: the request was seen. */
  #seen = false
  #retried = false
  #abort: ((error?: Error) => void) | undefined
  #resume: (() => void) | undefined

  begin(): void {
    this.over = false
    this.#seen = false
  }

  /** `wanted`: the client is still there. */
  connected(abort: (error?: Error) => void, wanted: boolean): void {
    this.#abort = abort
    if (this.over || !wanted) abort()
  }

  headed(resume: () => void): void {
    this.#seen = true
    this.#resume = resume
  }

  readonly resume = (): void => this.#resume?.()

  stop(): void {
    this.over = true
    this.reader?.stop()
    const abort = this.#abort
    this.#abort = undefined
    const {body} = this
    if (body && !body.destroyed) body.destroy()
    abort?.()
  }

  /** A kept connection that the origin closed just as it was used: nobody saw the request (RFC 9110 §9.2.2). Once. */
  retries(error: Error, method: string): boolean {
    if (this.#retried || this.body || this.#seen || !/^(?:GET|HEAD|OPTIONS)$/.test(method)) return false
    if (!('code' in error) || error.code !== 'UND_ERR_SOCKET' || !('socket' in error)) return false
    const info: unknown = error.socket
    if (typeof info !== 'object' || info === null || !('bytesRead' in info) || !(Number(info.bytesRead) > 0))
      return false
    this.#retried = true
    this.#abort = undefined
    return true
  }
}
