// wilson_lb_v3: typed wildcards, families of prefixes, and every test without the suspects. Published in
// docs/formats/typed-inference.md.
import {literalPattern, parsePattern, SetApart} from '../../../formats/path-pattern.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import {hostKey, type Aggregate, type HttpShape} from './aggregate.js'
import {pinsAt, splitsAt, type Base} from './base.js'
import {sixDecimals} from './confidence.js'
import {pinnedValues} from './path-trie.js'
import {
  createWorld,
  hoursOf,
  inferSessions,
  type Classified,
  type Evidence,
  type KeyParts,
  type Place,
  type PlacePaths,
} from './profile-sessions.js'
import type {FamilySupport, Inferred, Normalized} from './rule-draft.js'
import {formMembers} from '../../../formats/segment-forms.js'
import {COLLAPSE_REASON, SPLIT_REASON, TYPED_REASON, type CollapsedSegment} from './segments.js'
import {sessionsOf, type Sessions} from './sessions.js'
import type {Inference} from './settings.js'
import {Tally} from './tally.js'
import {TypedElectorate} from './electorate.js'
import {familiesOf, type Family, type FamilyTerms, type Member} from './families.js'
import {parametersOf} from './admitted-names.js'
import {emptyNode} from './typed-node.js'
import {decide, insert, pathOf, ROOT, textOf, walk, type Step} from './typed-tree.js'

const HOUR_MS = 3_600_000

/** `base`: the candidate whose pins and splits still hold. */
export function inferV3(aggregate: Aggregate, inference: Inference, base?: Base): Inferred {
  const sessions = sessionsOf(aggregate.sessions.values(), inference.sessionsPer)
  const world = createWorld(aggregate, inference, sessions)
  const electorate = new TypedElectorate(inference, sessions, world.usable)
  const terms: Terms = {inference, base, sessions, electorate, observed: observedOf(aggregate)}
  return inferSessions(world, {
    suspects: electorate.suspects,
    repeatsRules: false,
    // sessions decide: a tool that is confirmed without its constant arguments would take any
    minCalls: 0,
    isConstant(kept, all) {
      const others = new Set([...all].filter((session) => !kept.has(session)))
      return (
        kept.size >= inference.floors.sessions &&
        electorate.isBeyondSuspects(kept) &&
        !electorate.isBeyondSuspects(others)
      )
    },
    pathsOf: (place) => pathsOf(place, terms),
    classify: (evidence) => classify(evidence, electorate),
    parametersOf: (shapes) => parametersOf(shapes, sessions, electorate),
    requestsOf,
  })
}

interface Terms extends Pick<FamilyTerms, 'electorate' | 'observed'> {
  readonly inference: Inference
  readonly base: Base | undefined
  readonly sessions: Sessions
}

function observedOf(aggregate: Aggregate): FamilyTerms['observed'] {
  let [first, last] = [Infinity, -Infinity]
  for (const hour of hoursOf([...aggregate.http.values(), ...aggregate.tools.values()])) {
    first = Math.min(first, hour)
    last = Math.max(last, hour)
  }
  return first > last ? {firstMs: 0, lastMs: 0} : {firstMs: first * HOUR_MS, lastMs: (last + 1) * HOUR_MS}
}

/** Repeating a request adds nothing: what counts is that a recorder session made it. */
function requestsOf({counted}: Place): number {
  const requests = new Map<string, Set<number>>()
  for (const {method, path, sessions} of counted) {
    const key = `${method}\0${path ?? ''}`
    const known = requests.get(key) ?? new Set()
    for (const index of sessions.keys()) known.add(index)
    requests.set(key, known)
  }
  return [...requests.values()].reduce((sum, known) => sum + known.size, 0)
}

/** The better of what a rule's own sessions say, and what its family says of it, once honest sessions have it too. */
function classify({sessions, volume, family}: Evidence, electorate: TypedElectorate): Classified {
  const own = {lower: electorate.support(sessions).lower, confidence: electorate.classOf(sessions, volume)}
  if (!family || !electorate.isHonest(sessions)) return {...own, family: undefined}
  const [all, prefix] = [electorate.support(family.sessions), electorate.support(family.prefixSessions)]
  const isLess = all.lower < prefix.lower
  const lower = isLess ? all.lower : prefix.lower
  if (lower <= own.lower) return {...own, family: undefined}
  const confidence = electorate.classOf(isLess ? family.sessions : family.prefixSessions)
  return confidence === 'never_confirmed' && own.confidence !== 'never_confirmed'
    ? {...own, family: undefined}
    : {lower, confidence, family}
}

/** A pattern as some shapes have it. */
interface Pattern {
  readonly steps: readonly Step[]
  readonly methods: Set<string>
  readonly family: {readonly of: FamilyShapes; readonly member: Member; readonly suffix: string} | undefined
}

/** Shapes of a family by the pattern below its members. */
interface FamilyShapes {
  readonly family: Family
  readonly bySuffix: Map<string, HttpShape[]>
}

function pathsOf(place: Place, terms: Terms): PlacePaths {
  const {base, electorate, inference, observed, sessions} = terms
  const key = hostKey(place.host, place.port)
  const pins = pinsAt(base, key)
  const apart = new SetApart([...pinnedValues(inference.normalization), ...pins])
  const counted = place.counted.filter(({path}) => path !== undefined)
  const splits = new Set(counted.flatMap(({method}) => [...splitsAt(base, key, method)]))
  const tallies = new Map<HttpShape, Tally>()
  const tallyOf = (shape: HttpShape): Tally => {
    let tally = tallies.get(shape)
    if (!tally) {
      tally = new Tally()
      for (const index of shape.sessions.keys()) {
        const session = sessions.at(index)
        if (tally.countOf(session) === 0) tally.add(session)
      }
      tallies.set(shape, tally)
    }
    return tally
  }
  const tree = emptyNode()
  const treeTerms: FamilyTerms = {electorate, observed, apart, splits, sessionsOf: tallyOf}
  for (const shape of counted) insert(tree, pathOf(shape), shape, tallyOf(shape))
  decide(tree, ROOT, treeTerms)
  const families = familiesOf(tree, treeTerms).map((family): FamilyShapes => ({family, bySuffix: new Map()}))
  const memberAt = new Map(families.flatMap((of) => of.family.members.map((member) => [member.prefix, {of, member}])))

  /** Steps of a path, through the family that its prefix belongs to; undefined where it leads nowhere. */
  const stepsOf = (path: readonly string[]): Pick<Pattern, 'steps' | 'family'> | undefined => {
    const {steps, isWhole} = walk(tree, path, [], apart)
    let prefix = ''
    for (const [i, {text}] of steps.entries()) {
      prefix += `/${text}`
      const at = memberAt.get(prefix)
      if (!at) continue
      const below = walk(at.of.family.union, path.slice(i + 1), path.slice(0, i + 1), apart)
      if (!below.isWhole) return undefined
      return {steps: [...steps.slice(0, i + 1), ...below.steps], family: {...at, suffix: textOf(below.steps)}}
    }
    return isWhole ? {steps, family: undefined} : undefined
  }

  const patterns = new Map<HttpShape, string>()
  const known = new Map<string, Pattern>()
  for (const shape of counted) {
    const path = pathOf(shape)
    const resolved = stepsOf(path)
    const text = resolved ? textOf(resolved.steps) || '/' : literalPattern(path)
    patterns.set(shape, text)
    const pattern = known.get(text)
    if (pattern) pattern.methods.add(shape.method)
    else known.set(text, {...(resolved ?? {steps: [], family: undefined}), methods: new Set([shape.method])})
    const family = resolved?.family
    if (!family) continue
    const suffix = `${shape.method} ${family.suffix}`
    for (const name of [suffix, family.suffix]) {
      const shapes = family.of.bySuffix.get(name)
      if (shapes) shapes.push(shape)
      else family.of.bySuffix.set(name, [shape])
    }
  }
  return {
    patterns,
    patternFor(shape) {
      const path = pathOf(shape)
      const steps = stepsOf(path)?.steps
      const text = steps && (textOf(steps) || '/')
      return text !== undefined && known.has(text) ? text : literalPattern(path)
    },
    normalizedOf(parts) {
      const pattern = known.get(parts.path ?? '')
      return pattern && normalizedOf(parts, pattern, pins)
    },
    familyOf({path = '', method}) {
      const family = known.get(path)?.family
      if (!family) return undefined
      const shapes = family.of.bySuffix.get(method === undefined ? family.suffix : `${method} ${family.suffix}`) ?? []
      return supportOf(family.of.family, family.member, shapes, tallyOf)
    },
  }
}

function supportOf(
  {members}: Family,
  member: Member,
  shapes: readonly HttpShape[],
  tallyOf: (shape: HttpShape) => Tally,
): FamilySupport {
  const sessions = new Set<number>()
  for (const shape of shapes) for (const session of tallyOf(shape).keys()) sessions.add(session)
  return {
    members: members.length,
    prefix: member.prefix,
    sessions,
    prefixSessions: member.node.sessions,
  }
}

/** Splits and pins are written again, so that they outlive the next compile too. */
function normalizedOf(parts: KeyParts, {steps, methods}: Pattern, pins: ReadonlySet<string>): Normalized | undefined {
  const collapsed = steps.flatMap(({wild}, i): readonly CollapsedSegment[] => {
    if (!wild) return []
    return [
      {
        index: i + 1,
        distinct_values: wild.distinct,
        event_count: wild.node.events,
        entropy: sixDecimals(wild.entropy),
        reason: wild.forms.some(({form}) => form === 'free') ? COLLAPSE_REASON : TYPED_REASON,
        forms: wild.forms.map(formMembers),
      },
    ]
  })
  const split = steps.flatMap((step, i) =>
    step.split === undefined ? [] : [{index: i + 1, value: step.split, reason: SPLIT_REASON}],
  )
  const holdsPin =
    pins.size > 0 && parsePattern(parts.path ?? '')?.some((part) => typeof part === 'string' && pins.has(part))
  if (collapsed.length === 0 && split.length === 0 && !holdsPin) return undefined
  const method = parts.method ?? [...methods].sort(compareCodePoints)[0] ?? ''
  const first = collapsed[0]
  const parentPrefix = first ? textOf(steps.slice(0, first.index - 1)) : ''
  return {host: parts.host ?? '', method, parentPrefix, collapsed, split, pins: [...pins]}
}
