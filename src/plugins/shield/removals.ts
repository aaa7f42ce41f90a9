// What was taken out of a page, by category; the names are those of events, metrics and the page of the guide.

const CATEGORIES = [
  'extension_probing',
  'tracking',
  'hidden_traps',
  'svg_foreign_objects',
  'svg_scripts',
  'svg_event_handlers',
  'svg_external_references',
  'svg_hidden_text',
  'svg_animation_injections',
  'malformed_markup',
] as const
export type Category = (typeof CATEGORIES)[number]

export class Removals {
  readonly #counts = new Map<Category, number>()
  readonly #bytes = new Map<Category, number>()

  /** One thing, and how much of the source it took. */
  add(category: Category, size: number): void {
    this.#counts.set(category, this.of(category) + 1)
    this.#bytes.set(category, this.sizeOf(category) + size)
  }

  sizeOf(category: Category): number {
    return this.#bytes.get(category) ?? 0
  }

  of(category: Category): number {
    return this.#counts.get(category) ?? 0
  }

  get total(): number {
    let sum = 0
    for (const count of this.#counts.values()) sum += count
    return sum
  }

  entries(): readonly (readonly [Category, number])[] {
    return CATEGORIES.flatMap((category) => (this.of(category) > 0 ? [[category, this.of(category)] as const] : []))
  }
}
