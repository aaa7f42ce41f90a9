// The compatible profile: confidence is a share of events, patterns are literal, ports and tool calls are
// ignored. Kept for byte equality with older candidates; it confirms what one busy session likes.
import {literalPattern, segmentsOf} from '../../../formats/path-pattern.js'
import {httpKey, type HttpKey} from '../../../formats/rule-key.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {Aggregate, HttpShape} from './aggregate.js'
import {budgetOf} from './budgets.js'
import {classifyV1, wilsonLowerBound} from './confidence.js'
import type {Inferred, RuleDraft} from './rule-draft.js'
import type {Inference} from './settings.js'
import {Tally} from './tally.js'

interface Group {
  readonly parts: HttpKey
  readonly parent: string | undefined
  events: number
  readonly sessions: Set<number>
  readonly hours: Set<number>
  readonly payload: Tally
  readonly scanner: Tally
}

export function inferV1(aggregate: Aggregate, inference: Inference): Inferred {
  const groups = new Map<string, Group>()
  let total = 0
  for (const shape of aggregate.http.values()) {
    total += shape.sessions.total
    let parent: string | undefined
    for (const parts of keysOf(shape)) parent = feed(groups, parts, parent, shape)
  }
  const rules = [...groups]
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, group]) =>
      draft(key, group, group.parent === undefined ? total : eventsOf(groups, group.parent), inference),
    )
  const sessions = aggregate.sessions.size
  return {rules, sessionCount: sessions, usableSessions: sessions, blockedTraffic: [], unservedTraffic: []}
}

function keysOf(shape: HttpShape): readonly HttpKey[] {
  const {host = '', method, action} = shape
  const path = literalPattern(segmentsOf(shape.path ?? '/'))
  return [{host}, {host, path}, {host, path, method}, {host, path, method, action}]
}

function feed(groups: Map<string, Group>, parts: HttpKey, parent: string | undefined, shape: HttpShape): string {
  const key = httpKey(parts)
  let group = groups.get(key)
  if (!group) {
    group = {
      parts,
      parent,
      events: 0,
      sessions: new Set(),
      hours: new Set(),
      payload: new Tally(),
      scanner: new Tally(),
    }
    groups.set(key, group)
  }
  group.events += shape.sessions.total
  for (const session of shape.sessions.keys()) group.sessions.add(session)
  for (const hour of shape.hours.keys()) group.hours.add(hour)
  if (parts.method !== undefined && parts.action === undefined) {
    group.payload.addAll(shape.payloadBytes)
    group.scanner.addAll(shape.scannerBytes)
  }
  return key
}

function eventsOf(groups: ReadonlyMap<string, Group>, key: string): number {
  return groups.get(key)?.events ?? 0
}

function draft(key: string, group: Group, opportunities: number, inference: Inference): RuleDraft {
  const {host, path, method, action} = group.parts
  const sessions = group.sessions.size
  const windows = group.hours.size
  const counts = {k: group.events, n: opportunities, events: group.events, sessions, windows}
  return {
    key,
    kind: action === undefined ? 'http_destination' : 'http_action',
    host,
    ...(path === undefined ? {} : {path}),
    ...(method === undefined ? {} : {method}),
    ...(action === undefined ? {} : {action}),
    events: group.events,
    sessions,
    opportunities,
    windows,
    windowsWithOpportunity: windows,
    lower: wilsonLowerBound(group.events, opportunities),
    confidence: classifyV1(counts, inference.floors),
    ...(method !== undefined && action === undefined
      ? {budgets: {payload: budgetOf(group.payload), scanner: budgetOf(group.scanner)}}
      : {}),
  }
}
