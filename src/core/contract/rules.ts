// A contract as tables, compiled once when it is adopted, so that a request costs a host look-up, one canonical path
// and a walk over the few rules that can match. Only `enforce` rules are in the tables. A selector member that is
// present but not interpretable makes its rule match nothing: a constraint is never ignored.
import {PipelockError} from '../errors.js'
import {
  matchesWildcards,
  parsePattern,
  requestPath,
  SetApart,
  WILDCARD,
  wildcardsOf,
  type CanonicalPath,
  type Pattern,
  type SegmentForms,
} from '../../formats/path-pattern.js'
import {isListableName, queryNames} from '../../formats/query-names.js'
import {parseForm, type Form} from '../../formats/segment-forms.js'
import {normalizeHost, type Destination} from '../../formats/target.js'
import {integerOf, RawNumber} from '../../lib/json/reader.js'
import {PathIndex} from './path-index.js'
import {argumentsMatch, parseArgumentMatchers, type ArgumentMatcher} from './arguments.js'

type Selector = {readonly [name: string]: unknown}

/** The part of a rule that the evaluator reads; a decoded contract body satisfies it. */
export interface LockRule {
  readonly rule_id: string
  readonly rule_kind: string
  readonly lifecycle_state: string
  readonly selector: Selector | null
}

const LIFECYCLE_STATES = new Set(['proposed', 'capture_only', 'enforce', 'expired', 'demoted'])
const HTTP_KINDS = new Set(['http_destination', 'http_action'])

interface PathEntry {
  readonly pattern: Pattern
  readonly wildcards: readonly number[]
  readonly pinned: SetApart
  /** By index of the segment: what its wildcard admits; undefined where none is typed. */
  readonly forms: SegmentForms | undefined
}

interface HttpRule {
  readonly id: string
  /** Index in the contract. */
  readonly order: number
  /** undefined: the default port of the scheme. */
  readonly ports: ReadonlySet<number> | undefined
  /** undefined: any method but CONNECT. */
  readonly methods: ReadonlySet<string> | undefined
  /** undefined: any path, a non-canonical one as well. */
  readonly paths: readonly PathEntry[] | undefined
  /** Names that a query may have; undefined: any. */
  readonly parameters: ReadonlySet<string> | undefined
  readonly admitsConnect: boolean
  /** "" where the rule does not name one. */
  readonly action: string
  /** Part of the selector is malformed, or an action rule names no action. */
  readonly never: boolean
}

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

function valueOf(member: unknown): string | undefined {
  if (typeof member !== 'object' || member === null || !('value' in member)) return undefined
  return typeof member.value === 'string' ? member.value : undefined
}

function hostOf(selector: Selector): string | undefined {
  const value = valueOf(selector['host'])
  return value === undefined ? undefined : normalizeHost(value)
}

function httpRule({rule_id, rule_kind}: LockRule, selector: Selector, order: number): HttpRule {
  const methods = listOf(selector['methods'], (m) => (typeof m === 'string' ? methodName(m) : undefined))
  const paths = listOf(selector['paths'], pathEntry)
  const ports = listOf(selector['ports'], portNumber)
  const action = selector['effective_action'] === undefined ? '' : selector['effective_action']
  const bare = rule_kind === 'http_action' && action === ''
  const parameters = selector['parameters']
  const names = parameters === undefined ? undefined : namesOf(parameters)
  const lists = [methods, paths, ports, names]
  const never = lists.includes(MALFORMED) || typeof action !== 'string' || bare
  const allowed = methods === MALFORMED ? [] : methods
  const entries = paths === MALFORMED ? [] : paths
  const onlyRoot = entries?.length === 1 && entries[0]?.pattern.length === 0
  return {
    id: rule_id,
    order,
    ports: ports === MALFORMED ? new Set() : ports && new Set(ports),
    methods: allowed && new Set(allowed),
    paths: entries,
    parameters: names === MALFORMED ? new Set() : names,
    // a rule with paths is about requests inside the tunnel, which are not visible: only `/` with the method counts
    admitsConnect: allowed ? allowed.includes('CONNECT') && (!entries || onlyRoot) : !entries,
    action: typeof action === 'string' ? action : '',
    never,
  }
}

const MALFORMED = Symbol('malformed')

/** undefined for "absent or empty". */
function listOf<T>(
  value: unknown,
  read: (item: unknown) => T | undefined,
): readonly T[] | undefined | typeof MALFORMED {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return MALFORMED
  const items: T[] = []
  for (const item of value as readonly unknown[]) {
    const parsed = read(item)
    if (parsed === undefined) return MALFORMED
    items.push(parsed)
  }
  return items.length === 0 ? undefined : items
}

/** An empty list admits no name, unlike the other lists of a selector. */
function namesOf(value: unknown): ReadonlySet<string> | typeof MALFORMED {
  const names = listOf(value, (item) => (typeof item === 'string' ? item : undefined))
  return names === MALFORMED ? MALFORMED : new Set(names?.filter(isListableName))
}

const COMMON_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'PATCH',
  'OPTIONS',
  'CONNECT',
])

/** Methods compare without case: trimmed, ASCII letters upper case (full case mapping would let `ı` stand for `I`). */
export function methodName(text: string): string {
  if (COMMON_METHODS.has(text)) return text
  return text.trim().replace(/[a-z]+/g, (run) => run.toUpperCase())
}

function portNumber(item: unknown): number | undefined {
  const value = exactOf(item)
  return value !== undefined && value >= 1n && value <= 65535n ? Number(value) : undefined
}

function exactOf(item: unknown): bigint | undefined {
  if (typeof item === 'bigint') return item
  return typeof item === 'number' || item instanceof RawNumber ? exact(item) : undefined
}

function exact(item: number | RawNumber): bigint | undefined {
  return typeof item === 'number' && !Number.isSafeInteger(item) ? undefined : integerOf(item)
}

function pathEntry(item: unknown): PathEntry | undefined {
  const value = valueOf(item)
  const pattern = value === undefined ? undefined : parsePattern(value)
  if (!pattern) return undefined
  const block: unknown =
    typeof item === 'object' && item !== null && 'normalization' in item ? item.normalization : undefined
  const pinned = pinnedSegments(block)
  const forms = segmentForms(block, pattern)
  return pinned && forms !== MALFORMED ? {pattern, wildcards: wildcardsOf(pattern), pinned, forms} : undefined
}

/** A form that this build does not know, or one where no wildcard stands, leaves the rule without any match. */
function segmentForms(block: unknown, pattern: Pattern): SegmentForms | undefined | typeof MALFORMED {
  if (typeof block !== 'object' || block === null || !('collapsed_segments' in block)) return undefined
  const list = listOf(block.collapsed_segments, (item) =>
    typeof item === 'object' && item !== null ? item : undefined,
  )
  if (list === MALFORMED) return MALFORMED
  const forms = new Map<number, readonly Form[]>()
  for (const item of list ?? []) {
    if (!('forms' in item)) continue
    const index = 'index' in item ? Number(exactOf(item.index) ?? 0n) - 1 : -1
    const admitted = listOf(item.forms, parseForm)
    if (pattern[index] !== WILDCARD || forms.has(index) || !admitted || admitted === MALFORMED) return MALFORMED
    forms.set(index, admitted)
  }
  return forms.size === 0 ? undefined : forms
}

function pinnedSegments(block: unknown): SetApart | undefined {
  if (block === undefined) return new SetApart()
  if (typeof block !== 'object' || block === null) return undefined
  const list = listOf('pinned_segments' in block ? block.pinned_segments : undefined, valueOf)
  return list === MALFORMED ? undefined : new SetApart(list)
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
