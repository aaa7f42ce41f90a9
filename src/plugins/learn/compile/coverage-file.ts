// The coverage file beside a candidate: what grew from session to session and what was blocked, as `learn review --html`
// shows it. It is local like the segment ledger, bound to the contract by its hash, and holds what no signed document
// should: texts of blocked requests. The order of the input never shows: sessions stand in the order of time.
import {httpKey, toolKey} from '../../../formats/rule-key.js'
import {formatSeconds} from '../../../lib/timestamp.js'
import type {Aggregate, HttpShape} from './aggregate.js'
import type {BlockedTraffic, Inferred} from './rule-draft.js'
import {sortedJson} from './sorted-json.js'
import {Tally} from './tally.js'

export const COVERAGE_VERSION = 1
const MAX_BLOCKED = 200
const HOUR_MS = 3_600_000

export interface CoverageSession {
  /** Hour in which it began. */
  readonly start: string
  /** Distinct patterns in it, those that no earlier session had, and all so far. */
  readonly keys: number
  readonly new: number
  readonly total: number
}

/** Undefined when the profile keeps no patterns (wilson_lb_v1). */
export function coverageText(aggregate: Aggregate, inferred: Inferred, contractHash: string): string | undefined {
  const {patterns} = inferred
  if (!patterns) return undefined
  const starts: number[] = []
  for (const session of aggregate.sessions.values()) starts[session.index] = session.startHour
  const keys = incidenceOf(aggregate, patterns, (index) => starts[index] ?? 0)
  const frequencies = new Tally()
  let events = 0
  let singletonEvents = 0
  for (const sessions of keys.values()) {
    frequencies.add(sessions.distinct)
    events += sessions.total
    if (sessions.distinct === 1) singletonEvents += sessions.total
  }
  const sessions = growthOf(keys.values(), usableSessions(aggregate, starts))
  const shown = inferred.blockedTraffic.slice(0, MAX_BLOCKED)
  return sortedJson({
    blocked: shown.map(({text, events, sessions}: BlockedTraffic) => ({events, sessions, text})),
    blocked_more: inferred.blockedTraffic.length - shown.length,
    contract_hash: contractHash,
    coverage_version: COVERAGE_VERSION,
    events,
    frequencies: [...frequencies.entries()].sort((a, b) => a[0] - b[0]).map(([f, q]) => ({keys: q, sessions: f})),
    keys: keys.size,
    sessions: sessions.map((session) => ({...session})),
    singleton_events: singletonEvents,
    unclassified_events: aggregate.actionClasses.get('unclassified') ?? 0,
    all_events: aggregate.events,
  })
}

/** Pattern (method level, tunnel or tool: what ratify enforces by default) → session → counted events. */
function incidenceOf(
  aggregate: Aggregate,
  patterns: ReadonlyMap<HttpShape, string>,
  sessionAt: (index: number) => number,
): ReadonlyMap<string, Tally> {
  const keys = new Map<string, Tally>()
  const feed = (key: string, sessions: Tally): void => {
    let known = keys.get(key)
    if (!known) keys.set(key, (known = new Tally()))
    for (const [index, events] of sessions.entries()) known.add(sessionAt(index), events)
  }
  for (const shape of aggregate.http.values()) {
    if (shape.blocked || shape.host === undefined) continue
    const path = shape.method === 'CONNECT' ? undefined : patterns.get(shape)
    // a request whose path was redacted has no pattern
    if (path === undefined && shape.method !== 'CONNECT') continue
    const {host, port, method, sessions} = shape
    feed(
      httpKey({host, ...(port === undefined ? {} : {port}), ...(path === undefined ? {} : {path}), method}),
      sessions,
    )
  }
  for (const shape of aggregate.tools.values()) {
    if (!shape.blocked) feed(toolKey(shape.server, shape.tool), shape.sessions)
  }
  return keys
}

/** Hours in which sessions with a counted event began, in the order of time. */
function usableSessions(aggregate: Aggregate, starts: readonly number[]): readonly number[] {
  const hours = new Set<number>()
  for (const shape of [...aggregate.http.values(), ...aggregate.tools.values()]) {
    if (!shape.blocked) for (const index of shape.sessions.keys()) hours.add(starts[index] ?? 0)
  }
  return [...hours].sort((a, b) => a - b)
}

function growthOf(keys: Iterable<Tally>, sessions: readonly number[]): readonly CoverageSession[] {
  const keysByHour = new Tally()
  const fresh = new Tally()
  for (const tally of keys) {
    let first = Infinity
    for (const session of tally.keys()) {
      keysByHour.add(session)
      if (session < first) first = session
    }
    fresh.add(first)
  }
  const firstSessionOf = new Map(keysByHour.entries())
  const freshAt = new Map(fresh.entries())
  let total = 0
  return sessions.map((session) => {
    const added = freshAt.get(session) ?? 0
    total += added
    return {start: formatSeconds(session * HOUR_MS), keys: firstSessionOf.get(session) ?? 0, new: added, total}
  })
}
