// What the running service says about its contracts, as statements to be signed. Hashes,
// ids and counts only: nothing of a request goes in.
import {boundTo, type Statement, type StatementSubject} from '../../core/contract/delta-receipt.js'
import type {OpportunityFinding} from '../../core/contract/opportunity.js'
import {formatTimestamp} from '../../lib/timestamp.js'

export interface Issue {
  readonly subject: StatementSubject
  readonly nowMs: number
  readonly newId: () => string
}

export const ISSUER = {principal: 'local', actor: 'pipelock'} as const

/** Blocks of one rule in one minute, by the reason that live gives. */
export interface Unexpected {
  readonly ruleId: string
  readonly startMs: number
  readonly reasons: ReadonlyMap<string, number>
}

export function positiveDrift({ruleId, startMs, reasons}: Unexpected, mode: string, issue: Issue): Statement {
  const count = [...reasons.values()].reduce((sum, n) => sum + n, 0)
  const parts = [...reasons].map(([reason, n]) => `${reason} ${n}`).sort()
  const summary = `${count} in the minute from ${formatTimestamp(startMs)} in mode ${mode}: ${parts.join(', ')}`
  return statement(issue, 'contract_drift', `contract_drift: positive, ${count} observations`, {
    rule_id: ruleId,
    drift_kind: 'positive',
    observation_summary: summary,
  })
}

export function opportunityStatement(finding: OpportunityFinding, issue: Issue): Statement {
  if (finding.kind === 'negative_drift') {
    const {ruleId, missedWindows} = finding
    return statement(issue, 'contract_drift', `contract_drift: negative, ${missedWindows} windows`, {
      rule_id: ruleId,
      drift_kind: 'negative',
      missed_windows: missedWindows,
      opportunity_status: 'healthy',
    })
  }
  const {ruleId, parentContext, historical, current, window} = finding
  return statement(issue, 'opportunity_missing', `opportunity_missing: ${current} of formerly ${historical}`, {
    rule_id: ruleId,
    parent_context: parentContext,
    historical_opportunity_rate: historical,
    current_opportunity_rate: current,
    window,
  })
}

function statement(
  {subject, nowMs, newId}: Issue,
  kind: 'contract_drift' | 'opportunity_missing',
  summary: string,
  payload: Statement['draft']['payload'],
): Statement {
  return {
    draft: {
      payload_kind: kind,
      event_id: newId(),
      ...ISSUER,
      ...boundTo(subject),
      payload: {contract_hash: subject.contractHash, ...payload},
    },
    transport: 'contract',
    summary,
    atMs: nowMs,
  }
}
