// Which phrases may match a text, and where: one loop over the letters of a text drives the automaton of all trigger words,
// and keeps for every chain how far it has come. It may name too much, never too little.
import {once} from '../../lib/once.js'
import {UnitBuffer} from '../../lib/text/units.js'
import {lettersOf, type Letters} from './letter-folds.js'
import {windowsOf, type Window} from './windows.js'
import {triggerMachine, ONE, BAR, SKIP, SPECIAL, type TriggerMachine} from './trigger-machine.js'
import type {Phrase} from './phrases.js'

export interface Candidate {
  readonly phrase: Phrase
  /** Every match of the phrase is within one of them. */
  readonly windows: readonly Window[]
}

/** How a text is read: as it stands, with its letters rotated by 13, from its end. */
export type Order = 'forward' | 'rotated' | 'backward'

export interface Triggers {
  /** Phrases in their order; with 'rotated' and 'backward' the windows say nothing. */
  candidates(text: string, order?: Order): readonly Candidate[]
}

const MOST_ASCII = 0x7f
const NEVER = -0x3fff_ffff
const NONE: readonly Candidate[] = []
/** By the index of a phrase: where its chain was complete; undefined: everything has to be inspected. */
type Candidates = Map<number, number[] | undefined>

const known = new WeakMap<readonly Phrase[], Triggers>()

/** The same triggers for the same array: their tables are scratch space of one call of `candidates`. */
export function triggersOf(phrases: readonly Phrase[]): Triggers {
  const triggers = known.get(phrases) ?? createTriggers(phrases)
  known.set(phrases, triggers)
  return triggers
}

function createTriggers(phrases: readonly Phrase[]): Triggers {
  const latin = triggerMachine(phrases, true)
  const scanLatin = createRun(latin, phrases)
  // most processes meet no other letters before they are ready
  const scanOthers = once(() => createRun(triggerMachine(phrases, false), phrases))
  const buffer = new UnitBuffer()
  return {
    candidates(text, order = 'forward') {
      const results: Candidates = new Map()
      const units = buffer.load(text)
      const isAscii = scanLatin(text, units, order, results)
      // rotation is of Latin letters
      if (order !== 'rotated' && !isAscii) scanOthers()(text, units, order, results)
      if (results.size === 0) return NONE
      let letters: Letters | undefined
      return [...results.entries()]
        .sort(([a], [b]) => a - b)
        .flatMap(([index, ends]) => {
          const phrase = phrases[index]
          if (phrase === undefined) return []
          if (order !== 'forward') return [{phrase, windows: [{start: 0, end: text.length}]}]
          const windows = windowsOf(ends, phrase, text, () => (letters ??= lettersOf(text)))
          return windows.length === 0 ? [] : [{phrase, windows}]
        })
    },
  }
}

/** Readings of ambiguous signs that are followed at once; more make every phrase a candidate. */
const MOST_STATES = 64

/** Reads a text in one order; gives whether all of it was read and is ASCII. */
function createRun(
  machine: TriggerMachine,
  phrases: readonly Phrase[],
): (text: string, units: Uint16Array, order: Order, result: Candidates) => boolean {
  const {automaton, actions, slots, resolve, plain, rotated, letterI, letterL} = machine
  const {shift, next, output} = automaton
  const states = new Uint16Array(2 * MOST_STATES)

  /** The words of an output end at a place; true when the text has to be inspected and nothing else is needed. */
  const ended = (
    ends: number,
    at: number,
    letters: number,
    text: string,
    order: Order,
    result: Candidates,
  ): boolean => {
    for (let a = actions.starts[ends] ?? 0, end = actions.starts[ends + 1] ?? 0; a < end; a += 4) {
      const slot = actions.all[a] ?? 0
      const reach = actions.all[a + 1] ?? 0
      if (reach !== 0 && letters - (slots[slot - 1] ?? NEVER) > reach) continue
      const sign = actions.all[a + 3] ?? 0
      if (sign !== 0 && !signNear(text, at, sign, order === 'rotated')) continue
      slots[slot] = letters
      const completes = actions.all[a + 2] ?? -1
      if (completes < 0) continue
      if (order !== 'forward') {
        result.set(completes, [])
        return true
      }
      const places = result.get(completes)
      if (places === undefined) result.set(completes, [at])
      else if (places.at(-1) !== at) places.push(at)
    }
    return false
  }

  return (text, units, order, result) => {
    const n = text.length
    const backward = order === 'backward'
    const isRotated = order === 'rotated'
    const step = backward ? -1 : 1
    const table = isRotated ? rotated : plain
    let letters = 0
    let bits = 0
    let state = 0
    /** How many states there are while signs with two readings are followed; 0: `state` alone. */
    let several = 0

    slots.fill(NEVER)
    for (let i = backward ? n - 1 : 0, left = n; left > 0; left--, i += step) {
      const unit = units[i] ?? 0
      bits |= unit
      let symbol = table[unit] ?? SKIP
      if (symbol >= SPECIAL) {
        if (symbol === SKIP) continue
        if (symbol === ONE || symbol === BAR) {
          const bar = symbol === BAR
          if (bar && resolve(text, i, isRotated, step) === SKIP) continue
          // a 1 is an i or an l; a | is an l, or stands between two words
          if (!bar) letters++
          if (several === 0) states[several++] = state
          const before = several
          for (let s = 0; s < before; s++) {
            const from = states[s] ?? 0
            states[several++] = bar ? from : (next[(from << shift) | letterI] ?? 0)
            states[s] = next[(from << shift) | letterL] ?? 0
          }
          several = distinct(states, several)
          if (several > MOST_STATES) {
            for (const index of phrases.keys()) result.set(index, undefined)
            return false
          }
          for (let s = 0; s < several; s++) {
            const ends = output[states[s] ?? 0] ?? 0
            if (ends !== 0 && ended(ends, i, letters, text, order, result)) return false
          }
          if (several === 1) {
            state = states[0] ?? 0
            several = 0
          }
          continue
        }
        symbol = resolve(text, i, isRotated, step)
        if (symbol === SKIP) continue
      }
      letters++
      if (several === 0) {
        state = next[(state << shift) | symbol] ?? 0
        const ends = output[state] ?? 0
        if (ends !== 0 && ended(ends, i, letters, text, order, result)) return false
        continue
      }
      for (let s = 0; s < several; s++) {
        const to = next[((states[s] ?? 0) << shift) | symbol] ?? 0
        states[s] = to
        const ends = output[to] ?? 0
        if (ends !== 0 && ended(ends, i, letters, text, order, result)) return false
      }
      several = distinct(states, several)
      if (several === 1) {
        state = states[0] ?? 0
        several = 0
      }
    }
    return bits <= MOST_ASCII
  }
}

/** Removes repetitions from the first `count` states. */
function distinct(states: Uint16Array, count: number): number {
  let kept = 0
  for (let s = 0; s < count; s++) {
    const state = states[s] ?? 0
    let known = false
    for (let t = 0; t < kept && !known; t++) known = states[t] === state
    if (!known) states[kept++] = state
  }
  return kept
}

/** How far from the letter of a word that was read last its sign may stand. */
const SIGN_REACH = 40

function signNear(text: string, at: number, sign: number, rotated: boolean): boolean {
  const letter = (sign >= 0x41 && sign <= 0x5a) || (sign >= 0x61 && sign <= 0x7a)
  // a letter with its case is the last of its word
  if (letter) return rotated || text.charCodeAt(at) === sign
  // before its letters, among them or behind them
  const from = Math.max(0, at - SIGN_REACH)
  return text.slice(from, at + SIGN_REACH + 1).includes(String.fromCharCode(sign))
}
