// Whether the values at a path position come from many sessions or from a few, which may be hostile. Merging into a wildcard
// what every session does with what a few brought would confirm the few by the many, so every test is made as if the
// sessions that look most like an attack were not there.
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Confidence} from './confidence.js'
import {decidePosition} from './segments.js'
import type {Normalization} from './settings.js'
import {Tally} from './tally.js'

/** A value at a position, with the events of each session that brought it. */
export interface PositionValue {
  readonly value: string
  readonly sessions: Tally
}

/** The class that a number of sessions gives a rule, `leftOut` of these and of all sessions left out. */
export type ConfidenceOf = (sessions: number, leftOut?: number) => Confidence

export interface Electorate {
  readonly normalization: Normalization
  readonly confidenceOf: ConfidenceOf
  /** Sessions that may be hostile. */
  readonly suspects: number
}

/** The sessions that may be hostile within the bound: all of them count, so a mix that is exactly the bound is within it. */
export function suspectsOf(contaminationBound: number, sessions: number): number {
  // in millionths, as the bound is configured: 0.29 of 100 sessions are 29
  return Math.floor((Math.round(contaminationBound * 1_000_000) * sessions) / 1_000_000)
}

/** The entropy of the values, when they become one wildcard. */
export function mergesPosition(values: readonly PositionValue[], electorate: Electorate): number | undefined {
  const {normalization} = electorate
  if (values.length < normalization.minDistinctValues) return undefined
  const verdict = decidePosition(sessionCounts(values, normalization.minDistinctValues), normalization)
  return verdict.collapse && !restsOnMinority(values, electorate) ? verdict.entropy : undefined
}

/**
 * A merge that the confirmed values alone do not make must rest on sessions with other values: as many as confirm a rule,
 * with two of them or more each, or a stable share with one (one odd value in a session is what a mistyped path looks
 * like). Where nothing is confirmed there is nothing to ride on, and only the merge itself must hold.
 */
function restsOnMinority(values: readonly PositionValue[], electorate: Electorate): boolean {
  const {confidenceOf, suspects} = electorate
  const confirmed = new Set(values.filter(({sessions}) => confidenceOf(sessions.distinct) !== 'never_confirmed'))
  if (confirmed.size > 0) {
    // a value that hostile sessions lifted over the floor is not one that the others confirm
    const sure = values.filter(({sessions}) => confidenceOf(sessions.distinct, suspects) !== 'never_confirmed')
    if (holdsWithoutSuspects(sure, new Set(), electorate)) return false
    const others = new Tally()
    for (const value of values) {
      if (!confirmed.has(value)) for (const session of value.sessions.keys()) others.add(session)
    }
    const withMore = [...others.entries()].filter(([, count]) => count > 1).length
    const isSupported =
      confidenceOf(withMore, suspects) !== 'never_confirmed' || confidenceOf(others.distinct, suspects) === 'stable'
    if (!isSupported) return true
  }
  return !holdsWithoutSuspects(values, new Set([...confirmed].map(({value}) => value)), electorate)
}

/**
 * Whether the position collapses without the suspects: those that count for most values which nobody else brings, and, where
 * there are confirmed values to ride on, those that count for most others. Hostile sessions that share their values are
 * among the latter. A session that brings nothing of the kind is no suspect.
 */
function holdsWithoutSuspects(
  values: readonly PositionValue[],
  confirmed: ReadonlySet<string>,
  {normalization, suspects}: Electorate,
): boolean {
  const counted = [...countedValues(values, normalization.minDistinctValues)]
  const counts = countsOf(counted.map(([, own]) => own))
  const odd = (own: readonly string[]): number => own.filter((value) => !confirmed.has(value)).length
  const alone = (own: readonly string[]): number => own.filter((value) => counts.get(value) === 1).length
  return (confirmed.size > 0 ? [odd, alone] : [alone]).every((weight) => {
    const ranked = [...counted].sort(([a, x], [b, y]) => weight(y) - weight(x) || a - b)
    const kept = ranked.filter(([, own], rank) => rank >= suspects || weight(own) === 0)
    return decidePosition(countsOf(kept.map(([, own]) => own)), normalization).collapse
  })
}

/** Session → the values that it counts for: those that it has most events of. */
function countedValues(
  values: readonly PositionValue[],
  minDistinctValues: number,
): ReadonlyMap<number, readonly string[]> {
  const limit = Math.max(1, minDistinctValues - 1)
  const bySession = new Map<number, (readonly [value: string, events: number])[]>()
  for (const {value, sessions} of values) {
    for (const [session, events] of sessions.entries()) {
      const own = bySession.get(session)
      if (own) own.push([value, events])
      else bySession.set(session, [[value, events]])
    }
  }
  const counted = new Map<number, readonly string[]>()
  for (const [session, own] of bySession) {
    if (own.length > limit) own.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
    counted.set(
      session,
      own.slice(0, limit).map(([value]) => value),
    )
  }
  return counted
}

/** Value → sessions that count for it. */
function countsOf(bySession: Iterable<readonly string[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const values of bySession) for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function sessionCounts(values: readonly PositionValue[], minDistinctValues: number): ReadonlyMap<string, number> {
  return countsOf(countedValues(values, minDistinctValues).values())
}
