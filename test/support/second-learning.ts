// Confidence, the guard against minorities and live evaluation a second time, written from docs/formats/inference.md and
// docs/formats/evaluation.md alone.

const Z = 1.959963984540054
const [EPSILON, MIN_SESSIONS, MIN_WINDOWS, MIN_EVENTS, MIN_DISTINCT, BITS] = [0.1, 5, 3, 10, 5, 3]

export function secondLower(k: number, n: number): number {
  if (n <= 0 || k < 0 || k > n) return 0
  const p = k / n
  const d = 1 + (Z * Z) / n
  const centre = (p + (Z * Z) / (2 * n)) / d
  return centre - (Z / d) * Math.sqrt((p * (1 - p) + (Z * Z) / (4 * n)) / n)
}

function classOf(k: number, n: number): string {
  const lower = secondLower(k, n)
  if (k < MIN_SESSIONS || k < MIN_WINDOWS || lower <= EPSILON) return 'never_confirmed'
  return lower < 0.5 ? 'brittle' : 'stable'
}

/** The entropy of counts that collapse. */
export function secondEntropy(counts: ReadonlyMap<string, number>): number | undefined {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  if (total < MIN_EVENTS || counts.size < MIN_DISTINCT) return undefined
  let h = 0
  for (const [, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    h -= (count / total) * Math.log2(count / total)
  return h < BITS ? undefined : h
}

/** Events by value of one session; sessions in the order in which they began. */
export type Brought = readonly ReadonlyMap<string, number>[]

/** The entropy with which a position collapses among n usable sessions. */
export function secondMerge(sessions: Brought, n: number): number | undefined {
  const s = Math.floor((Math.round(EPSILON * 1_000_000) * n) / 1_000_000)
  const countsFor = (from: Brought): readonly (readonly string[])[] =>
    from.map((events) =>
      [...events]
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .slice(0, MIN_DISTINCT - 1)
        .map(([value]) => value),
    )
  const total = (lists: readonly (readonly string[])[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const value of lists.flat()) counts.set(value, (counts.get(value) ?? 0) + 1)
    return counts
  }
  const entropy = secondEntropy(total(countsFor(sessions)))
  if (entropy === undefined) return undefined

  const values = [...new Set(sessions.flatMap((events) => [...events.keys()]))]
  const sessionsOf = (value: string): number => sessions.filter((events) => events.has(value)).length
  const confirmed = new Set(values.filter((value) => classOf(sessionsOf(value), n) !== 'never_confirmed'))
  const sure = values.filter((value) => classOf(sessionsOf(value) - s, n - s) !== 'never_confirmed')
  const only = (kept: readonly string[]): Brought =>
    sessions.map((events) => new Map([...events].filter(([value]) => kept.includes(value))))

  const holds = (from: Brought, known: ReadonlySet<string>): boolean => {
    const lists = countsFor(from)
    const counts = total(lists)
    const rankings = [(own: readonly string[]) => own.filter((value) => counts.get(value) === 1).length]
    if (known.size > 0) rankings.push((own) => own.filter((value) => !known.has(value)).length)
    return rankings.every((weight) => {
      const order = lists.map((own, at) => ({own, at})).sort((a, b) => weight(b.own) - weight(a.own) || a.at - b.at)
      const left = order.filter(({own}, rank) => rank >= s || weight(own) === 0)
      return secondEntropy(total(left.map(({own}) => own))) !== undefined
    })
  }
  if (confirmed.size > 0) {
    if (holds(only(sure), new Set())) return entropy
    const others = sessions.map((events) => [...events.keys()].filter((value) => !confirmed.has(value)).length)
    const withTwo = others.filter((count) => count > 1).length
    const withOne = others.filter((count) => count > 0).length
    if (classOf(withTwo - s, n - s) === 'never_confirmed' && classOf(withOne - s, n - s) !== 'stable') return undefined
  }
  return holds(sessions, confirmed) ? entropy : undefined
}
