// Where something that has to be replaced stands in a text, and which of overlapping places counts: priority first, then
// the earlier, then the longer one.
import {countBelow} from '../../lib/sorted.js'

export interface Place {
  /** UTF-16 offsets. */
  readonly start: number
  readonly end: number
  /** Name in the placeholder. */
  readonly label: string
  readonly priority: number
  /** What looked like a placeholder in the input: renumbered, and no redaction. */
  readonly isForged?: true
}

/** Finds one class or one dictionary in a text; stateless, and linear in the text. */
export interface Detector {
  readonly label: string
  /** That of the source, never of another one with the same label. */
  readonly priority: number
  /** Nothing is found in a shorter text. */
  readonly minLength: number
  /** A credential by its own form: looked for in decoded bytes that are hardly text, too. */
  readonly isCredential: boolean
  find(text: string, result: (start: number, end: number) => void): void
}

/** The places that are replaced, in ascending order: what overlaps a stronger one falls out. */
export function admitted(places: readonly Place[]): readonly Place[] {
  if (places.length < 2) return places
  const ranked = places.toSorted(
    (a, b) =>
      b.priority - a.priority ||
      a.start - b.start ||
      b.end - a.end ||
      // two classes for one text: never by the order of a set
      (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
  )
  const taken = new Taken()
  return ranked.filter(({start, end}) => taken.take(start, end)).sort((a, b) => a.start - b.start)
}

interface Run {
  readonly starts: number[]
  readonly ends: number[]
}

/** Ranges without overlap. Within one priority they come in ascending order, so that there are few runs to search. */
class Taken {
  private readonly runs: Run[] = []

  take(start: number, end: number): boolean {
    if (this.runs.some((run) => overlaps(run, start, end))) return false
    let run = this.runs.at(-1)
    if (run === undefined || (run.ends.at(-1) ?? 0) > start) this.runs.push((run = {starts: [], ends: []}))
    run.starts.push(start)
    run.ends.push(end)
    return true
  }
}

function overlaps({starts, ends}: Run, start: number, end: number): boolean {
  // the last range that begins before `end` is the only one that can reach into it
  const count = countBelow(starts, end)
  return count > 0 && (ends[count - 1] ?? 0) > start
}

/** The padding of an encoded run is no part of its alphabet. */
export function withPadding(text: string, end: number): number {
  let at = end
  while (at < end + 6 && text.charAt(at) === '=') at++
  return at
}
