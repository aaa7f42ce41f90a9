// The parts of a text that the matches of a phrase lie in, once its last trigger words are found: as far around them as a
// match can reach, and only where the sieve of the phrase lets a match end.
import type {Letters} from './letter-folds.js'
import type {Phrase} from './phrases.js'

export interface Window {
  readonly start: number
  readonly end: number
  /** Where the last trigger words of matches end; undefined: anywhere. */
  readonly ends?: readonly number[]
}

/** Texts that are one window: a narrower one would save nothing. */
const SHORT = 256

/** What an expression looks at beyond its match. */
const BEYOND = 3
/** Signs of a match that may count as letters, and bars between its words. */
const SIGNS = 16
/** Wider windows are cut to what lies around the places where a match can end. */
const WIDE = 512

/** In letters. */
interface Stretch {
  readonly from: number
  until: number
  readonly ends?: number[]
}

/** `ends`: where the last trigger words end, ascending; undefined: everything is scanned. */
export function windowsOf(
  ends: readonly number[] | undefined,
  {chain, sieve}: Phrase,
  text: string,
  lettersOfText: () => Letters,
): readonly Window[] {
  const letters = lettersOfText()
  if (text.length <= SHORT && ends !== undefined)
    return sieve(text, letters, 0, letters.count).length === 0 ? NONE : [{start: 0, end: text.length, ends}]
  const {offsets} = letters
  const reach = chain.before + chain.after + SIGNS
  const windowOf = (from: number, until: number, inside: readonly number[] | undefined): Window => {
    const start = from === 0 ? 0 : (offsets[from - 1] ?? 0) + 1
    const end = Math.min(text.length, (offsets[until] ?? text.length) + BEYOND)
    return inside === undefined ? {start, end} : {start, end, ends: inside.filter((at) => start <= at && at < end)}
  }
  return stretches(ends, chain, letters).flatMap(({from, until, ends: inside}): readonly Window[] => {
    const places = sieve(text, letters, from, until)
    if (places.length === 0) return NONE
    if (until - from <= WIDE) return [windowOf(from, until, inside)]
    const parts: Stretch[] = []
    for (let i = 0; i < places.length; i += 2) {
      add(parts, Math.max(from, (places[i] ?? 0) - reach), Math.min(until, places[i + 1] ?? 0))
    }
    return parts.map((part) => windowOf(part.from, part.until, inside))
  })
}

const NONE: readonly Window[] = []

function stretches(
  ends: readonly number[] | undefined,
  {before, after}: Phrase['chain'],
  letters: Letters,
): readonly Stretch[] {
  const {count} = letters
  if (ends === undefined) return [{from: 0, until: count}]
  const results: Stretch[] = []
  let last = 0
  let previous = 0
  for (const at of ends) {
    last = letterAt(letters, at, last, last + at - previous)
    previous = at
    add(results, Math.max(0, last - before - SIGNS), Math.min(count, last + 1 + after + SIGNS), at)
  }
  return results
}

/** Adds what begins nowhere before the last of them; those that meet are one. */
function add(results: Stretch[], from: number, until: number, end?: number): void {
  const last = results.at(-1)
  if (last === undefined || from > last.until)
    results.push(end === undefined ? {from, until} : {from, until, ends: [end]})
  else {
    last.until = Math.max(last.until, until)
    if (end !== undefined) last.ends?.push(end)
  }
}

/** The letter at an offset of the text, or the first after it; it is known to be one from `first` to `last`. */
function letterAt({offsets, count}: Letters, offset: number, first: number, last: number): number {
  let low = first
  let high = Math.min(count, last)
  while (low < high) {
    const middle = (low + high) >> 1
    if ((offsets[middle] ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}
