// A rule of a candidate as people and decisions look at it: the free-form members of the document read once, with what
// cannot be read taken as absent. For judging live traffic core/contract reads rules itself, and strictly.
import type {ContractBody, Rule} from '../../../formats/documents/contract.js'
import {parseForm, type Form} from '../../../formats/segment-forms.js'
import {integerOf, isObject, RawNumber, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'

export interface WildcardView {
  /** Position of the segment, from 1. */
  readonly index: number
  readonly distinct: number
  readonly events: number
  /** What it admits, undefined in it for a form that this version does not know; undefined: any value. */
  readonly forms?: readonly (Form | undefined)[] | undefined
}

export interface PathView {
  readonly value: string
  readonly collapsed: readonly WildcardView[]
  readonly isInternal: boolean
  /** Values that the wildcards of this path never cover, besides the reserved ones. */
  readonly pinned: readonly string[]
}

/** Prefixes alike, where the class of a rule rests on what all of them show. */
export interface FamilyView {
  /** Prefixes, that of the rule included. */
  readonly members: number
  /** Pattern of the one that the rule is below. */
  readonly prefix: string
  /** Sessions with the same request below any of them. */
  readonly sessions: number
  /** Sessions with any request below that of the rule. */
  readonly prefixSessions: number
}

/** Size advice; figures as they stand in the document. */
export interface BudgetView {
  readonly name: string
  readonly median: string
  readonly p95: string
  readonly p99: string
  readonly advice: string
  readonly samples: number
}

export interface TailView {
  readonly pairs: number
  readonly pairsObserved: number
  readonly block: boolean
}

export interface RuleView {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly confidence: string
  readonly lower: string
  readonly requiredGrade: string
  readonly observedGrade: string
  readonly host: string | undefined
  readonly isInternal: boolean
  readonly ports: readonly number[]
  readonly paths: readonly PathView[]
  readonly methods: readonly string[]
  readonly action: string
  readonly server: string
  readonly tool: string
  readonly isInternalServer: boolean
  readonly isInternalTool: boolean
  /** `key=value` texts. */
  readonly args: readonly string[]
  /** The keys of the above. */
  readonly argKeys: readonly string[]
  /** Sessions that called the tool otherwise, by key. */
  readonly argsOtherwise: ReadonlyMap<string, number>
  /** Each action of its requests has a rule. Under wilson_lb_v3 the only action of a destination has none. */
  readonly hasAllActions: boolean
  /** Names of query parameters that it admits; undefined: any. */
  readonly parameters: readonly string[] | undefined
  /** Sessions that sent a parameter which the rule does not admit. */
  readonly parametersRefused: number
  readonly events: number
  readonly sessions: number
  readonly opportunities: number
  readonly windows: number
  /** Absent where the rule rests on its own sessions. */
  readonly family?: FamilyView | undefined
  /** By name, in byte order. */
  readonly budgetSamples: readonly number[]
  /** By name, in byte order. */
  readonly budgets: readonly BudgetView[]
  readonly tail: TailView | undefined
}

/** What a rule covers; decides what is enforced by default. */
export type RuleLevel = 'host' | 'path' | 'method' | 'tunnel' | 'action' | 'tool' | 'other'

export function viewsOf(body: ContractBody): readonly RuleView[] {
  const hasAllActions = body.compile.inference_algorithm !== 'wilson_lb_v3'
  return (body.rules ?? []).map((rule) => ({...viewOf(rule), hasAllActions}))
}

export function levelOf(rule: RuleView): RuleLevel {
  if (rule.kind === 'mcp_tool_call') return 'tool'
  if (rule.kind === 'http_action') return 'action'
  if (rule.kind !== 'http_destination') return 'other'
  if (rule.paths.length > 0) return rule.methods.length > 0 ? 'method' : 'path'
  if (rule.methods.length === 0) return 'host'
  return rule.methods.every((method) => method.trim().toUpperCase() === 'CONNECT') ? 'tunnel' : 'other'
}

export function viewOf(rule: Rule): RuleView {
  const selector = rule.selector ?? {}
  const observation = rule.observation ?? {}
  const host = object(selector['host'])
  return {
    id: rule.rule_id,
    kind: rule.rule_kind,
    state: rule.lifecycle_state,
    confidence: rule.confidence,
    lower: rule.wilson_lower,
    requiredGrade: rule.required_capture_grade ?? 'none',
    observedGrade: rule.observed_capture_grade ?? 'none',
    host: typeof host['value'] === 'string' ? host['value'] : undefined,
    isInternal: host['data_class'] === 'internal',
    ports: list(selector['ports']).flatMap((port) => (typeof port === 'number' ? [port] : [])),
    paths: list(selector['paths']).map(pathView),
    methods: list(selector['methods']).flatMap((method) => (typeof method === 'string' ? [method] : [])),
    action: text(selector['effective_action']),
    server: text(object(selector['server'])['value']),
    tool: text(object(selector['tool'])['value']),
    isInternalServer: object(selector['server'])['data_class'] === 'internal',
    isInternalTool: object(selector['tool'])['data_class'] === 'internal',
    args: list(selector['args']).map(argumentText),
    argKeys: list(selector['args']).map((entry) => text(object(entry)['key'])),
    argsOtherwise: new Map(
      list(observation['args_called_otherwise']).map((entry) => [
        text(object(entry)['key']),
        count(object(entry)['sessions']),
      ]),
    ),
    hasAllActions: true,
    parameters: selector['parameters'] === undefined ? undefined : list(selector['parameters']).map(text),
    parametersRefused: count(observation['parameters_refused']),
    events: count(observation['events_observed']),
    sessions: count(observation['sessions_observed']),
    opportunities: count(observation['sessions_with_opportunity']),
    windows: count(observation['windows_observed']),
    family: familyView(observation),
    budgetSamples: Object.entries(rule.budgets ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, budget]) => count(object(budget)['sample_count'])),
    budgets: Object.entries(rule.budgets ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, budget]) => budgetView(name, object(budget))),
    tail:
      observation['tail_pct'] === undefined
        ? undefined
        : {
            pairs: count(observation['tail_pairs']),
            pairsObserved: count(observation['pairs_observed']),
            block: observation['tail_promotion_block'] === true,
          },
  }
}

function familyView(observation: JsonObject): FamilyView | undefined {
  const prefix = text(observation['family_prefix'])
  const members = count(observation['family_members'])
  if (prefix === '' || members < 2) return undefined
  const [sessions, prefixSessions] = [count(observation['family_sessions']), count(observation['prefix_sessions'])]
  return {members, prefix, sessions, prefixSessions}
}

function budgetView(name: string, budget: JsonObject): BudgetView {
  return {
    name,
    median: text(budget['median']),
    p95: text(budget['p95']),
    p99: text(budget['p99']),
    advice: text(budget['enforced']),
    samples: count(budget['sample_count']),
  }
}

function pathView(entry: JsonValue): PathView {
  const path = object(entry)
  return {
    value: text(path['value']),
    isInternal: path['data_class'] === 'internal',
    pinned: list(object(path['normalization'])['pinned_segments']).map((segment) => text(object(segment)['value'])),
    collapsed: list(object(path['normalization'])['collapsed_segments']).map((segment) => ({
      index: count(object(segment)['index']),
      distinct: count(object(segment)['distinct_values']),
      events: count(object(segment)['event_count']),
      forms: formsOf(object(segment)['forms']),
    })),
  }
}

function formsOf(value: JsonValue | undefined): WildcardView['forms'] {
  return value === undefined ? undefined : list(value).map((form) => parseForm(form))
}

function argumentText(entry: JsonValue): string {
  const {key, value} = object(entry)
  const shown = value instanceof RawNumber ? value.text : JSON.stringify(value ?? null)
  return `${text(key)}=${shown}`
}

function object(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {}
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function count(value: JsonValue | undefined): number {
  return Number(integerOf(value) ?? 0n)
}
