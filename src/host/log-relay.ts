// The log of a firewall before and after its logging plugin exists: start-up events are buffered and written once there
// is a log. Their texts may quote a client (an SNI name, the text of an error), so all of them are redacted here.
import type {Log} from '../core/ports.js'
import type {RedactText} from '../core/redacted-text.js'

type Level = keyof Log
type Fields = Readonly<Record<string, unknown>>

/** Start-up logs a few lines; anything beyond comes from a loop. */
const MAX_KEPT = 1000

export interface LogRelay extends Log {
  attach(target: Log, redact: RedactText): void
}

export function createLogRelay(): LogRelay {
  let target: Log | undefined
  let redact: RedactText = (text) => text
  let kept: {readonly level: Level; readonly event: string; readonly fields: Fields | undefined}[] = []
  const say =
    (level: Level) =>
    (event: string, fields?: Fields): void => {
      if (target) target[level](event, fields && redactedFields(fields, redact))
      else if (kept.length < MAX_KEPT) kept.push({level, event, fields})
    }
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    attach(log, redactText) {
      target = log
      redact = redactText
      for (const {level, event, fields} of kept) log[level](event, fields && redactedFields(fields, redact))
      kept = []
    },
  }
}

function redactedFields(fields: Fields, redact: RedactText): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, redactedValue(value, redact)]))
}

function redactedValue(value: unknown, redact: RedactText): unknown {
  if (typeof value === 'string') return redact(value)
  if (value instanceof Error) return redact(value.message)
  return Array.isArray(value) ? value.map((one) => redactedValue(one, redact)) : value
}
