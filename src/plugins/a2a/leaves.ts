// The field-aware walk over a message: every leaf with the name it stands under and what that makes of it.
// Bounded: what is nested deeper, or has more nodes, was not seen and is a finding.
import {strictUtf8Steps} from '../../lib/body/utf8.js'
import {JsonFault, RawNumber, readJsonSteps, type JsonValue} from '../../lib/json/reader.js'
import {isObject} from './detect.js'

const MAX_DEPTH = 20
export const MAX_NODES = 10_000

export type LeafClass = 'url' | 'text' | 'secret' | 'opaque' | 'raw'

export interface Leaf {
  readonly text: string
  /** Lower case, `_` and `-` left out; that of the nearest object member, through arrays. */
  readonly name: string
  readonly kind: LeafClass
  /** The name of a member itself. */
  readonly isName: boolean
  /** Names of the members on the way, for people; array positions are left out. */
  readonly path: readonly string[]
  /** It stands in a part of this message; what is repeated of earlier messages does not. */
  readonly isSpoken: boolean
  /** Of a raw part: what its sibling says it is. */
  readonly mediaType?: string
}

export interface Message {
  readonly value: JsonValue
  /** In wire order, a name before its value. */
  readonly leaves: readonly Leaf[]
  readonly nodes: number
}

export interface Unreadable {
  readonly problem: string
  /** It is JSON, and longer than the part that is inspected. */
  readonly isOverBudget: boolean
}

const URLS: ReadonlySet<string> = new Set(
  (
    'url uri documentationurl iconurl authorizationurl tokenurl refreshurl deviceauthorizationurl openidconnecturl ' +
    'oauth2metadataurl'
  ).split(' '),
)
const TEXTS: ReadonlySet<string> = new Set(['text', 'description', 'name'])
const SECRETS: ReadonlySet<string> = new Set(['credentials', 'token', 'secret', 'apikey', 'password'])

export function plainName(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

/** A message read strictly: one value, no member twice, valid UTF-8 without a mark. */
export function* readMessage(bytes: Buffer): Generator<undefined, Message | Unreadable> {
  let value: JsonValue
  try {
    value = yield* readJsonSteps(yield* strictUtf8Steps(bytes), {maxDepth: MAX_DEPTH})
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error
    const isOverBudget = error.kind === 'depth'
    return {isOverBudget, problem: isOverBudget ? `nested deeper than ${MAX_DEPTH} levels` : FAULTS[error.kind]}
  }
  const leaves: Leaf[] = []
  const nodes = yield* collect(value, leaves)
  if (nodes > MAX_NODES) return {isOverBudget: true, problem: `payload exceeded node budget (${MAX_NODES})`}
  return {value, leaves, nodes}
}

const FAULTS: Readonly<Record<JsonFault['kind'], string>> = {
  utf8: 'not UTF-8',
  empty: 'empty',
  syntax: 'no valid JSON',
  depth: 'nested too deep',
  surrogate: 'no valid JSON: half a character',
  number: 'no valid JSON: a number',
  duplicate: 'no valid JSON: a duplicate member',
  trailing: 'no valid JSON: something stands behind the message',
}

interface Place extends Pick<Leaf, 'path' | 'isSpoken'> {
  readonly name: string
  readonly isHistory: boolean
  readonly mediaType?: string
  /** The object that it is a member of is a file or a part of a message. */
  readonly inPart: boolean
}

/** Nodes between two pauses. */
const NODES = 256

/** Adds the leaves of a value, in steps; the answer is the number of its nodes, not counted beyond the budget. */
function* collect(root: JsonValue, leaves: Leaf[]): Generator<undefined, number> {
  let nodes = 0
  function* visit(value: JsonValue, at: Place): Generator<undefined, void> {
    if (nodes++ % NODES === NODES - 1) yield
    const {path, isSpoken} = at
    if (Array.isArray(value)) {
      for (const one of value) {
        if (nodes > MAX_NODES) return
        yield* visit(one, at)
      }
    } else if (isObject(value)) {
      const declared = value['mediaType'] ?? value['mimeType']
      const inPart = at.name === 'parts' || at.name === 'part' || at.name === 'file' || declared !== undefined
      for (const key of Object.keys(value)) {
        if (nodes > MAX_NODES) return
        const name = plainName(key)
        const kind = SECRETS.has(name) ? 'secret' : 'opaque'
        leaves.push({text: key, name: '', kind, isName: true, path, isSpoken})
        const isHistory = at.isHistory || name === 'history'
        const inside = {
          name,
          path: [...path, key],
          inPart,
          isHistory,
          isSpoken: !isHistory && (isSpoken || name === 'parts'),
        }
        yield* visit(value[key] ?? null, typeof declared === 'string' ? {...inside, mediaType: declared} : inside)
      }
    } else if (typeof value === 'string') {
      if (value !== '') leaves.push({...leafOf(at), text: value, isName: false, path, isSpoken})
    } else if (typeof value === 'number' || value instanceof RawNumber) {
      // a known value may be a number
      const text = typeof value === 'number' ? String(value) : value.text
      leaves.push({text, name: at.name, kind: 'opaque', isName: false, path, isSpoken})
    }
  }
  yield* visit(root, {name: '', path: [], inPart: false, isHistory: false, isSpoken: false})
  return nodes
}

function leafOf({name, inPart, mediaType}: Place): Pick<Leaf, 'name' | 'kind' | 'mediaType'> {
  if (inPart && (name === 'raw' || name === 'bytes')) {
    return {name, kind: 'raw', ...(mediaType !== undefined && {mediaType})}
  }
  const kind = URLS.has(name) ? 'url' : TEXTS.has(name) ? 'text' : SECRETS.has(name) ? 'secret' : 'opaque'
  return {name, kind}
}
