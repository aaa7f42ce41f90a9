// One request to the admin API. The proxy variables of the environment are ignored: the token would travel through the proxy
// that the agent uses. No redirect is followed.
import {request as httpRequest, type IncomingMessage} from 'node:http'
import {request as httpsRequest} from 'node:https'
import {PipelockError} from '../core/errors.js'
import type {AdminEndpoint} from './admin-endpoint.js'

const TIMEOUT_MS = 10_000
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

export interface AdminRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: object
  readonly operator?: string
}

/** The object of a 200. Throws admin_refused, admin_unauthorized or admin_unreachable; no error names token or address. */
export async function askAdmin(
  {url, token}: AdminEndpoint,
  {method, path, body, operator}: AdminRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const {status, text} = await send(`${url}${path}`, method, body === undefined ? undefined : JSON.stringify(body), {
    Authorization: `Bearer ${token}`,
    Accept: 'application/json',
    ...(operator !== undefined && operator !== '' && {'X-Pipelock-Operator': operator}),
    ...(body !== undefined && {'Content-Type': 'application/json'}),
  }).catch((error: unknown) => {
    throw new PipelockError(
      'admin_unreachable',
      `${method} ${path}: ${error instanceof Error ? error.message : 'failed'}`,
    )
  })
  const parsed = objectOf(text)
  if (status === 200 && parsed) return parsed
  const detail = typeof parsed?.['error'] === 'string' ? parsed['error'] : `status ${status}`
  const isUnauthorized = status === 400 || status === 401 || status === 403
  throw new PipelockError(isUnauthorized ? 'admin_unauthorized' : 'admin_refused', `${method} ${path}: ${detail}`)
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function send(
  url: string,
  method: string,
  body: string | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<{readonly status: number; readonly text: string}> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : {'Content-Length': String(Buffer.byteLength(body))}
    const outgoing = request(url, {method, agent: false, headers: {...headers, ...length}}, (response) => {
      textOf(response).then((text) => resolve({status: response.statusCode ?? 0, text}), reject)
    })
    const timer = setTimeout(() => outgoing.destroy(new Error('no response within 10 s')), TIMEOUT_MS)
    outgoing.on('error', reject)
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.end(body)
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > MAX_RESPONSE_BYTES) throw new Error('the response is too long')
  }
  return text
}
