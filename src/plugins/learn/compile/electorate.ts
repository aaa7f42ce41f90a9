// Who bears witness under wilson_lb_v3: usable sessions, of which a bounded share may be hostile. Every test is made as if
// the suspects were not there: the ⌊ε·n⌋ sessions, and the sessions of the ⌊ε·m⌋ machines, that contribute most.
import {wilsonLowerBound, type Confidence} from './confidence.js'
import {suspectsOf} from './minority.js'
import type {Sessions} from './sessions.js'
import type {Inference} from './settings.js'
import type {Suspects, Witnesses} from './witnesses.js'

/** Lower bound from which a rule is stable. */
const STABLE = 0.5

export interface Support {
  /** Sessions that bear witness. */
  readonly sessions: number
  /** How many of these are left out. */
  readonly leftOut: number
  readonly lower: number
}

export class TypedElectorate {
  readonly #inference: Inference
  readonly #sessions: Sessions
  readonly #machines: number
  /** Usable sessions. */
  readonly size: number
  /** Sessions that may be hostile, and machines where these count. */
  readonly suspects: readonly Suspects[]

  constructor(inference: Inference, sessions: Sessions, usable: ReadonlySet<number>) {
    this.#inference = inference
    this.#sessions = sessions
    this.size = usable.size
    const machines = new Set<number>()
    for (const session of usable) machines.add(sessions.machineOf(session))
    this.#machines = machines.size
    const bound = inference.contaminationBound
    const bySession = {of: (session: number) => session, count: suspectsOf(bound, usable.size)}
    const byMachine = {of: (session: number) => sessions.machineOf(session), count: suspectsOf(bound, machines.size)}
    this.suspects = machines.size === 1 ? [bySession] : [bySession, byMachine]
  }

  get normalization(): Inference['normalization'] {
    return this.#inference.normalization
  }

  union(parts: readonly Witnesses[]): Witnesses {
    const sessions = new Set<number>()
    for (const part of parts) for (const session of part.keys()) sessions.add(session)
    return sessions
  }

  support(sessions: Witnesses): Support {
    const leftOut = this.#leftOut(sessions)
    return {sessions: sessions.size, leftOut, lower: wilsonLowerBound(sessions.size - leftOut, this.size - leftOut)}
  }

  /** Floors hold without the suspects; the class says how common it is among the others. */
  classOf(sessions: Witnesses, volume?: number): Confidence {
    const {floors} = this.#inference
    const leftOut = this.#leftOut(sessions)
    const kept = sessions.size - leftOut
    if (kept < floors.sessions || this.#windowsWithout(sessions, leftOut) < floors.windows) return 'never_confirmed'
    if (volume !== undefined && volume < floors.events) return 'never_confirmed'
    return wilsonLowerBound(kept, this.size - leftOut) < STABLE ? 'brittle' : 'stable'
  }

  /** What suspects alone could not have made a rule. */
  confirms(sessions: Witnesses): boolean {
    return this.classOf(sessions) !== 'never_confirmed'
  }

  /** True of a value that is a name: without suspects as many sessions bring it as make a rule. Others may be identifiers. */
  isKnown(sessions: Witnesses): boolean {
    return this.confirms(sessions)
  }

  /** True when an honest session has it. */
  isHonest(sessions: Witnesses): boolean {
    return sessions.size > this.#leftOut(sessions)
  }

  /** True when more than one honest session has it: a single one is no evidence. */
  isBeyondSuspects(sessions: Witnesses): boolean {
    return sessions.size - this.#leftOut(sessions) > 1
  }

  /** Of these sessions, those of the suspects that have most. */
  #leftOut(sessions: Witnesses): number {
    const [bySession] = this.suspects
    if (this.#machines === 1) return Math.min(bySession?.count ?? 0, sessions.size)
    let most = 0
    for (const {of, count} of this.suspects) {
      if (count === 0) continue
      const each = new Map<number, number>()
      for (const session of sessions.keys()) each.set(of(session), (each.get(of(session)) ?? 0) + 1)
      const sizes = [...each.values()].sort((a, b) => b - a).slice(0, count)
      most = Math.max(
        most,
        sizes.reduce((sum, size) => sum + size, 0),
      )
    }
    return most
  }

  /** Hours in which sessions began that are left however the suspects are chosen. */
  #windowsWithout(sessions: Witnesses, leftOut: number): number {
    if (this.#machines === 1) return sessions.size - leftOut
    const perHour = new Map<number, number>()
    for (const session of sessions.keys()) {
      const hour = this.#sessions.hourOf(session)
      perHour.set(hour, (perHour.get(hour) ?? 0) + 1)
    }
    let left = leftOut
    let hours = perHour.size
    for (const count of [...perHour.values()].sort((a, b) => a - b)) {
      if (count > left) break
      left -= count
      hours--
    }
    return hours
  }
}
