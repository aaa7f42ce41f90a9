// In which order a person is asked: by host as the review groups them, the riskiest host and in it the
// riskiest rule first, so that attention is there while it is fresh.
import {clearHost} from '../view/compat.js'
import {copiesOf} from '../view/copies.js'
import {blockedOnlyRules, defaultDecision, type DefaultDecision, type EnforceLevel} from '../view/decisions.js'
import {flagsOf, riskOf, type Flag} from '../view/flags.js'
import type {RuleView} from '../view/rule-view.js'

export interface Question {
  readonly rule: RuleView
  readonly flags: readonly Flag[]
  readonly byDefault: DefaultDecision
  /** It cannot be enforced: its support was blocked, so it would read as an allow of that. */
  readonly isBlockedOnly: boolean
  readonly group: Group
}

export interface Group {
  /** Host with its unusual port, or the server of tools. */
  readonly label: string
  readonly questions: readonly Question[]
  /** Other levels of the same requests, which nobody is asked about: they follow their default. */
  readonly copies: readonly Question[]
}

export interface QuestionOptions {
  readonly level: EnforceLevel
  readonly acceptLowConfidence: boolean
  readonly minEvents: number
  /** Ask about every rule, not only once for each request pattern. */
  readonly everyRule: boolean
  /** Ids of rules that `learn forget` removed and nobody restores. */
  readonly forgotten: ReadonlySet<string>
}

export function questionGroups(rules: readonly RuleView[], options: QuestionOptions): readonly Group[] {
  const blockedOnly = blockedOnlyRules(rules)
  const copies = options.everyRule ? new Set<string>() : copiesOf(rules, options.level)
  const groups = new Map<
    string,
    {readonly label: string; readonly questions: Question[]; readonly copies: Question[]}
  >()
  for (const rule of rules) {
    const label = rule.kind === 'mcp_tool_call' ? `tools of ${rule.server}` : clearHost(rule)
    const group = groups.get(label) ?? {label, questions: [], copies: []}
    groups.set(label, group)
    const list = copies.has(rule.id) ? group.copies : group.questions
    list.push({
      rule,
      flags: flagsOf(rule, {minEvents: options.minEvents, blockedOnly}),
      byDefault: defaultDecision(rule, blockedOnly, options),
      isBlockedOnly: blockedOnly.has(rule.id),
      group,
    })
  }
  const risk = ({flags}: Question): number => riskOf(flags)
  // a stable sort: rules of equal risk stay in contract order
  for (const {questions} of groups.values()) questions.sort((a, b) => risk(b) - risk(a))
  const highest = ({questions: [first]}: Group): number => (first ? risk(first) : 0)
  return [...groups.values()].sort((a, b) => highest(b) - highest(a) || (a.label < b.label ? -1 : 1))
}
