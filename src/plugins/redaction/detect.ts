// What in a window of a text has to be replaced: in the text as written, in its normal form, behind escapes and inside
// encoded runs, which are replaced whole.
import type {DecodeBudget, DecodedRun} from '../../lib/text/decoded-run.js'
import {decodedRuns} from '../../lib/text/encoded-runs.js'
import {placeIn, readingSteps, signsIn} from '../../lib/text/disguises.js'
import {foldSteps, lineSteps} from '../../lib/text/normalise.js'
import {createRewriter, sourceSpan, type Edit, type Span} from '../../lib/text/rewritten.js'
import type {Credentials} from './credentials.js'
import {findPlaceholders, INVALID} from './placeholder.js'
import {withPadding, type Detector, type Place} from './places.js'

export interface Ruleset {
  readonly detectors: readonly Detector[]
  /** Some detector is one of credentials. */
  readonly hasCredentials: boolean
  /** What the rules of the credential scanner know. */
  readonly credentials: Credentials
  /** Labels that a placeholder in the input may keep. */
  readonly labels: ReadonlySet<string>
}

/** Thrown when a text asks for more work than it may. */
export class OverBudget extends Error {}

export function redactionBudget(size: number): DecodeBudget {
  // windows overlap by a quarter
  const bytes = 1.25 * size
  return {attempts: 512 + Math.floor(bytes / 8), bytes: 16 * bytes + 65_536}
}

const MAX_DEPTH = 3
/** Shorter texts can hold nothing encoded. */
const MIN_ENCODED = 11
/** Share of a run that has to be text for the classes that random bytes imitate. */
const MOSTLY_TEXT = 0.4

/** All places in one window of a text, in steps; they may overlap. */
export function* findPlaces(
  text: string,
  rules: Ruleset,
  budget: DecodeBudget,
): Generator<undefined, readonly Place[]> {
  const places: Place[] = []
  yield* search({text, depth: 0, mostlyText: true, place: (start, end) => ({start, end})}, rules, budget, places)
  places.push(...rules.credentials.in(text, places))
  return places
}

/** Only tokens of three parts stop matching when they are cut, so they are searched for in whole runs. */
export function findInRun(run: string, rules: Ruleset): readonly Place[] {
  if (!run.includes('eyJ') || !run.includes('.')) return []
  const places: Place[] = []
  const source: Source = {text: run, depth: 0, mostlyText: true, place: (start, end) => ({start, end})}
  findIn(run, source, rules, (start, end, kind) => add(places, {start, end}, kind))
  places.push(...rules.credentials.in(run, places))
  return places
}

interface Source {
  readonly text: string
  readonly depth: number
  readonly mostlyText: boolean
  place(start: number, end: number): Span
}

function* search(source: Source, rules: Ruleset, budget: DecodeBudget, places: Place[]): Generator<undefined, void> {
  yield* ask(source, rules, budget, places)
  const signs = signsIn(source.text)
  const others = signs === 0 ? NO_OTHERS : yield* otherReadings(source, signs)
  for (const other of others) {
    yield
    yield* ask(other, rules, budget, places)
  }
  if (source.depth >= MAX_DEPTH || source.text.length < MIN_ENCODED) return
  const parts: Source[] = []
  for (const each of [source, ...others]) parts.push(...(yield* withFolded(each, budget)))
  for (const part of parts) {
    for (const run of decodedRuns(part.text, budget)) {
      const mostlyText = run.isWhole === true || isMostlyText(part.text, run)
      if (!mostlyText && !rules.hasCredentials) continue
      const span = part.place(run.start, withPadding(part.text, run.end))
      yield* search({text: run.text, depth: source.depth + 1, mostlyText, place: () => span}, rules, budget, places)
    }
    if (budget.attempts < 0 || budget.bytes < 0) throw new OverBudget()
  }
}

/** A text without signs has no characters either that no screen shows. */
const NO_OTHERS: readonly Source[] = []
const UNSEEN = /[\x00-\x08\x0e-\x1f\x7f]/g

/** The text in every reading that is not its own, and without characters that no screen shows. */
function* otherReadings(source: Source, signs: number): Generator<undefined, readonly Source[]> {
  const {readings, exhausted} = yield* readingSteps(source.text, {signs})
  if (exhausted) throw new OverBudget()
  const others = readings.map((reading): Source => ({
    ...source,
    text: reading.text,
    place(start, end) {
      const span = placeIn(reading, start, end)
      return source.place(span.start, span.end)
    },
  }))
  return [...others, ...[source, ...others].flatMap(withoutUnseen)]
}

function withoutUnseen(source: Source): readonly Source[] {
  const rewriter = createRewriter(source.text)
  for (const {index} of source.text.matchAll(UNSEEN)) rewriter.replace(index, index + 1, '')
  const {text, edits} = rewriter.done()
  return edits.length === 0 ? [] : [rewritten(source, text, edits)]
}

/** What is encoded may have characters inside that folding deletes. */
function* withFolded(source: Source, budget: DecodeBudget): Generator<undefined, readonly Source[]> {
  const {text, edits} = yield* foldSteps(source.text, budget)
  return edits.length === 0 ? [source] : [source, rewritten(source, text, edits)]
}

function rewritten(source: Source, text: string, edits: readonly Edit[]): Source {
  return {
    ...source,
    text,
    place(start, end) {
      const span = sourceSpan(edits, start, end)
      return source.place(span.start, span.end)
    },
  }
}

/** Text that somebody encoded, and no noise in which something looks like it: a picture holds every short name by chance. */
function isMostlyText(text: string, {start, end, text: decoded}: DecodedRun): boolean {
  if (Buffer.byteLength(decoded) < MOSTLY_TEXT * (end - start)) return false
  // a part of a longer run is the reading of another alphabet
  return !/[A-Za-z0-9+]/.test(text.charAt(start - 1)) && !/[A-Za-z0-9+]/.test(text.charAt(end))
}

/** Every detector, on the text as it is and on its normal form: each hides what the other shows. */
function* ask(source: Source, rules: Ruleset, budget: DecodeBudget, places: Place[]): Generator<undefined, void> {
  const line = yield* lineSteps(source.text, budget)
  if (budget.bytes < 0) throw new OverBudget()
  const isFolded = line.text !== source.text
  const exact = new Set<string>()
  findIn(source.text, source, rules, (start, end, kind) => {
    if (isFolded) exact.add(`${kind.label} ${start} ${source.text.slice(start, end)}`)
    add(places, source.place(start, end), kind)
  })
  if (!isFolded) return
  findIn(line.text, source, rules, (start, end, kind) => {
    const from = sourceSpan(line.edits, start, end)
    // the same find again, in places that are known to a run of characters only
    if (exact.has(`${kind.label} ${from.start} ${line.text.slice(start, end)}`)) return
    add(places, source.place(from.start, from.end), kind)
  })
}

type Kind = Pick<Place, 'label' | 'priority' | 'isForged'>

function add(places: Place[], span: Span, kind: Kind): void {
  if (span.end > span.start) places.push({...span, ...kind})
}

function findIn(
  text: string,
  {depth, mostlyText}: Source,
  rules: Ruleset,
  result: (start: number, end: number, kind: Kind) => void,
): void {
  for (const {label, priority, minLength, isCredential, find} of rules.detectors) {
    if (text.length >= minLength && (mostlyText || isCredential)) {
      find(text, (start, end) => result(start, end, {label, priority}))
    }
  }
  if (depth > 0) return
  // nothing is replaced inside a placeholder: it would be none any more
  findPlaceholders(text, (start, end, name) => {
    const label = rules.labels.has(name) ? name : INVALID
    result(start, end, {label, priority: Number.POSITIVE_INFINITY, isForged: true})
  })
}
