// The log of a running firewall before and after its logging plugin exists: what is said during start-up is kept and
// written once there is somewhere to write to.
import type {Log} from '../core/ports.js'

type Level = keyof Log
type Fields = Readonly<Record<string, unknown>>

/** Start-up says a few lines; anything beyond comes from a loop. */
const MAX_KEPT = 1000

export interface LogRelay extends Log {
  attach(target: Log): void
}

export function makeLogRelay(): LogRelay {
  let target: Log | undefined
  let kept: {readonly level: Level; readonly event: string; readonly fields: Fields | undefined}[] = []
  const say =
    (level: Level) =>
    (event: string, fields?: Fields): void => {
      if (target) target[level](event, fields)
      else if (kept.length < MAX_KEPT) kept.push({level, event, fields})
    }
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    attach(log) {
      target = log
      for (const {level, event, fields} of kept) log[level](event, fields)
      kept = []
    },
  }
}
