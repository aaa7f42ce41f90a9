// The paths of a rule as the editing commands see them. What is read here is checked first: a literal that
// its grammar forbids, or a collapse where no wildcard stands, fails before anything is changed.
import {PipelockError} from '../../../core/errors.js'
import type {Rule} from '../../../formats/documents/contract.js'
import {isCanonicalSegment, isLiteralSegment, parsePattern} from '../../../formats/path-pattern.js'
import {integerOf, isObject, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {quoted} from '../../../lib/terminal.js'

export interface Collapsed {
  readonly index: number
  /** The evidence of compile, untouched. */
  readonly raw: JsonObject
}

export interface Retained {
  readonly index: number
  readonly value: string
  readonly reason: string
}

export interface Pinned {
  readonly value: string
  readonly reason: string
}

export interface PathEntry {
  /** Pattern text by segment; none for `/`. */
  readonly segments: readonly string[]
  /** Every member but value and normalization. */
  readonly rest: JsonObject
  /** Members of the block but the lists below; undefined where the path has no block. */
  readonly block: JsonObject | undefined
  readonly collapsed: readonly Collapsed[]
  readonly retained: readonly Retained[]
  readonly pinned: readonly Pinned[]
}

/** The paths of a rule. Throws `invalid_field` for anything that compile, split and pin do not write. */
export function pathsOf(rule: Rule): readonly PathEntry[] {
  const paths = rule.selector?.['paths']
  if (paths === undefined) return []
  try {
    return listOf(paths, 'paths').map(pathEntry)
  } catch (error) {
    if (!(error instanceof PipelockError)) throw error
    throw new PipelockError(error.code, `rule ${quoted(rule.rule_id)}: ${error.message}`)
  }
}

function pathEntry(entry: JsonValue): PathEntry {
  if (!isObject(entry)) return fault('a path is not an object')
  const {value, normalization, ...rest} = entry
  if (typeof value !== 'string' || !parsePattern(value)) return fault('a path has no pattern')
  const segments = value === '/' ? [] : value.slice(1).split('/')
  if (normalization !== undefined && !isObject(normalization)) return fault('normalization is not an object')
  const {collapsed_segments, retained_segments, pinned_segments, ...block} = normalization ?? {}
  return {
    segments,
    rest,
    block: normalization && block,
    collapsed: listOf(collapsed_segments ?? [], 'collapsed_segments').map((item) => collapsedAt(item, segments)),
    retained: listOf(retained_segments ?? [], 'retained_segments').map((item) => {
      const raw = objectOf(item)
      return {index: positionIn(raw, segments), ...literal(raw)}
    }),
    pinned: listOf(pinned_segments ?? [], 'pinned_segments').map((item) => literal(objectOf(item))),
  }
}

function collapsedAt(item: JsonValue, segments: readonly string[]): Collapsed {
  const raw = objectOf(item)
  const index = positionIn(raw, segments)
  if (segments[index - 1] !== '*') fault(`position ${index} is stated to be collapsed, but is not a wildcard`)
  return {index, raw}
}

function positionIn(raw: JsonObject, segments: readonly string[]): number {
  const index = Number(integerOf(raw['index']) ?? 0n)
  return index >= 1 && index <= segments.length ? index : fault('a normalization block names a position the path lacks')
}

function literal({value, reason}: JsonObject): {readonly value: string; readonly reason: string} {
  if (typeof value !== 'string' || typeof reason !== 'string') return fault('a literal lacks value or reason')
  if (!isLiteralSegment(value) || !isCanonicalSegment(value)) fault(`${quoted(value)} is not a literal path segment`)
  return {value, reason}
}

function objectOf(value: JsonValue): JsonObject {
  return isObject(value) ? value : fault('a member of a normalization block is not an object')
}

function listOf(value: JsonValue, name: string): readonly JsonValue[] {
  return Array.isArray(value) ? value : fault(`${name} is not a list`)
}

function fault(what: string): never {
  throw new PipelockError('invalid_field', what)
}

export function patternOf({segments}: Pick<PathEntry, 'segments'>): string {
  return `/${segments.join('/')}`
}

/** The pattern above a 1-based position; "" is the root. */
export function prefixOf({segments}: Pick<PathEntry, 'segments'>, index: number): string {
  return segments
    .slice(0, index - 1)
    .map((segment) => `/${segment}`)
    .join('')
}

/** The rule with these paths, everything else as it was. `algorithm` is that of the contract, for blocks that it lacked. */
export function withPaths(rule: Rule, entries: readonly PathEntry[], algorithm: string): Rule {
  // an empty list would mean any path
  if (entries.length === 0) throw new PipelockError('internal_error', 'a rule would lose all its paths')
  return {...rule, selector: {...rule.selector, paths: entries.map((entry) => pathMember(entry, rule, algorithm))}}
}

function pathMember(entry: PathEntry, rule: Rule, algorithm: string): JsonObject {
  const {collapsed, retained, pinned} = entry
  const member = {...entry.rest, value: patternOf(entry)}
  if (!entry.block && collapsed.length + retained.length + pinned.length === 0) return member
  return {
    ...member,
    normalization: {
      algorithm,
      ...(entry.block ?? {bucket: {...bucketOf(rule), parent_prefix: ''}}),
      ...(collapsed.length === 0 ? {} : {collapsed_segments: collapsed.map(({raw}) => raw)}),
      ...(retained.length === 0 ? {} : {retained_segments: byIndex(retained).map((item) => ({...item}))}),
      ...(pinned.length === 0 ? {} : {pinned_segments: pinned.map((item) => ({...item}))}),
    },
  }
}

function byIndex(retained: readonly Retained[]): readonly Retained[] {
  return retained.toSorted((a, b) => a.index - b.index)
}

function bucketOf({selector}: Rule): {readonly host: string; readonly method: string} {
  const host = selector?.['host']
  const methods = selector?.['methods']
  const names = Array.isArray(methods) ? methods.filter((method) => typeof method === 'string').sort() : []
  return {host: isObject(host) && typeof host['value'] === 'string' ? host['value'] : '', method: names[0] ?? ''}
}

/** A wildcard that became a literal. The bucket then names the pattern above the first collapse that is left. */
export function demoted(entry: PathEntry, index: number, value: string, text: string, reason: string): PathEntry {
  const segments = entry.segments.map((segment, i) => (i === index - 1 ? text : segment))
  const collapsed = entry.collapsed.filter((position) => position.index !== index)
  const first = collapsed[0]
  const bucket = entry.block?.['bucket']
  const moved = first && isObject(bucket) ? {bucket: {...bucket, parent_prefix: prefixOf({segments}, first.index)}} : {}
  return {
    ...entry,
    segments,
    block: {...entry.block, ...moved},
    collapsed,
    retained: [...entry.retained, {index, value, reason}],
  }
}
