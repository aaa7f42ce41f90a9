// Posts to a receiver over HTTP. Redirects are not followed, because the token is meant for one host, and no proxy of the
// environment is used, because it may be the firewall itself.
import {Pool} from 'undici'
import type {Clock} from '../../core/ports.js'
import {retryAfterMs, Undelivered} from './delivery.js'

/** Longest response that is read. */
const MAX_RESPONSE = 65_536
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** For statuses after which some receivers take the same events, and others never will. */
const FEW_RETRIES = 3

export interface Receiver {
  post(body: Buffer | string, signal: AbortSignal): Promise<Buffer>
  close(): void
}

export interface ReceiverOptions {
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Further statuses that are worth a few more attempts. */
  readonly retried: ReadonlySet<number>
  readonly clock: Pick<Clock, 'now'>
}

export function createReceiver({url, headers, timeoutMs, retried, clock}: ReceiverOptions): Receiver {
  const pool = new Pool(url.origin, {connections: 1, connect: {timeout: timeoutMs}, pipelining: 1, allowH2: false})
  return {
    async post(body, signal) {
      // not AbortSignal.any: some versions of node never forget the signals that it makes of a long-lived one
      const ending = new AbortController()
      const stop = (): void => ending.abort(signal.reason)
      const timer = setTimeout(() => ending.abort(new Error('no response in time')), timeoutMs)
      signal.addEventListener('abort', stop)
      try {
        signal.throwIfAborted()
        const response = await pool.request({
          path: url.pathname + url.search,
          method: 'POST',
          headers,
          body,
          signal: ending.signal,
        })
        const content = await beginning(response.body)
        const {statusCode: status} = response
        if (status >= 200 && status < 300) return content
        const after = response.headers['retry-after']
        throw new Undelivered(`HTTP ${status}`, {
          retries: OVERLOADED.has(status) ? Number.POSITIVE_INFINITY : retried.has(status) ? FEW_RETRIES : 0,
          waitMs: retryAfterMs(typeof after === 'string' ? after : undefined, clock.now()),
        })
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
      }
    },
    close: () => void pool.destroy(),
  }
}

/** Reads everything, so that the connection can be used again; a long response ends it. */
async function beginning(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_RESPONSE) break
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
