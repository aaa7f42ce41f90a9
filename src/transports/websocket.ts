// A WebSocket: judge → slot → commit → dial and handshake with the server → 101 → relay of judged messages. A denial after the
// 101 leaves a second receipt under the same action id, and closes with the reason in the close frame.
import type {Socket} from 'node:net'
import {after, type Awaitable} from '../lib/awaitable.js'
import type {FrameFault} from '../lib/frames.js'
import {closeReason} from '../core/block-message.js'
import type {Finding} from '../core/decision.js'
import type {Ruling} from '../core/policy.js'
import type {WebSocketSettings} from '../core/services/websocket.js'
import type {Share} from '../core/shares.js'
import {blockResponse, plainResponse, proceeds, type LocalResponse} from './local-responses.js'
import {checkDialable, whenReady, type ListenerContext} from './context.js'
import {countingDescriptors, ShareError} from './dial.js'
import {outboundRequest} from './outbound.js'
import {framesMalformed, shareUsed, tooManyWebSockets, whyOf} from './refusals.js'
import {writeToReleased} from './raw-response.js'
import {TunnelLifecycle} from './tunnel-lifecycle.js'
import {MessageJudge, type JudgedFrame, type Side} from './websocket-messages.js'
import {WebSocketRelay} from './websocket-relay.js'
import {readWebSocketRequest, type Opening, type WebSocketRequest} from './websocket-request.js'
import {acceptOf, openUpstream, UpgradeError, type OpenedUpstream} from './websocket-upstream.js'

/** The listener's registry of its WebSockets. */
export interface WebSocketRegistry {
  add(job: WebSocketJob): void
  delete(job: WebSocketJob): void
  readonly size: number
}

export interface UpgradedRequest extends WebSocketRequest {
  readonly socket: Socket
  /** What the client sent behind the head. */
  readonly rest: Buffer
}

const KEY_BYTES = 16
const DIRECTION = {client: 'client_to_server', server: 'server_to_client'} as const

export class WebSocketJob {
  readonly #context: ListenerContext
  readonly #registry: WebSocketRegistry
  readonly #request: UpgradedRequest
  readonly #settings: WebSocketSettings
  readonly #lifecycle: TunnelLifecycle
  readonly #slot: Share
  readonly #held: Readonly<Record<Side, Holding>>
  #cancel: (() => void) | undefined
  #relay: WebSocketRelay | undefined
  /** The side whose bytes were refused, and the code for it where it broke the protocol. */
  #offender: {readonly side: Side; readonly fault?: FrameFault} | undefined
  #isUnscannedReported = false
  /** Findings of ordinary content that were logged. */
  readonly #logged = new Set<string>()

  constructor(context: ListenerContext, registry: WebSocketRegistry, request: UpgradedRequest) {
    this.#context = context
    this.#registry = registry
    this.#request = request
    this.#settings = context.host.websocket()
    const {shares} = context.host
    const {client} = request.connection
    this.#slot = shares.open(client, 'tunnels')
    const holding = (): Holding => new Holding(() => shares.open(client, 'held_bytes'))
    this.#held = {client: holding(), server: holding()}
    this.#lifecycle = new TunnelLifecycle(context, {
      denying: () => this.#relay?.stop(),
      denied: (ruling) => this.#denied(ruling),
      observed: () => this.#leave(),
      closed: (seconds, {clientBytes, serverBytes}) =>
        context.host.events.websocketClosed(seconds, {toServer: clientBytes, toClient: serverBytes}),
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
    const hasRoom = this.#registry.size < this.#settings.maxConnections
    this.#registry.add(this)
    socket.setTimeout(0)
    socket.on('close', this.#clientClosed)
    const {host} = this.#context
    const configured = {settings: host.settings(), websocket: this.#settings}
    const {x, refused, opening} = readWebSocketRequest(this.#context, configured, this.#request)
    lifecycle.begin(x)
    if (refused) return this.#commit(lifecycle.policy.conclude(x, [refused]), opening)
    whenReady(
      lifecycle.policy.judge(x),
      (judged) => {
        let ruling = proceeds(judged) ? checkDialable(this.#context, x, judged) : judged
        if (proceeds(ruling) && (!hasSlot || !hasRoom))
          ruling = lifecycle.policy.conclude(x, [tooManyWebSockets()], ruling)
        this.#commit(ruling, opening)
      },
      this.#crash,
    )
  }

  /** Judges it again after a policy change. */
  reconsider(): void {
    this.#lifecycle.reconsider()
  }

  /** For shutdown. */
  close(): void {
    this.#cancel?.()
    const closing = {code: 1001, reason: 'shutting down'}
    if (this.#relay) this.#relay.close(closing, closing)
    else this.#request.socket.destroy()
  }

  #commit(ruling: Ruling, opening: Opening): void {
    this.#lifecycle.commit(ruling, (committed) => {
      const {x} = this.#lifecycle
      if (!proceeds(committed)) {
        const isMethod = committed.decision.cause?.layer === 'method'
        this.#respond(blockResponse('websocket', x, committed, isMethod ? {allow: 'GET'} : {}))
      } else if (this.#request.socket.destroyed) this.#over()
      else this.#dial(committed, opening)
    })
  }

  #dial(ruling: Ruling, opening: Opening): void {
    const {target} = this.#lifecycle.x
    if (!target) throw new Error('no target to dial')
    const {dialer, host} = this.#context
    const {socket, connection} = this.#request
    const {protocols} = opening
    const {x, policy} = this.#lifecycle
    const fields = policy.attest(x, ruling, outboundRequest(x, {fields: opening.fields, body: 'none', hop: 0}))
    if ('layer' in fields) return this.#commit(policy.conclude(x, [fields], ruling), opening)
    const key = Buffer.from(host.ports.random(KEY_BYTES)).toString('base64')
    const counted = countingDescriptors(dialer, host.shares, connection.client)
    const {addresses} = ruling
    this.#cancel = openUpstream(counted, {target, addresses, fields, protocols, key}, (error, opened) => {
      this.#cancel = undefined
      if (error || !opened) return this.#dialFailed(error, ruling, opening)
      if (socket.destroyed || this.#lifecycle.observed) {
        opened.socket.destroy()
        this.#over()
        return
      }
      try {
        this.#open(opened, ruling, opening)
      } catch (problem) {
        opened.socket.destroy()
        this.#crash(problem)
      }
    })
  }

  #dialFailed(error: Error | undefined, ruling: Ruling, opening: Opening): void {
    const {x, policy} = this.#lifecycle
    if (this.#request.socket.destroyed) return this.#over()
    if (error instanceof ShareError) {
      return this.#commit(policy.conclude(x, [shareUsed('descriptors')], ruling), opening)
    }
    const status = error instanceof UpgradeError ? error.status : undefined
    const why = error instanceof UpgradeError ? error.message : whyOf(error)
    this.#lifecycle.log('error', 'error', {error: `WebSocket dial failed: ${why}`})
    const line =
      status === undefined
        ? 'WebSocket dial failed'
        : `WebSocket dial failed: the server refused the upgrade with status ${status}`
    this.#respond(plainResponse(502, line))
  }

  #open({socket: server, rest, protocol}: OpenedUpstream, ruling: Ruling, {key}: Opening): void {
    const {socket, rest: clientRest} = this.#request
    const lifecycle = this.#lifecycle
    const {limits, host} = this.#context
    const {x} = lifecycle
    lifecycle.status = 101
    lifecycle.open = true
    host.events.websocketOpened()
    lifecycle.log('info', 'ws_open', {})
    const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n${chosen}\r\n`,
    )
    const judge = new MessageJudge(x, ruling, this.#settings)
    const {maxMessageBytes, idleTimeoutSeconds, maxConnectionSeconds} = this.#settings
    const lifetimeMs = maxConnectionSeconds * 1000 - (host.ports.clock.monotonic() - lifecycle.startedAt)
    const relay = new WebSocketRelay(socket, server, {
      maxMessageBytes,
      idleMs: idleTimeoutSeconds * 1000,
      lifetimeMs: Math.max(1, lifetimeMs),
      closeMs: limits.webSocketCloseMs,
      lingerMs: limits.lingerMs,
      random: (bytes) => host.ports.random(bytes),
      judge: (from, frame) => this.#judge(judge, from, frame),
      broken: (side, fault) => {
        this.#offender = {side, fault}
        lifecycle.late(framesMalformed(fault.reason))
      },
      hold: (from, bytes) => {
        if (this.#held[from].set(bytes)) return true
        this.#refuse(from, shareUsed('held_bytes'))
        return false
      },
      mayMove: lifecycle.counting(''),
      over: (end) => {
        lifecycle.over(end)
      },
      failed: this.#crash,
    })
    this.#relay = relay
    lifecycle.reconsider() // the policy may have changed while dialling
    relay.start(clientRest, rest)
  }

  #judge(judge: MessageJudge, from: Side, frame: JudgedFrame): Awaitable<Buffer | undefined> {
    this.#context.host.events.websocketFrame(frame.kind === 'message' ? frame.type : 'control')
    if (frame.kind === 'message' && frame.type === 'text' && !this.#settings.scansText) this.#reportUnscanned()
    return after(judge.judge(from, frame), (verdict) => {
      switch (verdict.kind) {
        case 'refused':
          return this.#refuse(from, verdict.finding) ? undefined : payloadOf(frame)
        case 'blocked':
          this.#count(verdict.ruling)
          this.#offender = {side: from}
          this.#lifecycle.refuse(verdict.ruling)
          return undefined
        case 'pass':
          if (verdict.ruling) this.#report(from, verdict.ruling)
          return verdict.payload
      }
    })
  }

  /** False where the policy lets it pass with a warning. */
  #refuse(side: Side, finding: Finding): boolean {
    this.#offender = {side}
    return this.#lifecycle.late(finding)
  }

  #denied({decision}: Ruling): void {
    const {cause} = decision
    const {side, fault} = this.#offender ?? {}
    if (cause) {
      this.#lifecycle.log('warn', 'ws_blocked', {
        ...(side && {direction: DIRECTION[side]}),
        scanner: cause.layer,
        reason: cause.detail,
        block_reason: cause.reason,
      })
    }
    if (!this.#relay || !cause) return void this.#request.socket.destroy()
    const blocked = {code: 1008, reason: closeReason(cause)}
    // the server is not entitled to the verdict
    const ended = {code: 1001, reason: ''}
    if (!fault) return this.#relay.close(blocked, ended)
    const protocol = {code: fault.code, reason: fault.reason}
    if (side === 'client') this.#relay.close(protocol, ended)
    else this.#relay.close(fault.code === 1009 ? protocol : {code: 1001, reason: 'server broke the protocol'}, protocol)
  }

  /** A message passed with findings. */
  #report(from: Side, ruling: Ruling): void {
    this.#count(ruling)
    const known = this.#lifecycle.ruling?.decision.findings ?? []
    for (const {layer, rule = '', action, matches = [], class: kind, detail} of ruling.decision.findings) {
      if (action === 'allow' || known.some((one) => one.layer === layer && one.detail === detail)) continue
      // values that only look random come with every message
      const key = `${from} ${layer} ${rule}`
      if (kind === 'protective' && this.#logged.has(key)) continue
      if (kind === 'protective') this.#logged.add(key)
      this.#lifecycle.log('warn', 'ws_scan', {
        direction: DIRECTION[from],
        action,
        scanner: layer,
        match_count: matches.length,
        patterns: matches.map((match) => match.pattern_name),
        mitre_technique: from === 'client' ? 'T1048' : 'T1059',
      })
    }
  }

  #count({decision}: Ruling): void {
    for (const {layer, action} of decision.findings) {
      if (action !== 'allow' && layer !== '') this.#context.host.events.websocketMatch(layer)
    }
  }

  #reportUnscanned(): void {
    if (this.#isUnscannedReported) return
    this.#isUnscannedReported = true
    this.#lifecycle.log('warn', 'anomaly', {reason: 'text messages of this WebSocket are not scanned', score: 0.3})
  }

  #respond(response: LocalResponse): void {
    const {socket} = this.#request
    this.#lifecycle.status = response.status
    if (socket.destroyed) return this.#over()
    writeToReleased(socket, response, this.#context.limits)
  }

  readonly #clientClosed = (): void => {
    this.#cancel?.()
    if (!this.#lifecycle.open) this.#over()
  }

  #over(): void {
    this.#lifecycle.over()
  }

  #leave(): void {
    this.#slot.release()
    for (const held of Object.values(this.#held)) held.set(0)
    this.#registry.delete(this)
  }

  readonly #crash = (error: unknown): void => {
    this.#context.host.ports.log.error('error', {
      where: 'websocket',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    this.#leave()
    this.#cancel?.()
    this.#relay?.close({code: 1011, reason: ''}, {code: 1001, reason: ''})
    if (!this.#relay) this.#request.socket.destroy()
  }
}

function payloadOf(frame: JudgedFrame): Buffer {
  return frame.kind === 'close' ? Buffer.from(frame.reason, 'utf8') : frame.payload
}

/** Small messages cost less than accounting for them. */
const FREE_BYTES = 65_536

/** Bytes of an incomplete message, counted against the client. */
class Holding {
  readonly #open: () => Share
  #share: Share | undefined
  #bytes = 0

  constructor(open: () => Share) {
    this.#open = open
  }

  /** False when there is no room for more. */
  set(bytes: number): boolean {
    if (bytes <= FREE_BYTES) {
      this.#share?.release()
      this.#share = undefined
      this.#bytes = 0
      return true
    }
    this.#share ??= this.#open()
    const more = bytes - this.#bytes
    if (more > 0 && !this.#share.add(more)) return false
    this.#bytes = Math.max(this.#bytes, bytes)
    return true
  }
}
