// Reads of one large body in the turns of the event loop: node reads up to two megabytes from a socket in one turn, and eight
// clients that send as fast as they can would hold up the ninth for each of them.

/** Bytes of one body between two pauses. */
const MAX_IN_TURN = 131_072

export class Paced {
  readonly #resume: () => void
  #bytes = 0

  /** `resume` continues a paused source; it is called in a later turn. */
  constructor(resume: () => void) {
    this.#resume = resume
  }

  /** False where the source has to pause; it is resumed in the next turn. */
  add(bytes: number): boolean {
    this.#bytes += bytes
    if (this.#bytes < MAX_IN_TURN) return true
    this.#bytes = 0
    setImmediate(this.#resume)
    return false
  }
}
