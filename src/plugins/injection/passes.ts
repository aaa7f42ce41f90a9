// The passes over one text (scanning §7.2): each phrase is tried on every view, in the order of the table, within a window;
// a place that an earlier pass reported is not reported again.
import {leetFold, vowelFold} from '../../lib/letter-folds.js'
import {matchingText, originalSpan, type MatchingText} from '../../lib/matching-text.js'
import type {Matcher, Span} from '../../lib/regex/engine.js'
import type {Reading} from './decoded.js'
import {around} from './checks.js'
import {spacedOut} from './joined-words.js'
import type {Phrase} from './phrases.js'
import type {Variant} from './render.js'
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

/** The views of one text; the folded ones keep its length and are made for a window only. */
export interface Views {
  readonly input: string
  readonly primary: MatchingText
  /** Invisible characters as spaces; undefined where there are none. */
  readonly words: MatchingText | undefined
  /** Words joined by single signs, apart; undefined where there are none. */
  readonly spaced: MatchingText | undefined
}

export function viewsOf(input: string): Views {
  const primary = matchingText(input)
  const spaced = spacedOut(primary.text)
  return {
    input,
    primary,
    words: primary.hidden ? matchingText(input, 'space') : undefined,
    spaced: spaced === undefined ? undefined : {...primary, text: spaced},
  }
}

/** Part of a view, with a character before it where there is one, so that anchors and boundaries see it. */
export interface Window {
  readonly start: number
  readonly end: number
}

interface Try {
  readonly pass: Pass
  readonly variant: Variant
  readonly view: keyof Omit<Views, 'input'>
}

const TRIES: readonly Try[] = [
  {pass: 'primary', variant: 'plain', view: 'primary'},
  {pass: 'primary', variant: 'plain', view: 'words'},
  {pass: 'spaced', variant: 'plain', view: 'spaced'},
  {pass: 'leet', variant: 'leet', view: 'primary'},
  {pass: 'optspace', variant: 'optspace', view: 'primary'},
  {pass: 'vowel', variant: 'vowel', view: 'primary'},
]

/** Decoded text is judged by the passes that the table gives it. */
const DECODED_TRIES = TRIES.filter(({pass}) => pass !== 'leet')

/** `as`: the pass that made the text, where it is not the input itself. */
export function judge(
  phrase: Phrase,
  views: Views,
  reading: Reading,
  as: 'decoded' | 'tags' | undefined,
  options: InjectionOptions,
  hits: Hit[],
): void {
  for (const {pass, variant, view: name} of as === 'decoded' ? DECODED_TRIES : TRIES) {
    const view = views[name]
    const matcher = phrase.matchers[variant]
    if (view === undefined || matcher === undefined) continue
    const found = hitsOf(view, matcher, variant)
    for (const {start, end, marked} of found) {
      const outcome = around(phrase.check, view.text, start, end, options)
      if (outcome === 'none') continue
      const inner = originalSpan(view, start, end)
      const place = reading.place(inner.start, inner.end)
      const informational = phrase.informational || outcome === 'informational' || !marked
      const known = hits.some(
        (hit) =>
          hit.phrase.rule === phrase.rule &&
          hit.start < place.end &&
          place.start < hit.end &&
          (informational || !hit.informational),
      )
      if (!known) hits.push({phrase, pass: as ?? pass, informational, ...place, text: excerpt(view.text, start, end)})
    }
  }
}

interface Found extends Span {
  /** false: nothing about it looks like evasion. */
  readonly marked: boolean
}

/** A text of nothing but prefixes must not be matched again from each of its characters. */
const MAX_RETRIES = 64

function hitsOf(view: MatchingText, matcher: Matcher, variant: Variant): readonly Found[] {
  const text = variant === 'leet' ? leetFold(view.text) : variant === 'vowel' ? vowelFold(view.text) : view.text
  const found: Found[] = []
  let retries = 0
  for (let from = 0; from <= text.length;) {
    if (variant === 'optspace') {
      const groups = matcher.groups(text, from)
      const whole = groups?.[0]
      if (groups === undefined || whole === undefined) break
      if (closedJoints(groups, text) >= 2) {
        found.push({...whole, marked: true})
        from = Math.max(whole.end, whole.start + 1)
      } else {
        if (++retries > MAX_RETRIES) break
        from = whole.start + 1
      }
    } else {
      const span = matcher.exec(text, from)
      if (span === undefined) break
      found.push({...span, marked: true})
      from = Math.max(span.end, span.start + 1)
    }
  }
  return found
}

const SPACE = /\s/

/** Joints and gaps that took part and hold no white space. */
function closedJoints(groups: readonly (Span | undefined)[], text: string): number {
  let closed = 0
  for (let i = 1; i < groups.length; i++) {
    const group = groups[i]
    if (group !== undefined && !SPACE.test(text.slice(group.start, group.end))) closed++
  }
  return closed
}

const MAX_CODE_POINTS = 100

function excerpt(text: string, start: number, end: number): string {
  return [...text.slice(start, Math.min(end, start + 2 * MAX_CODE_POINTS))].slice(0, MAX_CODE_POINTS).join('')
}
