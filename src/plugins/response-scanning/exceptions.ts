// Hosts that may speak about an attack for a while (`core_observe_exceptions`): what they say is recorded and not
// enforced until the exception ends. It cannot be made for long: an exception that nobody looks at again is a hole.
import {PipelockError} from '../../core/errors.js'
import type {Clock} from '../../core/ports.js'
import {compileDomainList} from '../../lib/domain-list.js'
import {expiryOf} from '../../lib/instant.js'
import type {ResponseScanning} from './config.js'

export type Exception = ResponseScanning['core_observe_exceptions'][number]

const DAY_MS = 86_400_000
const MOST_DAYS = 30

export interface Exceptions {
  /** The exception in force for a rule on a host. */
  find(host: string, rule: string): Exception | undefined
}

/** Throws for one that lasts longer than it may. */
export function createExceptions(
  entries: ResponseScanning['core_observe_exceptions'],
  clock: Clock,
  warn: (field: string, message: string) => void,
): Exceptions {
  const now = clock.now()
  const compiled = entries.map((entry, i) => {
    const field = `response_scanning.core_observe_exceptions[${i}].expires`
    const end = expiryOf(entry.expires) ?? 0
    // the last day counts whole
    if (end > now + (MOST_DAYS + 1) * DAY_MS) {
      throw new PipelockError('config_invalid', `${field}: ${entry.expires} is more than ${MOST_DAYS} days ahead`, {
        hint: 'choose a nearer date and look at the exception again then',
      })
    }
    if (end < now)
      warn(field, `ended ${entry.expires}: ${entry.pattern} is enforced again; remove the entry or renew it`)
    return {entry, end, hosts: compileDomainList([entry.host])}
  })
  return {
    find(host, rule) {
      if (compiled.length === 0) return undefined
      const at = clock.now()
      return compiled.find(
        ({entry, end, hosts}) => entry.pattern === rule && at <= end && hosts.match(host) !== undefined,
      )?.entry
    },
  }
}
