// What each UTF-16 unit of a text in its normal form is to the classifier: part of a word, a word by itself, or a sign between.

export const UNIT = {gap: 0, word: 1, ideograph: 2, stop: 3, colon: 4, line: 5} as const

const LIMIT = 0x3000
const CLASS_BITS = 3
const WORD = /^[\p{L}\p{N}\p{M}]$/u

/** Of every unit below U+3000: the same letter in lower case, `0` for every digit, above its class. */
const UNITS = Uint32Array.from({length: LIMIT}, (_, unit) => {
  const character = String.fromCharCode(unit)
  const lower = character.toLowerCase()
  const isDigit = unit >= 0x30 && unit <= 0x39
  const letter = isDigit ? 0x30 : lower.length === 1 ? lower.charCodeAt(0) : unit
  return (letter << CLASS_BITS) | classBelow(character)
})

function classBelow(character: string): number {
  if ('.!?;\u061f\u0964\u06d4'.includes(character)) return UNIT.stop
  if (character === ':') return UNIT.colon
  if (character === '\n') return UNIT.line
  return WORD.test(character) ? UNIT.word : UNIT.gap
}

/** The letter of a unit in lower case, shifted above its class: one look at a table in the loop over all letters. */
export function unitOf(unit: number): number {
  return unit < LIMIT ? (UNITS[unit] ?? 0) : (unit << CLASS_BITS) | classAbove(unit)
}

export function classOf(unit: number): number {
  return unitOf(unit) & ((1 << CLASS_BITS) - 1)
}

export function lowerOf(unit: number): number {
  return unitOf(unit) >> CLASS_BITS
}

function classAbove(unit: number): number {
  if (unit < 0x3040) return unit === 0x3002 ? UNIT.stop : UNIT.gap
  // kana and Han: no spaces part their words
  if (unit < 0xac00) return UNIT.ideograph
  if (unit < 0xd7b0) return UNIT.word
  // the halves of characters beyond U+FFFF
  if (unit < 0xe000) return UNIT.word
  return unit >= 0xf900 && unit < 0xfb00 ? UNIT.ideograph : UNIT.gap
}
