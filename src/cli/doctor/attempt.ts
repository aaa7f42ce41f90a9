// One request to a listener of the firewall, and its response.
import {request, type IncomingMessage} from 'node:http'
import {reachedAt, type ListenAddress} from '../../core/listen.js'
import {errorText} from '../../lib/error-text.js'

export interface Attempt {
  readonly listener: ListenAddress
  readonly method: string
  /** As it is sent: a path, a URL, or host and port. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Response {
  /** 0 when there was none. */
  readonly status: number
  /** Code of `X-Pipelock-Block-Reason`. */
  readonly reason: string | undefined
  /** Id under which `explain` shows the decision. */
  readonly requestId: string | undefined
  /** Of a JSON body. */
  readonly decision: unknown
  /** The fault of the connection. */
  readonly problem?: string
}

const TIMEOUT_MS = 10_000
const MAX_BODY = 65_536

export function attempt({listener, method, target, headers, body}: Attempt): Promise<Response> {
  const {host, port} = reachedAt(listener)
  return new Promise((done) => {
    const failed = (error: unknown): void =>
      done({status: 0, reason: undefined, requestId: undefined, decision: undefined, problem: errorText(error)})
    const sent = request({host, port, method, path: target, headers, agent: false}, (response) => {
      void responseOf(response).then(done, failed)
    })
    const opened = (response: IncomingMessage): void => {
      done(headOf(response, undefined))
      sent.destroy()
    }
    sent.on('connect', opened).on('upgrade', opened)
    sent.setTimeout(TIMEOUT_MS, () => sent.destroy(new Error(`no response within ${TIMEOUT_MS / 1000} seconds`)))
    sent.on('error', failed)
    sent.end(body)
  })
}

async function responseOf(response: IncomingMessage): Promise<Response> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > MAX_BODY) break
  }
  return headOf(response, decisionOf(text))
}

function headOf({statusCode = 0, headers}: IncomingMessage, decision: unknown): Response {
  const one = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    status: statusCode,
    reason: one('x-pipelock-block-reason'),
    requestId: one('x-pipelock-request-id'),
    decision,
  }
}

/** `decision` of a verdict of the scan API. */
function decisionOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'decision' in value ? value.decision : undefined
  } catch {
    return undefined
  }
}
