// The listener: node's HTTP parser with its gaps closed, one exchange at a time per connection, every wait limited, and
// a stop that lets running exchanges end. It only decides which form a request has.
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo, Socket} from 'node:net'
import {parseTarget} from '../core/target.js'
import {createAdmission, overShare} from './admission.js'
import {createClientTrust} from './client-trust.js'
import {plainResponse} from './local-responses.js'
import {ConnectJob, type TunnelRegistry} from './connect.js'
import {Connection} from './connections.js'
import type {ListenerContext} from './context.js'
import {denyAll} from './deny-all.js'
import {createDialer, type OpenSocket} from './dial.js'
import {exchangeFactory, UNREADABLE_TARGET} from './exchange-factory.js'
import {createFetcher} from './fetch.js'
import type {ReverseUpstream} from '../core/services/reverse-proxy.js'
import {serveForward} from './forward.js'
import {readHead, type HeadRule} from './head-checks.js'
import type {TransportHost} from './host.js'
import {createHttp2Server} from './http2-server.js'
import {DEFAULT_LIMITS, type Limits} from './limits.js'
import {pathOf, refuse, serveOwn} from './own-routes.js'
import {createPools} from './pools.js'
import {malformedHead} from './refusals.js'
import {writeRawResponse} from './raw-response.js'
import {ServerExchange} from './server-exchange.js'
import {refuseUnread} from './unread-head.js'
import {ListenerRequest, TunnelRequest} from './upgrades.js'
import {WebSocketJob, type WebSocketRegistry} from './websocket.js'

export interface ProxyServerOptions {
  readonly limits?: Partial<Limits>
  readonly openSocket?: OpenSocket
  /** Certificate authorities trusted in addition to the system's. */
  readonly ca?: readonly string[]
  /** Passes everything to this service: a reverse proxy. Default: a forward proxy with own routes. */
  readonly upstream?: ReverseUpstream
}

export interface ProxyServer {
  /** Binds; rejects with the system's error. */
  listen(address: {
    readonly host: string
    readonly port: number
  }): Promise<{readonly host: string; readonly port: number}>
  /** Stops accepting, lets running requests end for `graceMs`, then closes tunnels and the remaining connections. */
  close(graceMs: number): Promise<void>
  /** Judges open tunnels and WebSockets under the new policy. */
  policyChanged(): void
  /** Ends what the kill switch denies, at once. */
  deny(): void
  readonly openTunnels: number
  readonly openConnections: number
}

/** How long a stop waits for what it has closed. */
const END_MS = 1000

export function createProxyServer(host: TransportHost, options: ProxyServerOptions = {}): ProxyServer {
  const limits: Limits = {...DEFAULT_LIMITS, ...options.limits}
  const {clock, log} = host.ports
  const dialer = createDialer({open: options.openSocket, limits, ca: options.ca}, host)
  const context: ListenerContext = {
    host,
    limits,
    dialer,
    exchange: exchangeFactory(host),
    pools: createPools(dialer, host),
    clientTrust: createClientTrust(() => clock.monotonic()),
    open: new Set(),
    upstream: options.upstream,
  }
  const fetcher = createFetcher(context)
  const accept = createAdmission(context)
  const connections = new Map<Socket, Connection>()
  const tunnels = new Set<ConnectJob>()
  const webSockets = new Set<WebSocketJob>()
  let listenHost = ''
  let closing = false
  let whenEnded: (() => void) | undefined

  /**
   * Resolves when every connection is closed and every tunnel has been observed to its end, or after a limit: log, recorder
   * and captures, which stop after the listener, still record their ends.
   */
  const allEnded = (): Promise<void> =>
    new Promise((done) => {
      const patience = setTimeout(done, END_MS)
      whenEnded = () => {
        if (tunnels.size + webSockets.size + connections.size + http2.size > 0) return
        clearTimeout(patience)
        done()
      }
      whenEnded()
    })

  /** Their close frames go out before the connections, and the tunnels around them, are destroyed. */
  const closeWebSockets = (): Promise<void> =>
    new Promise((done) => {
      if (webSockets.size === 0) return done()
      const deadline = setTimeout(done, END_MS)
      whenEnded = () => {
        if (webSockets.size > 0) return
        clearTimeout(deadline)
        done()
      }
      for (const job of webSockets) job.close()
    })

  const idleMs = (): number => host.settings().idleTimeoutSeconds * 1000

  /** The strict parser: nothing dropped silently, and every wait for a head limited. */
  function newServer(headMs: number, request: typeof IncomingMessage): Server {
    const server = createServer({
      IncomingMessage: request,
      maxHeaderSize: limits.headBytes,
      requireHostHeader: false,
      insecureHTTPParser: false,
      connectionsCheckingInterval: limits.checkIntervalMs,
      headersTimeout: headMs,
      requestTimeout: 0,
      keepAliveTimeout: limits.firstByteMs,
      noDelay: true,
    })
    // any other number makes node drop surplus fields silently; the head checks count them
    server.maxHeadersCount = 0
    server.timeout = 0
    server.on('request', (req, res) => admit(req, res, false, false))
    server.on('checkContinue', (req, res) => admit(req, res, true, false))
    server.on('checkExpectation', (req, res) => admit(req, res, false, true))
    server.on('connect', admitConnect)
    // where it is off, an upgrade is an ordinary request
    if (host.websocket().enabled) server.on('upgrade', admitWebSocket)
    server.on('clientError', onClientError)
    server.on('timeout', onIdle)
    return server
  }

  const server = newServer(limits.headMs, options.upstream ? TunnelRequest : ListenerRequest)
  // never listens: it parses requests inside tunnels, where a head may take longer
  const inner = newServer(limits.tunnelHeadMs, TunnelRequest)
  server.on('connection', (socket) => track(accept(socket)))
  const http2 = createHttp2Server(context, {idleMs, ended: () => whenEnded?.()})
  // node begins to time heads when a server listens
  inner.emit('listening')

  function track(connection: Connection): void {
    const {socket, isSpare} = connection
    connections.set(socket, connection)
    socket.setTimeout(isSpare ? limits.headMs : limits.firstByteMs)
    socket.once('close', () => {
      connections.delete(socket)
      connection.ended()
      whenEnded?.()
    })
    if (closing) socket.destroy()
  }

  const tunnelRegistry: TunnelRegistry = {
    add: (job) => void tunnels.add(job),
    delete(job) {
      tunnels.delete(job)
      whenEnded?.()
    },
    serveInside({socket, bytes, tcp, isHttp2}, tunnel) {
      const client = connections.get(tcp)?.client ?? host.clientOf(tcp.remoteAddress ?? '')
      // from here on the connection is that of the requests inside
      connections.delete(tcp)
      if (isHttp2) return http2.accept({socket, tcp, client, tunnel})
      socket.pause()
      if (bytes.length > 0) socket.unshift(bytes)
      track(new Connection(socket, limits, {client, tunnel, tcp}))
      inner.emit('connection', socket)
      socket.resume()
    },
    endInside: (tcp) => http2.end(tcp),
  }

  /** No request may crash the process: a throw costs only its own connection. */
  function guard(socket: Socket, work: () => void): void {
    try {
      work()
    } catch (error) {
      log.error('error', {
        where: 'listener',
        error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
      })
      socket.destroy()
    }
  }

  function admit(req: IncomingMessage, res: ServerResponse, awaitsContinue: boolean, expectationFailed: boolean): void {
    const {socket} = req
    guard(socket, () => {
      const connection = connections.get(socket)
      if (!connection) return void socket.destroy()
      const startedAt = clock.monotonic()
      if (!connection.admitsMore) {
        // both emit errors when the peer vanishes, and have no other listener
        req.on('error', ignore)
        res.on('error', ignore)
        return
      }
      const served = new ServerExchange(context, {connection, req, res, startedAt, awaitsContinue, expectationFailed})
      connection.newest = served
      // a single refusal for everything behind it, or waiting requests would be counted nowhere
      if (!served.slot || connection.isSpare) served.closeAfter = true
      // node drops bytes in the same packet behind an upgrade that the server did not request
      if (req.headers.upgrade !== undefined) served.closeAfter = true
      connection.enqueue(
        served,
        () => start(served, connection),
        () => served.dropped(),
      )
      if (served.closeAfter) connection.admitNoMore()
    })
  }

  function start(served: ServerExchange, {socket, tunnel}: Connection): void {
    guard(socket, () => {
      const {req} = served
      armIdle(socket)
      const read = served.expectationFailed
        ? ({ok: false, rule: 'expectation'} as const)
        : readHead(req.method ?? '', req.url ?? '', req.httpVersion, req.rawHeaders, limits)
      if (!read.ok || served.isBroken) {
        const rule: HeadRule = read.ok ? 'framing' : read.rule
        const target = parseTarget(req.url ?? '').target
        return refuse(context, served, {
          finding: malformedHead(rule),
          head: undefined,
          rawTarget: target ? (req.url ?? '') : UNREADABLE_TARGET,
        })
      }
      const {head} = read
      served.head = head
      served.refusal = overShare(served)
      if (tunnel) {
        if (tunnel.endsAt <= clock.monotonic()) served.closeAfter = true
        serveForward(context, served, head)
      } else if (head.form === 'absolute' || options.upstream) serveForward(context, served, head)
      else if (pathOf(head.target) === '/fetch') fetcher(served, head, listenHost)
      else serveOwn(context, served, head, listenHost)
    })
  }

  /** The idle limit is a live setting; node restarts this timer with every byte in either direction. */
  function armIdle(socket: Socket): void {
    const limit = idleMs()
    if (socket.timeout !== limit) socket.setTimeout(limit)
    server.timeout = limit
    inner.timeout = limit
  }

  function admitConnect(req: IncomingMessage, socket: Socket, rest: Buffer): void {
    guard(socket, () => {
      const connection = connections.get(socket)
      if (!connection) return void socket.destroy()
      const checked = readHead('CONNECT', req.url ?? '', req.httpVersion, req.rawHeaders, limits)
      const job = new ConnectJob(context, tunnelRegistry, {req, socket, rest, connection, checked})
      connection.admit(job, () => guard(socket, () => job.start()))
      connection.admitNoMore()
    })
  }

  const webSocketRegistry: WebSocketRegistry = {
    add: (job) => void webSockets.add(job),
    delete(job) {
      webSockets.delete(job)
      whenEnded?.()
    },
    get size() {
      return webSockets.size
    },
  }

  function admitWebSocket(req: IncomingMessage, _upgraded: Socket, rest: Buffer): void {
    // Node 26 hands over a stream of its own where the request has a body, which is then refused on the socket
    const {socket} = req
    guard(socket, () => {
      const connection = connections.get(socket)
      if (!connection) return void socket.destroy()
      const {method = '', rawHeaders: rawFields} = req
      const checked = readHead(method, req.url ?? '', req.httpVersion, rawFields, limits)
      const request = {socket, rest, connection, checked, method, rawFields, listenHost}
      const job = new WebSocketJob(context, webSocketRegistry, request)
      connection.admit(job, () => guard(socket, () => job.start()))
      connection.admitNoMore()
    })
  }

  function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    guard(socket, () => {
      const connection = connections.get(socket)
      if (!connection || !socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
        socket.destroy()
        return
      }
      const {newest} = connection
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
        // a connection without a first byte has the longer limit of the idle timer
        if (socket.bytesRead === 0 || connection.refusing) return
        connection.refusing = true
        connection.admitNoMore()
        connection.enqueue({}, () => writeRawResponse(socket, plainResponse(408, 'request timed out'), limits))
        return
      }
      // the error may lie in the body of the newest request, which then ends
      if (newest && !newest.req.complete) {
        connection.admitNoMore()
        newest.break()
        return
      }
      if (connection.refusing || !connection.admitsMore || error.code === 'HPE_CLOSED_CONNECTION') {
        connection.admitNoMore()
        return
      }
      connection.refusing = true
      connection.admitNoMore()
      const rule = error.code === 'HPE_HEADER_OVERFLOW' ? 'head_size' : 'framing'
      connection.enqueue({}, () => guard(socket, () => refuseUnread(context, connection, rule)))
    })
  }

  function onIdle(socket: Socket): void {
    guard(socket, () => {
      const current = connections.get(socket)?.current
      if (!current) socket.destroy()
      else if (current instanceof ServerExchange) current.idle()
    })
  }

  return {
    listen: ({host: address, port}) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen({port, ...(address === '' ? {} : {host: address})}, () => {
          server.off('error', reject)
          server.on('error', (error) => log.error('error', {where: 'listener', error: error.message}))
          listenHost = address
          const bound = addressOf(server)
          resolve({host: bound.address, port: bound.port})
        })
      }),

    close: (graceMs) =>
      new Promise((resolve) => {
        if (closing) return resolve()
        closing = true
        const finish = (): void => {
          clearInterval(poll)
          clearTimeout(deadline)
          void closeWebSockets().then(() => {
            for (const job of tunnels) job.close()
            http2.destroy()
            for (const socket of connections.keys()) socket.destroy()
            const ended = allEnded()
            context.pools.close()
            inner.close()
            void Promise.allSettled([fetcher.close(), ended]).then(() => resolve())
          })
        }
        const busy = (): boolean => {
          let running = http2.shutDown()
          for (const [socket, connection] of connections) {
            if (connection.current instanceof ServerExchange) {
              running = true
              connection.closing = true
            } else if (connection.idle) socket.destroy()
          }
          return running
        }
        const deadline = setTimeout(finish, graceMs)
        const poll = setInterval(() => busy() || finish(), 20)
        if (server.listening) server.close()
        if (!busy()) finish()
      }),

    policyChanged() {
      for (const job of [...webSockets, ...tunnels]) guard(job.socket, () => job.reconsider())
    },

    deny: () => denyAll(context, [...webSockets, ...tunnels], guard),

    get openTunnels() {
      return tunnels.size
    },
    get openConnections() {
      return connections.size + http2.size
    },
  }
}

function ignore(): void {}

function addressOf(server: Server): AddressInfo {
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('listener has no port')
  return at
}
