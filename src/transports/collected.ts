// Collects the body of a response while it is held: complete within the cap, or known to exceed it, with enough of its
// beginning to recognise its type.
import {BEGINNING_BYTES, type BodyExtent, type Requirements} from '../core/plugin.js'
import type {ResponsePlan} from './response-plan.js'
import {HeldBytes} from './held-bytes.js'
import type {LeastRate} from './least-rate.js'
import type {OriginHead} from './response-checks.js'

export class Collected {
  readonly head: OriginHead
  readonly plan: ResponsePlan
  readonly want: Requirements
  readonly rate: LeastRate
  readonly #held: HeldBytes
  #maxBytes: number
  #isReported = false

  constructor(head: OriginHead, plan: ResponsePlan, want: Requirements, rate: LeastRate) {
    this.head = head
    this.plan = plan
    this.want = want
    this.rate = rate
    this.#maxBytes = want.maxBytes
    this.#held = new HeldBytes(head.length)
  }

  /** False once the limit is exceeded and the beginning is known. */
  add(chunk: Buffer): boolean {
    this.#held.add(chunk)
    this.rate.add(chunk.length)
    if (!this.#isReported && this.#held.size >= BEGINNING_BYTES) {
      this.#isReported = true
      this.#maxBytes = this.want.maxBytesOf(this.extent().beginning)
    }
    return this.#held.size < this.#settling()
  }

  /** Number of bytes after which the plan for the body is settled. */
  #settling(): number {
    const {length = 0} = this.head
    return length > this.#maxBytes ? Math.min(length, BEGINNING_BYTES) : this.#maxBytes + 1
  }

  get isOver(): boolean {
    return this.#held.size > this.#maxBytes
  }

  bytes(): Buffer {
    return this.#held.bytes()
  }

  extent(): BodyExtent {
    return {
      beginning: this.#held.bytes(BEGINNING_BYTES),
      bytes: Math.max(this.#held.size, this.head.length ?? 0),
    }
  }
}
