// One GET /health without any client library, so that a probe costs little. A server that is not Pipelock is not healthy,
// whichever its status: another program on the port means that the agent talks to it, not to the firewall.
import {get, type IncomingMessage} from 'node:http'
import {reachedAt, type ListenAddress} from '../core/listen.js'

export interface ProbeResult {
  /** 0 when there was no response. */
  readonly status: number
  /** The body is a health page of Pipelock. */
  readonly isPipelock: boolean
  /** Fault codes, as on the page. */
  readonly reasons: readonly string[]
  readonly problem?: string
}

const MAX_PAGE_BYTES = 64 * 1024

/** The name under which own routes always respond, at every address. */
export function probe(listener: ListenAddress, timeoutMs: number): Promise<ProbeResult> {
  const {host, port} = reachedAt(listener)
  return new Promise((done) => {
    const fail = (problem: string): void => done({status: 0, isPipelock: false, reasons: [], problem})
    const headers = {host: `localhost:${port}`}
    const request = get({host, port, path: '/health', agent: false, headers}, (response) => {
      void pageOf(response).then(
        (page) => {
          clearTimeout(timer)
          done({status: response.statusCode ?? 0, ...page})
          request.destroy()
        },
        (error: unknown) => fail(error instanceof Error ? error.message : String(error)),
      )
    })
    const timer = setTimeout(() => request.destroy(new Error(`no response within ${timeoutMs} ms`)), timeoutMs)
    request.on('error', (error) => {
      clearTimeout(timer)
      fail(error.message)
    })
  })
}

async function pageOf(response: IncomingMessage): Promise<Pick<ProbeResult, 'isPipelock' | 'reasons'>> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) {
    text += String(chunk)
    if (text.length > MAX_PAGE_BYTES) return {isPipelock: false, reasons: []}
  }
  return readPage(text)
}

export function readPage(text: string): Pick<ProbeResult, 'isPipelock' | 'reasons'> {
  let page: unknown
  try {
    page = JSON.parse(text)
  } catch {
    page = undefined
  }
  if (typeof page !== 'object' || page === null) return {isPipelock: false, reasons: []}
  const {status, version, mode, uptime_seconds: uptime, reasons} = page as Readonly<Record<string, unknown>>
  const isPipelock =
    (status === 'healthy' || status === 'unhealthy') &&
    typeof version === 'string' &&
    (mode === 'strict' || mode === 'balanced' || mode === 'audit') &&
    typeof uptime === 'number'
  const codes = Array.isArray(reasons) ? reasons.filter((one) => typeof one === 'string' && /^[a-z_]+$/.test(one)) : []
  return {isPipelock, reasons: isPipelock ? (codes as string[]) : []}
}
