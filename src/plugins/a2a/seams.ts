// What texts say only together: joined by a space, by nothing and by a line end, since nobody
// knows how a reader puts them together. A find counts where it reaches over a seam into what is new.
import {countUpTo} from '../../lib/sorted.js'
import type {Steps} from '../../core/work.js'
import {slicesOf, SMALL} from '../../lib/slices.js'

export interface InjectionMatches {
  readonly matches: readonly {
    readonly rule: string
    readonly core: boolean
    readonly start: number
    readonly end: number
  }[]
  readonly exhausted: boolean
}

const JOINTS = [' ', '', '\n'] as const
/** The last texts that may be pieces of one word each, behind others that end before them. */
const MAX_PIECES = 4
/** Characters before them: a word that continues over its seam needs its beginning, not its page. */
const BEFORE = 2_048

/** Rules that need more than one of the texts, and something of those from `fresh` on. */
export function* acrossSeams(
  texts: readonly string[],
  fresh: number,
  scan: (text: string) => Steps<InjectionMatches>,
): Steps<ReadonlySet<string>> {
  const rules = new Set<string>()
  if (texts.length < 2) return rules
  for (const joint of JOINTS) yield* spanning(texts, joint, fresh, scan, rules)
  for (let count = 2; count <= MAX_PIECES && count < texts.length; count++) {
    const first = texts.length - count
    const before = `${texts
      .slice(Math.max(0, first - BEFORE), first)
      .join(' ')
      .slice(-BEFORE)} `
    yield* spanning([before, ...texts.slice(first)], '', Math.max(0, fresh - first + 1), scan, rules)
  }
  return rules
}

function* spanning(
  texts: readonly string[],
  joint: string,
  fresh: number,
  scan: (text: string) => Steps<InjectionMatches>,
  rules: Set<string>,
): Steps<void> {
  const starts: number[] = []
  let at = 0
  for (const text of texts) {
    starts.push(at)
    at += text.length + joint.length
  }
  const from = starts[fresh] ?? 0
  for (const slice of slicesOf(texts.join(joint), ...SMALL)) {
    for (const match of (yield* scan(slice.text)).matches) {
      // what is decoded has no place in the text
      if (match.start < 0) continue
      const [start, end] = [match.start + slice.start, match.end + slice.start]
      if (end > from && countUpTo(starts, end - 1) > countUpTo(starts, start)) rules.add(match.rule)
    }
    yield
  }
}
