// One HTTP/2 connection to an origin: every request is a stream of it. It uses node's own client, since that of undici 7 relays
// no trailers of requests, decodes field values as UTF-8, lets a request with a streaming body wait until the connection is
// free, and fails running requests when the origin says goodbye: gRPC needs all four.
import {connect, constants, type ClientHttp2Session, type ClientHttp2Stream, type OutgoingHttpHeaders} from 'node:http2'
import type {TLSSocket} from 'node:tls'
import type {OriginRequest, Receiver} from './http-pool.js'
import {fieldsSize, streamFields} from './http2-fields.js'
import {Http2Guard, watchStream, type GuardOptions} from './http2-guard.js'

export interface Http2OriginOptions {
  readonly guard: GuardOptions
  readonly origin: string
  readonly maxHeaderBytes: number
  /** The connection admits no further request. */
  readonly ended: () => void
}

/** A stream ended without a complete response. */
export class StreamError extends Error {
  readonly code = 'ECONNRESET'
  /** The origin has not begun to process the request (RFC 9113, section 8.7). */
  readonly isUnprocessed: boolean

  constructor(message: string, isUnprocessed: boolean) {
    super(message)
    this.isUnprocessed = isUnprocessed
  }
}

class HeadError extends Error {
  readonly code = 'ERR_ORIGIN_HEAD'
}

class StreamTimeout extends Error {
  readonly code: string

  constructor(code: string) {
    super('the origin sent nothing')
    this.code = code
  }
}

const {NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM} = constants

/** Streams at the same time, of which the origin may allow fewer. */
const MAX_STREAMS = 100
/** What an origin may send before it is read: per stream, and of all streams together. */
const STREAM_WINDOW = 262_144
const CONNECTION_WINDOW = 1_048_576
/** How long the origin may take to close its side of a connection that is over. */
const LINGER_MS = 1_000
/** More informational responses to one request do not come from an ordinary origin. */
const MAX_INFORMATIONAL = 16

export class Http2Origin {
  readonly #session: ClientHttp2Session
  readonly #socket: TLSSocket
  readonly #authority: string
  readonly #ended: () => void
  readonly #maxHeaderBytes: number
  readonly #guard: Http2Guard
  #running = 0
  #responses = 0
  #isEnding = false
  #mostStreams = MAX_STREAMS
  /** Streams above it were not processed. */
  #lastStream = Infinity

  constructor(socket: TLSSocket, {origin, maxHeaderBytes, guard, ended}: Http2OriginOptions) {
    this.#socket = socket
    this.#ended = ended
    this.#maxHeaderBytes = maxHeaderBytes
    this.#authority = new URL(origin).host
    const session = connect(origin, {
      createConnection: () => socket,
      peerMaxConcurrentStreams: MAX_STREAMS,
      maxReservedRemoteStreams: 0,
      settings: {enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: maxHeaderBytes},
    })
    this.#session = session
    this.#guard = new Http2Guard(session, socket, guard)
    session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW))
    session.on('remoteSettings', ({maxConcurrentStreams}) => {
      this.#mostStreams = Math.min(MAX_STREAMS, maxConcurrentStreams ?? MAX_STREAMS)
    })
    session.on('goaway', (_code, lastStream) => {
      this.#lastStream = lastStream
      this.#end()
    })
    // push is off: an origin that pushes breaks the protocol
    session.on('stream', () => this.destroy())
    session.once('close', () => this.#end())
  }

  get hasRoom(): boolean {
    return !this.#isEnding && !this.#session.closed && this.#running < this.#mostStreams
  }

  dispatch(request: OriginRequest, receiver: Receiver): void {
    let stream: ClientHttp2Stream | undefined
    let isAborted = false
    receiver.onConnect(() => {
      isAborted = true
      stream?.close(NGHTTP2_CANCEL)
    })
    if (isAborted) return
    try {
      stream = this.#session.request(headersOf(this.#authority, request), {endStream: request.body === null})
    } catch (error) {
      this.#end()
      receiver.onError(error instanceof Error ? error : new Error('request failed'))
      return
    }
    this.#running++
    const isFirst = this.#responses === 0
    const response = new OriginStream(stream, request, receiver, {
      maxHeaderBytes: this.#maxHeaderBytes,
      isAborted: () => isAborted,
      isUnprocessed: (id) => id > this.#lastStream || (!isFirst && this.#session.destroyed),
      responded: () => this.#responses++,
      received: (bytes) => this.#guard.content(bytes),
    })
    stream.once('close', () => {
      this.#running--
      response.closed()
      this.#linger()
    })
  }

  /** Lets running requests end. */
  close(): void {
    this.#end()
    if (!this.#session.closed) this.#session.close()
  }

  destroy(): void {
    this.#end()
    this.#session.destroy()
    this.#socket.destroy()
  }

  #end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#ended()
    this.#linger()
  }

  /** The session ends in order, and would wait for an origin that never closes its side. */
  #linger(): void {
    if (!this.#isEnding || this.#running > 0 || this.#socket.destroyed) return
    const socket = this.#socket
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  }
}

interface StreamFacts {
  readonly maxHeaderBytes: number
  /** The request is not wanted any more. */
  readonly isAborted: () => boolean
  /** The origin has not begun to process the request of this stream, or closed a connection just as it was used again. */
  readonly isUnprocessed: (id: number) => boolean
  /** Bytes of fields or data have arrived. */
  readonly received: (bytes: number) => void
  /** The origin has sent a head. */
  readonly responded: () => void
}

/** One request and its response. */
class OriginStream {
  readonly #stream: ClientHttp2Stream
  readonly #request: OriginRequest
  readonly #receiver: Receiver
  readonly #facts: StreamFacts
  /** The origin ended its message. */
  #isWhole = false
  #isSettled = false
  #hasHead = false
  #informational = 0
  #error: Error | undefined

  constructor(stream: ClientHttp2Stream, request: OriginRequest, receiver: Receiver, facts: StreamFacts) {
    this.#stream = stream
    this.#request = request
    this.#receiver = receiver
    this.#facts = facts
    stream.on('error', (error) => {
      this.#error ??= error
    })
    watchStream(stream, {
      received: facts.received,
      ended: () => {
        this.#isWhole = true
      },
    })
    stream.on('headers', () => {
      if (++this.#informational > MAX_INFORMATIONAL) this.#fail(new HeadError('endless informational responses'))
    })
    stream.once('response', (headers, flags, raw?: readonly string[]) =>
      this.#guard(() => this.#head(headers[':status'] ?? 0, flags, raw ?? [])),
    )
    stream.once('trailers', (_trailers: unknown, _flags: unknown, raw?: readonly string[]) =>
      this.#guard(() => this.#receiver.onTrailers?.(fieldsOf(raw ?? []))),
    )
    stream.once('end', () => {
      if (this.#isWhole && this.#hasHead) this.#guard(() => this.#complete())
    })
    this.#watch(request.headersTimeoutMs, 'UND_ERR_HEADERS_TIMEOUT')
    this.#send(request.body)
  }

  /** The stream is over, for any reason. */
  closed(): void {
    if (this.#isSettled) return
    const {id = 0, rstCode} = this.#stream
    const isUnprocessed = !this.#hasHead && (rstCode === NGHTTP2_REFUSED_STREAM || this.#facts.isUnprocessed(id))
    this.#fail(new StreamError(this.#error?.message ?? `stream closed with code ${rstCode}`, isUnprocessed))
  }

  #head(status: number, flags: number, raw: readonly string[]): void {
    this.#hasHead = true
    this.#facts.responded()
    this.#facts.received(fieldsSize(raw))
    // the setting binds node only once the origin has acknowledged it, which it need not do
    if (fieldsSize(raw) > this.#facts.maxHeaderBytes) return this.#fail(new HeadError('head beyond the limit'))
    if ((flags & NGHTTP2_FLAG_END_STREAM) !== 0) this.#isWhole = true
    const stream = this.#stream
    this.#watch(this.#request.bodyTimeoutMs, 'UND_ERR_BODY_TIMEOUT')
    stream.on('data', (chunk: Buffer) =>
      this.#guard(() => {
        if (!this.#receiver.onData(chunk)) stream.pause()
      }),
    )
    const resume = (): void => void stream.resume()
    if (!this.#receiver.onHeaders(status, fieldsOf(raw), resume, '')) stream.pause()
  }

  #complete(): void {
    this.#isSettled = true
    const {body} = this.#request
    // the response came before the end of the request, which nobody needs any more (RFC 9113, section 8.1)
    if (body !== null && !Buffer.isBuffer(body) && !body.readableEnded) {
      body.unpipe(this.#stream)
      body.destroy()
      this.#stream.close(NGHTTP2_NO_ERROR)
    }
    this.#receiver.onComplete()
  }

  #send(body: OriginRequest['body']): void {
    const stream = this.#stream
    if (body === null) return
    if (Buffer.isBuffer(body)) return void stream.end(body)
    body.pipe(stream)
    // a body that was cut must not end in order
    body.once('close', () => {
      if (!body.readableEnded && !stream.closed) stream.close(NGHTTP2_CANCEL)
    })
  }

  /** Fails the request when nothing moves on its stream; a response that is held back does not move. */
  #watch(limitMs: number, code: string): void {
    const stream = this.#stream
    const onTimeout = (): void => {
      if (stream.isPaused()) stream.setTimeout(limitMs, onTimeout)
      else this.#fail(new StreamTimeout(code))
    }
    stream.removeAllListeners('timeout')
    stream.setTimeout(limitMs, onTimeout)
  }

  #guard(work: () => void): void {
    if (this.#isSettled || this.#facts.isAborted()) return
    try {
      work()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error('receiver failed'))
    }
  }

  #fail(error: Error): void {
    if (this.#isSettled) return
    this.#isSettled = true
    if (!this.#stream.closed) this.#stream.close(NGHTTP2_CANCEL)
    if (!this.#facts.isAborted()) this.#receiver.onError(error)
  }
}

function headersOf(authority: string, {method, path, headers, trailers}: OriginRequest): OutgoingHttpHeaders {
  return {
    ':method': method,
    ':scheme': 'https',
    ':authority': authority,
    ':path': path,
    ...streamFields(headers),
    ...(trailers ? {te: 'trailers'} : {}),
  }
}

/** Without pseudo-fields, as the bytes that were received. */
function fieldsOf(raw: readonly string[]): Buffer[] {
  const fields: Buffer[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!name.startsWith(':')) fields.push(Buffer.from(name, 'latin1'), Buffer.from(raw[i + 1] ?? '', 'latin1'))
  }
  return fields
}
