// Work accounts whose clock the test moves: tests the division of work without waiting.
import {WorkScheduler, type Work, type WorkBudgets} from '../../src/core/work.js'

export const UNLIMITED: WorkBudgets = {
  exchangeMs: 1e12,
  streamMsPerMinute: 1e12,
  clientMsPerMinute: 1e12,
}

/** An account under which every step fills a turn of the event loop. */
export function stepPerTurn(): Work {
  let now = 0
  return new WorkScheduler({monotonic: () => (now += 10)}, () => UNLIMITED).exchange('client')
}
