// Everything in one text that has to be replaced, window by window: one string of a megabyte would hold up everybody else
//. Windows overlap, so that whatever is no longer than the overlap stands whole in one of them; what
// is longer is cut by the edge of its window, and is taken to the ends of its run.
import type {DecodeBudget} from '../../lib/decoded-run.js'
import type {Span} from '../../lib/rewritten.js'
import {slicesOf} from '../../lib/slices.js'
import {findInRun, findPlaces, type Ruleset} from './detect.js'
import {endOfKeyBlock} from './key-block.js'
import {admitted, type Place} from './places.js'

const SIZE = 16_384
const OVERLAP = 4_096
const MAX_ROUNDS = 4

interface Window {
  readonly start: number
  readonly end: number
  /** Where the next one begins. */
  readonly next: number
}

/** The places to replace in a text, ascending, without overlap. Each step may be followed by a pause. */
export function* placeSteps(
  text: string,
  rules: Ruleset,
  budget: DecodeBudget,
): Generator<undefined, readonly Place[]> {
  const widened = widener(text)
  let all: readonly Place[] = []
  let rest = text
  let windows = windowsOf(text)
  // a place that lost to another one may be whole, and found, only beside the placeholder of that one
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const results: Place[] = []
    for (const window of windows) {
      for (const place of yield* findPlaces(rest.slice(window.start, window.end), rules, budget)) {
        const {start, end} = place
        const whole = widened({...place, start: start + window.start, end: end + window.start}, window)
        if (whole !== undefined) results.push(whole)
      }
      yield
    }
    for (const {start, end} of longRuns(rest)) {
      for (const place of findInRun(rest.slice(start, end), rules)) {
        results.push({...place, start: place.start + start, end: place.end + start})
      }
      yield
    }
    if (results.length === 0) break
    all = round === 0 ? admitted(results) : admitted([...all.map(protectedPlace), ...results])
    rest = masked(text, all)
    // elsewhere nothing has changed
    windows = windows.filter(({start, end}) => results.some((place) => place.start < end && place.end > start))
  }
  return all
}

function windowsOf(text: string): readonly Window[] {
  const starts = [...slicesOf(text, SIZE, OVERLAP)].map(({start, text: {length}}) => ({start, end: start + length}))
  return starts.map(({start, end}, i) => ({start, end, next: starts[i + 1]?.start ?? text.length}))
}

/** Runs that a window may cut in two, of token characters. */
function longRuns(text: string): readonly Span[] {
  const runs: Span[] = []
  for (let at = OVERLAP; at < text.length; at += OVERLAP) {
    // what is longer than the stride has one of its characters at every stride
    if (!TOKEN.test(text.charAt(at))) continue
    const start = runStart(text, at)
    const end = runEnd(text, {start: at, end: at})
    if (end - start > OVERLAP) runs.push({start, end})
    at = end
  }
  return runs
}

/** Places that an edge cuts, as they are in the whole text; undefined for those that another window sees whole. */
function widener(text: string): (place: Place, window: Window) => Place | undefined {
  let [from, to] = [0, 0]
  return (place, {start, end, next}) => {
    const isCutLeft = place.start === start && start > 0
    const isCutRight = place.end === end && end < text.length
    if (!isCutLeft && !isCutRight) return place
    if (isCutRight && place.start >= next) return undefined
    // many finds in one run: its ends are looked for once
    if (place.start < from || place.end > to) {
      from = isCutLeft ? runStart(text, place.start) : place.start
      to = isCutRight ? runEnd(text, place) : place.end
    }
    // the window before this one has seen all of it
    if (isCutLeft && !isCutRight && to - from <= OVERLAP) return undefined
    return {...place, start: from, end: to, priority: Number.POSITIVE_INFINITY}
  }
}

const TOKEN = /[A-Za-z0-9+/=_.~-]/
const NO_TOKEN = /[^A-Za-z0-9+/=_.~-]/g

function runStart(text: string, at: number): number {
  while (at > 0 && TOKEN.test(text.charAt(at - 1))) at--
  return at
}

function runEnd(text: string, {start, end}: Span): number {
  if (text.startsWith('-----BEGIN', start)) return endOfKeyBlock(text, end)
  NO_TOKEN.lastIndex = end
  return NO_TOKEN.exec(text)?.index ?? text.length
}

/** Places of an earlier round stay. */
function protectedPlace(place: Place): Place {
  return {...place, priority: Number.POSITIVE_INFINITY}
}

/** The text with what will be replaced as something that ends every token, at the same offsets. */
function masked(text: string, places: readonly Place[]): string {
  const parts: string[] = []
  let from = 0
  for (const {start, end} of places) {
    parts.push(text.slice(from, start), MASK.repeat(end - start))
    from = end
  }
  parts.push(text.slice(from))
  return parts.join('')
}

/** In no alphabet, no escape and no word. */
const MASK = '\ue000'
