// Plain RFC 8785 canonical JSON, for policy hashes, envelopes and exports.
import {canonicalize} from 'json-canonicalize'

/** Values with a canonical form. The library would drop undefined members, turn a Map into {} and pass lone surrogates on. */
export function jcs(value: unknown): string {
  check(value, 0)
  return canonicalize(value)
}

function check(value: unknown, depth: number): void {
  if (depth > 128) throw new TypeError('nested too deeply for canonical JSON')
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('only finite numbers have a canonical form')
    return
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('an unpaired surrogate has no canonical form')
    return
  }
  if (Array.isArray(value)) {
    for (const item of value) check(item, depth + 1)
    return
  }
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === null || prototype === Object.prototype) {
      for (const [name, member] of Object.entries(value)) {
        check(name, depth + 1)
        check(member, depth + 1)
      }
      return
    }
  }
  throw new TypeError(`a ${typeof value} has no canonical form`)
}
