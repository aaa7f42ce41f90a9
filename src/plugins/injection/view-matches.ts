// The hits of one expression in one piece of a view: the text folded as the method wants it, and its groups are judged.
import {countBelow} from '../../lib/sorted.js'
import {leetFold, skeletonOf, vowelFold, writtenLetters} from './letter-folds.js'
import type {MatchingText} from './matching-text.js'
import type {Span} from '../../lib/regex/engine.js'
import {isRow, spacedOut} from './joined-words.js'
import {isAsWritten} from './as-written.js'
import type {Expression} from './phrases.js'
import type {Piece} from './pieces.js'
import type {Variant} from './render.js'
import {judgeSkeleton} from './skeleton.js'
import {isClosed, isWhole} from './whole-words.js'

export type Method = Variant

export interface ViewMatches extends Span {
  /** false: nothing about it looks like evasion. */
  readonly marked: boolean
}

export function matchesIn(
  input: string,
  view: MatchingText,
  expression: Expression,
  method: Method,
  piece: Piece,
  from: number,
  last: number,
): readonly ViewMatches[] {
  const {text} = piece
  switch (method) {
    case 'plain':
      return results(text, expression, piece, from, last)
    case 'leet': {
      const folded = leetFold(text)
      return folded === text ? NOTHING : results(folded, expression, piece, from, last)
    }
    case 'vowel':
      return results(
        vowelFold(text),
        expression,
        piece,
        from,
        last,
        expression.groups.length === 0
          ? undefined
          : (spans) => {
              const [whole] = spans
              return whole !== undefined && asWritten(spans, expression, text) ? whole : undefined
            },
      )
    case 'spaced': {
      const spaced = spacedOut(text)
      if (spaced === text) return NOTHING
      return results(spaced, expression, piece, from, last, (spans) => {
        const [whole] = spans
        return whole !== undefined && isRow(text.slice(whole.start, whole.end)) ? whole : undefined
      })
    }
    case 'optspace':
      return results(text, expression, piece, from, last, (spans) => {
        const [whole] = spans
        if (whole === undefined || closedJoints(spans, text) < 2) return undefined
        const between = spans.slice(1).filter((span) => span !== undefined)
        return isWhole(text, whole.start, whole.end, between) ? whole : undefined
      })
    case 'letters':
    case 'skeleton': {
      const skeleton = method === 'letters' ? writtenLetters(text) : skeletonOf(text)
      const {offsets} = skeleton
      const inSkeleton = (offset: number): number => countBelow(offsets, offset, skeleton.text.length)
      const {base} = piece
      return skeletonMatches(
        skeleton.text,
        expression,
        inSkeleton(Math.max(from, piece.start) - base),
        inSkeleton(piece.until - base),
        (spans) => {
          const match = judgeSkeleton(view, input, base, offsets, spans, expression.groups)
          if (method === 'skeleton' || match === undefined) return match
          return isAsWritten(text, offsets, spans, expression.groups) ? {...match, marked: true} : undefined
        },
      )
    }
  }
}

const NOTHING: readonly ViewMatches[] = []
type Spans = readonly (Span | undefined)[]

/** Matches that begin in the piece at `from` or later; offsets of the result are those of the view. */
function results(
  text: string,
  {matcher}: Expression,
  {base, start, until}: Piece,
  from: number,
  last: number,
  judged?: ((spans: Spans) => Span | undefined) | undefined,
): readonly ViewMatches[] {
  const matches: ViewMatches[] = []
  for (let at = Math.max(from, start) - base; at <= text.length && at + base <= last;) {
    const spans = judged === undefined ? undefined : matcher.groups(text, at)
    const whole = judged === undefined ? matcher.exec(text, at) : spans?.[0]
    if (whole === undefined || whole.start + base >= until) break
    const match = judged === undefined || spans === undefined ? whole : judged(spans)
    if (match === undefined) at = whole.start + 1
    else {
      matches.push({start: match.start + base, end: match.end + base, marked: true})
      at = Math.max(whole.end, whole.start + 1)
    }
  }
  return matches
}

function skeletonMatches(
  text: string,
  {matcher}: Expression,
  from: number,
  until: number,
  judged: (spans: Spans) => ViewMatches | undefined,
): readonly ViewMatches[] {
  const matches: ViewMatches[] = []
  for (let at = from; at <= text.length;) {
    const spans = matcher.groups(text, at)
    const whole = spans?.[0]
    if (spans === undefined || whole === undefined || whole.start >= until) break
    const match = judged(spans)
    if (match !== undefined) matches.push(match)
    at = match === undefined ? whole.start + 1 : Math.max(whole.end, whole.start + 1)
  }
  return matches
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
