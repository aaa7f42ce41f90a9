// An immutable snapshot compiled from configuration and active contract: it judges an exchange from admission to its
// last byte. A reload makes a new one and swaps one reference.
import type {Awaitable} from '../lib/awaitable.js'
import type {ContractOutcome, Decision, Finding, GateMode} from './decision.js'
import type {Exchange, Unit} from './exchange.js'
import type {Route} from './route.js'
import type {Framing} from './stream-framing.js'
import type {ExchangeEnd, Meter, RedactionSummary, ShieldSummary, Requirements, WarnMatches} from './verdicts.js'

/** A decision with everything established on the way to it. */
export interface Ruling {
  readonly decision: Decision
  readonly contract: ContractOutcome | undefined
  /** The only addresses that may be dialled. */
  readonly addresses: readonly string[]
  /** Matches of report-only patterns: reported beside every outcome, deciding none. */
  readonly warnMatches?: WarnMatches
  /** The body, where it had to be complete to be judged: exactly these bytes are sent. */
  readonly body?: JudgedBody
  /** Parts removed from the response. */
  readonly shield?: ShieldSummary
  /**
   * Refused before any layer inspected the URL: its host is an unverified claim, so nothing may be counted under it.
   */
  readonly isUnjudged?: true
  readonly policy: Policy
}

export interface JudgedBody {
  readonly bytes: Buffer
  /** Differs from the client's body: digests of it are void, and its coding is gone. */
  readonly changed: boolean
  readonly redaction?: RedactionSummary
  /** What its content proved to be, where its head says another type. */
  readonly retyped?: Pick<Unit, 'headers' | 'mediaType' | 'contentType'>
}

/** A request as it is about to be sent. */
export interface OutboundRequest {
  readonly method: string
  /** Absolute, without fragment. */
  readonly uri: string
  /** Value of `Host`. */
  readonly authority: string
  /** Names and values alternating, without `Host`. */
  readonly fields: readonly string[]
  /** `streams`: it is not known as a whole. */
  readonly body: Buffer | 'none' | 'streams'
  /** Redirects so far. */
  readonly hop: number
}

/** The body of a request, as its transport can give it. */
export interface Content {
  /** Reads it whole; called at most once, and only when a plugin wants to inspect it. Never rejects. */
  read(maxBytes: number): Promise<ContentRead>
}

export type ContentRead =
  | {readonly kind: 'whole'; readonly bytes: Buffer}
  /** Longer than `maxBytes`. */
  | {readonly kind: 'over'}
  /** Unavailable: cut short, badly framed, too slow. */
  | {readonly kind: 'failed'; readonly finding: Finding}

/** A unit of a response, or a message, with its ruling. */
export interface Inspected {
  readonly ruling: Ruling
  /** The bytes that may be sent; undefined when blocked. */
  readonly unit: Unit | undefined
}

/** One stream of events, lines or messages under inspection. */
export interface StreamWatch {
  readonly framing: Framing
  /** Label of the first watcher. */
  readonly layer: string
  readonly maxEventBytes: number
  /** Of messages, those of kind `event` are joined only: control frames. Never rejects. */
  feed(event: Unit): Awaitable<Fed>
  /**
   * Checks several events in wire order at once: they pass unchanged. undefined: each must be fed by itself; nothing of
   * them is remembered. Never rejects.
   */
  feedAll(events: readonly Unit[]): Awaitable<{readonly open: boolean} | undefined>
  unreadable(why: 'size' | 'encoding'): Ruling
}

/** A piece of a stream with its ruling. */
export interface Fed extends Inspected {
  /** Hold it back: the next piece may complete a match. */
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
  /** A ruling from findings of a transport (head checks, limits, first bytes). */
  conclude(x: Exchange, findings: readonly Finding[], prior?: Ruling): Ruling
  /** The route that the exchange takes; undefined where none of the configuration matches. */
  route(x: Exchange): Route | undefined
  /** Whether responses to this exchange may be inspected. */
  expects(x: Exchange): boolean
  /** How much of a response must be complete before it moves; undefined: it may stream. Never throws. */
  requires(x: Exchange, head: Unit): Requirements | undefined
  /** The body of a response as it may be handed on, not yet judged (/fetch judges its parts). Never throws. */
  rewrite(x: Exchange, body: Unit, prior: Ruling): Awaitable<Inspected>
  /**
   * Judges a unit of a response under the ruling of its request. A whole body is rewritten first, and judged both as
   * received and as rewritten: a rewrite must neither hide a match nor create one. A message to a server is judged as it
   * is sent. Never throws.
   */
  inspect(x: Exchange, unit: Unit, prior: Ruling): Awaitable<Inspected>
  /** The inspector of the events or lines of a response, or of the messages of one direction; undefined: none. Never throws. */
  watch(x: Exchange, head: Unit, prior: Ruling): StreamWatch | undefined
  /** Counts the bytes of an exchange as they move; undefined: nothing is counted. Neither it nor the result throws. */
  meter(x: Exchange): Meter | undefined
  /** Writes the evidence of a ruling. An allow whose required evidence fails comes back as a block. Never throws. */
  commit(x: Exchange, ruling: Ruling): Awaitable<Ruling>
  /** The fields of a request with the attestation for the next hop, or why it must not be sent. Never throws. */
  attest(x: Exchange, ruling: Ruling, request: OutboundRequest): readonly string[] | Finding
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}
