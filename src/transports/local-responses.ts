// Blocks and failures as complete responses, built from core/render.ts alone: status, fields, body.
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import type {Ruling} from '../core/policy.js'
import {
  besideHost,
  blockHeaders,
  clientText,
  echoUrl,
  fetchBody,
  hidingFinding,
  REQUEST_ID_HEADER,
  shownId,
  textBody,
  TEXT_HEADERS,
} from '../core/render.js'
import {statusOf} from './refusals.js'

export interface LocalResponse {
  readonly status: number
  /** Names and values alternating; without framing fields. */
  readonly fields: readonly string[]
  readonly body: Buffer
  /** The connection must close after it. */
  readonly close: boolean
}

/**
 * `redirect`: the refused `Location` of a response; `followed` and `hop`: a refused hop of a forwarded request, of
 * /fetch.
 */
export type Surface = 'forward' | 'connect' | 'redirect' | 'followed' | 'fetch' | 'hop' | 'websocket'

export const PROXY_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
/** The methods that remain where the proxy is off: own routes are read-only. */
const OWN_METHODS = 'GET, HEAD'
const JSON_FIELDS = ['Content-Type', 'application/json']

export interface BlockOptions {
  /** Methods for `Allow`, on 405. */
  readonly allow?: string
  /** Name for the JSON of /fetch. */
  readonly agent?: string
  /** A response is refused, not the request; told to clients of the reverse proxy. */
  readonly isResponse?: boolean
}

/** Whether bytes may move. `ask` and `strip` block unless an approver or rewriter is present. */
export function proceeds(ruling: Ruling): boolean {
  const {action} = ruling.decision
  return action === 'allow' || action === 'warn'
}

export function blockResponse(
  surface: Surface,
  x: Exchange,
  ruling: Ruling,
  options: BlockOptions = {},
): LocalResponse {
  const {cause} = ruling.decision
  if (!cause) return plainResponse(503, 'blocked')
  const isReverse = x.transport === 'reverse'
  const json = surface === 'fetch' || surface === 'hop' || isReverse
  const head = cause.layer === 'http_head'
  const status = statusOf(cause)
  // a page under an unknown name must not even learn which server responds here
  const isEmpty = status === 421
  const isDenied = cause.reason === 'kill_switch_active'
  const fields = isEmpty ? [] : (json && !head) || isDenied ? [...JSON_FIELDS] : TEXT_HEADERS.flat()
  for (const [name, value] of blockHeaders(cause, {hint: ruling.policy.explainBlocks && !json}))
    fields.push(name, value)
  fields.push(REQUEST_ID_HEADER, shownId(x))
  if (isEmpty) return {status, fields, body: Buffer.alloc(0), close: false}
  if (isDenied) return {status, fields, body: deniedBody(clientText(cause)), close: surface === 'connect'}
  if (status === 405) fields.push('Allow', options.allow ?? OWN_METHODS)
  const hiding = hidingFinding(ruling.decision)
  const text = besideHost(cause, hiding, clientText(cause))
  if (!json || head)
    return {status, fields, body: textBody(lineOf(surface, ruling, text)), close: head || surface === 'connect'}
  if (isReverse) {
    const subject = options.isResponse ? 'response blocked' : 'blocked'
    const direction = options.isResponse ? 'response' : 'request'
    const reason = `${surface === 'redirect' ? 'redirect: ' : ''}${matchText(cause) ?? text}`
    return {status, fields, body: reverseBody(`${subject} by pipelock`, {reason, direction}), close: false}
  }
  const protocolError = status === 400 || status === 405
  const body = fetchBody({
    url: protocolError && status === 405 ? '' : echoUrl(x.target, hiding),
    agent: protocolError ? undefined : options.agent,
    ...(protocolError
      ? {error: text, blocked: false}
      : {
          blocked: true,
          block_reason: surface === 'hop' ? `redirect blocked: ${text}` : text,
          hint: ruling.policy.explainBlocks ? cause.hint : undefined,
          request_id: shownId(x),
        }),
  })
  return {status, fields, body, close: false}
}

/** The object of the reverse proxy, in wire order of members. */
function reverseBody(error: string, block?: {readonly reason: string; readonly direction: string}): Buffer {
  const {reason = '', direction = ''} = block ?? {}
  return Buffer.from(`${JSON.stringify({error, blocked: block !== undefined, block_reason: reason, direction})}\n`)
}

const CREDENTIALS: Readonly<Record<string, string>> = {
  core_dlp: 'URL DLP',
  dlp: 'URL DLP',
  header_dlp: 'header DLP',
  body_dlp: 'DLP',
}

/** The text of a credential in a request to the reverse proxy: where, and which rules. */
function matchText({layer, rule, matches = []}: Finding): string | undefined {
  const names = matches.length > 0 ? matches.map((match) => match.pattern_name) : rule ? [rule] : []
  return CREDENTIALS[layer] !== undefined && names.length > 0 ? `${CREDENTIALS[layer]}: ${names.join(', ')}` : undefined
}

/** The same object on every surface: clients tell an emergency stop from a verdict on their request. */
function deniedBody(message: string): Buffer {
  return Buffer.from(`${JSON.stringify({error: 'kill_switch_active', message})}\n`)
}

function lineOf(surface: Surface, ruling: Ruling, text: string): string {
  const cause = ruling.decision.cause
  if (cause?.layer === 'http_head') return 'blocked: malformed request'
  if (cause?.layer === 'mediation_envelope' && surface !== 'followed') return text
  if (cause?.authority === 'transport' && (cause.rule === 'surface' || cause.layer === 'connection_limit')) return text
  if (surface === 'connect') return `CONNECT blocked: ${text}`
  if (surface === 'websocket') return `WebSocket blocked: ${text}`
  if (surface === 'redirect') return `blocked: redirect: ${text}`
  if (surface === 'followed') return `blocked: redirect blocked: ${text}`
  return `blocked: ${text}`
}

/**
 * A response without a verdict: a transport failure, a timeout or an unknown own route. Never carries block headers.
 */
export function plainResponse(status: number, line: string, close = false): LocalResponse {
  return {status, fields: TEXT_HEADERS.flat(), body: textBody(line), close}
}

/** A failure of the origin, in the form of its surface. */
export function failureResponse({transport}: Exchange, status: number, line: string, close = false): LocalResponse {
  if (transport !== 'reverse') return plainResponse(status, line, close)
  return {status, fields: [...JSON_FIELDS], body: reverseBody(line), close}
}

export function jsonResponse(status: number, body: Buffer): LocalResponse {
  return {status, fields: [...JSON_FIELDS], body, close: false}
}
