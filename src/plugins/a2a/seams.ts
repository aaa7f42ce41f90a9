// What texts say only together (scanning §13, mcp §22.5): joined by a space, by nothing and by a line end, since nobody
// knows how a reader puts them together. A find counts where it reaches over a seam into what is new.
import type {InjectionMatches} from './scan.js'

const JOINTS = [' ', '', '\n'] as const

/** Rules that need more than one of the texts, and something of those from `fresh` on. */
export function acrossSeams(
  texts: readonly string[],
  fresh: number,
  scan: (text: string) => InjectionMatches,
): ReadonlySet<string> {
  const rules = new Set<string>()
  if (texts.length < 2) return rules
  for (const joint of JOINTS) {
    const starts: number[] = []
    let at = 0
    for (const text of texts) {
      starts.push(at)
      at += text.length + joint.length
    }
    const from = starts[fresh] ?? 0
    for (const {rule, start, end} of scan(texts.join(joint)).matches) {
      if (end > from && countUpTo(starts, end - 1) > countUpTo(starts, start)) rules.add(rule)
    }
  }
  return rules
}

/** How many of the sorted numbers are not above a limit. */
function countUpTo(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
