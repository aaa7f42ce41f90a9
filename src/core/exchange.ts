// An exchange: one thing an agent does, as facts. A transport builds it from wire bytes; it is immutable.
import type {Work} from './work.js'

export type Transport = 'forward' | 'connect' | 'intercept' | 'fetch' | 'websocket' | 'reverse'

/** How reliable the agent's name is. */
export type IdentityBasis = 'bound' | 'config-default' | 'matched' | 'self-declared'

export interface Agent {
  readonly name: string
  readonly basis: IdentityBasis
}

/**
 * Destination of an exchange. The raw spelling is kept beside the forwarded one because a WHATWG parser erases
 * evidence: dot segments, backslashes, tabs, odd hosts.
 */
export interface Target {
  /** As received (CONNECT: the synthetic https URL of its authority). */
  readonly raw: string
  /** Serialisation of the one canonical parse: what is judged is what is forwarded. Without userinfo and fragment. */
  readonly canonical: string
  readonly scheme: 'http' | 'https'
  /** Lower-case ASCII, no trailing dot, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** Host and, unless it is the default of the scheme, port, as in `canonical`. */
  readonly authority: string
  /** Path of `canonical`, from its first slash to the query. */
  readonly path: string
  /** Query of `canonical` without its question mark; "" for none. */
  readonly query: string
  /** Undecoded path of `raw` between authority and `?` or `#`, for contracts and path traversal rules. */
  readonly rawPath: string
}

/** Reason for judging a destination: only a request takes rate slots and counts for the session. */
export type Purpose = 'request' | 'redirect' | 'replay' | 'check'

export type Header = readonly [name: string, value: string]

export interface ReceivedRequest {
  /** Absolute URI that the request names, in the spelling of the client. */
  readonly uri: string
  /** In wire order. */
  readonly headers: readonly Header[]
}

export interface Exchange {
  /** UUIDv7, the action id of all its receipts. */
  readonly id: string
  /** `req-<n>` */
  readonly requestId: string
  readonly transport: Transport
  readonly purpose: Purpose
  readonly agent: Agent
  readonly clientIp: string
  /** As received (raw spelling), even when it cannot be parsed. */
  readonly rawTarget: string
  /** undefined when the raw target cannot be parsed: the destination stage then reports `parser`. */
  readonly target: Target | undefined
  readonly method: string
  readonly headers: readonly Header[]
  /** The request as its client sent it, where a signature can cover it; undefined for a redirect. */
  readonly received?: ReceivedRequest | undefined
  /** Milliseconds since the epoch at admission. */
  readonly startedAtMs: number
  readonly signal: AbortSignal
  /** The destination is the service behind the reverse proxy: the operator chose it. */
  readonly toUpstream?: true
  /** Account for inspection time; undefined where no client waits (replay, `check`). */
  readonly work?: Work
}

/**
 * The smallest thing scanned whole: a head, a body, one event of a stream. Its source or destination is
 * `Exchange.target`.
 */
export interface Unit {
  readonly kind: 'head' | 'body' | 'event'
  readonly direction: 'request' | 'response'
  /** Headers of its message, as received, in wire order. */
  readonly headers: readonly Header[]
  /** Status of the response; undefined on requests. */
  readonly status?: number
  /** Lower-case type/subtype without parameters; "" when missing. */
  readonly mediaType: string
  /** The first `Content-Type` as received, with its parameters; "" when missing. */
  readonly contentType: string
  /** The content; empty for heads. As received until a `rewrite` hook decoded it. */
  readonly bytes: Buffer
  /**
   * `messages`: a message of a WebSocket, or the head of all of them. `text`: a route has it judged in pieces. Absent: the
   * headers tell how it is framed.
   */
  readonly framing?: 'messages' | 'text'
  /** The part of a page where /fetch takes one apart: content hidden from readers, or the returned text. */
  readonly part?: 'hidden' | 'readable'
}
