// The client's side of one exchange, whichever version of HTTP it speaks: a message of an HTTP/1.1 connection, whose classes
// are node's own, or a stream of an HTTP/2 connection.
import type {Socket} from 'node:net'
import type {Agent} from '../core/exchange.js'
import type {LocalResponse} from './local-responses.js'

/** A CONNECT whose requests are judged one by one: of a client that speaks plain HTTP inside, or of an opened tunnel. */
export interface TunnelContext {
  /** How the origin is reached. */
  readonly scheme: 'http' | 'https'
  readonly host: string
  readonly port: number
  readonly agent: Agent
  /** Monotonic time after which no new request is admitted. */
  readonly endsAt: number
}

/** Something that occupies the connection until its response is out. */
export type Job = object

export interface ClientRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly httpVersion: string
  /** Names and values alternating, in wire order. */
  readonly rawHeaders: readonly string[]
  /** Of the body, once it has ended. */
  readonly rawTrailers: readonly string[]
  /** The whole body has arrived. */
  readonly complete: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'end' | 'error', listener: () => void): unknown
  off(event: 'data', listener: (chunk: Buffer) => void): unknown
  off(event: 'end' | 'error', listener: () => void): unknown
  pause(): unknown
  resume(): unknown
}

export interface ClientWriter {
  readonly destroyed: boolean
  readonly writableNeedDrain: boolean
  /** Of an HTTP/1.1 connection, to gather head and body in one packet; a stream does so by itself. */
  readonly socket: Socket | null
  /** The end of the response ends the upload, too: it need not be read to its end. */
  readonly stopsUploads?: boolean
  sendDate: boolean
  writeHead(status: number, phrase: string, fields: string[]): unknown
  writeHead(status: number, fields: string[]): unknown
  writeContinue(): void
  flushHeaders(): void
  write(bytes: Buffer): boolean
  write(text: string, encoding: 'latin1'): boolean
  end(bytes?: Buffer): unknown
  on(event: 'drain' | 'error', listener: () => void): unknown
  once(event: 'close', listener: () => void): unknown
}

export interface ExchangeConnection {
  readonly clientIp: string
  /** Owner of the shares it uses. */
  readonly client: string
  /** Beyond its client's share of descriptors: it may send one request to an own route. */
  readonly isSpare: boolean
  readonly tunnel: TunnelContext | undefined
  /** Nothing can be sent any more. */
  readonly gone: boolean
  /** The response is the last one and must say so. */
  readonly ending: boolean
  /** Makes the current response the last one. */
  endAfterCurrent(): void
  /** The exchange has ended. */
  finished(job: Job): void
  /** Trailers for the end of the response; absent where the client cannot take any. */
  addTrailers?(fields: readonly string[]): void
  /** Responds where the request can no longer be read. */
  respondRaw(response: LocalResponse, headOnly: boolean): void
  /** Ends without the end mark of a response, once everything written is sent. */
  linger(): void
  destroy(): void
  /** Ends at once, so that no client takes what it has received for a complete response. */
  reset(): void
}
