// Records that the contract changes, as batches of a minute (learn §13.1): a count and three examples each, so that memory
// grows with rules and minutes, not with records.
import {sha256Text} from '../../../lib/hash.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {CaptureRecord} from '../compile/capture-record.js'
import {saltedHash} from '../compile/host-class.js'

export interface Delta {
  readonly ruleId: string
  readonly original: string
  readonly candidate: string
  readonly exemplarId: string
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

/** Names a request without showing it. URLs can be guessed, so a salt is used where there is one. */
export function exemplarId(record: CaptureRecord, salt: Uint8Array | undefined): string {
  const {surface, method, url, toolName, mcpMethod} = record
  const text = [surface, method, url, toolName, mcpMethod].join('\0')
  return salt ? `hmac:${saltedHash(salt, text)}` : sha256Text(text)
}

interface Open extends Omit<Batch, 'count' | 'exemplarIds'> {
  count: number
  /** The first three by time and id. */
  first: Pick<Delta, 'timeMs' | 'exemplarId'>[]
}

export interface Batches {
  add(delta: Delta): void
  /** By window, rule, original and candidate. */
  sorted(): readonly Batch[]
}

export function createBatches(): Batches {
  const open = new Map<string, Open>()
  return {
    add(delta) {
      const {ruleId, original, candidate, timeMs, exemplarId: id} = delta
      const startMs = Math.floor(timeMs / WINDOW_MS) * WINDOW_MS
      const key = JSON.stringify([startMs, ruleId, original, candidate])
      const batch = open.get(key) ?? {ruleId, original, candidate, startMs, count: 0, first: []}
      open.set(key, batch)
      batch.count++
      batch.first.push({timeMs, exemplarId: id})
      batch.first.sort((a, b) => a.timeMs - b.timeMs || compareCodePoints(a.exemplarId, b.exemplarId))
      batch.first.length = Math.min(batch.first.length, EXEMPLARS)
    },
    sorted() {
      const closed = [...open.values()].map(({first, ...batch}): Batch => ({
        ...batch,
        exemplarIds: first.map((delta) => delta.exemplarId),
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
