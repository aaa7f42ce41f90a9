// CONNECT (proxy §8.1, §8.2): judge → slot → commit → dial → 200 → first bytes judged → relay. A denial behind the 200
// closes the connection and leaves a second receipt under the same action id.
import type {IncomingMessage} from 'node:http'
import type {Socket} from 'node:net'
import type {Exchange} from '../core/exchange.js'
import type {Finding} from '../core/decision.js'
import type {Policy, Ruling} from '../core/policy.js'
import {eventSubject, hidingFinding} from '../core/render.js'
import {parseTarget} from '../core/target.js'
import {blockAnswer, plainAnswer, proceeds, type Answer} from './answers.js'
import type {Job, TunnelContext} from './connections.js'
import {checkDialable, whenReady, type ListenerContext} from './context.js'
import {dialTcp} from './dial.js'
import {headerPairs} from './exchange-factory.js'
import {readFirstBytes, type FirstBytes, type FirstBytesCategory} from './first-bytes.js'
import type {HeadResult} from './head-checks.js'
import type {TransportSettings} from './host.js'
import {identify, type ClaimedAgent} from './identity.js'
import {
  authorityMismatch,
  firstBytesLate,
  firstBytesMalformed,
  malformedHead,
  prefaceRefused,
  sniMismatch,
  surfaceOff,
  targetRefused,
  tooManyTunnels,
  tunnelOver,
  whyOf,
} from './refusals.js'
import {openTunnel, type Tunnel, type TunnelEnd} from './tunnel.js'
import {writeRawAnswer} from './turn.js'

export interface ConnectRequest {
  readonly req: IncomingMessage
  readonly socket: Socket
  /** Bytes that came with the head: the first of the tunnel. */
  readonly rest: Buffer
  readonly clientIp: string
  readonly checked: HeadResult
  /** Set inside a tunnel, where a CONNECT is always refused. */
  readonly within: TunnelContext | undefined
}

/** The listener's side of its tunnels. */
export interface TunnelHall {
  readonly size: number
  add(connect: ConnectJob): void
  delete(connect: ConnectJob): void
  /** Takes the client's socket back as a connection whose requests are judged one by one. */
  serveInside(socket: Socket, bytes: Buffer, tunnel: TunnelContext): void
}

const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n'
const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]\\]+)(?::([0-9]{1,5}))?$/i

/** Synthetic URL of a CONNECT target, or undefined when it is none. */
export function connectUrl(target: string): string | undefined {
  const match = AUTHORITY.exec(target)
  if (!match) return undefined
  const port = match[2] === undefined ? 443 : Number(match[2])
  if (port < 1 || port > 65_535) return undefined
  return `https://${match[1] ?? ''}${port === 443 ? '' : `:${port}`}/`
}

export class ConnectJob implements Job {
  readonly #context: ListenerContext
  readonly #hall: TunnelHall
  readonly #request: ConnectRequest
  readonly #policy: Policy
  readonly #settings: TransportSettings
  readonly #startedAt: number
  /** The newest policy that the tunnel was held against. */
  #judgedBy: Policy
  #x: Exchange | undefined
  #ruling: Ruling | undefined
  #status = 0
  #open = false
  #decided = false
  #denied = false
  #observed = false
  #timers: NodeJS.Timeout[] = []
  #cancelDial: (() => void) | undefined
  #tunnel: Tunnel | undefined

  constructor(context: ListenerContext, hall: TunnelHall, request: ConnectRequest) {
    this.#context = context
    this.#hall = hall
    this.#request = request
    this.#policy = context.host.policy()
    this.#judgedBy = this.#policy
    this.#settings = context.host.settings()
    this.#startedAt = context.host.ports.clock.monotonic()
    request.socket.on('error', () => request.socket.destroy())
  }

  get socket(): Socket {
    return this.#request.socket
  }

  start(): void {
    const {req, socket, clientIp, checked, within} = this.#request
    const settings = this.#settings
    // node stops watching a CONNECT socket; from here on its limits are ours
    socket.setTimeout(0)
    socket.on('close', this.#clientClosed)
    const raw = req.url ?? ''
    const url = connectUrl(raw)
    const rawTarget = url ?? (raw === '' ? 'CONNECT' : raw)
    const agent: ClaimedAgent = within
      ? within.agent
      : identify({
          headers: checked.ok ? checked.head.agents : [],
          query: undefined,
          defaultIdentity: settings.defaultAgentIdentity,
          bindDefault: settings.bindDefaultAgentIdentity,
        })
    const x = this.#context.exchange({
      transport: 'connect',
      purpose: 'request',
      agent,
      clientIp,
      rawTarget,
      target: url === undefined ? undefined : parseTarget(url).target,
      method: 'CONNECT',
      headers: headerPairs(req.rawHeaders),
    })
    this.#x = x
    const refused = !checked.ok
      ? malformedHead(checked.rule)
      : within
        ? authorityMismatch('CONNECT inside a tunnel')
        : !settings.forwardEnabled
          ? surfaceOff('CONNECT not supported')
          : url === undefined
            ? targetRefused('target must be host:port')
            : undefined
    if (refused) return this.#commit(this.#policy.conclude(x, [refused]))
    whenReady(
      this.#policy.judge(x),
      (said) => {
        let ruling = proceeds(said) ? checkDialable(this.#context, x, said) : said
        if (proceeds(ruling)) {
          this.#hintWebSocket(x)
          if (this.#hall.size >= this.#context.limits.tunnels)
            ruling = this.#policy.conclude(x, [tooManyTunnels()], ruling)
          else this.#hall.add(this)
        }
        this.#commit(ruling)
      },
      this.#crash,
    )
  }

  /**
   * The policy has changed: a tunnel to a host that it denies ends (proxy §4, learn §19.2). It takes no rate slot, and a
   * limit that is used up or a name that does not resolve right now is no denial of the host.
   */
  reconsider(): void {
    const policy = this.#context.host.policy()
    if (!this.#open || this.#denied || this.#observed || policy === this.#judgedBy) return
    this.#judgedBy = policy
    whenReady(
      policy.judge({...this.#known(), purpose: 'redirect'}),
      (said) => {
        // a still newer policy has its own say
        if (proceeds(said) || this.#denied || this.#observed || this.#judgedBy !== policy) return
        const passing = said.decision.cause?.class
        if (passing !== 'protective' && passing !== 'infrastructure_error') this.#deny(said)
      },
      this.#crash,
    )
  }

  /** Closes whatever is open; for shutdown. */
  close(): void {
    this.#cancelDial?.()
    if (this.#tunnel) this.#tunnel.end()
    else this.#request.socket.destroy()
  }

  #commit(ruling: Ruling): void {
    const x = this.#known()
    whenReady(
      this.#policy.commit(x, ruling),
      (committed) => {
        this.#ruling = committed
        if (!proceeds(committed)) this.#answer(blockAnswer('connect', x, committed))
        else if (this.#request.socket.destroyed) this.#over()
        else this.#dial()
      },
      this.#crash,
    )
  }

  #dial(): void {
    const {target} = this.#known()
    const ruling = this.#ruling
    if (!target || !ruling) throw new Error('no target to dial')
    const seconds = this.#settings.maxTunnelSeconds
    this.#timers.push(setTimeout(() => this.#late(tunnelOver(seconds)), seconds * 1000))
    this.#cancelDial = dialTcp(this.#context.dialer, ruling.addresses, target.port, (error, server) => {
      this.#cancelDial = undefined
      const {socket} = this.#request
      if (error || !server) {
        const why = whyOf(error)
        if (!socket.destroyed) this.#log('error', 'error', {error: why})
        this.#answer(plainAnswer(502, 'tunnel dial failed'))
        return
      }
      server.allowHalfOpen = true
      if (socket.destroyed || this.#observed) {
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
    const {socket, rest} = this.#request
    this.#status = 200
    this.#open = true
    this.#context.host.events.tunnelOpened()
    this.#log('info', 'tunnel_open', {})
    socket.write(ESTABLISHED)
    const tunnel = openTunnel(socket, server, this.#settings.idleTimeoutSeconds * 1000, (end) => this.#over(end))
    this.#tunnel = tunnel
    const options = {host, sniVerification: this.#settings.sniVerification}
    let held: Buffer = Buffer.alloc(0)

    const judge = (chunk: Buffer): void => {
      if (this.#decided) return
      if (held.length === 0) {
        this.#timers.push(
          setTimeout(() => this.#firstBytesOver('timeout', firstBytesLate(), held), this.#context.limits.firstBytesMs),
        )
      }
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const said = readFirstBytes(held, options)
      if (said.verdict !== 'wait') this.#firstBytes(said, held)
    }
    const onData = (chunk: Buffer): void => {
      try {
        judge(chunk)
      } catch (error) {
        this.#crash(error)
      }
    }
    const onEnd = (): void => {
      // half-closed before a verdict: what is there is all there will be
      if (this.#decided) return
      if (held.length === 0) this.#release(held)
      else this.#firstBytesOver('malformed_tls', firstBytesMalformed('closed inside the first bytes'), held)
    }
    this.#stopHolding = () => {
      socket.off('data', onData)
      socket.off('end', onEnd)
    }
    socket.on('data', onData)
    socket.on('end', onEnd)
    this.reconsider() // the policy may have changed while it was being dialled
    if (rest.length > 0) onData(rest)
    if (this.#decided) return
    // the client may have closed its half while it was being decided
    if (socket.readableEnded) onEnd()
    else socket.resume()
  }

  #stopHolding: () => void = () => {}

  #firstBytes(said: Exclude<FirstBytes, {verdict: 'wait'}>, held: Buffer): void {
    switch (said.verdict) {
      case 'pass':
        this.#count(said.category)
        if (said.ech) this.#context.host.ports.log.debug('ech', {request_id: this.#x?.requestId})
        this.#release(held)
        return
      case 'http':
        this.#count('http')
        this.#serveInside(held)
        return
      case 'preface':
        this.#count('http')
        this.#decided = true
        this.#late(prefaceRefused())
        return
      case 'refuse': {
        const {category} = said
        if (category === 'mismatch') {
          const names = {connect_host: this.#x?.target?.host, sni_host: said.serverName, category}
          this.#log('warn', 'sni_mismatch', {...names, mitre_technique: 'T1090.004'})
        }
        const finding = category === 'mismatch' ? sniMismatch(said.detail) : firstBytesMalformed(said.detail)
        this.#firstBytesOver(said.category, said.ech ? {...finding, detail: `${finding.detail} (ech)`} : finding, held)
      }
    }
  }

  /** A finding on the first bytes: closes, or is noted and passed where findings are not enforced. */
  #firstBytesOver(category: FirstBytesCategory, finding: Finding, held: Buffer): void {
    if (this.#decided) return
    this.#count(category)
    if (!this.#late(finding)) this.#release(held)
  }

  #release(held: Buffer): void {
    this.#decided = true
    this.#stopHolding()
    this.#tunnel?.release(held)
  }

  /** Plain HTTP: the dialled connection is not used, every request is judged and sent through the pools. */
  #serveInside(held: Buffer): void {
    this.#decided = true
    this.#stopHolding()
    const {socket} = this.#request
    const {target, agent} = this.#known()
    if (!target) throw new Error('no target')
    this.#tunnel?.abandon()
    this.#tunnel = undefined
    this.#clearTimers()
    const written = socket.bytesWritten
    const read = socket.bytesRead - held.length
    socket.off('close', this.#clientClosed)
    socket.once('close', () =>
      this.#over({clientBytes: socket.bytesRead - read, serverBytes: socket.bytesWritten - written}),
    )
    const endsAt = this.#startedAt + this.#settings.maxTunnelSeconds * 1000
    this.#hall.serveInside(socket, held, {host: target.host, port: target.port, agent, endsAt})
  }

  /** A denial behind the 200. False when the policy lets it pass with a warning. */
  #late(finding: Finding): boolean {
    const x = this.#known()
    const prior = this.#ruling
    if (this.#observed || this.#denied || !prior) return true
    const ruling = this.#policy.conclude(x, [finding], prior)
    if (proceeds(ruling)) {
      this.#ruling = ruling
      return false
    }
    this.#deny(ruling)
    return true
  }

  /** The receipt first, then the end. */
  #deny(ruling: Ruling): void {
    this.#decided = true
    this.#denied = true
    this.#ruling = ruling
    whenReady(
      ruling.policy.commit(this.#known(), ruling),
      (committed) => {
        this.#ruling = committed
        this.close()
      },
      this.#crash,
    )
  }

  #answer(answer: Answer): void {
    const {socket} = this.#request
    this.#clearTimers()
    this.#status = answer.status
    if (socket.destroyed) return this.#over()
    // node has let go of the socket: nobody else reads what the client still sends
    socket.on('data', () => {})
    writeRawAnswer(socket, answer, this.#context.limits)
  }

  readonly #clientClosed = (): void => {
    this.#cancelDial?.()
    if (!this.#open) this.#over()
  }

  /** Observes once, when the decision is there and the connection is not. */
  #over(end?: TunnelEnd): void {
    this.#clearTimers()
    const ruling = this.#ruling
    if (this.#observed || !ruling) return
    this.#observed = true
    this.#hall.delete(this)
    const {events, ports} = this.#context.host
    const durationMs = ports.clock.monotonic() - this.#startedAt
    const requestBytes = end?.clientBytes ?? 0
    const responseBytes = end?.serverBytes ?? 0
    if (this.#open) events.tunnelClosed(durationMs / 1000, requestBytes + responseBytes)
    ruling.policy.observe(this.#known(), ruling, {status: this.#status, responseBytes, requestBytes, durationMs})
  }

  #count(category: FirstBytesCategory): void {
    this.#context.host.events.firstBytes(category)
  }

  /** A CONNECT cannot be redirected: the operator gets a count and a line (proxy §0 D6). */
  #hintWebSocket(x: Exchange): void {
    const name = x.target?.host ?? ''
    const hosts = this.#settings.redirectWebsocketHosts
    if (!hosts.some((p) => (p.startsWith('*.') ? name === p.slice(2) || name.endsWith(p.slice(1)) : name === p))) return
    this.#context.host.events.websocketHostHint()
    this.#context.host.ports.log.info('websocket_host_hint', {request_id: x.requestId, host: name})
  }

  #log(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void {
    const hiding = this.#ruling && hidingFinding(this.#ruling.decision)
    this.#context.host.ports.log[level](event, {...eventSubject(this.#known(), hiding), ...fields})
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
  }

  #known(): Exchange {
    if (!this.#x) throw new Error('exchange not begun')
    return this.#x
  }

  readonly #crash = (error: unknown): void => {
    this.#context.host.ports.log.error('error', {
      where: 'connect',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    this.#hall.delete(this)
    this.close()
  }
}
