// What the sweep asks of a byte, and what a text is said to have because of it.

/** What a text has that makes further views of it necessary. */
export const FLAG = {
  /** Control characters with something on both sides. */
  control: 0x100,
  /** `%`, `&` or `\`. */
  escape: 0x200,
  /** A dot inside a word. */
  dotted: 0x400,
  quote: 0x800,
  beyond: 0x1000,
  digit: 0x2000,
  /** Eight short numbers or pairs of hex digits in a row. */
  codes: 0x4000,
  /** Control characters that are no blanks. */
  unseen: 0x8000,
} as const

export const SEPARATOR = 1
export const ALNUM = 2
export const LETTER = 4
export const HEX = 8
export const DIGIT = FLAG.digit
export const BREAK = 16
export const KINDS = new Uint16Array(256)
for (let c = 0; c < 256; c++) {
  const character = String.fromCharCode(c)
  let kind = /[A-Za-z0-9+/_-]/.test(character) ? 0 : SEPARATOR
  if (/[A-Za-z0-9]/.test(character)) kind |= ALNUM
  if (/[A-Za-z]/.test(character)) kind |= LETTER
  if (/[A-Fa-f0-9]/.test(character)) kind |= HEX
  if (/[0-9]/.test(character)) kind |= DIGIT
  if (c < 0x20 || c === 0x7f) kind |= FLAG.control
  if (c < 0x09 || c === 0x0b || c === 0x0c || (c > 0x0d && c < 0x20) || c === 0x7f) kind |= FLAG.unseen
  if (/[%&\\]/.test(character)) kind |= FLAG.escape
  if (/["'`]/.test(character)) kind |= FLAG.quote
  if (c >= 0x80) kind |= FLAG.beyond
  if (character === '.' || kind & (FLAG.control | FLAG.quote)) kind |= BREAK
  KINDS[c] = kind
}
