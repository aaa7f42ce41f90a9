// What a running firewall learns about its contracts: batches of a minute and the hours
// of each rule. Memory is bounded by the signed rules, never by the traffic: no request makes a key, and a flood is a
// number. Nothing here decides anything; `capture` leaves no trace.
import {changeOf, createBatches, DEFAULT_DENY, WINDOW_MS, type Batches} from '../../core/contract/deltas.js'
import {deltaStatements, type Statement} from '../../core/contract/delta-receipt.js'
import type {ActiveContracts, LockSubject} from '../../core/contract/evaluate.js'
import {opportunityTracker, type OpportunityTracker} from '../../core/contract/opportunity.js'
import {watchedContract, type ObservedRule} from '../../core/contract/watched-rules.js'
import {decidingRule, type ContractOutcome} from '../../core/decision.js'
import type {Clock, Log} from '../../core/ports.js'
import type {LockMode} from './config.js'
import {ISSUER, opportunityStatement, positiveDrift, type Issue, type Unexpected} from './statements.js'
import {Quarantine} from './quarantine.js'

/** A decision under a contract. */
export interface Observed {
  readonly mode: LockMode
  readonly outcome: ContractOutcome
  readonly subject: LockSubject
  readonly label: string
  /** It was not let through, whoever blocked it. */
  readonly blocked: boolean
  /** Names the request in a batch; rarely needed. */
  readonly exemplarId: () => string
}

/** A contract in force, as the loader knows it. */
export interface WatchedBinding {
  /** The selector target as text. */
  readonly agent: string
  readonly selectorId: string
  readonly contractHash: string
  readonly rules: readonly ObservedRule[]
}

export interface TelemetryPorts {
  readonly clock: Clock
  readonly log: Log
  readonly newId: () => string
  /** Signs and records; false when nothing signs. */
  readonly evidence: (statement: Statement) => boolean
  /** Calls back once after so many milliseconds; the answer cancels. */
  readonly timer: (ms: number, run: () => void) => () => void
}

export interface TelemetryCounts {
  readonly shadowDeltas: number
  readonly positiveDrift: number
  readonly negativeDrift: number
  readonly opportunityMissing: number
  readonly candidates: number
  readonly released: number
  /** Rules in quarantine now. */
  readonly quarantined: number
  /** Statements that nothing signed. */
  readonly unsigned: number
}

/** Everything that is kept of one binding. */
interface ContractBinding {
  readonly binding: WatchedBinding
  readonly subject: Issue['subject']
  readonly tracker: OpportunityTracker
  readonly quarantine: Quarantine
  batches: Batches
  /** Unexpected observations of the open minute by rule, then by reason. */
  unexpected: Map<string, Map<string, number>>
  mode: LockMode
  /** When its contract went out of force: what began under it may still end for a while. */
  retiredMs: number | undefined
}

/** Longer than what an exchange takes from its judgement to its commit. */
const RETIRED_MS = 10 * WINDOW_MS

const minuteOf = (ms: number): number => Math.floor(ms / WINDOW_MS) * WINDOW_MS

export class LockTelemetry {
  readonly #ports: TelemetryPorts
  #desks = new Map<string, ContractBinding>()
  /** Begin of the open minute; undefined while nothing is open. */
  #minute: number | undefined
  #cancel: (() => void) | undefined
  /** By agent, so that a noisy one does not silence the others. */
  readonly #pages = new Map<string, number[]>()
  readonly #totals = {
    shadowDeltas: 0,
    positiveDrift: 0,
    negativeDrift: 0,
    opportunityMissing: 0,
    candidates: 0,
    released: 0,
    unsigned: 0,
  }

  constructor(ports: TelemetryPorts) {
    this.#ports = ports
  }

  /** Another set is in force. What is known of a contract that stays is kept. */
  adopt(set: Pick<ActiveContracts, 'manifestHash' | 'generation'>, bindings: readonly WatchedBinding[]): void {
    this.flush()
    const nowMs = this.#ports.clock.now()
    const {manifestHash, generation} = set
    const desks = new Map<string, ContractBinding>()
    for (const [key, current] of this.#desks) desks.set(key, {...current, retiredMs: current.retiredMs ?? nowMs})
    for (const binding of bindings) {
      const {agent, selectorId, contractHash, rules} = binding
      const key = bindingKey(binding)
      const subject = {manifestHash, generation, selectorId, contractHash}
      const known = this.#desks.get(key)
      desks.set(
        key,
        known
          ? {...known, subject, retiredMs: undefined}
          : {
              binding,
              subject,
              tracker: opportunityTracker(watchedContract(rules, agent), nowMs),
              quarantine: new Quarantine(),
              batches: createBatches(),
              unexpected: new Map(),
              mode: 'shadow',
              retiredMs: undefined,
            },
      )
    }
    this.#desks = desks
  }

  observe(observed: Observed): void {
    const {mode, outcome} = observed
    if (mode === 'capture') return
    const current = this.#desks.get(bindingKey(outcome))
    if (!current) return
    const nowMs = this.#ports.clock.now()
    if (this.#isOver(nowMs)) this.#roll(nowMs)
    if (current.mode !== mode) {
      this.#roll(nowMs) // a batch speaks of one mode
      current.mode = mode
    }
    this.#minute ??= minuteOf(nowMs)
    if (outcome.winningSource === 'kill_switch') {
      current.tracker.suppress(nowMs)
    } else {
      this.#count(current, observed, nowMs)
    }
    this.#arm(nowMs)
  }

  #count(
    current: ContractBinding,
    {mode, outcome, subject, label, blocked, exemplarId}: Observed,
    nowMs: number,
  ): void {
    // a request that no rule covers is charged to none: the rules of its host may be sound
    const ruleId = decidingRule(outcome) || DEFAULT_DENY
    if (outcome.driftKind === 'positive') {
      const reason = outcome.liveReason ?? outcome.reason
      const reasons = current.unexpected.get(ruleId) ?? new Map<string, number>()
      current.unexpected.set(ruleId, reasons.set(reason, (reasons.get(reason) ?? 0) + 1))
      this.#totals.positiveDrift++
    }
    if (mode === 'shadow' && outcome.policySources.includes('contract')) {
      const change = changeOf(outcome.verdict, outcome.liveVerdict)
      current.quarantine.count(ruleId, change, minuteOf(nowMs))
      if (change !== 'unchanged') {
        const {verdict: original, liveVerdict: candidate} = outcome
        current.batches.add({ruleId, original, candidate, exemplarId, timeMs: this.#inMinute(nowMs)})
        this.#totals.shadowDeltas++
      }
    }
    current.tracker.observe({subject, label, verdict: blocked ? 'block' : outcome.verdict}, nowMs)
  }

  /** A clock that trembles ends no minute; one that was set back does, or the minute would stay open until it is made up. */
  #isOver(nowMs: number): boolean {
    if (this.#minute === undefined) return false
    const minute = minuteOf(nowMs)
    return minute > this.#minute || minute < this.#minute - WINDOW_MS
  }

  /** What a clock that trembles brings belongs to the open minute. */
  #inMinute(nowMs: number): number {
    return Math.max(nowMs, this.#minute ?? nowMs)
  }

  /** Says what is open now: the minute may not be over (a stop, another set). */
  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#roll(this.#ports.clock.now())
  }

  close(): void {
    this.flush()
    this.#desks.clear()
  }

  counts(): TelemetryCounts {
    let quarantined = 0
    for (const {quarantine, retiredMs} of this.#desks.values())
      if (retiredMs === undefined) quarantined += quarantine.quarantined
    return {...this.#totals, quarantined}
  }

  #roll(nowMs: number): void {
    const startMs = this.#minute
    this.#minute = undefined
    for (const [key, current] of this.#desks) {
      const issue: Issue = {subject: current.subject, nowMs, newId: this.#ports.newId}
      if (startMs !== undefined) this.#sayMinute(current, startMs, issue)
      if (current.retiredMs === undefined) this.#sayHours(current, issue)
      else if (nowMs - current.retiredMs > RETIRED_MS) this.#desks.delete(key)
    }
  }

  #sayMinute(current: ContractBinding, startMs: number, issue: Issue): void {
    const {log} = this.#ports
    const {agent, contractHash} = current.binding
    const {batches, unexpected, mode} = current
    current.batches = createBatches()
    current.unexpected = new Map()
    for (const statement of deltaStatements(batches.sorted(), current.subject, ISSUER, issue.nowMs, issue.newId))
      this.#say(statement)
    for (const [ruleId, reasons] of [...unexpected].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const drift: Unexpected = {ruleId, startMs, reasons}
      this.#say(positiveDrift(drift, mode, issue))
      log.warn('contract_drift', {
        kind: 'positive',
        agent,
        contract: contractHash,
        rule: ruleId,
        mode,
        count: [...reasons.values()].reduce((sum, n) => sum + n, 0),
      })
    }
    const pages = (this.#pages.get(agent) ?? []).filter((atMs) => atMs >= issue.nowMs - 3_600_000)
    for (const {ruleId, advice, evaluations, newBlocks} of current.quarantine.judge(issue.nowMs, pages)) {
      const {state, reason} = advice
      this.#totals[state === 'candidate' ? 'candidates' : 'released']++
      const event = state === 'candidate' ? 'contract_quarantine' : 'contract_quarantine_released'
      log.warn(event, {agent, contract: contractHash, rule: ruleId, reason, evaluations, new_blocks: newBlocks})
    }
    if (pages.length > 0) this.#pages.set(agent, pages)
    else this.#pages.delete(agent)
  }

  #sayHours({binding: {agent, contractHash}, tracker}: ContractBinding, issue: Issue): void {
    const {log} = this.#ports
    for (const finding of tracker.take(issue.nowMs)) {
      this.#say(opportunityStatement(finding, issue))
      const about = {agent, contract: contractHash, rule: finding.ruleId}
      if (finding.kind === 'negative_drift') {
        this.#totals.negativeDrift++
        log.warn('contract_drift', {kind: 'negative', ...about, missed_windows: finding.missedWindows})
      } else {
        this.#totals.opportunityMissing++
        const {parentContext: parent, historical, current, window} = finding
        log.warn('contract_opportunity_missing', {...about, parent, historical, current, window})
      }
    }
  }

  #say(statement: Statement): void {
    if (!this.#ports.evidence(statement)) this.#totals.unsigned++
  }

  /** One timer for whatever ends first: the open minute, or an open hour. */
  #arm(nowMs: number): void {
    if (this.#cancel) return
    const ends = [...this.#desks.values()].flatMap(({tracker, retiredMs}) =>
      retiredMs === undefined ? (tracker.openUntilMs ?? []) : [],
    )
    if (this.#minute !== undefined) ends.push(this.#minute + WINDOW_MS)
    if (ends.length === 0) return
    this.#cancel = this.#ports.timer(Math.max(1, Math.min(...ends) - nowMs), () => {
      this.#cancel = undefined
      const at = this.#ports.clock.now()
      if (this.#minute === undefined || this.#isOver(at)) this.#roll(at)
      this.#arm(at)
    })
  }
}

function bindingKey({selectorId, contractHash}: {readonly selectorId: string; readonly contractHash: string}): string {
  return `${selectorId} ${contractHash}`
}
