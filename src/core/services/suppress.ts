// Accepted findings as a service. Asked match by match: a suppressed match never ends the search for others, and is
// still logged.

export interface Suppression {
  readonly rule: string
  readonly path: string
  readonly reason: string
}

export interface SuppressService {
  readonly size: number
  /** The first entry that covers a rule at a place: a canonical URL, another locator, or a file path. */
  find(rule: string, target: string): Suppression | undefined
  /** Entries that can never match, given the names of findings. */
  idle(known: readonly string[]): readonly {readonly field: string; readonly message: string}[]
}
