// The profiles that count sessions: evidence is sessions, and a rule is confirmed only by more of them than a contaminated
// minority could bring. Blocked events never support a destination. How paths become patterns, and how sessions become a class,
// is the profile's own. Published in docs/formats/inference.md and docs/formats/typed-inference.md.
import {segmentsOf} from '../../../formats/path-pattern.js'
import {httpKey, toolKey} from '../../../formats/rule-key.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {hostKey, type Aggregate, type HttpShape, type ToolShape} from './aggregate.js'
import {trafficRows} from './blocked-traffic.js'
import {budgetOf} from './budgets.js'
import {capPatterns, type Capped, type PatternUse} from './cardinality.js'
import type {Confidence} from './confidence.js'
import {LEDGER_VALUES} from './ledger.js'
import type {
  FamilySupport,
  Inferred,
  LearnedParameters,
  LedgerPosition,
  Normalized,
  RuleDraft,
  Tail,
} from './rule-draft.js'
import type {Sessions} from './sessions.js'
import type {Inference} from './settings.js'
import type {Suspects} from './witnesses.js'
import {Tally} from './tally.js'
import {constantsOf, type ConstantTerms} from './tool-arguments.js'

/** What all keys share. */
export interface World {
  readonly aggregate: Aggregate
  readonly inference: Inference
  readonly sessions: Sessions
  readonly usable: ReadonlySet<number>
  /** Windows with a counted event, and with any event. */
  readonly countedHours: number
  readonly allHours: number
}

export function createWorld(aggregate: Aggregate, inference: Inference, sessions: Sessions): World {
  const shapes = [...aggregate.http.values(), ...aggregate.tools.values()]
  const counted = shapes.filter(isCounted)
  return {
    aggregate,
    inference,
    sessions,
    usable: distinctSessions(counted, sessions),
    countedHours: hoursOf(counted).size,
    allHours: hoursOf(shapes).size,
  }
}

/** Everything on one host and port. */
export interface Place {
  readonly host: string
  readonly port: number | undefined
  /** Counted, method not CONNECT. */
  readonly counted: HttpShape[]
  /** Blocked with a path, method not CONNECT. */
  readonly blocked: HttpShape[]
  readonly tunnels: HttpShape[]
  /** Not blocked, but answered with an error by the origin; with a path. */
  readonly unserved: HttpShape[]
}

/** The parts of a rule key. */
export type KeyParts = Pick<RuleDraft, 'host' | 'port' | 'path' | 'method' | 'action' | 'server' | 'tool'>

/** The patterns of one host and port. */
export interface PlacePaths {
  /** Of every counted shape with a path. */
  readonly patterns: ReadonlyMap<HttpShape, string>
  /** Of a path that no wildcard was made from: the pattern that matches it, else its literal one. */
  patternFor(shape: HttpShape): string
  /** Evidence of wildcards, and what a person decided; undefined where there is neither. */
  normalizedOf(parts: KeyParts): Normalized | undefined
  /** Support that a rule shares with rules alike. */
  familyOf(parts: KeyParts): FamilySupport | undefined
}

/** The evidence of one rule. */
export interface Evidence {
  readonly sessions: ReadonlySet<number>
  readonly windows: number
  /** What must reach the event floor; undefined for keys that have none. */
  readonly volume: number | undefined
  readonly family: FamilySupport | undefined
}

export interface Classified {
  readonly lower: number
  readonly confidence: Confidence
  /** Set where it decided. */
  readonly family: FamilySupport | undefined
}

/** What tells one profile from another. */
export interface SessionProfile {
  /** What may be hostile as a whole, and how many of it: sessions, and machines where these count. */
  readonly suspects: readonly Suspects[]
  /** Whether a path with one method, or a request with one action, gets rules of their own besides that of the method. */
  readonly repeatsRules: boolean
  /** Calls of a tool before its arguments are learned. */
  readonly minCalls: number
  /** Whether an argument is constant that `kept` of the sessions `all` keep. */
  isConstant(kept: ReadonlySet<number>, all: ReadonlySet<number>): boolean
  pathsOf(place: Place): PlacePaths
  classify(evidence: Evidence): Classified
  /** What is learned of the parameters of a method on a path; undefined where the profile learns nothing. */
  readonly parametersOf?: (shapes: readonly HttpShape[]) => LearnedParameters
  /** Requests of a host and port, which must reach the event floor. */
  requestsOf(place: Place): number
}

export function inferSessions(world: World, profile: SessionProfile): Inferred {
  const {aggregate, sessions, usable} = world
  const patterns = new Map<HttpShape, string>()
  const drafts = placesOf(aggregate).flatMap((place) => inferPlace(place, world, profile, patterns))
  const rules = [...drafts, ...inferTools(world, profile)]
  const sessionAt = (index: number): number => sessions.at(index)
  return {
    rules: rules.sort((a, b) => compareCodePoints(a.key, b.key)),
    sessionCount: sessions.count,
    usableSessions: usable.size,
    blockedTraffic: trafficRows(aggregate, patterns, sessionAt, ({blocked}) => blocked),
    unservedTraffic: trafficRows(aggregate, patterns, sessionAt, (shape) => 'unserved' in shape && shape.unserved),
    patterns,
    sessions,
  }
}

/** Counted: neither blocked nor refused by its origin. */
export function isCounted(shape: HttpShape | ToolShape): boolean {
  return !shape.blocked && !('unserved' in shape && shape.unserved)
}

/** Distinct sessions of some shapes. */
function distinctSessions(shapes: Iterable<{readonly sessions: Tally}>, sessions: Sessions): ReadonlySet<number> {
  const distinct = new Set<number>()
  for (const shape of shapes) for (const index of shape.sessions.keys()) distinct.add(sessions.at(index))
  return distinct
}

export function hoursOf(shapes: Iterable<{readonly hours: Tally}>): ReadonlySet<number> {
  const hours = new Set<number>()
  for (const shape of shapes) for (const hour of shape.hours.keys()) hours.add(hour)
  return hours
}

function placesOf(aggregate: Aggregate): readonly Place[] {
  const places = new Map<string, Place>()
  for (const shape of aggregate.http.values()) {
    if (shape.host === undefined) continue
    const key = hostKey(shape.host, shape.port)
    let place = places.get(key)
    if (!place) {
      place = {host: shape.host, port: shape.port, counted: [], blocked: [], tunnels: [], unserved: []}
      places.set(key, place)
    }
    if (shape.unserved) {
      if (shape.path !== undefined && shape.method !== 'CONNECT') place.unserved.push(shape)
    } else if (shape.method === 'CONNECT') {
      if (!shape.blocked) place.tunnels.push(shape)
    } else if (!shape.blocked) place.counted.push(shape)
    else if (shape.path !== undefined) place.blocked.push(shape)
  }
  return [...places.values()]
}

function inferPlace(
  place: Place,
  world: World,
  profile: SessionProfile,
  patterns: Map<HttpShape, string>,
): readonly RuleDraft[] {
  const paths = profile.pathsOf(place)
  for (const [shape, pattern] of paths.patterns) patterns.set(shape, pattern)
  for (const shape of [...place.blocked, ...place.unserved]) patterns.set(shape, paths.patternFor(shape))
  const capped = capOf(place, world, profile, patterns)
  const kept = (shape: HttpShape): boolean => {
    const pattern = patterns.get(shape)
    return pattern !== undefined && capped.kept.has(pattern)
  }
  const base = {host: place.host, ...(place.port === undefined ? {} : {port: place.port})}
  const drafts: RuleDraft[] = []
  const scene = {world, profile}
  if (place.counted.length > 0) drafts.push(hostDraft(place, base, scene, capped.tail))
  if (place.tunnels.length > 0) drafts.push(draft({...base, method: 'CONNECT'}, place.tunnels, scene, {}))
  const groups = new Map<string, Group>()
  const feed = (parts: KeyParts, shape: HttpShape): void => {
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
  for (const {parts, shapes} of groups.values()) {
    if (profile.repeatsRules || !isRepeated(parts, shapes, groups)) drafts.push(pathDraft(parts, shapes, paths, scene))
  }
  return drafts
}

interface Group {
  readonly parts: KeyParts
  readonly shapes: HttpShape[]
}

/**
 * True where a rule has the requests of its method rule and no others: of a path with one method, of its one action. Blocked
 * requests are never those of the method rule.
 */
function isRepeated(parts: KeyParts, shapes: readonly HttpShape[], groups: ReadonlyMap<string, Group>): boolean {
  const {action, ...rest} = parts
  const method = parts.method ?? shapes[0]?.method ?? ''
  if (parts.method !== undefined && action === undefined) return false
  const narrow = groups.get(httpKey({host: parts.host ?? '', ...rest, method}))
  return narrow?.shapes.length === shapes.length && shapes.every(isCounted)
}

function capOf(
  place: Place,
  {sessions, inference}: World,
  {suspects}: SessionProfile,
  patterns: ReadonlyMap<HttpShape, string>,
): Capped {
  const uses = new Map<string, {readonly sessions: Set<number>; events: number}>()
  for (const shape of place.counted) {
    const pattern = patterns.get(shape)
    if (pattern === undefined) continue
    let use = uses.get(pattern)
    if (!use) uses.set(pattern, (use = {sessions: new Set(), events: 0}))
    for (const [index, events] of shape.sessions.entries()) {
      use.sessions.add(sessions.at(index))
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
    {...inference.normalization, suspects},
  )
}

/** What drafts are made with. */
interface Scene {
  readonly world: World
  readonly profile: SessionProfile
}

function hostDraft(place: Place, base: KeyParts, scene: Scene, tail: Tail | undefined): RuleDraft {
  return draft(base, place.counted, scene, {volume: scene.profile.requestsOf(place), ...(tail ? {tail} : {})})
}

function pathDraft(parts: KeyParts, shapes: readonly HttpShape[], paths: PlacePaths, scene: Scene): RuleDraft {
  const normalized = paths.normalizedOf(parts)
  const family = parts.action === undefined ? paths.familyOf(parts) : undefined
  const isMethodLevel = parts.method !== undefined && parts.action === undefined
  const parameters = isMethodLevel ? scene.profile.parametersOf?.(shapes) : undefined
  return draft(parts, shapes, scene, {
    ...(normalized ? {normalized} : {}),
    ...(normalized && normalized.collapsed.length > 0 ? {ledger: ledgerOf(normalized, shapes)} : {}),
    ...(isMethodLevel ? {budgets: budgetsOf(shapes)} : {}),
    ...(family ? {family} : {}),
    ...(parameters ? {parameters} : {}),
  })
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

function inferTools(world: World, profile: SessionProfile): readonly RuleDraft[] {
  const {aggregate, sessions} = world
  const counted = [...aggregate.tools.values()].filter((shape) => !shape.blocked)
  const calls = new Map<string, number>()
  for (const shape of counted) calls.set(shape.server, (calls.get(shape.server) ?? 0) + shape.sessions.total)
  const terms: ConstantTerms = {
    sessionOf: (index) => sessions.at(index),
    isConstant: (kept, all) => profile.isConstant(kept, all),
  }
  return counted.map((shape) => {
    const args = shape.sessions.total >= profile.minCalls ? constantsOf(shape.args, terms) : []
    const {server, tool} = shape
    const extras = {volume: calls.get(server) ?? 0, ...(args.length > 0 ? {args} : {})}
    return draft({server, tool}, [shape], {world, profile}, extras)
  })
}

type Extras = Pick<RuleDraft, 'normalized' | 'ledger' | 'budgets' | 'tail' | 'args' | 'family' | 'parameters'> & {
  readonly volume?: number
}

function draft(
  parts: KeyParts,
  shapes: readonly (HttpShape | ToolShape)[],
  {world, profile}: Scene,
  extras: Extras,
): RuleDraft {
  const {usable} = world
  const {volume, family: candidate, ...rest} = extras
  let events = 0
  for (const shape of shapes) events += shape.sessions.total
  // sessions of only blocked events are not usable: an http_action may have none
  const sessions = new Set([...distinctSessions(shapes, world.sessions)].filter((session) => usable.has(session)))
  const windows = hoursOf(shapes).size
  const isAction = parts.action !== undefined
  const {lower, confidence, family} = profile.classify({sessions, windows, volume, family: candidate})
  return {
    ...parts,
    ...rest,
    key:
      parts.host === undefined ? toolKey(parts.server ?? '', parts.tool ?? '') : httpKey({...parts, host: parts.host}),
    kind: parts.host === undefined ? 'mcp_tool_call' : isAction ? 'http_action' : 'http_destination',
    events,
    sessions: sessions.size,
    opportunities: usable.size,
    windows,
    windowsWithOpportunity: isAction ? world.allHours : world.countedHours,
    lower,
    confidence,
    ...(family ? {family} : {}),
  }
}
