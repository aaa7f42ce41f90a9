// Serves the requests of clients that speak HTTP/2 inside tunnels that are opened. Every stream is an exchange like a request
// of an HTTP/1.1 connection; the streams of a connection run side by side, and each takes a slot of its client's share.
import {constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream} from 'node:http2'
import type {Socket} from 'node:net'
import {parseTarget} from '../core/target.js'
import {errorText} from '../lib/error-text.js'
import {overShare} from './admission.js'
import type {TunnelContext} from './client-message.js'
import {clientAddress} from './connections.js'
import type {ListenerContext} from './context.js'
import {UNREADABLE_TARGET} from './exchange-factory.js'
import {serveForward} from './forward.js'
import {fieldsSize} from './http2-fields.js'
import {Http2Guard} from './http2-guard.js'
import {readStreamHead, type StreamHead} from './http2-head.js'
import {ClientStream, type StreamOwner} from './http2-stream.js'
import {refuse} from './own-routes.js'
import {malformedHead} from './refusals.js'
import {ServerExchange} from './server-exchange.js'

export interface Http2Client {
  readonly socket: Socket
  /** The TCP socket below TLS. */
  readonly tcp: Socket
  /** Owner of the shares it uses. */
  readonly client: string
  readonly tunnel: TunnelContext
}

export interface Http2Server {
  accept(client: Http2Client): void
  /** Ends the connection above a TCP socket at once, with a GOAWAY; false when there is none. */
  end(tcp: Socket): boolean
  /** Lets running streams end and admits no more; true while any run. */
  shutDown(): boolean
  destroy(): void
  /** Open connections. */
  readonly size: number
}

export interface Http2ServerOptions {
  /** The live setting, in milliseconds. */
  readonly idleMs: () => number
  /** A connection has ended. */
  readonly ended: () => void
}

const {NGHTTP2_FLAG_END_STREAM} = constants

/** Streams of a connection that may run at the same time. */
const MAX_STREAMS = 100
/** Flow-control windows: what a client may send before it is read, per stream and per connection. */
const STREAM_WINDOW = 262_144
const CONNECTION_WINDOW = 1_048_576

export function createHttp2Server(context: ListenerContext, {idleMs, ended}: Http2ServerOptions): Http2Server {
  const {limits} = context
  const connections = new Map<Socket, Http2Connection>()
  const options = {
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW,
      maxHeaderListSize: limits.headBytes,
    },
    // the head checks respond to more fields than they admit; beyond this the stream is reset
    maxHeaderListPairs: 2 * limits.headFields,
  }
  return {
    accept(client) {
      // TLS failures of a peer that leaves; only the close matters
      client.socket.on('error', ignore)
      const session = performServerHandshake(client.socket, options)
      // node's own server would say so: the session waits for the end of the handshake, which is past
      client.socket.emit('secureConnect')
      session.setLocalWindowSize(CONNECTION_WINDOW)
      // nothing reads from the socket since the handshake
      client.socket.read(0)
      const connection = new Http2Connection(context, session, client, idleMs)
      connections.set(client.tcp, connection)
      // the socket may stay half open, but a client that sends no more opens no windows; newer versions of node keep the session
      client.socket.once('end', () => connection.destroy())
      session.once('close', () => {
        connections.delete(client.tcp)
        connection.ended()
        ended()
      })
    },
    end(tcp) {
      const connection = connections.get(tcp)
      connection?.destroy()
      return connection !== undefined
    },
    shutDown() {
      let isRunning = false
      for (const connection of connections.values()) isRunning = connection.shutDown() || isRunning
      return isRunning
    },
    destroy() {
      for (const connection of connections.values()) connection.destroy()
    },
    get size() {
      return connections.size
    },
  }
}

class Http2Connection implements StreamOwner {
  readonly clientIp: string
  readonly client: string
  readonly tunnel: TunnelContext
  readonly lingerMs: number
  readonly #context: ListenerContext
  readonly #session: ServerHttp2Session
  readonly #tcp: Socket
  readonly #idleMs: () => number
  readonly #lifetime: NodeJS.Timeout
  /** Runs while no stream does. */
  readonly #idle: NodeJS.Timeout
  readonly #guard: Http2Guard
  #running = 0
  #leaving: NodeJS.Timeout | undefined

  constructor(
    context: ListenerContext,
    session: ServerHttp2Session,
    {socket, tcp, client, tunnel}: Http2Client,
    idleMs: () => number,
  ) {
    this.#context = context
    this.#session = session
    this.#tcp = tcp
    this.#idleMs = idleMs
    this.client = client
    this.clientIp = clientAddress(tcp.remoteAddress)
    this.tunnel = tunnel
    this.lingerMs = context.limits.lingerMs
    const {clock} = context.host.ports
    this.#lifetime = setTimeout(() => this.shutDown(), Math.max(0, tunnel.endsAt - clock.monotonic()))
    this.#guard = new Http2Guard(session, socket, {
      now: () => clock.monotonic(),
      over: (reason) => this.#anomaly(reason),
    })
    session.on('stream', (stream: ServerHttp2Stream, _headers: unknown, flags: number, raw: string[]) =>
      this.#admit(stream, flags, raw),
    )
    // not the timer of the session: node keeps that one beyond its end, with the socket and all buffers
    this.#idle = setTimeout(() => {
      if (this.#running === 0) this.shutDown()
    }, context.limits.firstByteMs)
  }

  received(bytes: number): void {
    this.#guard.content(bytes)
  }

  /** A stream of it has ended. */
  finished(): void {
    this.#running--
    if (this.#running === 0 && !this.#session.destroyed) this.#idle.refresh()
    this.#linger()
  }

  shutDown(): boolean {
    if (!this.#session.closed) this.#session.close()
    this.#linger()
    return this.#running > 0
  }

  /** The GOAWAY goes out before the connection closes. */
  destroy(): void {
    this.#session.destroy()
    this.#linger(true)
  }

  /** The session ends in order, and would wait for a client that never closes its side. */
  #linger(isOver = this.#session.closed && this.#running === 0): void {
    if (!isOver || this.#leaving !== undefined) return
    const tcp = this.#tcp
    const leaving = setTimeout(() => tcp.destroy(), this.lingerMs)
    this.#leaving = leaving
    tcp.once('close', () => clearTimeout(leaving))
  }

  ended(): void {
    clearTimeout(this.#lifetime)
    clearTimeout(this.#idle)
  }

  #admit(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    const {host, limits} = this.#context
    stream.on('error', ignore)
    this.#guard.content(fieldsSize(raw))
    // reset before it could be served: nothing of it was read or sent
    if (stream.destroyed || stream.closed) return this.#guard.reset()
    try {
      const hasBody = (flags & NGHTTP2_FLAG_END_STREAM) === 0
      const head = readStreamHead(raw, hasBody, limits)
      const connection = new ClientStream(stream, head, hasBody, this)
      const {req, res} = connection
      const {awaitsContinue} = head
      const startedAt = host.ports.clock.monotonic()
      this.#running++
      const served = new ServerExchange(this.#context, {
        connection,
        req,
        res,
        startedAt,
        awaitsContinue,
        expectationFailed: false,
      })
      stream.setTimeout(this.#idleMs(), () => {
        // a client that opens no window would hold its response, and its slot, for ever
        if (res.ended) connection.reset()
        else served.idle()
      })
      stream.once('aborted', () => {
        if (!connection.isReset) this.#guard.reset()
      })
      this.#serve(served, head)
    } catch (error) {
      // a throw costs only its own connection
      host.ports.log.error('error', {where: 'http2', error: errorText(error)})
      this.#tcp.destroy()
    }
  }

  #anomaly(reason: string): void {
    const {clientIp: client_ip, tunnel} = this
    const {log} = this.#context.host.ports
    const subject = {agent: tunnel.agent.name, client_ip, host: tunnel.host}
    log.warn('anomaly', {...subject, reason: `HTTP/2 connection ended: ${reason}`, score: 0.5})
  }

  #serve(served: ServerExchange, {target, result}: StreamHead): void {
    if (!result.ok) {
      const rawTarget = parseTarget(target).target ? target : UNREADABLE_TARGET
      return refuse(this.#context, served, {finding: malformedHead(result.rule), head: undefined, rawTarget})
    }
    served.head = result.head
    served.refusal = overShare(served)
    serveForward(this.#context, served, result.head)
  }
}

function ignore(): void {}
