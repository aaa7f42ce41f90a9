// A plugin is one value: a name, the configuration sections it owns, the commands it serves, its process-long state,
// and a constructor that turns validated configuration into hooks and a service. There is no registration by side
// effect.
import type {ZodType} from 'zod'
import type {Awaitable} from '../lib/awaitable.js'
import type {Decision} from './decision.js'
import type {Exchange, Unit} from './exchange.js'
import type {Explanation} from './explanation.js'
import type {Ports} from './ports.js'
import type {OutboundRequest, Ruling} from './policy.js'
import type {Preset} from './preset.js'
import type {Reason} from './reasons.js'
import type {Sample} from './sample.js'
import type {ReadSettings, Settings} from './services/settings.js'
import type {
  ContractVerdict,
  DestinationVerdict,
  ExchangeEnd,
  Findings,
  Meter,
  Requirement,
  Rewrite,
  Watcher,
} from './verdicts.js'

export type {Awaitable}
export * from './verdicts.js'

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
  /** The inspector of this stream. Called with the head of a stream; `framingOf` tells its framing. */
  watch(x: Exchange, head: Unit): Watcher | undefined
  /** Counts bytes as they move and stops a transfer over budget. undefined: nothing is counted; one plugin. */
  meter(x: Exchange): Meter | undefined
  /** What does a person decide about findings that ask? The result asks nothing any more; one plugin. */
  ask(x: Exchange, unit: Unit, findings: Findings): Promise<Findings>
  /** Does the active contract cover it? Called with the scanners' decision; one plugin. */
  contract(x: Exchange, scanner: Decision): ContractVerdict
  /** Attests the request to the next hop. Returns the fields to send; a throw blocks. Called for every request that is sent; one plugin. */
  outbound(x: Exchange, ruling: Ruling, request: OutboundRequest): readonly string[]
  /** Evidence that must exist before bytes move. A rejection blocks. */
  commit(x: Exchange, ruling: Ruling): Awaitable<void>
  /** Side effects that may be lost, such as logs and metrics. May fail quietly, counted. */
  observe(x: Exchange, ruling: Ruling, end: ExchangeEnd): void
}

/** One hook with the name of its plugin. */
export type Bound<Name extends keyof Hooks> = {readonly plugin: string; readonly run: Hooks[Name]}

/** Hooks in registry order, each with its plugin's name. */
export type PluginHooks = readonly {readonly plugin: string; readonly hooks: Partial<Hooks>}[]

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
  /** Published settings of any plugin, for the same configuration. */
  readonly settings: ReadSettings
  /** Service of a plugin built earlier in registry order; undefined when it has none. */
  service<Name extends keyof Services>(name: Name): Services[Name]
  /**
   * Asks the host to compose the pipeline again, because the state behind `hooks()` has changed (a contract was
   * promoted).
   */
  changed(): void
  readonly warn: (field: string, message: string) => void
  /** Values of all plugins of this generation for /metrics, read when the page is requested. */
  samples(): readonly Sample[]
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
  /** Values that it contributes to /metrics. */
  samples?(): readonly Sample[]
  close?(): Promise<void>
}

/** Values of the command line: they override the file and survive a reload. */
export interface CommandLineValues {
  readonly listen?: string
  /** Turns the reverse proxy on (`run --reverse-proxy`). */
  readonly reverse?: {readonly upstream: string; readonly listen?: string}
  /** Captures to this directory (`run --capture-dir`, `learn observe`). */
  readonly captureDir?: string
  /** Key that their sidecars are sealed to; only with captureDir. */
  readonly captureEscrowPublicKey?: string
}

/** A setting that is valid but probably a mistake. */
export interface SettingWarning {
  readonly field: string
  readonly message: string
}

/** One part of the protection, as `check` prints it. */
export interface ProtectionPart<Config> {
  readonly name: string
  /** The setting that turns it off. */
  readonly by: string
  on(config: Config): boolean
  /** The action on findings, while it is on. */
  note(config: Config): string
}

export interface Plugin<Config, State, Service, Services, Tools> {
  readonly name: string
  /** Top-level YAML keys; every key has one owner. */
  readonly sections: readonly string[]
  /** Strict schemas of the sections with their defaults; imported only when configuration is read. */
  schema(): Promise<Readonly<Record<string, ZodType>>>
  /** Checks across sections and against the file system; each problem names a field path such as `dlp.patterns[0].regex`. */
  check?(
    config: Config,
    settings: ReadSettings,
  ): Awaitable<readonly {readonly field: string; readonly message: string}[]>
  /** Settings of its sections that are valid but probably a mistake. */
  warnings?(config: Config): readonly SettingWarning[]
  /** Keys of its sections that values of the command line set, by section. */
  overrides?(values: CommandLineValues): Readonly<Record<string, object>>
  /** What it publishes of its sections: nobody else reads them. */
  settings?(config: Config): Settings[keyof Settings]
  /** The parts of the protection that its sections turn on and off. */
  readonly protections?: readonly ProtectionPart<Config>[]
  /** Its part of the presets, imported only where a configuration file is written. */
  preset?(): Promise<Preset>
  /** Its layers and remedies, imported only by `explain`. */
  explain?(): Promise<Explanation<Config>>
  /** Closed set of reasons that its findings may carry. */
  readonly reasons: readonly Reason[]
  /** Made once, survives reloads: counters, sessions, open files. */
  state(ports: Ports): State
  create(config: Config, state: State, context: Context<Services>): Awaitable<Instance<Service>>
  /** Functions for commands, without a running firewall. Must not import configuration schemas. */
  tools?(ports: Ports): Awaitable<Tools>
}
