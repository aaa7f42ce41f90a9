// Which triples of texts were met before, in memory that does not grow without limit: 64-bit digests in two generations of an
// open-addressing table. What is older than the last million or so is forgotten.

const CAPACITY = 2 ** 21
const MAX_LOAD = CAPACITY / 2
/** No code unit. */
const END = 0x10000

export class IdSet {
  #current: Uint32Array = new Uint32Array(2 * 16_384)
  #older: Uint32Array | undefined
  #count = 0
  #low = 0
  #high = 0

  /** True when the same texts were added before. */
  add(first: string, second: string, third: string): boolean {
    this.#low = 0x811c9dc5
    this.#high = 0x9747b28c
    this.#mix(first)
    this.#mix(second)
    this.#mix(third)
    const low = ((this.#low ^ (this.#low >>> 16)) | 1) >>> 0 // never zero, which marks a free slot
    const high = (this.#high ^ (this.#high >>> 16)) >>> 0
    if (this.#older && find(this.#older, low, high) < 0) return true
    const at = find(this.#current, low, high)
    if (at < 0) return true
    this.#current[at] = low
    this.#current[at + 1] = high
    if (++this.#count * 2 > this.#current.length / 2) this.#grow()
    return false
  }

  /** Two independent 32-bit FNV-style digests over a text and its end. */
  #mix(text: string): void {
    let a = this.#low
    let b = this.#high
    for (let i = 0; i <= text.length; i++) {
      const c = i < text.length ? text.charCodeAt(i) : END
      a = Math.imul(a ^ c, 0x01000193)
      b = Math.imul(b ^ c, 0x5bd1e995)
      b ^= b >>> 15
    }
    this.#low = a
    this.#high = b
  }

  #grow(): void {
    if (this.#count >= MAX_LOAD) {
      this.#older = this.#current
      this.#current = new Uint32Array(2 * CAPACITY)
      this.#count = 0
      return
    }
    const old = this.#current
    this.#current = new Uint32Array(old.length * 2)
    for (let i = 0; i < old.length; i += 2) {
      const low = old[i] ?? 0
      const high = old[i + 1] ?? 0
      if (low === 0 && high === 0) continue
      const at = find(this.#current, low, high)
      this.#current[at] = low
      this.#current[at + 1] = high
    }
  }
}

/** Index of a free slot, or -1 when the digest is there. */
function find(table: Uint32Array, low: number, high: number): number {
  const mask = table.length / 2 - 1
  for (let slot = low & mask; ; slot = (slot + 1) & mask) {
    const at = slot * 2
    if (table[at] === low && table[at + 1] === high) return -1
    if (table[at] === 0 && table[at + 1] === 0) return at
  }
}
