// Writes an origin's response to the client: its head with our own framing, its body as it arrives or as it was held,
// or the one range of it that the client requested.
import type {Socket} from 'node:net'
import {isBodyless} from './response-plan.js'
import type {ClientWriter} from './client-message.js'
import {clientFields} from './header-filter.js'
import {contentRange, partOf, type Part, type RangeRequest} from './range.js'
import type {OriginHead} from './response-checks.js'
import type {ServerExchange} from './server-exchange.js'
import type {UpstreamRequest} from './upstream-request.js'

export class ClientResponse {
  /** The one range for the client, cut from the complete response. */
  range: RangeRequest | undefined
  readonly #served: ServerExchange
  readonly #upstream: UpstreamRequest
  /** The part of a streaming body that is handed on. */
  #window: {start: number; end: number; readonly toEnd: boolean} | undefined
  #waitsForDrain = false

  constructor(served: ServerExchange, upstream: UpstreamRequest) {
    this.#served = served
    this.#upstream = upstream
  }

  /** Sends a body that was held. */
  deliver(head: OriginHead, bytes: Buffer, changed: boolean): void {
    const part = changed ? undefined : partOf(this.range, head, bytes.length)
    const served = part?.kind === 'part' ? bytes.subarray(part.start, part.end) : part ? NOTHING : bytes
    if (!this.#writeHead(head, {length: served.length, changed, part, total: bytes.length})) return
    endWith(this.#served.res, served)
    this.#served.discardRest()
  }

  /** Sends the head, and the body as it arrives; false when the response could not begin. */
  begin(method: string, head: OriginHead, changed = false): boolean {
    const {res} = this.#served
    const length = head.status === 204 ? undefined : head.length
    const part = length === undefined ? undefined : partOf(this.range, head, length)
    const total = part && length !== undefined ? {part, total: length} : {}
    const served = part?.kind === 'part' ? part.end - part.start : part ? 0 : length
    if (!this.#writeHead(head, {length: served, changed, ...total})) return false
    if (part?.kind !== 'unsatisfiable' && !isBodyless(method, head.status)) {
      if (part) this.#window = {start: part.start, end: part.end, toEnd: part.end === length}
      flushWithBody(res)
      return true
    }
    // complete already; the client library would count a 304 with a length as cut short
    if (part) this.#upstream.stop()
    this.end()
    return true
  }

  /** False when the client must drain first. */
  write(chunk: Buffer): boolean {
    const {res} = this.#served
    const window = this.#window
    let bytes = chunk
    if (window) {
      bytes = chunk.subarray(Math.min(window.start, chunk.length), Math.max(0, Math.min(window.end, chunk.length)))
      window.start = Math.max(0, window.start - chunk.length)
      window.end -= chunk.length
    }
    const more = bytes.length === 0 || res.write(bytes)
    if (window && window.end <= 0 && !window.toEnd) {
      this.#upstream.stop()
      this.end()
      return true
    }
    if (more) return true
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true
      res.on('drain', this.#upstream.resume)
    }
    return false
  }

  /** The response is complete. */
  end(): void {
    this.#upstream.finish()
    this.#served.res.end()
    this.#served.discardRest()
  }

  #writeHead(
    head: OriginHead,
    body: {
      readonly length: number | undefined
      readonly changed?: boolean
      readonly part?: Part | undefined
      readonly total?: number
    },
  ): boolean {
    const {res} = this.#served
    const {length, part} = body
    try {
      const fields = clientFields(head.raw, {named: head.named, length, changed: body.changed ?? false})
      // a held body that arrived in chunks has a length now
      if (body.total !== undefined && head.length === undefined) fields.push('Content-Length', String(length))
      if (part && body.total !== undefined) fields.push('Content-Range', contentRange(part, body.total))
      // for a client of HTTP/1.0 a body without a length ends with the connection: a request behind it gets no response
      const endsBody = length === undefined && this.#served.req.httpVersion === '1.0'
      if (endsBody || this.#served.mustClose) {
        fields.push('Connection', 'close')
        this.#served.connection.endAfterCurrent()
      }
      const status = part ? (part.kind === 'part' ? 206 : 416) : head.status
      res.sendDate = false
      this.#served.responded = true
      this.#served.status = status
      if (part) res.writeHead(status, fields)
      else res.writeHead(status, head.phrase, fields)
      return true
    } catch {
      this.#upstream.stop()
      this.#served.destroy()
      return false
    }
  }
}

/** Sends the head now, in one packet with the body bytes at hand. */
function flushWithBody(res: ClientWriter): void {
  const {socket} = res
  if (!socket) return
  socket.cork()
  process.nextTick(uncork, socket)
  // flushHeaders() would write the head as UTF-8 and change bytes above 0x7f
  res.write(NOTHING)
}

/**
 * A short body goes out as one string with its head: as bytes, node would gather both and an empty end before writing.
 */
function endWith(res: ClientWriter, bytes: Buffer): void {
  const {socket} = res
  if (!socket || bytes.length === 0 || bytes.length > SHORT_BYTES) return void res.end(bytes)
  socket.cork()
  res.write(bytes.toString('latin1'), 'latin1')
  socket.uncork()
  res.end()
}

const SHORT_BYTES = 4096
const NOTHING = Buffer.alloc(0)

function uncork(socket: Socket): void {
  socket.uncork()
}
