// What else a reader may make of a text: with escapes undone, as a browser, a terminal or a mail program shows it, as
// characters spell it that no screen shows, each of them in any other. Every scanner takes its readings from here, so that a disguise that one of
// them sees through hides nothing from the others.
import {undoEscapes} from './escapes.js'
import {hiddenTexts} from './hidden.js'
import {withoutMailEscapes} from './mail.js'
import {withoutMarkup} from './markup.js'
import {foldForDlp, type FoldBudget} from './normalise.js'
import {sourceSpan, type Edit, type Rewritten, type Span} from './rewritten.js'
import {withoutControlSequences} from './control-sequences.js'

/** One step from a text to the next. */
export interface Stage {
  /** Where a piece of the text stands in the one before. */
  place(start: number, end: number): Span
  /** What was replaced; undefined where the text is made of single characters of the one before. */
  readonly edits: readonly Edit[] | undefined
}

export interface Reading {
  readonly text: string
  /** From the text given to this one. */
  readonly stages: readonly Stage[]
  /** Which disguise it was, where it was one alone; `decoded` for escapes and for several in one another. */
  readonly kind: 'decoded' | 'displayed' | 'tags'
  /** It also joins or cuts what others read as it is written: only a match that was changed inside is one. */
  readonly isLoose: boolean
  /** Something was deleted between letters of one word; false only for loose readings that leave every word as it was. */
  readonly joinsWords: boolean
}

export interface Readings {
  /** Without the text itself, each once. */
  readonly readings: readonly Reading[]
  /** Escapes nested deeper than anybody nests them, or letters that unfold to many times the text. */
  readonly exhausted: boolean
}

const NO_READINGS: Readings = {readings: [], exhausted: false}
// with the signs that fold to one of those that escapes and tags begin with
const MAY_BE_DISGUISED =
  /[%&\\\x00-\x08\x0e-\x1f\x7f\x9b\u202e\udb40\uff05\uff06\uff1c\uff1d\uff3c\ufe60\ufe64\ufe66\ufe68\ufe6a\u207c\u208c]|<[a-z/!?]|=(?:[0-9a-f]{2}|\r?\n|\?)/i
const ASCII = /^[\x00-\x7f]*$/
const WORD = /[A-Za-z0-9_+/%&\\\u0080-\uffff-]/
/** Texts hidden in one another, and disguises. */
const MAX_HIDDEN = 3
const MAX_ROUNDS = 6

type Step = 'escapes' | 'mail' | 'terminal' | 'markup'
const LOOSE: Readonly<Record<Exclude<Step, 'escapes'>, (text: string) => Rewritten | undefined>> = {
  mail: withoutMailEscapes,
  terminal: withoutControlSequences,
  markup: withoutMarkup,
}

/**
 * The steps that readers take together, again and again until the text stays as it is. Escapes alone come first: markup may be
 * what is escaped, or what an escape makes. A value of a form may look like an escape of mail.
 */
const WAYS: readonly (readonly Step[])[] = [
  ['escapes'],
  ['terminal', 'escapes'],
  ['escapes', 'terminal'],
  ['markup', 'terminal', 'escapes'],
  ['terminal', 'escapes', 'markup'],
  ['mail', 'terminal', 'escapes'],
  ['mail', 'terminal', 'escapes', 'markup'],
]

/** Whether a text may have another reading; says no only where it has none. */
export function mayBeDisguised(text: string): boolean {
  return MAY_BE_DISGUISED.test(text)
}

export function readingsOf(text: string): Readings {
  if (!mayBeDisguised(text)) return NO_READINGS
  const budget: FoldBudget = {bytes: 16 * text.length + 65_536}
  const undo = createUndo(budget)
  const readings: Reading[] = []
  // texts that fold to the same are the same to every scanner
  const known = new Set([undo.fold(text).text])
  const add = (reading: Reading): boolean => {
    const key = undo.fold(reading.text).text
    const isNew = !known.has(key)
    if (isNew) readings.push(reading)
    known.add(key)
    return isNew
  }
  const take = (from: Reading, depth: number): void => {
    const seen: Reading[] = [from]
    for (const start of undo.starts(from)) {
      for (const way of WAYS) for (const reading of walk(start, way, undo)) if (add(reading)) seen.push(reading)
    }
    if (depth === MAX_HIDDEN) return
    for (const before of seen) {
      for (const {text: inner, kind, place} of hiddenTexts(before.text)) {
        const stages = [...before.stages, {place, edits: undefined}]
        const isTags = kind === 'tags' && before.stages.length === 0
        const reading: Reading = {...before, text: inner, stages, kind: isTags ? 'tags' : 'decoded', joinsWords: true}
        if (add(reading)) take(reading, depth + 1)
      }
    }
  }
  take({text, stages: [], kind: 'decoded', isLoose: false, joinsWords: true}, 1)
  return {readings, exhausted: undo.isExhausted() || budget.bytes < 0}
}

/** What each step makes of a text. Ways share most of their texts, so each is made once. */
interface Undo {
  /** Ascending stages; none where the step changes nothing. */
  step(step: Step, text: string): readonly Rewritten[]
  fold(text: string): Rewritten
  /** The text, and without characters that folding deletes: they may stand inside of an escape. */
  starts(reading: Reading): readonly Reading[]
  /** Escapes are nested too deep. */
  isExhausted(): boolean
}

const UNCHANGED: readonly Rewritten[] = []

function createUndo(budget: FoldBudget): Undo {
  const known: Record<Step | 'fold', Map<string, readonly Rewritten[]>> = {
    escapes: new Map(),
    mail: new Map(),
    terminal: new Map(),
    markup: new Map(),
    fold: new Map(),
  }
  let isExhausted = false
  const escapes = (text: string): readonly Rewritten[] => {
    const {rounds, exhausted} = undoEscapes(text)
    isExhausted ||= exhausted
    const last = rounds.at(-1)
    // the last round made sure that nothing is left
    if (last !== undefined) known.escapes.set(last.text, UNCHANGED)
    return rounds
  }
  const made = (step: Step | 'fold', text: string): readonly Rewritten[] => {
    if (step === 'escapes') return escapes(text)
    const one = step === 'fold' ? foldForDlp(text, budget) : LOOSE[step](text)
    return one === undefined ? UNCHANGED : [one]
  }
  const step = (name: Step | 'fold', text: string): readonly Rewritten[] => {
    const before = known[name].get(text)
    if (before !== undefined) return before
    const rounds = made(name, text)
    known[name].set(text, rounds)
    return rounds
  }
  const fold = (text: string): Rewritten =>
    ASCII.test(text) ? {text, edits: NO_EDITS} : (step('fold', text)[0] ?? {text, edits: NO_EDITS})
  return {
    step,
    fold,
    starts(from) {
      const {text, edits} = fold(from.text)
      return edits.length === 0 ? [from] : [from, {...from, text, stages: [...from.stages, stageOf(edits)]}]
    },
    isExhausted: () => isExhausted,
  }
}

/** Takes the steps of one way to its end: the text there, and any before it that shows something hidden. */
function walk(from: Reading, way: readonly Step[], undo: Undo): readonly Reading[] {
  const readings: Reading[] = []
  let at = from
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = at
    for (const step of way) {
      const earlier = at
      at = taken(at, step, undo)
      // what is left when tags are gone may be a sign that looks like a tag
      if (step === 'markup' && at !== earlier) readings.push(at)
    }
    if (at === before) {
      // characters that folding deletes may stand inside of an escape
      const {text, edits} = undo.fold(at.text)
      if (edits.length === 0 || !mayBeDisguised(text)) break
      at = {...at, text, stages: [...at.stages, stageOf(edits)]}
      continue
    }
    if (hiddenTexts(at.text).length > 0) readings.push(at)
  }
  if (at !== from) readings.push(at)
  return readings
}

/** The same reading where the step changes nothing. */
function taken(from: Reading, step: Step, undo: Undo): Reading {
  const rounds = undo.step(step, from.text)
  const last = rounds.at(-1)
  if (last === undefined) return from
  const stages = [...from.stages, ...rounds.map(({edits}) => stageOf(edits))]
  if (step === 'escapes') return {...from, text: last.text, stages, kind: 'decoded'}
  const isShown = step !== 'mail' && (from.stages.length === 0 || from.kind === 'displayed')
  const joinsWords = (from.isLoose && from.joinsWords) || last.edits.some((edit) => isInWord(last.text, edit))
  return {text: last.text, stages, kind: isShown ? 'displayed' : 'decoded', isLoose: true, joinsWords}
}

/** Something of a word was made here, or its parts were joined; a space or a line end makes none. */
function isInWord(text: string, {outStart, outEnd}: Edit): boolean {
  if (outStart !== outEnd) return WORD.test(text.slice(outStart, outEnd))
  return WORD.test(text.charAt(outStart - 1)) && WORD.test(text.charAt(outEnd))
}

const NO_EDITS: readonly Edit[] = []

function stageOf(edits: readonly Edit[]): Stage {
  return {edits, place: (start, end) => sourceSpan(edits, start, end)}
}

/** Where a piece of a reading stands in the text given. */
export function placeIn({stages}: Reading, start: number, end: number): Span {
  let span: Span = {start, end}
  for (let i = stages.length - 1; i >= 0; i--) span = stages[i]?.place(span.start, span.end) ?? span
  return span
}
