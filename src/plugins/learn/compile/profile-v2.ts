// wilson_lb_v2: one tree of paths for each method, wildcards of any word, and classes from the sessions of a rule alone. Kept
// byte for byte, so that older contracts can be compiled again. Published in docs/formats/inference.md.
import {literalPattern, parsePattern, segmentsOf, SetApart} from '../../../formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {hostKey, type Aggregate, type HttpShape} from './aggregate.js'
import {pinsAt, splitsAt, type Base} from './base.js'
import {classifyV2, wilsonLowerBound} from './confidence.js'
import {suspectsOf, type ConfidenceOf} from './minority.js'
import {buildTrie, patternFor, patternsOf, pinnedValues, type TrieNode, type TriePattern} from './path-trie.js'
import {createWorld, inferSessions, type KeyParts, type Place, type PlacePaths} from './profile-sessions.js'
import type {Inferred, Normalized} from './rule-draft.js'
import {sessionsOf} from './sessions.js'
import type {Inference} from './settings.js'

/** `base`: the candidate whose pins and splits still hold. */
export function inferV2(aggregate: Aggregate, inference: Inference, base?: Base): Inferred {
  const {floors, contaminationBound} = inference
  const world = createWorld(aggregate, inference, sessionsOf(aggregate.sessions.values(), 'window'))
  const n = world.usable.size
  const terms: Terms = {
    inference,
    base,
    sessionAt: (index) => world.sessions.at(index),
    suspects: suspectsOf(contaminationBound, n),
    // sessions begin in windows of their own, and paths have no floor of events
    confidenceOf: (sessions, leftOut = 0) =>
      classifyV2(
        {k: sessions - leftOut, n: n - leftOut, windows: sessions - leftOut, volume: undefined},
        floors,
        contaminationBound,
      ),
  }
  return inferSessions(world, {
    suspects: [{of: (session) => session, count: terms.suspects}],
    repeatsRules: true,
    minCalls: floors.events,
    // sessions that count begin in windows of their own
    isConstant: ({size: k}, {size: m}) =>
      k >= Math.max(m - terms.suspects, terms.suspects + 1, floors.sessions, floors.windows),
    pathsOf: (place) => pathsOf(place, terms),
    classify: ({sessions: {size: k}, windows, volume}) => ({
      lower: wilsonLowerBound(k, n),
      confidence: classifyV2({k, n, windows, volume}, floors, contaminationBound),
      family: undefined,
    }),
    requestsOf({host, port}) {
      const requests = aggregate.requests.get(hostKey(host, port))
      return requests ? requests.untraced + requests.traced.size : 0
    },
  })
}

interface Terms {
  readonly inference: Inference
  readonly base: Base | undefined
  readonly sessionAt: (index: number) => number
  readonly suspects: number
  readonly confidenceOf: ConfidenceOf
}

interface Bucket {
  readonly trie: TrieNode
  readonly patterns: ReadonlyMap<string, TriePattern>
}

function pathsOf(place: Place, terms: Terms): PlacePaths {
  const buckets = bucketsOf(place, terms)
  const patterns = new Map<HttpShape, string>()
  for (const bucket of buckets.values()) {
    for (const {pattern, shapes} of bucket.patterns.values()) for (const shape of shapes) patterns.set(shape, pattern)
  }
  const pins = pinsAt(terms.base, hostKey(place.host, place.port))
  const apart = new SetApart([...pinnedValues(terms.inference.normalization), ...pins])
  return {
    patterns,
    patternFor(shape) {
      const path = shape.path ?? '/'
      const trie = buckets.get(shape.method)?.trie
      return (trie && patternFor(trie, path, apart)) ?? literalPattern(segmentsOf(path))
    },
    normalizedOf: (parts) => (parts.path?.includes('*') || terms.base ? normalizedOf(parts, buckets, pins) : undefined),
    familyOf: () => undefined,
  }
}

function bucketsOf(place: Place, terms: Terms): ReadonlyMap<string, Bucket> {
  const byMethod = new Map<string, HttpShape[]>()
  for (const shape of place.counted) {
    if (shape.path === undefined) continue
    const shapes = byMethod.get(shape.method)
    if (shapes) shapes.push(shape)
    else byMethod.set(shape.method, [shape])
  }
  const {base, confidenceOf, sessionAt, suspects} = terms
  const {normalization} = terms.inference
  const key = hostKey(place.host, place.port)
  const pinned = new Set([...pinnedValues(normalization), ...pinsAt(base, key)])
  const buckets = new Map<string, Bucket>()
  for (const [method, shapes] of byMethod) {
    const edits = {pinned, splits: splitsAt(base, key, method)}
    const trie = buildTrie(shapes, sessionAt, normalization, confidenceOf, edits, suspects)
    buckets.set(method, {trie, patterns: new Map([...patternsOf(trie)].map((each) => [each.pattern, each]))})
  }
  return buckets
}

/**
 * Evidence of the collapse, and what a person decided: from the rule's own trie, on a path-level rule from that of the
 * byte-smallest method with this pattern. Splits and pins are written again, so that they outlive the next compile too.
 */
function normalizedOf(
  parts: KeyParts,
  buckets: ReadonlyMap<string, Bucket>,
  pins: ReadonlySet<string>,
): Normalized | undefined {
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
