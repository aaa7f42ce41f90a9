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
  readonly chunks: Buffer[] = []
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
    this.chunks.push(chunk)
    this.rate.add(chunk.length)
    this.#size += chunk.length
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
    const [only] = this.chunks
    return only && this.chunks.length === 1 ? only : Buffer.concat(this.chunks, this.#size)
  }

  extent(): BodyExtent {
    const beginning: Buffer[] = []
    let size = 0
    for (const chunk of this.chunks) {
      if (size >= BEGINNING_BYTES) break
      beginning.push(chunk)
      size += chunk.length
    }
    return {
      beginning: Buffer.concat(beginning, Math.min(size, BEGINNING_BYTES)),
      bytes: Math.max(this.#size, this.head.length ?? 0),
    }
  }
}
