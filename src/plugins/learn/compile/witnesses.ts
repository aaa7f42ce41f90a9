/** Distinct sessions that bear witness to something: a Set, or the keys of a Tally. */
export interface Witnesses {
  readonly size: number
  keys(): Iterable<number>
}

/** Kind of whole that may be hostile, a session or a machine. */
export interface Suspects {
  /** Number of the whole that a session belongs to. */
  readonly of: (session: number) => number
  /** How many of them. */
  readonly count: number
}
