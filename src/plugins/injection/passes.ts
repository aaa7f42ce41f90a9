// The passes over one text: each candidate is tried on every view, in the order of the table, within its
// windows; a place that an earlier pass reported is not reported again.
import type {InjectionOptions, Pass} from '../../core/services/injection.js'
import {countBelow} from '../../lib/sorted.js'
import {holdsTwin} from './twins.js'
import {matchingText, originalSpan, type MatchingText} from './matching-text.js'
import {SLOW_CHARACTERS} from '../../lib/regex/cost.js'
import type {Span} from '../../lib/regex/engine.js'
import type {Candidate} from './candidates.js'
import {around} from './checks.js'
import type {Budget, Reading} from './decoded.js'
import {pieces} from './pieces.js'
import type {Phrase} from './phrases.js'
import {matchesIn, type Method} from './view-matches.js'
import type {Window} from './windows.js'

export interface Match {
  readonly phrase: Pick<Phrase, 'rule' | 'order' | 'core' | 'mentionable'>
  readonly pass: Pass
  readonly informational: boolean
  /** In the input. */
  readonly start: number
  readonly end: number
  readonly text: string
  /** Of the learned classifier, which matches windows. Its features are its text, and explain what is reported alone. */
  readonly learned?: {readonly score: number; readonly features: () => readonly string[]}
}

export interface Views {
  readonly input: string
  readonly primary: MatchingText
  /** Invisible characters as spaces; undefined where there are none. Made for candidates alone. */
  words(): MatchingText | undefined
}

/** What folding adds is charged to the budget of decoding: letters that unfold are no way around it. */
export function viewsOf(input: string, budget: Budget): Views {
  const most = input.length + Math.max(0, budget.bytes)
  const primary = matchingText(input, 'delete', most)
  budget.bytes -= Math.max(0, primary.text.length - input.length)
  if (primary.isCut) budget.exhausted = true
  let words: MatchingText | undefined
  return {input, primary, words: () => (primary.hidden ? (words ??= matchingText(input, 'space', most)) : undefined)}
}

/** What the exact expressions may still look at, in characters; linear in the text, so that nothing is quadratic. */
export interface Work {
  left: number
  /** Characters for the operator's expressions that were found to be slow. */
  slow: number
}

const WORK_PER_CHARACTER = 256
const WORK_AT_LEAST = 1 << 22

export function workFor(text: string): Work {
  return {left: WORK_PER_CHARACTER * text.length + WORK_AT_LEAST, slow: SLOW_CHARACTERS}
}

interface Try {
  readonly pass: Pass
  readonly method: Method
  readonly view: 'primary' | 'words'
}

const TRIES: readonly Try[] = [
  {pass: 'primary', method: 'plain', view: 'primary'},
  {pass: 'primary', method: 'plain', view: 'words'},
  {pass: 'spaced', method: 'spaced', view: 'primary'},
  {pass: 'leet', method: 'leet', view: 'primary'},
  {pass: 'optspace', method: 'optspace', view: 'primary'},
  {pass: 'vowel', method: 'vowel', view: 'primary'},
  {pass: 'skeleton', method: 'letters', view: 'primary'},
  {pass: 'skeleton', method: 'skeleton', view: 'primary'},
]

/** Decoded text is judged by the passes that the table gives it. */
const DECODED_TRIES = TRIES.filter(({pass}) => pass !== 'leet')

const DISGUISED: ReadonlySet<Method> = new Set(['leet', 'spaced', 'optspace', 'vowel', 'skeleton'])
/** Methods that find words where a text has none of its own. */
const JOINED: ReadonlySet<Method> = new Set(['spaced', 'optspace', 'letters', 'skeleton'])

const FOLDING: ReadonlySet<Method> = new Set(['vowel', 'skeleton'])

/** The pass that made a reading, where it is not the input itself. */
export type As = Extract<Pass, 'decoded' | 'tags' | 'spaced'> | undefined

export interface Judgement {
  readonly views: Views
  readonly reading: Reading
  readonly as: As
  readonly options: InjectionOptions
  readonly work: Work
}

/** Adds what a candidate is found to be. */
export function judge(candidate: Candidate, judgement: Judgement, matches: Match[]): void {
  const {phrase, windows} = candidate
  for (const window of windows) {
    const own: Span[] = []
    const dismissed = new Set<number>()
    for (const attempt of judgement.as === 'decoded' ? DECODED_TRIES : TRIES) {
      if (judgement.work.left < 0) return
      // every match ends a trigger chain: where all of them are reported, no later pass can add a place
      if (own.length > 0 && window.ends?.every((end) => covered(own, offsetOf(judgement.views.primary, end)))) break
      judgeWindow(phrase, window, attempt, judgement, {own, dismissed}, matches)
    }
  }
}

/** Dismissed matches of one piece behind whose start the search begins again. */
const MOST_TRIES = 16

/** Places of one phrase in one window. */
interface Judged {
  /** Reported by an earlier pass. */
  readonly own: Span[]
  /** Starts of what is no hit in its place: a later pass that reads the same words says nothing new. */
  readonly dismissed: Set<number>
}

function judgeWindow(
  phrase: Phrase,
  window: Window,
  {pass, method, view: name}: Try,
  {views, reading, as, options, work}: Judgement,
  {own, dismissed}: Judged,
  matches: Match[],
): void {
  const view = name === 'primary' ? views.primary : views.words()
  const expression = phrase.expression(method)
  if (view === undefined || expression === undefined) return
  const before = own.length
  let from = 0
  // a match holds the end of a chain: after the last of them there is none
  const last = name === 'primary' ? (window.ends?.at(-1) ?? Infinity) : Infinity
  for (const piece of pieces(
    view.text,
    name === 'primary' ? window : moved(window, views.primary, view),
    phrase.chain,
  )) {
    for (let at = from, again = true, tries = 0; again && work.left >= 0; tries++) {
      again = false
      work.left -= piece.text.length
      for (const {start, end, marked} of matchesIn(views.input, view, expression, method, piece, at, last)) {
        from = Math.max(end, start + 1)
        const place = originalSpan(view, start, end)
        if (own.some((one, i) => i < before && one.start < place.end && place.start < one.end)) continue
        const outcome = around(phrase.check, view.text, start, end, options, {
          disguised: DISGUISED.has(method),
          joined: JOINED.has(method),
        })
        if (outcome === 'none') {
          dismissed.add(place.start)
          if (tries >= MOST_TRIES) continue
          // another verb within it may begin an order: "write a phrase such as: send it to us"
          at = start + 1
          again = true
          break
        }
        if (dismissed.has(place.start)) continue
        if (outcome === 'informational') dismissed.add(place.start)
        if (FOLDING.has(method) && holdsTwin(view.text.slice(start, end))) continue
        const informational = phrase.informational || outcome === 'informational' || !marked
        if (informational === phrase.informational) own.push(place)
        const {start: first, end: last} = reading.place(place.start, place.end)
        matches.push({
          phrase,
          pass: as ?? pass,
          informational,
          start: first,
          end: last,
          text: excerpt(view.text, start, end),
        })
      }
    }
  }
}

function covered(spans: readonly Span[], offset: number): boolean {
  return spans.some(({start, end}) => start <= offset && offset < end)
}

/** The window of another view over the same part of the input. */
function moved(window: Window, from: MatchingText, to: MatchingText): Window {
  return {start: indexOf(to, offsetOf(from, window.start)), end: indexOf(to, offsetOf(from, window.end))}
}

function offsetOf(view: MatchingText, index: number): number {
  return view.offsets === undefined ? index : (view.offsets[index] ?? 0)
}

/** First index of a view that stands for an offset of the input or a later one. */
function indexOf({offsets, text}: MatchingText, offset: number): number {
  return offsets === undefined ? offset : Math.min(text.length, countBelow(offsets, offset, text.length))
}

const MAX_CODE_POINTS = 100

/** What matched, as far as a verdict tells it. */
export function excerpt(text: string, start: number, end: number): string {
  if (end - start <= MAX_CODE_POINTS) return text.slice(start, end)
  return [...text.slice(start, Math.min(end, start + 2 * MAX_CODE_POINTS))].slice(0, MAX_CODE_POINTS).join('')
}
