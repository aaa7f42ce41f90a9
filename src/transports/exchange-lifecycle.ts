// The lifecycle of one proxied exchange. Every decision is committed before it takes effect. The exchange is observed
// once, under its last decision, when no decision is pending and the client's connection has released it.
//
//   judging ──commit──► decided ──closed──► observed
//                        │   ▲
//                 decides│   │committed (late, midStream, hop)
//                        ▼   │
//                       deciding
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import type {Policy, Ruling} from '../core/policy.js'
import {blockResponse, plainResponse, proceeds, type Surface} from './local-responses.js'
import {whenReady, type ListenerContext} from './context.js'
import type {ServerExchange} from './server-exchange.js'
import type {UpstreamRequest} from './upstream-request.js'

/**
 * `judging`: before the first committed decision. `decided`: under a committed decision. `deciding`: a further decision is
 * pending, and the exchange ends under it. `observed`: over.
 */
type State = 'judging' | 'decided' | 'deciding' | 'observed'

export class ExchangeLifecycle {
  readonly policy: Policy
  readonly #context: ListenerContext
  readonly #served: ServerExchange
  readonly #upstream: UpstreamRequest
  readonly #requestBytes: () => number
  /** Releases the resources of the exchange. */
  readonly #release: () => void
  #x: Exchange | undefined
  #ruling: Ruling | undefined
  #state: State = 'judging'
  /** Ends the exchange as soon as no decision is pending. */
  #stopped: Finding | undefined

  constructor(context: ListenerContext, served: ServerExchange, upstream: UpstreamRequest, requestBytes: () => number) {
    this.policy = context.host.policy()
    this.#context = context
    this.#served = served
    this.#upstream = upstream
    this.#requestBytes = requestBytes
    this.#release = served.keep()
  }

  begin(x: Exchange): void {
    this.#x = x
  }

  get x(): Exchange {
    if (!this.#x) throw new Error('exchange not begun')
    return this.#x
  }

  /** undefined before the first commit. */
  get ruling(): Ruling | undefined {
    return this.#ruling
  }

  get isObserved(): boolean {
    return this.#state === 'observed'
  }

  /** The first decision. */
  commit(ruling: Ruling, then: () => void, allow?: string): void {
    const {x} = this
    whenReady(
      this.policy.commit(x, ruling),
      (committed) => {
        this.#decided(committed)
        if (!proceeds(committed)) this.block('forward', x, committed, allow)
        else if (!this.#served.gone && !this.endsNow()) then()
        if (this.#served.gone) this.closed()
      },
      this.crash,
    )
  }

  /** From here until `late` or `midStream` settles the decision, the exchange does not end. */
  decides(): void {
    if (this.#state === 'decided') this.#state = 'deciding'
  }

  /** A decision that was only possible after the first one: it has its own receipt under the same id. */
  late(ruling: Ruling, then: () => void, passes = proceeds(ruling)): void {
    if (this.isObserved) return
    const before = this.#ruling
    this.decides()
    const settled = (committed: Ruling): void => {
      this.#decided(committed)
      if (this.#served.gone) return this.closed()
      if (passes && committed.decision.action !== 'block') return this.endsNow() ? undefined : then()
      this.#upstream.stop()
      this.block('forward', this.x, committed)
    }
    if (ruling === before) settled(ruling)
    else whenReady(this.policy.commit(this.x, ruling), settled, this.crash)
  }

  /** Records a finding in a stream that has begun; resolves to whether the stream continues. A block cuts it. */
  async midStream(ruling: Ruling, passes: boolean): Promise<boolean> {
    this.decides()
    const committed = await this.policy.commit(this.x, ruling)
    this.#decided(committed)
    const continues = passes && committed.decision.action !== 'block'
    if (continues && this.endsNow()) return false
    if (this.#served.gone) this.closed()
    else if (!continues) {
      this.#upstream.stop()
      this.#served.cut()
    }
    return continues
  }

  /**
   * Ends the exchange in any of its states: no byte moves in either direction from now on. A pending decision is committed
   * first, so that the receipts stand in the order of what happened.
   */
  stop(finding: Finding): void {
    this.#stopped = finding
    if (this.#state === 'decided') this.endsNow()
  }

  /** Applies `stop`; true where the exchange ends by it. */
  endsNow(): boolean {
    const finding = this.#stopped
    if (finding === undefined || this.#state !== 'decided') return false
    this.#stopped = undefined
    this.#upstream.stop()
    const ruling = this.policy.conclude(this.x, [finding], this.#ruling)
    if (this.#served.responded) this.midStream(ruling, false).catch(this.crash)
    else this.late(ruling, () => undefined, false)
    return true
  }

  /** Every hop is a decision of its own: the previous one ends with `status`. False when the client is gone. */
  async hop(decided: Promise<{readonly x: Exchange; readonly ruling: Ruling}>, status: number): Promise<boolean> {
    const before = this.#ruling
    this.decides()
    const next = await decided
    if (before) this.#observe(this.x, before, status)
    this.#x = next.x
    this.#decided(next.ruling)
    if (!this.#served.gone) return true
    this.closed()
    return false
  }

  block(surface: Surface, x: Exchange, ruling: Ruling, allow?: string): void {
    if (ruling.decision.cause?.rule === 'body_late')
      return this.#served.respond(plainResponse(408, 'request timed out', true))
    const {isHeaded} = this.#upstream
    this.#served.respond(blockResponse(surface, x, ruling, {isResponse: isHeaded, ...(allow !== undefined && {allow})}))
  }

  /** The client's connection has released the exchange. */
  closed(): void {
    // gone while it is being judged: it still gets its decision and receipt
    if (this.#state !== 'decided' || !this.#ruling) return
    this.#state = 'observed'
    this.#upstream.stop()
    this.#release()
    this.#observe(this.x, this.#ruling, this.#served.status)
  }

  readonly crash = (error: unknown): void => {
    this.#context.host.ports.log.error('error', {
      where: 'forward',
      error: error instanceof Error ? (error.stack ?? error.message) : 'unknown',
    })
    // the pending decision will not come: the exchange ends under the one before
    if (this.#state === 'deciding') this.#state = 'decided'
    this.#upstream.stop()
    this.#release()
    this.#served.destroy()
  }

  #decided(committed: Ruling): void {
    if (this.isObserved) return
    this.#state = 'decided'
    this.#ruling = committed
  }

  #observe(x: Exchange, ruling: Ruling, status: number): void {
    ruling.policy.observe(x, ruling, {
      status,
      responseBytes: this.#upstream.received,
      requestBytes: this.#requestBytes(),
      durationMs: this.#context.host.ports.clock.monotonic() - this.#served.startedAt,
      responded: this.#upstream.isHeaded,
    })
  }
}
