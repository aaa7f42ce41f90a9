// What the contract does not cover, and what its broad rules let through. Both are bounded: paths are chosen
// by whoever sends the requests.
import {compareCodePoints} from '../../../lib/json/writer.js'
import {levelOf, type RuleView} from '../view/rule-view.js'
import type {Place} from './judge.js'

export interface Unmatched extends Place {
  readonly events: number
  /** Those that were not blocked when they were captured. */
  readonly newBlocks: number
  /** Of these, those that the contract in force decided. */
  readonly decidedBlocks: number
}

export interface BroadRule {
  readonly rule: RuleView
  readonly kind: 'host-wide' | 'tunnel' | 'collapsed'
  /** Distinct paths that the rule let through; none are visible in a tunnel. */
  readonly paths: number
  /** There were more paths than are counted. */
  readonly more: boolean
}

const MAX_PLACES = 10_000
const MAX_PATHS = 1000
/** Stands for every destination beyond the bound. */
const OTHERS: Place = {host: '[other]', path: '[other]', method: '[other]'}

interface Broad extends Pick<BroadRule, 'rule' | 'kind'> {
  readonly paths: Set<string>
  more: boolean
}

export interface Coverage {
  blocked(place: Place, isNew: boolean, isDecided?: boolean): void
  allowed(ruleId: string, place: Place): void
  /** Most frequent first. */
  unmatched(): readonly Unmatched[]
  /** In contract order. */
  broad(): readonly BroadRule[]
}

export function createCoverage(enforced: readonly RuleView[]): Coverage {
  const places = new Map<string, {readonly place: Place; events: number; newBlocks: number; decidedBlocks: number}>()
  const broad = new Map<string, Broad>(
    enforced.flatMap((rule) => {
      const kind = breadthOf(rule)
      return kind === undefined ? [] : [[rule.id, {rule, kind, paths: new Set(), more: false}] as const]
    }),
  )
  return {
    blocked(place, isNew, isDecided = false) {
      const exact = JSON.stringify([place.host, place.path, place.method])
      const fits = places.has(exact) || places.size < MAX_PLACES
      const key = fits ? exact : ''
      const known = places.get(key) ?? {place: fits ? place : OTHERS, events: 0, newBlocks: 0, decidedBlocks: 0}
      places.set(key, known)
      known.events++
      if (isNew) known.newBlocks++
      if (isDecided) known.decidedBlocks++
    },
    allowed(ruleId, {path}) {
      const rule = broad.get(ruleId)
      if (!rule || path === '' || rule.paths.has(path)) return
      if (rule.paths.size < MAX_PATHS) rule.paths.add(path)
      else rule.more = true
    },
    unmatched: () =>
      [...places.values()]
        .map(({place, ...counts}) => ({...place, ...counts}))
        .sort(
          (a, b) =>
            b.events - a.events ||
            compareCodePoints(a.host, b.host) ||
            compareCodePoints(a.path, b.path) ||
            compareCodePoints(a.method, b.method),
        ),
    broad: () => [...broad.values()].map(({rule, kind, paths, more}) => ({rule, kind, paths: paths.size, more})),
  }
}

function breadthOf(rule: RuleView): BroadRule['kind'] | undefined {
  const level = levelOf(rule)
  if (level === 'host') return 'host-wide'
  if (level === 'tunnel') return 'tunnel'
  return rule.paths.some((path) => path.collapsed.length > 0) ? 'collapsed' : undefined
}
