// Counts by number, made for very many very small ones: the first key stands in the object itself, a Map comes with the
// second. Tallies of two parts of the input add up to the tally of the whole.

export class Tally {
  private key = -1
  private first = 0
  private more: Map<number, number> | undefined

  add(key: number, count = 1): void {
    if (this.more) this.more.set(key, (this.more.get(key) ?? 0) + count)
    else if (this.first === 0 || key === this.key) {
      this.key = key
      this.first += count
    } else {
      this.more = new Map([
        [this.key, this.first],
        [key, count],
      ])
    }
  }

  addAll(other: Tally): void {
    for (const [key, count] of other.entries()) this.add(key, count)
  }

  *entries(): Generator<readonly [key: number, count: number]> {
    if (this.more) yield* this.more
    else if (this.first > 0) yield [this.key, this.first]
  }

  *keys(): Generator<number> {
    for (const [key] of this.entries()) yield key
  }

  get distinct(): number {
    return this.more?.size ?? (this.first > 0 ? 1 : 0)
  }

  get total(): number {
    let sum = 0
    for (const [, count] of this.entries()) sum += count
    return sum
  }
}
