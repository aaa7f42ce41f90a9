// Constant arguments of a tool (learn §7.2): what every counted call had with the same value of the same type. The set only
// ever narrows, so the order of calls and of partial aggregates does not matter.
import {isObject, JsonFault, readJson, type JsonObject, type JsonValue} from '../../../lib/json/reader.js'
import {compareCodePoints} from '../../../lib/json/writer.js'

export type ArgumentValue = string | boolean | number

/** `unseen` before the first call, `none` once a call had no readable arguments or nothing is left. */
export type ToolArguments = 'unseen' | 'none' | ReadonlyMap<string, ArgumentValue>

const MAX_DEPTH = 64
const MAX_BYTES = 256

export function emptyArguments(): ToolArguments {
  return 'unseen'
}

export function narrowArguments(known: ToolArguments, json: string | undefined): ToolArguments {
  if (known === 'none') return 'none'
  const object = json === undefined ? undefined : parseArguments(json)
  if (!object) return 'none'
  const left = new Map<string, ArgumentValue>()
  if (known === 'unseen') {
    for (const [key, value] of Object.entries(object)) {
      if (isArgumentPair(key, value)) left.set(ownText(key), typeof value === 'string' ? ownText(value) : value)
    }
  } else {
    for (const [key, value] of known) if (object[key] === value) left.set(key, value)
  }
  return left.size === 0 ? 'none' : left
}

/** What the calls behind both have in common. */
export function commonArguments(a: ToolArguments, b: ToolArguments): ToolArguments {
  if (a === 'unseen') return b
  if (b === 'unseen') return a
  if (a === 'none' || b === 'none') return 'none'
  const left = new Map([...a].filter(([key, value]) => b.get(key) === value))
  return left.size === 0 ? 'none' : left
}

/** True for what may become a matcher. */
export function isArgumentPair(key: string, value: JsonValue): value is ArgumentValue {
  return key !== '' && isText(key) && isArgument(value)
}

/** A slice would keep the whole call in memory. */
function ownText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

/** The matchers of a rule, sorted by key. */
export function argumentList(known: ToolArguments): readonly {readonly key: string; readonly value: ArgumentValue}[] {
  if (typeof known === 'string') return []
  return [...known].sort(([a], [b]) => compareCodePoints(a, b)).map(([key, value]) => ({key, value}))
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
