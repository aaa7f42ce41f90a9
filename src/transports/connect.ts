// CONNECT: judge → slot → commit → dial → 200 → first bytes judged → relay. A tunnel that is opened is not dialled: after the
// first bytes comes the handshake with the client, and the requests inside are judged and sent one by one. A denial after the
// 200 closes the connection and leaves a second receipt under the same action id.
import type {Socket} from 'node:net'
import type {Exchange} from '../core/exchange.js'
import type {Finding} from '../core/decision.js'
import type {Ruling} from '../core/policy.js'
import type {Interceptor} from '../core/services/interception.js'
import type {Share} from '../core/shares.js'
import type {TransportSettings} from '../core/services/proxy.js'
import {blockResponse, plainResponse, proceeds, type LocalResponse} from './local-responses.js'
import type {TunnelContext} from './client-message.js'
import {checkDialable, whenReady, type ListenerContext} from './context.js'
import {readConnectRequest, type ConnectRequest} from './connect-request.js'
import {countingDescriptors, dialTcp, ShareError} from './dial.js'
import type {FirstBytes, FirstBytesCategory, HelloVerdict} from './first-bytes.js'
import {FirstBytesGate} from './first-bytes-gate.js'
import {HelloFilter} from './hello-filter.js'
import {
  firstBytesLate,
  firstBytesMalformed,
  prefaceRefused,
  shareUsed,
  sniMismatch,
  tunnelOver,
  whyOf,
} from './refusals.js'
import {openTunnel, type Tunnel, type TunnelEnd} from './tunnel.js'
import {shakeHands, type HandshakeJob} from './tunnel-handshake.js'
import {TunnelLifecycle} from './tunnel-lifecycle.js'
import {writeToReleased} from './raw-response.js'

/** The listener's registry of its tunnels. */
export interface TunnelRegistry {
  add(connect: ConnectJob): void
  delete(connect: ConnectJob): void
  /** Takes the client's connection back as one whose requests are judged one by one. */
  serveInside(inside: TunnelInside, tunnel: TunnelContext): void
  /** Ends the HTTP/2 connection above a TCP socket in its own way; false when there is none. */
  endInside(tcp: Socket): boolean
}

/** What the client sends inside a tunnel. */
export interface TunnelInside {
  readonly socket: Socket
  /** Read from the socket before. */
  readonly bytes: Buffer
  /** The TCP socket of the CONNECT. */
  readonly tcp: Socket
  /** HTTP/2 was negotiated. */
  readonly isHttp2: boolean
}

const NOTHING = Buffer.alloc(0)
const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'

export class ConnectJob {
  readonly #context: ListenerContext
  readonly #registry: TunnelRegistry
  readonly #request: ConnectRequest
  readonly #settings: TransportSettings
  readonly #lifecycle: TunnelLifecycle
  #gate: FirstBytesGate | undefined
  #timers: NodeJS.Timeout[] = []
  #cancelDial: (() => void) | undefined
  #tunnel: Tunnel | undefined
  /** Set for a tunnel that is opened. */
  #interceptor: Interceptor | undefined
  readonly #slot: Share

  constructor(context: ListenerContext, tunnelRegistry: TunnelRegistry, request: ConnectRequest) {
    this.#context = context
    this.#registry = tunnelRegistry
    this.#request = request
    this.#settings = context.host.settings()
    this.#slot = context.host.shares.open(request.connection.client, 'tunnels')
    this.#lifecycle = new TunnelLifecycle(context, {
      denying: () => this.#gate?.decide(),
      denied: () => this.close(),
      observed: () => this.#leave(),
      closed: (seconds, {clientBytes, serverBytes}) =>
        context.host.events.tunnelClosed(seconds, clientBytes + serverBytes),
      failed: this.#crash,
    })
    request.socket.on('error', () => request.socket.destroy())
  }

  get socket(): Socket {
    return this.#request.socket
  }

  get clientIp(): string {
    return this.#request.connection.clientIp
  }

  /** Ends by this finding; before it has opened, the lifecycle asks again. */
  stop(finding: Finding): void {
    if (this.#lifecycle.open) this.#lifecycle.late(finding)
  }

  start(): void {
    const {socket} = this.#request
    const lifecycle = this.#lifecycle
    // taken before judging: waiting for a name server holds a connection as well
    const hasSlot = this.#slot.add(1)
    // node stops watching a CONNECT socket; from here on our own limits apply
    socket.setTimeout(0)
    socket.on('close', this.#clientClosed)
    const {x, refused} = readConnectRequest(this.#context, this.#settings, this.#request)
    lifecycle.begin(x)
    if (refused) return this.#commit(lifecycle.policy.conclude(x, [refused]))
    whenReady(
      lifecycle.policy.judge(x),
      (judged) => {
        let ruling = proceeds(judged) ? checkDialable(this.#context, x, judged) : judged
        if (proceeds(ruling)) {
          this.#hintWebSocket(x)
          if (!hasSlot) ruling = lifecycle.policy.conclude(x, [shareUsed('tunnels')], ruling)
          else this.#registry.add(this)
        }
        this.#commit(ruling)
      },
      this.#crash,
    )
  }

  /** Judges open tunnels again after a policy change. */
  reconsider(): void {
    this.#lifecycle.reconsider()
  }

  /** Closes all tunnels; for shutdown. */
  close(): void {
    this.#cancelDial?.()
    if (this.#tunnel) this.#tunnel.end()
    else if (!this.#registry.endInside(this.#request.socket)) this.#request.socket.destroy()
  }

  #commit(ruling: Ruling): void {
    this.#lifecycle.commit(ruling, (committed) => {
      if (!proceeds(committed)) this.#respond(blockResponse('connect', this.#lifecycle.x, committed))
      else if (this.#request.socket.destroyed) this.#over()
      else this.#begin()
    })
  }

  #begin(): void {
    const {target} = this.#lifecycle.x
    if (!target) throw new Error('no target')
    const {host} = this.#context
    const interceptor = host.interceptor()
    if (!interceptor) return this.#dial()
    if (interceptor.intercepts(target.host, target.port)) return this.#open(interceptor, target.host)
    host.events.intercepted('passthrough')
    this.#dial()
  }

  /** No connection is dialled for it: the requests inside use the pools. */
  #open(interceptor: Interceptor, host: string): void {
    this.#interceptor = interceptor
    this.#establish('requests')
    this.#countBytes(0)
    // nothing can be judged where the client waits for the server to speak first
    this.#timers.push(
      setTimeout(() => {
        if (!this.#gate?.hasBytes) this.#lifecycle.late(firstBytesLate())
      }, this.#context.limits.firstBytesMs),
    )
    this.#judgeFirstBytes(host)
  }

  #dial(): void {
    const {x, ruling} = this.#lifecycle
    const {target} = x
    if (!target || !ruling) throw new Error('no target to dial')
    const seconds = this.#settings.maxTunnelSeconds
    this.#timers.push(setTimeout(() => this.#lifecycle.late(tunnelOver(seconds)), seconds * 1000))
    const {dialer, host} = this.#context
    const {socket, connection} = this.#request
    const counted = countingDescriptors(dialer, host.shares, connection.client)
    this.#cancelDial = dialTcp(counted, ruling.addresses, target.port, (error, server) => {
      this.#cancelDial = undefined
      if (error instanceof ShareError && !socket.destroyed) {
        this.#clearTimers()
        return this.#commit(this.#lifecycle.policy.conclude(x, [shareUsed('descriptors')], ruling))
      }
      if (error || !server) {
        const why = whyOf(error)
        if (!socket.destroyed) this.#lifecycle.log('error', 'error', {error: why})
        this.#respond(plainResponse(502, 'tunnel dial failed'))
        return
      }
      server.allowHalfOpen = true
      if (socket.destroyed || this.#lifecycle.observed) {
        server.destroy()
        this.#over()
        return
      }
      try {
        this.#relay(server, target.host)
      } catch (problem) {
        server.destroy()
        this.#crash(problem)
      }
    })
  }

  #relay(server: Socket, host: string): void {
    const {socket} = this.#request
    this.#establish('host-only')
    const tunnel = openTunnel(socket, server, {
      idleMs: this.#settings.idleTimeoutSeconds * 1000,
      over: (end) => this.#over(end),
      mayMove: this.#lifecycle.counting('connect_late: '),
    })
    this.#tunnel = tunnel
    this.#judgeFirstBytes(host)
  }

  #establish(inspected: 'requests' | 'host-only'): void {
    this.#lifecycle.status = 200
    this.#lifecycle.open = true
    this.#context.host.events.tunnelOpened()
    this.#lifecycle.log('info', 'tunnel_open', {inspected})
    this.#request.socket.write(ESTABLISHED)
  }

  #judgeFirstBytes(host: string): void {
    const {socket, rest} = this.#request
    const gate = new FirstBytesGate(socket, {
      host,
      sniVerification: this.#settings.sniVerification,
      waitMs: this.#context.limits.firstBytesMs,
      classified: (verdict, held) => this.#firstBytes(verdict, held),
      silent: (held) => this.#release(held),
      late: (held) => this.#firstBytesOver('timeout', firstBytesLate(), held),
      cut: (held) => this.#firstBytesOver('malformed_tls', firstBytesMalformed('closed inside the first bytes'), held),
      failed: this.#crash,
    })
    this.#gate = gate
    // a denial is already being recorded: release no further bytes of the tunnel
    if (this.#lifecycle.denied) gate.decide()
    gate.listen()
    this.#lifecycle.reconsider() // the policy may have changed while dialling
    gate.take(rest)
  }

  #firstBytes(first: Exclude<FirstBytes, {verdict: 'wait'}>, held: Buffer): void {
    switch (first.verdict) {
      case 'pass':
        this.#count(first.category)
        if (first.ech) this.#context.host.ports.log.debug('ech', {request_id: this.#lifecycle.x.requestId})
        this.#release(held, first.category !== 'not_tls' && this.#settings.sniVerification)
        return
      case 'http':
        this.#count('http')
        this.#serveInside(held)
        return
      case 'preface':
        this.#count('http')
        this.#gate?.decide()
        this.#lifecycle.late(prefaceRefused())
        return
      case 'refuse':
        this.#firstBytesOver(first.category, this.#helloFinding(first), held)
    }
  }

  #helloFinding(hello: Extract<HelloVerdict, {verdict: 'refuse'}>): Finding {
    const {category} = hello
    if (category === 'mismatch') {
      const names = {connect_host: this.#lifecycle.x.target?.host, sni_host: hello.serverName, category}
      this.#lifecycle.log('warn', 'sni_mismatch', {...names, mitre_technique: 'T1090.004'})
    }
    const finding = category === 'mismatch' ? sniMismatch(hello.detail) : firstBytesMalformed(hello.detail)
    return hello.ech ? {...finding, detail: `${finding.detail} (ech)`} : finding
  }

  /** A later ClientHello: false closes the tunnel, true where findings are not enforced. */
  #laterHello(hello: Extract<HelloVerdict, {verdict: 'refuse'}>): boolean {
    this.#count(hello.category)
    return !this.#lifecycle.late(this.#helloFinding(hello))
  }

  /** A finding on the first bytes: closes the tunnel, or is recorded and passed where findings are not enforced. */
  #firstBytesOver(category: FirstBytesCategory, finding: Finding, held: Buffer): void {
    if (this.#gate?.decided) return
    this.#count(category)
    if (!this.#lifecycle.late(finding)) this.#release(held)
  }

  #release(held: Buffer, isTls = false): void {
    this.#gate?.decide()
    this.#gate?.stopListening()
    const host = this.#lifecycle.x.target?.host ?? ''
    if (this.#interceptor) return this.#shakeHands(this.#interceptor, host, held)
    this.#tunnel?.release(held, isTls ? new HelloFilter(host, (hello) => this.#laterHello(hello)) : undefined)
  }

  #shakeHands(interceptor: Interceptor, host: string, held: Buffer): void {
    const {socket} = this.#request
    this.#clearTimers()
    if (held.length === 0) return this.close()
    const job: HandshakeJob = {
      interceptor,
      host,
      socket,
      lifecycle: this.#lifecycle,
      endsAt: this.#endsAt,
      secured: (tls) =>
        this.#serve('https', {socket: tls, bytes: NOTHING, tcp: socket, isHttp2: tls.alpnProtocol === 'h2'}),
      failed: this.#crash,
    }
    shakeHands(this.#context, job, held)
  }

  /** Plain HTTP: the dialled connection is not used, every request is judged and sent through the pools. */
  #serveInside(held: Buffer): void {
    this.#gate?.decide()
    this.#gate?.stopListening()
    const {socket} = this.#request
    this.#tunnel?.abandon()
    this.#tunnel = undefined
    this.#clearTimers()
    if (!this.#interceptor) this.#countBytes(held.length)
    this.#serve('http', {socket, bytes: held, tcp: socket, isHttp2: false})
  }

  #serve(scheme: 'http' | 'https', inside: TunnelInside): void {
    const {target, agent} = this.#lifecycle.x
    if (!target) throw new Error('no target')
    const {host, port} = target
    this.#registry.serveInside(inside, {scheme, host, port, agent, endsAt: this.#endsAt})
  }

  /** Of the client's connection, but for the CONNECT, until it closes. */
  #countBytes(held: number): void {
    const {socket} = this.#request
    const written = socket.bytesWritten
    const read = socket.bytesRead - held
    socket.off('close', this.#clientClosed)
    socket.once('close', () =>
      this.#over({clientBytes: socket.bytesRead - read, serverBytes: socket.bytesWritten - written}),
    )
  }

  get #endsAt(): number {
    return this.#lifecycle.startedAt + this.#settings.maxTunnelSeconds * 1000
  }

  #respond(response: LocalResponse): void {
    const {socket} = this.#request
    this.#clearTimers()
    this.#lifecycle.status = response.status
    if (socket.destroyed) return this.#over()
    writeToReleased(socket, response, this.#context.limits)
  }

  readonly #clientClosed = (): void => {
    this.#cancelDial?.()
    if (!this.#lifecycle.open) this.#over()
  }

  #over(end?: TunnelEnd): void {
    this.#clearTimers()
    this.#lifecycle.over(end)
  }

  /** Ends the exchange, or stops following it. */
  #leave(): void {
    this.#slot.release()
    this.#registry.delete(this)
  }

  #count(category: FirstBytesCategory): void {
    this.#context.host.events.firstBytes(category)
  }

  /** A CONNECT cannot be redirected: the operator gets a counter and a log line. */
  #hintWebSocket(x: Exchange): void {
    const name = x.target?.host ?? ''
    const hosts = this.#settings.redirectWebsocketHosts
    if (!hosts.some((p) => (p.startsWith('*.') ? name === p.slice(2) || name.endsWith(p.slice(1)) : name === p))) return
    this.#context.host.events.websocketHostHint()
    this.#context.host.ports.log.info('websocket_host_hint', {request_id: x.requestId, host: name})
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    this.#gate?.decide()
  }

  readonly #crash = (error: unknown): void => {
    this.#context.host.ports.log.error('error', {
      where: 'connect',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    this.#leave()
    this.close()
  }
}
