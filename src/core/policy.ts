// An immutable snapshot compiled from configuration and active contract: what an exchange is judged by from admission to
// its last byte. A reload makes a new one and swaps one reference.
import type {ContractOutcome, Decision, Finding, GateMode} from './decision.js'
import type {Exchange} from './exchange.js'
import type {Awaitable, ExchangeEnd, WarnMatches} from './plugin.js'

/** A decision with all that was established on the way. */
export interface Ruling {
  readonly decision: Decision
  readonly contract: ContractOutcome | undefined
  /** The only addresses that may be dialled. */
  readonly addresses: readonly string[]
  /** Hits of report-only patterns: reported beside every outcome, deciding none (scanning §2.1, §6.7). */
  readonly warnMatches?: WarnMatches
  readonly policy: Policy
}

export interface Policy extends GateMode {
  readonly generation: number
  readonly explainBlocks: boolean
  /** Hex SHA-256 of the configuration file's bytes, or `defaults`. */
  readonly configHash: string
  /** Hex SHA-256 of the canonical projection of the effective configuration. */
  readonly policyHash: string
  /** Runs admit, destination and contract, then decides. No evidence is written yet. Never throws. */
  judge(x: Exchange): Awaitable<Ruling>
  /** A ruling from findings that a transport made itself (head checks, limits, first bytes). */
  conclude(x: Exchange, findings: readonly Finding[], prior?: Ruling): Ruling
  /** Writes the evidence of a ruling. An allow whose required evidence fails comes back as a block. Never throws. */
  commit(x: Exchange, ruling: Ruling): Awaitable<Ruling>
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}
