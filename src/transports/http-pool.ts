// Kept-alive HTTP/1.1 connections to one origin, over sockets that the caller opens. The only file that knows the client
// library for HTTP/1.1; events instead of streams, because a proxy relays bytes and must see raw heads.
import {createRequire} from 'node:module'
import type {Socket} from 'node:net'
import type {Readable} from 'node:stream'
import type * as Undici from 'undici'

// the pool alone: the whole package (fetch, WebSocket, caches, mocks) costs every start 40 ms and 3 MB of heap
const Pool = createRequire(import.meta.url)('undici/lib/dispatcher/pool.js') as typeof Undici.Pool

export interface PoolOptions {
  readonly maxHeaderBytes: number
  /** Opens one connection; calls back once. */
  readonly connect: (done: (error: Error | null, socket: Socket | null) => void) => void
}

export interface OriginRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Names and values alternating. */
  readonly headers: readonly string[]
  readonly body: Readable | Buffer | null
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  /** The client takes trailers. */
  readonly trailers?: boolean
}

/** Receives one answer. A throw in any of these aborts the request. */
export interface Receiver {
  /** The request is about to be written; `abort` ends it at any later time. */
  onConnect(abort: (error?: Error) => void): void
  /** Also called for informational heads. Returning false pauses until `resume`. */
  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean
  onData(chunk: Buffer): boolean
  /** Called before the end of a response that has some, over HTTP/2 only. Names and values alternating. */
  onTrailers?(trailers: readonly Buffer[]): void
  onComplete(): void
  onError(error: Error): void
}

export interface OriginPool {
  dispatch(request: OriginRequest, receiver: Receiver): void
  /** Lets running requests end, then closes. */
  close(): void
  destroy(): void
}

export function createOriginPool(origin: string, options: PoolOptions): OriginPool {
  const pool = new Pool(origin, {
    connect: (_target, callback) =>
      options.connect((error, socket) => {
        if (error || !socket) callback(error ?? new Error('no socket'), null)
        else callback(null, socket)
      }),
    maxHeaderSize: options.maxHeaderBytes,
    pipelining: 1,
    allowH2: false,
  })
  return {
    dispatch(request, receiver) {
      pool.dispatch(
        {
          origin,
          method: request.method,
          path: request.path,
          // never changed by the library, whose type is wider
          headers: request.headers as string[],
          body: request.body,
          headersTimeout: request.headersTimeoutMs,
          bodyTimeout: request.bodyTimeoutMs,
        },
        receiver,
      )
    },
    close() {
      pool.close().catch(() => pool.destroy())
    },
    destroy() {
      pool.destroy().catch(ignore)
    },
  }
}

/** A second destroy of the same pool has nothing left to do. */
function ignore(): void {}
