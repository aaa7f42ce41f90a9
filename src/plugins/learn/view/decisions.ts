// What is enforced by default: the narrowest rules with enough evidence. Compile emits host ⊃ path ⊃ method ⊃
// action for the same traffic, and enforcing a wide one would make the narrow ones meaningless.
import {levelOf, type RuleView} from './rule-view.js'

export type EnforceLevel = 'method' | 'host'
export type Decision = 'enforce' | 'capture_only'

export interface DefaultDecision {
  readonly decision: Decision
  /** Why it is not enforced. */
  readonly reason: 'forgotten' | 'level' | 'low_confidence' | 'blocked_only' | undefined
}

export const REASON_TEXTS: Readonly<Record<NonNullable<DefaultDecision['reason']>, string>> = {
  forgotten: 'removed by learn forget before',
  level: 'wider or narrower than what is enforced by default',
  low_confidence: 'seen in too few sessions',
  blocked_only: 'seen only in blocked events',
}

const LOW: ReadonlySet<string> = new Set(['never_confirmed', 'refuted'])
const BLOCKING: ReadonlySet<string> = new Set(['block', 'fail_closed'])

export function isLow(rule: RuleView): boolean {
  return LOW.has(rule.confidence)
}

/** An action rule that would read as an allow of what was blocked. */
export function isBlockingAction(rule: RuleView): boolean {
  return rule.kind === 'http_action' && BLOCKING.has(rule.action)
}

/** Rules of destinations all of whose actions were blocks, by id (only v1 has them). */
export function blockedOnlyRules(rules: readonly RuleView[]): ReadonlySet<string> {
  const actions = rules.filter((rule) => rule.kind === 'http_action')
  const byHost = new Map<string, RuleView[]>()
  for (const action of actions) {
    const known = byHost.get(action.host ?? '')
    if (known) known.push(action)
    else byHost.set(action.host ?? '', [action])
  }
  const ids = new Set<string>()
  for (const rule of rules) {
    if (rule.kind !== 'http_destination' || !rule.hasAllActions) continue
    const children = (byHost.get(rule.host ?? '') ?? []).filter((action) => isChild(rule, action))
    if (children.length > 0 && children.every(isBlockingAction)) ids.add(rule.id)
  }
  return ids
}

function isChild(rule: RuleView, action: RuleView): boolean {
  return (
    sameSet(rule.ports, action.ports) &&
    (rule.paths.length === 0 || sameSet(rule.paths.map(pathOf), action.paths.map(pathOf))) &&
    (rule.methods.length === 0 || sameSet(rule.methods, action.methods))
  )
}

function pathOf(path: {readonly value: string}): string {
  return path.value
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item))
}

export function defaultDecision(
  rule: RuleView,
  blockedOnly: ReadonlySet<string>,
  options: {
    readonly level: EnforceLevel
    readonly acceptLowConfidence: boolean
    /** Ids of rules that `learn forget` removed. */
    readonly forgotten?: ReadonlySet<string>
  },
): DefaultDecision {
  if (options.forgotten?.has(rule.id)) return {decision: 'capture_only', reason: 'forgotten'}
  const level = levelOf(rule)
  const requested = level === 'tunnel' || level === 'tool' || level === options.level
  if (!requested) return {decision: 'capture_only', reason: 'level'}
  if (isLow(rule) && !options.acceptLowConfidence) return {decision: 'capture_only', reason: 'low_confidence'}
  if (blockedOnly.has(rule.id)) return {decision: 'capture_only', reason: 'blocked_only'}
  return {decision: 'enforce', reason: undefined}
}
