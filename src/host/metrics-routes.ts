// /metrics and /stats as own routes, and the small listener they move to with `metrics_listen`.
import {createServer} from 'node:http'
import type {Finding} from '../core/decision.js'
import type {ListenAddress} from '../core/listen.js'
import {createSpares} from '../transports/admission.js'
import {clientAddress} from '../transports/connections.js'
import {PROXY_METHODS} from '../transports/local-responses.js'
import {readHead, type Head} from '../transports/head-checks.js'
import type {OwnRoute} from '../transports/host.js'
import {DEFAULT_LIMITS} from '../transports/limits.js'
import {type OwnNames, ownRequest, ownRouteProblem, pathOf} from '../transports/own-routes.js'
import {closeNow, listenAt, refuseAt, unknownPath} from '../transports/own-listener.js'
import {malformedHead, methodRefused} from '../transports/refusals.js'
import type {Generation} from './generation.js'
import {JSON_HEADERS} from './health.js'

export function metricsRoutes(current: () => Generation): ReadonlyMap<string, OwnRoute> {
  return new Map<string, OwnRoute>([
    [
      '/metrics',
      {
        methods: ['GET', 'HEAD'],
        handle: async () => ({
          status: 200,
          headers: [
            ['Content-Type', 'text/plain; version=0.0.4; charset=utf-8'],
            ['Cache-Control', 'no-store'],
          ],
          body: Buffer.from(await current().services.metrics.text()),
        }),
      },
    ],
    [
      '/stats',
      {
        methods: ['GET', 'HEAD'],
        handle: async () => ({
          status: 200,
          headers: JSON_HEADERS,
          body: Buffer.from(`${JSON.stringify(current().services.metrics.stats())}\n`),
        }),
      },
    ],
  ])
}

export interface SideListener {
  readonly address: ListenAddress
  /** Requests wait until this is called: nothing is served before everything is bound. */
  open(): void
  close(): Promise<void>
}

/** A listener for own routes only. Rejects with the system's error when it cannot be bound. */
export async function openSideListener(
  at: ListenAddress,
  routes: ReadonlyMap<string, OwnRoute>,
  allowedHosts: () => OwnNames['allowedHosts'],
): Promise<SideListener> {
  let open = (): void => undefined
  const opened = new Promise<void>((done) => (open = done))
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: DEFAULT_LIMITS.headBytes,
      requireHostHeader: false,
    },
    (req, res) => {
      const read = readHead(req.method ?? '', req.url ?? '', req.httpVersion, req.rawHeaders, DEFAULT_LIMITS)
      if (!read.ok) return refuseAt(res, malformedHead(read.rule))
      const {head} = read
      const refused = refusalOf(head, routes, {listenHost: at.host, allowedHosts: allowedHosts()})
      if (refused) return refuseAt(res, refused.finding, refused.allow)
      const route = routes.get(pathOf(head.target))
      if (!route) return unknownPath(res)
      opened
        .then(() => route.handle(ownRequest(head, req, clientAddress(req.socket.remoteAddress), DEFAULT_LIMITS.headMs)))
        .then(({status, headers, body}) => {
          res.writeHead(status, [...headers.flat(), 'Content-Length', String(body.length)])
          res.end(req.method === 'HEAD' ? undefined : body)
        })
        .catch(() => res.destroy())
    },
  )
  // any other number makes node drop surplus fields silently; the head checks count them
  server.maxHeadersCount = 0
  server.on('clientError', (_error, socket) => socket.destroy())
  const admit = createSpares(DEFAULT_LIMITS.spareConnections)
  server.on('connection', (socket) => admit(socket, () => true))
  return {address: await listenAt(server, at), open, close: () => closeNow(server)}
}

interface Refused {
  readonly finding: Finding
  readonly allow: string
}

/** Checks a request to an own route, as on the main listener. */
function refusalOf(head: Head, routes: ReadonlyMap<string, OwnRoute>, names: OwnNames): Refused | undefined {
  const route = routes.get(pathOf(head.target))
  if (head.method === 'TRACE' || (head.form === 'asterisk' && head.method === 'OPTIONS')) {
    return {finding: methodRefused(head.method), allow: PROXY_METHODS}
  }
  if (!route) return undefined
  const foreign = ownRouteProblem(head, names)
  if (foreign) return {finding: foreign, allow: ''}
  if (route.methods.includes(head.method)) return undefined
  return {finding: methodRefused(head.method), allow: route.methods.join(', ')}
}
