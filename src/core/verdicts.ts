// What hooks return and receive besides an exchange: the vocabulary of the plugin interface (plugin.ts).
import type {ContractOutcome, Finding} from './decision.js'
import type {Unit} from './exchange.js'
import type {Awaitable} from '../lib/awaitable.js'

export type Findings = readonly Finding[]

export type WarnMatches = readonly {readonly pattern_name: string; readonly severity: string}[]

/**
 * Findings of the URL layers, and the checked addresses. No other address may be dialled, or a second DNS response
 * could redirect the connection (rebinding).
 */
export interface DestinationVerdict {
  readonly findings: Findings
  /** IP literals in dialling order; empty when nothing was resolved (replay, or a block before resolution). */
  readonly addresses: readonly string[]
  /** Matches of report-only patterns; they never gate. */
  readonly warnMatches?: WarnMatches
  /**
   * The layers after the one that refused: run when the findings do not block, so that the exchange is still judged by
   * all of them.
   */
  readonly rest?: () => Awaitable<DestinationVerdict>
}

export interface ContractVerdict {
  readonly findings: Findings
  /** undefined when no contract store is active. */
  readonly outcome: ContractOutcome | undefined
}

/** How an exchange ended, for logs, metrics and captures. */
export interface ExchangeEnd {
  /** Status sent to the client; 0 when none was. */
  readonly status: number
  /** From /fetch, which answers with a document of its own: the status of the origin's answer. */
  readonly originStatus?: number | undefined
  readonly responseBytes: number
  readonly requestBytes: number
  readonly durationMs: number
  /** The origin had responded when the exchange was decided. */
  readonly responded?: boolean
  /** Messages through a WebSocket. */
  readonly messages?: {readonly text: number; readonly binary: number}
}

/** How much of a message must be complete before a byte of it moves. */
export interface Requirement {
  readonly maxBytes: number
  /** Also on a route whose bodies move unread. */
  readonly always?: true
  /** A longer message moves on as it is; the limits of others are not lowered. */
  readonly optional?: true
  /** Only the beginning is inspected: a longer message is allowed, and streams on when `over` returns no finding. */
  readonly beginning?: true
  /** True when the beginning shows that the rest is not needed: `beginning` then applies. */
  suffices?(beginning: Buffer): boolean
  /**
   * Finding to raise when the body exceeds `maxBytes`; `undefined` lets it pass. Where the finding does not block, the
   * message moves on without having been inspected.
   */
  over(extent: BodyExtent): Finding | undefined
}

/** Known facts about a message that exceeds a limit. */
export interface BodyExtent {
  /** Its first bytes: at least `BEGINNING_BYTES`, if it is that long; empty for a request. */
  readonly beginning: Buffer
  /** Its declared length, or the length received so far. */
  readonly bytes: number
}

/** Enough to recognise the type of a content (WHATWG MIME Sniffing Standard, section 5.2, resource header). */
export const BEGINNING_BYTES = 1_445

/** The combined requirements of all plugins. */
export interface Requirements {
  readonly maxBytes: number
  /** A longer message moves on as it is. */
  readonly isOptional: boolean
  /** The limit once the beginning is known, which may be all that some plugins needed. */
  maxBytesOf(beginning: Buffer): number
  /** Every finding for an oversized message; empty where it may continue. */
  over(extent: BodyExtent): Finding[]
}

/** Changes of a body, for its receipt. */
export interface RedactionSummary {
  readonly profile: string
  readonly total_redactions: number
  readonly by_class: Readonly<Record<string, number>>
  readonly provider?: string
  readonly parser?: string
}

/** Parts removed from a page, for its receipt. */
export interface ShieldSummary {
  readonly pipeline: string
  readonly total_rewrites: number
  readonly extension_probes: number
  readonly tracking_beacons: number
  readonly agent_traps: number
  readonly fingerprint_shim_injected: boolean
  readonly svg_foreign_objects: number
  readonly svg_event_handlers: number
  readonly svg_external_references: number
  readonly svg_hidden_text: number
  readonly svg_animation_injections: number
  readonly body_bytes: number
  readonly scanned_bytes: number
  readonly partial: boolean
}

export interface Rewrite {
  readonly unit: Unit
  readonly findings: Findings
  /**
   * True: `bytes` replace the content. False: they are only the inspected form (a decoded body), and the received ones
   * are sent.
   */
  readonly changed: boolean
  readonly redaction?: RedactionSummary
  readonly shield?: ShieldSummary
}

/** Verdict on one event of a stream. */
export interface EventVerdict {
  readonly findings: Findings
  /** The stream so far may end in the beginning of a match: the event is held back for a moment. */
  readonly open: boolean
}

/** The inspector of one stream, with the memory that joins its pieces. */
export interface Watcher {
  /** Label of its findings. */
  readonly layer: string
  readonly maxEventBytes: number
  /**
   * Called for every piece in wire order, before a byte of it moves: an event, or lines that arrived together. The
   * latter were inspected as a body before.
   */
  feed(event: Unit): Awaitable<EventVerdict>
  /**
   * Checks several events in wire order at once to save work: none of them has a match, nor do they complete one with
   * earlier events. undefined: each must be fed by itself; nothing of them may then be remembered.
   */
  feedAll?(events: readonly Unit[]): Awaitable<Pick<EventVerdict, 'open'> | undefined>
  /** Finding for an event with more than `maxEventBytes` of data or invalid UTF-8, or for a line of that length. */
  unreadable(why: 'size' | 'encoding'): Finding
}

/** Counts the bytes of one exchange. */
export interface Meter {
  /** Counts bytes that are about to move; returns a finding that stops them, or undefined. */
  take(bytes: number): Finding | undefined
}
