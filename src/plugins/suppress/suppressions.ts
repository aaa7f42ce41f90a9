// The entries compiled, by rule. Pure.
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
    find: (rule, target) => byRule.get(rule.toLowerCase())?.find(({covers}) => covers(target)),
  }
}
