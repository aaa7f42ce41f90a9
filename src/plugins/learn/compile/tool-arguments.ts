// Constant arguments of a tool. A session keeps a pair of key and value when every one of its calls had it. A pair becomes a
// matcher when no more sessions called otherwise than may be hostile, and more kept it: hostile sessions within the bound can
// neither remove a constraint nor plant one. Kept pairs only become fewer, so the order of calls and of partial aggregates
// does not matter.
import {isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {compareCodePoints} from '../../../lib/json/writer.js'

export type ArgumentValue = string | boolean | number

/** Recorder session (index) → what all of its calls had, as sorted texts of pairs; empty once nothing is left. Plain data. */
export type ToolArguments = Map<number, readonly string[]>

const MAX_DEPTH = 64
const MAX_BYTES = 256
/** A call with more scalar members counts as one without arguments: no tool has so many constants. */
const MAX_MEMBERS = 256
const NOTHING: readonly string[] = []

const SESSION_BYTES = 80
const PAIR_BYTES = 120

/** Adds a call; estimated bytes of memory that are taken, or given back. */
export function addCall(known: ToolArguments, session: number, json: string | undefined): number {
  const before = known.get(session)
  if (before?.length === 0) return 0
  return keep(known, session, json === undefined ? NOTHING : pairsOf(json))
}

/** Adds what calls of another part of the input had in common. */
export function addKept(known: ToolArguments, session: number, pairs: readonly string[]): number {
  return keep(known, session, pairs)
}

function keep(known: ToolArguments, session: number, pairs: readonly string[]): number {
  const before = known.get(session)
  const after = before === undefined ? pairs : common(before, pairs)
  known.set(session, after)
  return bytesOf(after) - (before === undefined ? -SESSION_BYTES : bytesOf(before))
}

function bytesOf(pairs: readonly string[]): number {
  return pairs.reduce((sum, text) => sum + PAIR_BYTES + 2 * text.length, 0)
}

function common(a: readonly string[], b: readonly string[]): readonly string[] {
  const other = new Set(b)
  const left = a.filter((text) => other.has(text))
  return left.length === 0 ? NOTHING : left
}

/** True for what may become a matcher. */
export function isArgumentPair(key: string, value: JsonValue): value is ArgumentValue {
  return key !== '' && isText(key) && isArgument(value)
}

export function pairText(key: string, value: ArgumentValue): string {
  return JSON.stringify([key, value])
}

export function pairOfText(text: string): readonly [key: string, value: ArgumentValue] {
  return JSON.parse(text) as [string, ArgumentValue]
}

export function sortedPairs(pairs: Iterable<string>): readonly string[] {
  return [...pairs].sort(compareCodePoints)
}

export interface ConstantTerms {
  /** The session that counts, by recorder session: whoever made a counted call is usable. */
  readonly sessionOf: (index: number) => number
  /** Whether an argument is constant that `kept` of the sessions `all` keep. */
  readonly isConstant: (kept: ReadonlySet<number>, all: ReadonlySet<number>) => boolean
}

export interface Constant {
  readonly key: string
  readonly value: ArgumentValue
  /** Sessions that called the tool otherwise. */
  readonly otherwise: number
}

/** The constants that enough sessions keep, in byte order of their keys. */
export function constantsOf(known: ToolArguments, terms: ConstantTerms): readonly Constant[] {
  const bySession = new Map<number, readonly string[]>()
  for (const [index, pairs] of known) {
    const session = terms.sessionOf(index)
    const before = bySession.get(session)
    bySession.set(session, before === undefined ? pairs : common(before, pairs))
  }
  const keeping = new Map<string, Set<number>>()
  for (const [session, pairs] of bySession) {
    for (const text of pairs) {
      const known = keeping.get(text)
      if (known) known.add(session)
      else keeping.set(text, new Set([session]))
    }
  }
  const best = new Map<string, {readonly value: ArgumentValue; readonly sessions: ReadonlySet<number>}>()
  for (const [text, sessions] of [...keeping].sort(([a], [b]) => compareCodePoints(a, b))) {
    const [key, value] = pairOfText(text)
    if (sessions.size > (best.get(key)?.sessions.size ?? 0)) best.set(key, {value, sessions})
  }
  const all = new Set(bySession.keys())
  return [...best]
    .filter(([, {sessions}]) => terms.isConstant(sessions, all))
    .sort(([a], [b]) => compareCodePoints(a, b))
    .map(([key, {value, sessions}]) => ({key, value, otherwise: all.size - sessions.size}))
}

function pairsOf(json: string): readonly string[] {
  const object = parseArguments(json)
  if (!object) return NOTHING
  const texts: string[] = []
  for (const [key, value] of Object.entries(object)) if (isArgumentPair(key, value)) texts.push(pairText(key, value))
  return texts.length === 0 || texts.length > MAX_MEMBERS ? NOTHING : sortedPairs(texts)
}

function parseArguments(json: string): JsonObject | undefined {
  try {
    const value = readJson(json, {maxDepth: MAX_DEPTH})
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof JsonFault) return undefined
    throw error
  }
}

/** Fractions, exponents and integers beyond 2^53−1 come as RawNumber and never qualify. */
function isArgument(value: JsonValue): value is ArgumentValue {
  if (typeof value === 'string') return value !== '[REDACTED]' && isText(value)
  return typeof value === 'boolean' || typeof value === 'number'
}

function isText(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_BYTES && !/[\u0000-\u001f\u007f]/.test(text) && text.normalize('NFC') === text
}
