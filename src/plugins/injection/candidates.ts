// Which phrases may match a text, and where: one loop over the letters of a text drives the automata of all trigger words,
// and keeps for every chain how far it has come (scanning §16.2 item 4). It may name too much, never too little.
import {rotate, signIsLetter} from '../../lib/letter-folds.js'
import {wordAutomaton, type WordAutomaton} from '../../lib/word-automaton.js'
import {triggerFold, type TriggerWord} from './triggers.js'
import type {Phrase} from './phrases.js'

/** Where in a text matches of a phrase must lie: every match is within one window. */
export interface Candidate {
  readonly phrase: Phrase
  readonly windows: readonly Window[]
}

export interface Window {
  readonly start: number
  readonly end: number
}

/** How a text is read: as it stands, with its letters rotated by 13, from its end. */
export type Order = 'forward' | 'rotated' | 'backward'

export interface Triggers {
  /** Phrases in their order; with 'rotated' and 'backward' the windows say nothing. */
  candidates(text: string, order?: Order): readonly Candidate[]
}

/** No letter: skipped. */
const SKIP = 255
const UNKNOWN = 254
/** Punctuation that is a letter in some places. */
const SIGN = 253
const KEPT = /[\p{L}\p{N}]/u
const ASCII = /^[\x00-\x7f]*$/
const NEVER = -0x3fff_ffff

interface Machine {
  readonly automaton: WordAutomaton
  /** Symbol of a UTF-16 unit. */
  readonly symbols: Uint8Array
  readonly rotated: Uint8Array
  /** Symbol of a unit in its place, where the table alone does not say. */
  readonly resolve: (text: string, at: number, rotated: boolean, step: 1 | -1) => number
  /** By output: slot, reach (0: the first of its chain), chain that it completes or -1, sign or 0. */
  readonly actions: readonly Int32Array[]
  readonly slots: number
}

export function makeTriggers(phrases: readonly Phrase[]): Triggers {
  const latin = machine(phrases, true)
  const others = machine(phrases, false)
  const latinSlots = new Int32Array(latin.slots)
  const otherSlots = new Int32Array(others.slots)
  return {
    candidates(text, order = 'forward') {
      const found: Found = new Map()
      run(latin, latinSlots, text, order, phrases, found)
      // rotation is of Latin letters
      if (order !== 'rotated' && !ASCII.test(text)) run(others, otherSlots, text, order, phrases, found)
      if (found.size === 0) return NONE
      return [...found.entries()]
        .sort(([a], [b]) => a - b)
        .flatMap(([index, windows]) => {
          const phrase = phrases[index]
          return phrase === undefined ? [] : [{phrase, windows}]
        })
    },
  }
}

const NONE: readonly Candidate[] = []
type Found = Map<number, {start: number; end: number}[]>

function run(
  machine: Machine,
  slots: Int32Array,
  text: string,
  order: Order,
  phrases: readonly Phrase[],
  found: Found,
): void {
  const {automaton, symbols, rotated, resolve, actions} = machine
  const {shift, next, output} = automaton
  const isRotated = order === 'rotated'
  const table = isRotated ? rotated : symbols
  const n = text.length
  const backward = order === 'backward'
  const step = backward ? -1 : 1
  slots.fill(NEVER)
  let state = 0
  let letters = 0
  for (let k = 0; k < n; k++) {
    const i = backward ? n - 1 - k : k
    const unit = text.charCodeAt(i)
    let symbol = table[unit] ?? SKIP
    if (symbol >= SIGN) {
      if (symbol === SKIP) continue
      symbol = resolve(text, i, isRotated, step)
      if (symbol === SKIP) continue
    }
    letters++
    state = next[(state << shift) | symbol] ?? 0
    const ends = output[state] ?? 0
    if (ends === 0) continue
    const list = actions[ends]
    if (list === undefined) continue
    for (let a = 0; a < list.length; a += 4) {
      const slot = list[a] ?? 0
      const reach = list[a + 1] ?? 0
      if (reach !== 0 && letters - (slots[slot - 1] ?? NEVER) > reach) continue
      const sign = list[a + 3] ?? 0
      if (sign !== 0 && !signNear(text, i, sign, backward, isRotated)) continue
      slots[slot] = letters
      const completes = list[a + 2] ?? -1
      if (completes < 0) continue
      if (order !== 'forward') {
        // the mirrored text is scanned by itself
        found.set(completes, [])
        return
      }
      addWindow(found, completes, phrases, machine, text, i)
    }
  }
}

/** How far from the end of a word its sign may stand. */
const SIGN_REACH = 40

function signNear(text: string, at: number, sign: number, backward: boolean, rotated: boolean): boolean {
  const letter = (sign >= 0x41 && sign <= 0x5a) || (sign >= 0x61 && sign <= 0x7a)
  // a letter with its case is the last of its word
  if (letter) return rotated || text.charCodeAt(at) === sign
  const from = backward ? at : Math.max(0, at - SIGN_REACH)
  const until = backward ? Math.min(text.length - 1, at + SIGN_REACH) : at
  for (let i = from; i <= until; i++) if (text.charCodeAt(i) === sign) return true
  return false
}

function addWindow(
  found: Found,
  index: number,
  phrases: readonly Phrase[],
  {symbols, resolve}: Machine,
  text: string,
  at: number,
): void {
  const chain = phrases[index]?.chain
  if (chain === undefined) return
  const isLetter = (i: number): boolean => {
    const symbol = symbols[text.charCodeAt(i)] ?? SKIP
    return symbol < SIGN || (symbol === UNKNOWN && resolve(text, i, false, 1) < SIGN)
  }
  const windows = found.get(index) ?? []
  if (windows.length === 0) found.set(index, windows)
  const last = windows.at(-1)
  const end = walkRight(text, at + 1, chain.after, isLetter)
  let start = at + 1
  const stop = last?.end ?? 0
  for (let taken = 0; start > stop && taken < chain.before; start--) if (isLetter(start - 1)) taken++
  while (start > stop && !isLetter(start - 1)) start--
  if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end)
  else windows.push({start, end})
}

/** What an expression looks at beyond its match. */
const BEYOND = 3

/** End of `letters` more letters, what follows them, and a little more. */
function walkRight(text: string, from: number, letters: number, isLetter: (i: number) => boolean): number {
  let end = from
  for (let taken = 0; end < text.length && taken < letters; end++) if (isLetter(end)) taken++
  while (end < text.length && !isLetter(end)) end++
  return Math.min(text.length, end + BEYOND)
}

function machine(phrases: readonly Phrase[], latin: boolean): Machine {
  const words = new Map<string, number[]>()
  let slots = 0
  for (const [index, phrase] of phrases.entries()) {
    const {chain} = phrase
    if (phrase.latin !== latin) continue
    for (const [k, {words: of, reach}] of chain.classes.entries()) {
      const slot = slots++
      const completes = k === chain.classes.length - 1 ? index : -1
      for (const word of of) {
        const actions = words.get(word.letters) ?? []
        words.set(word.letters, actions)
        actions.push(slot, k === 0 ? 0 : reach, completes, signOf(word))
      }
    }
  }
  const alphabet = new Map<string, number>()
  const spelled = [...words.keys()].map((letters) =>
    [...letters].map((letter) => {
      const symbol = alphabet.get(letter) ?? alphabet.size + 1
      alphabet.set(letter, symbol)
      return symbol
    }),
  )
  if (alphabet.size >= UNKNOWN) throw new Error('the trigger words use too many letters')
  const automaton = wordAutomaton(spelled)
  const actionsOf = [...words.values()]
  const symbols = new Uint8Array(0x10000).fill(UNKNOWN)
  const rotated = new Uint8Array(0x10000).fill(UNKNOWN)
  const symbolOf = (letter: string): number => {
    const folded = triggerFold(letter)
    return KEPT.test(folded) ? (alphabet.get(folded) ?? 0) : SKIP
  }
  const signs = new Map(
    [...'!i|l+t(c'].flatMap((c, i, all) => (i % 2 ? [] : [[c, symbolOf(all[i + 1] ?? '')] as const])),
  )
  const resolve = (text: string, at: number, isRotated: boolean, step: 1 | -1): number => {
    const character = text.charAt(at)
    const sign = signs.get(character)
    if (sign !== undefined) return signIsLetter(text, at, step) ? sign : SKIP
    const symbol = symbolOf(isRotated ? rotate(character) : character)
    ;(isRotated ? rotated : symbols)[text.charCodeAt(at)] = symbol
    return symbol
  }
  for (let unit = 0; unit < 128; unit++) {
    const character = String.fromCharCode(unit)
    resolve(character, 0, false, 1)
    resolve(character, 0, true, 1)
    if (signs.has(character)) symbols[unit] = rotated[unit] = SIGN
  }
  return {
    automaton,
    symbols,
    rotated,
    resolve,
    // later classes first, so that one word does not count for two
    actions: automaton.outputs.map((ends) => bySlot([...ends].flatMap((word) => actionsOf[word] ?? []))),
    slots,
  }
}

function signOf({sign}: TriggerWord): number {
  return sign === '' ? 0 : sign.charCodeAt(0)
}

function bySlot(actions: readonly number[]): Int32Array {
  const groups: number[][] = []
  for (let i = 0; i < actions.length; i += 4) groups.push(actions.slice(i, i + 4))
  return Int32Array.from(groups.sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0)).flat())
}
