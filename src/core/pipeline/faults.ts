// Findings for hooks that fail: whatever a plugin could not judge is refused.
import type {Finding} from '../decision.js'
import type {Hooks} from '../plugin.js'
import {WorkBudgetError, type BudgetOf} from '../work.js'

/** Called for a failure of `observe` and for the cause of an internal_error finding; for logs and metrics. */
export type OnFault = (plugin: string, hook: keyof Hooks, error: unknown) => void

/** The finding that a failed hook counts as. */
export type Broken = (plugin: string, hook: keyof Hooks, error: unknown) => Finding

export function createBroken(onFault: OnFault): Broken {
  return (plugin, hook, error) => {
    if (error instanceof WorkBudgetError) return overWorkBudget(plugin, error)
    onFault(plugin, hook, error)
    const base = {plugin, action: 'block', severity: 'critical', hard: true, order: 0} as const
    if (hook === 'commit') {
      const detail = 'required receipt could not be written'
      return {...base, authority: 'evidence', layer: 'receipts', reason: 'receipt_emission_failed', detail}
    }
    if (hook === 'outbound') {
      const detail = 'mediation envelope signing failed'
      const hint = 'the log names the cause; mediation_envelope.sign: false sends requests unsigned'
      return {
        ...base,
        authority: 'scanner',
        layer: 'mediation_envelope',
        reason: 'outbound_envelope_failed',
        detail,
        hint,
      }
    }
    const of = hook === 'contract' ? 'contract' : undefined
    const detail = 'internal error'
    return {...base, authority: of ?? 'scanner', layer: of ?? 'context', reason: 'parse_error', detail}
  }
}

const BUDGET_KEYS: Readonly<Record<BudgetOf, string>> = {
  exchange: 'work_budget.exchange_seconds',
  stream: 'work_budget.stream_seconds_per_minute',
  client: 'work_budget.client_seconds_per_minute',
}

/** The rest of the content was not inspected, so it is refused in every mode. */
function overWorkBudget(plugin: string, error: WorkBudgetError): Finding {
  return {
    plugin,
    authority: 'scanner',
    layer: 'work_budget',
    reason: 'parse_error',
    action: 'block',
    severity: 'critical',
    hard: true,
    order: 0,
    detail: error.message,
    hint: `${BUDGET_KEYS[error.of]} sets it`,
  }
}
