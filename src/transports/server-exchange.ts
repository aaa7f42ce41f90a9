// One request and its response on a client connection. It writes the response whole or destroys the connection, and
// keeps the connection in step with the parser while the client still sends.
import type {Finding} from '../core/decision.js'
import type {Share, Shares} from '../core/shares.js'
import type {LocalResponse} from './local-responses.js'
import type {ClientRequest, ClientWriter, ExchangeConnection} from './client-message.js'
import {hasBody, type Head} from './head-checks.js'
import type {Limits} from './limits.js'

/** The handler of a server exchange. Each method is called at most once, in any order, `closed` last. */
export interface ServerExchangeOwner {
  /** The response is out, or the connection is gone. */
  closed(): void
  /** The framing of the request body broke: no further byte of it can be trusted. */
  broken(): void
  /** Nothing moved on the client connection for the idle limit. */
  idle(): void
  /** Nothing may move any more: the exchange ends by this finding. */
  stop?(finding: Finding): void
}

/** Exchanges that are not over yet. */
export type OpenExchanges = Set<ServerExchange>

/** What all exchanges of a listener share. */
interface Listener {
  readonly limits: Limits
  readonly host: {readonly shares: Shares}
  readonly open: OpenExchanges
}

export class ServerExchange {
  readonly connection: ExchangeConnection
  readonly req: ClientRequest
  readonly res: ClientWriter
  readonly awaitsContinue: boolean
  readonly expectationFailed: boolean
  readonly startedAt: number
  head: Head | undefined
  owner: ServerExchangeOwner | undefined
  /** The first byte of a response was written. */
  responded = false
  /** Status of that response. */
  status = 0
  isBroken = false
  /** The parser cannot continue on the connection behind this request. */
  closeAfter = false
  /** Its slot among the open requests; undefined when the client has reached its share. */
  readonly slot: Share | undefined
  /** Why it may only go to own routes. */
  refusal: Finding | undefined
  #continued = false
  /** The connection, and every part that still uses the exchange after the connection is gone. */
  #users = 1
  readonly #held: Share
  #stopDrain: (() => void) | undefined
  readonly #limits: Limits
  readonly #open: OpenExchanges

  constructor(
    {limits, host: {shares}, open}: Listener,
    options: {
      readonly connection: ExchangeConnection
      readonly req: ClientRequest
      readonly res: ClientWriter
      readonly startedAt: number
      readonly awaitsContinue: boolean
      readonly expectationFailed: boolean
    },
  ) {
    this.connection = options.connection
    this.req = options.req
    this.res = options.res
    this.awaitsContinue = options.awaitsContinue
    this.expectationFailed = options.expectationFailed
    this.startedAt = options.startedAt
    this.#limits = limits
    this.#open = open.add(this)
    const {client} = options.connection
    this.slot = shares.take(client, 'open_requests')
    this.#held = shares.open(client, 'held_bytes')
    // both emit errors when the peer vanishes; only 'close' matters
    this.req.on('error', ignore)
    this.res.on('error', ignore)
    this.res.once('close', () => this.#closed())
  }

  /** The connection ended before it was served. */
  dropped(): void {
    this.#open.delete(this)
    this.#release()
  }

  /** Counts bytes of a held body until the exchange ends; false when the limit is reached. */
  hold(bytes: number): boolean {
    return this.#held.add(bytes)
  }

  /** Keeps the resources of the exchange beyond the end of the connection, until the returned function is called. */
  keep(): () => void {
    this.#users++
    let kept = true
    return () => {
      if (!kept) return
      kept = false
      this.#leave()
    }
  }

  get gone(): boolean {
    return this.res.destroyed || this.connection.gone
  }

  /** True while body bytes of this request may still arrive. */
  get bodyPending(): boolean {
    return !this.req.complete && (this.head === undefined || hasBody(this.head))
  }

  get mustClose(): boolean {
    // the client may or may not send the body that it was not told to send: node closes, so nothing behind is served
    return this.closeAfter || this.connection.ending || (this.awaitsContinue && !this.#continued)
  }

  /** Tells a waiting client to send its body; only after all checks passed. */
  sendContinue(): void {
    if (!this.awaitsContinue || this.#continued) return
    this.#continued = true
    this.res.writeContinue()
  }

  /**
   * Writes a complete response. Reads on behind it while the client still uploads, or the client would never see the
   * verdict.
   */
  respond(response: LocalResponse): void {
    if (this.gone) return
    if (this.responded) return this.destroy()
    this.responded = true
    this.status = response.status
    try {
      if (this.isBroken) return this.#respondRaw(response)
      const pending = this.bodyPending
      const close = response.close || pending || this.mustClose
      if (close) this.connection.endAfterCurrent()
      const fields = [...response.fields, 'Content-Length', String(response.body.length)]
      if (close) fields.push('Connection', 'close')
      this.res.writeHead(response.status, fields)
      const body = this.req.method === 'HEAD' ? undefined : response.body
      if (!pending || this.res.stopsUploads || (this.awaitsContinue && !this.#continued)) {
        this.res.end(body)
        return
      }
      if (body) this.res.write(body)
      else this.res.flushHeaders()
      this.#drain(() => this.res.end())
    } catch {
      // a throw while writing a response must not reach the process, nor cause a second response
      this.destroy()
    }
  }

  /** After a response that ended before the upload did: discards the rest, within limits. */
  discardRest(): void {
    if (this.bodyPending) this.#drain((complete) => void (complete || this.destroy()))
  }

  /** The parser cannot continue; nothing behind this request will be admitted. */
  break(): void {
    if (this.isBroken) return
    this.isBroken = true
    if (this.#stopDrain) {
      // the response is out; node's own end would close before the pending upload is read
      this.#stopDrain()
      this.connection.linger()
      return
    }
    this.owner?.broken()
  }

  /** Nothing moved on the connection for the idle limit. */
  idle(): void {
    if (this.owner) this.owner.idle()
    else this.destroy()
  }

  destroy(): void {
    this.connection.destroy()
  }

  /** Closes with a reset, so that a client cannot take a cut response for a complete one. */
  reset(): void {
    this.connection.reset()
  }

  /** Ends the connection without the end mark of a complete response: the client sees that it was cut. */
  cut(): void {
    this.connection.endAfterCurrent()
    // an HTTP/1.0 client takes the end of the connection for the end of the response
    if (this.req.httpVersion === '1.0') return this.reset()
    this.connection.linger()
  }

  #respondRaw(response: LocalResponse): void {
    this.connection.endAfterCurrent()
    this.connection.respondRaw(response, this.req.method === 'HEAD')
  }

  #drain(done: (complete: boolean) => void): void {
    let bytes = 0
    const stop = (complete: boolean): void => {
      if (!this.#stopDrain) return
      this.#stopDrain()
      done(complete)
    }
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > this.#limits.drainBytes) stop(false)
    }
    const onEnd = (): void => stop(true)
    const timer = setTimeout(() => stop(false), this.#limits.drainMs)
    this.#stopDrain = () => {
      this.#stopDrain = undefined
      clearTimeout(timer)
      this.req.off('data', onData)
      this.req.off('end', onEnd)
    }
    this.req.on('data', onData)
    this.req.on('end', onEnd)
    this.req.resume()
  }

  #closed(): void {
    this.#open.delete(this)
    this.#stopDrain?.()
    try {
      this.owner?.closed()
    } finally {
      this.#leave()
      this.connection.finished(this)
    }
  }

  #leave(): void {
    if (--this.#users === 0) this.#release()
  }

  #release(): void {
    this.slot?.release()
    this.#held.release()
  }
}

function ignore(): void {}
