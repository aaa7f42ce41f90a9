// Which hosts requested Basic credentials, and from whom: a password may go where it was requested earlier in
// the same session, by the same scheme, name and port. Bounded; forgetting one only makes a finding of its password.
import type {Exchange} from '../../core/exchange.js'
import {createLru} from '../../lib/lru.js'

export interface ChallengeTable {
  note(x: Exchange): void
  asked(x: Exchange): boolean
}

const MAX_CHALLENGES = 10_000

export function createChallenges(): ChallengeTable {
  const table = createLru<object>(MAX_CHALLENGES)
  return {
    note(x) {
      const key = keyOf(x)
      if (key !== undefined) table.set(key, x.agent)
    },
    asked(x) {
      const key = keyOf(x)
      return key !== undefined && table.get(key) !== undefined
    },
  }
}

/** A name that a client gives itself must not lead to the challenges of another one. */
function keyOf({agent, clientIp, target}: Exchange): string | undefined {
  if (target === undefined) return undefined
  const who = agent.basis === 'self-declared' ? clientIp : `${agent.name}|${clientIp}`
  return `${who} ${target.scheme}://${target.host}:${target.port}`
}
