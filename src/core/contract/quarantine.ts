// Quarantine advice for a rule: a contract that would block too much of the traffic that passes must be reviewed before
// it is enforced. Pure: a replay starts from empty state, the running service keeps the state in memory.

export interface RuleCounts {
  readonly evaluations: number
  readonly newBlocks: number
  readonly newAllows: number
  readonly unchanged: number
}

/** Previous state of a rule. */
export interface QuarantineState {
  readonly quarantined: boolean
  /** Time of its last quarantine. */
  readonly lastMs: number | undefined
  /** Times at which somebody was paged about any rule, over the last hour at least. */
  readonly pagesMs: readonly number[]
}

export const NO_QUARANTINE: QuarantineState = {quarantined: false, lastMs: undefined, pagesMs: []}

export type AdviceState = 'clear' | 'held' | 'released' | 'candidate'

export interface Advice {
  readonly state: AdviceState
  readonly reason:
    | 'below_denominator_floor'
    | 'above_release_floor'
    | 'below_release_floor'
    | 'cooldown_active'
    | 'page_rate_limited'
    | 'new_block_rate_above_ceiling'
    | undefined
}

const FLOOR = 50
const CEILING_PERCENT = 5
const RELEASE_PERCENT = 1
const PAGES_PER_HOUR = 5
const HOUR_MS = 3_600_000
export const COOLDOWN_MS = HOUR_MS

/** Conditions in order of precedence; the first that holds decides. */
export function advise(
  {evaluations, newBlocks}: RuleCounts,
  {quarantined, lastMs, pagesMs}: QuarantineState = NO_QUARANTINE,
  nowMs = 0,
): Advice {
  const exceeds = (percent: number): boolean => 100 * newBlocks > percent * evaluations
  if (evaluations < FLOOR) return {state: quarantined ? 'held' : 'clear', reason: 'below_denominator_floor'}
  if (quarantined && exceeds(RELEASE_PERCENT)) return {state: 'held', reason: 'above_release_floor'}
  if (quarantined) return {state: 'released', reason: 'below_release_floor'}
  if (!exceeds(CEILING_PERCENT)) return {state: 'clear', reason: undefined}
  if (lastMs !== undefined && nowMs - lastMs < COOLDOWN_MS) return {state: 'clear', reason: 'cooldown_active'}
  if (pagesMs.filter((at) => nowMs - at < HOUR_MS).length >= PAGES_PER_HOUR) {
    return {state: 'clear', reason: 'page_rate_limited'}
  }
  return {state: 'candidate', reason: 'new_block_rate_above_ceiling'}
}
