// What a plugin tells `explain` about itself: the layers that its findings name, and the settings that change their
// effect. Loaded by `explain` only; a running firewall needs none of it.
import type {Finding} from './decision.js'
import type {Target, Transport} from './exchange.js'
import type {RedactionSummary, ShieldSummary, WarnMatches} from './verdicts.js'

/** What is explained: a destination, or a text as the body of a request or of a response. */
export type Surface = 'url' | 'request' | 'response'

/** Subject of a question. */
export interface Subject {
  /** Destination or source. */
  readonly url: string
  /** Of a recorded request; undefined: GET, and POST for a request body. */
  readonly method?: string
  readonly transport?: Transport
  readonly content?: {readonly bytes: Buffer; readonly mediaType: string}
}

export type SettingValue = boolean | number | string | readonly SettingValue[] | {readonly [name: string]: SettingValue}

/** A setting, its new value, and the effect of the change in words. */
export interface Change {
  /** Path of the setting, with dots. */
  readonly field: string
  /** The whole value of the setting: a list replaces the one of the file. */
  readonly value: SettingValue
  /** In words: add, remove or raise what. */
  readonly says: string
  /** Other effects of the change that are easily overlooked. */
  readonly caution?: string
  /** The value holds secrets of the configuration: it is never printed. */
  readonly hidden?: true
}

export type Proposals = readonly Change[]

export interface Layer<Config> {
  readonly surface: Surface
  /** Label of its findings. */
  readonly label: string
  /** What the layer detects. */
  readonly about: string
  /** The setting that switches it off. */
  off?(config: Config): string | undefined
  /** Why an enabled layer is skipped for a question. */
  skipped?(question: {readonly lookedUp: boolean; readonly mediaType: string}): string | undefined
}

/** What a remedy may depend on. */
export interface Facts<Config> {
  readonly config: Config
  readonly subject: Subject
  readonly target: Target | undefined
  readonly finding: Finding
  readonly judged: {
    /** The checked addresses of its host. */
    readonly addresses: readonly string[]
    /** Matches of report-only patterns. */
    readonly reported: WarnMatches
  }
}

/** How the effect of a finding changes. Every proposal is confirmed by judging again before it is shown. */
export interface Remedy<Config> {
  /** Settings under which a blocked finding may do less, the narrowest first. */
  loosen?(facts: Facts<Config>): Proposals
  /** An entry for accepted findings covers it: proposed before all others. */
  readonly isAcceptable?: true
  /** The setting that makes it block when set to `block`, where it only warns. */
  readonly stricter?: string
  /** Settings that switch its layer on, the narrowest first. */
  readonly switches?: readonly string[]
  /** The setting of a recorded finding that judging its URL again cannot show; '' where no setting changes it. */
  readonly recorded?: string
}

/** A change of a message on its way. */
export interface Rewriting {
  /** A class of texts, a category, or a fixed name. */
  readonly what: string
  /** Number of distinct texts or places; bytes for metadata. */
  readonly count: number
}

export interface RewrittenMessage {
  readonly redaction?: RedactionSummary
  readonly shield?: ShieldSummary
  /** Lengths in bytes; undefined: the message continues unchanged. */
  readonly rewritten?: {readonly from: number; readonly to: number}
}

export type RewriteFacts<Config> = Pick<Facts<Config>, 'config' | 'target' | 'subject'>

/** The changes of one layer. */
export interface Rewrites<Config> {
  readonly layer: string
  /** Predicate of a report line, such as `replaces`. */
  readonly verb: string
  of(judged: RewrittenMessage, facts: RewriteFacts<Config>): readonly Rewriting[]
  /** Settings that would leave the message unchanged, the narrowest first. */
  keep(what: string, facts: RewriteFacts<Config>): Proposals
}

export interface Explanation<Config> {
  readonly layers?: readonly Layer<Config>[]
  /** By label; several plugins may add to one label. */
  readonly remedies?: Readonly<Record<string, Remedy<Config>>>
  readonly rewrites?: Rewrites<Config>
  /** Why no setting changes a finding; undefined where the plugin knows no reason. */
  fixed?(finding: Finding): string | undefined
  /** The entry that accepts a finding at its place. */
  accept?(facts: Facts<Config>): Proposals
  /** The configuration with its content inspection on, to judge what an inactive layer would find. */
  inspectAll?(config: Config): Partial<Config>
}

export const NONE: Proposals = []

export function set(field: string, value: SettingValue, says: string, caution?: string): Change {
  return {field, value, says, ...(caution !== undefined && {caution})}
}

export function add(field: string, list: readonly string[], entry: string, caution?: string): Change {
  return set(field, [...list, entry], `add ${JSON.stringify(entry)} to ${field}`, caution)
}

export function without(field: string, list: readonly string[], entry: string, caution?: string): Change {
  const rest = list.filter((one) => one !== entry)
  return set(field, rest, `remove ${JSON.stringify(entry)} from ${field}`, caution)
}

export function warned(field: string): Change {
  return set(field, 'warn', `set ${field} to warn`, 'it then warns for every destination')
}

export function switchedOff(field: string, caution: string): Change {
  return set(field, false, `set ${field} to false`, caution)
}
