// Absolute-form requests, and plain HTTP inside a CONNECT (proxy §8.3, §8.4): judge → commit → dial and send → judge
// `Location` → answer → observe. Bodies stream with back-pressure in both directions; nothing is buffered.
import type {ServerResponse} from 'node:http'
import type {Socket} from 'node:net'
import type {Exchange, Unit} from '../core/exchange.js'
import type {Policy, Ruling, StreamWatch} from '../core/policy.js'
import {eventSubject, hidingFinding, UNJUDGED} from '../core/render.js'
import {parseTarget} from '../core/target.js'
import type {Receiver} from '../lib/http-pool.js'
import {hostDiffers, tunnelTarget} from './authority.js'
import {isBodyless, planAnswer, type AnswerPlan} from './answer-plan.js'
import {blockAnswer, plainAnswer, PROXY_METHODS, proceeds, type Surface} from './answers.js'
import {Collected} from './collected.js'
import {checkDialable, checkOwnListener, whenReady, type ListenerContext} from './context.js'
import {headerPairs} from './exchange-factory.js'
import {hasBody, type Head} from './head-checks.js'
import {decideHop, hopExchange} from './hops.js'
import type {TransportSettings} from './host.js'
import {clientFields, nextLegFields, rewrittenFields, upstreamFields} from './hygiene.js'
import {identify} from './identity.js'
import {contentRange, partOf, readRange, type Part, type RangeRequest} from './range.js'
import {nextLeg, type NextLeg} from './redirects.js'
import {
  authorityMismatch,
  bodyCut,
  bodyLate,
  locationRefused,
  malformedHead,
  methodRefused,
  surfaceOff,
  upgradeRefused,
  whyOf,
} from './refusals.js'
import {RequestBody} from './request-body.js'
import {keptContent, RequestContent} from './request-content.js'
import {checkOriginHead, type OriginHead} from './response-checks.js'
import {StreamRelay} from './stream-relay.js'
import type {Turn, TurnOwner} from './turn.js'

class OriginHeadError extends Error {
  readonly code = 'ERR_ORIGIN_HEAD'
}

export function serveForward(context: ListenerContext, turn: Turn, head: Head): void {
  const exchange = new ForwardExchange(context, turn, head)
  turn.owner = exchange
  exchange.start()
}

class ForwardExchange implements Receiver, TurnOwner {
  readonly #context: ListenerContext
  readonly #turn: Turn
  readonly #head: Head
  readonly #policy: Policy
  readonly #settings: TransportSettings
  #hops = 0
  /** Fields of the leg being sent. */
  #fields: string[] | undefined
  #x: Exchange | undefined
  #ruling: Ruling | undefined
  #content: RequestContent | undefined
  /** The body that streams; one that was judged whole is in the ruling. */
  #body: RequestBody | undefined
  #abort: ((error?: Error) => void) | undefined
  #resume: (() => void) | undefined
  #sent = false
  #retried = false
  #done = false
  /** A hop is being decided; the exchange ends under its decision. */
  #deciding = false
  /** Nothing that the origin still says matters. */
  #over = false
  #waitsForDrain = false
  /** The one range that the client gets, cut from the whole. */
  #range: RangeRequest | undefined
  /** What of a streaming body is handed on. */
  #window: {start: number; end: number; readonly toEnd: boolean} | undefined
  #collected: Collected | undefined
  #relay: StreamRelay | undefined
  /** A head of the origin came: the request was seen. */
  #seen = false
  #responseBytes = 0

  constructor(context: ListenerContext, turn: Turn, head: Head) {
    this.#context = context
    this.#turn = turn
    this.#head = head
    this.#policy = context.host.policy()
    this.#settings = context.host.settings()
  }

  start(): void {
    const {exchange} = this.#context
    const {connection} = this.#turn
    const head = this.#head
    const settings = this.#settings
    const {tunnel} = connection
    const inner = tunnel && tunnelTarget(tunnel, head)
    const rawTarget = inner ? inner.url : head.target
    const x = exchange({
      transport: 'forward',
      purpose: 'request',
      agent: tunnel
        ? tunnel.agent
        : identify({
            headers: head.agents,
            query: undefined,
            defaultIdentity: settings.defaultAgentIdentity,
            bindDefault: settings.bindDefaultAgentIdentity,
          }),
      clientIp: connection.clientIp,
      rawTarget,
      target: parseTarget(rawTarget).target,
      method: head.method,
      headers: headerPairs(head.raw),
    })
    this.#x = x
    const refused = !settings.forwardEnabled
      ? surfaceOff('forward proxy not enabled')
      : head.method === 'TRACE' || head.form === 'asterisk'
        ? methodRefused(head.method)
        : inner?.mismatch
          ? authorityMismatch(inner.mismatch)
          : isWebSocket(head.upgrade)
            ? upgradeRefused()
            : undefined
    if (refused) {
      const allow = refused.layer === 'method' ? PROXY_METHODS : ''
      this.#commit(this.#policy.conclude(x, [refused]), allow)
      return
    }
    if (!tunnel && x.target && head.host !== undefined && hostDiffers(x.target, head.host)) {
      const {log} = this.#context.host.ports
      log.warn('anomaly', {...eventSubject(x, UNJUDGED), reason: 'Host differs from the target', score: 0})
    }
    if (hasBody(head)) this.#content = new RequestContent(this.#turn, head.length)
    whenReady(this.#policy.judge(x, this.#content), (ruling) => this.#judged(x, ruling), this.#crash)
  }

  #judged(x: Exchange, ruling: Ruling): void {
    this.#commit(proceeds(ruling) ? checkDialable(this.#context, x, ruling) : ruling)
  }

  #commit(ruling: Ruling, allow?: string): void {
    const x = this.#known()
    whenReady(
      this.#policy.commit(x, ruling),
      (committed) => {
        this.#ruling = committed
        if (!proceeds(committed)) this.#block('forward', x, committed, allow)
        else if (!this.#turn.gone) this.#send()
        if (this.#turn.gone) this.closed()
      },
      this.#crash,
    )
  }

  #block(surface: Surface, x: Exchange, ruling: Ruling, allow?: string): void {
    if (ruling.decision.cause?.rule === 'body_late')
      return this.#turn.answer(plainAnswer(408, 'request timed out', true))
    this.#turn.answer(blockAnswer(surface, x, ruling, allow === undefined ? {} : {allow}))
  }

  #send(): void {
    const x = this.#known()
    const ruling = this.#ruling
    const {target} = x
    const {limits, pools} = this.#context
    const head = this.#head
    if (!target || !ruling) throw new Error('nothing to send')
    if (this.#turn.isBroken) return this.#framingBroke()
    this.#sent = true
    this.#seen = false
    this.#over = false
    if (this.#fields === undefined) {
      let {length} = head
      if (ruling.body) length = ruling.body.bytes.length
      else if (hasBody(head)) {
        this.#turn.sendContinue()
        this.#body = new RequestBody(this.#turn.req, () => this.#turn.break())
      } else if (length !== undefined) length = 0
      const expects = this.#policy.expects(x)
      if (expects && x.method === 'GET') this.#range = readRange(head.raw)
      this.#fields = upstreamFields(head.raw, {
        named: head.named,
        length,
        changed: ruling.body?.changed ?? false,
        expects,
      })
    }
    const pool = pools.get({
      target,
      agent: x.agent.name,
      addresses: ruling.addresses,
      generation: this.#policy.generation,
    })
    pool.dispatch(
      {
        method: x.method,
        path: target.canonical.slice(target.canonical.indexOf('/', 8)),
        headers: this.#fields,
        body: ruling.body ? ruling.body.bytes : this.#body && !this.#body.destroyed ? this.#body : null,
        headersTimeoutMs: limits.upstreamHeadMs,
        bodyTimeoutMs: this.#settings.idleTimeoutSeconds * 1000,
      },
      this,
    )
  }

  // Receiver

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort
    if (this.#over || this.#turn.gone) abort()
  }

  onHeaders(status: number, fields: Buffer[], resume: () => void, statusText: string): boolean {
    if (this.#over) return true
    // 1xx are ours to give; only a switch of protocols that nobody asked for is an attack
    if (status < 200 && status !== 101) return true
    const checked = checkOriginHead(status, statusText, fields)
    if (!checked.ok) {
      this.#fail(new OriginHeadError(checked.why))
      return false
    }
    const x = this.#known()
    this.#seen = true
    this.#resume = resume
    const leg = nextLeg(checked.head, x.target?.canonical ?? '', x.method)
    if (leg.kind === 'none') return this.#plan(checked.head)
    if (this.#settings.followRedirects) {
      this.#stopUpstream()
      this.#follow(x, checked.head.status, leg).catch(this.#crash)
      return false
    }
    return this.#judgeLocation(checked.head, leg)
  }

  onData(chunk: Buffer): boolean {
    if (this.#over) return true
    this.#responseBytes += chunk.length
    const collected = this.#collected
    if (this.#relay) return this.#relay.push(chunk)
    if (!collected) return this.#write(chunk)
    if (collected.add(chunk)) return true
    return this.#tooMuch(collected)
  }

  onComplete(): void {
    if (this.#over) return
    const collected = this.#collected
    if (collected) {
      this.#collected = undefined
      if (collected.isOver) return void this.#tooMuch(collected, true)
      this.#over = true
      return this.#weigh(collected, collected.bytes())
    }
    if (this.#relay) return this.#relay.end()
    this.#over = true
    this.#turn.res.end()
    this.#turn.discardRest()
  }

  onError(error: Error): void {
    if (this.#over) return
    if (this.#turn.answered) {
      // cut short: it must not look like a whole answer (proxy §8.4)
      this.#turn.reset()
      return
    }
    if (this.#mayRetry(error)) {
      this.#retried = true
      this.#abort = undefined
      try {
        this.#send()
      } catch (problem) {
        this.#crash(problem)
      }
      return
    }
    this.#fail(error)
  }

  // TurnOwner

  closed(): void {
    const ruling = this.#ruling
    const x = this.#x
    this.#content?.fail(bodyCut())
    // gone while it is being judged: it still gets its decision and receipt
    if (this.#done || !ruling || !x) return
    if (this.#deciding) return
    this.#done = true
    this.#stopUpstream()
    this.#observe(x, ruling, this.#turn.status)
  }

  broken(): void {
    this.#content?.fail(malformedHead('framing'))
    if (!this.#sent) return
    this.#framingBroke()
  }

  idle(): void {
    const {res} = this.#turn
    if (this.#content?.reading) return this.#content.fail(bodyLate())
    if (res.writableNeedDrain) return this.#turn.destroy()
    if (!this.#sent || this.#turn.answered || !this.#turn.bodyPending) return
    this.#stopUpstream()
    const late = this.#body?.stalledByReader ?? false
    this.#turn.answer(late ? plainAnswer(504, 'upstream timed out', true) : plainAnswer(408, 'request timed out', true))
  }

  #framingBroke(): void {
    this.#stopUpstream()
    if (this.#turn.answered) this.#turn.reset()
    else this.#turn.answer(plainAnswer(400, 'blocked: malformed request', true))
  }

  /** Decides what becomes of the answer; false holds its body back until that is known. */
  #plan(head: OriginHead): boolean {
    const ruling = this.#ruling
    if (!ruling) throw new Error('answered before it was decided')
    // nobody asked for a part: one can hide half of what the whole would be judged by (proxy §13.3)
    if (head.status === 206 && this.#policy.expects(this.#known())) {
      this.#fail(new OriginHeadError('a part that was not asked for'))
      return false
    }
    const plan = planAnswer(this.#known(), head, ruling)
    if (!(plan instanceof Promise) && plan.ruling === ruling) return this.#follows(head, plan)
    this.#deciding = true
    let within = true
    let carryOn = false
    const planned = (said: AnswerPlan): void =>
      this.#late(said.ruling, () => {
        carryOn = this.#follows(head, said)
        if (carryOn && !within) this.#resume?.()
      })
    whenReady(plan, planned, this.#crash)
    within = false
    return carryOn
  }

  #follows(head: OriginHead, plan: AnswerPlan): boolean {
    switch (plan.kind) {
      case 'refuse':
        throw new Error('refused, and not blocked')
      case 'stream':
        return this.#begin(head)
      case 'watch':
        return this.#watch(head, plan.unit, plan.watch, plan.ruling)
      case 'collect': {
        this.#collected = new Collected(head, plan, plan.want)
        return true
      }
    }
  }

  /** The head goes out at once; every event or line when it was judged (proxy §13.6). */
  #watch(head: OriginHead, unit: Unit, watch: StreamWatch, ruling: Ruling): boolean {
    const x = this.#known()
    // written anew, or stripped on its way: its length and digests may be others
    if (!this.#begin({...head, length: undefined}, true)) return false
    let recorded = false
    this.#relay = new StreamRelay({
      x,
      head: unit,
      watch,
      ruling,
      write: (bytes) => this.#write(bytes),
      found: async (said, passes) => {
        // a stream can have thousands of findings that only warn: the first one is evidence, the others are counted
        if (passes && recorded) return true
        recorded = true
        this.#deciding = true
        const committed = await this.#policy.commit(x, said)
        this.#deciding = false
        if (!this.#done) this.#ruling = committed
        const goesOn = passes && committed.decision.action !== 'block'
        if (this.#turn.gone) this.closed()
        else if (!goesOn) {
          this.#stopUpstream()
          this.#turn.cut()
        }
        return goesOn
      },
      resume: () => this.#resume?.(),
      ended: () => {
        this.#over = true
        this.#turn.res.end()
        this.#turn.discardRest()
      },
      failed: this.#crash,
    })
    return true
  }

  /** More than is looked at: refused, or handed on as it is (proxy §0 D5). */
  #tooMuch(collected: Collected, isWhole = false): boolean {
    const x = this.#known()
    const {head, plan, want} = collected
    this.#collected = undefined
    let within = true
    let carryOn = false
    const found = want.over(collected.seen())
    this.#late(found.length === 0 ? plan.ruling : this.#policy.conclude(x, found, plan.ruling), () => {
      carryOn = this.#begin(head)
      for (const chunk of collected.chunks) if (!this.#over) carryOn = this.#write(chunk) && carryOn
      if (isWhole) this.onComplete()
      if (carryOn && !within) this.#resume?.()
    })
    within = false
    return carryOn
  }

  /** The answer is whole: it is judged, and goes out as what was judged. */
  #weigh({head, plan}: Collected, bytes: Buffer): void {
    this.#deciding = true
    whenReady(
      this.#policy.inspect(this.#known(), {...plan.unit, kind: 'body', bytes}, plan.ruling),
      ({ruling, unit}) =>
        this.#late(
          ruling,
          () => this.#deliver(head, unit?.bytes ?? NOTHING, unit?.bytes !== bytes),
          unit !== undefined,
        ),
      this.#crash,
    )
  }

  /** A decision that could only be made after the first one: a receipt of its own, under the same id. */
  #late(ruling: Ruling, then: () => void, passes = proceeds(ruling)): void {
    if (this.#done) return
    const before = this.#ruling
    this.#deciding = true
    const settled = (committed: Ruling): void => {
      this.#deciding = false
      this.#ruling = committed
      if (this.#turn.gone) return this.closed()
      if (passes && committed.decision.action !== 'block') return then()
      this.#stopUpstream()
      this.#block('forward', this.#known(), committed)
    }
    if (ruling === before) settled(ruling)
    else whenReady(this.#policy.commit(this.#known(), ruling), settled, this.#crash)
  }

  /** Hands on a body that was held. */
  #deliver(head: OriginHead, bytes: Buffer, changed: boolean): void {
    const part = changed ? undefined : partOf(this.#range, head, bytes.length)
    const served = part?.kind === 'part' ? bytes.subarray(part.start, part.end) : part ? NOTHING : bytes
    if (!this.#writeHead(head, {length: served.length, changed, part, total: bytes.length})) return
    endWith(this.#turn.res, served)
    this.#turn.discardRest()
  }

  #writeHead(
    head: OriginHead,
    body: {
      readonly length: number | undefined
      readonly changed?: boolean
      readonly part?: Part | undefined
      readonly total?: number
    },
  ): boolean {
    const {res} = this.#turn
    const {length, part} = body
    try {
      const fields = clientFields(head.raw, {named: head.named, length, changed: body.changed ?? false})
      // a held body that came in chunks has a length now
      if (body.total !== undefined && head.length === undefined) fields.push('Content-Length', String(length))
      if (part && body.total !== undefined) fields.push('Content-Range', contentRange(part, body.total))
      if (this.#turn.mustClose) {
        fields.push('Connection', 'close')
        this.#turn.connection.endAfterCurrent()
      }
      const status = part ? (part.kind === 'part' ? 206 : 416) : head.status
      res.sendDate = false
      this.#turn.answered = true
      this.#turn.status = status
      if (part) res.writeHead(status, fields)
      else res.writeHead(status, head.phrase, fields)
      return true
    } catch {
      this.#stopUpstream()
      this.#turn.destroy()
      return false
    }
  }

  /** Hands on the head, and the body as it comes. */
  #begin(head: OriginHead, changed = false): boolean {
    const x = this.#known()
    const {res} = this.#turn
    const length = head.status === 204 ? undefined : head.length
    const part = length === undefined ? undefined : partOf(this.#range, head, length)
    const total = part && length !== undefined ? {part, total: length} : {}
    const served = part?.kind === 'part' ? part.end - part.start : part ? 0 : length
    if (!this.#writeHead(head, {length: served, changed, ...total})) return false
    if (part?.kind !== 'unsatisfiable' && !isBodyless(x.method, head.status)) {
      if (part) this.#window = {start: part.start, end: part.end, toEnd: part.end === length}
      flushWithBody(res)
      return true
    }
    // complete as it is; the client library would count a 304 that keeps its length as cut short
    this.#over = true
    if (part) this.#stopUpstream()
    res.end()
    this.#turn.discardRest()
    return true
  }

  #write(chunk: Buffer): boolean {
    const {res} = this.#turn
    const window = this.#window
    let bytes = chunk
    if (window) {
      bytes = chunk.subarray(Math.min(window.start, chunk.length), Math.max(0, Math.min(window.end, chunk.length)))
      window.start = Math.max(0, window.start - chunk.length)
      window.end -= chunk.length
    }
    const more = bytes.length === 0 || res.write(bytes)
    if (window && window.end <= 0 && !window.toEnd) {
      this.#stopUpstream()
      res.end()
      this.#turn.discardRest()
      return true
    }
    if (more) return true
    if (!this.#waitsForDrain) {
      this.#waitsForDrain = true
      res.on('drain', () => this.#resume?.())
    }
    return false
  }

  /** Nothing of the answer is handed back before its `Location` was judged as the next destination (proxy §8.3). */
  #judgeLocation(head: OriginHead, leg: Exclude<NextLeg, {kind: 'none'}>): boolean {
    const x = this.#known()
    const url = leg.kind === 'next' ? leg.url : head.locations.join(', ')
    const {target} = parseTarget(url)
    const next = this.#context.exchange({
      transport: 'forward',
      purpose: 'redirect',
      agent: x.agent,
      clientIp: x.clientIp,
      rawTarget: url,
      target,
      // an https leg would come back to us as an opaque tunnel, so that is what the contract is asked about
      method: leg.kind !== 'next' ? x.method : target?.scheme === 'https' ? 'CONNECT' : leg.method,
      headers: [],
      of: x,
    })
    let within = true
    let carryOn = false
    const handBack = (): void => {
      if (this.#done) return
      if (within) carryOn = this.#plan(head)
      else if (this.#plan(head)) this.#resume?.()
    }
    const judged = leg.kind === 'next' ? this.#policy.judge(next) : this.#policy.conclude(next, [locationRefused()])
    whenReady(
      judged,
      (said) => {
        const ruling = proceeds(said) ? checkOwnListener(this.#context.host, next, said) : said
        if (ruling.decision.findings.length === 0) return handBack()
        whenReady(
          this.#policy.commit(next, ruling),
          (committed) => {
            this.#policy.observe(next, committed, {
              status: proceeds(committed) ? head.status : 403,
              responseBytes: 0,
              requestBytes: 0,
              durationMs: 0,
            })
            if (proceeds(committed)) return handBack()
            this.#stopUpstream()
            this.#block('redirect', next, committed)
          },
          this.#crash,
        )
      },
      this.#crash,
    )
    within = false
    return carryOn
  }

  /** The reference's behaviour, on request: the client gets the last answer (proxy §7.4). */
  async #follow(x: Exchange, status: number, leg: Exclude<NextLeg, {kind: 'none'}>): Promise<void> {
    const {redirects} = this.#context.limits
    const {target} = x
    const ruling = this.#ruling
    if (!ruling || !target) throw new Error('nothing to follow')
    if (this.#hops >= redirects) {
      this.#turn.answer(plainAnswer(502, `too many redirects (max ${redirects})`))
      return
    }
    this.#hops++
    const bodyless = leg.kind === 'next' && leg.method !== x.method
    if (this.#body && leg.kind === 'next' && !bodyless) {
      this.#turn.answer(plainAnswer(502, 'redirect needs a body that was not kept'))
      return
    }
    const kept = bodyless ? undefined : ruling.body
    const next = leg.kind === 'next' ? parseTarget(leg.url).target : undefined
    const otherHost = next?.host !== target.host || next.port !== target.port
    const fields = nextLegFields(this.#fields ?? [], {otherHost, bodyless})
    const from = {x, leg, hop: this.#hops, fields, content: kept && keptContent(kept.bytes)}
    this.#deciding = true
    const hop = await decideHop(this.#context, ruling, from, hopExchange(this.#context, from))
    this.#deciding = false
    // every hop is a decision of its own: the one before ends here
    this.#observe(x, ruling, status)
    this.#x = hop.x
    this.#ruling = hop.ruling
    if (this.#turn.gone) this.closed()
    else if (!proceeds(hop.ruling)) this.#block('followed', hop.x, hop.ruling)
    else {
      if (bodyless) this.#body = undefined
      this.#fields = hop.ruling.body?.changed ? rewrittenFields(fields, hop.ruling.body.bytes.length) : fields
      this.#send()
    }
  }

  /** No answer of the origin can be used. */
  #fail(error: Error): void {
    const why = whyOf(error)
    const {log} = this.#context.host.ports
    if (this.#x && this.#ruling) {
      log.error('error', {...eventSubject(this.#x, hidingFinding(this.#ruling.decision)), error: why})
    }
    this.#stopUpstream()
    const late = why === 'timeout' && 'code' in error && error.code === 'UND_ERR_HEADERS_TIMEOUT'
    this.#turn.answer(late ? plainAnswer(504, 'upstream timed out') : plainAnswer(502, 'forward proxy fetch failed'))
  }

  #observe(x: Exchange, ruling: Ruling, status: number): void {
    ruling.policy.observe(x, ruling, {
      status,
      responseBytes: this.#responseBytes,
      requestBytes: this.#body?.bytes ?? this.#content?.bytes ?? 0,
      durationMs: this.#context.host.ports.clock.monotonic() - this.#turn.startedAt,
    })
  }

  /** A kept connection that the origin closed just as it was used: nobody saw the request (RFC 9110 §9.2.2). */
  #mayRetry(error: Error): boolean {
    if (this.#retried || this.#body || this.#seen || !this.#x || !/^(?:GET|HEAD|OPTIONS)$/.test(this.#x.method))
      return false
    if (!('code' in error) || error.code !== 'UND_ERR_SOCKET' || !('socket' in error)) return false
    const info: unknown = error.socket
    return (
      typeof info === 'object' && info !== null && 'bytesRead' in info && Number(info.bytesRead) > 0 && !this.#turn.gone
    )
  }

  #stopUpstream(): void {
    this.#over = true
    this.#relay?.stop()
    const abort = this.#abort
    this.#abort = undefined
    const body = this.#body
    if (body && !body.destroyed) body.destroy()
    abort?.()
  }

  #known(): Exchange {
    if (!this.#x) throw new Error('exchange not begun')
    return this.#x
  }

  readonly #crash = (error: unknown): void => {
    this.#context.host.ports.log.error('error', {
      where: 'forward',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    this.#deciding = false
    this.#stopUpstream()
    this.#turn.destroy()
  }
}

/** The head goes out now, in one packet with whatever of the body came with it. */
function flushWithBody(res: ServerResponse): void {
  const {socket} = res
  if (!socket) return
  socket.cork()
  process.nextTick(uncork, socket)
  // flushHeaders() would write the head as UTF-8 and change bytes above 0x7f
  res.write(NOTHING)
}

/** A short body goes out as one string with its head: as bytes, both and an empty end would be gathered to be written. */
function endWith(res: ServerResponse, bytes: Buffer): void {
  const {socket} = res
  if (!socket || bytes.length === 0 || bytes.length > SHORT_BYTES) return void res.end(bytes)
  socket.cork()
  res.write(bytes.toString('latin1'), 'latin1')
  socket.uncork()
  res.end()
}

const SHORT_BYTES = 4096
const NOTHING = Buffer.alloc(0)

function uncork(socket: Socket): void {
  socket.uncork()
}

function isWebSocket(upgrade: string): boolean {
  return upgrade !== '' && upgrade.split(',').some((part) => part.trim().split('/')[0] === 'websocket')
}
