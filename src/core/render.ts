// Decisions as bytes, one function per surface. Transports never format a block themselves. Every value comes from the
// closed tables or is cleaned here, so a header cannot be injected.
import {hostText} from '../formats/target.js'
import type {Decision, Finding} from './decision.js'
import type {Exchange, Header, Target} from './exchange.js'
import {REASONS} from './reasons.js'

/** Labels whose text holds content: the URL is never echoed or logged with them. */
const CONTENT_BEARING = new Set([
  'dlp',
  'core_dlp',
  'body_dlp',
  'header_dlp',
  'mcp_input_scanning',
  'response_scan',
  'address_protection',
  'seed_phrase_detection',
  'cross_request_entropy',
  'canary',
  'env_leak',
])

/** Labels allowed in a header; others are left out, never cut. */
export const LAYER = /^[A-Za-z0-9_]{1,32}$/

export interface BlockHeaderOptions {
  /** Whether hints may be shown (`explain_blocks`) on this surface. */
  readonly hint: boolean
}

/** The X-Pipelock-Block-Reason* headers, version 1, with Cache-Control and Retry-After. */
export function blockHeaders(cause: Finding, options: BlockHeaderOptions): Header[] {
  const {retry} = REASONS[cause.reason]
  const headers: Header[] = [
    ['X-Pipelock-Block-Reason', cause.reason],
    ['X-Pipelock-Block-Reason-Version', '1'],
    ['X-Pipelock-Block-Reason-Severity', REASONS[cause.reason].severity],
    ['X-Pipelock-Block-Reason-Retry', retry],
  ]
  if (LAYER.test(cause.layer)) headers.push(['X-Pipelock-Block-Reason-Layer', cause.layer])
  if (options.hint && cause.hint) headers.push(['X-Pipelock-Hint', headerText(cause.hint)])
  headers.push(['Cache-Control', 'no-store'])
  if (cause.retryAfterSeconds !== undefined)
    headers.push(['Retry-After', String(Math.max(1, Math.ceil(cause.retryAfterSeconds)))])
  return headers
}

/** The header of a block that names its decision. */
export const REQUEST_ID_HEADER = 'X-Pipelock-Request-Id'

/**
 * Short id of a request for people: the number within this process, and the end of the exchange's id, since numbers
 * start again with every process. `pipelock explain` finds the decision by it.
 */
export function shownId({requestId, id}: Pick<Exchange, 'requestId' | 'id'>): string {
  return `${requestId}-${id.slice(-6)}`
}

/** One line of at most 256 bytes of printable ASCII. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 256)
}

/** Text of a finding for the client: no resolved address, no resolver error, no secret. */
export function clientText(cause: Finding): string {
  return (cause.clientDetail ?? cause.detail).replace(/[\u0000-\u001f\u007f]+/g, ' ')
}

/** Body of a block on CONNECT, absolute-form and intercepted requests. */
export function textBody(line: string): Buffer {
  return Buffer.from(`${line.replace(/[\r\n]+/g, ' ')}\n`, 'utf8')
}

export const TEXT_HEADERS: readonly Header[] = [
  ['Content-Type', 'text/plain; charset=utf-8'],
  ['X-Content-Type-Options', 'nosniff'],
]

/** The URL as it may be echoed or logged beside a finding: whole, without path, or omitted. Userinfo never appears. */
export function echoUrl(target: Target | undefined, cause: Hiding | undefined): string {
  if (!target || cause?.inHost) return '[redacted-url]'
  if (!cause || !isHiding(cause)) return target.canonical
  return `${target.scheme}://${target.authority}/[redacted]`
}

/** The finding that hides most of the URL: a credential in it must stay hidden when another finding decided. */
export function hidingFinding({findings, cause}: Decision): Finding | undefined {
  return findings.find((f) => f.inHost) ?? findings.find(isHiding) ?? cause
}

type Hiding = Pick<Finding, 'layer' | 'inHost' | 'hides'>

function isHiding({layer, hides}: Hiding): boolean {
  return CONTENT_BEARING.has(layer) || hides === true
}

/** A URL that no layer has inspected yet may hold anything. */
export const UNJUDGED = {layer: 'dlp', inHost: true} as const

/** The common fields of an event; exactly one of `url` and `target` names its subject. */
export function eventSubject(x: Exchange, hiding: Hiding | undefined): Readonly<Record<string, unknown>> {
  const {agent, method, clientIp: client_ip, requestId: request_id} = x
  if (x.transport !== 'connect' || !x.target) {
    return {agent: agent.name, method, client_ip, request_id, url: eventUrl(x, hiding)}
  }
  const target = hiding?.inHost ? undefined : hostText(x.target.host, x.target.port)
  return {agent: agent.name, method, client_ip, request_id, ...(target !== undefined && {target})}
}

/** The URL of an event. */
export function eventUrl({target}: Exchange, hiding: Hiding | undefined): string {
  return shortQuery(echoUrl(target, hiding))
}

/** The evidence has the full query; the log shows which values there were, not all of each. */
function shortQuery(url: string): string {
  const start = url.indexOf('?')
  if (start === -1) return url
  return url.slice(0, start) + url.slice(start).replace(/=([^&]{32})[^&]+/g, '=$1…')
}

/** The text of a finding may name the host; it is withheld when the host holds a credential. */
export function besideHost(finding: Finding, hiding: Finding | undefined, text: string): string {
  return hiding?.inHost && hiding !== finding ? 'withheld: the host name holds a credential' : text
}

/** Response object of /fetch in wire order of members. */
export interface FetchResponse {
  readonly url: string
  readonly agent?: string | undefined
  readonly status_code?: number | undefined
  readonly content_type?: string | undefined
  readonly title?: string | undefined
  readonly content?: string | undefined
  readonly error?: string | undefined
  readonly blocked: boolean
  readonly block_reason?: string | undefined
  readonly hint?: string | undefined
  readonly request_id?: string | undefined
}

export function fetchBody(response: FetchResponse): Buffer {
  const {url, agent, status_code, content_type, title, content, error, blocked, block_reason, hint, request_id} =
    response
  const ordered = {
    url,
    agent: agent || undefined,
    status_code,
    content_type,
    title: title || undefined,
    content: content || undefined,
    error,
    blocked,
    block_reason,
    hint,
    request_id,
  }
  return Buffer.from(`${JSON.stringify(ordered)}\n`, 'utf8')
}
