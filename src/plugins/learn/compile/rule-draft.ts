// A rule as the profiles infer it, before it is written into a contract: key, selector parts, counts, class.
import type {HttpShape} from './aggregate.js'
import type {Budget} from './budgets.js'
import type {Confidence} from './confidence.js'
import type {CollapsedSegment, RetainedSegment} from './segments.js'
import type {Sessions} from './sessions.js'
import type {Constant} from './tool-arguments.js'
import type {Witnesses} from './witnesses.js'

export interface Normalized {
  readonly host: string
  readonly method: string
  /** Pattern above the first collapsed position; "" is the root. */
  readonly parentPrefix: string
  readonly collapsed: readonly CollapsedSegment[]
  /** Literals of positions that a person split. */
  readonly split: readonly RetainedSegment[]
  /** What a person keeps apart on this host and port. */
  readonly pins: readonly string[]
}

export interface Tail {
  readonly events: number
  readonly pairs: number
  readonly pairsObserved: number
  readonly block: boolean
}

/** What a rule of a family rests on, besides its own sessions. */
export interface FamilySupport {
  readonly members: number
  /** Pattern of the member that the rule is below. */
  readonly prefix: string
  /** Sessions with the same request below any member. */
  readonly sessions: Witnesses
  /** Sessions with any request below the member. */
  readonly prefixSessions: Witnesses
}

/** Names of query parameters, of a rule for one method of a path. */
export interface LearnedParameters {
  /** The names cannot be listed: nothing is admitted, refused or enforced. */
  readonly isOpen: boolean
  /** In byte order. */
  readonly admitted: readonly string[]
  /** Usable sessions that sent another name. */
  readonly refused: number
}

export interface LedgerPosition {
  readonly index: number
  /** Most frequent first, ties in byte order. */
  readonly values: readonly {readonly event_count: number; readonly value: string}[]
}

export interface RuleDraft {
  readonly key: string
  readonly kind: 'http_destination' | 'http_action' | 'mcp_tool_call'
  readonly host?: string
  readonly port?: number
  /** Pattern text. */
  readonly path?: string
  readonly method?: string
  readonly action?: string
  readonly server?: string
  readonly tool?: string
  readonly args?: readonly Constant[]
  readonly normalized?: Normalized
  readonly ledger?: readonly LedgerPosition[]
  readonly events: number
  /** sessions_observed and sessions_with_opportunity. */
  readonly sessions: number
  readonly opportunities: number
  readonly windows: number
  readonly windowsWithOpportunity: number
  readonly lower: number
  readonly confidence: Confidence
  readonly budgets?: {readonly payload: Budget; readonly scanner: Budget}
  readonly tail?: Tail
  readonly parameters?: LearnedParameters
  /** Set where the class rests on the family. */
  readonly family?: FamilySupport
}

/** Requests that support no rule, as a review lists them. */
export interface BlockedTraffic {
  /** Escaped for a code span. */
  readonly text: string
  readonly events: number
  readonly sessions: number
}

/** What a profile makes of an aggregate. */
export interface Inferred {
  /** In byte order of the keys. */
  readonly rules: readonly RuleDraft[]
  readonly sessionCount: number
  readonly usableSessions: number
  readonly blockedTraffic: readonly BlockedTraffic[]
  /** What the origin answered with an error; only wilson_lb_v3 tells it apart. */
  readonly unservedTraffic: readonly BlockedTraffic[]
  /** Pattern of every shape that has one, kept or in the tail; only wilson_lb_v2 has patterns. */
  readonly patterns?: ReadonlyMap<HttpShape, string>
  /** What counts as a session; undefined under wilson_lb_v1. */
  readonly sessions?: Sessions
}
