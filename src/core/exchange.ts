// One thing an agent does, as facts. A transport builds it from wire bytes, nothing changes it afterwards.
import type {Work} from './work.js'

export type Transport = 'forward' | 'connect' | 'fetch'

/** How sure the firewall is of the agent's name (proxy §5.3). */
export type IdentityBasis = 'bound' | 'config-default' | 'matched' | 'self-declared'

export interface Agent {
  readonly name: string
  readonly basis: IdentityBasis
}

/**
 * Where it goes. The raw spelling is kept beside the forwarded one because a WHATWG parser erases evidence: dot segments,
 * backslashes, tabs, odd hosts.
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
  /** Undecoded path of `raw` between authority and `?` or `#`, for contracts and traversal rules. */
  readonly rawPath: string
}

/** Why a destination is judged: only a request takes rate slots and counts for the session. */
export type Purpose = 'request' | 'redirect' | 'replay' | 'check'

export type Header = readonly [name: string, value: string]

export interface Exchange {
  /** UUIDv7, the action id of every receipt about it. */
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
  /** Milliseconds since the epoch at admission. */
  readonly startedAtMs: number
  readonly signal: AbortSignal
  /** What inspection of it is charged to; undefined where nobody waits (replay, `check`). */
  readonly work?: Work
}

/** The smallest thing scanned whole: a head, a body, one event of a stream. Where it goes or comes from is `Exchange.target`. */
export interface Unit {
  readonly kind: 'head' | 'body' | 'event'
  readonly direction: 'request' | 'response'
  /** Of the message it belongs to, as received, in wire order. */
  readonly headers: readonly Header[]
  /** Of the answer; undefined on requests. */
  readonly status?: number
  /** Lower-case type/subtype without parameters; "" when missing. */
  readonly mediaType: string
  /** The first `Content-Type` as received, with its parameters; "" when missing. */
  readonly contentType: string
  /** The content; empty for heads. As received until a `rewrite` hook decoded it. */
  readonly bytes: Buffer
  /** What of a page it is, where /fetch takes one apart: what no reader sees, or the text that is returned (scanning §7.1). */
  readonly part?: 'hidden' | 'readable'
}
