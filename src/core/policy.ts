// An immutable snapshot compiled from configuration and active contract: what an exchange is judged by from admission to
// its last byte. A reload makes a new one and swaps one reference.
import type {ContractOutcome, Decision, Finding, GateMode} from './decision.js'
import type {Exchange, Unit} from './exchange.js'
import type {Framing} from './stream-framing.js'
import type {Awaitable, ExchangeEnd, Meter, RedactionSummary, ShieldSummary, Wanted, WarnMatches} from './plugin.js'

/** A decision with all that was established on the way. */
export interface Ruling {
  readonly decision: Decision
  readonly contract: ContractOutcome | undefined
  /** The only addresses that may be dialled. */
  readonly addresses: readonly string[]
  /** Hits of report-only patterns: reported beside every outcome, deciding none (scanning §2.1, §6.7). */
  readonly warnMatches?: WarnMatches
  /** The body, where it had to be whole to be judged: these bytes are sent, and no others. */
  readonly body?: JudgedBody
  /** What the answer lost on its way. */
  readonly shield?: ShieldSummary
  /** Refused before any layer inspected the URL: its host is a claim that nothing may be counted under. */
  readonly isUnjudged?: true
  readonly policy: Policy
}

export interface JudgedBody {
  readonly bytes: Buffer
  /** No longer what the client sent: digests of it are void, and its coding is gone. */
  readonly changed: boolean
  readonly redaction?: RedactionSummary
}

/** The body of a request, as its transport can give it. */
export interface Content {
  /** Reads it whole; called at most once, and only when something wants to see it. Never rejects. */
  read(maxBytes: number): Promise<ContentRead>
}

export type ContentRead =
  | {readonly kind: 'whole'; readonly bytes: Buffer}
  /** It has more bytes than that. */
  | {readonly kind: 'over'}
  /** It cannot be had: cut short, badly framed, too slow. */
  | {readonly kind: 'failed'; readonly finding: Finding}

/** A unit of an answer with what was said of it. */
export interface Inspected {
  readonly ruling: Ruling
  /** What may be sent; undefined when it is blocked. */
  readonly unit: Unit | undefined
}

/** One stream of events or lines under inspection. */
export interface StreamWatch {
  readonly framing: Framing
  /** Label of who looks first. */
  readonly layer: string
  readonly maxEventBytes: number
  /** Never rejects. */
  feed(event: Unit): Awaitable<Fed>
  /**
   * Several events in wire order under one look: they pass as they are. undefined: each has to be fed by itself, nothing of
   * them is remembered. Never rejects.
   */
  feedAll(events: readonly Unit[]): Awaitable<{readonly open: boolean} | undefined>
  unreadable(why: 'size' | 'encoding'): Ruling
}

/** A piece of a stream with what was said of it. */
export interface Fed extends Inspected {
  /** Hold it back: a match may be completed by the next one. */
  readonly open: boolean
}

export interface Policy extends GateMode {
  readonly generation: number
  readonly explainBlocks: boolean
  /** Hex SHA-256 of the configuration file's bytes, or `defaults`. */
  readonly configHash: string
  /** Hex SHA-256 of the canonical projection of the effective configuration. */
  readonly policyHash: string
  /** Runs admit, destination, the inspection of head and body, and contract, then decides. No evidence is written yet. Never throws. */
  judge(x: Exchange, content?: Content): Awaitable<Ruling>
  /** A ruling from findings that a transport made itself (head checks, limits, first bytes). */
  conclude(x: Exchange, findings: readonly Finding[], prior?: Ruling): Ruling
  /** Whether answers of this exchange may be inspected. */
  expects(x: Exchange): boolean
  /** What of an answer has to be whole before it moves; undefined: it may stream. Never throws. */
  wants(x: Exchange, head: Unit): Wanted | undefined
  /** The body of an answer as it may be handed on; it is not judged by that (/fetch judges its parts). Never throws. */
  rewrite(x: Exchange, body: Unit, prior: Ruling): Awaitable<Inspected>
  /**
   * Judges a unit of an answer under the ruling that its request was sent by. A whole body is rewritten first, and judged
   * both as it came and as it would be handed on (scanning §11, dual scan). Never throws.
   */
  inspect(x: Exchange, unit: Unit, prior: Ruling): Awaitable<Inspected>
  /** Who looks at the events or lines of an answer; undefined: nobody. Never throws. */
  watch(x: Exchange, head: Unit, prior: Ruling): StreamWatch | undefined
  /** Counts the bytes of an exchange as they move; undefined: nobody does. Never throws, and what it returns never does. */
  meter(x: Exchange): Meter | undefined
  /** Writes the evidence of a ruling. An allow whose required evidence fails comes back as a block. Never throws. */
  commit(x: Exchange, ruling: Ruling): Awaitable<Ruling>
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}
