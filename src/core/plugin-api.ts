// The interface for plugins of operators, published as the types of `pipelock/plugin`. It is the plugin interface of
// this repository, reduced to what one plugin can safely do beside the others: it returns findings and never decides.
// docs/plugins.md is its guide.
import type {z, ZodType} from 'zod'
import type {Exchange, Unit} from './exchange.js'
import type {Facts, Proposals, Surface} from './explanation.js'
import type {Ruling} from './policy.js'
import type {Reason} from './reasons.js'
import type {Awaitable} from '../lib/awaitable.js'
import type {BodyExtent, ExchangeEnd} from './verdicts.js'

export type {Awaitable, BodyExtent, Exchange, ExchangeEnd, Facts, Proposals, Ruling, Surface, Unit, z, ZodType}
export type {Decision, Finding} from './decision.js'
export type {Agent, Header, Target, Transport} from './exchange.js'
export type {Change, SettingValue} from './explanation.js'

/** The version of this interface; a plugin that names another one is refused. */
export const API_VERSION = 1

/**
 * Reasons that findings of an outside plugin may carry. All of them exist on the wire already, so clients and verifiers
 * of receipts know every value. The layer `plugin_<name>` tells which plugin it was.
 */
export const OUTSIDE_REASONS = [
  'request_policy_deny',
  'domain_blocklist',
  'dlp_match',
  'prompt_injection',
  'body_entropy',
  'media_policy',
] as const satisfies readonly Reason[]

/** One thing that the plugin saw. Never put the matched secret into it. */
export interface PluginFinding {
  readonly action: 'warn' | 'block'
  /** For operators, in logs and receipts: at most 500 characters. */
  readonly detail: string
  /** Name of the rule that matched, for receipts and `explain.loosen`: at most 100 characters. */
  readonly rule?: string
  /** For the client, where it must differ from `detail`. */
  readonly clientDetail?: string
  /** The setting that an operator could change. */
  readonly hint?: string
  /** Default: request_policy_deny. */
  readonly reason?: (typeof OUTSIDE_REASONS)[number]
}

export type PluginFindings = readonly PluginFinding[]

/** How much of a body must be complete before a byte of it moves. */
export interface BodyRequirement {
  /** At most 64 MiB. */
  readonly maxBytes: number
  /** The finding for a longer body; undefined lets a response pass uninspected. A request is blocked in any case. */
  over(extent: BodyExtent): PluginFinding | undefined
}

/** The inspector of one stream, with the memory that joins its pieces. */
export interface StreamWatcher {
  readonly maxEventBytes: number
  /** Called for every piece in wire order, before a byte of it moves. */
  feed(event: Unit): Awaitable<PluginFindings>
  /** The finding for an event over `maxEventBytes`, or in invalid UTF-8. */
  unreadable(why: 'size' | 'encoding'): PluginFinding
}

/**
 * Hooks in the order in which an exchange meets them. They run after those of the built-in plugins. An exception, a
 * rejection, 30 seconds without a result, or a result of another form is a blocking finding, in every mode; only
 * `observe` may fail without blocking.
 */
export interface PluginHooks {
  /**
   * Before anything else is known than the head of the request. HTTPS arrives as one CONNECT: the requests inside it are
   * not seen.
   */
  admit?(x: Exchange): PluginFindings
  /** Called with the head of a message; undefined: its body may stream. */
  requires?(x: Exchange, head: Unit): BodyRequirement | undefined
  /** Called for every head, and for the bodies that a plugin requires. The bytes must not be changed. */
  inspect?(x: Exchange, unit: Unit): Awaitable<PluginFindings>
  /** True requests a response that can be inspected: uncoded and complete. */
  expects?(x: Exchange): boolean
  /** Called with the head of a streamed response. */
  watch?(x: Exchange, head: Unit): StreamWatcher | undefined
  /** After the end of an exchange. `ruling.decision.cause` is the finding that decided: count refusals here. */
  observe?(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}

/** A value of /metrics. It is published as `pipelock_plugin_<plugin>_<name>`. */
export interface PluginSample {
  /** A value that may decrease or vanish; otherwise it is a counter. */
  readonly gauge?: true
  /** Lower-case letters, digits and underscores; the name of a counter ends in `_total`. */
  readonly name: string
  readonly help: string
  /** Values must come from a closed set, or a client could create series without bound. At most 100 series count. */
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

export interface PluginContext<State> {
  /** The value of `state()`: made once, it survives reloads of the same plugin code. */
  readonly state: State
  /** Milliseconds since the epoch. */
  now(): number
  /** A warning about the configuration, shown at start, by `check` and after a reload. */
  warn(field: string, message: string): void
  /** A line in the audit log. */
  log(message: string): void
}

export interface PluginInstance {
  readonly hooks: PluginHooks
  /** Called when /metrics is requested. */
  samples?(): readonly PluginSample[]
  close?(): Awaitable<void>
}

/** What `pipelock explain` says of it. */
export interface PluginExplanation<Config> {
  /** What the plugin detects, in a few words. */
  readonly about: string
  /** Where its layer is listed. */
  readonly surfaces: readonly Surface[]
  /** The setting that switches it off; undefined while it is on. */
  off?(config: Config): string | undefined
  /** Settings under which a blocked finding may do less, the narrowest first. Each is tried before it is shown. */
  loosen?(facts: Facts<Config>): Proposals
  /** The setting that makes a warning block when set to `block`. */
  readonly stricter?: string
}

/** The default export of a plugin's entry file. */
export interface Plugin<Config = never, State = unknown> {
  readonly apiVersion: typeof API_VERSION
  /** Lower-case letters, digits and underscores, at most 24: part of the layer `plugin_<name>`. */
  readonly name: string
  /**
   * Its configuration sections, by top-level key. Every mapping must be strict: a mistyped key must not pass. With
   * `.meta({weaker})` a key declares which change weakens protection; without it, every change counts. With
   * `.meta({path: true})` it is a path, relative to the configuration file; with `.meta({policyHash: 'omitted'})` it
   * changes no decision, and with `'unordered'` its order changes none.
   */
  schema?(zod: typeof z): Readonly<Record<string, ZodType>>
  /** Checks that a schema cannot express. */
  check?(config: Config): readonly {readonly field: string; readonly message: string}[]
  state?(): State
  create(config: Config, context: PluginContext<State>): Awaitable<PluginInstance>
  readonly explain?: PluginExplanation<Config>
}
