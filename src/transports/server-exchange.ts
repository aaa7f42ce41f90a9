// One request's turn on a client connection: writes its answer whole or destroys the connection, and keeps the connection
// in step whatever the client still sends (proxy §5.4 "One exchange at a time", §6.3 draining, §5.6).
import {STATUS_CODES, type IncomingMessage, type ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import type {Finding} from '../core/decision.js'
import type {Share, Shares} from '../core/shares.js'
import type {LocalResponse} from './local-responses.js'
import type {Connection} from './connections.js'
import {hasBody, type Head} from './head-checks.js'
import type {Limits} from './limits.js'

/** What serves the turn. All are called at most once each, in any order, `closed` last. */
export interface ServerExchangeOwner {
  /** The answer is out, or the connection is gone. */
  closed(): void
  /** The framing of the request body broke: no further byte of it can be believed. */
  broken(): void
  /** Nothing moved on the client connection for the idle limit. */
  idle(): void
}

export class ServerExchange {
  readonly connection: Connection
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly awaitsContinue: boolean
  readonly expectationFailed: boolean
  readonly startedAt: number
  head: Head | undefined
  owner: ServerExchangeOwner | undefined
  /** The first byte of an answer was written. */
  answered = false
  /** Status of that answer. */
  status = 0
  isBroken = false
  /** The connection cannot be followed behind this request. */
  closeAfter = false
  /** Its place among the open requests; undefined when the client holds as many as it may. */
  readonly slot: Share | undefined
  /** Why it may go nowhere but to our own routes. */
  refusal: Finding | undefined
  #continued = false
  #started = false
  /** The connection, and whoever still works at the exchange when the connection is gone. */
  #users = 1
  readonly #held: Share
  #stopDrain: (() => void) | undefined
  readonly #limits: Limits
  readonly #start: (served: ServerExchange) => void

  constructor(options: {
    readonly connection: Connection
    readonly req: IncomingMessage
    readonly res: ServerResponse
    readonly limits: Limits
    readonly shares: Shares
    readonly startedAt: number
    readonly awaitsContinue: boolean
    readonly expectationFailed: boolean
    readonly start: (served: ServerExchange) => void
  }) {
    this.connection = options.connection
    this.req = options.req
    this.res = options.res
    this.awaitsContinue = options.awaitsContinue
    this.expectationFailed = options.expectationFailed
    this.startedAt = options.startedAt
    this.#limits = options.limits
    this.#start = options.start
    const {client} = options.connection
    this.slot = options.shares.take(client, 'open_requests')
    this.#held = options.shares.open(client, 'held_bytes')
    // both emit errors when the peer vanishes; 'close' is what counts
    this.req.on('error', ignore)
    this.res.on('error', ignore)
    this.res.once('close', () => this.#closed())
  }

  start(): void {
    this.#started = true
    this.#start(this)
  }

  /** It never had its turn. */
  dropped(): void {
    if (!this.#started) this.#release()
  }

  /** Counts bytes of a body that is held until the exchange ends; false when there may be no more of them. */
  hold(bytes: number): boolean {
    return this.#held.add(bytes)
  }

  /** Keeps what the exchange holds beyond the end of the connection, until the function that comes back is called. */
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
    return this.res.destroyed || this.connection.socket.destroyed
  }

  /** Whether body bytes of this request may still arrive. */
  get bodyPending(): boolean {
    return !this.req.complete && (this.head === undefined || hasBody(this.head))
  }

  get mustClose(): boolean {
    return this.closeAfter || this.connection.ending
  }

  /** Tells a waiting client to send its body; only after all checks passed. */
  sendContinue(): void {
    if (!this.awaitsContinue || this.#continued) return
    this.#continued = true
    this.res.writeContinue()
  }

  /** Writes a complete answer. Reads on behind it where the client still uploads, or it would never see the verdict. */
  answer(response: LocalResponse): void {
    if (this.gone) return
    if (this.answered) return this.destroy()
    this.answered = true
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
      if (!pending || (this.awaitsContinue && !this.#continued)) {
        this.res.end(body)
        return
      }
      if (body) this.res.write(body)
      else this.res.flushHeaders()
      this.#drain(() => this.res.end())
    } catch {
      // a throw while writing an answer must not reach the process, nor be answered again (proxy §5.6)
      this.destroy()
    }
  }

  /** Behind an answer that ended before the upload did: the rest is read away, within limits. */
  discardRest(): void {
    if (this.bodyPending) this.#drain((complete) => void (complete || this.destroy()))
  }

  /** The parser can no longer be followed; nothing behind this request will be admitted. */
  break(): void {
    if (this.isBroken) return
    this.isBroken = true
    if (this.#stopDrain) {
      // the answer is out whole; node's own end would close before what is still coming is read away
      this.#stopDrain()
      endLingering(this.connection.socket, undefined, this.#limits)
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
    this.connection.socket.destroy()
  }

  /** Ends the connection so that a client cannot take a cut answer for a whole one. */
  reset(): void {
    const {socket} = this.connection
    if (!socket.destroyed) socket.resetAndDestroy()
  }

  /** Ends the connection behind what was written, without the mark of a whole answer: the client sees that it was cut. */
  cut(): void {
    this.connection.endAfterCurrent()
    // an HTTP/1.0 client takes the end of the connection for the end of the answer
    if (this.req.httpVersion === '1.0') return this.reset()
    endLingering(this.connection.socket, undefined, this.#limits)
  }

  #respondRaw(response: LocalResponse): void {
    this.connection.endAfterCurrent()
    writeRawResponse(this.connection.socket, response, this.#limits, this.req.method === 'HEAD')
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

/** An answer past node's writer: for CONNECT, for heads that never became a request, and behind broken framing. */
export function writeRawResponse(socket: Socket, response: LocalResponse, limits: Limits, headOnly = false): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  let head = `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}\r\n`
  for (let i = 0; i + 1 < response.fields.length; i += 2) head += `${response.fields[i]}: ${response.fields[i + 1]}\r\n`
  head += `Content-Length: ${response.body.length}\r\nConnection: close\r\n\r\n`
  const bytes = Buffer.from(head, 'latin1')
  endLingering(socket, headOnly ? bytes : Buffer.concat([bytes, response.body]), limits)
}

/** Closes our half, and the rest a little later: unread bytes at close make the kernel send a reset that can overtake the answer. */
function endLingering(socket: Socket, bytes: Buffer | undefined, limits: Limits): void {
  if (bytes) socket.end(bytes)
  else socket.end()
  const timer = setTimeout(() => socket.destroy(), limits.lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

function ignore(): void {}
