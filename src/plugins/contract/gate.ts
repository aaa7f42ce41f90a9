// The contract stage of the pipeline: asks the evaluator about an exchange and turns a block of the live contract into a
// finding. Shadow and capture give an outcome only; there is no allow finding, so a contract never lifts anything. What was
// decided is told to the telemetry when it is committed: a question that nobody acts on counts for nothing.
import {capturedUrl} from '../../core/contract/captured-url.js'
import {exemplarId} from '../../core/contract/deltas.js'
import {
  evaluateWithOverrides,
  type ActiveContracts,
  type LockInput,
  type LockSubject,
} from '../../core/contract/evaluate.js'
import {contractDestination, NO_OVERRIDES, overridesOf, withMethods} from '../../core/contract/overrides.js'
import {decidingRule, type ContractOutcome, type Decision, type Finding} from '../../core/decision.js'
import type {Exchange} from '../../core/exchange.js'
import type {IsClean} from '../../formats/sanitise.js'
import type {ContractVerdict, Hooks} from '../../core/plugin.js'
import type {Ruling} from '../../core/policy.js'
import type {Log} from '../../core/ports.js'
import {REASONS, type Reason} from '../../core/reasons.js'
import {blockText, NO_RULE} from './block-text.js'
import type {LockMode} from './config.js'
import type {Observed} from './telemetry.js'
import {errorText} from '../../lib/error-text.js'

export const CONTRACT_REASONS = [
  'contract_default_deny',
  'contract_enforce_default',
  'contract_non_default_port',
  'contract_invalid_path',
  'contract_observed_only',
  'kill_switch_active',
  'parse_error',
] as const satisfies readonly Reason[]

type WireReason = (typeof CONTRACT_REASONS)[number]

/** Internal reason → wire reason; anything else is an evaluator failure. */
const WIRE: Readonly<Record<string, WireReason>> = {
  contract_default_deny: 'contract_default_deny',
  contract_mcp_default_deny: 'contract_default_deny',
  contract_enforce_default: 'contract_enforce_default',
  contract_mcp_args_mismatch: 'contract_enforce_default',
  contract_non_default_port: 'contract_non_default_port',
  contract_invalid_path: 'contract_invalid_path',
  contract_observed_only: 'contract_observed_only',
  kill_switch_active: 'kill_switch_active',
}

export function wireReason(reason: string): WireReason {
  return WIRE[reason] ?? 'parse_error'
}

/** Where no contract store is active nothing is said. */
export const SILENT: ContractVerdict = {findings: [], outcome: undefined}

export interface GateFacts {
  /** For the words of a block. */
  readonly isClean?: IsClean
  /** Methods that the form of a request asks for. */
  readonly formMethods?: (x: Exchange) => readonly string[]
}

/** The `contract` hook over one consistent pair of set and mode. */
export function contractGate(
  active: ActiveContracts | undefined,
  mode: LockMode,
  log: Log,
  {isClean, formMethods = () => []}: GateFacts = {},
): (x: Exchange, scanner: Decision) => ContractVerdict {
  if (!active) return () => SILENT
  return (x, scanner) => {
    // a tunnel's head goes to no server
    const overrides = x.method === 'CONNECT' ? NO_OVERRIDES : overridesOf(x.headers, x.target?.raw ?? '')
    const subjects = withMethods(overrides, formMethods(x))
    const {outcome, fault, override} = evaluateWithOverrides(active, inputOf(x, scanner, mode), subjects)
    if (fault !== undefined)
      log.error('contract_evaluator_failed', {request: x.requestId, agent: x.agent.name, mode, fault})
    const wouldBlock = outcome.liveVerdict === 'block' && outcome.verdict !== 'block'
    if (wouldBlock && mode === 'shadow') {
      log.info('contract_would_block', {
        request: x.requestId,
        agent: x.agent.name,
        rule: decidingRule(outcome) || NO_RULE,
        reason: outcome.liveReason ?? outcome.reason,
      })
    }
    const isBlocked = isContractBlock(outcome)
    return {
      findings: isBlocked
        ? [finding(outcome, blockText(outcome, x, {findings: scanner.findings, isClean, override}))]
        : [],
      outcome,
    }
  }
}

export interface WitnessOptions {
  readonly mode: LockMode
  readonly observe: (observed: Observed) => void
  /** For the ids under which requests are named. */
  readonly isClean: IsClean
  readonly salt: Uint8Array | undefined
  readonly log: Log
}

/** The `commit` hook: every committed decision once, also when a later block of the same exchange is committed again. */
export function contractWitness({mode, observe, isClean, salt, log}: WitnessOptions): Hooks['commit'] {
  const counted = new WeakSet<ContractOutcome>()
  return (x, {contract: outcome, decision}) => {
    if (!outcome?.resolved || counted.has(outcome)) return
    counted.add(outcome)
    try {
      observe({
        mode,
        outcome,
        subject: subjectOf(x),
        label: labelOf(x),
        blocked: decision.action === 'block',
        exemplarId: () => exemplarOf(x, decision, isClean, salt),
      })
    } catch (error) {
      // statistics must not stop traffic that every check let through
      log.error('contract_telemetry_failed', {error: errorText(error)})
    }
  }
}

function exemplarOf(
  x: Exchange,
  {findings}: Ruling['decision'],
  isClean: IsClean,
  salt: Uint8Array | undefined,
): string {
  const url = x.target === undefined ? '' : capturedUrl(x.method, x.target, findings, isClean)
  return exemplarId({surface: 'url', method: x.method, url, toolName: '', mcpMethod: ''}, salt)
}

function subjectOf(x: Exchange): LockSubject {
  return {kind: 'http', method: x.method, destination: contractDestination(x.target)}
}

function labelOf(x: Exchange): string {
  return x.purpose === 'redirect' && x.transport === 'fetch' ? 'redirect_refresh' : x.transport
}

function inputOf(x: Exchange, scanner: Decision, mode: LockMode): LockInput {
  return {
    mode,
    agent: x.agent.name,
    subject: subjectOf(x),
    label: labelOf(x),
    scannerVerdict: scanner.action,
    killSwitch: false,
    sources: [],
    gate: true,
  }
}

function isContractBlock(outcome: ContractOutcome): boolean {
  return outcome.winningSource === 'contract' && outcome.verdict === 'block'
}

/** The client learns the reason and the id of a rule that refused, nothing of what the rule says. */
function finding(outcome: ContractOutcome, detail: string): Finding {
  const reason = wireReason(outcome.reason)
  return {
    plugin: 'contract',
    authority: 'contract',
    layer: 'contract',
    reason,
    action: 'block',
    severity: REASONS[reason].severity,
    order: 0,
    detail,
    rule: decidingRule(outcome) || (outcome.unmatched ? NO_RULE : reason),
  }
}

/** A form that cannot be read whole may ask for any method. */
export function formTooLong(maxBytes: number): Finding {
  return {
    plugin: 'contract',
    authority: 'contract',
    layer: 'contract',
    reason: 'contract_enforce_default',
    action: 'block',
    severity: REASONS.contract_enforce_default.severity,
    order: 0,
    detail: `a form of more than ${maxBytes} bytes may ask for a method that the contract does not allow`,
    hint: 'raise request_body_scanning.max_body_bytes, or send less at once',
    rule: NO_RULE,
  }
}
