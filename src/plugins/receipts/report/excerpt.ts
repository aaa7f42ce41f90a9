// Which lines of a log go into the page, so that its reader can check them there: what failed and the lines before it, the
// first lines, and the last ones as far as the budget goes. Lines that stand behind each other form a run, since a link is
// checked by the line before. Nothing but the lines of the budget is held.
import type {Line, Place} from '../verify/lines.js'

export interface ExcerptLine extends Place {
  readonly bytes: Uint8Array
  readonly terminated: boolean
  /** Receipts in it that were accepted: one or none. */
  readonly receipts: number
}

/** Lines without a gap, in one log. */
export interface ExcerptRun {
  readonly lines: readonly ExcerptLine[]
}

export interface Budget {
  readonly lines: number
  readonly bytes: number
}

/** Lines before one that failed, which its links are checked with. */
const BEFORE = 8
/** A first line or few show how the log began. */
const FIRST = 4
/** A longer line would push all others out of the page. */
const MAX_LINE = 256 * 1024

interface Held extends ExcerptLine {
  readonly index: number
  readonly receipts: number
}

export class Excerpt {
  readonly #budget: Budget
  readonly #failed: readonly Place[]
  readonly #first: Held[] = []
  readonly #near: Held[] = []
  /** The last lines, the oldest at the front. */
  #last: Held[] = []
  #lastBytes = 0
  #from = 0
  #index = 0
  #current: {receipts: number} | undefined
  #after = 0

  /** `failed`: places that an earlier reading found wrong. */
  constructor(budget: Budget, failed: readonly Place[]) {
    this.#budget = budget
    this.#failed = failed
  }

  line({file, line, bytes, terminated, tooLong}: Line): void {
    const index = this.#index++
    this.#current = undefined
    if (tooLong || bytes.length > MAX_LINE || this.#budget.lines === 0) return
    // a copy: the line lies in a chunk of the file that must not be held with it
    const held: Held & {receipts: number} = {file, line, bytes: Uint8Array.from(bytes), terminated, index, receipts: 0}
    this.#current = held
    if (this.#first.length < Math.min(FIRST, this.#budget.lines) && index < FIRST) this.#first.push(held)
    if (this.#failed.some((place) => place.file === file && place.line === line)) {
      for (const before of this.#last.slice(this.#from).slice(-BEFORE)) this.#near.push(before)
      this.#near.push(held)
      this.#after = 1
    } else if (this.#after > 0) {
      this.#after--
      this.#near.push(held)
    }
    this.#last.push(held)
    this.#lastBytes += bytes.length
    while (this.#last.length - this.#from > this.#budget.lines || this.#lastBytes > this.#budget.bytes) this.#drop()
    if (this.#from > 1024 && this.#from * 2 > this.#last.length) {
      this.#last = this.#last.slice(this.#from)
      this.#from = 0
    }
  }

  /** The line that was told last holds a receipt that was accepted. */
  receipt(): void {
    if (this.#current) this.#current.receipts++
  }

  #drop(): void {
    this.#lastBytes -= this.#last[this.#from]?.bytes.length ?? 0
    this.#from++
  }

  /** The lines that were chosen, in their order: what failed first of all, then the beginning, then the end. */
  get runs(): readonly ExcerptRun[] {
    const chosen = new Map<number, Held>()
    let bytes = 0
    for (const held of [...this.#near, ...this.#first, ...this.#last.slice(this.#from).reverse()]) {
      if (chosen.has(held.index)) continue
      if (chosen.size >= this.#budget.lines || bytes + held.bytes.length > this.#budget.bytes) break
      chosen.set(held.index, held)
      bytes += held.bytes.length
    }
    const runs: Held[][] = []
    for (const held of [...chosen.values()].sort((a, b) => a.index - b.index)) {
      const run = runs.at(-1)
      if (run?.at(-1)?.index === held.index - 1) run.push(held)
      else runs.push([held])
    }
    return runs.map((lines) => ({lines}))
  }
}
