// The views of a text in which every rule is looked for, in reporting order (scanning §4, §5.1): as written, with line ends
// deleted, with escapes undone, with dots or quotes between pieces deleted, and whatever encoded runs hold, to depth three.
// Each knows where its parts stand in the text given. What the sweep does not see in a text, no view is made for; views of
// joined pieces hold the pieces alone.
import {decodeRuns, decodeSeparated, type DecodeBudget, type DecodedRun, type Runs} from '../../lib/encoded-runs.js'
import {undoEscapes} from '../../lib/escapes.js'
import {foldForDlp} from '../../lib/normalise.js'
import {editInside, hasDeletionAt, makeRewriter, sourceSpan, type Edit, type Span} from '../../lib/rewritten.js'
import type {Gate, Sight} from './gate.js'
import type {View} from './match.js'
import type {Rule} from './rules.js'
import type {SeedPhrase} from './seed-phrases.js'
import {FLAG} from './sweep.js'

export type TextEncoding =
  '' | 'url' | 'base64' | 'hex' | 'base32' | 'subdomain' | 'split' | 'env' | 'html' | 'decimal' | 'concat'

export interface TextView extends View {
  /** What it could hold; views that could hold nothing are not handed out. */
  readonly sight: Sight
  /** Seed phrases in it. */
  readonly seeds?: readonly SeedPhrase[]
  /** How a piece of the view is hidden in the text given. */
  encodingOf(start: number, end: number): TextEncoding
  /** Its place in the text given. */
  place(start: number, end: number): Span
  /** Whether a find counts here, where the text was put together from pieces. */
  readonly accepts?: (rule: Rule, start: number, end: number) => boolean
  /** Numbers read as characters: only for known values and the core rules. */
  readonly coreOnly?: true
}

const MAX_DEPTH = 3

/** A text to make views of: the input, its unescaped form, or what an encoded run holds. */
interface Source {
  readonly text: string
  readonly depth: number
  readonly coreOnly: boolean
  encodingOf(start: number, end: number): TextEncoding
  place(start: number, end: number): Span
}

type Eyes = Pick<Gate, 'look' | 'sweep' | 'seeds'>

const NO_SIGHT: Sight = {rules: new Map(), needles: []}

/** What the views of one text share. */
interface Work {
  readonly gate: Eyes
  readonly budget: DecodeBudget
  /** Decoded texts already looked at. */
  readonly seen: Set<string>
}

const IDENTITY: Pick<Source, 'encodingOf' | 'place'> = {
  encodingOf: () => '',
  place: (start, end) => ({start, end}),
}

export function* textViews(text: string, budget: DecodeBudget, gate: Eyes): Generator<TextView, undefined> {
  yield* viewsOf({text, depth: 0, coreOnly: false, ...IDENTITY}, {gate, budget, seen: new Set()})
}

/** Runs to decode, with the text in which they stand. */
interface Encoded {
  readonly source: Source
  readonly runs: Runs
  /** Short numbers or pairs of hex digits stand in it. */
  readonly codes: boolean
}

function* viewsOf(source: Source, work: Work): Generator<TextView, undefined> {
  const encoded: Encoded[] = []
  const flags = yield* formsOf(source, work, encoded)
  if (flags & FLAG.escape) {
    const {rounds, exhausted} = undoEscapes(source.text)
    if (exhausted) work.budget.attempts = -1
    let at = source
    for (const {text, edits} of rounds) at = {...at, ...through(at, edits), text}
    if (rounds.length > 0) yield* formsOf(at, work, encoded)
  }
  if (source.depth >= MAX_DEPTH) return
  for (const part of encoded) {
    yield* decodedOf(part.source, decodeRuns(part.source.text, part.runs, work.budget), work)
    if (part.codes) yield* decodedOf(part.source, decodeSeparated(part.source.text, work.budget), work)
  }
}

function* decodedOf(part: Source, runs: readonly DecodedRun[], work: Work): Generator<TextView, undefined> {
  const short: DecodedRun[] = []
  for (const run of runs) {
    if (work.seen.has(run.text)) continue
    work.seen.add(run.text)
    if (runs.length >= MANY && run.text.length < SHORT && run.encoding === 'base64') {
      short.push(run)
      continue
    }
    const {start, end} = part.place(run.start, run.end)
    const outer = part.encodingOf(run.start, run.end)
    const encoding: TextEncoding = outer === '' ? run.encoding : outer
    const inner: Source = {
      text: run.text,
      depth: part.depth + 1,
      coreOnly: part.coreOnly || run.encoding === 'decimal',
      encodingOf: () => encoding,
      place: () => ({start, end}),
    }
    yield* viewsOf(inner, work)
  }
  if (short.length > 0) yield* viewsOf(gathered(part, short), work)
}

/** From so many on, short pieces are looked at together: noise decodes to hundreds, and each view has its price. */
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
    coreOnly: part.coreOnly,
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

/** How many of the ascending numbers are not above one. */
function countUpTo(numbers: readonly number[], most: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= most) low = middle + 1
    else high = middle
  }
  return low
}

const CONTROL = /[\x00-\x1f\x7f-\x9f]/g
const NOT_BLANK = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/
const CONTROL_RUN = /[\x00-\x1f\x7f-\x9f]+/g

/** A text as it is and with its separators deleted. Returns what the sweep says of it; adds its runs to `encoded`. */
function* formsOf(source: Source, {gate, seen}: Work, encoded: Encoded[]): Generator<TextView, number> {
  const {look, sweep} = gate
  const limited = source.coreOnly ? {coreOnly: true as const} : {}
  let sight = look(source.text)
  let {flags} = sweep
  let base = source
  noteRuns(source, sweep, encoded)
  if (flags & FLAG.beyond) {
    const {text, edits} = foldForDlp(source.text)
    if (edits.length > 0) {
      base = {...source, ...through(source, edits), text}
      sight = look(text)
      noteRuns(base, sweep, encoded)
    }
    flags |= sweep.flags
    // C1 controls: rare enough to look for
    if (/[\x80-\x9f]/.test(text)) flags |= FLAG.control
  }
  const {text, encodingOf, place} = base
  // before everything else: an encoded phrase may look like a key
  const seeds = gate.seeds.find(text)
  if (seeds.length > 0) yield {text, sight: NO_SIGHT, seeds, encodingOf, place, ...limited}
  const line = flags & FLAG.control && (sight !== undefined || flags & FLAG.quote) ? text.replace(CONTROL, ' ') : text
  if (sight !== undefined) yield {text: line, lines: text, sight, encodingOf, place, ...limited}
  for (const {made, original, encoding} of withoutSeparators(text, line, flags)) {
    const joined = withDeletions(base, original, made, encoding)
    if (seen.has(made.text)) continue
    seen.add(made.text)
    const held = look(made.text)
    if (encoding === '') noteRuns({...base, ...through(base, made.edits), text: made.text}, sweep, encoded)
    if (held !== undefined) yield {...joined, sight: held, ...limited}
  }
  return flags
}

function noteRuns(source: Source, {runCount, runs, flags}: Gate['sweep'], encoded: Encoded[]): void {
  const codes = (flags & FLAG.codes) !== 0
  if (runCount > 0 || codes) encoded.push({source, runs: runs.slice(0, 2 * runCount), codes})
}

interface Joined {
  readonly made: {readonly text: string; readonly edits: readonly Edit[]}
  readonly original: string
  readonly encoding: TextEncoding
}

/** Stands between pieces that have nothing to do with each other. */
const GAP = '\0'
// Each begins only where its first run begins: tried at every place of a long run, they would be quadratic.
const LINES_OF_TOKENS = /(?<![^\x00-\x20\x7f-\x9f])[^\x00-\x20\x7f-\x9f]+(?:[\t\n\r]+[^\x00-\x20\x7f-\x9f]+)+/g
const DOTTED = /(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]+(?:\.+[A-Za-z0-9_+/=-]+)+/g
const DOTS = /\.+/g
/** String literals that a program puts together, and neighbours in a list. */
const LITERALS = /(?<![A-Za-z0-9_./+=-])[A-Za-z0-9_./+=-]+(?:["'`]\s{0,8}[+.,&]?\s{0,8}["'`][A-Za-z0-9_./+=-]+)+/g
const BETWEEN_LITERALS = /["'`]\s{0,8}[+.,&]?\s{0,8}["'`]/g

function* withoutSeparators(text: string, line: string, flags: number): Generator<Joined> {
  if (flags & FLAG.control) {
    // between words only tokens run on; other controls may stand inside anything
    const made = NOT_BLANK.test(text) ? deleted(text, CONTROL_RUN) : piecesOf(text, LINES_OF_TOKENS, CONTROL_RUN)
    if (made !== undefined) yield {made, original: text, encoding: ''}
  }
  if (flags & FLAG.dotted) {
    const made = piecesOf(line, DOTTED, DOTS)
    if (made !== undefined) yield {made, original: line, encoding: 'subdomain'}
  }
  if (flags & FLAG.quote) {
    const made = piecesOf(line, LITERALS, BETWEEN_LITERALS)
    if (made !== undefined) yield {made, original: line, encoding: 'concat'}
  }
}

function deleted(text: string, separators: RegExp): Joined['made'] {
  const rewriter = makeRewriter(text)
  separators.lastIndex = 0
  for (let hit = separators.exec(text); hit !== null; hit = separators.exec(text)) {
    rewriter.replace(hit.index, hit.index + hit[0].length, '')
  }
  return rewriter.done()
}

const MIN_PIECE = 8

/** The pieces alone, without their separators, with a gap where anything else stood. */
function piecesOf(text: string, pieces: RegExp, separators: RegExp): Joined['made'] | undefined {
  const rewriter = makeRewriter(text)
  let end = 0
  pieces.lastIndex = 0
  for (let hit = pieces.exec(text); hit !== null; hit = pieces.exec(text)) {
    const [piece] = hit
    if (piece.length < MIN_PIECE) continue
    if (hit.index > end) rewriter.replace(end, hit.index, GAP)
    separators.lastIndex = 0
    for (let inner = separators.exec(piece); inner !== null; inner = separators.exec(piece)) {
      rewriter.replace(hit.index + inner.index, hit.index + inner.index + inner[0].length, '')
    }
    end = hit.index + piece.length
  }
  if (end === 0) return undefined
  if (end < text.length) rewriter.replace(end, text.length, GAP)
  return rewriter.done()
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
): Omit<TextView, 'sight'> {
  const places = through(before, edits)
  return {
    text,
    place: places.place,
    encodingOf: (start, end) => places.encodingOf(start, end) || encoding,
    seams: {has: (at) => hasDeletionAt(edits, at)},
    // Something was deleted inside, the find does not continue a word, and only tokens run on in the next line (§4.2).
    accepts(rule, start, end) {
      const span = sourceSpan(edits, start, end)
      if (span.end - span.start <= end - start || /[A-Za-z0-9]/.test(original.charAt(span.start - 1))) return false
      if (text.slice(start, end).includes(GAP)) return false
      return rule.joinable || (encoding === '' && !/[\n\r]/.test(original.slice(span.start, span.end)))
    },
  }
}
