// How sure a rule is: the lower end of the Wilson interval at 95 %, and the classes of both profiles.
// Doubles are compared before they are rendered, so that a rounded text never decides.
import type {Floors} from './settings.js'

export type Confidence = 'stable' | 'brittle' | 'never_confirmed'

const Z = 1.959963984540054

/** 0 unless 0 ≤ k ≤ n and n > 0. */
export function wilsonLowerBound(k: number, n: number): number {
  if (!(n > 0) || k < 0 || k > n) return 0
  const p = k / n
  const zz = Z * Z
  const d = 1 + zz / n
  const centre = (p + zz / (2 * n)) / d
  const margin = (Z / d) * Math.sqrt((p * (1 - p) + zz / (4 * n)) / n)
  return centre - margin
}

/** Six decimals; what rounds to zero from below has no sign. */
export function sixDecimals(value: number): string {
  const text = value.toFixed(6)
  return text === '-0.000000' ? '0.000000' : text
}

export interface Counts {
  readonly k: number
  readonly n: number
  readonly events: number
  readonly sessions: number
  readonly windows: number
}

/** Classes of wilson_lb_v1: every key needs all three floors, k and n are events. */
export function classifyV1(counts: Counts, floors: Floors): Confidence {
  const {events, sessions, windows} = counts
  if (events < floors.events || sessions < floors.sessions || windows < floors.windows) return 'never_confirmed'
  const lower = wilsonLowerBound(counts.k, counts.n)
  if (lower < 0.5) return 'never_confirmed'
  return lower < 0.85 ? 'brittle' : 'stable'
}

/**
 * Classes of wilson_lb_v2: k and n are sessions. `volume` is what must reach the event floor, undefined for keys that
 * have none: events inside one session prove nothing.
 */
export function classifyV2(
  counts: {readonly k: number; readonly n: number; readonly windows: number; readonly volume: number | undefined},
  floors: Floors,
  contaminationBound: number,
): Confidence {
  if (counts.k < floors.sessions || counts.windows < floors.windows) return 'never_confirmed'
  if (counts.volume !== undefined && counts.volume < floors.events) return 'never_confirmed'
  const lower = wilsonLowerBound(counts.k, counts.n)
  if (lower <= contaminationBound) return 'never_confirmed'
  return lower < 0.5 ? 'brittle' : 'stable'
}
