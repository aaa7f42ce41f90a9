// Counts a bounded number of names; names beyond the bound share one entry, so that traffic cannot grow the table.

const MAX_NAMES = 100
const OTHER = '_other'

export class TopNames {
  readonly #counts = new Map<string, number>()

  add(name: string): void {
    const key = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : OTHER
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  /** By count, then by name. */
  list(): readonly {readonly name: string; readonly count: number}[] {
    return [...this.#counts]
      .map(([name, count]) => ({name, count}))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  }
}
