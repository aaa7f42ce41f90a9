// The listener of the scan API: bytes in, one JSON response out. It forwards nothing, so no exchange begins here.
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {ListenAddress} from '../core/listen.js'
import type {Clock} from '../core/ports.js'
import {SCAN_PATH, type ScanApiResponse, type ScanApiService} from '../core/services/scan-api.js'
import {clientAddress} from './connections.js'
import {readHead, type Head} from './head-checks.js'
import {DEFAULT_LIMITS} from './limits.js'
import {closeNow, linesOf, listenAt, refuseAt, unknownPath} from './own-listener.js'
import {type OwnNames, ownRouteProblem, pathOf} from './own-routes.js'
import {readBody} from './read-body.js'
import {malformedHead} from './refusals.js'

export interface ScanListenerHost {
  /** The current one; a request keeps the one that it began with. */
  service(): Pick<ScanApiService, 'respond'>
  allowedHosts(): OwnNames['allowedHosts']
  readonly clock: Pick<Clock, 'monotonic'>
  /** A request was received, and is responded to or given up. */
  began(): void
  ended(response: ScanApiResponse | undefined, seconds: number): void
  failed(error: unknown): void
}

export interface ScanListener {
  readonly address: ListenAddress
  /** Requests wait until this is called: nothing is served before everything is bound. */
  open(): void
  close(): Promise<void>
}

export type ScanListenerLimits = Pick<ScanApiService, 'readMs' | 'writeMs' | 'maxConnections'>

const IDLE_MS = 120_000
const CHECK_MS = 500

/** Rejects with the system's error when it cannot be bound. */
export async function openScanListener(
  at: ListenAddress,
  limits: ScanListenerLimits,
  host: ScanListenerHost,
): Promise<ScanListener> {
  let open = (): void => undefined
  const opened = new Promise<void>((done) => (open = done))
  const server = createServer(
    {
      headersTimeout: limits.readMs,
      // the body has a timer of its own, which ends with a response
      requestTimeout: 0,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: DEFAULT_LIMITS.headBytes,
      requireHostHeader: false,
    },
    (req, res) => {
      const read = readHead(req.method ?? '', req.url ?? '', req.httpVersion, req.rawHeaders, DEFAULT_LIMITS)
      if (!read.ok) return refuseAt(res, malformedHead(read.rule))
      const {head} = read
      const foreign = ownRouteProblem(head, {listenHost: at.host, allowedHosts: host.allowedHosts()})
      if (foreign) return refuseAt(res, foreign)
      if (head.form !== 'origin' || pathOf(head.target) !== SCAN_PATH) return unknownPath(res)
      opened
        .then(() => serve({req, res, head, limits}, host))
        .catch((error: unknown) => {
          host.failed(error)
          res.destroy()
        })
    },
  )
  // any other number makes node drop surplus fields silently; the head checks count them
  server.maxHeadersCount = 0
  server.maxConnections = limits.maxConnections
  server.on('clientError', (_error, socket) => socket.destroy())
  return {address: await listenAt(server, at), open, close: () => closeNow(server)}
}

interface Served {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly head: Head
  readonly limits: ScanListenerLimits
}

async function serve({req, res, head, limits}: Served, host: ScanListenerHost): Promise<void> {
  const startedMs = host.clock.monotonic()
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  host.began()
  let response: ScanApiResponse | undefined
  try {
    response = await host.service().respond({
      method: head.method,
      authorization: linesOf(head, 'authorization'),
      clientIp: clientAddress(req.socket.remoteAddress),
      body: (maxBytes) => readBody(req, {length: head.length, maxBytes, waitMs: limits.readMs}),
      signal: gone.signal,
    })
    send(res, req, response, limits.writeMs)
  } finally {
    host.ended(response, (host.clock.monotonic() - startedMs) / 1000)
  }
}

function send(
  res: ServerResponse,
  req: IncomingMessage,
  {status, headers, body}: ScanApiResponse,
  writeMs: number,
): void {
  if (res.destroyed) return
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`)
  // a body that nobody reads would be taken for the next request
  const isUnread = !req.complete
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
    ...(isUnread && {Connection: 'close'}),
    'Content-Length': bytes.length,
  })
  // unread bytes at the close would make the kernel send a reset, which can overtake the response
  if (isUnread) req.resume()
  const timer = setTimeout(() => res.destroy(), writeMs)
  res.once('close', () => clearTimeout(timer))
  res.end(bytes)
}
