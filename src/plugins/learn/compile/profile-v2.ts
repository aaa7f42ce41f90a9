// The default profile: evidence is sessions, and a rule is confirmed only by more of them than a contaminated
// minority could bring. Sessions that begin in the same window count as one; blocked events never support a destination.
// Published in docs/formats/inference.md.
import {literalPattern, parsePattern, segmentsOf, SetApart} from '../../../formats/path-pattern.js'
import {httpKey, toolKey} from '../../../formats/rule-key.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {hostKey, type Aggregate, type HttpShape, type ToolShape} from './aggregate.js'
import {pinsAt, splitsAt, type Base} from './base.js'
import {blockedTraffic} from './blocked-traffic.js'
import {budgetOf} from './budgets.js'
import {capPatterns, type Capped, type PatternUse} from './cardinality.js'
import {classifyV2, wilsonLowerBound} from './confidence.js'
import {LEDGER_VALUES} from './ledger.js'
import {buildTrie, patternFor, patternsOf, pinnedValues, type TrieNode, type TriePattern} from './path-trie.js'
import {suspectsOf, type ConfidenceOf} from './minority.js'
import type {Inferred, LedgerPosition, Normalized, RuleDraft, Tail} from './rule-draft.js'
import type {Inference} from './settings.js'
import {Tally} from './tally.js'
import {constantsOf, type ConstantTerms} from './tool-arguments.js'

/** What all keys share. */
interface World {
  readonly inference: Inference
  readonly sessionAt: (index: number) => number
  readonly usable: ReadonlySet<number>
  readonly confidenceOf: ConfidenceOf
  /** Usable sessions that may be hostile. */
  readonly suspects: number
  readonly countedHours: number
  readonly allHours: number
  readonly base: Base | undefined
}

/** Everything on one host and port. */
interface Place {
  readonly host: string
  readonly port: number | undefined
  /** Counted, method not CONNECT. */
  readonly counted: HttpShape[]
  /** Blocked with a path, method not CONNECT. */
  readonly blocked: HttpShape[]
  readonly tunnels: HttpShape[]
}

type Parts = Pick<RuleDraft, 'host' | 'port' | 'path' | 'method' | 'action' | 'server' | 'tool'>

/** `base`: the candidate whose pins and splits still hold. */
export function inferV2(aggregate: Aggregate, inference: Inference, base?: Base): Inferred {
  const starts: number[] = []
  for (const session of aggregate.sessions.values()) starts[session.index] = session.startHour
  const sessionAt = (index: number): number => starts[index] ?? 0
  const shapes = [...aggregate.http.values(), ...aggregate.tools.values()]
  const counted = shapes.filter((shape) => !shape.blocked)
  const usable = sessionsOf(counted, sessionAt)
  const world: World = {
    inference,
    sessionAt,
    usable,
    // sessions begin in windows of their own, and paths have no floor of events
    confidenceOf(sessions, leftOut = 0) {
      const [k, n] = [sessions - leftOut, usable.size - leftOut]
      return classifyV2({k, n, windows: k, volume: undefined}, inference.floors, inference.contaminationBound)
    },
    suspects: suspectsOf(inference.contaminationBound, usable.size),
    countedHours: hoursOf(counted).size,
    allHours: hoursOf(shapes).size,
    base,
  }
  const drafts: RuleDraft[] = []
  const patterns = new Map<HttpShape, string>()
  for (const place of placesOf(aggregate)) drafts.push(...inferPlace(place, aggregate, world, patterns))
  drafts.push(...inferTools(aggregate, world))
  return {
    rules: drafts.sort((a, b) => compareCodePoints(a.key, b.key)),
    sessionCount: new Set(starts).size,
    usableSessions: world.usable.size,
    blockedTraffic: blockedTraffic(aggregate, patterns, sessionAt),
    patterns,
  }
}

function sessionsOf(
  shapes: Iterable<{readonly sessions: Tally}>,
  sessionAt: (index: number) => number,
): ReadonlySet<number> {
  const sessions = new Set<number>()
  for (const shape of shapes) for (const index of shape.sessions.keys()) sessions.add(sessionAt(index))
  return sessions
}

function hoursOf(shapes: Iterable<{readonly hours: Tally}>): ReadonlySet<number> {
  const hours = new Set<number>()
  for (const shape of shapes) for (const hour of shape.hours.keys()) hours.add(hour)
  return hours
}

function placesOf(aggregate: Aggregate): Iterable<Place> {
  const places = new Map<string, Place>()
  for (const shape of aggregate.http.values()) {
    if (shape.host === undefined) continue
    const key = hostKey(shape.host, shape.port)
    let place = places.get(key)
    if (!place) {
      place = {host: shape.host, port: shape.port, counted: [], blocked: [], tunnels: []}
      places.set(key, place)
    }
    if (shape.method === 'CONNECT') {
      if (!shape.blocked) place.tunnels.push(shape)
    } else if (!shape.blocked) place.counted.push(shape)
    else if (shape.path !== undefined) place.blocked.push(shape)
  }
  return places.values()
}

interface Bucket {
  readonly trie: TrieNode
  readonly patterns: ReadonlyMap<string, TriePattern>
}

function inferPlace(
  place: Place,
  aggregate: Aggregate,
  world: World,
  patterns: Map<HttpShape, string>,
): readonly RuleDraft[] {
  const {normalization} = world.inference
  const buckets = bucketsOf(place, world)
  for (const bucket of buckets.values()) {
    for (const {pattern, shapes} of bucket.patterns.values()) for (const shape of shapes) patterns.set(shape, pattern)
  }
  const pins = pinsAt(world.base, hostKey(place.host, place.port))
  const apart = new SetApart([...pinnedValues(normalization), ...pins])
  for (const shape of place.blocked) {
    const path = shape.path ?? '/'
    const trie = buckets.get(shape.method)?.trie
    patterns.set(shape, (trie && patternFor(trie, path, apart)) ?? literalPattern(segmentsOf(path)))
  }
  const capped = capOf(place, world, patterns)
  const kept = (shape: HttpShape): boolean => {
    const pattern = patterns.get(shape)
    return pattern !== undefined && capped.kept.has(pattern)
  }
  const base = {host: place.host, ...(place.port === undefined ? {} : {port: place.port})}
  const drafts: RuleDraft[] = []
  if (place.counted.length > 0) drafts.push(hostDraft(place, base, aggregate, world, capped.tail))
  if (place.tunnels.length > 0) drafts.push(draft({...base, method: 'CONNECT'}, place.tunnels, world, {}))
  const groups = new Map<string, {readonly parts: Parts; readonly shapes: HttpShape[]}>()
  const feed = (parts: Parts, shape: HttpShape): void => {
    const key = httpKey({host: place.host, ...parts})
    const group = groups.get(key)
    if (group) group.shapes.push(shape)
    else groups.set(key, {parts, shapes: [shape]})
  }
  for (const shape of place.counted) {
    if (!kept(shape)) continue
    const path = patterns.get(shape) ?? '/'
    feed({...base, path}, shape)
    feed({...base, path, method: shape.method}, shape)
    feed({...base, path, method: shape.method, action: shape.action}, shape)
  }
  for (const shape of place.blocked) {
    if (kept(shape))
      feed({...base, path: patterns.get(shape) ?? '/', method: shape.method, action: shape.action}, shape)
  }
  for (const {parts, shapes} of groups.values()) drafts.push(pathDraft(parts, shapes, {buckets, pins}, world))
  return drafts
}

function bucketsOf(place: Place, world: World): ReadonlyMap<string, Bucket> {
  const byMethod = new Map<string, HttpShape[]>()
  for (const shape of place.counted) {
    if (shape.path === undefined) continue
    const shapes = byMethod.get(shape.method)
    if (shapes) shapes.push(shape)
    else byMethod.set(shape.method, [shape])
  }
  const {normalization} = world.inference
  const key = hostKey(place.host, place.port)
  const pinned = new Set([...pinnedValues(normalization), ...pinsAt(world.base, key)])
  const buckets = new Map<string, Bucket>()
  for (const [method, shapes] of byMethod) {
    const edits = {pinned, splits: splitsAt(world.base, key, method)}
    const trie = buildTrie(shapes, world.sessionAt, normalization, world.confidenceOf, edits, world.suspects)
    buckets.set(method, {trie, patterns: new Map([...patternsOf(trie)].map((each) => [each.pattern, each]))})
  }
  return buckets
}

function capOf(place: Place, world: World, patterns: ReadonlyMap<HttpShape, string>): Capped {
  const uses = new Map<string, {readonly sessions: Set<number>; events: number}>()
  for (const shape of place.counted) {
    const pattern = patterns.get(shape)
    if (pattern === undefined) continue
    let use = uses.get(pattern)
    if (!use) uses.set(pattern, (use = {sessions: new Set(), events: 0}))
    for (const [index, events] of shape.sessions.entries()) {
      use.sessions.add(world.sessionAt(index))
      use.events += events
    }
  }
  const blockedOnly = new Map<string, number>()
  for (const shape of place.blocked) {
    const pattern = patterns.get(shape)
    if (pattern === undefined || uses.has(pattern)) continue
    blockedOnly.set(pattern, (blockedOnly.get(pattern) ?? 0) + shape.sessions.total)
  }
  return capPatterns(
    [...uses].map(([pattern, use]): PatternUse => ({pattern, ...use})),
    [...blockedOnly].map(([pattern, events]) => ({pattern, events})),
    {...world.inference.normalization, suspects: world.suspects},
  )
}

function hostDraft(place: Place, base: Parts, aggregate: Aggregate, world: World, tail: Tail | undefined): RuleDraft {
  const requests = aggregate.requests.get(hostKey(place.host, place.port))
  const volume = requests ? requests.untraced + requests.traced.size : 0
  return draft(base, place.counted, world, {volume, ...(tail ? {tail} : {})})
}

/** What the paths of one host and port were normalised with. */
interface Normalizing {
  readonly buckets: ReadonlyMap<string, Bucket>
  readonly pins: ReadonlySet<string>
}

function pathDraft(parts: Parts, shapes: readonly HttpShape[], normalizing: Normalizing, world: World): RuleDraft {
  const normalized = parts.path?.includes('*') || world.base ? normalizedOf(parts, normalizing) : undefined
  const isMethodLevel = parts.method !== undefined && parts.action === undefined
  return draft(parts, shapes, world, {
    ...(normalized ? {normalized} : {}),
    ...(normalized && normalized.collapsed.length > 0 ? {ledger: ledgerOf(normalized, shapes)} : {}),
    ...(isMethodLevel ? {budgets: budgetsOf(shapes)} : {}),
  })
}

/**
 * Evidence of the collapse, and what a person decided: from the rule's own trie, on a path-level rule from that of the
 * byte-smallest method with this pattern. Splits and pins are written again, so that they outlive the next compile too.
 */
function normalizedOf(parts: Parts, {buckets, pins}: Normalizing): Normalized | undefined {
  const path = parts.path ?? ''
  const methods = parts.method === undefined ? [...buckets.keys()].sort(compareCodePoints) : [parts.method]
  const holdsPin = pins.size > 0 && parsePattern(path)?.some((part) => typeof part === 'string' && pins.has(part))
  for (const method of methods) {
    const pattern = buckets.get(method)?.patterns.get(path)
    if (!pattern || (pattern.collapsed.length === 0 && pattern.split.length === 0 && !holdsPin)) continue
    const {collapsed, split, parentPrefix} = pattern
    return {host: parts.host ?? '', method, parentPrefix, collapsed, split, pins: [...pins]}
  }
  return undefined
}

function ledgerOf(normalized: Normalized, shapes: readonly HttpShape[]): readonly LedgerPosition[] {
  return normalized.collapsed.map(({index}) => {
    const counts = new Map<string, number>()
    for (const shape of shapes) {
      const value = segmentsOf(shape.path ?? '/')[index - 1] ?? ''
      counts.set(value, (counts.get(value) ?? 0) + shape.sessions.total)
    }
    const values = [...counts]
      .sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
      .slice(0, LEDGER_VALUES)
      .map(([value, event_count]) => ({event_count, value}))
    return {index, values}
  })
}

function budgetsOf(shapes: readonly HttpShape[]): NonNullable<RuleDraft['budgets']> {
  const payload = budgetOf(together(shapes.map((shape) => shape.payloadBytes)))
  return {payload, scanner: budgetOf(together(shapes.map((shape) => shape.scannerBytes)))}
}

function together(tallies: readonly Tally[]): Tally {
  const [only, ...others] = tallies
  if (only && others.length === 0) return only
  const all = new Tally()
  for (const tally of tallies) all.addAll(tally)
  return all
}

function inferTools(aggregate: Aggregate, world: World): readonly RuleDraft[] {
  const {floors} = world.inference
  const counted = [...aggregate.tools.values()].filter((shape) => !shape.blocked)
  const calls = new Map<string, number>()
  for (const shape of counted) calls.set(shape.server, (calls.get(shape.server) ?? 0) + shape.sessions.total)
  const terms: ConstantTerms = {
    sessionOf: world.sessionAt,
    minSessions: floors.sessions,
    minWindows: floors.windows,
    suspects: world.suspects,
  }
  return counted.map((shape) => {
    const args = shape.sessions.total >= floors.events ? constantsOf(shape.args, terms) : []
    const {server, tool} = shape
    return draft({server, tool}, [shape], world, {
      volume: calls.get(server) ?? 0,
      ...(args.length > 0 ? {args} : {}),
    })
  })
}

type Extras = Pick<RuleDraft, 'normalized' | 'ledger' | 'budgets' | 'tail' | 'args'> & {readonly volume?: number}

function draft(parts: Parts, shapes: readonly (HttpShape | ToolShape)[], world: World, extras: Extras): RuleDraft {
  const {inference, usable} = world
  const {volume, ...rest} = extras
  let events = 0
  for (const shape of shapes) events += shape.sessions.total
  // sessions of only blocked events are not usable: an http_action may have none
  let k = 0
  for (const session of sessionsOf(shapes, world.sessionAt)) if (usable.has(session)) k++
  const n = usable.size
  const windows = hoursOf(shapes).size
  const isAction = parts.action !== undefined
  return {
    ...parts,
    ...rest,
    key:
      parts.host === undefined ? toolKey(parts.server ?? '', parts.tool ?? '') : httpKey({...parts, host: parts.host}),
    kind: parts.host === undefined ? 'mcp_tool_call' : isAction ? 'http_action' : 'http_destination',
    events,
    sessions: k,
    opportunities: n,
    windows,
    windowsWithOpportunity: isAction ? world.allHours : world.countedHours,
    lower: wilsonLowerBound(k, n),
    confidence: classifyV2({k, n, windows, volume}, inference.floors, inference.contaminationBound),
  }
}
