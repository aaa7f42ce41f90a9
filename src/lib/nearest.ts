// The known name that a mistyped one most likely meant.

/** Optimal string alignment distance (insert, delete, replace, swap neighbours), capped at `limit` + 1. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let last = Array.from({length: b.length + 1}, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(before, j - 2) + 1)
      row.push(best)
    }
    before = last
    last = row
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.MAX_SAFE_INTEGER
}

/** undefined when nothing is near enough to be meant; the first of equally near names in the given order. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const text = name.slice(0, 100).toLowerCase()
  const limit = Math.max(1, Math.min(4, Math.ceil(text.length / 3)))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of known) {
    const d = distance(text, candidate.toLowerCase(), limit)
    if (d < least) [best, least] = [candidate, d]
  }
  return best
}
