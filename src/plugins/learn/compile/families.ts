// Families: literal prefixes of one depth whose subtrees are alike, such as the repositories of a code host or the tenants of
// a shop. They share the decisions below them and the sessions that confirm a rule; no prefix is added that is not confirmed
// by itself.
import {patternSegment} from '../../../formats/path-pattern.js'
import {admits} from '../../../formats/segment-forms.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {HttpShape} from './aggregate.js'
import type {Tally} from './tally.js'
import {emptyNode, type TreeTerms, type TypedNode} from './typed-node.js'
import {decide, insert, pathOf, walk, type Step} from './typed-tree.js'

/** Above it a family has no wildcard in first position, so the prefix is not empty. */
const UNION_PREFIX = '/?'
/** Prefixes alike have half of the requests below them in common, two at least. */
const COMMON = {least: 2, share: 0.5}
/** Deeper prefixes name single resources. */
const MAX_DEPTH = 8
/** Prefixes of one depth that are compared. */
const MAX_PREFIXES = 1024

export interface Member {
  /** Pattern of the prefix. */
  readonly prefix: string
  readonly depth: number
  readonly node: TypedNode
}

export interface Family {
  readonly members: readonly Member[]
  /** Tree of everything below the members. */
  readonly union: TypedNode
}

export interface FamilyTerms extends TreeTerms {
  /** Session → 1 for each session of a shape. */
  readonly sessionsOf: (shape: HttpShape) => Tally
}

interface Candidate extends Member {
  readonly shapes: readonly HttpShape[]
}

/** Families of a decided tree: the largest first, each prefix in one at most, none above or below another. */
export function familiesOf(root: TypedNode, terms: FamilyTerms): readonly Family[] {
  const byDepth = new Map<number, Candidate[]>()
  collect(root, '', 0, terms, byDepth)
  const clusters = [...byDepth.values()].flatMap((candidates) => clustersOf(candidates, terms))
  const ranked = clusters.sort(
    (a, b) =>
      b.length - a.length ||
      (a[0]?.depth ?? 0) - (b[0]?.depth ?? 0) ||
      compareCodePoints(a[0]?.prefix ?? '', b[0]?.prefix ?? ''),
  )
  const claimed: string[] = []
  const families: Family[] = []
  for (const cluster of ranked) {
    const members = cluster.filter(({prefix}) => !claimed.some((other) => isNested(prefix, other)))
    if (members.length < 2) continue
    for (const {prefix} of members) claimed.push(prefix)
    families.push({members, union: unionOf(members, terms)})
  }
  return families
}

/** True where one is above the other, or both are one. */
function isNested(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)
}

function collect(
  node: TypedNode,
  prefix: string,
  depth: number,
  terms: FamilyTerms,
  into: Map<number, Candidate[]>,
): void {
  if (depth === MAX_DEPTH) return
  for (const [value, child] of node.children) {
    // what hardly anybody uses has nothing below it that anybody confirms
    if (!terms.electorate.confirms(child.sessions)) continue
    const text = `${prefix}/${patternSegment(value)}`
    if (child.children.size > 0 || child.wild) {
      const list = into.get(depth + 1) ?? []
      list.push({prefix: text, depth: depth + 1, node: child, shapes: [...shapesBelow(child)]})
      into.set(depth + 1, list)
    }
    collect(child, text, depth + 1, terms, into)
  }
  if (node.wild) collect(node.wild.node, `${prefix}/*`, depth + 1, terms, into)
}

function* shapesBelow(node: TypedNode): Generator<HttpShape> {
  yield* node.shapes
  for (const child of node.children.values()) yield* shapesBelow(child)
  if (node.wild) yield* shapesBelow(node.wild.node)
}

function unionOf(members: readonly Member[], terms: FamilyTerms): TypedNode {
  const union = emptyNode()
  for (const {node, depth} of members) {
    for (const shape of shapesBelow(node)) insert(union, pathOf(shape).slice(depth), shape, terms.sessionsOf(shape))
  }
  const splits = new Set<string>()
  for (const {prefix} of members) {
    for (const split of terms.splits) {
      if (split === prefix || split.startsWith(`${prefix}/`)) splits.add(UNION_PREFIX + split.slice(prefix.length))
    }
  }
  decide(union, {prefix: UNION_PREFIX, above: []}, {...terms, splits})
  return union
}

/** Greedy, the prefixes of most sessions first: each joins the first cluster that it is like, or begins one. */
function clustersOf(all: readonly Candidate[], terms: FamilyTerms): readonly (readonly Candidate[])[] {
  if (all.length < 2) return []
  const candidates = [...all]
    .sort((a, b) => b.node.sessions.size - a.node.sessions.size || compareCodePoints(a.prefix, b.prefix))
    .slice(0, MAX_PREFIXES)
  const features = featuresOf(candidates, terms)
  const clusters: {readonly members: Candidate[]; readonly features: Set<string>}[] = []
  for (const candidate of candidates) {
    const own = features.get(candidate) ?? new Set()
    if (own.size < COMMON.least) continue
    const like = clusters.find((cluster) => isLike(own, cluster.features))
    if (!like) {
      clusters.push({members: [candidate], features: new Set(own)})
      continue
    }
    like.members.push(candidate)
    for (const feature of own) like.features.add(feature)
  }
  return clusters.map(({members}) => members).filter((members) => members.length > 1)
}

function isLike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  let common = 0
  for (const feature of a) if (b.has(feature)) common++
  return common >= COMMON.least && common >= COMMON.share * (a.size + b.size - common)
}

/** A suffix with the forms of its values in the place of wildcards: collections of other identifiers are not alike. */
function formText(steps: readonly Step[], path: readonly string[], depth: number): string {
  const parts = steps.map(({text, wild}, i) => {
    const above = path.slice(0, depth + i)
    const form = wild?.forms.find((each) => admits(each, path[depth + i] ?? '', above))
    // no segment begins with it
    return form === undefined ? text : `/${form.form}`
  })
  return parts.join('/')
}

/** What more than suspects request below each prefix, of what all of them together confirm. */
function featuresOf(candidates: readonly Candidate[], terms: FamilyTerms): ReadonlyMap<Candidate, ReadonlySet<string>> {
  const union = unionOf(candidates, terms)
  const together = new Map<string, Set<number>>()
  const below = new Map<Candidate, ReadonlyMap<string, ReadonlySet<number>>>()
  for (const candidate of candidates) {
    const own = new Map<string, Set<number>>()
    below.set(candidate, own)
    for (const shape of candidate.shapes) {
      const path = pathOf(shape)
      const {depth} = candidate
      const {steps, isWhole} = walk(union, path.slice(depth), path.slice(0, depth), terms.apart)
      if (!isWhole) continue
      // what ends at the prefix itself says nothing about what is below it
      if (steps.length === 0) continue
      const feature = `${shape.method} ${formText(steps, path, depth)}`
      for (const known of [own, together]) {
        const sessions = known.get(feature) ?? new Set()
        for (const session of terms.sessionsOf(shape).keys()) sessions.add(session)
        known.set(feature, sessions)
      }
    }
  }
  const {electorate} = terms
  const confirmed = new Set([...together].filter(([, all]) => electorate.confirms(all)).map(([feature]) => feature))
  return new Map(
    [...below].map(([candidate, own]) => {
      // suspects could make prefixes alike that are not
      const features = [...own].filter(([name, all]) => confirmed.has(name) && electorate.isBeyondSuspects(all))
      return [candidate, new Set(features.map(([name]) => name))]
    }),
  )
}
