// Ends a held body that arrives too slowly. A limit on silence alone restarts with every byte: a client that sends one
// byte per second would keep everything sent before in memory indefinitely.
import type {Limits} from './limits.js'

export class LeastRate {
  readonly #limits: Limits
  readonly #late: () => void
  #bytes = 0
  #atLastCheck = 0
  #timer: NodeJS.Timeout | undefined

  constructor(limits: Limits, late: () => void) {
    this.#limits = limits
    this.#late = late
  }

  add(bytes: number): void {
    const {slowBytes, leastRateBytes, leastRateMs} = this.#limits
    this.#bytes += bytes
    if (this.#timer !== undefined || this.#bytes <= slowBytes) return
    this.#atLastCheck = this.#bytes
    this.#timer = setInterval(() => {
      const since = this.#bytes - this.#atLastCheck
      this.#atLastCheck = this.#bytes
      if (since >= leastRateBytes) return
      this.stop()
      this.#late()
    }, leastRateMs)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#bytes = Number.NEGATIVE_INFINITY
  }
}
