// Path normalisation under wilson_lb_v2 (learn §6.2): one trie per host, port and method; at each node the values that are
// not set apart are merged into a wildcard when enough different sessions brought enough different values. Events alone
// never widen a rule: one session counts for at most four values of a position (defaults).
import {isWild, patternSegment, RESERVED_SEGMENTS, segmentsOf} from '../../../core/formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {HttpShape} from './aggregate.js'
import {sixDecimals} from './confidence.js'
import {COLLAPSE_REASON, decidePosition, type CollapsedSegment} from './segments.js'
import type {Normalization} from './settings.js'
import {Tally} from './tally.js'

export interface TrieNode {
  /** By canonical segment. */
  readonly children: Map<string, TrieNode>
  wild: {readonly node: TrieNode; readonly distinct: number; readonly entropy: number} | undefined
  /** Session → events that pass through or end here. */
  readonly sessions: Tally
  /** Shapes whose path ends here; never merged with deeper ones. */
  readonly shapes: HttpShape[]
}

function emptyNode(): TrieNode {
  return {children: new Map(), wild: undefined, sessions: new Tally(), shapes: []}
}

/** What is never covered by a wildcard besides the built-in list: it stands in pinned_segments of every collapse. */
export function pinnedValues(normalization: Normalization): ReadonlySet<string> {
  return new Set([...normalization.reservedExtra, ...normalization.highRiskSiblings])
}

/** The trie of counted shapes with a path, collapsed. `sessionAt` maps recorder sessions to the sessions that count. */
export function buildTrie(
  shapes: Iterable<HttpShape>,
  sessionAt: (index: number) => number,
  normalization: Normalization,
): TrieNode {
  const root = emptyNode()
  for (const shape of shapes) insert(root, shape, sessionAt)
  collapse(root, normalization, pinnedValues(normalization))
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

function collapse(node: TrieNode, normalization: Normalization, pinned: ReadonlySet<string>): void {
  const free = [...node.children].filter(([value]) => !RESERVED_SEGMENTS.has(value) && !pinned.has(value))
  if (free.length >= normalization.minDistinctValues) {
    const verdict = decidePosition(sessionCounts(free, normalization.minDistinctValues), normalization)
    if (verdict.collapse) {
      const merged = emptyNode()
      for (const [value, child] of free) {
        merge(merged, child)
        node.children.delete(value)
      }
      node.wild = {node: merged, distinct: free.length, entropy: verdict.entropy}
      collapse(merged, normalization, pinned)
    }
  }
  for (const child of node.children.values()) collapse(child, normalization, pinned)
}

/** Value → sessions it was seen in, where a session counts only for the values that it has most events of. */
function sessionCounts(
  free: readonly (readonly [value: string, child: TrieNode])[],
  minDistinctValues: number,
): ReadonlyMap<string, number> {
  const limit = Math.max(1, minDistinctValues - 1)
  const bySession = new Map<number, (readonly [value: string, events: number])[]>()
  for (const [value, child] of free) {
    for (const [session, events] of child.sessions.entries()) {
      const seen = bySession.get(session)
      if (seen) seen.push([value, events])
      else bySession.set(session, [[value, events]])
    }
  }
  const counts = new Map<string, number>()
  for (const seen of bySession.values()) {
    if (seen.length > limit) seen.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]))
    for (const [value] of seen.slice(0, limit)) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
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
}

/** Every pattern that some path ends at. */
export function* patternsOf(root: TrieNode): Generator<TriePattern> {
  yield* walk(root, '', '', [])
}

function* walk(
  node: TrieNode,
  prefix: string,
  parentPrefix: string,
  collapsed: readonly CollapsedSegment[],
): Generator<TriePattern> {
  if (node.shapes.length > 0) yield {pattern: prefix || '/', shapes: node.shapes, parentPrefix, collapsed}
  for (const [value, child] of node.children) {
    yield* walk(child, `${prefix}/${patternSegment(value)}`, parentPrefix, collapsed)
  }
  if (!node.wild) return
  const evidence: CollapsedSegment = {
    index: prefix.split('/').length,
    distinct_values: node.wild.distinct,
    event_count: node.wild.node.sessions.total,
    entropy: sixDecimals(node.wild.entropy),
    reason: COLLAPSE_REASON,
  }
  yield* walk(node.wild.node, `${prefix}/*`, collapsed.length === 0 ? prefix : parentPrefix, [...collapsed, evidence])
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
