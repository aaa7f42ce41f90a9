// The entries compiled, by rule, and those that do nothing. Pure.
import {nearest} from '../../lib/nearest.js'
import {compilePath, whyNowhere, type PathMatcher} from './match.js'
import type {Suppression, SuppressService} from './index.js'

export function createSuppressions(entries: readonly Suppression[]): SuppressService {
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

/** Entries that accept nothing: the same again, a rule that there is none of, a path that no target has. */
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
    const nowhere = whyNowhere(path)
    const found: Idle[] = nowhere === undefined ? [] : [{field: `${field}.path`, message: nowhere}]
    if (lower.has(name) || name.startsWith(CANARY)) return found
    const meant = nearest(name, names)
    const advice = meant === undefined ? 'it accepts nothing' : `did you mean "${meant}"?`
    return [{field: `${field}.rule`, message: `is no rule; ${advice}`}, ...found]
  })
}

/** Each token has a rule of its own name. */
const CANARY = 'canary token ('

/** Names of findings that are no patterns. */
const OTHERS = [
  'BIP-39 Seed Phrase',
  'Environment Variable Leak',
  'Known Secret Leak',
  'Credential in URL',
  'body_entropy',
  'a2a_raw_archive',
  'a2a_raw_size',
  'a2a_raw_encoding',
  'a2a_scheme',
  'a2a_file_name',
  'blocklist',
  'crlf_injection',
  'scheme',
  'entropy',
  'ssrf_metadata',
]

interface Idle {
  readonly field: string
  readonly message: string
}
