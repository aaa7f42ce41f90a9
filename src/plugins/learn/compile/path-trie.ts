// Path normalisation under wilson_lb_v2 (learn §6.2): one trie per host, port and method; at each node the values that are
// not set apart are merged into a wildcard when enough different sessions brought enough different values. Events alone
// never widen a rule: one session counts for at most four values of a position (defaults). Nor does a minority: what the
// others do every day is not merged because of values that too few sessions brought to confirm anything.
import {isWild, patternSegment, RESERVED_SEGMENTS, segmentsOf} from '../../../core/formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {HttpShape} from './aggregate.js'
import {sixDecimals, type Confidence} from './confidence.js'
import {COLLAPSE_REASON, decidePosition, type CollapsedSegment, type RetainedSegment, SPLIT_REASON} from './segments.js'
import type {Normalization} from './settings.js'
import {Tally} from './tally.js'

export interface TrieNode {
  /** By canonical segment. */
  readonly children: Map<string, TrieNode>
  wild: {readonly node: TrieNode; readonly distinct: number; readonly entropy: number} | undefined
  /** A person split this position: its values stay literals (learn §11, `--base`). */
  isSplit: boolean
  /** Session → events that pass through or end here. */
  readonly sessions: Tally
  /** Shapes whose path ends here; never merged with deeper ones. */
  readonly shapes: HttpShape[]
}

function emptyNode(): TrieNode {
  return {children: new Map(), wild: undefined, isSplit: false, sessions: new Tally(), shapes: []}
}

/** What is never covered by a wildcard besides the built-in list: it stands in pinned_segments of every collapse. */
export function pinnedValues(normalization: Normalization): ReadonlySet<string> {
  return new Set([...normalization.reservedExtra, ...normalization.highRiskSiblings])
}

/** The class that a number of sessions gives a rule. */
export type ConfidenceOf = (sessions: number) => Confidence

/** What a person decided about one host, port and method. */
export interface TrieEdits {
  /** Never covered by a wildcard, besides the built-in list. */
  readonly pinned: ReadonlySet<string>
  /** Patterns above positions that never collapse. */
  readonly splits: ReadonlySet<string>
}

/** The trie of counted shapes with a path, collapsed. `sessionAt` maps recorder sessions to the sessions that count, `suspects` of which may be hostile. */
export function buildTrie(
  shapes: Iterable<HttpShape>,
  sessionAt: (index: number) => number,
  normalization: Normalization,
  confidenceOf: ConfidenceOf,
  edits: TrieEdits = {pinned: pinnedValues(normalization), splits: new Set()},
  suspects = 1,
): TrieNode {
  const root = emptyNode()
  for (const shape of shapes) insert(root, shape, sessionAt)
  collapse(root, {normalization, confidenceOf, suspects, ...edits}, '')
  return root
}

function insert(root: TrieNode, shape: HttpShape, sessionAt: (index: number) => number): void {
  const passing = new Tally()
  for (const [index, events] of shape.sessions.entries()) passing.add(sessionAt(index), events)
  let node = root
  node.sessions.addAll(passing)
  for (const segment of segmentsOf(shape.path ?? '/')) {
    let child = node.children.get(segment)
    if (!child) {
      child = emptyNode()
      node.children.set(segment, child)
    }
    child.sessions.addAll(passing)
    node = child
  }
  node.shapes.push(shape)
}

/** What decides at every node. */
interface Terms extends TrieEdits {
  readonly normalization: Normalization
  readonly confidenceOf: ConfidenceOf
  readonly suspects: number
}

/** `prefix` is the pattern of the node; it is only kept while there are splits to look for. */
function collapse(node: TrieNode, terms: Terms, prefix: string): void {
  const {normalization, pinned, splits} = terms
  node.isSplit = splits.has(prefix)
  const below = (text: string): string => (splits.size === 0 ? '' : `${prefix}/${text}`)
  const free = [...node.children].filter(([value]) => !RESERVED_SEGMENTS.has(value) && !pinned.has(value))
  if (!node.isSplit && free.length >= normalization.minDistinctValues) {
    const verdict = decidePosition(sessionCounts(free, normalization.minDistinctValues), normalization)
    if (verdict.collapse && !hangsOnFew(free, terms)) {
      const merged = emptyNode()
      for (const [value, child] of free) {
        merge(merged, child)
        node.children.delete(value)
      }
      node.wild = {node: merged, distinct: free.length, entropy: verdict.entropy}
      collapse(merged, terms, below('*'))
    }
  }
  for (const [value, child] of node.children) collapse(child, terms, below(patternSegment(value)))
}

type Value = readonly [value: string, child: TrieNode]

/**
 * Two hostile sessions can bring so many values, each asked for so often, that the entropy of a position passes the
 * threshold; merged with the paths that every session asks for, their values would be confirmed by them. So a collapse
 * that the confirmed values alone do not make must rest on sessions with other values: as many as confirm a rule, with two
 * of them or more each, or a stable share with one (one odd value in a session is what a mistyped path looks like). Where
 * nothing is confirmed there is nothing to ride on (learn §6.2, §7.2).
 */
function hangsOnFew(free: readonly Value[], {normalization, confidenceOf, suspects}: Terms): boolean {
  const isConfirmed = ([, child]: Value): boolean => confidenceOf(child.sessions.distinct) !== 'never_confirmed'
  const confirmed = free.filter(isConfirmed)
  if (confirmed.length === 0) return false
  if (decidePosition(sessionCounts(confirmed, normalization.minDistinctValues), normalization).collapse) return false
  const others = new Tally()
  for (const value of free) if (!isConfirmed(value)) for (const session of value[1].sessions.keys()) others.add(session)
  const withMore = [...others.entries()].filter(([, values]) => values > 1).length
  if (confidenceOf(withMore) === 'never_confirmed' && confidenceOf(others.distinct) !== 'stable') return true
  return !collapsesWithout(suspects, free, new Set(confirmed.map(([value]) => value)), normalization)
}

/** Whether the position collapses without the sessions that count for most values that are not confirmed: they may be hostile. */
function collapsesWithout(
  suspects: number,
  free: readonly Value[],
  confirmed: ReadonlySet<string>,
  normalization: Normalization,
): boolean {
  const odd = (values: readonly string[]): number => values.filter((value) => !confirmed.has(value)).length
  const counted = [...countedValues(free, normalization.minDistinctValues)].sort(
    ([a, x], [b, y]) => odd(y) - odd(x) || a - b,
  )
  return decidePosition(countsOf(counted.slice(suspects).map(([, values]) => values)), normalization).collapse
}

/** Session → the values that it counts for: those that it has most events of. */
function countedValues(free: readonly Value[], minDistinctValues: number): ReadonlyMap<number, readonly string[]> {
  const limit = Math.max(1, minDistinctValues - 1)
  const bySession = new Map<number, (readonly [value: string, events: number])[]>()
  for (const [value, child] of free) {
    for (const [session, events] of child.sessions.entries()) {
      const seen = bySession.get(session)
      if (seen) seen.push([value, events])
      else bySession.set(session, [[value, events]])
    }
  }
  const counted = new Map<number, readonly string[]>()
  for (const [session, seen] of bySession) {
    if (seen.length > limit) seen.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
    counted.set(
      session,
      seen.slice(0, limit).map(([value]) => value),
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

function sessionCounts(free: readonly Value[], minDistinctValues: number): ReadonlyMap<string, number> {
  return countsOf(countedValues(free, minDistinctValues).values())
}

function merge(into: TrieNode, from: TrieNode): void {
  into.sessions.addAll(from.sessions)
  for (const shape of from.shapes) into.shapes.push(shape)
  for (const [value, child] of from.children) {
    const known = into.children.get(value)
    if (known) merge(known, child)
    else into.children.set(value, child)
  }
}

export interface TriePattern {
  readonly pattern: string
  readonly shapes: readonly HttpShape[]
  readonly parentPrefix: string
  readonly collapsed: readonly CollapsedSegment[]
  /** Literals of positions that a person split. */
  readonly split: readonly RetainedSegment[]
}

/** Every pattern that some path ends at. */
export function* patternsOf(root: TrieNode): Generator<TriePattern> {
  yield* walk(root, '', {parentPrefix: '', collapsed: [], split: []})
}

type Evidence = Pick<TriePattern, 'parentPrefix' | 'collapsed' | 'split'>

function* walk(node: TrieNode, prefix: string, above: Evidence): Generator<TriePattern> {
  if (node.shapes.length > 0) yield {pattern: prefix || '/', shapes: node.shapes, ...above}
  for (const [value, child] of node.children) {
    const split = node.isSplit ? [...above.split, operatorSplit(prefix.split('/').length, value)] : above.split
    yield* walk(child, `${prefix}/${patternSegment(value)}`, split === above.split ? above : {...above, split})
  }
  if (!node.wild) return
  const evidence: CollapsedSegment = {
    index: prefix.split('/').length,
    distinct_values: node.wild.distinct,
    event_count: node.wild.node.sessions.total,
    entropy: sixDecimals(node.wild.entropy),
    reason: COLLAPSE_REASON,
  }
  yield* walk(node.wild.node, `${prefix}/*`, {
    parentPrefix: above.collapsed.length === 0 ? prefix : above.parentPrefix,
    collapsed: [...above.collapsed, evidence],
    split: above.split,
  })
}

function operatorSplit(index: number, value: string): RetainedSegment {
  return {index, value, reason: SPLIT_REASON}
}

/** The pattern that matches a path as a wildcard would at runtime; at most one does. */
export function patternFor(root: TrieNode, path: string, pinned: ReadonlySet<string>): string | undefined {
  let node = root
  let prefix = ''
  for (const segment of segmentsOf(path)) {
    const child = node.children.get(segment)
    if (child) {
      node = child
      prefix += `/${patternSegment(segment)}`
    } else if (node.wild && isWild(segment, pinned)) {
      node = node.wild.node
      prefix += '/*'
    } else return undefined
  }
  return node.shapes.length > 0 ? prefix || '/' : undefined
}
