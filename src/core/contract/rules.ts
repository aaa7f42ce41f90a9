// A contract as tables, compiled once when it is adopted, so that a request costs a host look-up, one canonical path
// and a walk over the few rules that can match. Only `enforce` rules are in the tables. A selector member that is
// present but not interpretable makes its rule match nothing: a constraint is never ignored.
import {PipelockError} from '../errors.js'
import {matchesWildcards, requestPath, type CanonicalPath} from '../../formats/path-pattern.js'
import {queryNames} from '../../formats/query-names.js'
import type {Destination} from '../../formats/target.js'
import {hostOf, httpRule, valueOf, type HttpRule, type PathEntry, type Selector} from './http-rule.js'
import {PathIndex} from './path-index.js'
import {argumentsMatch, parseArgumentMatchers, type ArgumentMatcher} from './arguments.js'

/** The part of a rule that the evaluator reads; a decoded contract body satisfies it. */
export interface LockRule {
  readonly rule_id: string
  readonly rule_kind: string
  readonly lifecycle_state: string
  readonly selector: Selector | null
}

const LIFECYCLE_STATES = new Set(['proposed', 'capture_only', 'enforce', 'expired', 'demoted'])
const HTTP_KINDS = new Set(['http_destination', 'http_action'])

interface ToolRule {
  readonly id: string
  /** undefined: malformed, so that nothing satisfies it. */
  readonly matchers: readonly ArgumentMatcher[] | undefined
}

/** A rule with one of its paths. */
interface Candidate {
  readonly order: number
  readonly rule: HttpRule
  /** undefined: any path. */
  readonly path: PathEntry | undefined
}

/** Rules of one host, in contract order. */
interface HostRules {
  readonly all: readonly HttpRule[]
  readonly byPath: PathIndex<Candidate>
  /** Rules without paths. */
  readonly open: readonly Candidate[]
  /** By port, 0 for the default one of the scheme: whether all rules that have it have paths. */
  readonly ports: ReadonlyMap<number, boolean>
}

const DEFAULT_PORT = 0

export type BlockReason =
  | 'contract_default_deny'
  | 'contract_non_default_port'
  | 'contract_invalid_path'
  | 'contract_enforce_default'
  | 'contract_mcp_default_deny'
  | 'contract_mcp_args_mismatch'

export type RuleMatch =
  | {readonly allowed: true; readonly ruleId: string}
  | {
      readonly allowed: false
      readonly reason: BlockReason
      readonly ruleId: string
      /** A rule covers the request but for the names of its parameters. */
      readonly otherParameters?: true
    }

export interface HttpQuery {
  readonly destination: Destination
  /** Upper case. */
  readonly method: string
  readonly label: string
  readonly scannerVerdict: string
}

export interface RuleTable {
  readonly hasHttp: boolean
  readonly hasMcp: boolean
  http(query: HttpQuery): RuleMatch
  /** Server and tool trimmed and not empty. */
  tool(server: string, tool: string, values: unknown): RuleMatch
  /** Ids of all matching rules, in no particular order: usage tracking needs every rule. */
  httpMatches(query: HttpQuery): readonly string[]
  toolMatches(server: string, tool: string, values: unknown): readonly string[]
}

/** Builds the tables. Throws `bad_lifecycle` for an unknown state. */
export function compileRules(rules: readonly LockRule[]): RuleTable {
  const byHost = new Map<string, HttpRule[]>()
  const tools = new Map<string, ToolRule[]>()
  let hasHttp = false
  let hasMcp = false
  for (const [order, rule] of rules.entries()) {
    if (!LIFECYCLE_STATES.has(rule.lifecycle_state))
      throw new PipelockError('bad_lifecycle', 'unknown lifecycle state of a rule')
    if (rule.lifecycle_state !== 'enforce') continue
    const selector = rule.selector ?? {}
    if (HTTP_KINDS.has(rule.rule_kind)) {
      hasHttp = true
      const host = hostOf(selector)
      if (host !== undefined) append(byHost, host, httpRule(rule, selector, order))
    } else if (rule.rule_kind === 'mcp_tool_call') {
      hasMcp = true
      const server = valueOf(selector['server'])
      const tool = valueOf(selector['tool'])
      if (server && tool) {
        append(tools, toolName(server, tool), {
          id: rule.rule_id,
          matchers: parseArgumentMatchers(selector['args']),
        })
      }
    } else {
      throw new PipelockError('unenforceable_rule_kind', 'a rule of unknown kind is enforced')
    }
  }
  const hosts = new Map([...byHost].map(([host, list]) => [host, hostRules(list)] as const))
  return {
    hasHttp,
    hasMcp,
    http: (query) => matchHttp(hosts.get(query.destination.host), query),
    tool(server, tool, values) {
      const candidates = tools.get(toolName(server, tool))
      const first = candidates?.[0]
      if (!candidates || !first) return {allowed: false, reason: 'contract_mcp_default_deny', ruleId: ''}
      const match = candidates.find(({matchers}) => matchers !== undefined && argumentsMatch(matchers, values))
      if (match) return {allowed: true, ruleId: match.id}
      return {allowed: false, reason: 'contract_mcp_args_mismatch', ruleId: first.id}
    },
    httpMatches: (query) => httpMatches(hosts.get(query.destination.host), query),
    toolMatches: (server, tool, values) =>
      (tools.get(toolName(server, tool)) ?? [])
        .filter(({matchers}) => matchers !== undefined && argumentsMatch(matchers, values))
        .map(({id}) => id),
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** JSON-encoded, so that no choice of names makes two tools one. */
function toolName(server: string, tool: string): string {
  return JSON.stringify([server, tool])
}

function hostRules(all: readonly HttpRule[]): HostRules {
  const byPath = new PathIndex<Candidate>()
  for (const rule of all) {
    for (const path of rule.paths ?? []) byPath.add(path.pattern, {order: rule.order, rule, path})
  }
  const open = all.filter(({paths}) => paths === undefined)
  const ports = new Map<number, boolean>()
  for (const rule of all) {
    for (const port of rule.ports ?? [DEFAULT_PORT])
      ports.set(port, rule.paths !== undefined && (ports.get(port) ?? true))
  }
  return {all, byPath, open: open.map((rule) => ({order: rule.order, rule, path: undefined})), ports}
}

function matchHttp(rules: HostRules | undefined, query: HttpQuery): RuleMatch {
  const first = rules?.all[0]
  if (!rules || !first) return {allowed: false, reason: 'contract_default_deny', ruleId: ''}
  const connect = query.method === 'CONNECT'
  const path = connect ? undefined : pathOf(query)
  const request = new Request(query, path)
  const match = connect
    ? rules.all.find((rule) => rule.admitsConnect && admits(rule, query))
    : firstOf(path ? rules.byPath.candidates(path.segments) : [], rules.open, request)
  if (match) return {allowed: true, ruleId: match.id}
  const {port, isDefaultPort} = query.destination
  const known = [rules.ports.get(port), isDefaultPort ? rules.ports.get(DEFAULT_PORT) : undefined]
  const withPort = known.filter((havePaths) => havePaths !== undefined)
  const invalid = !connect && !path && !withPort.includes(false)
  const reason =
    withPort.length === 0 ? 'contract_non_default_port' : invalid ? 'contract_invalid_path' : 'contract_enforce_default'
  const refusal = {allowed: false, reason, ruleId: first.id} as const
  return request.hasRefusedNames ? {...refusal, otherParameters: true} : refusal
}

function httpMatches(rules: HostRules | undefined, query: HttpQuery): readonly string[] {
  if (!rules) return []
  if (query.method === 'CONNECT') {
    return rules.all.filter((rule) => rule.admitsConnect && admits(rule, query)).map(({id}) => id)
  }
  const path = pathOf(query)
  const request = new Request(query, path)
  const candidates = [...(path ? rules.byPath.candidates(path.segments) : []), ...rules.open]
  return [...new Set(candidates.filter((each) => request.satisfies(each)).map(({rule}) => rule.id))]
}

function pathOf({destination}: HttpQuery): CanonicalPath | undefined {
  const path = requestPath(destination.rawPath)
  return typeof path === 'object' ? path : undefined
}

/** First rule of two ordered lists, in contract order, that the request satisfies. */
function firstOf(a: readonly Candidate[], b: readonly Candidate[], request: Request): HttpRule | undefined {
  for (let i = 0, j = 0; ;) {
    const x = a[i]
    const y = b[j]
    const next = x && (!y || x.order < y.order) ? x : y
    if (!next) return undefined
    if (request.satisfies(next)) return next.rule
    if (next === x) i++
    else j++
  }
}

function hasPort(rule: HttpRule, to: Destination): boolean {
  return rule.ports ? rule.ports.has(to.port) : to.isDefaultPort
}

/** Matches port and effective action, which every request has. */
function admits(rule: HttpRule, {destination, label, scannerVerdict}: HttpQuery): boolean {
  if (rule.never || !hasPort(rule, destination)) return false
  return rule.action === '' || rule.action === label || rule.action === scannerVerdict
}

class Request {
  readonly #query: HttpQuery
  readonly #path: CanonicalPath | undefined
  /** Read once, and only for a rule that lists names. */
  #names: readonly string[] | undefined
  /** Names alone kept a rule from matching. */
  hasRefusedNames = false

  constructor(query: HttpQuery, path: CanonicalPath | undefined) {
    this.#query = query
    this.#path = path
  }

  /** A candidate of the path index has the literals of the path. */
  satisfies({rule, path}: Candidate): boolean {
    const query = this.#query
    if (!admits(rule, query) || (rule.methods && !rule.methods.has(query.method))) return false
    const segments = this.#path?.segments
    if (path && !(segments && matchesWildcards(path.wildcards, segments, path.pinned, path.forms))) return false
    const {parameters} = rule
    if (!parameters) return true
    this.#names ??= queryNames(query.destination.rawQuery)
    if (this.#names.every((name) => parameters.has(name))) return true
    this.hasRefusedNames = true
    return false
  }
}
