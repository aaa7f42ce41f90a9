// Size budgets of a method rule: nearest-rank percentiles over counted values, in integers only. Budgets advise;
// nothing enforces them.
import type {Tally} from './tally.js'

export interface Budget {
  readonly p99: string
  readonly p95: string
  readonly median: string
  readonly enforced: string
  readonly max: number
  readonly sample_count: number
}

export function budgetOf(samples: Tally): Budget {
  // numbers in one block: pairs of a million sizes would take more memory than everything else
  const sorted = new Float64Array(samples.distinct)
  let next = 0
  for (const size of samples.keys()) sorted[next++] = size
  sorted.sort()
  const total = samples.total
  const at = (percent: number): number => {
    // rank ⌈p·n/100⌉, 1-based
    const rank = Math.floor((percent * total + 99) / 100)
    let passed = 0
    for (const value of sorted) {
      passed += samples.countOf(value)
      if (passed >= rank) return value
    }
    return 0
  }
  const p99 = at(99)
  return {
    p99: String(p99),
    p95: String(at(95)),
    median: String(at(50)),
    enforced: enforcedBudget(p99),
    max: sorted.at(-1) ?? 0,
    sample_count: total,
  }
}

/** p99 × 1.5, a half rounded to the even neighbour; exact beyond 2^53. */
export function enforcedBudget(p99: number): string {
  const tripled = 3n * BigInt(p99)
  const floor = tripled / 2n
  return String(tripled % 2n === 1n && floor % 2n === 1n ? floor + 1n : floor)
}
