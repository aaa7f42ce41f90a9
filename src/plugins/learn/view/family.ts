// Rules of a family: prefixes whose requests are alike, such as the repositories of a code host. Such a rule may be confirmed
// though few sessions have it at this very place, so whoever reads its figures must see where the others are.
import {counted} from '../../../lib/page/numbers.js'
import type {RuleView} from './rule-view.js'

/** Sessions that the class of a rule rests on: its own, or of its family and its prefix the fewer ones. */
export function decidingSessions({sessions, family}: Pick<RuleView, 'sessions' | 'family'>): number {
  return family === undefined ? sessions : Math.min(family.sessions, family.prefixSessions)
}

/**
 * `3 of 10 sessions`, or `in 3 of 10 sessions here, in 10 of 10 below 6 prefixes alike (/repos/acme/web and 5 others)`. `shown` is how the
 * prefix stands in the output.
 */
export function supportText(
  {sessions, opportunities: all, family}: Pick<RuleView, 'sessions' | 'opportunities' | 'family'>,
  shown: (prefix: string) => string,
): string {
  if (family === undefined) return `${sessions} of ${counted(all, 'session')}`
  const {members, prefix, sessions: alike, prefixSessions} = family
  const below = prefixSessions < alike ? `, any request below it in ${prefixSessions} of ${all}` : ''
  return `in ${sessions} of ${counted(all, 'session')} here, in ${alike} of ${all} below ${members} prefixes alike (${shown(prefix)} and ${counted(members - 1, 'other')}${below})`
}

/** Rules that are one request below several prefixes alike. */
export interface Alike<T> {
  readonly items: readonly T[]
  /** Prefixes of the items, in their order; empty for a rule that stands alone. */
  readonly prefixes: readonly string[]
}

/**
 * Rules together that have the same request below prefixes of one family, in the order of the first of each. A contract names
 * the prefix of a rule only where its class rests on the family; the others below that prefix belong to it as well.
 */
export function alikeRules<T>(items: readonly T[], ruleOf: (item: T) => RuleView): readonly Alike<T>[] {
  const prefixes = new Map<string, Map<string, number>>()
  for (const item of items) {
    const {family, ...rule} = ruleOf(item)
    if (family === undefined) continue
    const place = placeOf(rule)
    const known = prefixes.get(place) ?? new Map<string, number>()
    known.set(family.prefix, family.members)
    prefixes.set(place, known)
  }
  const groups = new Map<string, {readonly items: T[]; readonly prefixes: string[]}>()
  for (const [i, item] of items.entries()) {
    const rule = ruleOf(item)
    const below = belowPrefix(rule, prefixes.get(placeOf(rule)))
    const key = below === undefined ? String(i) : JSON.stringify([placeOf(rule), rule.kind, rule.methods, below.key])
    const known = groups.get(key)
    const group = known ?? {items: [], prefixes: []}
    if (!known) groups.set(key, group)
    group.items.push(item)
    if (below) group.prefixes.push(below.prefix)
  }
  return [...groups.values()]
}

function placeOf({host, ports}: Pick<RuleView, 'host' | 'ports'>): string {
  return JSON.stringify([host, ports])
}

/** The prefix that a path is below, and what tells the rest of it from that of other families. */
function belowPrefix(
  {paths, methods}: RuleView,
  prefixes: ReadonlyMap<string, number> = new Map(),
): {readonly prefix: string; readonly key: string} | undefined {
  const [path, ...others] = paths
  if (path === undefined || others.length > 0 || methods.length === 0) return undefined
  const segments = path.value.split('/')
  for (let depth = segments.length - 1; depth > 1; depth--) {
    const prefix = segments.slice(0, depth).join('/')
    const members = prefixes.get(prefix)
    if (members === undefined) continue
    const forms = path.collapsed.filter(({index}) => index >= depth).map((wildcard) => wildcard.forms)
    return {prefix, key: JSON.stringify([depth, members, segments.slice(depth), forms])}
  }
  return undefined
}
