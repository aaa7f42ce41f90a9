// The compiled entries, by rule, and those without effect. Pure.
import type {SuppressService, Suppression} from '../../core/services/suppress.js'
import {nearest} from '../../lib/nearest.js'
import {compilePath, whyNowhere, type PathMatcher} from './match.js'

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

/** Entries that accept nothing: duplicates, unknown rules, impossible paths. */
export function idleEntries(entries: readonly Suppression[], known: readonly string[]): readonly Idle[] {
  const names = [...known, ...OTHERS]
  const lower = new Set(names.map((name) => name.toLowerCase()))
  const covered = new Set<string>()
  return entries.flatMap(({rule, path}, i): readonly Idle[] => {
    const name = rule.trim().toLowerCase()
    const field = `suppress[${i}]`
    const key = JSON.stringify([name, path])
    if (covered.has(key)) return [{field, message: 'accepts what an earlier entry accepts'}]
    covered.add(key)
    const nowhere = whyNowhere(path)
    const idle: Idle[] = nowhere === undefined ? [] : [{field: `${field}.path`, message: nowhere}]
    if (lower.has(name) || name.startsWith(CANARY)) return idle
    const meant = nearest(name, names)
    const advice = meant === undefined ? 'it accepts nothing' : `did you mean "${meant}"?`
    return [{field: `${field}.rule`, message: `is not a rule; ${advice}`}, ...idle]
  })
}

/** Each token has a rule of its own name. */
const CANARY = 'canary token ('

/** Names of findings that do not come from patterns. */
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
