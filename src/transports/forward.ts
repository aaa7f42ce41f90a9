// Absolute-form requests, and plain HTTP inside a CONNECT (proxy §8.3, §8.4): judge → commit → dial and send → judge
// `Location` → answer → observe. Bodies stream with back-pressure in both directions; only what is judged whole is held.
import {eventSubject, hidingFinding} from '../core/render.js'
import type {Finding} from '../core/decision.js'
import type {Meter} from '../core/plugin.js'
import type {Ruling} from '../core/policy.js'
import {parseTarget} from '../core/target.js'
import type {Receiver} from '../lib/http-pool.js'
import {plainAnswer, PROXY_METHODS, proceeds} from './answers.js'
import {ClientAnswer} from './client-answer.js'
import {checkDialable, whenReady, type ListenerContext} from './context.js'
import {Course} from './course.js'
import {ShareError} from './dial.js'
import {readForwardRequest} from './forward-request.js'
import {hasBody, type Head} from './head-checks.js'
import {decideHop, hopExchange} from './hops.js'
import type {TransportSettings} from './host.js'
import {nextLegFields, rewrittenFields, upstreamFields} from './hygiene.js'
import {judgeLocation} from './location.js'
import {OriginAnswer} from './origin-answer.js'
import {readRange} from './range.js'
import {nextLeg, type NextLeg} from './redirects.js'
import {bodyCut, bodyLate, malformedHead, shareUsed, whyOf} from './refusals.js'
import {RequestBody} from './request-body.js'
import {keptContent, RequestContent} from './request-content.js'
import {checkOriginHead, type OriginHead} from './response-checks.js'
import type {Turn, TurnOwner} from './turn.js'
import {UpstreamLeg} from './upstream-leg.js'

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
  readonly #settings: TransportSettings
  readonly #leg = new UpstreamLeg()
  readonly #course: Course
  readonly #client: ClientAnswer
  readonly #answer: OriginAnswer
  #hops = 0
  /** Fields of the leg being sent. */
  #fields: string[] | undefined
  #content: RequestContent | undefined
  #sent = false
  #meter: Meter | undefined

  constructor(context: ListenerContext, turn: Turn, head: Head) {
    this.#context = context
    this.#turn = turn
    this.#head = head
    this.#settings = context.host.settings()
    this.#course = new Course(context, turn, this.#leg, () => this.#leg.body?.bytes ?? this.#content?.bytes ?? 0)
    this.#client = new ClientAnswer(turn, this.#leg)
    this.#answer = new OriginAnswer(this.#course, this.#leg, this.#client, {turn, limits: context.limits})
  }

  start(): void {
    try {
      this.#judge()
    } catch (error) {
      this.#course.crash(error)
    }
  }

  #judge(): void {
    const course = this.#course
    const head = this.#head
    const read = readForwardRequest(this.#context, this.#settings, this.#turn.connection, head)
    const {x} = read
    const refused = read.refused ?? this.#turn.refusal
    course.begin(x)
    if (refused) {
      const allow = refused.layer === 'method' ? PROXY_METHODS : undefined
      return course.commit(course.policy.conclude(x, [refused]), this.#send, allow)
    }
    if (hasBody(head)) this.#content = new RequestContent(this.#turn, head.length, this.#context.limits)
    whenReady(course.policy.judge(x, this.#content), this.#judged, course.crash)
  }

  readonly #judged = (ruling: Ruling): void => {
    const course = this.#course
    course.commit(proceeds(ruling) ? checkDialable(this.#context, course.x, ruling) : ruling, this.#send)
  }

  readonly #send = (): void => {
    const {x, ruling, policy} = this.#course
    const {target} = x
    const {limits, pools} = this.#context
    if (!target || !ruling) throw new Error('nothing to send')
    if (this.#turn.isBroken) return this.#framingBroke()
    const leg = this.#leg
    this.#sent = true
    this.#meter = policy.meter(x)
    leg.begin()
    this.#fields ??= this.#firstFields(ruling)
    const {client} = this.#turn.connection
    const {addresses} = ruling
    const pool = pools.get({target, client, agent: x.agent.name, addresses, generation: policy.generation})
    pool.dispatch(
      {
        method: x.method,
        path: target.canonical.slice(target.canonical.indexOf('/', 8)),
        headers: this.#fields,
        body: ruling.body ? ruling.body.bytes : leg.body && !leg.body.destroyed ? leg.body : null,
        headersTimeoutMs: limits.upstreamHeadMs,
        bodyTimeoutMs: this.#settings.idleTimeoutSeconds * 1000,
      },
      this,
    )
  }

  /** Fields of the first leg; a body that was not judged whole begins to stream. */
  #firstFields(ruling: Ruling): string[] {
    const head = this.#head
    const {x, policy} = this.#course
    let {length} = head
    if (ruling.body) length = ruling.body.bytes.length
    else if (hasBody(head)) {
      this.#turn.sendContinue()
      this.#leg.body = new RequestBody(this.#turn.req, () => this.#turn.break())
    } else if (length !== undefined) length = 0
    const expects = policy.expects(x)
    if (expects && x.method === 'GET') this.#client.range = readRange(head.raw)
    return upstreamFields(head.raw, {named: head.named, length, changed: ruling.body?.changed ?? false, expects})
  }

  // Receiver

  onConnect(abort: (error?: Error) => void): void {
    this.#leg.connected(abort, !this.#turn.gone)
  }

  onHeaders(status: number, fields: Buffer[], resume: () => void, statusText: string): boolean {
    if (this.#leg.over) return true
    // 1xx are ours to give; only a switch of protocols that nobody asked for is an attack
    if (status < 200 && status !== 101) return true
    const checked = checkOriginHead(status, statusText, fields)
    if (!checked.ok) {
      this.#fail(new OriginHeadError(checked.why))
      return false
    }
    const {x} = this.#course
    this.#leg.headed(resume)
    const leg = nextLeg(checked.head, x.target?.canonical ?? '', x.method)
    if (leg.kind === 'none') return this.#answers(checked.head)
    if (this.#settings.followRedirects) {
      this.#leg.stop()
      this.#follow(checked.head.status, leg).catch(this.#course.crash)
      return false
    }
    return this.#handBack(checked.head, leg)
  }

  onData(chunk: Buffer): boolean {
    if (this.#leg.over) return true
    this.#leg.received += chunk.length
    const over = this.#meter?.take(chunk.length)
    if (over && !this.#passesBudget(over)) return false
    return this.#answer.data(chunk)
  }

  onComplete(): void {
    if (!this.#leg.over) this.#answer.complete()
  }

  onError(error: Error): void {
    if (this.#leg.over) return
    // cut short: it must not look like a whole answer (proxy §8.4)
    if (this.#turn.answered) return this.#turn.reset()
    if (this.#turn.gone || !this.#leg.retries(error, this.#course.x.method)) return this.#fail(error)
    try {
      this.#send()
    } catch (problem) {
      this.#course.crash(problem)
    }
  }

  // TurnOwner

  closed(): void {
    this.#content?.fail(bodyCut())
    this.#course.closed()
  }

  broken(): void {
    this.#content?.fail(malformedHead('framing'))
    if (this.#sent) this.#framingBroke()
  }

  idle(): void {
    const {res} = this.#turn
    if (this.#content?.reading) return this.#content.fail(bodyLate())
    if (res.writableNeedDrain) return this.#turn.destroy()
    if (!this.#sent || this.#turn.answered || !this.#turn.bodyPending) return
    this.#leg.stop()
    const late = this.#leg.body?.stalledByReader ?? false
    this.#turn.answer(late ? plainAnswer(504, 'upstream timed out', true) : plainAnswer(408, 'request timed out', true))
  }

  /** A byte budget ends here: what the client has of the answer is cut, unless findings are only noted. */
  #passesBudget(finding: Finding): boolean {
    const course = this.#course
    this.#meter = undefined
    const ruling = course.policy.conclude(course.x, [finding], course.ruling)
    const passes = proceeds(ruling)
    if (!passes) this.#leg.stop()
    if (this.#turn.answered) course.found(ruling, passes).catch(course.crash)
    else course.late(ruling, () => undefined)
    return passes
  }

  /** What streamed before is with the origin: a verdict of its own, so that the receipt names the break. */
  #framingBroke(): void {
    const course = this.#course
    this.#leg.stop()
    if (this.#turn.answered) return this.#turn.reset()
    const {ruling} = course
    if (ruling) course.late(course.policy.conclude(course.x, [malformedHead('framing')], ruling), () => undefined)
  }

  /** False holds the body back until it is known what becomes of it. */
  #answers(head: OriginHead): boolean {
    const {x, policy} = this.#course
    // nobody asked for a part: one can hide half of what the whole would be judged by (proxy §13.3)
    if (head.status !== 206 || !policy.expects(x)) return this.#answer.begin(head)
    this.#fail(new OriginHeadError('a part that was not asked for'))
    return false
  }

  /** Nothing of the answer is handed back before its `Location` was judged as the next destination (proxy §8.3). */
  #handBack(head: OriginHead, leg: Exclude<NextLeg, {kind: 'none'}>): boolean {
    const course = this.#course
    let within = true
    let carryOn = false
    judgeLocation(
      this.#context,
      course.policy,
      course.x,
      {head, leg},
      {
        passed: () => {
          if (course.done) return
          if (within) carryOn = this.#answers(head)
          else if (this.#answers(head)) this.#leg.resume()
        },
        blocked: (next, ruling) => {
          this.#leg.stop()
          course.block('redirect', next, ruling)
        },
        failed: course.crash,
      },
    )
    within = false
    return carryOn
  }

  /** The reference's behaviour, on request: the client gets the last answer (proxy §7.4). */
  async #follow(status: number, leg: Exclude<NextLeg, {kind: 'none'}>): Promise<void> {
    const course = this.#course
    const {redirects} = this.#context.limits
    const {x, ruling} = course
    const {target} = x
    if (!ruling || !target) throw new Error('nothing to follow')
    if (this.#hops >= redirects) {
      this.#turn.answer(plainAnswer(502, `too many redirects (max ${redirects})`))
      return
    }
    this.#hops++
    const bodyless = leg.kind === 'next' && leg.method !== x.method
    if (this.#leg.body && leg.kind === 'next' && !bodyless) {
      this.#turn.answer(plainAnswer(502, 'redirect needs a body that was not kept'))
      return
    }
    const kept = bodyless ? undefined : ruling.body
    const next = leg.kind === 'next' ? parseTarget(leg.url).target : undefined
    const otherHost = next?.host !== target.host || next.port !== target.port
    const fields = nextLegFields(this.#fields ?? [], {otherHost, bodyless})
    const from = {x, leg, hop: this.#hops, fields, content: kept && keptContent(kept.bytes)}
    const hop = decideHop(this.#context, ruling, from, hopExchange(this.#context, from))
    if (!(await course.hop(hop, status))) return
    const said = (await hop).ruling
    if (!proceeds(said)) return course.block('followed', course.x, said)
    if (bodyless) this.#leg.body = undefined
    this.#fields = said.body?.changed ? rewrittenFields(fields, said.body.bytes.length) : fields
    this.#send()
  }

  /** No answer of the origin can be used. */
  #fail(error: Error): void {
    const why = whyOf(error)
    const {x, ruling} = this.#course
    const {log} = this.#context.host.ports
    if (ruling) log.error('error', {...eventSubject(x, hidingFinding(ruling.decision)), error: why})
    this.#leg.stop()
    if (error instanceof ShareError && ruling) {
      return this.#course.late(ruling.policy.conclude(x, [shareUsed('descriptors')], ruling), () => undefined)
    }
    const late = why === 'timeout' && 'code' in error && error.code === 'UND_ERR_HEADERS_TIMEOUT'
    this.#turn.answer(late ? plainAnswer(504, 'upstream timed out') : plainAnswer(502, 'forward proxy fetch failed'))
  }
}
