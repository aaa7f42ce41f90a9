// The rules of a candidate that must not be enforced again, from the record of the contract store and, for a `learn forget`
// that knew no store, from the record beside the candidate.
import type {Contract} from '../../../formats/documents/contract.js'
import {checkRestored, type ForgottenRule} from '../../../formats/documents/forgotten.js'
import {forgottenBeside} from './forgotten-record.js'

export interface ForgottenRules {
  /** They may be kept for information only. */
  readonly held: ReadonlySet<string>
  readonly restored: readonly string[]
}

/** Throws `usage` when a rule is to be restored that was never forgotten. */
export function forgottenIn(
  request: {readonly forgotten: readonly ForgottenRule[]; readonly restoreForgotten: readonly string[]},
  candidate: string,
  {body}: Contract,
): ForgottenRules {
  const record = [...request.forgotten, ...forgottenBeside(candidate)]
  checkRestored(record, request.restoreForgotten)
  const {agent} = body.selector
  const known = new Set(
    record
      .filter((rule) => rule.agent === '' || agent === undefined || rule.agent === agent)
      .map(({rule_id: id}) => id),
  )
  const ids = (body.rules ?? []).map(({rule_id: id}) => id).filter((id) => known.has(id))
  const isRestored = (id: string): boolean => request.restoreForgotten.includes(id)
  return {held: new Set(ids.filter((id) => !isRestored(id))), restored: ids.filter(isRestored)}
}
