// The common line read quickly: a v1 receipt without extras, bare or inside a recorder entry, in its canonical spelling.
// JSON.parse loses duplicate members and exact numbers, so its answer counts only when writing it anew gives the very
// bytes of the line: then nothing was lost. Everything else goes to the strict reader, which alone finds faults.
import {parseActionReceipt, type ActionReceipt, type ReadKey} from '../../core/formats/action-receipt.js'
import {entryLine, readMembersOf, type HashedEntry} from '../../core/formats/entry.js'
import {EvidenceFault} from '../../core/formats/evidence-fault.js'
import type {JsonObject} from '../../lib/json/reader.js'

export interface QuickLine {
  readonly receipt: ActionReceipt
  /** undefined for a bare receipt */
  readonly entry: HashedEntry | undefined
}

export function readQuickLine(text: string, readKey: ReadKey): QuickLine | undefined {
  // an escaped lone surrogate would be written just as it was read; a canonical line escapes no surrogate
  if (text.includes('\\ud')) return undefined
  const value = parseObject(text)
  if (!value) return undefined
  try {
    if (value['type'] !== 'action_receipt') {
      const receipt = readReceipt(value, readKey)
      return receipt?.envelope === text ? {receipt, entry: undefined} : undefined
    }
    const detail = value['detail']
    const receipt = isPlainObject(detail) ? readReceipt(detail, readKey) : undefined
    if (!receipt) return undefined
    const {head, hash} = readMembersOf(value)
    if (entryLine(head, receipt.envelope, hash) !== text) return undefined
    return {receipt, entry: {head, detailText: receipt.envelope, hash}}
  } catch (error) {
    if (error instanceof EvidenceFault) return undefined
    throw error
  }
}

/** Rare members are left to the strict reader: an `ext` counts with its source text, a key change waits for signatures. */
function readReceipt(value: JsonObject, readKey: ReadKey): ActionReceipt | undefined {
  const record = value['action_record']
  if (value['version'] !== 1 || !isPlainObject(record) || 'ext' in value || 'key_transition' in record) return undefined
  return parseActionReceipt(value, undefined, readKey)
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined // the strict reader says what is wrong
  }
}

function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
