// Counters kept by other plugins, under their metric names: read when the page is requested.

export interface CollectedCount {
  /** A value that may decrease or vanish. */
  readonly gauge?: true
  readonly name: string
  readonly help: string
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

/** Current counts of the services of a generation. */
export type Collectors = () => readonly CollectedCount[]

interface CaptureCounts {
  readonly records: number
  readonly dropped: number
  readonly sanitised: Readonly<Record<string, number>>
  readonly regulated: Readonly<Record<string, number>>
  readonly sidecars: {readonly written: number; readonly dropped: number}
}

interface ContractStatus {
  readonly reloads: Readonly<Record<string, number>>
  readonly watcherErrors: number
  readonly generation: number
  readonly active: readonly {readonly agent: string; readonly contractHash: string}[]
  readonly telemetry: {
    readonly shadowDeltas: number
    readonly positiveDrift: number
    readonly negativeDrift: number
    readonly opportunityMissing: number
    readonly candidates: number
    readonly released: number
    readonly quarantined: number
    readonly unsigned: number
  }
}

/** Bindings with a series of their own; a manifest may hold thousands. */
const MAX_BINDINGS = 100

interface EvidenceStatus {
  readonly failures: number
  readonly withheld: number
  readonly untold: number
  readonly degraded: string | undefined
  readonly syncs: Readonly<Record<string, number>>
}

interface CrossRequestCounts {
  counts(): {readonly entropyExceeded: number; readonly dlpMatches: number}
  bufferSize(): number
}

interface Sources {
  readonly recorder: {status(): EvidenceStatus}
  readonly logging: {dropped(): number}
  readonly contract: {status(): ContractStatus | undefined}
  readonly responses: {
    excused(): readonly {readonly reason: string; readonly transport: string; readonly count: number}[]
  }
  readonly shield: {counts(): readonly CollectedCount[]}
  readonly redaction: {counts(): Readonly<Record<string, number>>}
  readonly 'cross-request': CrossRequestCounts
  readonly learn: {readonly captures: {readonly counts: () => CaptureCounts} | undefined}
}

const SANITISED = ['unsafe_path', 'overlength', 'unknown'] as const
const REGULATED = ['url', 'agent', 'unknown'] as const
const NO_CAPTURES: CaptureCounts = {
  records: 0,
  dropped: 0,
  sanitised: {},
  regulated: {},
  sidecars: {written: 0, dropped: 0},
}

export function collectors({
  recorder,
  logging,
  contract,
  learn,
  redaction,
  responses,
  shield,
  ...others
}: Sources): Collectors {
  return () => [
    ...captureCounts(learn.captures?.counts() ?? NO_CAPTURES),
    ...contractCounts(contract.status()),
    ...evidenceCounts(recorder.status()),
    ...perLabel('body_redactions_total', 'Texts replaced in request bodies', 'class', redaction.counts()),
    ...responses.excused().map(({reason, transport, count}) => ({
      name: 'response_scan_exempt_total',
      help: 'Findings in responses that were let through on purpose',
      labels: {reason, transport},
      value: count,
    })),
    ...shield.counts(),
    ...crossRequestCounts(others['cross-request']),
    {name: 'log_dropped_total', help: 'Log lines that could not be written', value: logging.dropped()},
  ]
}

function crossRequestCounts(memory: CrossRequestCounts): readonly CollectedCount[] {
  const {entropyExceeded, dlpMatches} = memory.counts()
  return [
    {name: 'cross_request_entropy_exceeded_total', help: 'Requests over the entropy budget', value: entropyExceeded},
    {name: 'cross_request_dlp_match_total', help: 'Secrets split over several requests', value: dlpMatches},
    {
      gauge: true,
      name: 'cross_request_fragment_buffer_bytes',
      help: 'Parts of requests kept to join them with later ones',
      value: memory.bufferSize(),
    },
  ]
}

function evidenceCounts({failures, withheld, untold, degraded, syncs}: EvidenceStatus): readonly CollectedCount[] {
  const name = 'receipt_emit_failures_total'
  const help = 'Receipts that could not be written, or were withheld because they hold a credential'
  return [
    {name, help, labels: {reason: 'write'}, value: failures},
    {name, help, labels: {reason: 'redaction'}, value: withheld},
    {
      gauge: true,
      name: 'evidence_degraded',
      help: '1 while evidence cannot be written, or its losses are not yet recorded',
      value: degraded === undefined ? 0 : 1,
    },
    {
      gauge: true,
      name: 'evidence_gap_pending',
      help: 'Lost entries not yet recorded in the log',
      value: untold,
    },
    ...perLabel('evidence_syncs_total', 'Syncs of the evidence log by what made them', 'kind', syncs),
  ]
}

/** No call site classifies actions yet, so every captured action counts as unclassified. */
function captureCounts({records, dropped, sanitised, regulated, sidecars}: CaptureCounts): readonly CollectedCount[] {
  const captured = records + dropped
  return [
    {name: 'capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_dropped_total', help: 'Captures that were lost', value: dropped},
    {name: 'learn_capture_records_total', help: 'Captures that were written', value: records},
    {name: 'learn_capture_sidecars_total', help: 'Sidecars that were written', value: sidecars.written},
    {
      name: 'learn_capture_sidecars_dropped_total',
      help: 'Captures that were to have a sidecar and went without',
      value: sidecars.dropped,
    },
    {name: 'learn_unclassified_actions_total', help: 'Captured actions without a class', value: captured},
    {
      gauge: true,
      name: 'learn_unclassified_rate',
      help: 'Share of captured actions without a class',
      value: captured === 0 ? 0 : 1,
    },
    ...(captured === 0
      ? []
      : [
          {
            name: 'learn_observation_events_total',
            help: 'Captured actions by class',
            labels: {action_class: 'unclassified'},
            value: captured,
          },
        ]),
    // closed labels of the capture counters are present from the start, so that rates can be computed
    ...SANITISED.map((reason) => ({
      name: 'capture_session_id_sanitized_total',
      help: 'Sessions whose id could not name a directory',
      labels: {reason},
      value: sanitised[reason] ?? 0,
    })),
    ...REGULATED.map((reason) => ({
      name: 'learn_regulated_data_blocked_total',
      help: 'Captures that were not written because they hold regulated data',
      labels: {reason},
      value: regulated[reason] ?? 0,
    })),
  ]
}

/**
 * Empty while the lock is off. Agents and hashes come from a signed manifest, not from requests, so series stay
 * bounded.
 */
function contractCounts(status: ContractStatus | undefined): readonly CollectedCount[] {
  if (!status) return []
  const {reloads, watcherErrors, generation, active, telemetry} = status
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

function perLabel(
  name: string,
  help: string,
  label: string,
  values: Readonly<Record<string, number>>,
): readonly CollectedCount[] {
  return Object.entries(values).map(([state, value]) => ({name, help, labels: {[label]: state}, value}))
}

function boundContracts(labels: Readonly<Record<string, string>>, value: number): CollectedCount {
  return {gauge: true, name: 'contract_active', help: 'Contracts in force', labels, value}
}
