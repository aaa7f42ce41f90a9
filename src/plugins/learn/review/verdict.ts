// The verdict of a review: whether this candidate can be promoted, and what to inspect first.
import type {ContractBody} from '../../../formats/documents/contract.js'
import {counted} from '../../../lib/page/numbers.js'
import {levelOf, type RuleView} from './rule-view.js'
import type {DefaultDecision} from './decisions.js'

export interface Verdict {
  readonly verdict: 'ready' | 'needs attention' | 'not promotable'
  readonly reasons: readonly string[]
}

export interface DecidedRule {
  readonly rule: RuleView
  readonly byDefault: DefaultDecision
}

/** `isVerified`: its signature is that of a known key. Anybody can write a candidate that reads well. */
export function judge(body: ContractBody, decided: readonly DecidedRule[], isVerified: boolean): Verdict {
  const stops: string[] = []
  const notes: string[] = isVerified ? [] : ['its signature is not verified: no key of its signer is at hand']
  const rules = decided.map(({rule}) => rule)
  const enforced = decided.filter(({rule, byDefault}) => rule.state === 'enforce' || byDefault.decision === 'enforce')
  if (rules.length === 0) stops.push('it has no rules')
  else if (enforced.length === 0) stops.push('no rule would be enforced: none has enough evidence')
  const blocked = rules.filter((rule) => rule.tail?.block)
  if (blocked.length > 0) {
    stops.push(
      `${counted(blocked.length, 'host')} with a tail that blocks promotion (raise cardinality_cap_per_host or use --accept-tail)`,
    )
  }
  const low = decided.filter(({byDefault}) => byDefault.reason === 'low_confidence').length
  if (low > 0) {
    const [were, it] = low === 1 ? ['was', 'it'] : ['were', 'they']
    notes.push(`${counted(low, 'request pattern')} ${were} seen in too few sessions: ${it} would be blocked`)
  }
  const blockedOnly = decided.filter(({byDefault}) => byDefault.reason === 'blocked_only').length
  if (blockedOnly > 0) notes.push(`${counted(blockedOnly, 'rule')} seen only in blocked events`)
  const broad = rules.filter((rule) => rule.state === 'enforce' && levelOf(rule) === 'host').length
  if (broad > 0) notes.push(`${counted(broad, 'enforced rule')} covering a whole host`)
  if (body.compile.inference_algorithm === 'wilson_lb_v1') {
    notes.push('compiled under wilson_lb_v1, where one busy session can confirm a rule')
  }
  if (stops.length > 0) return {verdict: 'not promotable', reasons: [...stops, ...notes]}
  return {verdict: notes.length > 0 ? 'needs attention' : 'ready', reasons: notes}
}
