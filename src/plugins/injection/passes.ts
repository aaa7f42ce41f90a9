// The passes over one text (scanning §7.2): each candidate is tried on every view, in the order of the table, within its
// windows; a place that an earlier pass reported is not reported again.
import {leetFold, vowelFold} from '../../lib/letter-folds.js'
import {matchingText, originalSpan, type MatchingText} from '../../lib/matching-text.js'
import type {Span} from '../../lib/regex/engine.js'
import type {Candidate} from './candidates.js'
import {around} from './checks.js'
import type {Reading} from './decoded.js'
import {isRow, spacedOut} from './joined-words.js'
import {pieces, type Piece} from './pieces.js'
import type {Expression, Phrase} from './phrases.js'
import {judgeSkeleton, skeletonFrom} from './skeleton.js'
import {isClosed, isWhole} from './whole-words.js'
import type {Window} from './windows.js'
import type {InjectionOptions, Pass} from './verdict.js'

export interface Hit {
  readonly phrase: Phrase
  readonly pass: Pass
  readonly informational: boolean
  /** In the input. */
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface Views {
  readonly input: string
  readonly primary: MatchingText
  /** Invisible characters as spaces; undefined where there are none. */
  readonly words: MatchingText | undefined
}

export function viewsOf(input: string): Views {
  const primary = matchingText(input)
  let words: MatchingText | undefined
  return {
    input,
    primary,
    // asked for by candidates alone
    get words() {
      return primary.hidden ? (words ??= matchingText(input, 'space')) : undefined
    },
  }
}

/** What the exact expressions may still look at, in characters; linear in the text, so that nothing is quadratic. */
export interface Work {
  left: number
}

const WORK_PER_CHARACTER = 256
const WORK_AT_LEAST = 1 << 20

export function workFor(text: string): Work {
  return {left: WORK_PER_CHARACTER * text.length + WORK_AT_LEAST}
}

type Method = 'plain' | 'spaced' | 'leet' | 'optspace' | 'vowel' | 'skeleton'

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
  {pass: 'skeleton', method: 'skeleton', view: 'primary'},
]

/** Decoded text is judged by the passes that the table gives it. */
const DECODED_TRIES = TRIES.filter(({pass}) => pass !== 'leet')

export interface Judgement {
  readonly views: Views
  readonly reading: Reading
  /** The pass that made the text, where it is not the input itself. */
  readonly as: 'decoded' | 'tags' | undefined
  readonly options: InjectionOptions
  readonly work: Work
}

/** Adds what a candidate is found to be. */
export function judge(candidate: Candidate, judgement: Judgement, hits: Hit[]): void {
  for (const window of candidate.windows) {
    const own: Span[] = []
    for (const attempt of judgement.as === 'decoded' ? DECODED_TRIES : TRIES) {
      if (judgement.work.left < 0) return
      // every match ends a trigger chain: where all of them are reported, no later pass can add a place
      if (own.length > 0 && window.ends?.every((end) => covered(own, offsetOf(judgement.views.primary, end)))) break
      judgeWindow(candidate.phrase, window, attempt, judgement, own, hits)
    }
  }
}

function judgeWindow(
  phrase: Phrase,
  window: Window,
  {pass, method, view: name}: Try,
  {views, reading, as, options, work}: Judgement,
  own: Span[],
  hits: Hit[],
): void {
  const view = views[name]
  const expression = phrase.expressions[method === 'spaced' ? 'plain' : method]
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
    work.left -= piece.text.length
    for (const {start, end, marked} of hitsIn(views.input, view, expression, method, piece, from, last)) {
      from = Math.max(end, start + 1)
      const place = originalSpan(view, start, end)
      if (own.some((one, i) => i < before && one.start < place.end && place.start < one.end)) continue
      const outcome = around(phrase.check, view.text, start, end, options)
      if (outcome === 'none') continue
      const informational = phrase.informational || outcome === 'informational' || !marked
      if (informational === phrase.informational) own.push(place)
      const {start: first, end: last} = reading.place(place.start, place.end)
      hits.push({
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
  return offsets === undefined ? offset : Math.min(text.length, firstNotBelow(offsets, text.length, offset))
}

function firstNotBelow(values: Uint32Array, length: number, value: number): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

interface Found extends Span {
  /** false: nothing about it looks like evasion. */
  readonly marked: boolean
}

function hitsIn(
  input: string,
  view: MatchingText,
  expression: Expression,
  method: Method,
  piece: Piece,
  from: number,
  last: number,
): readonly Found[] {
  const {text} = piece
  switch (method) {
    case 'plain':
      return found(text, expression, piece, from, last)
    case 'leet': {
      const folded = leetFold(text)
      return folded === text ? NOTHING : found(folded, expression, piece, from, last)
    }
    case 'vowel':
      return found(
        vowelFold(text),
        expression,
        piece,
        from,
        last,
        expression.groups.length === 0
          ? undefined
          : (spans) => {
              const [whole] = spans
              return whole !== undefined && asWritten(spans, expression, text) ? {...whole, marked: true} : undefined
            },
      )
    case 'spaced': {
      const spaced = spacedOut(text)
      if (spaced === text) return NOTHING
      return found(spaced, expression, piece, from, last, (spans) => {
        const [whole] = spans
        return whole !== undefined && isRow(text.slice(whole.start, whole.end)) ? {...whole, marked: true} : undefined
      })
    }
    case 'optspace':
      return found(text, expression, piece, from, last, (spans) => {
        const [whole] = spans
        if (whole === undefined || closedJoints(spans, text) < 2) return undefined
        const between = spans.slice(1).filter((span) => span !== undefined)
        return isWhole(text, whole.start, whole.end, between) ? {...whole, marked: true} : undefined
      })
    case 'skeleton': {
      const skeleton = skeletonFrom(piece)
      const inSkeleton = (offset: number): number => firstNotBelow(skeleton.offsets, skeleton.text.length, offset)
      const {base} = piece
      return skeletonHits(
        skeleton.text,
        expression,
        inSkeleton(Math.max(from, piece.start) - base),
        inSkeleton(piece.until - base),
        (spans) => {
          return judgeSkeleton(view, input, base, skeleton.offsets, spans, expression.groups)
        },
      )
    }
  }
}

const NOTHING: readonly Found[] = []
type Spans = readonly (Span | undefined)[]

/** Matches that begin in the piece at `from` or later; offsets of the result are those of the view. */
function found(
  text: string,
  {matcher}: Expression,
  {base, start, until}: Piece,
  from: number,
  last: number,
  judged?: ((spans: Spans) => Found | undefined) | undefined,
): readonly Found[] {
  const hits: Found[] = []
  for (let at = Math.max(from, start) - base; at <= text.length && at + base <= last;) {
    const spans: Spans | undefined = judged === undefined ? one(matcher.exec(text, at)) : matcher.groups(text, at)
    const whole = spans?.[0]
    if (spans === undefined || whole === undefined || whole.start + base >= until) break
    const hit = judged === undefined ? {...whole, marked: true} : judged(spans)
    if (hit === undefined) at = whole.start + 1
    else {
      hits.push({start: hit.start + base, end: hit.end + base, marked: hit.marked})
      at = Math.max(whole.end, whole.start + 1)
    }
  }
  return hits
}

function one(span: Span | undefined): Spans | undefined {
  return span === undefined ? undefined : [span]
}

function skeletonHits(
  text: string,
  {matcher}: Expression,
  from: number,
  until: number,
  judged: (spans: Spans) => Found | undefined,
): readonly Found[] {
  const hits: Found[] = []
  for (let at = from; at <= text.length;) {
    const spans = matcher.groups(text, at)
    const whole = spans?.[0]
    if (spans === undefined || whole === undefined || whole.start >= until) break
    const hit = judged(spans)
    if (hit !== undefined) hits.push(hit)
    at = hit === undefined ? whole.start + 1 : Math.max(whole.end, whole.start + 1)
  }
  return hits
}

/** Words that must be spelled exactly are. */
function asWritten(spans: Spans, {groups}: Expression, text: string): boolean {
  return groups.every((group, i) => {
    const span = spans[i + 1]
    return group.kind !== 'exact' || span === undefined || text.slice(span.start, span.end).toLowerCase() === group.text
  })
}

/** Joints and gaps that took part and hold no white space. */
function closedJoints(spans: Spans, text: string): number {
  let closed = 0
  for (let i = 1; i < spans.length; i++) {
    const span = spans[i]
    if (span !== undefined && isClosed(text.slice(span.start, span.end))) closed++
  }
  return closed
}

const MAX_CODE_POINTS = 100

function excerpt(text: string, start: number, end: number): string {
  return [...text.slice(start, Math.min(end, start + 2 * MAX_CODE_POINTS))].slice(0, MAX_CODE_POINTS).join('')
}
