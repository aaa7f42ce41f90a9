// The rules of a candidate with what a review says of each: its default decision and its flags. Every layout starts here.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {integerOf} from '../../../lib/json/reader.js'
import {copiesOf} from './copies.js'
import {blockedOnlyRules, defaultDecision, type DefaultDecision} from './decisions.js'
import {flagsOf, type Flag} from './flags.js'
import {levelOf, viewsOf, type RuleView} from './rule-view.js'

export interface Row {
  readonly rule: RuleView
  readonly byDefault: DefaultDecision
  readonly flags: readonly Flag[]
  /** Another level of a request pattern that has a row of its own. */
  readonly isCopy: boolean
}

/** A request made more often than so is no one-off. */
export const FEW_EVENTS = 2

export function isEnforced({rule, byDefault}: Row): boolean {
  return rule.state === 'enforce' || byDefault.decision === 'enforce'
}

/** In contract order. */
export function rowsOf(body: ContractBody): readonly Row[] {
  const rules = viewsOf(body)
  const blockedOnly = blockedOnlyRules(rules)
  const minEvents = eventFloor(body)
  const copies = copiesOf(rules)
  return rules.map((rule) => ({
    rule,
    byDefault: defaultDecision(rule, blockedOnly, {level: 'method', acceptLowConfidence: false}),
    flags: flagsOf(rule, {minEvents, blockedOnly}),
    isCopy: copies.has(rule.id),
  }))
}

export function eventFloor(body: ContractBody): number {
  return Number(integerOf(body.defaults.confidence?.['min_events']) ?? 0n)
}

export type HostGap = readonly [host: string, gap: 'only_blocked' | 'no_tunnel']

/** Hosts, as `label` names them, to which something stays closed: everything, or a CONNECT. In contract order. */
export function hostGaps(rows: readonly Row[], label: (rule: RuleView) => string): readonly HostGap[] {
  const http = rows.filter(({rule}) => rule.host !== undefined)
  const labelsWith = (requested: (row: Row) => boolean): ReadonlySet<string> =>
    new Set(http.filter(requested).map(({rule}) => label(rule)))
  const withDestination = labelsWith(({rule}) => rule.kind === 'http_destination')
  const withTunnel = labelsWith(({rule}) => levelOf(rule) === 'tunnel' || rule.methods.includes('CONNECT'))
  return [...labelsWith(() => true)].flatMap((host): readonly HostGap[] => {
    if (!withDestination.has(host)) return [[host, 'only_blocked']]
    return withTunnel.has(host) ? [] : [[host, 'no_tunnel']]
  })
}
