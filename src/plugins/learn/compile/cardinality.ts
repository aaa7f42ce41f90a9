// The cardinality cap of one host and port (learn §6.3). The tail is measured in pairs of session and pattern, less those of
// the one session that has most: repeating a request adds nothing, and one session's flood of new paths trips nothing.
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Tail} from './rule-draft.js'
import type {Normalization} from './settings.js'

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

export function capPatterns(
  counted: readonly PatternUse[],
  blockedOnly: readonly {readonly pattern: string; readonly events: number}[],
  normalization: Normalization,
): Capped {
  const cap = normalization.cardinalityCapPerHost
  const ranked = [...counted].sort(
    (a, b) => b.sessions.size - a.sessions.size || b.events - a.events || compareCodePoints(a.pattern, b.pattern),
  )
  const kept = ranked.slice(0, cap)
  const rest = ranked.slice(cap)
  const names = new Set(kept.map((use) => use.pattern))
  const more = [...blockedOnly].sort((a, b) => b.events - a.events || compareCodePoints(a.pattern, b.pattern))
  for (const {pattern} of more.slice(0, cap - kept.length)) names.add(pattern)
  return {kept: names, tail: rest.length === 0 ? undefined : tailOf(kept, rest, normalization)}
}

function tailOf(kept: readonly PatternUse[], rest: readonly PatternUse[], normalization: Normalization): Tail {
  const perSession = new Map<number, number>()
  let all = 0
  for (const {sessions} of rest) {
    all += sessions.size
    for (const session of sessions) perSession.set(session, (perSession.get(session) ?? 0) + 1)
  }
  let most = 0
  for (const count of perSession.values()) if (count > most) most = count
  const pairs = all - most
  const pairsObserved = kept.reduce((sum, use) => sum + use.sessions.size, 0) + pairs
  return {
    events: rest.reduce((sum, use) => sum + use.events, 0),
    pairs,
    pairsObserved,
    block: 100 * pairs > normalization.tailPromotionBlockPct * pairsObserved,
  }
}
