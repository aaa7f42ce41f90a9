// The advice on one rule of a replay, in words: for the page and for the report.
import type {ReplaySummary} from '../shadow/report.js'

const ADVICE: Readonly<Record<string, string>> = {
  below_denominator_floor: 'nothing new; fewer than 50 records',
  new_block_rate_above_ceiling: 'blocks more than 5 %: look at it before it is enforced',
}

/** State and reason of a rule as they are read from a report; unknown ones keep their own words. */
export function adviceOn({reason, state, new_blocks: blocks}: ReplaySummary['rules'][number]): string {
  if (reason === 'below_denominator_floor' && blocks > 0) {
    return `look at ${blocks === 1 ? 'it' : 'them'}; fewer than 50 records, so the share says little`
  }
  if (reason !== undefined) return ADVICE[reason] ?? reason.replaceAll('_', ' ')
  if (state !== 'clear') return state
  return blocks > 0 ? 'at most 5 %: look at what it is' : 'fine'
}
