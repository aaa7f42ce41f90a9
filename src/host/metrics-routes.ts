// /metrics and /stats as own routes, and the small listener they move to with `metrics_listen`.
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import type {ListenAddress} from '../core/listen.js'
import type {OwnRoute} from '../transports/host.js'
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

/** A listener for our own routes only. Rejects with the system's error when it cannot be bound. */
export async function openSideListener(
  at: ListenAddress,
  routes: ReadonlyMap<string, OwnRoute>,
): Promise<SideListener> {
  let open = (): void => undefined
  const opened = new Promise<void>((done) => (open = done))
  const server = createServer(
    {headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000},
    (req, res) => {
      // a page in a browser has no business here (proxy §2.3)
      if (req.headers.origin !== undefined || Object.keys(req.headers).some((name) => name.startsWith('sec-fetch-'))) {
        res.writeHead(403, {'Content-Type': 'text/plain'}).end('browser requests are refused\n')
        return
      }
      const route = routes.get(req.url?.split('?')[0] ?? '')
      const method = req.method ?? ''
      if (!route || !route.methods.includes(method)) {
        res
          .writeHead(route ? 405 : 404, {'Content-Type': 'text/plain'})
          .end(route ? 'method not allowed\n' : 'not found\n')
        return
      }
      opened
        .then(() => route.handle())
        .then(({status, headers, body}) => {
          res.writeHead(status, [...headers.flat(), 'Content-Length', String(body.length)])
          res.end(method === 'HEAD' ? undefined : body)
        })
        .catch(() => res.destroy())
    },
  )
  server.on('clientError', (_error, socket) => socket.destroy())
  await listen(server, at)
  const {address, port} = server.address() as AddressInfo
  return {
    address: {host: address, port},
    open,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, {host, port}: ListenAddress): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen({port, ...(host === '' ? {} : {host})}, () => {
      server.off('error', fail)
      server.on('error', () => undefined) // a failed accept concerns one connection
      done()
    })
  })
}
