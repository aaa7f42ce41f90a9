// The coverage file beside a candidate: what grew from session to session and what was blocked, as `learn review --html`
// shows it. It is local like the segment ledger, bound to the contract by its hash, and holds what no signed document
// should: texts of blocked requests. The order of the input never shows: sessions stand in the order of time.
import {httpKey, toolKey} from '../../../formats/rule-key.js'
import {formatSeconds} from '../../../lib/timestamp.js'
import type {Aggregate, HttpShape} from './aggregate.js'
import type {BlockedTraffic, Inferred} from './rule-draft.js'
import type {Sessions} from './sessions.js'
import type {Profile} from './settings.js'
import {isCounted} from './profile-sessions.js'
import {sortedJson} from './sorted-json.js'
import {Tally} from './tally.js'

export const COVERAGE_VERSION = 1
const MAX_ROWS = 200
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
export function coverageText(
  aggregate: Aggregate,
  inferred: Inferred,
  contractHash: string,
  profile: Profile,
): string | undefined {
  const {patterns, sessions: counted} = inferred
  if (!patterns || !counted) return undefined
  const keys = incidenceOf(aggregate, patterns, counted)
  const frequencies = new Tally()
  let events = 0
  let singletonEvents = 0
  for (const sessions of keys.values()) {
    frequencies.add(sessions.distinct)
    events += sessions.total
    if (sessions.distinct === 1) singletonEvents += sessions.total
  }
  const sessions = growthOf(keys.values(), usableSessions(aggregate, counted), counted)
  const [blocked, unserved] = [boundedRows(inferred.blockedTraffic), boundedRows(inferred.unservedTraffic)]
  return sortedJson({
    blocked: blocked.rows,
    blocked_more: blocked.more,
    contract_hash: contractHash,
    coverage_version: COVERAGE_VERSION,
    events,
    frequencies: [...frequencies.entries()].sort((a, b) => a[0] - b[0]).map(([f, q]) => ({keys: q, sessions: f})),
    keys: keys.size,
    sessions: sessions.map((session) => ({...session})),
    singleton_events: singletonEvents,
    unclassified_events: aggregate.actionClasses.get('unclassified') ?? 0,
    all_events: aggregate.events,
    ...(profile === 'wilson_lb_v3' ? {unserved: unserved.rows, unserved_more: unserved.more} : {}),
  })
}

/** The first rows in byte order, and the number of the others. */
function boundedRows(rows: readonly BlockedTraffic[]) {
  const shown = rows.slice(0, MAX_ROWS).map(({text, events, sessions}) => ({events, sessions, text}))
  return {rows: shown, more: rows.length - shown.length}
}

/** Pattern (method level, tunnel or tool: what ratify enforces by default) → session → counted events. */
function incidenceOf(
  aggregate: Aggregate,
  patterns: ReadonlyMap<HttpShape, string>,
  counted: Sessions,
): ReadonlyMap<string, Tally> {
  const keys = new Map<string, Tally>()
  const feed = (key: string, sessions: Tally): void => {
    let known = keys.get(key)
    if (!known) keys.set(key, (known = new Tally()))
    for (const [index, events] of sessions.entries()) known.add(counted.at(index), events)
  }
  for (const shape of aggregate.http.values()) {
    if (!isCounted(shape) || shape.host === undefined) continue
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
    if (isCounted(shape)) feed(toolKey(shape.server, shape.tool), shape.sessions)
  }
  return keys
}

/** Sessions with a counted event, in the order of time. */
function usableSessions(aggregate: Aggregate, counted: Sessions): readonly number[] {
  const sessions = new Set<number>()
  for (const shape of [...aggregate.http.values(), ...aggregate.tools.values()]) {
    if (isCounted(shape)) for (const index of shape.sessions.keys()) sessions.add(counted.at(index))
  }
  return [...sessions].sort((a, b) => a - b)
}

function growthOf(keys: Iterable<Tally>, sessions: readonly number[], counted: Sessions): readonly CoverageSession[] {
  const keysBySession = new Tally()
  const fresh = new Tally()
  for (const tally of keys) {
    let first = Infinity
    for (const session of tally.keys()) {
      keysBySession.add(session)
      if (session < first) first = session
    }
    fresh.add(first)
  }
  const keysOf = new Map(keysBySession.entries())
  const freshAt = new Map(fresh.entries())
  let total = 0
  return sessions.map((session) => {
    const added = freshAt.get(session) ?? 0
    total += added
    return {start: formatSeconds(counted.hourOf(session) * HOUR_MS), keys: keysOf.get(session) ?? 0, new: added, total}
  })
}
