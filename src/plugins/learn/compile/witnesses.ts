/** Distinct sessions that bear witness to something: a Set, or the keys of a Tally. */
export interface Witnesses {
  readonly size: number
  keys(): Iterable<number>
}
