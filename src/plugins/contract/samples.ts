// What the contract runtime contributes to /metrics. Agents and hashes come from a signed manifest, not from requests, so
// series stay bounded.
import {perLabel, type Sample} from '../../core/sample.js'
import type {ContractStatus} from '../../core/services/contract.js'
import type {TelemetryCounts} from './telemetry.js'

/** Bindings with a series of their own; a manifest may hold thousands. */
const MAX_BINDINGS = 100

export function lockSamples(
  {reloads, watcherErrors, generation, active}: ContractStatus,
  telemetry: TelemetryCounts,
): readonly Sample[] {
  const drift = {positive: telemetry.positiveDrift, negative: telemetry.negativeDrift}
  const quarantines = {candidate: telemetry.candidates, released: telemetry.released}
  return [
    ...perLabel('contract_reload_total', 'Checks of the contract store by outcome', 'outcome', reloads),
    {name: 'contract_watcher_errors_total', help: 'Failures of the watch on the contract store', value: watcherErrors},
    {gauge: true, name: 'contract_generation', help: 'Generation of the manifest in force', value: generation},
    ...active
      .slice(0, MAX_BINDINGS)
      .map(({agent, contractHash}) => boundContracts({agent, contract_hash: contractHash}, 1)),
    ...(active.length > MAX_BINDINGS
      ? [boundContracts({agent: '_other', contract_hash: '_other'}, active.length - MAX_BINDINGS)]
      : []),
    {name: 'contract_shadow_deltas_total', help: 'Decisions that live would change', value: telemetry.shadowDeltas},
    ...perLabel('contract_drift_total', 'Unexpected actions, and rules missed for hours', 'kind', drift),
    {
      name: 'contract_opportunity_missing_total',
      help: 'Rules that cannot be assessed because their parent is missing',
      value: telemetry.opportunityMissing,
    },
    ...perLabel('contract_quarantine_total', 'Advice on rules in shadow mode', 'state', quarantines),
    {
      gauge: true,
      name: 'contract_quarantined_rules',
      help: 'Rules that would block too much now',
      value: telemetry.quarantined,
    },
    {
      name: 'contract_unsigned_statements_total',
      help: 'Unsigned statements about contracts: no recorder, or no key',
      value: telemetry.unsigned,
    },
  ]
}

function boundContracts(labels: Readonly<Record<string, string>>, value: number): Sample {
  return {gauge: true, name: 'contract_active', help: 'Contracts in force', labels, value}
}
