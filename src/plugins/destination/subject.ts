// Shared data of the URL layers: the settings of one configuration, the destination to judge, and the facts about it.
import type {Exchange, Purpose, Target} from '../../core/exchange.js'
import type {EntropyMatch} from './host-signals.js'
import type {Address} from '../../lib/ip.js'
import type {WalletGuard} from './wallet-guard.js'

export interface DestinationSettings {
  /** Only allowlisted hosts (mode strict). */
  readonly allowlistOnly: boolean
  readonly allowlist: readonly string[]
  readonly blocklist: readonly string[]
  readonly internal: readonly string[]
  readonly ipAllowlist: readonly string[]
  readonly trustedDomains: readonly string[]
  readonly hostOverrides: Readonly<Record<string, readonly string[]>>
  readonly maxUrlLength: number
  readonly entropyThreshold: number
  readonly subdomainEntropyThreshold: number
  readonly entropyExclusions: readonly string[]
  /** Parameters whose values are not scored, by host. */
  readonly entropyExemptKeys?: readonly {readonly host: string; readonly keys: readonly string[]}[]
  /** Short parts are also scored against the maximum entropy of their length. */
  readonly entropyLengthAware?: boolean
  readonly maxRequestsPerMinute: number
  readonly maxDataPerMinute: number
  /** undefined: address protection is off. */
  readonly wallets?: WalletGuard | undefined
  /** For an internal address as a value of a request; undefined: such values are not judged. */
  readonly nestedAction?: 'warn' | 'block' | undefined
  /** True for a finding that an operator has accepted at a place; undefined: none is accepted. */
  readonly isAccepted?: ((rule: string, x: Subject | Exchange) => boolean) | undefined
  /** True where a route lifts the allowlist and the blocklist. */
  readonly isAllowed?: ((x: Subject | Exchange) => boolean) | undefined
}

export interface WarnMatch {
  readonly pattern_name: string
  readonly severity: string
}

/** The facts of an exchange that this stage reads. */
export interface Subject {
  readonly rawTarget: string
  readonly target: Target | undefined
  readonly purpose: Purpose
  readonly signal: AbortSignal
  /** Names must not be resolved (a check without `--resolve`). */
  readonly offline?: boolean
}

/** The destination is the service behind the reverse proxy. */
export function isToUpstream(x: object): boolean {
  return 'toUpstream' in x && x.toUpstream === true
}

/** Everything that depends on the host name alone. */
export interface HostFacts {
  readonly domain: string
  readonly literal: Address | undefined
  readonly allowed: boolean
  readonly blockedBy: string | undefined
  readonly excluded: boolean
  /** Lower-case names of parameters whose values are not scored. */
  readonly exemptKeys: ReadonlySet<string>
  /** Its paths are identifiers of documents, and nobody but their owners sees which are requested. */
  readonly holdsDocuments: boolean
  readonly signal: EntropyMatch | undefined
  readonly undecodable: boolean
}

/** A judgement in progress. */
export interface Scan {
  readonly x: Subject | Exchange
  readonly target: Target
  readonly facts: HostFacts
  readonly warn: WarnMatch[]
}
