// The agent of the demonstration: requests through the proxy as any HTTP client sends them, in absolute form, and pages
// through /fetch. It ends with its response, its timeout, or the demonstration.
import {request} from 'node:http'
import type {ListenAddress} from '../../core/listen.js'
import type {Check} from './report.js'

export interface ProxyResponse {
  readonly status: number
  /** X-Pipelock-Block-Reason; "" when absent. */
  readonly reason: string
}

export interface ProxyCall {
  readonly method?: string
  readonly url: string
  readonly body?: string
  /** Requests the URL through /fetch instead of the proxy. */
  readonly fetch?: boolean
}

export type Send = (call: ProxyCall) => Promise<ProxyResponse>

const TIMEOUT_MS = 10_000

export function sender(proxy: ListenAddress, signal: AbortSignal): Send {
  return ({method = 'GET', url, body, fetch = false}) =>
    new Promise((done, fail) => {
      const path = fetch ? `/fetch?url=${encodeURIComponent(url)}` : url
      const headers = {
        ...(fetch ? {} : {host: hostOf(url)}),
        ...(body === undefined ? {} : {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}),
      }
      const sent = request({host: proxy.host, port: proxy.port, path, method, headers, agent: false, signal})
      sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`${method} ${url}: no response in ${TIMEOUT_MS} ms`)))
      sent.on('error', fail)
      sent.on('response', (response) => {
        const reason = response.headers['x-pipelock-block-reason']
        response.on('error', fail)
        response.on('end', () =>
          done({status: response.statusCode ?? 0, reason: typeof reason === 'string' ? reason : ''}),
        )
        response.resume()
      })
      sent.end(body)
    })
}

/** A URL parser would rewrite the spellings of addresses that the demonstration shows. */
function hostOf(url: string): string {
  return url.replace(/^http:\/\//, '').split(/[/?]/, 1)[0] ?? ''
}

/** `shownAs` replaces the URL in the output where the URL holds a secret. */
export async function expectAllowed(
  send: Send,
  call: ProxyCall,
  status: number,
  shownAs = label(call),
): Promise<Check> {
  const response = await send(call)
  const ok = response.status === status && response.reason === ''
  return {what: shownAs, wanted: String(status), got: shown(response), ok}
}

export async function expectBlocked(
  send: Send,
  call: ProxyCall,
  reason: string,
  shownAs = label(call),
): Promise<Check> {
  const response = await send(call)
  return {
    what: shownAs,
    wanted: `403 ${reason}`,
    got: shown(response),
    ok: response.status === 403 && response.reason === reason,
  }
}

function label({method = 'GET', url, fetch = false}: ProxyCall): string {
  return fetch ? `/fetch?url=${url}` : `${method} ${url}`
}

function shown({status, reason}: ProxyResponse): string {
  return reason === '' ? String(status) : `${status} ${reason}`
}
