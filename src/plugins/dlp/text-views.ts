// The views of a text in which every rule is looked for, in reporting order (scanning §4, §5.1): as written, with line ends
// deleted, with escapes undone, with dots or quotes between pieces deleted, and whatever encoded runs hold, to depth three.
// Each knows where its parts stand in the text given.
import {undoEscapes} from '../../lib/escapes.js'
import {decodedRuns, type DecodeBudget, type RunEncoding} from '../../lib/encoded-runs.js'
import {normalForms} from '../../lib/normalise.js'
import {editInside, hasDeletionAt, makeRewriter, sourceSpan, type Edit, type Span} from '../../lib/rewritten.js'
import type {View} from './match.js'
import type {Rule} from './rules.js'

export type TextEncoding =
  '' | 'url' | 'base64' | 'hex' | 'base32' | 'subdomain' | 'split' | 'env' | 'html' | 'decimal' | 'concat'

export interface TextView extends View {
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

export function* textViews(text: string, budget: DecodeBudget): Generator<TextView, undefined> {
  yield* viewsOf(
    {text, depth: 0, coreOnly: false, encodingOf: () => '', place: (start, end) => ({start, end})},
    budget,
    new Set(),
  )
}

function* viewsOf(source: Source, budget: DecodeBudget, seen: Set<string>): Generator<TextView, undefined> {
  const unescaped = withoutEscapes(source, budget)
  yield* formsOf(source)
  if (unescaped !== undefined) yield* formsOf(unescaped)
  if (source.depth >= MAX_DEPTH) return
  for (const part of unescaped === undefined ? [source] : [source, unescaped]) {
    yield* decodedOf(part, budget, seen)
    const {joined} = normalForms(part.text)
    if (joined === undefined) continue
    // a text broken into lines, as mail does it
    const {edits, text} = joined
    yield* decodedOf({...part, ...through(part, edits), text}, budget, seen)
  }
}

function* decodedOf(part: Source, budget: DecodeBudget, seen: Set<string>): Generator<TextView, undefined> {
  for (const run of decodedRuns(part.text, budget)) {
    if (seen.has(run.text)) continue
    seen.add(run.text)
    const {start, end} = part.place(run.start, run.end)
    const outer = part.encodingOf(run.start, run.end)
    const encoding: TextEncoding = outer === '' ? ENCODING[run.encoding] : outer
    const inner: Source = {
      text: run.text,
      depth: part.depth + 1,
      coreOnly: part.coreOnly || run.encoding === 'decimal',
      encodingOf: () => encoding,
      place: () => ({start, end}),
    }
    yield* viewsOf(inner, budget, seen)
  }
}

const ENCODING: Readonly<Record<RunEncoding, TextEncoding>> = {
  base64: 'base64',
  hex: 'hex',
  base32: 'base32',
  decimal: 'decimal',
}

function withoutEscapes(source: Source, budget: DecodeBudget): Source | undefined {
  const {rounds, exhausted} = undoEscapes(source.text)
  if (exhausted) budget.attempts = -1
  let at = source
  for (const {text, edits} of rounds) at = {...at, ...through(at, edits), text}
  return rounds.length === 0 ? undefined : at
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

const INNER_DOT = /(?<=[A-Za-z0-9_-])\.+(?=[A-Za-z0-9_-])/g
/** String literals that a program puts together, and neighbours in a list. */
const BETWEEN_QUOTES = /(?<=[A-Za-z0-9_./+=-])["'`]\s{0,8}[+.,&]?\s{0,8}["'`](?=[A-Za-z0-9_./+=-])/g

function* formsOf(source: Source): Generator<TextView, undefined> {
  const {folded, line, joined} = normalForms(source.text)
  const base: Source = line.edits.length === 0 ? source : {...source, ...through(source, line.edits)}
  const limited = source.coreOnly ? {coreOnly: true as const} : {}
  const {encodingOf, place} = base
  yield {text: line.text, encodingOf, place, ...limited}
  if (joined !== undefined) yield {...withDeletions(base, folded, joined.text, joined.edits), ...limited}
  for (const [expression, encoding] of [
    [INNER_DOT, 'subdomain'],
    [BETWEEN_QUOTES, 'concat'],
  ] as const) {
    const rewriter = makeRewriter(line.text)
    expression.lastIndex = 0
    for (let hit = expression.exec(line.text); hit !== null; hit = expression.exec(line.text)) {
      rewriter.replace(hit.index, hit.index + hit[0].length, '')
    }
    const {text, edits} = rewriter.done()
    if (edits.length > 0) yield {...withDeletions(base, line.text, text, edits, encoding), ...limited}
  }
}

function withDeletions(
  before: Source,
  original: string,
  text: string,
  edits: readonly Edit[],
  encoding: TextEncoding = '',
): TextView {
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
      return rule.joinable || (encoding === '' && !/[\n\r]/.test(original.slice(span.start, span.end)))
    },
  }
}
