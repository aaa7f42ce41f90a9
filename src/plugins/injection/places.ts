// Places between the letters of a text, as a phrase is followed through it, and what can be asked of them.
import type {Letters} from './letter-folds.js'

/** Ranges, ascending and apart: [first, last, first, last, …]. */
export type Places = readonly number[]
export type Step = (places: Places, scene: Scene) => Places
export type Condition = (at: number, scene: Scene) => boolean

export interface Scene {
  readonly text: string
  readonly letters: Letters
  /** Letters beyond it are not inspected. */
  readonly until: number
}

export const NOWHERE: Places = []
const NEVER = -2

/** Adds a range whose start is not before the start of the last. */
export function put(out: number[], first: number, last: number): void {
  const at = out.length - 1
  // an index below zero is looked up by name, which is slow
  const before = at < 0 ? NEVER : (out[at] ?? NEVER)
  if (first > before + 1) out.push(first, last)
  else if (last > before) out[at] = last
}

export function union(a: Places, b: Places): Places {
  if (b.length === 0) return a
  if (a.length === 0) return b
  const out: number[] = []
  for (let i = 0, k = 0; i < a.length || k < b.length;) {
    const fromA = k >= b.length || (i < a.length && (a[i] ?? 0) <= (b[k] ?? 0))
    const [from, at] = fromA ? [a, i] : [b, k]
    put(out, from[at] ?? 0, from[at + 1] ?? 0)
    if (fromA) i += 2
    else k += 2
  }
  return out
}
