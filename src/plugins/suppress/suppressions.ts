// The entries compiled, by rule, and those that do nothing. Pure.
import {nearest} from '../../lib/nearest.js'
import {compilePath, type PathMatcher} from './match.js'
import type {Suppression, SuppressService} from './index.js'

export function makeSuppressions(entries: readonly Suppression[]): SuppressService {
  const byRule = new Map<string, (Suppression & {readonly covers: PathMatcher})[]>()
  for (const entry of entries) {
    const rule = entry.rule.trim().toLowerCase()
    const list = byRule.get(rule) ?? []
    list.push({...entry, covers: compilePath(entry.path)})
    byRule.set(rule, list)
  }
  return {
    size: entries.length,
    idle: (known) => idleEntries(entries, known),
    find: (rule, target) => byRule.get(rule.toLowerCase())?.find(({covers}) => covers(target)),
  }
}

/**
 * Entries that accept nothing: the same again, and a rule that there is none of but almost. Names that resemble nothing may
 * be of a layer that is off.
 */
export function idleEntries(entries: readonly Suppression[], known: readonly string[]): readonly Idle[] {
  const names = [...known, ...OTHERS]
  const lower = new Set(names.map((name) => name.toLowerCase()))
  const seen = new Set<string>()
  return entries.flatMap(({rule, path}, i): readonly Idle[] => {
    const name = rule.trim().toLowerCase()
    const field = `suppress[${i}]`
    const key = JSON.stringify([name, path])
    if (seen.has(key)) return [{field, message: 'accepts what an earlier entry accepts'}]
    seen.add(key)
    const meant = lower.has(name) ? undefined : nearest(name, names)
    return meant === undefined ? [] : [{field: `${field}.rule`, message: `is no rule; did you mean "${meant}"?`}]
  })
}

/** Names of findings that are no patterns. */
const OTHERS = ['BIP-39 Seed Phrase', 'Environment Variable Leak', 'Known Secret Leak', 'body_entropy']

interface Idle {
  readonly field: string
  readonly message: string
}
