// The only place where verdicts meet: gate() turns proposed actions into effective ones, decide() combines them. No
// other code reads `mode` or `enforce`. There is no allow finding, so nothing can outvote a block.
import type {FindingClass, Reason, Severity} from './reasons.js'

export type Action = 'allow' | 'warn' | 'strip' | 'redirect' | 'ask' | 'block'
export type Authority = 'kill_switch' | 'scanner' | 'contract' | 'transport' | 'evidence'

/** Bytes of the inspected unit that `strip` replaces. */
export interface Replacement {
  /** Byte offsets into `Unit.bytes`; `end` is exclusive. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The exemption of a route under which a finding only warns. */
export interface Exemption {
  readonly route: string
  readonly rule: string
  readonly owner: string
  readonly reason: string
  /** As written: a date, or an RFC 3339 time. */
  readonly expires: string
}

/** Result of one check. It never holds the matched secret. */
export interface Finding {
  readonly plugin: string
  readonly authority: Authority
  /** Scanner or stage label, `[A-Za-z0-9_]{1,32}`; used in the Layer header, receipts and metrics. */
  readonly layer: string
  readonly reason: Reason
  /** Proposed action; gate() derives the effective one. */
  readonly action: Action
  readonly severity: Severity
  /** Survives audit mode and `enforce: false`: the message cannot be forwarded safely, or not at all. */
  readonly hard?: true
  /** Position of the layer in the fixed sequence; lower comes first. */
  readonly order: number
  /** Text for operators, with addresses and resolver errors: logs and receipts. */
  readonly detail: string
  /** Text for the client where it must differ from `detail`, which may name addresses. */
  readonly clientDetail?: string
  readonly hint?: string
  /** 0 … 1 */
  readonly score?: number
  readonly class?: FindingClass
  /** Name of the rule or pattern. */
  readonly rule?: string
  /** Patterns that matched, for events and report-only matches. */
  readonly matches?: readonly {readonly pattern_name: string; readonly severity: string}[]
  /** The view of the text (decoded, joined, …) in which the match occurred, in words. */
  readonly view?: string
  /** Name of the request header with the match. */
  readonly header?: string
  /** The match lies in the host name, which then must not be echoed. */
  readonly inHost?: true
  /** The URL holds a credential besides the subject of this finding: it is shown without path and query. */
  readonly hides?: true
  /** The exemption of a route under which it only warns. */
  readonly exemption?: Exemption
  /** Seconds, for 429. */
  readonly retryAfterSeconds?: number
  /**
   * Replacements of a `strip` finding; without them it is treated as a block. The pipeline applies them, never a
   * plugin.
   */
  readonly replace?: readonly Replacement[]
}

/** Verdict of the live contract on an exchange, for receipts; empty strings where nothing applies. */
export interface ContractOutcome {
  readonly verdict: string
  readonly liveVerdict: string
  readonly winningSource: '' | 'scanner' | 'contract' | 'kill_switch'
  readonly policySources: readonly string[]
  /**
   * The rule that decided. Where `unmatched`, the wire format demands the first rule of the host, which decided
   * nothing.
   */
  readonly ruleId: string
  /** No rule covers the request. */
  readonly unmatched?: true
  /** A rule covers the request but for the names of its parameters. */
  readonly otherParameters?: true
  readonly reason: string
  /** The reason that live mode would give, where shadow and capture only report an observation. */
  readonly liveReason?: string
  readonly resolved: boolean
  readonly driftMode: string
  readonly driftKind: string
  readonly activeManifestHash: string
  readonly contractHash: string
  readonly selectorId: string
  readonly generation: number
}

/** The rule that allowed or refused; "" where no rule covers the request. For people and reports. */
export function decidingRule({ruleId, unmatched}: Pick<ContractOutcome, 'ruleId' | 'unmatched'>): string {
  return unmatched ? '' : ruleId
}

export interface Decision {
  readonly action: Action
  /** The finding that decided; undefined for a plain allow. */
  readonly cause: Finding | undefined
  /** All findings with their effective actions, in a stable order. */
  readonly findings: readonly Finding[]
}

export interface GateMode {
  readonly mode: 'strict' | 'balanced' | 'audit'
  readonly enforce: boolean
}

const STRENGTH: Readonly<Record<Action, number>> = {allow: 0, warn: 1, strip: 2, redirect: 3, ask: 4, block: 5}
const AUTHORITY: Readonly<Record<Authority, number>> = {
  kill_switch: 0,
  transport: 1,
  scanner: 2,
  contract: 3,
  evidence: 4,
}

/**
 * Effective actions: audit mode and `enforce: false` turn every finding that is not hard into a warning. A contract has
 * its own mode, which is applied before this.
 */
export function gate(findings: readonly Finding[], mode: GateMode): readonly Finding[] {
  if (findings.length === 0 || (mode.mode !== 'audit' && mode.enforce)) return findings
  return findings.map((f) =>
    f.hard || f.authority === 'kill_switch' || f.authority === 'contract' || f.action === 'allow'
      ? f
      : {...f, action: 'warn'},
  )
}

const NOTHING: Decision = {action: 'allow', cause: undefined, findings: []}

/** Pure; the order of findings is irrelevant. */
export function decide(findings: readonly Finding[]): Decision {
  const ranked = findings.toSorted(
    (a, b) =>
      STRENGTH[b.action] - STRENGTH[a.action] ||
      AUTHORITY[a.authority] - AUTHORITY[b.authority] ||
      a.order - b.order || // the earlier layer of the fixed sequence
      compare(sortKey(a), sortKey(b)), // ties never depend on the order of arrival
  )
  const [cause] = ranked
  return cause === undefined ? NOTHING : {action: cause.action, cause, findings: ranked}
}

function sortKey(f: Finding): string {
  return `${f.layer}\0${f.reason}\0${f.plugin}\0${f.detail}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
