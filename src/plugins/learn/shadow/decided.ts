// Blocks that people have decided already. A contract in force keeps the request patterns that it does not allow as rules
// for information: whoever signed it had each of them on the screen. A replay that blocks such a request says nothing new,
// so a gate that must notice what is new does not fail on it. Only the narrowest rules count as a decision: every contract
// has a host-wide and an any-method rule for information, and by those any request to a known host would be decided.
import type {ActiveContracts} from '../../../core/contract/evaluate.js'
import {evaluate, type LockInput} from '../../../core/contract/evaluate.js'
import {rulesOf, type Contract} from '../../../formats/documents/contract.js'
import {PipelockError} from '../../../core/errors.js'
import {quoted} from '../../../lib/terminal.js'
import {isPattern} from '../view/copies.js'
import {viewsOf} from '../view/rule-view.js'
import {bind} from './assumption.js'

export interface DecidedBlocks {
  /** True when the contract in force blocks the request, and a rule that it keeps for information covers it. */
  covers(input: LockInput): boolean
}

/** Throws `usage` for a contract that nobody ratified, or that is another agent's than `agent`. */
export function decidedBlocks(path: string, {body}: Contract, agent: string | undefined): DecidedBlocks {
  const rules = rulesOf(body)
  const enforced = rules.filter((rule) => rule.lifecycle_state === 'enforce')
  if (enforced.length === 0) {
    throw new PipelockError('usage', `${path} enforces no rule: it is a candidate, so nobody decided anything in it`, {
      hint: 'give --decided-by the ratified contract',
    })
  }
  if ((body.selector.agent ?? '') !== (agent ?? '')) {
    throw new PipelockError(
      'usage',
      `${path} is the contract of ${quoted(body.selector.agent ?? '')}, and the replayed one that of ${quoted(agent ?? '')}`,
    )
  }
  const narrowest = new Set(
    viewsOf(body)
      .filter(isPattern)
      .map(({id}) => id),
  )
  const kept = rules
    .filter((rule) => rule.lifecycle_state === 'capture_only' && narrowest.has(rule.rule_id))
    .map((rule) => ({...rule, lifecycle_state: 'enforce'}))
  const inForce = bind(body, enforced)
  const information = bind(body, kept)
  return {
    covers: (input) => blocks(inForce, input) && allows(information, input),
  }
}

function blocks(active: ActiveContracts, input: LockInput): boolean {
  const {outcome} = evaluate(active, input)
  return outcome.winningSource === 'contract' && outcome.reason !== ''
}

export function allows(active: ActiveContracts, input: LockInput): boolean {
  const {outcome} = evaluate(active, input)
  return outcome.winningSource === 'contract' && outcome.reason === ''
}
