// The one evaluator of contracts, for live traffic, shadow replay and tests. Pure. A contract can only take away: it
// never lifts a scanner's block, and anything it cannot interpret is an error, which blocks in live mode. Its order
// is published in docs/formats/evaluation.md, Order.
import type {ContractOutcome} from '../decision.js'
import type {Destination} from '../../formats/target.js'
import {MAX_EACH, overridden, UNREADABLE_METHOD, type Overrides} from './overrides.js'
import {methodName} from './http-rule.js'
import {compileRules, type LockRule, type RuleTable} from './rules.js'
import {selectorIndex, type SelectorTarget} from '../../formats/selector.js'

/** A contract bound to agents by a manifest. */
export interface ContractBinding {
  readonly selectorId: string
  readonly contractHash: string
  readonly table: RuleTable
}

/** The contracts in force: an immutable set, swapped as a whole. */
export interface ActiveContracts {
  readonly manifestHash: string
  readonly generation: number
  resolve(agent: string): ContractBinding | undefined
}

export type LockSubject =
  /** `destination` is undefined when the target is malformed. */
  | {readonly kind: 'http'; readonly method: string; readonly destination: Destination | undefined}
  | {readonly kind: 'mcp'; readonly server: string; readonly tool: string; readonly arguments: unknown}

export interface LockInput {
  /** `live`, `shadow` or `capture`; anything else is an error. */
  readonly mode: string
  /** The resolved identity, never a self-declared name where names are bound. */
  readonly agent: string
  readonly subject: LockSubject
  /** How the action arrived: `forward`, `connect`, `fetch`, `redirect_refresh` … */
  readonly label: string
  /** Effective action of the scanners; undefined or "" is a missing decision, which blocks. */
  readonly scannerVerdict: string | undefined
  readonly killSwitch: boolean
  /** Policy sources that the caller reports. */
  readonly sources: readonly string[]
  /** Set by a transport's gate: without an active set it reports the caller's sources only. */
  readonly gate: boolean
}

export interface Evaluation {
  readonly outcome: ContractOutcome
  /** Why the evaluator failed, for the log; undefined when it did not. */
  readonly fault: string | undefined
}

export interface BoundContract {
  readonly target: SelectorTarget
  readonly selectorId: string
  readonly contractHash: string
  readonly rules: readonly LockRule[]
}

/** Compiles the contracts of a manifest. Throws for one that cannot be interpreted: it must not become active. */
export function activeContracts(
  manifest: {readonly manifestHash: string; readonly generation: number},
  bound: readonly BoundContract[],
): ActiveContracts {
  const tables = new Map<string, RuleTable>()
  const entries = bound.map(({target, selectorId, contractHash, rules}) => {
    const table = tables.get(contractHash) ?? compileRules(rules)
    tables.set(contractHash, table)
    return [target, {selectorId, contractHash, table}] as const
  })
  return {...manifest, resolve: selectorIndex<ContractBinding>(entries)}
}

const MODES = new Set(['live', 'shadow', 'capture'])

interface Frame {
  readonly input: LockInput
  readonly active: ActiveContracts | undefined
  readonly binding: ContractBinding | undefined
}

export function evaluate(active: ActiveContracts | undefined, input: LockInput): Evaluation {
  if (!MODES.has(input.mode)) {
    const frame = {input, active, binding: undefined}
    return {
      outcome: outcome(frame, {verdict: 'block', source: 'contract', reason: 'parse_error'}),
      fault: 'unknown mode',
    }
  }
  const binding = active?.resolve(input.agent)
  const frame: Frame = {input, active, binding}
  const scanner = input.scannerVerdict
  if (input.killSwitch) {
    return done(outcome(frame, {verdict: 'block', source: 'kill_switch', reason: 'kill_switch_active'}))
  }
  if (!scanner) return done(outcome(frame, {verdict: 'block', source: 'scanner', reason: 'scanner_decision_missing'}))
  if (scanner === 'block' || !binding) return done(outcome(frame, {verdict: scanner, source: 'scanner', reason: ''}))
  let decided: Decided | undefined
  try {
    decided = byContract(binding.table, input, scanner)
  } catch (error) {
    return failed(frame, scanner, error instanceof Error ? error.message : 'evaluator failed')
  }
  if (decided === undefined) return done(outcome(frame, {verdict: scanner, source: 'scanner', reason: ''}))
  return done(gated(frame, scanner, decided))
}

export interface OverrideEvaluation extends Evaluation {
  /** The override that was refused when the request line itself was not. */
  readonly override?: {readonly method: string; readonly isUrl: boolean}
}

/** Evaluation of the request line, or of the first override that the contract does not allow. */
export function evaluateWithOverrides(
  active: ActiveContracts | undefined,
  input: LockInput,
  {methods, urls}: Overrides,
): OverrideEvaluation {
  const plain = evaluate(active, input)
  const {subject} = input
  if (subject.kind !== 'http' || methods.length + urls.length === 0 || plain.outcome.liveVerdict === 'block')
    return plain
  const {destination} = subject
  const targets = urls.map((url) => ({isUrl: true, destination: destination && overridden(destination, url)}))
  const names = methods.length > MAX_EACH ? [UNREADABLE_METHOD] : methods
  if (urls.length > MAX_EACH) targets.splice(0, targets.length, {isUrl: true, destination: undefined})
  for (const target of [{isUrl: false, destination}, ...targets]) {
    for (const method of [subject.method, ...names]) {
      const evaluation = evaluate(active, {...input, subject: {kind: 'http', method, destination: target.destination}})
      if (evaluation.outcome.liveVerdict === 'block') return {...evaluation, override: {method, isUrl: target.isUrl}}
    }
  }
  return plain
}

interface Decided {
  readonly verdict: string
  readonly ruleId: string
  readonly unmatched?: true | undefined
  readonly otherParameters?: true | undefined
  readonly reason: string
}

class EvaluatorFault extends Error {}

/** The contract's own verdict; undefined when it has no jurisdiction over this kind of action. */
function byContract(table: RuleTable, {subject, label}: LockInput, scanner: string): Decided | undefined {
  let match
  if (subject.kind === 'http') {
    const {destination} = subject
    if (!destination) throw new EvaluatorFault('malformed target')
    if (!table.hasHttp) return undefined
    match = table.http({destination, method: methodName(subject.method), label, scannerVerdict: scanner})
  } else {
    const server = subject.server.trim()
    const tool = subject.tool.trim()
    if (server === '' || tool === '') throw new EvaluatorFault('tool call without server or tool')
    if (!table.hasMcp) return undefined
    match = table.tool(server, tool, subject.arguments)
  }
  if (match.allowed) return {verdict: scanner, ruleId: match.ruleId, reason: ''}
  // only a mismatch of arguments is a refusal by a rule: every other block is the absence of one
  const unmatched = match.reason === 'contract_mcp_args_mismatch' ? undefined : true
  const {ruleId, reason, otherParameters} = match
  return {verdict: 'block', ruleId, reason, unmatched, otherParameters}
}

/** Applies the mode: only `live` lets the contract act; the other modes report what live would have done. */
function gated(
  frame: Frame,
  scanner: string,
  {verdict, ruleId, unmatched, otherParameters, reason}: Decided,
): ContractOutcome {
  const {mode} = frame.input
  if (mode === 'live' && reason === '') return outcome(frame, {verdict, source: 'contract', reason, ruleId})
  const isDrift = reason !== ''
  const drift = {
    driftMode: isDrift ? mode : '',
    driftKind: isDrift ? 'positive' : '',
    unmatched,
    otherParameters,
  }
  if (mode === 'live') return outcome(frame, {verdict, source: 'contract', reason, ruleId, ...drift})
  return outcome(frame, {
    verdict: scanner,
    liveVerdict: verdict,
    source: 'scanner',
    consulted: 'contract',
    reason: 'contract_observed_only',
    liveReason: reason,
    ruleId,
    ...drift,
  })
}

function failed(frame: Frame, scanner: string, fault: string): Evaluation {
  const live = frame.input.mode === 'live'
  return {
    outcome: outcome(frame, {
      verdict: live ? 'block' : scanner,
      liveVerdict: 'block',
      source: live ? 'contract' : 'scanner',
      consulted: 'contract',
      reason: 'parse_error',
    }),
    fault,
  }
}

function done(result: ContractOutcome): Evaluation {
  return {outcome: result, fault: undefined}
}

interface Fields {
  readonly verdict: string
  readonly liveVerdict?: string
  readonly source: 'scanner' | 'contract' | 'kill_switch'
  /** Reported as a policy source although it did not decide. */
  readonly consulted?: 'contract'
  readonly reason: string
  readonly liveReason?: string
  readonly ruleId?: string
  readonly unmatched?: true | undefined
  readonly otherParameters?: true | undefined
  readonly driftMode?: string
  readonly driftKind?: string
}

function outcome({input, active, binding}: Frame, fields: Fields): ContractOutcome {
  const common = {
    verdict: fields.verdict,
    liveVerdict: fields.liveVerdict ?? fields.verdict,
    winningSource: fields.source,
    policySources: sourcesOf(input, active !== undefined, fields.consulted ?? fields.source),
    ruleId: fields.ruleId ?? '',
    reason: fields.reason,
    resolved: binding !== undefined,
    driftMode: fields.driftMode ?? '',
    driftKind: fields.driftKind ?? '',
    activeManifestHash: active?.manifestHash ?? '',
    contractHash: binding?.contractHash ?? '',
    selectorId: binding?.selectorId ?? '',
    generation: active?.generation ?? 0,
  }
  // members that most requests lack are added one by one: spreading them costs more than the rest of the evaluation
  const result: Writable<ContractOutcome> = common
  if (fields.unmatched) result.unmatched = true
  if (fields.otherParameters) result.otherParameters = true
  if (fields.liveReason) result.liveReason = fields.liveReason
  return result
}

type Writable<T> = {-readonly [Key in keyof T]: T[Key]}

const WITH_SCANNER = {
  scanner: ['scanner'],
  contract: ['scanner', 'contract'],
  kill_switch: ['scanner', 'kill_switch'],
} as const
const WITHOUT_SCANNER = {scanner: [], contract: ['contract'], kill_switch: ['kill_switch']} as const

function sourcesOf(
  input: LockInput,
  hasActive: boolean,
  last: 'scanner' | 'contract' | 'kill_switch',
): readonly string[] {
  const isConsulted = Boolean(input.scannerVerdict) && (hasActive || !input.gate)
  const consulted = (isConsulted ? WITH_SCANNER : WITHOUT_SCANNER)[last]
  if (input.sources.length === 0) return consulted
  const stated = input.sources.map((source) => source.trim()).filter((source) => source !== '')
  return [...new Set([...stated, ...consulted])]
}
