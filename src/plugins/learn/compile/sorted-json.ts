// JSON for files beside a candidate: members in byte order at every level, two spaces, final LF, no HTML escapes.
import {compareCodePoints, type CanonicalInput} from '../../../lib/json/writer.js'

export function sortedJson(value: CanonicalInput): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`
}

function sorted(value: CanonicalInput): unknown {
  if (Array.isArray(value)) return value.map((item: CanonicalInput) => sorted(item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b))
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member as CanonicalInput)]))
}
