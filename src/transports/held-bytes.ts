// A body while it is held. Each chunk is copied as it comes: copying megabytes at the end takes milliseconds, and many bodies
// may end at the same moment.
import {Buffer} from 'node:buffer'

const NOTHING = Buffer.alloc(0)

export class HeldBytes {
  readonly #expected: number
  #held: Buffer = NOTHING
  #size = 0

  /** `expected`: the declared length; no memory is taken for it before the bytes are there. */
  constructor(expected = Infinity) {
    this.#expected = expected
  }

  get size(): number {
    return this.#size
  }

  add(chunk: Buffer): void {
    const size = this.#size + chunk.length
    if (this.#size === 0) this.#held = chunk
    else {
      if (size > this.#held.length) this.#grow(size)
      chunk.copy(this.#held, this.#size)
    }
    this.#size = size
  }

  /** All of them, or so many from the beginning. */
  bytes(most = this.#size): Buffer {
    return this.#held.subarray(0, Math.min(this.#size, most))
  }

  #grow(size: number): void {
    const larger = Math.max(size, 2 * this.#size)
    const held = Buffer.allocUnsafeSlow(size <= this.#expected ? Math.min(larger, this.#expected) : larger)
    this.#held.copy(held, 0, 0, this.#size)
    this.#held = held
  }
}
