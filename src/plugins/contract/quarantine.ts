// Quarantine of the running service: which rules would block too much of what passes now, judged over the
// last hour, with cooldown and a limit on pages. In memory only; it advises and never changes what is enforced.
import type {Change} from '../../core/contract/deltas.js'
import {advise, NO_QUARANTINE, type Advice, type RuleCounts} from '../../core/contract/quarantine.js'

const HOUR_MS = 3_600_000

type Minute = {readonly startMs: number} & {-readonly [K in keyof RuleCounts]: number}

interface Patient {
  readonly minutes: Minute[]
  quarantined: boolean
  lastMs: number | undefined
}

export interface QuarantineEvent extends RuleCounts {
  readonly ruleId: string
  readonly advice: Advice
}

/** Rules of one contract; their number is bounded by what operators signed, and 60 minutes are kept of each. */
export class Quarantine {
  readonly #patients = new Map<string, Patient>()

  count(ruleId: string, change: Change, minuteMs: number): void {
    const patient = this.#patients.get(ruleId) ?? {minutes: [], quarantined: false, lastMs: undefined}
    this.#patients.set(ruleId, patient)
    let minute = patient.minutes.at(-1)
    if (!minute || minute.startMs < minuteMs) {
      minute = {startMs: minuteMs, evaluations: 0, newBlocks: 0, newAllows: 0, unchanged: 0}
      patient.minutes.push(minute)
    }
    minute.evaluations++
    if (change === 'new_block') minute.newBlocks++
    else if (change === 'new_allow') minute.newAllows++
    else minute.unchanged++
  }

  /** Judges every rule; `pagesMs` are the pages of the agent in the last hour, and grow by the ones made here. */
  judge(nowMs: number, pagesMs: number[]): readonly QuarantineEvent[] {
    const events: QuarantineEvent[] = []
    for (const [ruleId, patient] of this.#patients) {
      while ((patient.minutes[0]?.startMs ?? nowMs) <= nowMs - HOUR_MS) patient.minutes.shift()
      const counts = sum(patient.minutes)
      const {quarantined, lastMs} = patient
      const advice = advise(counts, {...NO_QUARANTINE, quarantined, lastMs, pagesMs}, nowMs)
      if (advice.state === 'candidate') {
        patient.quarantined = true
        patient.lastMs = nowMs
        pagesMs.push(nowMs)
      } else if (advice.state === 'released') patient.quarantined = false
      if (advice.state === 'candidate' || advice.state === 'released') events.push({ruleId, advice, ...counts})
    }
    return events
  }

  get quarantined(): number {
    return [...this.#patients.values()].filter((patient) => patient.quarantined).length
  }
}

function sum(minutes: readonly Minute[]): RuleCounts {
  const total = {evaluations: 0, newBlocks: 0, newAllows: 0, unchanged: 0}
  for (const minute of minutes) {
    total.evaluations += minute.evaluations
    total.newBlocks += minute.newBlocks
    total.newAllows += minute.newAllows
    total.unchanged += minute.unchanged
  }
  return total
}
