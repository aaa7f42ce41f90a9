// The texts of one body under all rules. Clean bodies pay for a few scans over joined texts; whatever
// shows up there is then looked for exactly: every string alone, every whole, every join. The first step may only save work.
import type {TextOptions} from '../../core/services/dlp.js'
import {withoutTagsSteps} from './markup.js'
import {collectSteps, indexesSteps, isSortedSteps, joinSteps, sortSteps, type Items} from '../../lib/long-lists.js'
import {isInSteps, slicesOf, SMALL} from '../../lib/slices.js'
import {CUT, edges} from '../../lib/text-edges.js'
import type {BodyText} from './body-texts.js'
import type {Extraction} from './extract.js'

export type PatternSeverity = 'critical' | 'high' | 'medium' | 'low'

export interface PatternMatch {
  readonly rule: string
  readonly severity: PatternSeverity
  readonly core?: true
  readonly warn?: true
}

export interface PatternVerdict {
  readonly matches: readonly PatternMatch[]
  readonly informational: readonly PatternMatch[]
  readonly exhausted: boolean
}

export interface InjectionMatch {
  readonly rule: string
  readonly core: boolean
}

/** What is asked of the credential and injection plugins. */
export interface Scanners {
  text(input: string, options: TextOptions): PatternVerdict
  textSteps(input: string, options: TextOptions): Generator<undefined, PatternVerdict>
  joinedSteps(parts: Items<string>, options: TextOptions): Generator<undefined, PatternVerdict>
  injectionSteps(
    text: string,
  ): Generator<undefined, {readonly matches: readonly InjectionMatch[]; readonly exhausted: boolean}>
}

export interface CredentialFinds {
  readonly enforced: readonly PatternMatch[]
  readonly informational: readonly PatternMatch[]
  readonly exhausted: boolean
}

export interface BodyFinds {
  readonly credentials: CredentialFinds
  /** One for each rule. */
  readonly injections: readonly InjectionMatch[]
}

/** Shorter texts hold no credential; joined with others they do. */
const MIN_TEXT = 8

/** An equals sign, or what may turn into one. */
const MAY_BE_PARAMETER = /[=%&]|[^\0-\x7f]/

/** Each step may be followed by a pause, so that a large body does not hold up the others. */
export function* scanBody(
  extraction: Extraction,
  scanners: Scanners,
  context: {readonly tokenRequest: boolean},
): Generator<undefined, BodyFinds> {
  const options: TextOptions = {surface: 'body', ...(context.tokenRequest && {tokenRequest: true})}
  const lines = yield* linesOf(extraction.texts)
  yield
  const sources = [...extraction.wholes, ...extraction.structures]
  const views = [lines, ...sources]
  const bare = yield* bareViews(views, '')
  yield
  const joins = yield* joinsOf(extraction)
  yield
  let clean = true
  const look = (verdict: PatternVerdict): void => {
    clean &&= verdict.matches.length === 0 && verdict.informational.length === 0 && !verdict.exhausted
  }
  // quotes end a text no less than the end of a line does, so text that stands in the source as it is was inspected with it;
  // except a parameter, which has to begin a line
  const isOnce = extraction.isVerbatim && !(yield* isInSteps(lines, MAY_BE_PARAMETER))
  for (const view of new Set([...(isOnce ? sources : views), ...bare])) {
    for (const slice of slicesOf(view)) {
      look(yield* scanners.textSteps(slice.text, options))
      yield
    }
  }
  for (const {parts, asGiven} of together(joins)) {
    look(yield* scanners.joinedSteps(parts, asGiven ? {...options, asGiven} : options))
    yield
  }
  const {texts} = extraction
  const credentials = clean ? NONE : yield* exactly({texts, wholes: [...sources, ...bare]}, joins, scanners, options)
  // the source of a structure adds no words to its texts; without the names between them, values run on
  const phrases = new Set([
    lines,
    yield* valuesOf(texts),
    ...extraction.wholes,
    ...bare,
    ...(yield* bareViews(views, ' ')),
  ])
  return {credentials, injections: yield* injectionsOf(phrases, scanners)}
}

const NONE: CredentialFinds = {enforced: [], informational: [], exhausted: false}

function* exactly(
  {texts, wholes}: Pick<Extraction, 'texts' | 'wholes'>,
  joins: readonly Join[],
  scanners: Scanners,
  options: TextOptions,
): Generator<undefined, CredentialFinds> {
  const finds = new Collected()
  // every one, or a find of little weight would hide a heavier one behind it
  const every = {...options, all: true}
  for (const whole of wholes) {
    for (const slice of slicesOf(whole)) {
      finds.add(yield* scanners.textSteps(slice.text, every))
      yield
    }
  }
  let work = 0
  for (const {text, key} of texts) {
    if (text.length < MIN_TEXT) continue
    for (const slice of slicesOf(text)) {
      const of = key === '' ? every : {...every, key}
      // a step for each short text would cost more than its search
      const isShort = slice.text.length < MIN_STEPS
      finds.add(isShort ? scanners.text(slice.text, of) : yield* scanners.textSteps(slice.text, of))
      work += slice.text.length + 64
      if (work > PAUSE_AFTER) {
        work = 0
        yield
      }
    }
  }
  for (const {parts, asGiven, withNames} of joins) {
    finds.add(yield* scanners.joinedSteps(parts, {...every, asGiven, withNames: withNames === true}))
    yield
  }
  return finds
}

const PAUSE_AFTER = 16_384
/** Texts at least so long are searched in steps. */
const MIN_STEPS = 4_096

/** Matches by name, in the order of their first find. */
export class Collected implements CredentialFinds {
  readonly #enforced = new Map<string, PatternMatch>()
  readonly #informational = new Map<string, PatternMatch>()
  exhausted = false

  add(verdict: PatternVerdict): void {
    for (const match of verdict.matches) keep(this.#enforced, match)
    for (const match of verdict.informational) keep(this.#informational, match)
    if (verdict.exhausted) this.exhausted = true
  }

  get enforced(): readonly PatternMatch[] {
    return [...this.#enforced.values()]
  }

  get informational(): readonly PatternMatch[] {
    return [...this.#informational.values()]
  }
}

function keep(into: Map<string, PatternMatch>, match: PatternMatch): void {
  if (!into.has(match.rule)) into.set(match.rule, match)
}

/** Every find costs: a body with more of them is made of nothing else. */
const MAX_MATCHES = 1_000

function* injectionsOf(views: Iterable<string>, scanners: Scanners): Generator<undefined, readonly InjectionMatch[]> {
  const rules = new Map<string, InjectionMatch>()
  let result = 0
  for (const view of views) {
    for (const slice of slicesOf(view, ...SMALL)) {
      const {matches, exhausted} = yield* scanners.injectionSteps(slice.text)
      for (const {rule, core} of matches) if (!rules.has(rule)) rules.set(rule, {rule, core})
      result += matches.length
      // nobody can accept content that was not inspected
      if (exhausted || result > MAX_MATCHES)
        rules.set('decode_budget_exceeded', {rule: 'decode_budget_exceeded', core: true})
      yield
      if (result > MAX_MATCHES) return [...rules.values()]
    }
  }
  return [...rules.values()]
}

/** Every text on lines of its own, a name in front of its value, so that a rule sees what it sees of each text alone. */
function* linesOf(texts: Items<BodyText>): Generator<undefined, string> {
  return yield* joinSteps(yield* collectSteps(texts, textOf), '\n')
}

function textOf({text}: {readonly text: string}): string {
  return text
}

function* bareViews(views: readonly string[], by: '' | ' '): Generator<undefined, readonly string[]> {
  const bare: string[] = []
  for (const view of views) {
    const text = yield* withoutTagsSteps(view, by)
    if (text !== undefined) bare.push(text)
  }
  return bare
}

/** Of a phrase that is cut in two at most so much stands in one value. */
const PHRASE = 80

/** The values alone, for phrases that go on in the next one. */
function* valuesOf(texts: Items<BodyText>): Generator<undefined, string> {
  const values = yield* collectSteps(texts, ({isName, text}) =>
    isName || text === '' ? undefined : edges(text, PHRASE),
  )
  // a single one is inspected in its lines
  return values.length < 2 ? '' : yield* joinSteps(values, '\n')
}

interface Join {
  readonly parts: Items<string>
  /** In this order alone; otherwise sorted and in pairs, too. */
  readonly asGiven: boolean
  readonly withNames?: true
}

/** Orders in which a peer may put values together again: as they stand, sorted, in pairs, and by name. */
function* joinsOf({texts, isVerbatim}: Extraction): Generator<undefined, readonly Join[]> {
  const isValue = ({isName, text}: BodyText): boolean => !isName && text !== ''
  const values = yield* collectSteps(texts, (one) => (isValue(one) ? edges(one.text) : undefined))
  const joins: Join[] = []
  if (values.length > 1) joins.push({parts: values, asGiven: false})
  // pairs are tried in every order
  if (values.length > 2) {
    const keys = yield* collectSteps(texts, (one) => (isValue(one) ? one.key : undefined))
    if (!(yield* isSortedSteps(keys, compareTexts))) {
      const order = yield* sortSteps(yield* indexesSteps(keys), (a, b) => compareTexts(keys.at(a), keys.at(b)))
      joins.push({parts: yield* collectSteps(order, (i) => values.at(i)), asGiven: true})
    }
  }
  const names = yield* collectSteps(texts, ({isName, text}) => (isName && text !== '' ? edges(text) : undefined))
  if (names.length === 0) return joins
  if (isVerbatim) {
    const all = yield* collectSteps(texts, ({text}) => (text === '' ? undefined : edges(text)))
    joins.push({parts: all, asGiven: true, withNames: true})
  }
  if (names.length > 1) joins.push({parts: names, asGiven: true})
  return joins
}

function compareTexts(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** More parts are inspected order by order, with pauses in between. */
const MAX_TOGETHER = 1_024

/** The given orders as one, for a first look at them: nothing reads over what stands between two of them. */
function together(joins: readonly Join[]): readonly Join[] {
  const given = joins.filter(({asGiven}) => asGiven)
  if (given.length < 2 || given.reduce((sum, {parts}) => sum + parts.length, 0) > MAX_TOGETHER) return joins
  const parts = given.flatMap((join, i) => (i === 0 ? [...join.parts] : [CUT, ...join.parts]))
  return [...joins.filter(({asGiven}) => !asGiven), {parts, asGiven: true}]
}
