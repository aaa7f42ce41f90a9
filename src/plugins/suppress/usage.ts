// Last use of each entry. An entry without use for a month is an unneeded hole: it is reported once. Outlives reloads,
// not the process.
import type {Suppression} from '../../core/services/suppress.js'

const DAY = 86_400_000
const IDLE_DAYS = 30

interface Use {
  /** Time of its addition or last use. */
  at: number
  reported: boolean
}

export class Usage {
  readonly #uses = new Map<string, Use>()
  #checked = 0

  /** Sets the current entries; others are forgotten. */
  keep(entries: readonly Suppression[], now: number): void {
    const keys = new Set(entries.map(keyOf))
    for (const key of this.#uses.keys()) if (!keys.has(key)) this.#uses.delete(key)
    for (const key of keys) if (!this.#uses.has(key)) this.#uses.set(key, {at: now, reported: false})
    this.#checked = 0
  }

  used(entry: Suppression, now: number): void {
    this.#uses.set(keyOf(entry), {at: now, reported: false})
  }

  /** Entries that were unused for too long and not yet reported. Checks once a day. */
  idle(entries: readonly Suppression[], now: number): readonly number[] {
    if (now - this.#checked < DAY) return []
    this.#checked = now
    return entries.flatMap((entry, at) => {
      const use = this.#uses.get(keyOf(entry))
      if (!use || use.reported || now - use.at < IDLE_DAYS * DAY) return []
      use.reported = true
      return [at]
    })
  }
}

export const IDLE = `has accepted nothing for ${IDLE_DAYS} days: remove it unless it is still needed`

function keyOf({rule, path}: Suppression): string {
  return JSON.stringify([rule.trim().toLowerCase(), path])
}
