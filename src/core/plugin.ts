// A plugin is one value: a name, the configuration sections it owns, the commands it answers, its process-long state, and
// a constructor that turns validated configuration into hooks and a service. Nothing registers itself by side effect.
import type {ZodType} from 'zod'
import type {ContractOutcome, Decision, Finding} from './decision.js'
import type {Exchange, Header, Unit} from './exchange.js'
import type {Ports} from './ports.js'
import type {Ruling} from './policy.js'
import type {Reason} from './reasons.js'

export type Awaitable<T> = T | Promise<T>
export type Findings = readonly Finding[]

export type WarnMatches = readonly {readonly pattern_name: string; readonly severity: string}[]

/** Findings of the URL layers, and the checked addresses that alone may be dialled (scanning §3.8 step 8). */
export interface DestinationVerdict {
  readonly findings: Findings
  /** IP literals in dialling order; empty when nothing was resolved (replay, or a block before resolution). */
  readonly addresses: readonly string[]
  /** Hits of report-only patterns; they never gate (scanning §6.7). */
  readonly warnMatches?: WarnMatches
  /** The layers after the one that refused: run when the findings do not block, so that the exchange goes on fully judged. */
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

/** How much of a message must be whole before a byte of it moves. */
export interface Want {
  readonly maxBytes: number
  /** Only its beginning is looked at: a longer message is no fault, and streams on when `over` finds nothing. */
  readonly beginning?: true
  /** Its beginning may tell that the rest is not needed: then it is as if only the beginning were wanted. */
  suffices?(beginning: Buffer): boolean
  /**
   * What it means that there is more; undefined: nothing. Where it does not block, the message moves on without having
   * been inspected.
   */
  over(seen: Seen): Finding | undefined
}

/** What is known of a message that is longer than somebody wants. */
export interface Seen {
  /** Its first bytes: at least `BEGINNING_BYTES`, where it has them; empty of a request. */
  readonly beginning: Buffer
  /** Its declared length, or how much of it came so far. */
  readonly bytes: number
}

/** As much as it takes to recognise what a content is (WHATWG MIME Sniffing §5.2, resource header). */
export const BEGINNING_BYTES = 1_445

/** The wants of all plugins together. */
export interface Wanted {
  readonly maxBytes: number
  /** The same with its beginning known, which may be all that some of them needed. */
  maxBytesOf(beginning: Buffer): number
  /** Every finding; none where the message may go on. */
  over(seen: Seen): Finding[]
}

/** What was changed in a body, for its receipt (scanning §9.7). */
export interface RedactionSummary {
  readonly profile: string
  readonly total_redactions: number
  readonly by_class: Readonly<Record<string, number>>
  readonly provider?: string
  readonly parser?: string
}

/** What a page lost on its way, for its receipt (receipts §2.3). */
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
  /** The new bytes are what is sent; otherwise they are only what is looked at (a decoded body), and the old ones are sent. */
  readonly changed: boolean
  readonly redaction?: RedactionSummary
  readonly shield?: ShieldSummary
}

/** What a watcher says of one event of a stream. */
export interface EventVerdict {
  readonly findings: Findings
  /** What was seen so far may be the beginning of a match: the event is held back for a moment (scanning §12). */
  readonly open: boolean
}

/** The inspector of one stream, with the memory that joins its pieces. */
export interface Watcher {
  /** Label of what it finds. */
  readonly layer: string
  readonly maxEventBytes: number
  /**
   * Called for every piece in wire order, before a byte of it moves: an event, or lines that came at once. The latter were
   * inspected as a body before.
   */
  feed(event: Unit): Awaitable<EventVerdict>
  /**
   * Several events in wire order under one look, which may only save work: nothing is found in any of them, nor in what
   * they add to the events before. undefined: each has to be fed by itself; then nothing of them may be remembered.
   */
  feedAll?(events: readonly Unit[]): Awaitable<Pick<EventVerdict, 'open'> | undefined>
  /** What an event means that has more than `maxEventBytes` of data, or is no UTF-8; or a line of so many bytes. */
  unreadable(why: 'size' | 'encoding'): Finding
}

/** Counts the bytes of one exchange. */
export interface Meter {
  /** Counts bytes that are about to move; the finding that keeps them from it, if there is one. */
  take(bytes: number): Finding | undefined
}

export interface Hooks {
  /** May this caller do anything now? */
  admit(x: Exchange): Findings
  /** May anyone go there? One plugin owns the ordered URL layers. */
  destination(x: Exchange): Awaitable<DestinationVerdict>
  /** What must change before it is judged or sent? */
  rewrite(x: Exchange, unit: Unit): Awaitable<Rewrite>
  /** What does the content give away or smuggle? Called for every head, and for the bodies that a plugin wants. */
  inspect(x: Exchange, unit: Unit): Awaitable<Findings>
  /** Which body must be whole before it moves? Called with the head of its message; undefined: it may stream. */
  wants(x: Exchange, head: Unit): Want | undefined
  /** May the answer be inspected? Then an uncoded and whole one is asked for (proxy §13.2, §13.3). */
  expects(x: Exchange): boolean
  /** Who looks at the pieces of this stream? Called with the head of an answer that is one; `framingOf` says of what. */
  watch(x: Exchange, head: Unit): Watcher | undefined
  /** Who counts the bytes as they move, and ends what passes a budget? undefined: nobody does; one plugin. */
  meter(x: Exchange): Meter | undefined
  /** What does a person say about findings that ask? The answer asks nothing any more; one plugin. */
  ask(x: Exchange, unit: Unit, findings: Findings): Promise<Findings>
  /** Does the active contract cover it? Called with the scanners' decision; one plugin. */
  contract(x: Exchange, scanner: Decision): ContractVerdict
  /** What is attested to the next hop? */
  outbound(x: Exchange): Awaitable<readonly Header[]>
  /** Evidence that must exist before bytes move. A rejection blocks. */
  commit(x: Exchange, ruling: Ruling): Awaitable<void>
  /** Everything that may be lost. May fail quietly, counted. */
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}

export const HOOK_NAMES = [
  'admit',
  'destination',
  'wants',
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

/** What a plugin gets besides its configuration. */
export interface Context<Services> {
  readonly ports: Ports
  /** Hashes of the configuration this instance is built from (proxy §3.2). */
  readonly hashes: {readonly raw: string; readonly policy: string}
  /** Service of a plugin built earlier in registry order; undefined when it has none. */
  service<Name extends keyof Services>(name: Name): Services[Name]
  /** Ask the host to compose the pipeline anew, because what `hooks()` closes over has changed (a contract was promoted). */
  changed(): void
  readonly warn: (field: string, message: string) => void
}

export interface Instance<Service> {
  readonly service: Service
  /** Called once for every pipeline that is composed; the functions it returns close over one consistent snapshot. */
  hooks?(): Partial<Hooks>
  /** 'ok', or what is wrong, for the log. */
  health?(): string
  /** The same as a code for /health, which the agent can read: no path, no name and no content. undefined while well. */
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
  /** What commands call without a running firewall. Must not import configuration schemas. */
  tools?(ports: Ports): Awaitable<Tools>
}
