// One stream of a client's HTTP/2 connection, in the shape that an exchange expects: request, writer of the response, and
// connection. Only END_STREAM makes a message complete: a stream that is reset never looks like one that has ended.
import {constants, type OutgoingHttpHeaders, type ServerHttp2Stream} from 'node:http2'
import type {ClientRequest, ClientWriter, ExchangeConnection, TunnelContext} from './client-message.js'
import {streamFields} from './http2-fields.js'
import {watchStream} from './http2-guard.js'
import type {StreamHead} from './http2-head.js'
import type {LocalResponse} from './local-responses.js'

const {NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR} = constants

class StreamRequest implements ClientRequest {
  readonly httpVersion = '2.0'
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  rawTrailers: readonly string[] = []
  complete: boolean
  readonly #stream: ServerHttp2Stream

  constructor(
    stream: ServerHttp2Stream,
    {method, target, fields}: StreamHead,
    hasBody: boolean,
    received: (bytes: number) => void,
  ) {
    this.method = method
    this.url = target
    this.rawHeaders = fields
    this.complete = !hasBody
    this.#stream = stream
    if (!hasBody) return
    watchStream(stream, {
      received,
      ended: () => {
        this.complete = true
      },
    })
    stream.on('trailers', (_trailers: unknown, _flags: unknown, raw: string[]) => {
      this.rawTrailers = raw
    })
  }

  on(event: 'data' | 'end' | 'error', listener: (chunk: Buffer) => void): void {
    this.#stream.on(event, listener)
  }

  off(event: 'data' | 'end' | 'error', listener: (chunk: Buffer) => void): void {
    this.#stream.off(event, listener)
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }
}

class StreamWriter implements ClientWriter {
  readonly socket = null
  readonly stopsUploads = true
  sendDate = true
  readonly #stream: ServerHttp2Stream
  readonly #req: StreamRequest
  #head: OutgoingHttpHeaders | undefined
  #flush: NodeJS.Immediate | undefined
  #trailers: readonly string[] = []
  #isEnded = false

  constructor(stream: ServerHttp2Stream, req: StreamRequest) {
    this.#stream = stream
    this.#req = req
    stream.on('wantTrailers', () => stream.sendTrailers(streamFields(this.#trailers)))
  }

  get destroyed(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  get writableNeedDrain(): boolean {
    return this.#stream.writableNeedDrain
  }

  /** The response is complete; some of it may still wait for the client. */
  get ended(): boolean {
    return this.#isEnded
  }

  /** A head has begun, or has been sent. */
  get begun(): boolean {
    return this.#head !== undefined || this.#stream.headersSent
  }

  writeHead(status: number, phrase: string | string[], fields: string[] = []): void {
    this.#head = {':status': status, ...streamFields(typeof phrase === 'string' ? fields : phrase)}
    // a response that ends at once is sent as one frame, which gRPC clients require of an error without content
    this.#flush = setImmediate(() => this.flushHeaders())
  }

  writeContinue(): void {
    this.#stream.additionalHeaders({':status': 100})
  }

  flushHeaders(): void {
    this.#sendHead(false)
  }

  addTrailers(fields: readonly string[]): void {
    this.#trailers = fields
  }

  write(bytes: Buffer | string, encoding: BufferEncoding = 'latin1'): boolean {
    if (bytes.length === 0) return true
    if (!this.#sendHead(false)) return true
    return this.#stream.write(bytes, encoding)
  }

  end(bytes?: Buffer): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const isEmpty = bytes === undefined || bytes.length === 0
    if (!this.#sendHead(isEmpty && this.#trailers.length === 0)) return
    if (isEmpty) this.#stream.end()
    else this.#stream.end(bytes)
    if (!this.#req.complete) this.#stopUpload()
  }

  on(event: 'drain' | 'error', listener: () => void): void {
    this.#stream.on(event, listener)
  }

  once(event: 'close', listener: () => void): void {
    this.#stream.once(event, listener)
  }

  /** False when the stream is gone. */
  #sendHead(endStream: boolean): boolean {
    const head = this.#head
    if (!head) return !this.destroyed
    this.#head = undefined
    clearImmediate(this.#flush)
    if (this.destroyed) return false
    const options = {
      endStream,
      waitForTrailers: !endStream && (this.#trailers.length > 0 || head['content-length'] === undefined),
      sendDate: this.sendDate,
    }
    try {
      this.#stream.respond(head, options)
      return true
    } catch {
      // a field that node does not write: the client must not take what follows for a response
      this.#stream.close(NGHTTP2_INTERNAL_ERROR)
      return false
    }
  }

  /** The client need not send the rest (RFC 9113, section 8.1). */
  #stopUpload(): void {
    const stop = (): void => {
      if (!this.#req.complete && !this.destroyed) this.#stream.close(NGHTTP2_NO_ERROR)
    }
    if (this.#stream.writableFinished) stop()
    else this.#stream.once('finish', stop)
    this.#stream.resume()
  }
}

export interface StreamOwner {
  readonly clientIp: string
  readonly client: string
  readonly tunnel: TunnelContext
  /** How long what was written may take to arrive. */
  readonly lingerMs: number
  /** Bytes of data have arrived. */
  received(bytes: number): void
  finished(): void
}

export class ClientStream implements ExchangeConnection {
  readonly isSpare = false
  /** It was reset here, not by the client. */
  isReset = false
  /** The connection says that it ends, not its responses. */
  readonly ending = false
  readonly req: StreamRequest
  readonly res: StreamWriter
  readonly #stream: ServerHttp2Stream
  readonly #owner: StreamOwner

  constructor(stream: ServerHttp2Stream, head: StreamHead, hasBody: boolean, owner: StreamOwner) {
    this.#stream = stream
    this.#owner = owner
    this.req = new StreamRequest(stream, head, hasBody, (bytes) => owner.received(bytes))
    this.res = new StreamWriter(stream, this.req)
  }

  get clientIp(): string {
    return this.#owner.clientIp
  }

  get client(): string {
    return this.#owner.client
  }

  get tunnel(): TunnelContext {
    return this.#owner.tunnel
  }

  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  /** Other streams go on. */
  endAfterCurrent(): void {}

  finished(): void {
    this.#owner.finished()
  }

  addTrailers(fields: readonly string[]): void {
    this.res.addTrailers(fields)
  }

  respondRaw({status, fields, body}: LocalResponse, headOnly: boolean): void {
    if (this.res.begun) return this.reset()
    this.res.writeHead(status, [...fields, 'Content-Length', String(body.length)])
    this.res.end(headOnly ? undefined : body)
  }

  linger(): void {
    const stream = this.#stream
    if (this.gone) return
    const timer = setTimeout(() => this.reset(), this.#owner.lingerMs)
    stream.once('close', () => clearTimeout(timer))
    this.res.flushHeaders()
    stream.write(NOTHING, () => this.reset())
  }

  destroy(): void {
    this.reset()
  }

  reset(): void {
    if (this.gone) return
    this.isReset = true
    this.#stream.close(NGHTTP2_INTERNAL_ERROR)
  }
}

const NOTHING = Buffer.alloc(0)
