// The body of a request on its way upstream: the parser has removed its framing, the client library creates a new one.
// It never destroys the client's connection by itself, since a response may still have to go out on it.
import {Readable} from 'node:stream'
import type {ClientRequest} from './client-message.js'
import {hasFramingTrailer} from './head-checks.js'

export class RequestBody extends Readable {
  bytes = 0
  readonly #req: ClientRequest
  readonly #onData: (chunk: Buffer) => void
  readonly #onEnd: () => void

  /** `onBadTrailer` is called instead of an end when the trailers would change the framing; `beginning`: already read. */
  constructor(req: ClientRequest, onBadTrailer: () => void, beginning?: Buffer) {
    super()
    this.#req = req
    if (beginning) {
      this.bytes = beginning.length
      this.push(beginning)
    }
    this.#onData = (chunk) => {
      this.bytes += chunk.length
      if (!this.push(chunk)) req.pause()
    }
    this.#onEnd = () => {
      if (hasFramingTrailer(req.rawTrailers)) onBadTrailer()
      else this.push(null)
    }
    req.on('data', this.#onData)
    req.on('end', this.#onEnd)
    req.pause()
    // the caller of destroy() knows the reason
    this.on('error', () => {})
  }

  /** True while the origin, not the client, delays the body. */
  get stalledByReader(): boolean {
    return this.readableLength >= this.readableHighWaterMark
  }

  override _read(): void {
    this.#req.resume()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#req.off('data', this.#onData)
    this.#req.off('end', this.#onEnd)
    callback(error)
  }
}
