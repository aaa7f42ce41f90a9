// Blocks and failures as complete responses, built from core/render.ts alone: status, fields, body.
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
  const json = surface === 'fetch' || surface === 'hop'
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

/** The same object on every surface: clients tell an emergency stop from a verdict on their request. */
function deniedBody(message: string): Buffer {
  return Buffer.from(`${JSON.stringify({error: 'kill_switch_active', message})}\n`)
}

function lineOf(surface: Surface, ruling: Ruling, text: string): string {
  const cause = ruling.decision.cause
  if (cause?.layer === 'http_head') return 'blocked: malformed request'
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

export function jsonResponse(status: number, body: Buffer): LocalResponse {
  return {status, fields: [...JSON_FIELDS], body, close: false}
}
