// The automaton of all trigger words, with what each of them means for the chains of the phrases.
import {rotate, signIsLetter} from './letter-folds.js'
import {wordAutomaton, type WordAutomaton} from './word-automaton.js'
import type {Phrase} from './phrases.js'
import {triggerFold} from './triggers.js'

export interface TriggerMachine {
  readonly automaton: WordAutomaton
  /** Symbol of a UTF-16 unit as it stands, and of the letter 13 places on; values from SPECIAL are no symbols. */
  readonly plain: Uint16Array
  readonly rotated: Uint16Array
  /** Symbol of a unit in its place, where the table alone does not say; SKIP: no letter there. */
  readonly resolve: (text: string, at: number, rotated: boolean, step: 1 | -1) => number
  readonly letterI: number
  readonly letterL: number
  readonly actions: Actions
  /** Where the class of a slot was last complete, in letters. */
  readonly slots: Int32Array
}

/** What the end of a word means. */
interface Actions {
  /** In groups of four: slot, reach (0: the first of its chain), phrase that it completes or -1, sign or 0. */
  readonly all: Int32Array
  /** By output, its first group; the groups of the next one follow. */
  readonly starts: Int32Array
}

/** Not a letter. */
export const SKIP = 0xffff
const UNKNOWN = 0xfffe
/** Punctuation that is a letter in some places. */
const SIGN = 0xfffd
/** The two characters with two readings. */
export const ONE = 0xfffc
export const BAR = 0xfffb
export const SPECIAL = BAR
const KEPT = /[\p{L}\p{N}]/u

/** The words of the phrases in Latin letters, or of all others. */
export function triggerMachine(phrases: readonly Phrase[], latin: boolean): TriggerMachine {
  const words = new Map<string, number[]>()
  let slots = 0
  for (const [index, {chain, latin: isLatin}] of phrases.entries()) {
    if (isLatin !== latin) continue
    for (const [k, {words: of, reach}] of chain.classes.entries()) {
      const slot = slots++
      const completes = k === chain.classes.length - 1 ? index : -1
      for (const {letters, sign} of of) {
        const actions = words.get(letters) ?? []
        words.set(letters, actions)
        actions.push(slot, k === 0 ? 0 : reach, completes, sign === '' ? 0 : sign.charCodeAt(0))
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
  if (alphabet.size >= SPECIAL) throw new Error('the trigger words use too many letters')
  const automaton = wordAutomaton(spelled)
  const actionsOf = [...words.values()]
  const plain = new Uint16Array(0x10000).fill(UNKNOWN)
  const rotated = new Uint16Array(0x10000).fill(UNKNOWN)
  const symbolOf = (letter: string): number => {
    const folded = triggerFold(letter)
    return KEPT.test(folded) ? (alphabet.get(folded) ?? 0) : SKIP
  }
  const signs = new Map([
    ['!', symbolOf('i')],
    ['|', symbolOf('l')],
    ['+', symbolOf('t')],
    ['(', symbolOf('c')],
  ])
  const resolve = (text: string, at: number, isRotated: boolean, step: 1 | -1): number => {
    const character = text.charAt(at)
    const sign = signs.get(character)
    if (sign !== undefined) return signIsLetter(text, at, step) ? sign : SKIP
    const symbol = symbolOf(isRotated ? rotate(character) : character)
    const table = isRotated ? rotated : plain
    table[text.charCodeAt(at)] = symbol
    return symbol
  }
  for (let unit = 0; unit < 128; unit++) {
    const character = String.fromCharCode(unit)
    const special = character === '1' ? ONE : character === '|' ? BAR : signs.has(character) ? SIGN : undefined
    if (special !== undefined) plain[unit] = rotated[unit] = special
    else {
      resolve(character, 0, false, 1)
      resolve(character, 0, true, 1)
    }
  }
  return {
    automaton,
    plain,
    rotated,
    resolve,
    letterI: symbolOf('i'),
    letterL: symbolOf('l'),
    // later classes first, so that one word does not count for two
    actions: joined(automaton.outputs.map((ends) => bySlot([...ends].flatMap((word) => actionsOf[word] ?? [])))),
    slots: new Int32Array(slots),
  }
}

function bySlot(actions: readonly number[]): readonly number[] {
  const groups: number[][] = []
  for (let i = 0; i < actions.length; i += 4) groups.push(actions.slice(i, i + 4))
  return groups.sort((a, b) => (b[0] ?? 0) - (a[0] ?? 0)).flat()
}

function joined(lists: readonly (readonly number[])[]): Actions {
  const starts = [0]
  for (const list of lists) starts.push((starts.at(-1) ?? 0) + list.length)
  return {all: Int32Array.from(lists.flat()), starts: Int32Array.from(starts)}
}
