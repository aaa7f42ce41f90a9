// The body of a request that must be complete before it is judged: read up to a cap, once, and only when a plugin wants
// to inspect it. It ends with the client's last byte, at the cap, or with the request.
import type {Finding} from '../core/decision.js'
import type {Content, ContentRead} from '../core/policy.js'
import {hasFramingTrailer} from './head-checks.js'
import {HeldBytes} from './held-bytes.js'
import {LeastRate} from './least-rate.js'
import type {Limits} from './limits.js'
import {Paced} from './paced.js'
import {bodyCut, bodyTooSlow, malformedHead, shareUsed} from './refusals.js'
import type {ServerExchange} from './server-exchange.js'

export class RequestContent implements Content {
  readonly #served: ServerExchange
  readonly #length: number | undefined
  readonly #limits: Limits
  #settle: ((read: ContentRead) => void) | undefined
  /** Received so far. */
  bytes = 0
  /** The bytes read of a body that exceeded the limit. */
  beginning: Buffer | undefined

  constructor(served: ServerExchange, length: number | undefined, limits: Limits) {
    this.#served = served
    this.#length = length
    this.#limits = limits
  }

  /** True while waiting for its end. */
  get reading(): boolean {
    return this.#settle !== undefined
  }

  read(maxBytes: number): Promise<ContentRead> {
    const served = this.#served
    const {req} = served
    if (this.#length !== undefined && this.#length > maxBytes) return Promise.resolve({kind: 'over'})
    if (served.isBroken) return Promise.resolve({kind: 'failed', finding: malformedHead('framing')})
    if (served.gone) return Promise.resolve({kind: 'failed', finding: bodyCut()})
    return new Promise((resolve) => {
      const rate = new LeastRate(this.#limits, () => this.fail(bodyTooSlow()))
      const held = new HeldBytes(this.#length)
      const paced = new Paced(() => {
        if (this.reading) req.resume()
      })
      const onData = (chunk: Buffer): void => {
        this.bytes += chunk.length
        if (!served.hold(chunk.length)) return this.fail(shareUsed('held_bytes'))
        held.add(chunk)
        if (this.bytes > maxBytes) {
          this.beginning = held.bytes()
          return this.#settle?.({kind: 'over'})
        }
        rate.add(chunk.length)
        if (!paced.add(chunk.length)) req.pause()
      }
      const onEnd = (): void => {
        // an incomplete body also ends its stream
        if (!req.complete) return this.fail(bodyCut())
        if (hasFramingTrailer(req.rawTrailers)) return served.break()
        this.#settle?.({kind: 'whole', bytes: held.bytes()})
      }
      this.#settle = (read) => {
        this.#settle = undefined
        rate.stop()
        req.off('data', onData)
        req.off('end', onEnd)
        req.pause()
        resolve(read)
      }
      req.on('data', onData)
      req.on('end', onEnd)
      served.sendContinue()
      req.resume()
    })
  }

  /** Ends the reading: the rest of the body will not come, or cannot be trusted. */
  fail(finding: Finding): void {
    this.#settle?.({kind: 'failed', finding})
  }
}

/** A body that was read before, for the next request of a redirect. */
export function keptContent(bytes: Buffer): Content {
  return {read: (maxBytes) => Promise.resolve(bytes.length > maxBytes ? {kind: 'over'} : {kind: 'whole', bytes})}
}
