// Encoded text as mail and listings write it: in lines, or in groups with white space between them.
import type {Runs} from './decoded-run.js'

/** One encoded text without what stands between its pieces. */
export interface Wrapped {
  readonly start: number
  readonly end: number
  readonly bare: string
}

const BETWEEN = /^[ \t]{0,16}(?:=?\r?\n)[ \t]{0,16}$/
const LAST_LINE = /^[ \t]{0,16}\r?\n[ \t]{0,16}([A-Za-z0-9+/_-]{1,15}={0,2})(?![A-Za-z0-9+/_-])/
const MOST_BETWEEN = 34
const MIN_RUN = 16
const ONLY_ENCODED = /^[\sA-Za-z0-9+/_-]*={0,2}\s*$/

/** Runs with nothing but a line end between them; the whole text where it has nothing but short runs and white space. */
export function wrappedRuns(text: string, runs: Runs): readonly Wrapped[] {
  const results: Wrapped[] = []
  let start = -1
  let end = -1
  let lines = 0
  let longest = 0
  const close = (): void => {
    if (lines === 0) return
    const rest = LAST_LINE.exec(text.slice(end, end + MOST_BETWEEN + MIN_RUN + 2))
    if (rest !== null) results.push(wrapped(text, start, end + rest[0].length))
    else if (lines > 1) results.push(wrapped(text, start, end))
  }
  for (let i = 0; i < runs.length; i += 2) {
    const index = runs[i] ?? 0
    longest = Math.max(longest, (runs[i + 1] ?? 0) - index)
    if (lines > 0 && index - end <= MOST_BETWEEN && BETWEEN.test(text.slice(end, index))) lines++
    else {
      close()
      start = index
      lines = 1
    }
    end = paddingEnd(text, runs[i + 1] ?? 0)
  }
  close()
  if (results.length === 0 && /\s/.test(text) && ONLY_ENCODED.test(text)) {
    const whole = wrapped(text, 0, text.length)
    if (whole.bare.length >= MIN_RUN && 2 * longest < whole.bare.length) results.push(whole)
  }
  return results
}

function wrapped(text: string, start: number, end: number): Wrapped {
  return {start, end, bare: text.slice(start, end).replace(/[^A-Za-z0-9+/_-]/g, '')}
}

/** The end of a run with its padding. */
function paddingEnd(text: string, end: number): number {
  let after = end
  while (after < end + 2 && text.charAt(after) === '=') after++
  return after
}
