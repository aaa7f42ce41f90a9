// Absolute-form requests, requests inside tunnels and those of the reverse proxy: judge → commit → dial and send → judge `Location` → respond
// → observe. Bodies stream with back-pressure in both directions; only content that is judged whole is held.
import {eventSubject, hidingFinding} from '../core/render.js'
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import type {Meter} from '../core/plugin.js'
import type {Ruling} from '../core/policy.js'
import {originForm, parseTarget} from '../core/target.js'
import type {TransportSettings} from '../core/services/proxy.js'
import type {Receiver} from './http-pool.js'
import {failureResponse, plainResponse, PROXY_METHODS, proceeds} from './local-responses.js'
import {ClientResponse} from './client-response.js'
import {checkDialable, pausedUntil, whenReady, type ListenerContext} from './context.js'
import {ExchangeLifecycle} from './exchange-lifecycle.js'
import {ShareError} from './dial.js'
import {readForwardRequest} from './forward-request.js'
import {hasBody, type Head} from './head-checks.js'
import {decideHop, hopExchange} from './hops.js'
import {redirectFields, rewrittenFields, upstreamFields} from './header-filter.js'
import {judgeLocation} from './location.js'
import {judgeTrailers} from './response-trailers.js'
import {UpstreamResponse} from './upstream-response.js'
import {readRange} from './range.js'
import {redirectHop, type RedirectHop} from './redirects.js'
import {withOwnLocation} from './reverse-upstream.js'
import {outboundRequest} from './outbound.js'
import {bodyCut, bodyLate, malformedHead, shareUsed, whyOf} from './refusals.js'
import {RequestBody} from './request-body.js'
import {keptContent, RequestContent} from './request-content.js'
import {checkOriginHead, type OriginHead} from './response-checks.js'
import type {ServerExchange, ServerExchangeOwner} from './server-exchange.js'
import {UpstreamRequest} from './upstream-request.js'

/** Lines of a response in place of one of the origin. */
const UNREACHABLE: Partial<Record<Exchange['transport'], string>> = {
  forward: 'forward proxy fetch failed',
  intercept: 'upstream error',
  reverse: 'upstream unavailable',
}

class OriginHeadError extends Error {
  readonly code = 'ERR_ORIGIN_HEAD'
}

export function serveForward(context: ListenerContext, served: ServerExchange, head: Head): void {
  const exchange = new ForwardExchange(context, served, head)
  served.owner = exchange
  exchange.start()
}

class ForwardExchange implements Receiver, ServerExchangeOwner {
  readonly #context: ListenerContext
  readonly #served: ServerExchange
  readonly #head: Head
  readonly #settings: TransportSettings
  readonly #upstream = new UpstreamRequest()
  readonly #lifecycle: ExchangeLifecycle
  readonly #client: ClientResponse
  readonly #response: UpstreamResponse
  #hops = 0
  /** Fields of the current upstream request. */
  #fields: string[] | undefined
  #content: RequestContent | undefined
  #meter: Meter | undefined
  /** Of the response that is complete. */
  #trailers: readonly Buffer[] | undefined

  constructor(context: ListenerContext, served: ServerExchange, head: Head) {
    this.#context = context
    this.#served = served
    this.#head = head
    this.#settings = context.host.settings()
    this.#lifecycle = new ExchangeLifecycle(
      context,
      served,
      this.#upstream,
      () => this.#upstream.body?.bytes ?? this.#content?.bytes ?? 0,
    )
    this.#client = new ClientResponse(served, this.#upstream)
    this.#response = new UpstreamResponse(this.#lifecycle, this.#upstream, this.#client, {
      served,
      limits: context.limits,
    })
  }

  start(): void {
    try {
      this.#judge()
    } catch (error) {
      this.#lifecycle.crash(error)
    }
  }

  #judge(): void {
    const lifecycle = this.#lifecycle
    const head = this.#head
    const read = readForwardRequest(this.#context, this.#settings, this.#served.connection, head)
    const {x} = read
    const refused = read.refused ?? this.#served.refusal
    lifecycle.begin(x)
    if (refused) {
      const allow = refused.layer === 'method' ? PROXY_METHODS : undefined
      return lifecycle.commit(lifecycle.policy.conclude(x, [refused]), this.#send, allow)
    }
    if (hasBody(head)) this.#content = new RequestContent(this.#served, head.length, this.#context.limits)
    whenReady(lifecycle.policy.judge(x, this.#content), this.#judged, lifecycle.crash)
  }

  readonly #judged = (ruling: Ruling): void => {
    const lifecycle = this.#lifecycle
    lifecycle.commit(proceeds(ruling) ? checkDialable(this.#context, lifecycle.x, ruling) : ruling, this.#send)
  }

  readonly #send = (): void => {
    const {x, ruling, policy} = this.#lifecycle
    const {target} = x
    const {limits, pools} = this.#context
    if (!target || !ruling) throw new Error('no request to send')
    if (this.#served.isBroken) return this.#framingBroke()
    if (this.#lifecycle.endsNow()) return
    const upstream = this.#upstream
    this.#fields ??= this.#firstFields(ruling)
    const body = ruling.body?.bytes ?? (upstream.body ? 'streams' : 'none')
    const outbound = outboundRequest(x, {fields: this.#fields, body, hop: this.#hops})
    const attested = policy.attest(x, ruling, outbound)
    if ('layer' in attested) return this.#lifecycle.late(policy.conclude(x, [attested], ruling), () => undefined)
    this.#meter = policy.meter(x)
    upstream.begin()
    const {client} = this.#served.connection
    const {addresses} = ruling
    const pool = pools.get({target, client, agent: x.agent.name, addresses, generation: policy.generation})
    pool.dispatch(
      {
        method: x.method,
        path: originForm(target),
        headers: attested,
        body: ruling.body ? ruling.body.bytes : upstream.body && !upstream.body.destroyed ? upstream.body : null,
        headersTimeoutMs: limits.upstreamHeadMs,
        bodyTimeoutMs: this.#settings.idleTimeoutSeconds * 1000,
        trailers: this.#head.trailers === true,
      },
      this,
    )
  }

  /** Fields of the first upstream request; a body that was not judged whole begins to stream. */
  #firstFields(ruling: Ruling): string[] {
    const head = this.#head
    const {x, policy} = this.#lifecycle
    let {length} = head
    if (ruling.body) length = ruling.body.bytes.length
    else if (hasBody(head)) {
      this.#served.sendContinue()
      this.#upstream.body = new RequestBody(this.#served.req, () => this.#served.break(), this.#content?.beginning)
    } else if (length !== undefined) length = 0
    const expects = policy.expects(x)
    if (expects && x.method === 'GET') this.#client.range = readRange(head.raw)
    const decodes = expects && policy.route(x)?.responses.decodes === true
    const changed = ruling.body?.changed ?? false
    return upstreamFields(head.raw, {named: head.named, length, changed, expects, decodes})
  }

  // Receiver

  onConnect(abort: (error?: Error) => void): void {
    this.#upstream.connected(abort, !this.#served.gone)
  }

  onHeaders(status: number, fields: Buffer[], resume: () => void, statusText: string): boolean {
    if (this.#upstream.over) return true
    // 1xx responses are sent by us; only an unrequested switch of protocols is an attack
    if (status < 200 && status !== 101) return true
    const checked = checkOriginHead(status, statusText, fields)
    if (!checked.ok) {
      this.#fail(new OriginHeadError(checked.why))
      return false
    }
    const {x} = this.#lifecycle
    this.#upstream.headed(resume)
    const own = this.#ownLocation(checked.head)
    if (own) return this.#beginResponse(own)
    const redirect = redirectHop(checked.head, x.target?.canonical ?? '', x.method)
    if (redirect.kind === 'none') return this.#beginResponse(checked.head)
    if (this.#settings.followRedirects && x.transport === 'forward') {
      this.#upstream.stop()
      this.#follow(checked.head.status, redirect).catch(this.#lifecycle.crash)
      return false
    }
    return this.#handBack(checked.head, redirect)
  }

  onData(chunk: Buffer): boolean {
    if (this.#upstream.over) return true
    this.#upstream.received += chunk.length
    const over = this.#meter?.take(chunk.length)
    if (over && !this.#passesBudget(over)) return false
    return this.#response.data(chunk)
  }

  onTrailers(trailers: readonly Buffer[]): void {
    this.#trailers = trailers
  }

  onComplete(): void {
    if (this.#upstream.over) return
    const passed = (): void => {
      if (!this.#upstream.over) this.#response.complete()
    }
    const trailers = this.#trailers
    if (!trailers || !this.#served.connection.addTrailers) return passed()
    const refused = (why: string): void => this.onError(new OriginHeadError(why))
    judgeTrailers(this.#lifecycle, this.#served, trailers, {passed, refused})
  }

  onError(error: Error): void {
    if (this.#upstream.over) return
    // cut short: it must not look like a complete response
    if (this.#served.responded) return this.#served.reset()
    if (this.#served.gone || !this.#upstream.retries(error, this.#lifecycle.x.method)) return this.#fail(error)
    try {
      this.#send()
    } catch (problem) {
      this.#lifecycle.crash(problem)
    }
  }

  // ServerExchangeOwner

  closed(): void {
    this.#content?.fail(bodyCut())
    this.#lifecycle.closed()
  }

  stop(finding: Finding): void {
    this.#lifecycle.stop(finding)
  }

  broken(): void {
    this.#content?.fail(malformedHead('framing'))
    if (this.#upstream.isSent) this.#framingBroke()
  }

  idle(): void {
    const {res} = this.#served
    if (this.#content?.reading) return this.#content.fail(bodyLate())
    if (res.writableNeedDrain) return this.#served.destroy()
    if (!this.#upstream.isSent || this.#served.responded || !this.#served.bodyPending) return
    this.#upstream.stop()
    const late = this.#upstream.body?.stalledByReader ?? false
    this.#served.respond(
      late
        ? failureResponse(this.#lifecycle.x, 504, 'upstream timed out', true)
        : plainResponse(408, 'request timed out', true),
    )
  }

  /** A byte budget is used up: the response is cut, unless findings are only recorded. */
  #passesBudget(finding: Finding): boolean {
    const lifecycle = this.#lifecycle
    this.#meter = undefined
    const ruling = lifecycle.policy.conclude(lifecycle.x, [finding], lifecycle.ruling)
    const passes = proceeds(ruling)
    if (!passes) this.#upstream.stop()
    if (this.#served.responded) lifecycle.midStream(ruling, passes).catch(lifecycle.crash)
    else lifecycle.late(ruling, () => undefined)
    return passes
  }

  /** The origin already has the streamed part: the break is a decision of its own, so that its receipt names it. */
  #framingBroke(): void {
    const lifecycle = this.#lifecycle
    this.#upstream.stop()
    if (this.#served.responded) return this.#served.reset()
    const {ruling} = lifecycle
    if (ruling)
      lifecycle.late(lifecycle.policy.conclude(lifecycle.x, [malformedHead('framing')], ruling), () => undefined)
  }

  /** False holds the body back until its plan is known. */
  #beginResponse(head: OriginHead): boolean {
    const {x, policy} = this.#lifecycle
    // no range was requested: a part can hide half of the content to be judged
    if (head.status !== 206 || !policy.expects(x)) return this.#response.begin(head)
    this.#fail(new OriginHeadError('206 without a range in the request'))
    return false
  }

  /** A head whose `Location` names the service of the reverse proxy: no other destination, so that it is not judged. */
  #ownLocation(head: OriginHead): OriginHead | undefined {
    const {upstream} = this.#context
    const {target} = this.#lifecycle.x
    return upstream && target && withOwnLocation(upstream, head, {url: target.canonical, head: this.#head})
  }

  /** No byte of the response is handed back before its `Location` was judged as the next destination. */
  #handBack(head: OriginHead, redirect: Exclude<RedirectHop, {kind: 'none'}>): boolean {
    const lifecycle = this.#lifecycle
    const {policy, x} = lifecycle
    const blocked = (next: Exchange, ruling: Ruling): void => {
      this.#upstream.stop()
      lifecycle.block('redirect', next, ruling)
    }
    return pausedUntil(this.#upstream.resume, (proceed) => {
      const passed = (): void => {
        if (!lifecycle.isObserved) proceed(() => this.#beginResponse(head))
      }
      judgeLocation(this.#context, policy, x, {head, redirect}, {passed, blocked, failed: lifecycle.crash})
    })
  }

  /** Follows the redirect for the client, where configured: the client gets the last response. */
  async #follow(status: number, redirect: Exclude<RedirectHop, {kind: 'none'}>): Promise<void> {
    const lifecycle = this.#lifecycle
    const {redirects} = this.#context.limits
    const {x, ruling} = lifecycle
    const {target} = x
    if (!ruling || !target) throw new Error('no redirect to follow')
    if (this.#hops >= redirects) {
      this.#served.respond(plainResponse(502, `too many redirects (max ${redirects})`))
      return
    }
    this.#hops++
    const bodyless = redirect.kind === 'next' && redirect.method !== x.method
    if (this.#upstream.body && redirect.kind === 'next' && !bodyless) {
      this.#served.respond(plainResponse(502, 'redirect needs a body that was not kept'))
      return
    }
    const kept = bodyless ? undefined : ruling.body
    const next = redirect.kind === 'next' ? parseTarget(redirect.url).target : undefined
    const otherHost = next?.host !== target.host || next.port !== target.port
    const fields = redirectFields(this.#fields ?? [], {otherHost, bodyless})
    const from = {x, redirect, hop: this.#hops, fields, content: kept && keptContent(kept.bytes)}
    const hop = decideHop(this.#context, ruling, from, hopExchange(this.#context, from))
    if (!(await lifecycle.hop(hop, status))) return
    const decided = (await hop).ruling
    if (!proceeds(decided)) return lifecycle.block('followed', lifecycle.x, decided)
    if (bodyless) this.#upstream.body = undefined
    this.#fields = decided.body?.changed ? rewrittenFields(fields, decided.body.bytes.length) : fields
    this.#send()
  }

  /** No response of the origin is usable. */
  #fail(error: Error): void {
    const why = whyOf(error)
    const {x, ruling} = this.#lifecycle
    const {log} = this.#context.host.ports
    if (ruling) log.error('error', {...eventSubject(x, hidingFinding(ruling.decision)), error: why})
    this.#upstream.stop()
    if (error instanceof ShareError && ruling) {
      return this.#lifecycle.late(ruling.policy.conclude(x, [shareUsed('descriptors')], ruling), () => undefined)
    }
    const late = why === 'timeout' && 'code' in error && error.code === 'UND_ERR_HEADERS_TIMEOUT'
    const [status, line] = late ? [504, 'upstream timed out'] : [502, UNREACHABLE[x.transport] ?? '']
    this.#served.respond(failureResponse(x, status, line))
  }
}
