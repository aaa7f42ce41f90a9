// An event on its way to a sink, and its text: one JSON object, the same in a webhook and in syslog.
import {cleanValue} from '../../lib/clean-text.js'
import {formatTimestamp} from '../../lib/timestamp.js'
import type {Severity} from './severity.js'

export interface EmittedEvent {
  readonly severity: Severity
  /** Name in the audit log, such as `blocked`. */
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  /** As in the audit log, redacted there. */
  readonly fields: Readonly<Record<string, unknown>>
}

export function eventText({severity, type, atMs, fields}: EmittedEvent, instance: string): string {
  const timestamp = formatTimestamp(atMs)
  return JSON.stringify({
    severity,
    type,
    timestamp,
    pipelock_instance: instance,
    fields: Object.fromEntries(fieldEntries(fields)),
  })
}

/** An agent chooses the length of its URLs: without a bound one event could be more than a receiver takes. */
const MAX_TEXT = 4_096
const MAX_ENTRIES = 64

/** Without empty ones, and bounded; durations in whole milliseconds. */
export function fieldEntries(fields: EmittedEvent['fields']): readonly (readonly [name: string, value: unknown])[] {
  const entries: [string, unknown][] = []
  for (const name of Object.keys(fields)) {
    const value = bounded(cleanValue(fields[name]))
    if (value === undefined || value === '') continue
    entries.push([name, typeof value === 'number' && name.endsWith('_ms') ? Math.round(value) : value])
  }
  return entries
}

function bounded(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT - 3)}...`
  return Array.isArray(value) ? value.slice(0, MAX_ENTRIES).map(bounded) : value
}
