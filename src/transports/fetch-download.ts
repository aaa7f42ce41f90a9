// Performs one GET into memory, up to a cap, and removes the content coding of what came. The request ends at once when its
// signal aborts.
import {isCoded} from '../core/content-type.js'
import type {Finding} from '../core/decision.js'
import {headUnit} from '../core/inspection.js'
import {framingOf} from '../core/stream-framing.js'
import {headerPairs} from './exchange-factory.js'
import type {OriginPool, Receiver} from './http-pool.js'
import {ShareError} from './dial.js'
import {LeastRate} from './least-rate.js'
import type {Limits} from './limits.js'
import {bodyTooSlow, shareUsed} from './refusals.js'
import {checkOriginHead, type OriginHead} from './response-checks.js'
import {decodeBody} from './response-coding.js'
import {isStaleConnection} from './upstream-request.js'

export interface DownloadRequest {
  readonly path: string
  readonly fields: readonly string[]
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly limits: Limits
  /** Counts bytes that are kept; false when the limit is reached. */
  readonly hold: (bytes: number) => boolean
  /** Counts bytes against budgets; returns the finding that ends the download. */
  readonly over: (bytes: number) => Finding | undefined
}

export interface Download {
  readonly head: OriginHead
  readonly contentType: string
  readonly body: Buffer
  /** Size known to exceed the cap; the body is then cut. */
  readonly tooLarge: number | undefined
}

/** The response may not be kept any longer. */
class HeldError extends Error {
  readonly finding: Finding

  constructor(finding: Finding) {
    super(finding.detail)
    this.finding = finding
  }
}

/** The limit of ours that a download exceeded; undefined when the origin is the cause. */
export function refusalOf(error: unknown): Finding | undefined {
  if (error instanceof HeldError) return error.finding
  return error instanceof ShareError ? shareUsed('descriptors') : undefined
}

/** The response had begun; `cause` is the interruption. */
export class BodyError extends Error {}

export function download(pool: OriginPool, request: DownloadRequest): Promise<Download> {
  return new Promise((resolve, reject) => {
    let abort: ((error?: Error) => void) | undefined
    let head: OriginHead | undefined
    let settled = false
    let isRetried = false
    const chunks: Buffer[] = []
    let size = 0

    const rate = new LeastRate(request.limits, () => stop(new HeldError(bodyTooSlow())))
    const finish = (result: Download | Error): void => {
      if (settled) return
      settled = true
      rate.stop()
      request.signal.removeEventListener('abort', onAbort)
      if (result instanceof Error) reject(result)
      else resolve(result)
    }
    const stop = (result: Download | Error): void => {
      finish(result)
      abort?.()
    }
    const result = (from: OriginHead, tooLarge: number | undefined): Download => ({
      head: from,
      contentType: fieldOf(from, 'content-type'),
      body: Buffer.concat(chunks),
      tooLarge,
    })
    const onAbort = (): void => stop(Object.assign(new Error('aborted'), {code: 'ETIMEDOUT'}))
    request.signal.addEventListener('abort', onAbort, {once: true})

    const receiver: Receiver = {
      onConnect(end) {
        abort = end
        if (settled || request.signal.aborted) end()
      },
      onHeaders(status, fields, _resume, statusText) {
        if (status < 200 && status !== 101) return true
        const checked = checkOriginHead(status, statusText, fields)
        if (!checked.ok) {
          stop(Object.assign(new Error(checked.why), {code: 'ERR_ORIGIN_HEAD'}))
          return false
        }
        head = checked.head
        if (head.length !== undefined && head.length > request.maxBytes) {
          stop(result(head, head.length))
          return false
        }
        return true
      },
      onData(chunk) {
        size += chunk.length
        if (head && size > request.maxBytes) {
          stop(result(head, size))
          return false
        }
        const over = request.over(chunk.length)
        if (over) {
          stop(new HeldError(over))
          return false
        }
        if (!request.hold(chunk.length)) {
          stop(new HeldError(shareUsed('held_bytes')))
          return false
        }
        rate.add(chunk.length)
        chunks.push(chunk)
        return true
      },
      onComplete() {
        finish(head ? result(head, undefined) : new Error('no response'))
      },
      onError(error) {
        // it was not processed: once more, on another connection
        if (!settled && !head && !isRetried && isStaleConnection(error)) {
          isRetried = true
          return dispatch()
        }
        finish(head ? new BodyError('response cut short', {cause: error}) : error)
      },
    }
    const dispatch = (): void =>
      pool.dispatch(
        {
          method: 'GET',
          path: request.path,
          headers: [...request.fields],
          body: null,
          headersTimeoutMs: request.timeoutMs,
          bodyTimeoutMs: request.timeoutMs,
        },
        receiver,
      )
    if (request.signal.aborted) return onAbort()
    dispatch()
  })
}

/** First value of a field, "" when absent. */
function fieldOf(head: OriginHead, name: string): string {
  for (let i = 0; i < head.raw.length; i += 2) {
    if ((head.raw[i] ?? '').toLowerCase() === name) return head.raw[i + 1] ?? ''
  }
  return ''
}

/** The identity form of a body, within the cap and 100 times its size; undefined when it cannot be decoded. */
export async function decompress({head, body}: Download, maxBytes: number): Promise<Buffer | undefined> {
  const unit = headUnit('response', headerPairs(head.raw))
  // event streams are never decoded: their events are inspected as received
  if (isCoded(unit.headers) && body.length > 0 && framingOf(unit) === 'events') return undefined
  const decoded = await decodeBody(unit.headers, body, maxBytes)
  return 'bytes' in decoded ? decoded.bytes : undefined
}
