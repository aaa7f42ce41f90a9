// What one side said so far in one conversation, so that an order cut over several messages is seen
// where it becomes one. Kept by agent, peer and direction: nobody can write into the conversation of others. Bounded: the
// newest text of a conversation, so many conversations, and the names of those that had to be forgotten.
import {sha256Hex} from '../../lib/hash.js'
import type {JsonValue} from '../../lib/json/reader.js'
import {isObject} from './detect.js'
import type {Leaf} from './leaves.js'

/** Characters of one conversation; nothing that reaches over a seam is longer. */
const WINDOW = 16_384
const MAX_FORGOTTEN = 10_000
const MAX_TASKS = 10_000

export interface ContextLimits {
  readonly maxContexts: number
  readonly maxMessages: number
}

export interface History {
  readonly texts: readonly string[]
  /** Some of it was cut away. */
  readonly isTainted: boolean
}

export interface ContextTable {
  history(key: string): History
  /** `continues`: it is more of the same message, as the events of a stream are. */
  add(key: string, texts: readonly string[], limits: ContextLimits, continues?: boolean): void
  /** The conversation that a message belongs to. */
  keyOf(owner: string, value: JsonValue): string
  readonly size: number
}

interface Context {
  texts: string[]
  size: number
  messages: number
  isTainted: boolean
}

const NEW: History = {texts: [], isTainted: false}

/** Lives as long as the process: a reload forgets no conversation. */
export function createContexts(): ContextTable {
  const contexts = new Map<string, Context>()
  const forgotten = new Set<string>()
  const tasks = new Map<string, string>()

  const opened = (key: string): Context => {
    const known = contexts.get(key)
    const context = known ?? {texts: [], size: 0, messages: 0, isTainted: forgotten.delete(key)}
    contexts.delete(key)
    contexts.set(key, context)
    return context
  }

  return {
    get size() {
      return contexts.size
    },
    history: (key) => contexts.get(key) ?? (forgotten.has(key) ? {texts: [], isTainted: true} : NEW),
    add(key, texts, {maxContexts, maxMessages}, continues = false) {
      const context = opened(key)
      // who asks for a task again is told the same again
      const known = new Set(context.texts)
      const fresh = texts.filter((text) => text !== '' && !known.has(text))
      if (fresh.length === 0) return
      if (!continues || context.messages === 0) context.messages++
      if (context.messages > maxMessages) context.isTainted = true
      for (const text of fresh) {
        context.texts.push(text.slice(-WINDOW))
        context.size += Math.min(text.length, WINDOW)
      }
      cut(context)
      for (const oldest of contexts.keys()) {
        if (contexts.size <= maxContexts) break
        contexts.delete(oldest)
        remember(forgotten, oldest)
      }
    },
    keyOf(owner, value) {
      const {contextId, taskId} = idsOf(value)
      const task = taskId === undefined ? undefined : keyOf(owner, 'task', taskId)
      if (contextId === undefined) return (task && tasks.get(task)) ?? task ?? keyOf(owner, 'anonymous', '')
      const key = keyOf(owner, 'context', contextId)
      if (task !== undefined) {
        tasks.delete(task)
        tasks.set(task, key)
        if (tasks.size > MAX_TASKS) tasks.delete(tasks.keys().next().value ?? '')
      }
      return key
    },
  }
}

function keyOf(owner: string, kind: string, id: string): string {
  return sha256Hex(JSON.stringify([owner, kind, id]))
}

function cut(context: Context): void {
  let count = 0
  while (context.size > WINDOW) {
    const oldest = context.texts[count] ?? ''
    const over = context.size - WINDOW
    context.isTainted = true
    if (oldest.length <= over) count++
    else context.texts[count] = oldest.slice(over)
    context.size -= Math.min(oldest.length, over)
  }
  context.texts.splice(0, count)
}

function remember(names: Set<string>, name: string): void {
  names.add(name)
  if (names.size > MAX_FORGOTTEN) names.delete(names.values().next().value ?? '')
}

/** What a message says, as its reader is given it; what it repeats of earlier ones is left out. */
export function spokenTexts(leaves: readonly Leaf[]): readonly string[] {
  return leaves.filter(({name, isName, isSpoken}) => isSpoken && !isName && name === 'text').map(({text}) => text)
}

/** Where the protocol has its identifiers; members of the same name elsewhere are decoys. */
function idsOf(value: JsonValue): {readonly contextId: string | undefined; readonly taskId: string | undefined} {
  const roots = [value, member(value, 'params'), member(value, 'result')]
  const places = roots.flatMap((root) => {
    const inner = ['message', 'task', 'statusUpdate', 'artifactUpdate'].map((name) => member(root, name))
    return [root, ...inner, ...[root, ...inner].map((one) => member(member(one, 'status'), 'message'))]
  })
  const taskId = first(places, 'taskId') ?? taskOf(places)
  return {contextId: first(places, 'contextId'), taskId}
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? (value[name] ?? value[snake(name)]) : undefined
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function first(places: readonly (JsonValue | undefined)[], name: string): string | undefined {
  for (const place of places) {
    const result = member(place, name)
    if (typeof result === 'string' && result !== '') return result
  }
  return undefined
}

/** A task itself has its identifier under `id`. */
function taskOf(places: readonly (JsonValue | undefined)[]): string | undefined {
  const task = places.find((place) => isObject(member(place, 'status')))
  const id = member(task, 'id')
  return typeof id === 'string' ? id : undefined
}
