// When an entry last accepted something. One that has been of no use for a month is a hole that nobody needs: it is told, once
// (scanning §6.7). Outlives reloads, not the process.
import type {Suppression} from './index.js'

const DAY = 86_400_000
const IDLE_DAYS = 30

interface Use {
  /** When it came, or accepted something last. */
  at: number
  told: boolean
}

export class Usage {
  readonly #uses = new Map<string, Use>()
  #checked = 0

  /** The entries that there are now; others are forgotten. */
  keep(entries: readonly Suppression[], now: number): void {
    const keys = new Set(entries.map(keyOf))
    for (const key of this.#uses.keys()) if (!keys.has(key)) this.#uses.delete(key)
    for (const key of keys) if (!this.#uses.has(key)) this.#uses.set(key, {at: now, told: false})
    this.#checked = 0
  }

  used(entry: Suppression, now: number): void {
    this.#uses.set(keyOf(entry), {at: now, told: false})
  }

  /** Which of the entries were of no use for too long, and were not told. Looks once a day. */
  idle(entries: readonly Suppression[], now: number): readonly number[] {
    if (now - this.#checked < DAY) return []
    this.#checked = now
    return entries.flatMap((entry, at) => {
      const use = this.#uses.get(keyOf(entry))
      if (!use || use.told || now - use.at < IDLE_DAYS * DAY) return []
      use.told = true
      return [at]
    })
  }
}

export const IDLE = `has accepted nothing for ${IDLE_DAYS} days: remove it, or find out what it was for`

function keyOf({rule, path}: Suppression): string {
  return JSON.stringify([rule.trim().toLowerCase(), path])
}
