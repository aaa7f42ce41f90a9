// Quarantine advice for a rule (learn §13.2). A replay starts without state: nothing is quarantined, nothing cools down.

export interface RuleCounts {
  readonly evaluations: number
  readonly newBlocks: number
  readonly newAllows: number
  readonly unchanged: number
}

export type Advice =
  | {readonly state: 'clear'; readonly reason: 'below_denominator_floor' | undefined}
  | {readonly state: 'candidate'; readonly reason: 'new_block_rate_above_ceiling'}

const FLOOR = 50
const CEILING_PERCENT = 5
export const COOLDOWN_MS = 3_600_000

export function advise({evaluations, newBlocks}: RuleCounts): Advice {
  if (evaluations < FLOOR) return {state: 'clear', reason: 'below_denominator_floor'}
  if (100 * newBlocks <= CEILING_PERCENT * evaluations) return {state: 'clear', reason: undefined}
  return {state: 'candidate', reason: 'new_block_rate_above_ceiling'}
}
