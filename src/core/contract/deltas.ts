// Would-be changes of a contract, batched per minute: a count and three examples each, so that memory grows with rules
// and minutes, not with requests. Replay and the running service share it.
import {hmacSha256Hex, sha256Text} from '../../lib/hash.js'
import {compareCodePoints} from '../../lib/json/writer.js'

export interface Delta {
  readonly ruleId: string
  readonly original: string
  readonly candidate: string
  /** Called only while the exchange may become one of the examples: a flood must not cost a hash per request. */
  readonly exemplarId: () => string
  readonly timeMs: number
}

export interface Batch {
  readonly ruleId: string
  readonly original: string
  readonly candidate: string
  readonly startMs: number
  readonly count: number
  /** One to three. */
  readonly exemplarIds: readonly string[]
}

export const WINDOW_MS = 60_000
const EXEMPLARS = 3

/** Rule id of a block that names no rule. */
export const DEFAULT_DENY = 'default_deny'

const BLOCKING: ReadonlySet<string> = new Set(['block', 'fail_closed'])

export type Change = 'new_block' | 'new_allow' | 'unchanged'

export function isBlocking(verdict: string): boolean {
  return BLOCKING.has(verdict)
}

/** A block for another reason is not a change: it lets nothing new pass and stops nothing that passed. */
export function changeOf(original: string, candidate: string): Change {
  if (original === candidate || (isBlocking(original) && isBlocking(candidate))) return 'unchanged'
  return isBlocking(candidate) ? 'new_block' : 'new_allow'
}

/** Input of an exemplar id; empty texts where nothing applies. */
export interface Exemplar {
  readonly surface: string
  readonly method: string
  readonly url: string
  readonly toolName: string
  readonly mcpMethod: string
}

/** Identifies a request without revealing it. URLs can be guessed, so the id is salted where a salt exists. */
export function exemplarId(exemplar: Exemplar, salt: Uint8Array | undefined): string {
  const {surface, method, url, toolName, mcpMethod} = exemplar
  const text = [surface, method, url, toolName, mcpMethod].join('\0')
  return salt ? `hmac:${hmacSha256Hex(salt, text)}` : sha256Text(text)
}

interface First {
  readonly timeMs: number
  readonly id: string
}

interface Open extends Omit<Batch, 'count' | 'exemplarIds'> {
  count: number
  /** The first three by time and id. */
  first: First[]
}

export interface Batches {
  add(delta: Delta): void
  readonly size: number
  /** By window, rule, original and candidate. */
  sorted(): readonly Batch[]
}

export function createBatches(): Batches {
  const open = new Map<string, Open>()
  return {
    add({ruleId, original, candidate, timeMs, exemplarId: id}) {
      const startMs = Math.floor(timeMs / WINDOW_MS) * WINDOW_MS
      const key = JSON.stringify([startMs, ruleId, original, candidate])
      const batch = open.get(key) ?? {ruleId, original, candidate, startMs, count: 0, first: []}
      open.set(key, batch)
      batch.count++
      const {first} = batch
      if (first.length === EXEMPLARS && timeMs > (first.at(-1)?.timeMs ?? 0)) return
      first.push({timeMs, id: id()})
      first.sort((a, b) => a.timeMs - b.timeMs || compareCodePoints(a.id, b.id))
      first.length = Math.min(first.length, EXEMPLARS)
    },
    get size() {
      return open.size
    },
    sorted() {
      const closed = [...open.values()].map(({first, ...batch}): Batch => ({
        ...batch,
        exemplarIds: first.map(({id}) => id),
      }))
      return closed.sort(
        (a, b) =>
          a.startMs - b.startMs ||
          compareCodePoints(a.ruleId, b.ruleId) ||
          compareCodePoints(a.original, b.original) ||
          compareCodePoints(a.candidate, b.candidate),
      )
    },
  }
}
