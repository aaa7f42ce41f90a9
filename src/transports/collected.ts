// Collects the body of a response while it is held: complete within the cap, or known to exceed it, with enough of its
// beginning to recognise its type.
import {Buffer} from 'node:buffer'
import {BEGINNING_BYTES, type BodyExtent, type Requirements} from '../core/plugin.js'
import type {ResponsePlan} from './response-plan.js'
import type {LeastRate} from './least-rate.js'
import type {OriginHead} from './response-checks.js'

export class Collected {
  readonly head: OriginHead
  readonly plan: ResponsePlan
  readonly want: Requirements
  readonly rate: LeastRate
  #held: Buffer = NOTHING
  #maxBytes: number
  #isReported = false
  #size = 0

  constructor(head: OriginHead, plan: ResponsePlan, want: Requirements, rate: LeastRate) {
    this.head = head
    this.plan = plan
    this.want = want
    this.rate = rate
    this.#maxBytes = want.maxBytes
  }

  /** False once the limit is exceeded and the beginning is known. */
  add(chunk: Buffer): boolean {
    this.#hold(chunk)
    this.rate.add(chunk.length)
    if (!this.#isReported && this.#size >= BEGINNING_BYTES) {
      this.#isReported = true
      this.#maxBytes = this.want.maxBytesOf(this.extent().beginning)
    }
    return this.#size < this.#settling()
  }

  /** Number of bytes after which the plan for the body is settled. */
  #settling(): number {
    const {length = 0} = this.head
    return length > this.#maxBytes ? Math.min(length, BEGINNING_BYTES) : this.#maxBytes + 1
  }

  get isOver(): boolean {
    return this.#size > this.#maxBytes
  }

  bytes(): Buffer {
    return this.#held.subarray(0, this.#size)
  }

  extent(): BodyExtent {
    return {
      beginning: this.#held.subarray(0, Math.min(this.#size, BEGINNING_BYTES)),
      bytes: Math.max(this.#size, this.head.length ?? 0),
    }
  }

  /** Copied as it comes: copying megabytes at the end takes milliseconds, and many bodies may end at the same moment. */
  #hold(chunk: Buffer): void {
    const size = this.#size + chunk.length
    if (this.#size === 0) this.#held = chunk
    else {
      if (size > this.#held.length) {
        const {length = Infinity} = this.head
        const larger = Math.max(size, 2 * this.#size)
        const held = Buffer.allocUnsafeSlow(size <= length ? Math.min(larger, length) : larger)
        this.#held.copy(held, 0, 0, this.#size)
        this.#held = held
      }
      chunk.copy(this.#held, this.#size)
    }
    this.#size = size
  }
}

const NOTHING = Buffer.alloc(0)
