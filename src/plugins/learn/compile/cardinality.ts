// The cardinality cap of one host and port. The tail is measured in pairs of session and pattern, less those of the sessions
// that have most: repeating a request adds nothing, and a flood of new paths by as many sessions as may be hostile must not
// make the contract unusable.
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Tail} from './rule-draft.js'
import type {Normalization} from './settings.js'
import type {Suspects} from './witnesses.js'

export interface PatternUse {
  readonly pattern: string
  /** Sessions that count. */
  readonly sessions: ReadonlySet<number>
  readonly events: number
}

export interface Capped {
  readonly kept: ReadonlySet<string>
  readonly tail: Tail | undefined
}

export interface CapTerms extends Normalization {
  readonly suspects: readonly Suspects[]
}

export function capPatterns(
  counted: readonly PatternUse[],
  blockedOnly: readonly {readonly pattern: string; readonly events: number}[],
  terms: CapTerms,
): Capped {
  const cap = terms.cardinalityCapPerHost
  const ranked = [...counted].sort(
    (a, b) => b.sessions.size - a.sessions.size || b.events - a.events || compareCodePoints(a.pattern, b.pattern),
  )
  const kept = ranked.slice(0, cap)
  const rest = ranked.slice(cap)
  const names = new Set(kept.map((use) => use.pattern))
  const more = [...blockedOnly].sort((a, b) => b.events - a.events || compareCodePoints(a.pattern, b.pattern))
  for (const {pattern} of more.slice(0, cap - kept.length)) names.add(pattern)
  return {kept: names, tail: rest.length === 0 ? undefined : tailOf(kept, rest, terms)}
}

function tailOf(kept: readonly PatternUse[], rest: readonly PatternUse[], terms: CapTerms): Tail {
  const all = rest.reduce((sum, {sessions}) => sum + sessions.size, 0)
  const pairs = all - Math.max(...terms.suspects.map((suspects) => pairsOf(rest, suspects)))
  const pairsObserved = kept.reduce((sum, use) => sum + use.sessions.size, 0) + pairs
  return {
    events: rest.reduce((sum, use) => sum + use.events, 0),
    pairs,
    pairsObserved,
    block: 100 * pairs > terms.tailPromotionBlockPct * pairsObserved,
  }
}

/** Pairs of the suspects that have most: at least one, whatever the bound, since a single session is no evidence. */
function pairsOf(rest: readonly PatternUse[], {of, count}: Suspects): number {
  const each = new Map<number, number>()
  for (const {sessions} of rest) {
    for (const session of sessions) each.set(of(session), (each.get(of(session)) ?? 0) + 1)
  }
  const most = [...each.values()].sort((a, b) => b - a).slice(0, Math.max(1, count))
  return most.reduce((sum, pairs) => sum + pairs, 0)
}
