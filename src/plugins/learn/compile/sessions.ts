// Which recorder sessions count as one: all that begin in a clock hour, since an agent can begin as many as it likes. Where
// a fleet is observed, those of each machine count by themselves.
import {machineOf} from '../capture/session.js'
import {compareCodePoints} from '../../../lib/json/writer.js'
import type {SessionStart} from './aggregate.js'
import type {SessionsPer} from './settings.js'

export interface Sessions {
  /** The session that counts, by index of a recorder session; later ones have higher numbers. */
  at(index: number): number
  /** Hour in which a session began. */
  hourOf(session: number): number
  /** Number of its machine; 0 where machines do not count. */
  machineOf(session: number): number
  /** Distinct sessions. */
  readonly count: number
}

export function sessionsOf(starts: Iterable<SessionStart>, per: SessionsPer): Sessions {
  const known = [...starts]
  const names = per === 'machine' ? known.map(({id}) => machineOf(id)) : ['']
  const machines = new Map([...new Set(names)].sort(compareCodePoints).map((name, number) => [name, number]))
  const width = Math.max(1, machines.size)
  const numbers: number[] = []
  for (const {id, index, startHour} of known) {
    const machine = per === 'machine' ? (machines.get(machineOf(id)) ?? 0) : 0
    numbers[index] = startHour * width + machine
  }
  return {
    at: (index) => numbers[index] ?? 0,
    hourOf: (session) => Math.floor(session / width),
    machineOf: (session) => session - Math.floor(session / width) * width,
    count: new Set(numbers).size,
  }
}
