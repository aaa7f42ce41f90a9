// A plugin is one value: a name, the configuration sections it owns, the commands it serves, its process-long state,
// and a constructor that turns validated configuration into hooks and a service. There is no registration by side
// effect.
import type {ZodType} from 'zod'
import type {Awaitable} from '../lib/awaitable.js'
import type {ContractOutcome, Decision, Finding} from './decision.js'
import type {Exchange, Header, Unit} from './exchange.js'
import type {Ports} from './ports.js'
import type {Ruling} from './policy.js'
import type {Reason} from './reasons.js'

export type {Awaitable}
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
  readonly responseBytes: number
  readonly requestBytes: number
  readonly durationMs: number
}

/** How much of a message must be complete before a byte of it moves. */
export interface Requirement {
  readonly maxBytes: number
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

export interface Hooks {
  /** May this caller do anything now? */
  admit(x: Exchange): Findings
  /** May anyone go there? One plugin owns the ordered URL layers. */
  destination(x: Exchange): Awaitable<DestinationVerdict>
  /** What must change before it is judged or sent? */
  rewrite(x: Exchange, unit: Unit): Awaitable<Rewrite>
  /** Does the content leak or smuggle anything? Called for every head, and for the bodies that a plugin wants. */
  inspect(x: Exchange, unit: Unit): Awaitable<Findings>
  /** Which body must be complete before it moves? Called with the head of its message; undefined: it may stream. */
  requires(x: Exchange, head: Unit): Requirement | undefined
  /** May the response be inspected? An uncoded and complete one is then requested. */
  expects(x: Exchange): boolean
  /** The inspector of this stream. Called with the head of a streamed response; `framingOf` tells its framing. */
  watch(x: Exchange, head: Unit): Watcher | undefined
  /** Counts bytes as they move and stops a transfer over budget. undefined: nothing is counted; one plugin. */
  meter(x: Exchange): Meter | undefined
  /** What does a person decide about findings that ask? The result asks nothing any more; one plugin. */
  ask(x: Exchange, unit: Unit, findings: Findings): Promise<Findings>
  /** Does the active contract cover it? Called with the scanners' decision; one plugin. */
  contract(x: Exchange, scanner: Decision): ContractVerdict
  /** Attestation headers for the next hop. */
  outbound(x: Exchange): Awaitable<readonly Header[]>
  /** Evidence that must exist before bytes move. A rejection blocks. */
  commit(x: Exchange, ruling: Ruling): Awaitable<void>
  /** Side effects that may be lost, such as logs and metrics. May fail quietly, counted. */
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}

export const HOOK_NAMES = [
  'admit',
  'destination',
  'requires',
  'rewrite',
  'inspect',
  'expects',
  'watch',
  'meter',
  'ask',
  'contract',
  'outbound',
  'commit',
  'observe',
] as const satisfies readonly (keyof Hooks)[]

/** Inputs of a plugin besides its configuration. */
export interface Context<Services> {
  readonly ports: Ports
  /** Hashes of the configuration this instance is built from. */
  readonly hashes: {readonly raw: string; readonly policy: string}
  /** Service of a plugin built earlier in registry order; undefined when it has none. */
  service<Name extends keyof Services>(name: Name): Services[Name]
  /**
   * Asks the host to compose the pipeline again, because the state behind `hooks()` has changed (a contract was
   * promoted).
   */
  changed(): void
  readonly warn: (field: string, message: string) => void
}

export interface Instance<Service> {
  readonly service: Service
  /** Called once for every pipeline that is composed; the functions it returns close over one consistent snapshot. */
  hooks?(): Partial<Hooks>
  /** 'ok', or a description of the fault, for the log. */
  health?(): string
  /**
   * The same as a code for /health, which the agent can read: no path, no name and no content. undefined while healthy.
   */
  reason?(): string | undefined
  close?(): Promise<void>
}

export interface Plugin<Config, State, Service, Services, Tools> {
  readonly name: string
  /** Top-level YAML keys; every key has one owner. */
  readonly sections: readonly string[]
  /** Strict schemas of the sections with their defaults; imported only when configuration is read. */
  schema(): Promise<Readonly<Record<string, ZodType>>>
  /** Checks across sections and against the file system; each problem names a field path such as `dlp.patterns[0].regex`. */
  check?(config: Config): Awaitable<readonly {readonly field: string; readonly message: string}[]>
  /** Closed set of reasons that its findings may carry. */
  readonly reasons: readonly Reason[]
  /** Made once, survives reloads: counters, sessions, open files. */
  state(ports: Ports): State
  create(config: Config, state: State, context: Context<Services>): Awaitable<Instance<Service>>
  /** Functions for commands, without a running firewall. Must not import configuration schemas. */
  tools?(ports: Ports): Awaitable<Tools>
}
