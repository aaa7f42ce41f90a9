// The decision on each rule: from the defaults, from a file, or from a person. The guards check all three alike.
import {decodeDocument, formatOfPath} from '../../../formats/documents/decode.js'
import {forgottenRefused} from '../../../formats/documents/forgotten.js'
import {map, string} from '../../../formats/documents/schema.js'
import {MAX_CONTRACT_BYTES} from '../../../formats/documents/strict-json.js'
import {PipelockError} from '../../../core/errors.js'
import {inFile, readFileSecurely} from '../../../core/key-source.js'
import {quoted} from '../../../lib/terminal.js'
import {blockedOnlyRules, defaultDecision, isBlockingAction, isLow, type EnforceLevel} from '../view/decisions.js'
import {levelOf, type RuleView} from '../view/rule-view.js'

export type RuleDecision = 'enforce' | 'capture_only' | 'reject'
/** By rule id; one for every rule. */
export type Decisions = ReadonlyMap<string, RuleDecision>

const DECISIONS: ReadonlySet<string> = new Set(['enforce', 'capture_only', 'reject'])

export interface Defaults {
  readonly decisions: Decisions
  /** Rules of the wanted level that are not enforced, by reason. */
  readonly held: {readonly lowConfidence: number; readonly blockedOnly: number}
}

export function defaultDecisions(
  rules: readonly RuleView[],
  options: {
    readonly level: EnforceLevel
    readonly acceptLowConfidence: boolean
    readonly forgotten?: ReadonlySet<string>
  },
): Defaults {
  const blockedOnly = blockedOnlyRules(rules)
  const decisions = new Map<string, RuleDecision>()
  const held = {lowConfidence: 0, blockedOnly: 0}
  for (const rule of rules) {
    const {decision, reason} = defaultDecision(rule, blockedOnly, options)
    decisions.set(rule.id, decision)
    if (reason === 'low_confidence') held.lowConfidence++
    if (reason === 'blocked_only') held.blockedOnly++
  }
  return {decisions, held}
}

/** Reads a JSON or YAML map from rule id to decision. Every rule needs one: what is forgotten must not be decided silently. */
export function readDecisions(path: string, rules: readonly RuleView[]): Decisions {
  const bytes = readFileSecurely(path, {maxBytes: MAX_CONTRACT_BYTES})
  const read = inFile(path, () =>
    decodeDocument(bytes, formatOfPath(path), map(string), {maxBytes: MAX_CONTRACT_BYTES, name: 'decisions'}),
  )
  const known = new Set(rules.map((rule) => rule.id))
  const decisions = new Map<string, RuleDecision>()
  for (const [id, decision] of Object.entries(read ?? {})) {
    if (!known.has(id)) throw new PipelockError('decision_invalid', `${path}: the candidate has no rule ${quoted(id)}`)
    if (!isDecision(decision)) {
      throw new PipelockError('decision_invalid', `${path}: rule ${id} has the unknown decision ${quoted(decision)}`, {
        hint: 'enforce, capture_only or reject',
      })
    }
    decisions.set(id, decision)
  }
  const missing = rules.filter((rule) => !decisions.has(rule.id)).map((rule) => rule.id)
  if (missing.length > 0) {
    throw new PipelockError('decision_invalid', `${path} has no decision for ${listed(missing)}`)
  }
  return decisions
}

export function isDecision(text: string): text is RuleDecision {
  return DECISIONS.has(text)
}

export interface GuardOptions {
  readonly acceptLowConfidence: boolean
  readonly acceptHostWide: boolean
  readonly acceptTail: boolean
  /** Ids of rules that `learn forget` removed and nobody restores. */
  readonly forgotten: ReadonlySet<string>
}

/** Refuses decisions that would enforce more than was learned. */
export function guardDecisions(rules: readonly RuleView[], decisions: Decisions, options: GuardOptions): void {
  const enforced = rules.filter((rule) => decisions.get(rule.id) === 'enforce')
  const forgotten = enforced.filter(({id}) => options.forgotten.has(id))
  if (forgotten.length > 0) throw forgottenRefused(forgotten.map(({id}) => id))
  const low = enforced.filter(isLow)
  if (low.length > 0 && !options.acceptLowConfidence) {
    throw new PipelockError('low_confidence', `rules of low confidence would be enforced: ${confidences(low)}`, {
      hint: 'leave them at capture_only, or accept them with --accept-low-confidence',
    })
  }
  if (enforced.length === 0) {
    throw new PipelockError('nothing_enforced', `no rule would be enforced: ${confidences(rules, 3)}`, {
      hint: 'such a contract would block and allow nothing. Observe more sessions, in different hours; the review says how many there are. Or decide with --interactive',
    })
  }
  const blockedOnly = blockedOnlyRules(rules)
  const blocked = enforced.filter((rule) => blockedOnly.has(rule.id) || isBlockingAction(rule))
  if (blocked.length > 0) {
    throw new PipelockError(
      'blocked_only_rule',
      `rules that rest on blocked traffic would read as allows: ${listed(blocked.map((rule) => rule.id))}`,
    )
  }
  const wide = options.acceptHostWide ? [] : hostWideOverlaps(enforced)
  if (wide.length > 0) {
    throw new PipelockError(
      'host_wide',
      `host-wide rules make the narrower rules of the same host meaningless: ${listed(wide)}`,
      {hint: 'enforce one level, or accept both with --accept-host-wide'},
    )
  }
  const tails = options.acceptTail ? [] : rules.filter((rule) => rule.tail?.block)
  if (tails.length > 0) {
    throw new PipelockError(
      'tail_promotion_block',
      `much of the traffic is in paths without rules: ${listed(tails.map((rule) => rule.id))}`,
      {hint: 'raise learn.inference.normalization.cardinality_cap_per_host and compile again, or give --accept-tail'},
    )
  }
}

/** Ids of enforced host-level rules beside enforced path- or method-level rules of the same host and port. */
export function hostWideOverlaps(enforced: readonly RuleView[]): readonly string[] {
  const place = (rule: RuleView): string => `${rule.host ?? ''}|${rule.ports.join(',')}`
  const narrow = new Set(
    enforced.filter((rule) => levelOf(rule) === 'path' || levelOf(rule) === 'method').map((rule) => place(rule)),
  )
  return enforced.filter((rule) => levelOf(rule) === 'host' && narrow.has(place(rule))).map((rule) => rule.id)
}

function confidences(rules: readonly RuleView[], most = 20): string {
  return listed(
    rules.map((rule) => `${rule.id}(confidence=${rule.confidence})`),
    most,
  )
}

function listed(items: readonly string[], most = 20): string {
  return items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`
}
