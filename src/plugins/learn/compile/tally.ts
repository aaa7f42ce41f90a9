// Counts by number, made for very many very small ones: the first key stands in the object itself, a few more in a flat
// list, a Map comes when there are many. Tallies of two parts of the input add up to the tally of the whole. The fields are
// plain data, so that a tally of another thread can be added as it arrives.

export interface TallyData {
  readonly key: number
  readonly first: number
  readonly few: readonly number[] | undefined
  readonly many: ReadonlyMap<number, number> | undefined
}

/** Pairs of the flat list; a search through more would be slower than a Map. */
const FEW = 12

/** Estimated bytes of a pair, in the flat list and in a Map. They depend on the number of keys only, not on their order. */
const PAIR_BYTES = 24
const MAP_PAIR_BYTES = 72

export class Tally implements TallyData {
  key = -1
  first = 0
  /** Key, count, key, count, without the first pair. */
  few: number[] | undefined
  /** With the first pair, once there are many. */
  many: Map<number, number> | undefined

  /** Estimated bytes of memory that a new key takes; 0 for a known one. */
  add(key: number, count = 1): number {
    if (this.many) {
      const known = this.many.get(key)
      this.many.set(key, (known ?? 0) + count)
      return known === undefined ? MAP_PAIR_BYTES : 0
    }
    if (this.first === 0 || key === this.key) {
      const taken = this.first === 0 ? PAIR_BYTES : 0
      this.key = key
      this.first += count
      return taken
    }
    const few = (this.few ??= [])
    for (let i = 0; i < few.length; i += 2) {
      if (few[i] === key) {
        few[i + 1] = (few[i + 1] ?? 0) + count
        return 0
      }
    }
    few.push(key, count)
    if (few.length > 2 * FEW) {
      this.many = new Map(this.entries())
      this.few = undefined
    }
    return PAIR_BYTES
  }

  /** Estimated bytes of memory that new keys take. */
  addAll(other: TallyData): number {
    let added = 0
    for (const [key, count] of tallyEntries(other)) added += this.add(key, count)
    return added
  }

  entries(): IterableIterator<readonly [key: number, count: number]> {
    return tallyEntries(this)
  }

  *keys(): Generator<number> {
    for (const [key] of this.entries()) yield key
  }

  countOf(key: number): number {
    if (this.many) return this.many.get(key) ?? 0
    for (const [known, count] of this.entries()) if (known === key) return count
    return 0
  }

  /** Distinct keys, under the name that sets have. */
  get size(): number {
    return this.distinct
  }

  get distinct(): number {
    return this.many?.size ?? (this.first > 0 ? 1 + (this.few?.length ?? 0) / 2 : 0)
  }

  get total(): number {
    let sum = 0
    for (const [, count] of this.entries()) sum += count
    return sum
  }
}

export function* tallyEntries(tally: TallyData): Generator<readonly [key: number, count: number]> {
  const {key, first, few, many} = tally
  if (many) {
    yield* many
    return
  }
  if (first > 0) yield [key, first]
  if (few) for (let i = 0; i < few.length; i += 2) yield [few[i] ?? 0, few[i + 1] ?? 0]
}
