// Limits the names that clients give themselves. Each name is an identity with captures, sessions and connections of
// its own, so a client that invents one per request would multiply all of them: beyond a few, its names are one
// identity.
import type {Clock} from '../core/ports.js'
import {createLru} from '../lib/lru.js'
import {ANONYMOUS, type ClaimedAgent} from './identity.js'

const MAX_NAMES = 16
const MAX_CLIENTS = 10_000
/** A name unused for this long makes room for another one: the lifetime of a session without traffic. */
const IDLE_MS = 30 * 60_000

/** The name as it may be recorded; `client` is its owner. */
export type DeclaredAgents = (client: string, agent: ClaimedAgent) => ClaimedAgent

export function createDeclaredAgents(clock: Clock): DeclaredAgents {
  /** Time of last use of each name, by client. */
  const clients = createLru<Map<string, number>>(MAX_CLIENTS)

  const makeRoom = (names: Map<string, number>, nowMs: number): boolean => {
    for (const [name, usedMs] of names) if (nowMs - usedMs >= IDLE_MS) names.delete(name)
    return names.size < MAX_NAMES
  }

  return (client, agent) => {
    if (agent.basis !== 'self-declared' || agent.name === ANONYMOUS.name) return agent
    const nowMs = clock.monotonic()
    const names = clients.get(client) ?? new Map<string, number>()
    if (!names.has(agent.name) && !makeRoom(names, nowMs)) {
      // a text that was not kept as a name is still scanned: it may be a credential
      return {...ANONYMOUS, claimed: agent.claimed ?? agent.name}
    }
    names.set(agent.name, nowMs)
    clients.set(client, names)
    return agent
  }
}
