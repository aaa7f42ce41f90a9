// The body of an answer while it is being held: whole within the cap, or known to be more.
import {Buffer} from 'node:buffer'
import type {Want} from '../core/plugin.js'
import type {AnswerPlan} from './answer-plan.js'
import type {OriginHead} from './response-checks.js'

export class Collected {
  readonly head: OriginHead
  readonly plan: AnswerPlan
  readonly want: Want
  readonly chunks: Buffer[] = []
  #size = 0

  constructor(head: OriginHead, plan: AnswerPlan, want: Want) {
    this.head = head
    this.plan = plan
    this.want = want
  }

  /** False once there is more than is wanted. */
  add(chunk: Buffer): boolean {
    this.chunks.push(chunk)
    this.#size += chunk.length
    return this.#size <= this.want.maxBytes
  }

  bytes(): Buffer {
    const [only] = this.chunks
    return only && this.chunks.length === 1 ? only : Buffer.concat(this.chunks, this.#size)
  }
}
