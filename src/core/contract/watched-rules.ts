// Expected use of the rules of a contract: each rule with its parent (the wider scope in which it could have occurred),
// and how often both occurred while the contract was learned. Pure data, built once when a contract is adopted.
import type {JsonObject, JsonValue} from '../../lib/json/reader.js'
import {integerOf, isObject} from '../../lib/json/reader.js'
import {hostText} from '../../formats/target.js'
import {methodName} from './http-rule.js'
import {compileRules, type LockRule, type RuleTable} from './rules.js'

export interface ObservedRule extends LockRule {
  readonly selector: JsonObject | null
  readonly observation: JsonObject | null
  readonly recurring_support: JsonObject | null
  readonly opportunity_health: JsonObject | null
}

export type Surface = 'http' | 'mcp'

export interface WatchedRule {
  readonly id: string
  readonly surface: Surface
  /** Id in the table under which the rule itself is matched. */
  readonly own: string
  /** Id of its parent; undefined: any traffic under the contract. */
  readonly parent: string | undefined
  readonly parentContext: string
  /** Share of the hours with traffic in which the parent occurred; undefined where the contract does not state it. */
  readonly parentRate: number | undefined
  /** Hours with the parent but without the rule after which the rule is missed. */
  readonly missedAfter: number
  /** Hours over which the parent's current rate is measured; undefined: too rare for any conclusion. */
  readonly span: number | undefined
  /** The parent itself is missing below this share of its former rate. */
  readonly threshold: number
}

export interface WatchedContract {
  readonly rules: readonly WatchedRule[]
  /** Rules and parents, in any state. */
  readonly table: RuleTable
  /** Ids in the table that only blocked traffic or only tunnels feed, as during learning. */
  readonly actions: ReadonlySet<string>
  readonly tunnels: ReadonlySet<string>
}

/** Used where the contract does not state after how many hours a rule is missed. */
const DEFAULT_WINDOWS = 3
const DEFAULT_THRESHOLD = 0.5
/** A week: anything that takes longer to show is left to the next compile. */
export const MAX_SPAN = 168

/** Proposed, expired and demoted rules are not expected to occur. */
const WATCHED_STATES: ReadonlySet<string> = new Set(['enforce', 'capture_only'])

export function watchedContract(rules: readonly ObservedRule[], agent: string): WatchedContract {
  const known = rules.filter(({lifecycle_state: state, rule_kind: kind}) => WATCHED_STATES.has(state) && isKnown(kind))
  const busiest = Math.max(0, ...known.map((rule) => count(rule.observation, 'windows_observed')))
  /** Every observable node, by what it selects: two rules for one thing are one node. */
  const nodes = new Map<string, LockRule>()
  const windows = new Map<string, number>()
  for (const rule of known) {
    const key = selectorKey(rule)
    nodes.set(key, nodeOf(key, rule.rule_kind, rule.selector ?? {}))
    // parents are looked up without parameters, so a rule that lists some is known under both keys
    for (const name of [key, selectorKey({...rule, selector: withoutParameters(rule.selector)})])
      windows.set(name, count(rule.observation, 'windows_observed'))
  }
  const watched = known.map((rule): WatchedRule => {
    const parent = parentOf(rule)
    const parentKey = parent && selectorKey(parent)
    if (parent && parentKey !== undefined && !nodes.has(parentKey)) {
      nodes.set(parentKey, nodeOf(parentKey, parent.rule_kind, parent.selector ?? {}))
    }
    const occurred = count(rule.observation, 'windows_observed')
    const active = Math.max(count(rule.observation, 'windows_with_opportunity'), busiest)
    // a parent occurs at least as often as anything in it
    const inParent = parentKey === undefined ? active : Math.max(windows.get(parentKey) ?? 0, occurred)
    const needed = count(rule.recurring_support, 'windows_floor') || DEFAULT_WINDOWS
    const parentRate = active === 0 ? undefined : inParent / active
    return {
      id: rule.rule_id,
      surface: rule.rule_kind === 'mcp_tool_call' ? 'mcp' : 'http',
      own: selectorKey(rule),
      parent: parentKey,
      parentContext: contextOf(parent, agent),
      parentRate,
      // a rule that occurred in one hour of ten is not missed after three: require as many hours as would have shown it
      // as often
      missedAfter: occurred === 0 ? needed : Math.ceil((needed * inParent) / occurred),
      span: parentRate === undefined || needed / parentRate > MAX_SPAN ? undefined : Math.ceil(needed / parentRate),
      threshold: thresholdOf(rule.opportunity_health),
    }
  })
  const all = [...nodes.values()]
  const idsOf = (test: (node: LockRule) => boolean) => new Set(all.filter(test).map((node) => node.rule_id))
  return {
    rules: watched,
    table: compileRules(all),
    actions: idsOf((node) => node.rule_kind === 'http_action'),
    tunnels: idsOf((node) => isTunnel(node.selector?.['methods'])),
  }
}

function isKnown(kind: string): boolean {
  return kind === 'http_destination' || kind === 'http_action' || kind === 'mcp_tool_call'
}

function nodeOf(key: string, kind: string, selector: JsonObject): LockRule {
  return {rule_id: key, rule_kind: kind, lifecycle_state: 'enforce', selector}
}

type Selecting = Pick<LockRule, 'rule_kind'> & {readonly selector: JsonObject | null}

/** The wider key: action → method → path → host → any traffic. Tunnels feed only their own rule. */
function parentOf({rule_kind, selector}: Selecting): Selecting | undefined {
  if (rule_kind === 'mcp_tool_call') return undefined
  const {effective_action: action, methods, paths, ...host} = withoutParameters(selector)
  const kind = 'http_destination'
  if (isPresent(action)) return {rule_kind: kind, selector: {...host, ...given({paths, methods})}}
  if (isTunnel(methods)) return undefined
  if (isPresent(methods)) return {rule_kind: kind, selector: {...host, ...given({paths})}}
  return isPresent(paths) ? {rule_kind: kind, selector: host} : undefined
}

function withoutParameters(selector: JsonObject | null): JsonObject {
  return Object.fromEntries(Object.entries(selector ?? {}).filter(([name]) => name !== 'parameters'))
}

function isPresent(member: JsonValue | undefined): boolean {
  return member !== undefined && member !== '' && !(Array.isArray(member) && member.length === 0)
}

function isTunnel(methods: unknown): boolean {
  return Array.isArray(methods) && methods.some((m) => typeof m === 'string' && methodName(m) === 'CONNECT')
}

function given(members: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, JsonValue] => isPresent(entry[1])),
  )
}

/** Key of a selection, without the evidence for it. */
function selectorKey({rule_kind, selector}: Selecting): string {
  const {host, server, tool, args, ports, paths, methods, parameters, effective_action: action} = selector ?? {}
  const places = Array.isArray(paths) ? paths.map(valueOf) : []
  return JSON.stringify([
    rule_kind,
    valueOf(host),
    valueOf(server),
    valueOf(tool),
    args,
    ports,
    places,
    methods,
    action,
    ...(parameters === undefined ? [] : [parameters]),
  ])
}

function valueOf(member: JsonValue | undefined): string {
  const value = isObject(member) ? member['value'] : undefined
  return typeof value === 'string' ? value : ''
}

function contextOf(parent: Selecting | undefined, agent: string): string {
  if (!parent) return `agent:${agent}`
  const {host, ports, paths} = parent.selector ?? {}
  const port = Array.isArray(ports) && ports.length === 1 ? integerOf(ports[0]) : undefined
  const at = hostText(valueOf(host), port === undefined ? undefined : Number(port))
  const places = Array.isArray(paths) ? paths.map(valueOf) : []
  return places.length === 0 ? `host:${at}` : `path:${at}${places.join(',')}`
}

function count(member: JsonObject | null, name: string): number {
  const value = integerOf(member?.[name])
  return value === undefined || value < 0n || value > 1_000_000_000n ? 0 : Number(value)
}

function thresholdOf(health: JsonObject | null): number {
  const text = health?.['missing_alert_threshold']
  return typeof text === 'string' && /^(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)$/.test(text)
    ? Number(text)
    : DEFAULT_THRESHOLD
}
