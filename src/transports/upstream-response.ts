// An origin's response from its head on: it streams, it is held until it is complete and judged, or its pieces are
// judged one by one. No byte of it goes out before the decision on it is committed.
import type {Finding} from '../core/decision.js'
import {isContentType} from '../core/content-type.js'
import type {Unit} from '../core/exchange.js'
import type {Ruling, StreamWatch} from '../core/policy.js'
import {Paced} from './paced.js'
import {planResponse, type ResponsePlan} from './response-plan.js'
import type {ClientResponse} from './client-response.js'
import {Collected} from './collected.js'
import {pausedUntil, whenReady} from './context.js'
import type {ExchangeLifecycle} from './exchange-lifecycle.js'
import {LeastRate} from './least-rate.js'
import type {Limits} from './limits.js'
import {bodyTooSlow, responseUndecodable, shareUsed} from './refusals.js'
import {decodeBody, uncodedHead, uncodedUnit} from './response-coding.js'
import type {OriginHead} from './response-checks.js'
import {StreamRelay} from './stream-relay.js'
import type {ServerExchange} from './server-exchange.js'
import type {UpstreamRequest} from './upstream-request.js'

export class UpstreamResponse {
  readonly #lifecycle: ExchangeLifecycle
  readonly #upstream: UpstreamRequest
  readonly #client: ClientResponse
  readonly #served: ServerExchange
  readonly #limits: Limits
  readonly #paced: Paced
  #collected: Collected | undefined
  #relay: StreamRelay | undefined

  constructor(
    lifecycle: ExchangeLifecycle,
    upstream: UpstreamRequest,
    client: ClientResponse,
    {served, limits}: {readonly served: ServerExchange; readonly limits: Limits},
  ) {
    this.#lifecycle = lifecycle
    this.#upstream = upstream
    this.#client = client
    this.#served = served
    this.#limits = limits
    this.#paced = new Paced(() => {
      if (!upstream.over) upstream.resume()
    })
  }

  /** Plans the response; false holds its body back until the plan is known. */
  begin(head: OriginHead): boolean {
    const lifecycle = this.#lifecycle
    const {ruling} = lifecycle
    if (!ruling) throw new Error('response before its request was decided')
    const plan = planResponse(lifecycle.x, head, ruling)
    if (!(plan instanceof Promise) && plan.ruling === ruling) return this.#follows(head, plan)
    lifecycle.decides()
    return pausedUntil(this.#upstream.resume, (proceed) => {
      const planned = (verdict: ResponsePlan): void =>
        lifecycle.late(verdict.ruling, () => proceed(() => this.#follows(head, verdict)))
      whenReady(plan, planned, lifecycle.crash)
    })
  }

  /** False to pause the origin. */
  data(chunk: Buffer): boolean {
    const collected = this.#collected
    if (this.#relay) return this.#relay.push(chunk)
    if (!collected) return this.#client.write(chunk)
    if (!this.#served.hold(chunk.length)) return this.#refuse(shareUsed('held_bytes'))
    return collected.add(chunk) ? this.#paced.add(chunk.length) : this.#tooMuch(collected)
  }

  complete(): void {
    const collected = this.#collected
    if (collected) {
      this.#collected = undefined
      collected.rate.stop()
      if (collected.isOver) return void this.#tooMuch(collected, true)
      this.#upstream.finish()
      return this.#weigh(collected, collected.bytes())
    }
    if (this.#relay) return this.#relay.end()
    this.#client.end()
  }

  #follows(head: OriginHead, plan: ResponsePlan): boolean {
    switch (plan.kind) {
      case 'refuse':
        throw new Error('refused but not blocked')
      case 'stream':
        return this.#client.begin(this.#lifecycle.x.method, head)
      case 'watch':
        return this.#watch(head, plan.unit, plan.watch, plan.ruling)
      case 'collect': {
        const rate = new LeastRate(this.#limits, () => void this.#refuse(bodyTooSlow()))
        this.#collected = new Collected(head, plan, plan.want, rate)
        this.#upstream.reader = rate
        return true
      }
    }
  }

  /** Sends the head at once, and every event or line once it was judged. */
  #watch(head: OriginHead, unit: Unit, watch: StreamWatch, ruling: Ruling): boolean {
    const lifecycle = this.#lifecycle
    const {x} = lifecycle
    // events are written anew and may be stripped, so length and digests may differ
    if (!this.#client.begin(x.method, {...head, length: undefined}, true)) return false
    let recorded = false
    this.#relay = new StreamRelay({
      x,
      head: unit,
      watch,
      ruling,
      write: (bytes) => this.#client.write(bytes),
      midStream: async (verdict, passes) => {
        // a stream can have thousands of findings that only warn: the first one is recorded, the others are counted
        if (passes && recorded) return true
        recorded = true
        return lifecycle.midStream(verdict, passes)
      },
      resume: this.#upstream.resume,
      ended: () => this.#client.end(),
      failed: lifecycle.crash,
    })
    this.#upstream.reader = this.#relay
    return true
  }

  /** The body exceeds the inspection limit: it is refused, or handed on uninspected. */
  #tooMuch(collected: Collected, isWhole = false): boolean {
    const lifecycle = this.#lifecycle
    const {head, plan, want} = collected
    this.#collected = undefined
    collected.rate.stop()
    const findings = want.over(collected.extent())
    const ruling = findings.length === 0 ? plan.ruling : lifecycle.policy.conclude(lifecycle.x, findings, plan.ruling)
    return pausedUntil(this.#upstream.resume, (proceed) =>
      lifecycle.late(ruling, () => proceed(() => this.#sendUninspected(head, collected.bytes(), isWhole))),
    )
  }

  /** Sends what was held, and from now on streams. */
  #sendUninspected(head: OriginHead, bytes: Buffer, isWhole: boolean): boolean {
    let isAccepted = this.#client.begin(this.#lifecycle.x.method, head)
    if (!this.#upstream.over && bytes.length > 0) isAccepted = this.#client.write(bytes) && isAccepted
    if (isWhole && !this.#upstream.over) this.complete()
    return isAccepted
  }

  /** The body cannot be held any longer. */
  #refuse(finding: Finding): boolean {
    const lifecycle = this.#lifecycle
    const prior = this.#collected?.plan.ruling
    this.#collected = undefined
    // at once: later chunks must not be taken for a body that streams
    this.#upstream.stop()
    if (prior) lifecycle.late(lifecycle.policy.conclude(lifecycle.x, [finding], prior), () => undefined)
    return false
  }

  /** The body is complete: it is judged and sent in its judged form. */
  #weigh(collected: Collected, bytes: Buffer): void {
    const {head, plan} = collected
    const lifecycle = this.#lifecycle
    lifecycle.decides()
    if (plan.kind === 'collect' && plan.decodes) return this.#weighDecoded(collected, bytes)
    whenReady(
      lifecycle.policy.inspect(lifecycle.x, {...plan.unit, kind: 'body', bytes}, plan.ruling),
      ({ruling, unit}) =>
        lifecycle.late(
          ruling,
          () => this.#client.deliver(retyped(head, plan.unit, unit), unit?.bytes ?? NOTHING, unit?.bytes !== bytes),
          unit !== undefined,
        ),
      lifecycle.crash,
    )
  }

  /** What the client will decode is judged; unless that changes it, the client gets the bytes of the origin. */
  #weighDecoded({head, plan, want}: Collected, bytes: Buffer): void {
    const lifecycle = this.#lifecycle
    const {x, policy} = lifecycle
    const judged = async (): Promise<void> => {
      const decoded = await decodeBody(plan.unit.headers, bytes, want.maxBytes)
      if ('problem' in decoded) {
        const large = decoded.problem === 'size' ? want.over({beginning: NOTHING, bytes: want.maxBytes + 1}) : []
        const findings = large.length > 0 ? large : [responseUndecodable(decoded.problem)]
        const ruling = policy.conclude(x, findings, plan.ruling)
        return lifecycle.late(ruling, () => this.#client.deliver(head, bytes, false))
      }
      const unit = uncodedUnit(plan.unit)
      const {ruling, unit: shown} = await policy.inspect(x, {...unit, kind: 'body', bytes: decoded.bytes}, plan.ruling)
      const isSame = shown?.bytes === decoded.bytes
      const deliver = (): void =>
        isSame
          ? this.#client.deliver(head, bytes, false)
          : this.#client.deliver(uncodedHead(retyped(head, unit, shown)), shown?.bytes ?? NOTHING, true)
      lifecycle.late(ruling, deliver, shown !== undefined)
    }
    judged().catch(lifecycle.crash)
  }
}

/** The head with the type that the content proved to have. */
function retyped(head: OriginHead, received: Unit, judged: Unit | undefined): OriginHead {
  if (judged === undefined || judged.contentType === received.contentType) return head
  const raw: string[] = []
  for (let i = 0; i < head.raw.length; i += 2) {
    const name = head.raw[i] ?? ''
    raw.push(name, isContentType(name) ? judged.contentType : (head.raw[i + 1] ?? ''))
  }
  return {...head, raw}
}

const NOTHING = Buffer.alloc(0)
