// The views of a text in which every rule is looked for, in reporting order: as written, with line ends
// deleted, with escapes undone, with dots or quotes between pieces deleted, and whatever encoded runs hold, to depth three.
// Each knows where its parts stand in the text given. What the sweep does not see in a text, no view is made for; views of
// joined pieces hold the pieces alone.
import type {TextEncoding} from '../../core/services/dlp.js'
import type {DecodeBudget, DecodedRun, Runs} from '../../lib/text/decoded-run.js'
import {decodeRuns, decodeSeparated} from '../../lib/text/encoded-runs.js'
import {countUpTo} from '../../lib/sorted.js'
import {compressedRuns} from '../../lib/text/compressed-runs.js'
import {placeIn, readingSteps, SIGN, type Reading} from '../../lib/text/disguises.js'
import {DISGUISED, FLAG} from './byte-kinds.js'
import {GAP} from './chains.js'
import {rebuiltRuns, type Hints} from '../../lib/text/rebuilt-runs.js'
import {foldSteps} from '../../lib/text/normalise.js'
import {
  composed,
  editInside,
  hasDeletionAt,
  isTouched,
  sourceSpan,
  type Edit,
  type Rewritten,
  type Span,
} from '../../lib/text/rewritten.js'
import type {Change, Gate, CandidatePlaces} from './gate.js'
import {allFlags, lineOf, withoutSeparators, type Joined} from './joined-forms.js'
import type {Limit, View} from './match.js'
import {MIN_DISGUISED} from './rebuilt.js'
import type {Rule} from './rules.js'
import type {SeedPhrase} from './seed-phrases.js'
import {hintsOf, type SweepResult} from './sweep.js'

export interface TextView extends View {
  /** What it could hold; views that could hold nothing are not handed out. */
  readonly candidates: CandidatePlaces
  /** Seed phrases in it. */
  readonly seeds?: readonly SeedPhrase[]
  /** How a piece of the view is hidden in the text given. */
  encodingOf(start: number, end: number): TextEncoding
  /** Its place in the text given. */
  place(start: number, end: number): Span
  /** Whether a find counts here, where the text was put together from pieces. */
  readonly accepts?: (rule: Rule, start: number, end: number) => boolean
  /** Whether it exists only in several pieces; in steps, since every piece may be asked. */
  readonly isJoint?: (rule: Rule, start: number, end: number) => Generator<undefined, boolean>
}

const MAX_DEPTH = 3

/** A text to make views of: the input, its unescaped form, or what an encoded run holds. */
interface Source {
  readonly text: string
  readonly depth: number
  readonly limit: Limit | undefined
  /** Where pieces were joined. */
  readonly seams?: ReadonlySet<number> | undefined
  encodingOf(start: number, end: number): TextEncoding
  place(start: number, end: number): Span
  readonly accepts?: TextView['accepts']
}

type ScannerView = Pick<Gate, 'look' | 'sweep' | 'seeds'>

const NO_SEEDS: readonly SeedPhrase[] = []
const NO_CANDIDATES: CandidatePlaces = {rules: new Map(), needles: []}

/** What the views of one text share. */
interface Work {
  readonly gate: ScannerView
  readonly budget: DecodeBudget
  /** Decoded texts already inspected. */
  readonly known: Set<string>
}

const IDENTITY: Pick<Source, 'encodingOf' | 'place'> = {
  encodingOf: () => '',
  place: (start, end) => ({start, end}),
}

/** A view, or undefined where a long search for the next one may pause: nothing that the sweep saw is still to be read then. */
export type TextViews = Generator<TextView | undefined, undefined>

/** Shorter texts are searched for views without a pause. */
const PAUSE_AFTER = 32_768

export function* textViews(text: string, budget: DecodeBudget, gate: ScannerView): TextViews {
  yield* viewsOf({text, depth: 0, limit: undefined, ...IDENTITY}, {gate, budget, known: new Set()})
}

/** Runs to decode, with the text in which they stand. */
interface Encoded {
  readonly source: Source
  readonly runs: Runs
  /** Short numbers or pairs of hex digits stand in it. */
  readonly codes: boolean
  /** Where it may be disguised otherwise; of a text that was made by edits the sweep has not seen all. */
  readonly hints: Hints | {readonly edits: readonly Edit[]} | undefined
}

/** Whether a piece of a form, or what stands directly beside it, is not as it was in the one before. */
type IsNew = (start: number, end: number) => boolean

/** A form of a text, and what of it no earlier form had. */
interface Form {
  readonly source: Source
  readonly runs: IsNew
  /** How it was made from one whose joined forms were inspected; undefined: from none. */
  readonly edits?: readonly Edit[] | undefined
  /** How it was made from one that the sweep has seen. */
  readonly change?: Change | undefined
  /** How it was folded, where it was. */
  readonly by?: Rewritten
}

const ALL: IsNew = () => true

function* viewsOf(source: Source, work: Work): TextViews {
  const isLong = source.text.length >= PAUSE_AFTER
  const isAscii = work.gate.sweep.isAscii(source.text)
  const encoded: Encoded[] = []
  const folded = yield* foldedOf({source, runs: ALL}, undefined, work, encoded)
  if (isLong) yield
  const {flags, sweepResult} = yield* formsOf(folded, work, encoded)
  if (flags & DISGUISED || !isAscii) {
    const signs = isAscii ? signsOf(flags) : undefined
    const {readings, exhausted} = yield* readingSteps(source.text, {inWords: true, signs, folded: folded.by})
    if (exhausted) work.budget.attempts = -1
    for (const reading of readings) {
      if (isLong) yield
      const known = {folded: folded.by, sweepResult, work, encoded}
      yield* formsOf(yield* readingForm(source, reading, known), work, encoded)
    }
  }
  if (source.depth >= MAX_DEPTH) return
  if (isLong) yield
  const decoded = new Set<string>()
  for (const [i, part] of encoded.entries()) {
    const runs = encoded.length === 1 ? part.runs : others(part, decoded, i + 1 < encoded.length)
    yield* decodedOf(part.source, decodeRuns(part.source.text, runs, work.budget), work)
    if (isLong) yield
    yield* decodedOf(part.source, compressedRuns(part.source.text, runs, work.budget), work)
    if (isLong) yield
    if (part.codes) yield* decodedOf(part.source, yield* decodeSeparated(part.source.text, work.budget), work)
  }
  // last, since lines of base64 are pieces of one length, too
  for (const part of encoded) {
    if (part.hints === undefined) continue
    if (isLong) yield
    yield* decodedOf(part.source, rebuiltIn(part, work), work)
  }
}

const NO_RUNS: readonly DecodedRun[] = []

/** What the text may be a disguise of; a text that was rebuilt is not rebuilt once more. */
function rebuiltIn({source: {text, limit}, hints}: Encoded, {gate: {sweep}, budget}: Work): readonly DecodedRun[] {
  if (hints === undefined || limit === 'rebuilt') return NO_RUNS
  if (!('edits' in hints)) return rebuiltRuns(text, hints, budget)
  if (text.length < MIN_DISGUISED || text.length > MAX_SECOND_SWEEP) return NO_RUNS
  sweep.run(text)
  return sweep.hintCount === 0 ? NO_RUNS : rebuiltRuns(text, hintsOf(sweep), budget, hints.edits)
}

/** Of a text that was made from another by edits the sweep sees the edits alone; longer ones are not worth a second look. */
const MAX_SECOND_SWEEP = 65_536

function signsOf(flags: number): number {
  return (
    (flags & FLAG.escape ? SIGN.escapes : 0) |
    (flags & FLAG.tag ? SIGN.markup : 0) |
    (flags & FLAG.mail ? SIGN.mail : 0) |
    (flags & (FLAG.terminal | FLAG.unseen) ? SIGN.terminal : 0)
  )
}

interface Known {
  /** How the text was folded for `sweepResult`, which is what the sweep saw in it. */
  readonly folded: Rewritten | undefined
  readonly sweepResult: SweepResult
  readonly work: Work
  readonly encoded: Encoded[]
}

/** Another reading of a text. */
function* readingForm(
  source: Source,
  reading: Reading,
  {folded, sweepResult, work, encoded}: Known,
): Generator<undefined, Form> {
  const at = {
    ...source,
    ...throughReading(source, reading),
    seams: undefined,
    text: work.gate.sweep.flat(reading.text),
    ...(reading.isLoose && {accepts: changedInside(reading)}),
  }
  const stages = reading.stages.map(({edits}) => edits)
  const known = stages.filter((edits) => edits !== undefined)
  const isNew = known.length === stages.length ? changedBy(known) : ALL
  const form = yield* foldedOf({source: at, runs: isNew}, reading.folded, work, encoded)
  if (known.length < stages.length) return form
  const all = form.by === undefined ? known : [...known, form.by.edits]
  // the sweep has seen the folded text, and from there it looks at the new parts alone
  const since = folded === undefined ? all : all[0] === folded.edits ? all.slice(1) : undefined
  const edits = composed(since ?? all)
  return since === undefined ? {...form, edits} : {...form, edits, change: {before: sweepResult, edits}}
}

/** Places of a reading. */
function throughReading(source: Source, reading: Reading): Pick<Source, 'encodingOf' | 'place'> {
  return {
    encodingOf(start, end) {
      let span: Span = {start, end}
      for (const {edits, place} of reading.stages.toReversed()) {
        const kind = edits && editInside(edits, span.start, span.end)?.kind
        if (kind === 'url' || kind === 'html') return kind
        span = place(span.start, span.end)
      }
      return source.encodingOf(span.start, span.end)
    },
    place(start, end) {
      const span = placeIn(reading, start, end)
      return source.place(span.start, span.end)
    },
  }
}

/** Of what a screen runs together, only tokens with something between their letters: cells of a table make any number. */
function changedInside(reading: Reading): NonNullable<TextView['accepts']> {
  return (rule, start, end) => {
    const span = placeIn(reading, start, end)
    return span.end - span.start > end - start && (rule.joinable || rule.core)
  }
}

/** Runs that no form before had: most are the same in all of them. */
function others({source, runs}: Encoded, before: Set<string>, keep: boolean): Runs {
  const left: number[] = []
  for (let i = 0; i < runs.length; i += 2) {
    const [start = 0, end = 0] = [runs[i], runs[i + 1]]
    const run = source.text.slice(start, end)
    if (before.has(run)) continue
    if (keep) before.add(run)
    left.push(start, end)
  }
  return left
}

function* decodedOf(part: Source, runs: readonly DecodedRun[], work: Work): TextViews {
  let done = 0
  const short: DecodedRun[][] = []
  for (const run of runs) {
    if (work.known.has(run.text)) continue
    work.known.add(run.text)
    if ((done += run.text.length + 64) >= PAUSE_AFTER) {
      done = 0
      yield
    }
    if (runs.length >= MANY && run.text.length < SHORT && run.encoding === 'base64') {
      ;(short[makeOf(run.text)] ??= []).push(run)
      continue
    }
    const {start, end} = part.place(run.start, run.end)
    const outer = part.encodingOf(run.start, run.end)
    const encoding: TextEncoding = outer === '' ? run.encoding : outer
    const inner: Source = {
      text: run.text,
      depth: part.depth + 1,
      limit: run.isRebuilt ? 'rebuilt' : (part.limit ?? (run.encoding === 'decimal' ? 'codes' : undefined)),
      seams: run.seams,
      encodingOf: () => encoding,
      place: () => ({start, end}),
    }
    yield* viewsOf(inner, work)
  }
  for (const alike of short) if (alike !== undefined) yield* viewsOf(gathered(part, alike), work)
}

/** What has to be undone in a text: only those that are alike in this share the work. */
function makeOf(text: string): number {
  return (/[^\x00-\x7f]/.test(text) ? 4 : 0) | (/[\x00-\x1f\x7f]/.test(text) ? 2 : 0) | (/[%&\\]/.test(text) ? 1 : 0)
}

/** From so many on, short pieces are inspected together: noise decodes to hundreds, and each view has its price. */
const MANY = 16
/** No seed phrase is shorter. */
const SHORT = 36
/** Nothing that is looked for reaches over it, and what follows stands at the beginning of a line. */
const APART = `${' '.repeat(17)}\n`

/** Pieces that have nothing to do with each other, as one text. */
function gathered(part: Source, pieces: readonly DecodedRun[]): Source {
  const ends: number[] = []
  let length = 0
  for (const {text} of pieces) ends.push((length += text.length + APART.length))
  const pieceAt = (at: number): DecodedRun | undefined => pieces[countUpTo(ends, at)]
  return {
    text: pieces.map(({text}) => text + APART).join(''),
    depth: part.depth + 1,
    limit: part.limit,
    encodingOf(start) {
      const run = pieceAt(start)
      return run === undefined ? '' : part.encodingOf(run.start, run.end) || run.encoding
    },
    place(start) {
      const run = pieceAt(start)
      return run === undefined ? {start: 0, end: 0} : part.place(run.start, run.end)
    },
  }
}

/** A folded text as it is and with its separators deleted. Returns what the sweep saw in it; adds its runs to `encoded`. */
function* formsOf(
  {source, runs, edits, change}: Form,
  {gate}: Work,
  encoded: Encoded[],
): Generator<TextView | undefined, {readonly flags: number; readonly sweepResult: SweepResult}> {
  const {look, sweep} = gate
  const {limit, seams} = source
  const limited = {...(limit && {limit}), ...(seams && {seams}), ...(source.accepts && {accepts: source.accepts})}
  const {text, encodingOf, place} = source
  const candidates = look(text, (flags) => lineOf(text, flags), change)
  const flags = allFlags(text, sweep.flags)
  const sweepResult =
    flags & (FLAG.control | FLAG.dotted | FLAG.quote | FLAG.beyond | DISGUISED) ? sweep.kept(text) : NOTHING_KEPT
  const hints = change !== undefined ? {edits: change.edits} : sweep.hintCount > 0 ? hintsOf(sweep) : undefined
  noteRuns(source, sweep, encoded, runs, hints)
  const isLong = text.length >= PAUSE_AFTER
  if (isLong) yield
  // before everything else: an encoded phrase may look like a key
  const seeds = gate.seeds.find(text)
  if (seeds.length > 0) yield {text, candidates: NO_CANDIDATES, seeds, encodingOf, place, ...limited}
  if (candidates !== undefined)
    yield {text: lineOf(text, flags), lines: text, candidates, encodingOf, place, ...limited}
  if (isLong) yield
  for (const joined of withoutSeparators(text, {flags, breaks: sweepResult.breaks, edits})) {
    if (joined === undefined) {
      yield
      continue
    }
    const {made, original, encoding} = joined
    const isLong = encoding === ''
    const held = look(made.text, () => made.text, isLong ? {before: sweepResult, edits: made.edits} : undefined)
    // before the view is judged, which may look at other texts
    if (isLong) {
      const whole = {...source, ...through(source, made.edits), text: made.text}
      noteRuns(whole, sweep, encoded, (start, end) => editInside(made.edits, start, end) !== undefined)
    }
    const inside = flags & FLAG.unseen && isLong ? gate.seeds.find(made.text) : NO_SEEDS
    if (held !== undefined || inside.length > 0) {
      yield {
        ...limited,
        ...withDeletions(source, original, made, encoding),
        candidates: held ?? NO_CANDIDATES,
        seeds: inside,
      }
    } else if (isLong) yield
  }
  return {flags, sweepResult}
}

const NONE_KEPT = new Int32Array(0)
/** No other form is made. */
const NOTHING_KEPT: SweepResult = {
  text: '',
  flags: 0,
  ids: NONE_KEPT,
  at: NONE_KEPT,
  from: NONE_KEPT,
  reach: NONE_KEPT,
  breaks: NONE_KEPT,
  shorts: NONE_KEPT,
}

/** The folded text; what is encoded is also decoded as it stands between what folding deletes. `fold`: it, where it is known. */
function* foldedOf(
  form: Form,
  fold: Rewritten | undefined,
  {gate, budget}: Work,
  encoded: Encoded[],
): Generator<undefined, Form> {
  const {source} = form
  const {sweep} = gate
  if (sweep.isAscii(source.text)) return form
  const by = fold ?? (yield* foldSteps(source.text, budget))
  const {text, edits} = by
  if (edits.length === 0) return form
  const flat = sweep.flat(text)
  const result = onlyNew(sweep.runsOf(source.text), form.runs)
  if (result.length > 0) encoded.push({source, runs: result, codes: false, hints: undefined})
  return {
    source: {...source, ...through(source, edits), text: flat, seams: undefined},
    runs: changedBy([edits]),
    by,
  }
}

/** What the edits of one stage after the other changed. */
function changedBy(stages: readonly (readonly Edit[])[]): IsNew {
  const backwards = stages.toReversed()
  return (start, end) => {
    let span: Span = {start, end}
    for (const edits of backwards) {
      if (isTouched(edits, span.start, span.end)) return true
      span = sourceSpan(edits, span.start, span.end)
    }
    return false
  }
}

function noteRuns(
  source: Source,
  sweep: Gate['sweep'],
  encoded: Encoded[],
  isNew: IsNew,
  hints?: Encoded['hints'],
): void {
  const result = onlyNew(sweep.runs.subarray(0, 2 * sweep.runCount), isNew)
  const codes = (sweep.flags & FLAG.codes) !== 0
  if (result.length > 0 || codes || hints !== undefined) encoded.push({source, runs: result, codes, hints})
}

/** A copy. */
function onlyNew(runs: Int32Array, isNew: IsNew): Runs {
  if (isNew === ALL) return runs.slice()
  const left: number[] = []
  for (let i = 0; i < runs.length; i += 2) {
    const [start = 0, end = 0] = [runs[i], runs[i + 1]]
    if (isNew(start, end)) left.push(start, end)
  }
  return left
}

/** Places of a text that was made from `before` by edits. */
function through(before: Source, edits: readonly Edit[]): Pick<Source, 'encodingOf' | 'place'> {
  return {
    encodingOf(start, end) {
      const kind = editInside(edits, start, end)?.kind
      if (kind === 'url' || kind === 'html') return kind
      const span = sourceSpan(edits, start, end)
      return before.encodingOf(span.start, span.end)
    },
    place(start, end) {
      const span = sourceSpan(edits, start, end)
      return before.place(span.start, span.end)
    },
  }
}

function withDeletions(
  before: Source,
  original: string,
  {text, edits}: Joined['made'],
  encoding: TextEncoding,
): Omit<TextView, 'candidates'> {
  const places = through(before, edits)
  return {
    text,
    place: places.place,
    encodingOf: (start, end) => places.encodingOf(start, end) || encoding,
    seams: {has: (at) => hasDeletionAt(edits, at)},
    // Something was deleted inside, the find does not continue a word, and only tokens run on in the next line.
    accepts(rule, start, end) {
      const span = sourceSpan(edits, start, end)
      if (before.accepts?.(rule, span.start, span.end) === false && !rule.joinable) return false
      if (span.end - span.start <= end - start || /[A-Za-z0-9]/.test(original.charAt(span.start - 1))) return false
      if (text.slice(start, end).includes(GAP)) return false
      return rule.joinable || (encoding === '' && !/[\n\r]/.test(original.slice(span.start, span.end)))
    },
  }
}
