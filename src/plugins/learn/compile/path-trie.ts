// Path normalisation under wilson_lb_v2: one trie per host, port and method; at each node the values that are
// not set apart are merged into a wildcard when enough different sessions brought enough different values. Events alone
// never widen a rule: one session counts for at most four values of a position (defaults). Nor does a minority (minority.ts).
import {isWild, patternSegment, segmentsOf, SetApart} from '../../../formats/path-pattern.js'
import type {HttpShape} from './aggregate.js'
import {sixDecimals} from './confidence.js'
import {mergesPosition, type ConfidenceOf, type Electorate} from './minority.js'
import {COLLAPSE_REASON, type CollapsedSegment, type RetainedSegment, SPLIT_REASON} from './segments.js'
import type {Normalization} from './settings.js'
import {Tally} from './tally.js'

export interface TrieNode {
  /** By canonical segment. */
  readonly children: Map<string, TrieNode>
  wild: {readonly node: TrieNode; readonly distinct: number; readonly entropy: number} | undefined
  /** A person split this position in the base candidate: its values stay literals. */
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
  const {pinned, splits} = edits
  collapse(root, {normalization, confidenceOf, suspects, apart: new SetApart(pinned), splits}, '')
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
interface Terms extends Electorate, Pick<TrieEdits, 'splits'> {
  readonly apart: SetApart
}

/** `prefix` is the pattern of the node; it is only kept while there are splits to look for. */
function collapse(node: TrieNode, terms: Terms, prefix: string): void {
  const {apart, splits} = terms
  node.isSplit = splits.has(prefix)
  const below = (text: string): string => (splits.size === 0 ? '' : `${prefix}/${text}`)
  // what no wildcard would match at runtime stays a literal, or the evidence for it would be lost in a merge
  const free = [...node.children].filter(([value]) => isWild(value, apart))
  const values = free.map(([value, {sessions}]) => ({value, sessions}))
  const entropy = node.isSplit ? undefined : mergesPosition(values, terms)
  if (entropy !== undefined) {
    const merged = emptyNode()
    for (const [value, child] of free) {
      merge(merged, child)
      node.children.delete(value)
    }
    node.wild = {node: merged, distinct: free.length, entropy}
    collapse(merged, terms, below('*'))
  }
  for (const [value, child] of node.children) collapse(child, terms, below(patternSegment(value)))
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
export function patternFor(root: TrieNode, path: string, apart: SetApart): string | undefined {
  let node = root
  let prefix = ''
  for (const segment of segmentsOf(path)) {
    const child = node.children.get(segment)
    if (child) {
      node = child
      prefix += `/${patternSegment(segment)}`
    } else if (node.wild && isWild(segment, apart)) {
      node = node.wild.node
      prefix += '/*'
    } else return undefined
  }
  return node.shapes.length > 0 ? prefix || '/' : undefined
}
