// Findings that only a transport can make, and the status of every block. Statuses follow reason and layer, so a
// plugin's finding has the same status on every surface.
import type {Finding} from '../core/decision.js'
import {REASONS, type Reason} from '../core/reasons.js'
import type {Resource} from '../core/shares.js'
import {HEAD_STATUS, type HeadRule} from './head-checks.js'
import type {HandshakeFault} from './tls-server.js'

interface Refusal {
  readonly layer: string
  readonly reason: Reason
  readonly detail: string
  readonly clientDetail?: string
  readonly rule?: string
  readonly hint?: string
  /** Absent unless the exchange could continue under `enforce: false`. */
  readonly soft?: true
}

function refusal({soft, ...rest}: Refusal): Finding {
  return {
    plugin: 'proxy',
    authority: 'transport',
    action: 'block',
    severity: REASONS[rest.reason].severity,
    order: 0,
    ...(soft ? {} : {hard: true as const}),
    ...rest,
  }
}

/** All malformed heads look alike to the client: the form of the request is not known yet. */
export const malformedHead = (rule: HeadRule): Finding =>
  refusal({
    layer: 'http_head',
    reason: 'bad_request',
    rule,
    detail: `malformed request: ${rule}`,
    clientDetail: 'malformed request',
  })

export const methodRefused = (method: string): Finding =>
  refusal({
    layer: 'method',
    reason: 'bad_request',
    detail: `method ${method.slice(0, 32)} not allowed`,
    clientDetail: 'method not allowed',
  })

export const targetRefused = (detail: string): Finding => refusal({layer: 'target', reason: 'bad_request', detail})

export const browserRefused = (detail: string): Finding =>
  refusal({layer: 'browser_guard', reason: 'bad_request', detail, clientDetail: 'request from a browser refused'})

/** Not a name of this listener: a page whose name was pointed at it (DNS rebinding) must read nothing. */
export const unknownHost = (authority: string): Finding =>
  refusal({
    layer: 'browser_guard',
    reason: 'bad_request',
    rule: 'foreign_host',
    detail: `Host ${authority.slice(0, 255)} is not a name of this listener; add it to allowed_hosts`,
    clientDetail: 'misdirected request',
  })

export const surfaceOff = (detail: string): Finding =>
  refusal({
    layer: '',
    reason: 'not_enabled',
    rule: 'surface',
    detail,
    hint: 'set forward_proxy.enabled: true and restart',
  })

export const upgradeRefused = (): Finding =>
  refusal({layer: '', reason: 'not_enabled', rule: 'upgrade', detail: 'WebSocket upgrade is not served here'})

export const webSocketOff = (): Finding =>
  refusal({
    layer: '',
    reason: 'not_enabled',
    rule: 'websocket',
    detail: 'WebSocket proxy not enabled',
    hint: 'set websocket_proxy.enabled: true and restart',
  })

export const handshakeRefused = (detail: string): Finding =>
  refusal({layer: 'ws_handshake', reason: 'bad_request', detail: `malformed WebSocket upgrade: ${detail}`})

export const tooManyWebSockets = (): Finding =>
  refusal({
    layer: 'connection_limit',
    reason: 'rate_limit',
    rule: 'share',
    detail: 'too many active WebSocket connections',
    hint: 'raise websocket_proxy.max_concurrent_connections',
  })

/** Bytes that break the framing: nothing behind them has one meaning. */
export const framesMalformed = (detail: string): Finding =>
  refusal({layer: 'ws_protocol', reason: 'parse_error', rule: 'frames', detail})

export const binaryRefused = (): Finding =>
  refusal({
    layer: 'ws_protocol',
    reason: 'not_enabled',
    rule: 'binary',
    detail: 'binary message from the client',
    hint: 'websocket_proxy.allow_binary_frames: true accepts binary messages',
  })

/** A receiver may read the fragments as they arrive, so they cannot be redacted together. */
export const fragmentsUnredacted = (): Finding => ({
  ...refusal({
    layer: 'redaction',
    reason: 'redaction_failure',
    detail: 'redaction blocked message: fragmented message',
  }),
  authority: 'scanner',
})

/** Layer and text of a refusal for lack of a resource. Look-ups are refused by the caller of the resolver. */
const SHARE: Readonly<
  Record<Exclude<Resource, 'look_ups'>, {readonly layer: string; readonly detail: string; readonly hint?: string}>
> = {
  tunnels: {layer: 'connection_limit', detail: 'too many active tunnels'},
  descriptors: {layer: 'connection_limit', detail: 'too many open connections'},
  open_requests: {layer: 'request_limit', detail: 'too many open requests', hint: 'raise limits.open_requests'},
  held_bytes: {layer: 'held_bytes', detail: 'too many bytes held for inspection', hint: 'raise limits.held_mb'},
}

/** The client, or all clients together, have reached their bound. */
export const shareUsed = (resource: keyof typeof SHARE): Finding =>
  refusal({reason: 'rate_limit', rule: 'share', ...SHARE[resource]})

/** The same before the URL was judged: no part of it is shown anywhere. */
export const shareUsedUnjudged = (resource: keyof typeof SHARE): Finding => ({...shareUsed(resource), inHost: true})

/** A held body arrives too slowly. */
export const bodyTooSlow = (): Finding =>
  refusal({layer: 'body_rate', reason: 'rate_limit', detail: 'body arrives too slowly to be held for inspection'})

/** Dialling ourselves would recurse until sockets run out: no list and no mode overrides this. */
export const ownListener = (host: string, address: string): Finding =>
  refusal({
    layer: 'ssrf',
    reason: 'ssrf_private_ip',
    rule: 'own_listener',
    detail: `${host} resolves to a listener of this process (${address})`,
    clientDetail:
      host === address ? 'the destination is an internal address' : `${host} resolves to an internal address`,
  })

export const noAddress = (host: string): Finding =>
  refusal({layer: 'dns', reason: 'timeout', detail: `the address of ${host} could not be found (DNS)`})

export const authorityMismatch = (detail: string): Finding =>
  refusal({
    layer: 'tls_authority_mismatch',
    reason: 'authority_mismatch',
    detail,
    clientDetail: 'authority is not the CONNECT target',
  })

/** Denials after the 200 of a CONNECT: the socket closes, and only the receipt can tell the reason. */
export const sniMismatch = (detail: string): Finding =>
  refusal({layer: 'sni_mismatch', reason: 'authority_mismatch', detail: `connect_late: ${detail}`, soft: true})

export const firstBytesMalformed = (detail: string): Finding =>
  refusal({layer: 'first_bytes', reason: 'parse_error', detail: `connect_late: ${detail}`, soft: true})

export const firstBytesLate = (): Finding =>
  refusal({
    layer: 'first_bytes',
    reason: 'timeout',
    detail: 'connect_late: first bytes not complete in time',
    soft: true,
  })

/** Nothing that is sent in another protocol can be judged. */
export const notTls = (host: string): Finding =>
  refusal({
    layer: 'first_bytes',
    reason: 'not_enabled',
    detail: 'connect_late: neither TLS nor HTTP inside a tunnel that is opened',
    hint: `add ${host} to tls_interception.passthrough_domains if it speaks another protocol`,
  })

const FAULT: Readonly<Record<HandshakeFault, string>> = {
  untrusted: 'the client does not trust the certificate authority of Pipelock: run pipelock tls install-ca',
  closed:
    'the client closed in the handshake; if it does not trust the certificate authority: run pipelock tls install-ca',
  timeout: 'the client did not complete the handshake in time',
  protocol: 'the handshake failed: no TLS version or protocol in common, or malformed messages',
}

export const handshakeFailed = (host: string, fault: HandshakeFault): Finding =>
  refusal({
    layer: 'tls_handshake_error',
    reason: fault === 'timeout' ? 'timeout' : 'parse_error',
    rule: fault,
    detail: `connect_late: ${FAULT[fault]}`,
    hint: `pipelock tls install-ca tells how to trust it; add ${host} to tls_interception.passthrough_domains if the client pins certificates`,
  })

export const noCertificate = (): Finding =>
  refusal({
    layer: 'tls_handshake_error',
    reason: 'pattern_unavailable',
    detail: 'connect_late: no certificate could be issued',
    hint: 'the log has the reason; pipelock tls init --force replaces the certificate authority',
  })

export const prefaceRefused = (): Finding =>
  refusal({layer: 'first_bytes', reason: 'not_enabled', detail: 'connect_late: HTTP/2 is served inside TLS only'})

export const tunnelOver = (seconds: number): Finding =>
  refusal({
    layer: 'max_tunnel_seconds',
    reason: 'timeout',
    detail: `connect_late: tunnel lived ${seconds} s`,
    hint: 'raise forward_proxy.max_tunnel_seconds for longer transfers',
  })

export const locationRefused = (): Finding =>
  refusal({
    layer: 'parser',
    reason: 'parse_error',
    detail: 'unusable Location: unparsable or with two values',
    soft: true,
  })

export const downgradeRefused = (): Finding =>
  refusal({layer: 'scheme', reason: 'scheme_blocked', detail: 'redirect from https to http', soft: true})

/** The client left, or stopped sending, before its body was complete. */
export const bodyCut = (): Finding =>
  refusal({layer: 'request_body', reason: 'parse_error', detail: 'request body could not be read'})

export const bodyLate = (): Finding =>
  refusal({
    layer: 'request_body',
    reason: 'timeout',
    rule: 'body_late',
    detail: 'request body not received in time',
    clientDetail: 'request timed out',
  })

export const responseTooLarge = (size: number, max: number): Finding =>
  refusal({
    layer: 'response_size',
    reason: 'response_size',
    detail: `response size ${size} exceeds max_response_mb ${max}`,
    hint: 'raise fetch_proxy.max_response_mb',
  })

export const responseCompressed = (layer = 'response_scan'): Finding =>
  refusal({
    layer,
    reason: 'compressed_response',
    detail: 'compressed response cannot be scanned',
  })

/** Of a route that decodes: what the client would decode to was not seen. */
export const responseUndecodable = (problem: 'coding' | 'incomplete' | 'ratio' | 'size'): Finding =>
  refusal({
    layer: 'response_scan',
    reason: 'compressed_response',
    detail: UNDECODABLE[problem],
    hint: 'a route can let such responses move unread: responses.body: stream',
  })

const UNDECODABLE = {
  coding: 'response has a content coding that cannot be decoded',
  incomplete: 'response cannot be decoded as its content coding',
  ratio: 'response decodes to more than 100 times its size',
  size: 'response decodes to more than can be inspected',
} as const

/** Injection in a document of which no text could be extracted: nothing clean can be returned. */
export const hiddenUnextracted = (): Finding =>
  refusal({
    layer: 'response_scan',
    reason: 'prompt_injection',
    detail: 'hidden injection detected and readability extraction failed (fail-closed)',
    soft: true,
  })

/** HTTP status of a block. */
export function statusOf(cause: Finding): number {
  const {layer, reason, rule} = cause
  if (cause.authority === 'transport') {
    if (layer === 'http_head') return isHeadRule(rule) ? HEAD_STATUS[rule] : 400
    if (layer === 'method') return 405
    if (rule === 'foreign_host') return 421
    if (layer === 'target' || layer === 'ws_handshake') return 400
    if (rule === 'websocket') return 404
    if (reason === 'rate_limit') return 503
    if (reason === 'not_enabled' && rule === 'surface') return 405
    if (layer === 'response_size') return 502
    if (rule === 'body_late') return 408
  }
  switch (reason) {
    case 'rate_limit':
      // this process lacks a resource; the client did not exceed a rate
      return layer === 'look_ups' ? 503 : 429
    case 'data_budget':
      return layer === 'budget' ? 429 : 403
    case 'kill_switch_active':
    case 'pattern_unavailable':
    case 'receipt_emission_failed':
      return 503
    case 'timeout':
      return layer === 'dns' ? 503 : 403
    case 'bad_request':
      // no policy refused it: nothing was reachable under this name
      return layer === 'dns' ? 502 : 403
    default:
      return 403
  }
}

function isHeadRule(rule: string | undefined): rule is HeadRule {
  return rule !== undefined && Object.hasOwn(HEAD_STATUS, rule)
}

/**
 * Why an upstream could not be reached or understood, without address and library text, which would help to map the
 * network.
 */
export type Why =
  'timeout' | 'connection refused' | 'connection reset' | 'unreachable' | 'TLS error' | 'invalid response'

export function whyOf(error: unknown): Why {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ECONNREFUSED') return 'connection refused'
  if (code === 'ETIMEDOUT' || code.endsWith('_TIMEOUT')) return 'timeout'
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'EADDRNOTAVAIL') return 'unreachable'
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') return 'connection reset'
  if (/^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|INVALID_CA|EPROTO)/.test(code))
    return 'TLS error'
  if (error instanceof Error && error.name === 'HTTPParserError') return 'invalid response'
  if (code.startsWith('HPE_') || code.startsWith('UND_ERR_') || code === 'ERR_ORIGIN_HEAD') return 'invalid response'
  return 'unreachable'
}
