// An origin's answer on its way out to the client: its head as our own, its body as it comes or as it was held, of either
// the one range that the client asked for (proxy §5.4, §13.3).
import type {ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import {isBodyless} from './response-plan.js'
import {clientFields} from './header-filter.js'
import {contentRange, partOf, type Part, type RangeRequest} from './range.js'
import type {OriginHead} from './response-checks.js'
import type {ServerExchange} from './server-exchange.js'
import type {UpstreamRequest} from './upstream-request.js'

export class ClientResponse {
  /** The one range that the client gets, cut from the whole. */
  range: RangeRequest | undefined
  readonly #served: ServerExchange
  readonly #upstream: UpstreamRequest
  /** What of a streaming body is handed on. */
  #window: {start: number; end: number; readonly toEnd: boolean} | undefined
  #waitsForDrain = false

  constructor(served: ServerExchange, upstream: UpstreamRequest) {
    this.#served = served
    this.#upstream = upstream
  }

  /** Hands on a body that was held. */
  deliver(head: OriginHead, bytes: Buffer, changed: boolean): void {
    const part = changed ? undefined : partOf(this.range, head, bytes.length)
    const served = part?.kind === 'part' ? bytes.subarray(part.start, part.end) : part ? NOTHING : bytes
    if (!this.#writeHead(head, {length: served.length, changed, part, total: bytes.length})) return
    endWith(this.#served.res, served)
    this.#served.discardRest()
  }

  /** Hands on the head, and the body as it comes; false when the answer could not begin. */
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
    // complete as it is; the client library would count a 304 that keeps its length as cut short
    if (part) this.#upstream.stop()
    this.end()
    return true
  }

  /** False when the client has to catch up first. */
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

  /** The answer is whole. */
  end(): void {
    this.#upstream.over = true
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
      // a held body that came in chunks has a length now
      if (body.total !== undefined && head.length === undefined) fields.push('Content-Length', String(length))
      if (part && body.total !== undefined) fields.push('Content-Range', contentRange(part, body.total))
      if (this.#served.mustClose) {
        fields.push('Connection', 'close')
        this.#served.connection.endAfterCurrent()
      }
      const status = part ? (part.kind === 'part' ? 206 : 416) : head.status
      res.sendDate = false
      this.#served.answered = true
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

/** The head goes out now, in one packet with whatever of the body came with it. */
function flushWithBody(res: ServerResponse): void {
  const {socket} = res
  if (!socket) return
  socket.cork()
  process.nextTick(uncork, socket)
  // flushHeaders() would write the head as UTF-8 and change bytes above 0x7f
  res.write(NOTHING)
}

/** A short body goes out as one string with its head: as bytes, both and an empty end would be gathered to be written. */
function endWith(res: ServerResponse, bytes: Buffer): void {
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
