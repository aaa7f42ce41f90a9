// Requests that the origin answered with an error. They support no rule, so a person who knows why they failed may have to
// observe again once they succeed.
import {counted} from '../../../lib/page/numbers.js'

export interface Unserved {
  /** `text` is fit for a code span, and for whoever reads the output. */
  readonly rows: readonly {readonly text: string; readonly events: number; readonly sessions: number}[]
  /** Kinds of request beyond the rows. */
  readonly more: number
}

const MOST_EXAMPLES = 3

/** Most frequent first. */
function sorted({rows}: Unserved): Unserved['rows'] {
  return rows.toSorted((a, b) => b.sessions - a.sessions || b.events - a.events)
}

function line({text, events, sessions}: Unserved['rows'][number]): string {
  return `\`${text}\`: ${counted(events, 'event')} in ${counted(sessions, 'session')}`
}

/** The summary; empty where there is nothing. */
export function unservedBlock(unserved: Unserved | undefined): string {
  if (!unserved || unserved.rows.length === 0) return ''
  const events = unserved.rows.reduce((sum, row) => sum + row.events, 0)
  const kinds = unserved.rows.length + unserved.more
  const more = kinds - MOST_EXAMPLES
  return [
    '## Asked, not served',
    '',
    `- ${unserved.more > 0 ? 'more than ' : ''}${counted(events, 'request')} that the origin answered with an error, they support no rule`,
    ...sorted(unserved)
      .slice(0, MOST_EXAMPLES)
      .map((row) => `- ${line(row)}`),
    ...(more > 0 ? [`- and ${counted(more, 'more kind')} of request`] : []),
    '',
  ].join('\n')
}

export function unservedList(unserved: Unserved | undefined): string {
  if (!unserved || unserved.rows.length === 0) return ''
  return [
    '## Every request that was not served',
    '',
    ...sorted(unserved).map((row) => `- ${line(row)}`),
    ...(unserved.more > 0 ? [`- and ${counted(unserved.more, 'more kind')} of request`] : []),
    '',
  ].join('\n')
}
