// The connections of one https origin. The first one decides by ALPN which version of HTTP the origin is asked in: HTTP/2, where
// requests share a connection, or HTTP/1.1.
import type {TLSSocket} from 'node:tls'
import type {DialedTls} from './dial.js'
import {createOriginPool, type OriginPool, type OriginRequest, type Receiver} from './http-pool.js'
import type {GuardOptions} from './http2-guard.js'
import {Http2Origin} from './http2-origin.js'

export interface SecurePoolOptions {
  readonly maxHeaderBytes: number
  readonly guard: GuardOptions
  /** Opens one connection; calls back once. */
  readonly connect: (protocols: readonly string[], done: DialedTls) => void
}

interface Waiting {
  readonly request: OriginRequest
  readonly receiver: Receiver
}

const BOTH = ['h2', 'http/1.1']
const HTTP1 = ['http/1.1']

/** `authority`: host and port. */
export function createSecurePool(authority: string, {maxHeaderBytes, guard, connect}: SecurePoolOptions): OriginPool {
  const origin = `https://${authority}`
  const sessions = new Set<Http2Origin>()
  /** Requests for which no connection has room; each holds the slot of its exchange. */
  let waiting: Waiting[] = []
  let isDialing = false
  let isClosing = false
  let http1: OriginPool | undefined
  /** The connection on which HTTP/1.1 was negotiated, for the pool that begins with it. */
  let negotiated: TLSSocket | undefined

  function openHttp1(first: TLSSocket): OriginPool {
    negotiated = first
    return createOriginPool(origin, {
      maxHeaderBytes,
      connect: (done) => {
        const socket = negotiated
        negotiated = undefined
        // the client library does not continue when it is called back at once
        if (socket && !socket.destroyed) return process.nextTick(done, null, socket)
        connect(HTTP1, (error, dialed) => done(error ?? null, dialed ?? null))
      },
    })
  }

  function openHttp2(socket: TLSSocket): void {
    const session = new Http2Origin(socket, {
      origin,
      maxHeaderBytes,
      guard,
      ended: () => sessions.delete(session),
    })
    sessions.add(session)
  }

  function dial(): void {
    isDialing = true
    connect(BOTH, (error, socket) => {
      isDialing = false
      const ready = waiting
      waiting = []
      if (error || !socket) {
        for (const {receiver} of ready) receiver.onError(error ?? new Error('no socket'))
        return
      }
      if (socket.alpnProtocol === 'h2') openHttp2(socket)
      else http1 ??= openHttp1(socket)
      for (const {request, receiver} of ready) dispatch(request, receiver)
      if (isClosing && !isDialing) close()
    })
  }

  function dispatch(request: OriginRequest, receiver: Receiver): void {
    if (http1) return http1.dispatch(request, receiver)
    for (const session of sessions) if (session.hasRoom) return session.dispatch(request, receiver)
    waiting.push({request, receiver})
    if (!isDialing) dial()
  }

  function close(): void {
    isClosing = true
    for (const session of sessions) session.close()
    http1?.close()
  }

  return {
    dispatch,
    close,
    destroy() {
      isClosing = true
      for (const session of sessions) session.destroy()
      negotiated?.destroy()
      http1?.destroy()
    },
  }
}
