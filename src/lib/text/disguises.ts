// What else a reader may make of a text: with escapes undone, as a browser, a terminal or a mail program shows it, as
// characters spell it that no screen shows, each of them in any other. Every scanner takes its readings from here, so that a
// disguise that one of them sees through hides nothing from the others.
import {atOnce} from '../slices.js'
import {undoEscapes} from './escapes.js'
import {hiddenTexts} from './hidden.js'
import {withoutMailEscapes} from './mail.js'
import {hasTagsInWords, withoutMarkup, WORD} from './markup.js'
import {foldSteps, type FoldBudget} from './normalise.js'
import {CUT_REFERENCE} from './references.js'
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
  /** Its normal form, where that was needed on the way to it. */
  readonly folded?: Rewritten | undefined
}

export interface Readings {
  /** Without the text itself, each once. */
  readonly readings: readonly Reading[]
  /** Escapes nested deeper than anybody nests them, or more readings than can be inspected. */
  readonly exhausted: boolean
}

export interface ReadingOptions {
  /** Only those that put words together: tags between words take no letter from them, and most pages have no others. */
  readonly inWords?: boolean
  /** What the text is known to have, of `SIGN`, by whoever has inspected all of it. */
  readonly signs?: number | undefined
  /** The normal form of the text, by whoever has it. */
  readonly folded?: Rewritten | undefined
}

/** What a text has that readers undo. */
export const SIGN = {escapes: 1, terminal: 2, markup: 4, mail: 8, hidden: 16} as const

type Step = 'escapes' | 'mail' | 'terminal' | 'markup'

const HIDING = /[\u202e\udb40]/
/** What each step begins with, and signs that fold to it. */
const SIGNS: readonly (readonly [bit: number, sign: RegExp])[] = [
  [SIGN.escapes, /[%&\\\uff05\uff06\uff3c\ufe60\ufe68\ufe6a]/],
  [SIGN.terminal, /[\x00-\x08\x0e-\x1f\x7f\x9b]/],
  [SIGN.markup, /<[a-zA-Z/!?\u0080-\uffff]|[\uff1c\ufe64]/],
  [
    SIGN.mail,
    /=(?:[0-9A-F]{2}=|(?<=[A-Za-z]=)[2-7][0-9A-F][A-Za-z_]|\r?\n|[?\u0080-\uffff])|[\uff1d\ufe66\u207c\u208c]/,
  ],
  [SIGN.hidden, HIDING],
]
/** One of them is in each of these signs; most texts have none. */
const IN_SIGNS = /[%&\\<=\x00-\x08\x0e-\x1f\x7f-\uffff]/
const ASCII = /^[\x00-\x7f]*$/
const IN_WORD = new RegExp(WORD)
/** Texts hidden in one another, and disguises. */
const MAX_HIDDEN = 3
const MAX_ROUNDS = 6

const LOOSE: Readonly<Record<Exclude<Step, 'escapes'>, (text: string) => Rewritten | undefined>> = {
  mail: withoutMailEscapes,
  terminal: withoutControlSequences,
  markup: withoutMarkup,
}

const LOOSE_STEPS = ['mail', 'terminal', 'markup'] as const

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

/** What of `SIGN` a text has; 0 says that it has no other reading. */
export function signsIn(text: string): number {
  let signs = 0
  if (!IN_SIGNS.test(text)) return signs
  for (const [bit, sign] of SIGNS) if (sign.test(text)) signs |= bit
  return signs
}

/** Without the sign of markup where only words count and no tag is in one. */
function markedIn(text: string, signs: number, inWords: boolean): number {
  return inWords && (signs & SIGN.markup) !== 0 && ASCII.test(text) && !hasTagsInWords(text)
    ? signs & ~SIGN.markup
    : signs
}

const NO_READINGS: Readings = {readings: [], exhausted: false}

export function readingsOf(text: string, options: ReadingOptions = {}): Readings {
  return atOnce(readingSteps(text, options))
}

/** The same in steps: a text that was made for it has many readings. */
export function* readingSteps(text: string, options: ReadingOptions = {}): Generator<undefined, Readings> {
  const {inWords = false, folded} = options
  const signs = markedIn(text, options.signs ?? signsIn(text), inWords)
  if (signs === 0) return NO_READINGS
  // nearly all texts: escapes, and nothing else in them or behind them
  if (signs === SIGN.escapes && ASCII.test(text)) {
    const {rounds, exhausted} = undoEscapes(text)
    const last = rounds.at(-1)?.text
    if (last === undefined) return NO_READINGS
    if (!exhausted && ASCII.test(last) && markedIn(last, signsIn(last), inWords) <= SIGN.escapes) {
      return {readings: [escaped(textItself(text), rounds)], exhausted: false}
    }
  }
  // pages and mail: one other disguise, and nothing in it or behind it
  if (text.length < PAUSE_FROM && ASCII.test(text)) {
    const only = onlyReading(text, signs, inWords)
    if (only !== undefined) return only
  }
  const budget: Budget = {bytes: 16 * text.length + 65_536, characters: 32 * text.length + 65_536}
  const undo = createUndo(budget, inWords)
  const signsKnown = new Map([[text, signs]])
  const signsOf = (of: string): number => {
    const before = signsKnown.get(of)
    if (before !== undefined) return before
    const result = markedIn(of, signsIn(of), inWords)
    signsKnown.set(of, result)
    return result
  }
  if (folded !== undefined) undo.keep(text, folded)
  const readings: Reading[] = []
  // texts that fold to the same are the same to every scanner
  // of a long text the same reading twice costs less than the normal form of each
  const keyOf = (of: string): string => (of.length < PAUSE_FROM ? atOnce(undo.fold(of)).text : of)
  const known = new Set([text, keyOf(text)])
  const add = (reading: Reading): boolean => {
    const key = keyOf(reading.text)
    if (known.has(key)) return false
    known.add(key)
    budget.characters -= reading.text.length
    readings.push({...reading, folded: undo.folded(reading.text)})
    return true
  }
  const take = function* (from: Reading, depth: number): Generator<undefined, void> {
    const visited: Reading[] = [from]
    for (const start of yield* undo.starts(from)) {
      const walked = new Set<string>()
      // what one way makes may begin what another undoes
      if (start.text.length >= PAUSE_FROM) yield
      let undone = 0
      for (let present = signsOf(start.text); (present & ~undone) !== 0;) {
        undone = present
        if (budget.characters < 0) break
        for (const way of WAYS) {
          const steps = way.filter((step) => (SIGN[step] & undone) !== 0)
          const name = steps.join()
          if (steps.length === 0 || walked.has(name)) continue
          walked.add(name)
          for (const reading of yield* walk(start, steps, undo)) {
            present |= signsOf(reading.text)
            if (add(reading)) visited.push(reading)
          }
        }
      }
    }
    if (depth === MAX_HIDDEN) return
    for (const before of visited) {
      for (const {text: inner, kind, place} of hiddenTexts(before.text)) {
        const stages = [...before.stages, {place, edits: undefined}]
        const isTags = kind === 'tags' && before.stages.length === 0
        const reading: Reading = {...before, text: inner, stages, kind: isTags ? 'tags' : 'decoded'}
        if (add(reading)) yield* take(reading, depth + 1)
      }
    }
  }
  yield* take(textItself(text), 1)
  return {readings, exhausted: undo.isExhausted() || budget.bytes < 0 || budget.characters < 0}
}

/** The readings of an ASCII text with one sign other than escapes; undefined where what is left may hide more. */
function onlyReading(text: string, signs: number, inWords: boolean): Readings | undefined {
  const step = LOOSE_STEPS.find((one) => SIGN[one] === signs)
  if (step === undefined) return undefined
  const shown = LOOSE[step](text)
  if (shown === undefined || shown.text === text || (inWords && !joinsWords(shown))) return NO_READINGS
  if (!ASCII.test(shown.text) || markedIn(shown.text, signsIn(shown.text), inWords) !== 0) return undefined
  const kind = step === 'mail' ? 'decoded' : 'displayed'
  const reading: Reading = {text: shown.text, stages: [stageOf(shown.edits)], kind, isLoose: true}
  return {readings: [reading], exhausted: false}
}

/** What the readings of one text may cost; below zero it is used up. */
interface Budget extends FoldBudget {
  /** Of all readings together. */
  characters: number
}

function textItself(text: string): Reading {
  return {text, stages: [], kind: 'decoded', isLoose: false}
}

/** What each step makes of a text. Ways share most of their texts, so each is made once. */
interface Undo {
  /** The same reading where the step changes nothing. */
  step(from: Reading, step: Step): Generator<undefined, Reading>
  fold(text: string): Generator<undefined, Rewritten>
  /** What a text folds to, where it was folded. */
  folded(text: string): Rewritten | undefined
  /** What a text folds to, for whoever knows. */
  keep(text: string, folded: Rewritten): void
  /** The text without characters that folding deletes, which may stand inside of an escape; as it is where that matters. */
  starts(reading: Reading): Generator<undefined, readonly Reading[]>
  /** Escapes are nested too deep. */
  isExhausted(): boolean
}

const UNCHANGED: readonly Rewritten[] = []
/** Shorter texts are read without a pause. */
const PAUSE_FROM = 4_096

function createUndo(budget: Budget, inWords: boolean): Undo {
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
  const loose = (step: Exclude<Step, 'escapes'>, text: string): readonly Rewritten[] => {
    const one = LOOSE[step](text)
    return one === undefined || (inWords && !joinsWords(one)) ? UNCHANGED : [one]
  }
  const fold = function* (text: string): Generator<undefined, Rewritten> {
    const [before] = known.fold.get(text) ?? []
    if (before !== undefined) return before
    const folded = yield* foldSteps(text, budget)
    known.fold.set(text, [folded])
    return folded
  }
  return {
    *step(from, step) {
      const before = known[step].get(from.text)
      if (before === undefined && from.text.length >= PAUSE_FROM) yield
      const rounds = before ?? (step === 'escapes' ? escapes(from.text) : loose(step, from.text))
      if (before === undefined) known[step].set(from.text, rounds)
      const last = rounds.at(-1)
      if (last === undefined) return from
      if (step === 'escapes') return escaped(from, rounds)
      const isShown = step !== 'mail' && (from.stages.length === 0 || from.kind === 'displayed')
      const stages = [...from.stages, stageOf(last.edits)]
      return {text: last.text, stages, kind: isShown ? 'displayed' : 'decoded', isLoose: true}
    },
    fold,
    folded: (text) => known.fold.get(text)?.[0],
    keep: (text, folded) => void known.fold.set(text, [folded]),
    *starts(from) {
      const {text, edits} = yield* fold(from.text)
      if (edits.length === 0) return [from]
      const folded = {...from, text, stages: [...from.stages, stageOf(edits)]}
      // what is hidden is folded away, and a reference may end where a character is
      return HIDING.test(from.text) || CUT_REFERENCE.test(from.text) ? [from, folded] : [folded]
    },
    isExhausted: () => isExhausted,
  }
}

function escaped(from: Reading, rounds: readonly Rewritten[]): Reading {
  const stages = [...from.stages, ...rounds.map(({edits}) => stageOf(edits))]
  return {...from, text: rounds.at(-1)?.text ?? from.text, stages, kind: 'decoded'}
}

/** Takes the steps of one way to its end: the text there, and any before it that shows something hidden. */
function* walk(from: Reading, way: readonly Step[], undo: Undo): Generator<undefined, readonly Reading[]> {
  const readings: Reading[] = []
  let at = from
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = at
    for (const step of way) {
      const earlier = at
      at = yield* undo.step(at, step)
      // what is left when tags are gone may be a sign that looks like a tag
      if (step === 'markup' && at !== earlier) readings.push(at)
    }
    if (at === before) {
      // characters that folding deletes may stand inside of an escape
      const {text, edits} = yield* undo.fold(at.text)
      if (edits.length === 0 || signsIn(text) === 0) break
      at = {...at, text, stages: [...at.stages, stageOf(edits)]}
      continue
    }
    if (hiddenTexts(at.text).length > 0) readings.push(at)
  }
  if (at !== from) readings.push(at)
  return readings
}

function joinsWords({text, edits}: Rewritten): boolean {
  return edits.some((edit) => isInWord(text, edit))
}

/** Something of a word was made here, or its parts were joined; a space or a line end makes none. */
function isInWord(text: string, {outStart, outEnd}: Edit): boolean {
  if (outStart !== outEnd) return IN_WORD.test(text.slice(outStart, outEnd))
  return IN_WORD.test(text.charAt(outStart - 1)) && IN_WORD.test(text.charAt(outEnd))
}

function stageOf(edits: readonly Edit[]): Stage {
  return {edits, place: (start, end) => sourceSpan(edits, start, end)}
}

/** Where a piece of a reading stands in the text given. */
export function placeIn({stages}: Reading, start: number, end: number): Span {
  let span: Span = {start, end}
  for (let i = stages.length - 1; i >= 0; i--) span = stages[i]?.place(span.start, span.end) ?? span
  return span
}
