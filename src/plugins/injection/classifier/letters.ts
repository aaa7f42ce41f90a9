// What each UTF-16 unit of a text in its normal form is to the classifier: part of a word, a word by itself, or a sign between.

export const UNIT = {gap: 0, word: 1, ideograph: 2, stop: 3, colon: 4, line: 5} as const

const LIMIT = 0x3000

/** Classes of the units below U+3000. */
const CLASS = new Uint8Array(LIMIT)
/** The same letter in lower case; every digit is `0`. */
const LOWER = new Uint16Array(LIMIT)

const WORD = /^[\p{L}\p{N}\p{M}]$/u

for (let unit = 0; unit < LIMIT; unit++) {
  const character = String.fromCharCode(unit)
  const lower = character.toLowerCase()
  LOWER[unit] = lower.length === 1 ? lower.charCodeAt(0) : unit
  if (WORD.test(character)) CLASS[unit] = UNIT.word
}
for (let digit = 0x30; digit <= 0x39; digit++) LOWER[digit] = 0x30
for (const stop of '.!?;\u061f\u0964\u06d4') CLASS[stop.charCodeAt(0)] = UNIT.stop
CLASS[0x3a] = UNIT.colon
CLASS[0x0a] = UNIT.line

export function classOf(unit: number): number {
  return unit < LIMIT ? (CLASS[unit] ?? 0) : classAbove(unit)
}

export function lowerOf(unit: number): number {
  return unit < LIMIT ? (LOWER[unit] ?? unit) : unit
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
