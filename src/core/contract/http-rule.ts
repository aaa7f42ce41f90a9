// A rule for HTTP as its selector states it. A member that is present but not interpretable makes the rule match nothing: a
// constraint is never ignored.
import {
  parsePattern,
  SetApart,
  WILDCARD,
  wildcardsOf,
  type Pattern,
  type SegmentForms,
} from '../../formats/path-pattern.js'
import {isListableName} from '../../formats/query-names.js'
import {parseForm, type Form} from '../../formats/segment-forms.js'
import {normalizeHost} from '../../formats/target.js'
import {integerOf, RawNumber} from '../../lib/json/reader.js'

export type Selector = {readonly [name: string]: unknown}

interface RuleNames {
  readonly rule_id: string
  readonly rule_kind: string
}

export interface PathEntry {
  readonly pattern: Pattern
  readonly wildcards: readonly number[]
  readonly pinned: SetApart
  /** By index of the segment: what its wildcard admits; undefined where none is typed. */
  readonly forms: SegmentForms | undefined
}

export interface HttpRule {
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

export function valueOf(member: unknown): string | undefined {
  if (typeof member !== 'object' || member === null || !('value' in member)) return undefined
  return typeof member.value === 'string' ? member.value : undefined
}

export function hostOf(selector: Selector): string | undefined {
  const value = valueOf(selector['host'])
  return value === undefined ? undefined : normalizeHost(value)
}

export function httpRule({rule_id, rule_kind}: RuleNames, selector: Selector, order: number): HttpRule {
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
