// Injection scanning of one text. Pure: the same text and options give the same verdict.
import type {
  InjectionMatch,
  InjectionOptions,
  InjectionScanner,
  InjectionVerdict,
  Pass,
} from '../../core/services/injection.js'
import {countWhile} from '../../lib/sorted.js'
import {originalSpan, type MatchingText} from './matching-text.js'
import type {RegexEngine, Span} from '../../lib/regex/engine.js'
import {triggersOf, type Triggers} from './candidates.js'
import {decodeBudget, decodedIn, mirrored, type Budget, type Reading} from './decoded.js'
import {encodingsBehind, encodingsIn, holdsAny} from './encodings.js'
import {partsOf, type Part} from './long-text.js'
import type {Classifier} from './classifier/classifier.js'
import {isClassified, judgeLearned, LEARNED, withoutNamed} from './learned.js'
import {mentionsIn} from './mention.js'
import {compileOwn, judgeOwn, type OwnRules} from './own-patterns.js'
import {judge, viewsOf, workFor, type As, type Match, type Views, type Work} from './passes.js'
import {builtInPhrases, type Phrase} from './phrases.js'
import {placeIn, readingSteps, signsIn} from '../../lib/text/disguises.js'
import {atOnce} from '../../lib/slices.js'

const MAX_DEPTH = 5
/** Shorter texts are read without a pause. */
const PAUSE_FROM = 4_096
const AS = {decoded: 'decoded', displayed: 'spaced', tags: 'tags'} as const
const BUILT_IN = {include_defaults: true, patterns: []}

type ScannedRules = Pick<OwnRules, 'include_defaults' | 'patterns'> & {
  readonly isSlow?: Parameters<typeof compileOwn>[2]
  /** undefined: rules alone. */
  readonly classifier?: Classifier | undefined
}

export type Finder = (phrases: readonly Phrase[]) => Triggers

/** `finder`: how candidates are found; the tests compare the trigger automaton with "every phrase everywhere". */
export function createInjectionScanner(
  engine: RegexEngine,
  finder: Finder = triggersOf,
  {include_defaults, patterns, isSlow, classifier}: ScannedRules = BUILT_IN,
): InjectionScanner {
  const names = new Set(patterns.map(({name}) => name))
  const builtIn = builtInPhrases(engine)
  const isKept = ({core, rule}: Phrase): boolean => core || (include_defaults && !names.has(rule))
  // the same array where all are kept: its triggers are known then
  const phrases = builtIn.every(isKept) ? builtIn : builtIn.filter(isKept)
  const own = compileOwn({patterns}, engine, isSlow)
  const triggers = finder(phrases)
  // a pattern of the operator replaces it by its name, like any other rule
  const learned = names.has(LEARNED) ? undefined : classifier

  const judgeReading = (
    reading: Reading,
    as: As,
    {options, budget, work, matches}: Scan,
    mirror?: 'rotated' | 'backward',
  ): Views => {
    const views = viewsOf(reading.text, budget)
    for (const candidate of triggers.candidates(views.primary.text)) {
      const {lone, latin} = candidate.phrase
      // three letters backwards or rotated are no phrase; rotation is of Latin letters
      if (mirror !== undefined && (lone || (mirror === 'rotated' && !latin))) continue
      judge(candidate, {views, reading, as, options, work}, matches)
    }
    if (mirror === undefined) judgeOwn(own, {views, reading, as, options, work}, matches)
    if (mirror === undefined && learned !== undefined && isClassified(options)) {
      judgeLearned(learned, {views, reading, as, options}, matches)
    }
    return views
  }

  /** Judges a text, all other readings of it and, down to `depth`, what is encoded in any of them. */
  function* judgeAll(reading: Reading, as: As, depth: number, scan: Scan): Generator<undefined, Views> {
    const views = judgeReading(reading, as, scan)
    if (depth < MAX_DEPTH) yield* judgeDecoded(reading, views.primary, depth, scan)
    const signs = signsIn(reading.text)
    if (signs === 0) return views
    const {readings, exhausted} = yield* readingSteps(reading.text, {signs})
    // bytes that are no text have no end of readings, and nobody to read them
    if (exhausted && (depth === 0 || isReadable(reading.text))) scan.budget.exhausted = true
    for (const one of readings) {
      if (one.text.length >= PAUSE_FROM) yield
      const place = (first: number, last: number): Span => within(reading, placeIn(one, first, last))
      const other: Reading = {...reading, text: one.text, place}
      const {primary} = judgeReading(other, as ?? AS[one.kind], scan)
      if (depth < MAX_DEPTH) yield* judgeDecoded(other, primary, depth, scan)
    }
    return views
  }

  /** What is encoded in a text as it is written, and as it is without what no screen shows. */
  function* judgeDecoded(from: Reading, primary: MatchingText, depth: number, scan: Scan): Generator<undefined, void> {
    const inner: Reading[] = []
    const take = (one: Reading | undefined): void => {
      // what several readings hold is the same in all of them
      if (one === undefined || scan.known.has(one.text)) return
      scan.known.add(one.text)
      inner.push(one)
    }
    const written = encodingsIn(from.text)
    if (holdsAny(written)) take(yield* decodedIn(from, scan.budget, written))
    const hidden = encodingsBehind(written, from.text, primary)
    if (holdsAny(hidden)) {
      const place = (first: number, last: number): Span => within(from, originalSpan(primary, first, last))
      take(yield* decodedIn({text: primary.text, place}, scan.budget, hidden))
    }
    for (const one of inner) {
      if (one.text.length >= PAUSE_FROM) yield
      yield* judgeAll(one, 'decoded', depth + 1, scan)
    }
  }

  /** Adds the hits of one part of a text; pauses between two readings of a long one. */
  function* look(text: string, {start, end}: Part, scan: Scan): Generator<undefined, void> {
    scan.known.clear()
    const part = text.slice(start, end)
    const whole: Reading = {text: part, place: (first, last) => ({start: start + first, end: start + last})}
    const views = yield* judgeAll(whole, undefined, 0, scan)
    for (const order of ['rotated', 'backward'] as const) {
      if (triggers.candidates(views.primary.text, order).length > 0) {
        const other = mirrored(views.primary, order)
        const place = (first: number, last: number): Span => within(whole, other.place(first, last))
        judgeReading({...other, place}, 'decoded', scan, order)
      }
    }
  }

  return {
    scan(text, options) {
      const scan = scanOf(text, options)
      atOnce(look(text, {start: 0, end: text.length}, scan))
      return verdictOf(text, scan)
    },

    *steps(text, options) {
      const scan = scanOf(text, options)
      for (const [i, part] of partsOf(text).entries()) {
        if (i > 0) yield
        yield* look(text, part, scan)
      }
      return verdictOf(text, scan)
    },
  }
}

const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufffd]/g
const MOST_CONTROL = 0.05

/** Whether what was decoded may be a text: bytes of pictures, keys and tables have control characters everywhere. */
function isReadable(text: string): boolean {
  return (text.match(CONTROL)?.length ?? 0) <= MOST_CONTROL * text.length
}

interface Scan {
  readonly options: InjectionOptions
  readonly budget: Budget
  readonly work: Work
  readonly matches: Match[]
  /** Decoded texts of one part already judged. */
  readonly known: Set<string>
}

function scanOf(text: string, options: InjectionOptions): Scan {
  return {options, budget: decodeBudget(text), work: workFor(text), matches: [], known: new Set()}
}

function within({place}: Reading, {start, end}: Span): Span {
  return place(start, end)
}

function verdictOf(text: string, {matches, options, budget, work}: Scan): InjectionVerdict {
  const exhausted = budget.exhausted || work.left < 0
  if (matches.length === 0) return exhausted ? {...CLEAN, exhausted} : CLEAN
  const kept = distinct(matches)
  const byRules = kept.filter((match) => match.learned === undefined)
  const mentions = mentionsIn(text, byRules, options)
  const isInformational = (match: Match): boolean => match.informational || mentions.has(match)
  const named = withoutNamed(kept, isInformational)
  return {
    matches: named.filter((match) => !isInformational(match)).map(matchOf),
    informational: named.filter(isInformational).map(matchOf),
    exhausted,
  }
}

const CLEAN: InjectionVerdict = {matches: [], informational: [], exhausted: false}

/** One hit per rule and place: what is enforced before what is not, an earlier pass before a later one. */
function distinct(matches: readonly Match[]): readonly Match[] {
  if (matches.length === 1) return matches
  const byRule = new Map<string, Match[]>()
  for (const match of matches) {
    const ofRule = byRule.get(match.phrase.rule)
    if (ofRule === undefined) byRule.set(match.phrase.rule, [match])
    else ofRule.push(match)
  }
  const rules = [...byRule.values()].sort(([a], [b]) => (a?.phrase.order ?? 0) - (b?.phrase.order ?? 0))
  const all: Match[] = []
  for (const ofRule of rules) {
    const kept: Match[] = []
    for (const match of ofRule.sort((a, b) => Number(a.informational) - Number(b.informational) || rank(a) - rank(b))) {
      const at = firstEndingAfter(kept, match.start)
      const next = kept[at]
      if (next === undefined || next.start >= match.end) kept.splice(at, 0, match)
    }
    all.push(...kept)
  }
  return all
}

const PASSES: readonly Pass[] = ['primary', 'spaced', 'leet', 'optspace', 'vowel', 'tags', 'decoded', 'skeleton']

function rank({pass}: Match): number {
  return PASSES.indexOf(pass)
}

/** Kept hits do not overlap, so that their ends ascend with their starts. */
function firstEndingAfter(kept: readonly Match[], offset: number): number {
  return countWhile(kept.length, (i) => (kept[i]?.end ?? 0) <= offset)
}

function matchOf({phrase, pass, start, end, text, learned}: Match): InjectionMatch {
  const match = {rule: phrase.rule, core: phrase.core, pass, start, end}
  if (learned === undefined) return {...match, text}
  const features = learned.features()
  return {...match, text: features.join(', '), learned: {score: learned.score, features}}
}
