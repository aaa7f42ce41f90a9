// Which forgotten rules a manifest would enforce again. Promote and rollback ask before they sign anything.
import {selectorIndex} from '../../formats/selector.js'
import type {ContractBody} from '../../formats/documents/contract.js'
import type {ManifestSelector} from '../../formats/documents/active-manifest.js'
import {
  checkRestored,
  decodeForgotten,
  forgottenRefused,
  MAX_FORGOTTEN_BYTES,
  type ForgottenRule,
} from '../../formats/documents/forgotten.js'
import {inFile} from '../../core/key-source.js'
import {quoted} from '../../lib/terminal.js'
import {readStoreFile, type StorePaths} from './store-files.js'

/** Empty when no rule has been forgotten in this store. */
export function readForgotten(paths: StorePaths): readonly ForgottenRule[] {
  const bytes = readStoreFile(paths.forgotten, MAX_FORGOTTEN_BYTES)
  return bytes ? inFile(paths.forgotten, () => decodeForgotten(bytes)) : []
}

export interface ForgottenCheck {
  /** All selectors of the manifest: they decide which contract holds for an agent. */
  readonly selectors: readonly ManifestSelector[]
  /** The contracts that come into force, by hash. */
  readonly contracts: ReadonlyMap<string, ContractBody>
  /** Rules that the operator restores. */
  readonly restored: readonly string[]
}

/** Throws `rule_forgotten` unless every forgotten rule is restored. Returns a warning for each restored rule. */
export function refuseForgotten(paths: StorePaths, check: ForgottenCheck): readonly string[] {
  const record = readForgotten(paths)
  checkRestored(record, check.restored)
  const contractOf = selectorIndex(check.selectors.map((selector) => [selector, selector.contract_hash] as const))
  const returning = record.filter((forgotten) =>
    [...check.contracts].some(
      ([hash, body]) => concerns(forgotten, body, contractOf(forgotten.agent) === hash) && enforces(body, forgotten),
    ),
  )
  const refused = returning.filter(({rule_id}) => !check.restored.includes(rule_id))
  if (refused.length > 0) throw forgottenRefused([...new Set(refused.map(({rule_id}) => rule_id))])
  return returning.map(
    ({rule_id: id, forgotten_at: at}) => `the rule ${quoted(id)}, forgotten at ${quoted(at)}, is enforced again`,
  )
}

/** A rule forgotten for one agent may stay in the contract of another one. */
function concerns({agent}: ForgottenRule, {selector}: ContractBody, holdsForAgent: boolean): boolean {
  return agent === '' || holdsForAgent || selector.agent === undefined || selector.agent === agent
}

function enforces({rules}: ContractBody, {rule_id: id}: ForgottenRule): boolean {
  return (rules ?? []).some((rule) => rule.rule_id === id && rule.lifecycle_state === 'enforce')
}
