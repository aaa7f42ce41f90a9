// A secret cut into several values: what they form together and no single one holds. All values joined in
// wire order and in sorted order; pairs only where one value ends inside a token, so that clean input never pays for them.
import type {OpenText, TextMatch, TextOptions, TextVerdict} from '../../core/services/dlp.js'
import {countUpTo} from '../../lib/sorted.js'
import {continuesEncoded, opensEncoded, runAtStart} from './encoded-pairs.js'
import type {Gate} from './gate.js'
import type {Rule} from './rules.js'
import {LONGEST_PHRASE} from './seed-phrases.js'
import {collectSteps, sortSteps, type Items} from '../../lib/long-lists.js'
import {atOnce} from '../../lib/slices.js'
import type {Span} from '../../lib/text/rewritten.js'
import {scanText, viewSteps, SEED_PHRASE, textBudget} from './text-scan.js'
import {CLEAN_TEXT} from './text-types.js'
import {textViews, type TextView} from './text-views.js'

/** undefined where nothing that the text ends with is the beginning of a token. */
export function openText(text: string, options: TextOptions, gate: Gate): OpenText | undefined {
  const tail = text.slice(-REACH)
  const end = gate.openEnd(tail)
  if (end === undefined) return undefined
  return {
    prefix: end.length,
    isWhole: end.whole.size > 0,
    continues: (next) => gate.continued(end, next).length > 0,
    completedBy(next) {
      const open = gate.continued(end, next)
      return open.length === 0 ? CLEAN_TEXT : scanTogether([tail, next.slice(0, REACH)], options, gate, open)
    },
  }
}

/** What neighbouring texts hold only together, in this order and in every encoding. */
export function scanAcross(parts: readonly string[], options: TextOptions, gate: Gate): TextVerdict {
  const values = parts.filter((part) => part !== '')
  return values.length < 2 ? CLEAN_TEXT : scanTogether(values, options, gate)
}

const MAX_PAIRED = 64
/** No token that can be cut in two is longer. */
const REACH = 512

/** In steps: each order of a hundred thousand values is a text of its own, which takes its time. */
export function* joinedSteps(
  parts: Items<string>,
  options: TextOptions,
  gate: Gate,
): Generator<undefined, TextVerdict> {
  const values = yield* withoutEmpty(parts)
  if (values.length < 2) return CLEAN_TEXT
  if (options.withNames !== true) {
    for (const some of windowsOf(values)) {
      const phrase = seedAcross(some, gate)
      if (phrase !== undefined) return phrase
      yield
    }
  }
  const verdict = yield* togetherSteps(values, options, gate)
  if (options.asGiven === true || verdict !== CLEAN_TEXT) return verdict
  const sorted = yield* sortSteps(values, (a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (sorted !== values) {
    yield
    const inOrder = yield* togetherSteps(sorted, options, gate)
    if (inOrder !== CLEAN_TEXT) return inOrder
  }
  return scanPairs(values, options, gate)
}

function* withoutEmpty(parts: Items<string>): Generator<undefined, Items<string>> {
  const empty = yield* collectSteps(parts, (part) => (part === '' ? part : undefined))
  return empty.length === 0 ? parts : yield* collectSteps(parts, (part) => (part === '' ? undefined : part))
}

function* togetherSteps(values: Items<string>, options: TextOptions, gate: Gate): Generator<undefined, TextVerdict> {
  let verdict = CLEAN_TEXT
  for (const some of windowsOf(values)) {
    const result = yield* valuesSteps(some, options, gate)
    if (result !== CLEAN_TEXT) {
      verdict = verdict === CLEAN_TEXT ? result : bothOf(verdict, result)
      // an enforced match decides, unless the caller needs all of them
      if (verdict.matches.length > 0 && options.all !== true) return verdict
    }
    yield
  }
  return verdict
}

function bothOf(one: TextVerdict, other: TextVerdict): TextVerdict {
  return {
    matches: [...one.matches, ...other.matches],
    informational: [...one.informational, ...other.informational],
    exhausted: one.exhausted || other.exhausted,
  }
}

/**
 * Characters of one window, and of what it repeats of the one before: no token or phrase in pieces is longer. Each value counts
 * as one more.
 */
const [WINDOW, REPEATED] = [65_536, 16_384]

/** Neighbouring values, so many at a time that looking at them takes a few milliseconds. */
function* windowsOf(values: Items<string>): Generator<readonly string[], undefined> {
  for (let from = 0; ;) {
    let size = 0
    let to = from
    while (to < values.length && size < WINDOW + REPEATED) size += 1 + (values.at(to++)?.length ?? 0)
    yield values.slice(from, to)
    if (to === values.length) return
    let next = to
    for (let repeated = 0; next > from + 1 && repeated < REPEATED;) repeated += 1 + (values.at(--next)?.length ?? 0)
    from = next
  }
}

const MAX_WORDS = 128
/** A value that is a word or a few, and nothing else: identifiers are no words. */
const WORDS =
  /^\s*(?:[a-z]{3,8}|[A-Z]{3,8}|[A-Z][a-z]{2,7})(?:[\s,]+(?:[a-z]{3,8}|[A-Z]{3,8}|[A-Z][a-z]{2,7})){0,11}\s*$/
/** Begins no word of the list. */
const NO_WORD = 'zzz'

/** Words of a seed phrase, one or more in each value; any other value ends it. */
function seedAcross(given: readonly string[], gate: Gate): TextVerdict | undefined {
  const values = given.map((value) => (value.length <= MAX_WORDS && WORDS.test(value) ? value : NO_WORD))
  const crossing = gate.seeds.find(values.join(' '), LONGEST_PHRASE).filter(({start, end}) => {
    let at = 0
    return !values.some((value) => {
      const from = at
      at += value.length + 1
      return start >= from && end < at
    })
  })
  if (crossing.length === 0) return undefined
  const results = (informational: boolean): readonly TextMatch[] =>
    crossing
      .filter((phrase) => phrase.informational === informational)
      .slice(0, 1)
      .map(() => ({rule: SEED_PHRASE, severity: 'critical', encoded: 'split', start: -1, end: -1}))
  const matches = results(false)
  return matches.length === 0 ? undefined : {matches, informational: results(true), exhausted: false}
}

function scanTogether(
  values: readonly string[],
  options: TextOptions,
  gate: Gate,
  only?: readonly Rule[],
): TextVerdict {
  return atOnce(valuesSteps(values, options, gate, only))
}

function* valuesSteps(
  values: readonly string[],
  options: TextOptions,
  gate: Gate,
  only?: readonly Rule[],
): Generator<undefined, TextVerdict> {
  const seams: number[] = []
  let at = 0
  for (const value of values.slice(0, -1)) seams.push((at += value.length))
  const text = values.join('')
  // joined, numbers and short words are one long run, and a digit is a letter of eight alphabets
  const budget = textBudget(4 * text.length)
  const compact = options.patternsOnly || only !== undefined ? undefined : text
  const narrow: Gate = {
    ...gate,
    // words that stand side by side are no phrase across values: that is asked with spaces between them
    seeds: {find: () => []},
    look(one, judged, change) {
      const candidates = gate.look(one, judged, change)
      if (candidates === undefined) return undefined
      const rules = [...candidates.rules].filter(
        ([rule]) => rule.joinable && (only === undefined || only.includes(rule)),
      )
      return {rules: new Map(rules), needles: only === undefined ? candidates.needles : []}
    },
  }
  const all = textViews(text, budget, narrow)
  const views = only === undefined ? all : firstOf(all)
  return yield* viewSteps(
    across(views, {values, seams, options, gate}),
    {length: text.length, compact, budget},
    options,
    narrow,
  )
}

function* firstOf(views: Iterable<TextView | undefined>): Generator<TextView> {
  for (const view of views) {
    if (view === undefined) continue
    yield view
    return
  }
}

const NOWHERE = {start: -1, end: -1}

interface Together {
  readonly values: readonly string[]
  /** Where each value but the first begins in the joined text. */
  readonly seams: readonly number[]
  readonly options: TextOptions
  readonly gate: Gate
  /** What a rule finds in each value by itself, once it was asked: a value may be asked at every one of its characters. */
  readonly alone: Map<Rule, Map<number, readonly TextMatch[]>>
}

/** The same views, in which only what stands in more than one value counts. */
function* across(
  views: Iterable<TextView | undefined>,
  given: Omit<Together, 'alone'>,
): Generator<TextView | undefined> {
  const together: Together = {...given, alone: new Map()}
  const {seams} = together
  for (const view of views) {
    if (view === undefined) {
      yield
      continue
    }
    const isSeam = (at: number): boolean => seams[countUpTo(seams, at - 1)] === at
    yield {
      ...view,
      place: () => NOWHERE,
      encodingOf: (start, end) => view.encodingOf(start, end) || 'split',
      seams: {has: (at) => view.seams?.has(at) === true || isSeam(view.place(at, at + 1).start)},
      *isJoint(rule, start, end) {
        const place = view.place(start, end)
        const seam = seams[countUpTo(seams, place.start)]
        return seam !== undefined && seam < place.end && !(yield* holdsAlone(rule, place, together))
      },
    }
  }
}

/** Values that are asked between two pauses. */
const VALUES = 16

/** One of the values has it by itself: the expression only ran on into the next. */
function* holdsAlone(rule: Rule, place: Span, together: Together): Generator<undefined, boolean> {
  const {values, seams} = together
  const first = countUpTo(seams, place.start)
  for (let i = first; i < values.length; i++) {
    if (i % VALUES === 0 && i > first) yield
    const from = i === 0 ? 0 : (seams[i - 1] ?? 0)
    if (from >= place.end) return false
    const results = aloneIn(i, rule, together)
    if (results.some(({start, end}) => from + start < place.end && place.start < from + end)) return true
  }
  return false
}

function aloneIn(i: number, rule: Rule, {values, options, gate, alone}: Together): readonly TextMatch[] {
  let known = alone.get(rule)
  if (known === undefined) alone.set(rule, (known = new Map<number, readonly TextMatch[]>()))
  const before = known.get(i)
  if (before !== undefined) return before
  const only: Gate = {
    ...gate,
    look(text, judged, change) {
      const places = gate.look(text, judged, change)?.rules.get(rule)
      return places === undefined ? undefined : {rules: new Map([[rule, places]]), needles: []}
    },
    lookCompact: () => [],
  }
  const {matches, informational} = scanText(values[i] ?? '', {...options, all: true}, only)
  const results = [...matches, ...informational]
  known.set(i, results)
  return results
}

const NO_RULES: readonly Rule[] = []

/** Every ordered pair whose first value ends in what a rule may go on with, as written or encoded. */
function scanPairs(values: Items<string>, options: TextOptions, gate: Gate): TextVerdict {
  const half = MAX_PAIRED / 2
  const {length} = values
  const some = length <= MAX_PAIRED ? [...values] : [...values.slice(0, half), ...values.slice(length - half, length)]
  for (const [i, value] of some.entries()) {
    const tail = value.slice(-REACH)
    const end = gate.openEnd(tail)
    const run = opensEncoded(tail, gate)
    if (end === undefined && run === '') continue
    for (const [k, other] of some.entries()) {
      if (k === i) continue
      const open = end === undefined ? NO_RULES : gate.continued(end, other)
      if (open.length > 0) {
        const verdict = scanTogether([tail, other.slice(0, REACH)], options, gate, open)
        if (verdict !== CLEAN_TEXT) return verdict
      }
      if (run === '' || !continuesEncoded(other)) continue
      const verdict = scanTogether([run, runAtStart(other)], options, gate)
      if (verdict !== CLEAN_TEXT) return verdict
    }
  }
  return CLEAN_TEXT
}
