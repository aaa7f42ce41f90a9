// Quarantine advice: every row of the table, with and without state.
import {expect, test} from 'vitest'
import {advise, NO_QUARANTINE, type QuarantineState} from '../../../../src/core/contract/quarantine.js'

const HOUR = 3_600_000
const NOW = 100 * HOUR
const counts = (evaluations: number, newBlocks: number) => ({
  evaluations,
  newBlocks,
  newAllows: 0,
  unchanged: evaluations - newBlocks,
})

test.each([
  [49, 49, 'clear', 'below_denominator_floor'],
  [50, 0, 'clear', undefined],
  [60, 3, 'clear', undefined],
  [60, 4, 'candidate', 'new_block_rate_above_ceiling'],
  [10_000, 500, 'clear', undefined],
  [10_000, 501, 'candidate', 'new_block_rate_above_ceiling'],
])('a replay: %i evaluations with %i new blocks', (evaluations, newBlocks, state, reason) =>
  expect(advise(counts(evaluations, newBlocks))).toEqual({state, reason}),
)

const held: Partial<QuarantineState> = {quarantined: true, lastMs: NOW - 2 * HOUR}
const pages = (...ages: number[]): Partial<QuarantineState> => ({pagesMs: ages.map((age) => NOW - age)})
test.each<[string, number, number, Partial<QuarantineState>, string, string | undefined]>([
  ['held for want of evaluations', 49, 0, held, 'held', 'below_denominator_floor'],
  ['held above one percent', 1000, 11, held, 'held', 'above_release_floor'],
  ['released at one percent', 1000, 10, held, 'released', 'below_release_floor'],
  ['quiet during the cooldown', 100, 50, {lastMs: NOW - HOUR + 1}, 'clear', 'cooldown_active'],
  ['told again after the cooldown', 100, 50, {lastMs: NOW - HOUR}, 'candidate', 'new_block_rate_above_ceiling'],
  ['five pages in an hour are enough', 100, 50, pages(0, 1, 2, 3, HOUR - 1), 'clear', 'page_rate_limited'],
  ['the fifth is an hour old', 100, 50, pages(0, 1, 2, 3, HOUR), 'candidate', 'new_block_rate_above_ceiling'],
  [
    'cooldown is said before the page limit',
    100,
    50,
    {...pages(0, 1, 2, 3, 4), lastMs: NOW},
    'clear',
    'cooldown_active',
  ],
])('%s', (_, evaluations, newBlocks, state, expected, reason) =>
  expect(advise(counts(evaluations, newBlocks), {...NO_QUARANTINE, ...state}, NOW)).toEqual({state: expected, reason}),
)
