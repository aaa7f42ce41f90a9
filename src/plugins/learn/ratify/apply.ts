// The ratified body: rejected rules are gone, the others stand in the decided state, and what named
// rules by their number follows them.
import {canonicalText} from '../../../formats/documents/canonical.js'
import type {ContractBody, Rule} from '../../../formats/documents/contract.js'
import {PipelockError} from '../../../core/errors.js'
import type {JsonObject} from '../../../lib/json/reader.js'
import type {Decisions} from './choose.js'

export interface ApplyOptions {
  readonly decisions: Decisions
  readonly signerKeyId: string
  readonly acceptTail: boolean
}

export interface Applied {
  /** `contract_hash` and `prior_contract_hash` are set; signing fills the hash in anew. */
  readonly body: ContractBody
  /** False when nothing in the candidate changed: it then keeps hash and predecessor. */
  readonly changed: boolean
}

export function applyDecisions(body: ContractBody, options: ApplyOptions): Applied {
  const before = body.rules ?? []
  const kept = before.map((rule, index) => ({rule, index})).filter(({rule}) => decisionOf(options, rule) !== 'reject')
  if (kept.length === 0) throw new PipelockError('nothing_enforced', 'every rule is rejected: nothing was written')
  const rules = kept.map(({rule}) => ({
    ...rule,
    lifecycle_state: decisionOf(options, rule),
    observation: options.acceptTail ? acceptTail(rule, options.signerKeyId) : rule.observation,
  }))
  const changedBody = {
    ...body,
    signer_key_id: options.signerKeyId,
    field_data_classes: reindexed(
      body.field_data_classes,
      kept.map(({index}) => index),
    ),
    rules,
  }
  if (canonicalText(changedBody) === canonicalText(body)) return {body, changed: false}
  return {body: {...changedBody, prior_contract_hash: body.contract_hash}, changed: true}
}

function decisionOf(options: ApplyOptions, rule: Rule): string {
  const decision = options.decisions.get(rule.rule_id)
  if (decision === undefined) throw new PipelockError('decision_invalid', `rule ${rule.rule_id} has no decision`)
  return decision
}

function acceptTail(rule: Rule, signerKeyId: string): JsonObject | null {
  if (rule.observation?.['tail_promotion_block'] !== true) return rule.observation
  return {...rule.observation, tail_promotion_block: false, tail_accepted_by: signerKeyId}
}

/** `/rules/<n>` keys move with their rule; those of rules that are gone go too. */
export function reindexed(
  classes: ContractBody['field_data_classes'],
  kept: readonly number[],
): ContractBody['field_data_classes'] {
  if (classes === null) return null
  const place = new Map(kept.map((was, is) => [was, is]))
  const moved: [string, string][] = []
  for (const [path, dataClass] of Object.entries(classes)) {
    const [, before, number, after] = /^(\/rules\/|rules\.)(\d+)(.*)$/.exec(path) ?? []
    if (number === undefined) {
      moved.push([path, dataClass])
      continue
    }
    const is = place.get(Number(number))
    if (is !== undefined) moved.push([`${before}${is}${after}`, dataClass])
  }
  return Object.fromEntries(moved)
}
