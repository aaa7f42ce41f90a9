// The lifecycle of one tunnel or WebSocket: judged before it opens, by what moves through it, and again when the policy
// changes. A denial after it has opened is committed first and closes it then. It is observed once, when it is decided and
// its connection is gone.
import type {Finding} from '../core/decision.js'
import type {Exchange} from '../core/exchange.js'
import type {Policy, Ruling} from '../core/policy.js'
import {eventSubject, hidingFinding} from '../core/render.js'
import {proceeds} from './local-responses.js'
import {whenReady, type ListenerContext} from './context.js'
import type {TunnelEnd} from './tunnel.js'
import type {ExchangeEnd} from '../core/plugin.js'

/** The end of a tunnel or WebSocket that was open. */
export type RelayEnd = TunnelEnd & Pick<ExchangeEnd, 'messages'>

export interface TunnelEnds {
  /** The denial is recorded: all connections of the tunnel close. */
  readonly denied: (ruling: Ruling) => void
  /** A denial is being recorded: no further bytes are released. */
  readonly denying: () => void
  readonly observed: () => void
  /** It was open and is observed. */
  readonly closed: (seconds: number, end: TunnelEnd) => void
  readonly failed: (error: unknown) => void
}

const NOTHING_MOVED: RelayEnd = {clientBytes: 0, serverBytes: 0}

export class TunnelLifecycle {
  readonly policy: Policy
  readonly startedAt: number
  /** Status sent to the client. */
  status = 0
  /** The 200 or 101 went out. */
  open = false
  readonly #context: ListenerContext
  readonly #ends: TunnelEnds
  /** The newest policy under which the tunnel was judged. */
  #judgedBy: Policy
  #x: Exchange | undefined
  #ruling: Ruling | undefined
  #denied = false
  #observed = false

  constructor(context: ListenerContext, ends: TunnelEnds) {
    this.policy = context.host.policy()
    this.startedAt = context.host.ports.clock.monotonic()
    this.#context = context
    this.#ends = ends
    this.#judgedBy = this.policy
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

  get denied(): boolean {
    return this.#denied
  }

  get observed(): boolean {
    return this.#observed
  }

  /** The first decision. */
  commit(ruling: Ruling, then: (committed: Ruling) => void): void {
    whenReady(
      this.policy.commit(this.x, ruling),
      (committed) => {
        this.#ruling = committed
        // turned on since it was judged
        const denied = proceeds(committed) ? this.#context.host.denial(this.x.clientIp) : undefined
        if (denied) return this.commit(this.policy.conclude(this.x, [denied], committed), then)
        then(committed)
      },
      this.#ends.failed,
    )
  }

  /**
   * Judges again after a policy change: a connection to a host that the new policy denies ends. It takes no rate slot, and
   * a used-up limit or a name that does not resolve right now does not deny the host.
   */
  reconsider(): void {
    if (!this.open || this.#denied || this.#observed) return
    const denied = this.#context.host.denial(this.x.clientIp)
    if (denied) return void this.late(denied)
    const policy = this.#context.host.policy()
    if (policy === this.#judgedBy) return
    this.#judgedBy = policy
    whenReady(
      policy.judge({...this.x, purpose: 'redirect'}),
      (judged) => {
        // a still newer policy judges by itself
        if (proceeds(judged) || this.#denied || this.#observed || this.#judgedBy !== policy) return
        const passing = judged.decision.cause?.class
        if (passing !== 'protective' && passing !== 'infrastructure_error') this.#deny(judged)
      },
      this.#ends.failed,
    )
  }

  /** A denial after the 200 or 101. False when the policy lets it pass with a warning. */
  late(finding: Finding): boolean {
    const prior = this.#ruling
    if (this.#observed || this.#denied || !prior) return true
    const ruling = this.policy.conclude(this.x, [finding], prior)
    if (proceeds(ruling)) {
      this.#ruling = ruling
      return false
    }
    this.#deny(ruling)
    return true
  }

  /** Returns a function that counts bytes in either direction and tells whether they may move. */
  counting(prefix: string): (bytes: number) => boolean {
    let meter = this.policy.meter(this.x)
    return (bytes) => {
      const finding = meter?.take(bytes)
      if (!finding) return true
      meter = undefined
      return !this.late({...finding, detail: `${prefix}${finding.detail}`})
    }
  }

  /** Denies by a ruling on what moves through it. */
  refuse(ruling: Ruling): void {
    if (!this.#denied && !this.#observed) this.#deny(ruling)
  }

  /** Commits the receipt first, then ends the tunnel. */
  #deny(ruling: Ruling): void {
    this.#denied = true
    this.#ruling = ruling
    this.#ends.denying()
    whenReady(
      ruling.policy.commit(this.x, ruling),
      (committed) => {
        this.#ruling = committed
        this.#ends.denied(committed)
      },
      this.#ends.failed,
    )
  }

  /** Observes once, when the decision is final and the connection is gone. */
  over(end?: RelayEnd): void {
    const ruling = this.#ruling
    if (this.#observed || !ruling) return
    this.#observed = true
    this.#ends.observed()
    const {ports} = this.#context.host
    const durationMs = ports.clock.monotonic() - this.startedAt
    const {clientBytes: requestBytes, serverBytes: responseBytes, messages} = end ?? NOTHING_MOVED
    if (this.open) this.#ends.closed(durationMs / 1000, {clientBytes: requestBytes, serverBytes: responseBytes})
    const ended = {status: this.status, responseBytes, requestBytes, durationMs}
    ruling.policy.observe(this.x, ruling, messages ? {...ended, messages} : ended)
  }

  log(level: 'info' | 'warn' | 'error', event: string, fields: Readonly<Record<string, unknown>>): void {
    const hiding = this.#ruling && hidingFinding(this.#ruling.decision)
    this.#context.host.ports.log[level](event, {...eventSubject(this.x, hiding), ...fields})
  }
}
