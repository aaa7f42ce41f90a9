// Which rules a replay takes as enforced: those that are, or, before ratification, those that ratify would
// enforce by default. A fresh candidate would otherwise replay as if there were no contract.
import {activeContracts, type ActiveContracts} from '../../../core/contract/evaluate.js'
import type {LockRule} from '../../../core/contract/rules.js'
import {ENFORCEABLE_KINDS, rulesOf, type ContractBody} from '../../../formats/documents/contract.js'
import {defaultDecisions, type Defaults} from '../ratify/choose.js'
import type {EnforceLevel} from '../view/decisions.js'
import {viewsOf, type RuleView} from '../view/rule-view.js'

export type Assumption = 'as-written' | 'enforce'

export interface Assumed {
  readonly assumption: Assumption
  /** What live would enforce; every record of the replay is bound to it. */
  readonly enforced: ActiveContracts
  /** The capture-only rules as if they were enforced, to see what only they cover. */
  readonly captureOnly: ActiveContracts
  readonly enforcedRules: readonly RuleView[]
  /** Hosts that the contract calls internal. */
  readonly internalHosts: ReadonlySet<string>
  /** Rules of the wanted level that are not taken as enforced. */
  readonly held: Defaults['held']
}

export function assume(body: ContractBody, requested: Assumption | undefined, level: EnforceLevel): Assumed {
  const rules = rulesOf(body)
  const views = viewsOf(body)
  const isRatified = rules.some((rule) => rule.lifecycle_state === 'enforce')
  const assumption = requested ?? (isRatified ? 'as-written' : 'enforce')
  const defaults = assumption === 'enforce' ? defaultDecisions(views, {level, acceptLowConfidence: false}) : undefined
  const stateOf = (rule: LockRule): string => defaults?.decisions.get(rule.rule_id) ?? rule.lifecycle_state
  const decided = rules.map((rule) => ({...rule, lifecycle_state: stateOf(rule)}))
  const inState = (state: string) => decided.filter((rule) => rule.lifecycle_state === state)
  const enforcedIds = new Set(inState('enforce').map((rule) => rule.rule_id))
  return {
    assumption,
    enforced: bind(body, decided),
    captureOnly: bind(
      body,
      inState('capture_only')
        .filter((rule) => ENFORCEABLE_KINDS.some((kind) => kind === rule.rule_kind))
        .map((rule) => ({...rule, lifecycle_state: 'enforce'})),
    ),
    internalHosts: new Set(views.flatMap(({host, isInternal}) => (isInternal && host !== undefined ? [host] : []))),
    enforcedRules: views.filter((view) => enforcedIds.has(view.id)),
    held: defaults?.held ?? {lowConfidence: 0, blockedOnly: 0},
  }
}

/** The default selector: the captures were chosen for this contract already. */
export function bind(body: ContractBody, rules: readonly LockRule[]): ActiveContracts {
  const {contract_hash: contractHash, selector} = body
  return activeContracts({manifestHash: '', generation: 0}, [
    {target: {default: true}, selectorId: selector.selector_id, contractHash, rules},
  ])
}
