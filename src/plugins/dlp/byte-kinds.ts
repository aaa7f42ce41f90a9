// What the sweep asks of a byte, and what a text is said to have because of it.

/** What a text has that makes further views of it necessary. */
export const FLAG = {
  /** Control characters with something on both sides. */
  control: 0x100,
  /** What an escape begins with. */
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
  /** A tag inside a word; the following are set by the sweep, which looks at more than one character. */
  tag: 0x10000,
  /** What an escape of mail begins with. */
  mail: 0x20000,
  /** What a terminal takes for more than one character that it does not show. */
  terminal: 0x40000,
} as const

/** A text with one of these may hide another one (lib/text/disguises.ts). */
export const DISGUISED = FLAG.escape | FLAG.tag | FLAG.mail | FLAG.terminal

export const SEPARATOR = 1
export const ALNUM = 2
export const LETTER = 4
export const HEX = 8
export const DIGIT = FLAG.digit
export const BREAK = 16
/** Begins or ends an escape of mail or of a terminal, a tag, an attribute or a comment, some where the characters beside it say so. */
export const OPENS = 32
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
  if (/[<=>*\b\x1b]/.test(character)) kind |= OPENS
  if (/["'`]/.test(character)) kind |= FLAG.quote
  if (c >= 0x80) kind |= FLAG.beyond
  if (character === '.' || kind & (FLAG.control | FLAG.quote)) kind |= BREAK
  KINDS[c] = kind
}

const HEX_DIGIT = new Uint8Array(256)
const OPENS_TAG = new Uint8Array(256)
const WORD = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  const character = String.fromCharCode(c)
  HEX_DIGIT[c] = /[0-9A-F]/.test(character) ? 1 : 0
  OPENS_TAG[c] = /[a-z/!?]/i.test(character) ? 1 : 0
  WORD[c] = /[A-Za-z0-9_+/%&\\\x80-\xff-]/.test(character) ? 1 : 0
}
export const [LESS, EQUALS, MORE, STAR] = [0x3c, 0x3d, 0x3e, 0x2a]
const [DOUBLE_QUOTE, SINGLE_QUOTE, SLASH] = [0x22, 0x27, 0x2f]
const [CR, LF, QUESTION, UNDERSCORE] = [0x0d, 0x0a, 0x3f, 0x5f]

/** Whether a `<` begins a tag directly behind a word, or behind another such tag (`isJoined`). */
export function opensInWord(bytes: Uint8Array, at: number, isJoined: boolean): boolean {
  const before = bytes[at - 1] ?? 0
  return OPENS_TAG[bytes[at + 1] ?? 0] === 1 && (WORD[before] === 1 || (before === MORE && isJoined))
}

/** Whether a word continues behind a `>`. */
export function continuesWord(bytes: Uint8Array, at: number): boolean {
  return WORD[bytes[at + 1] ?? 0] === 1
}

/** Whether a `=` begins an escape of mail. */
export function opensMail(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1] ?? 0
  if (next === CR || next === LF || next === QUESTION) return true
  if (HEX_DIGIT[next] !== 1 || HEX_DIGIT[bytes[at + 2] ?? 0] !== 1) return false
  const behind = bytes[at + 3] ?? 0
  if (behind === EQUALS) return true
  // a single one stands between letters, as src/lib/text/mail.ts reads it: most values of a query begin with two digits
  const isBefore = ((KINDS[bytes[at - 1] ?? 0] ?? 0) & LETTER) !== 0
  return isBefore && (behind === UNDERSCORE || ((KINDS[behind] ?? 0) & LETTER) !== 0)
}

/** Whether a `=` stands before the quoted value of an attribute. */
export function opensAttribute(bytes: Uint8Array, at: number): boolean {
  const quote = bytes[at + 1] ?? 0
  return (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) && ((KINDS[bytes[at + 2] ?? 0] ?? 0) & ALNUM) !== 0
}

/** Whether a `*` begins a comment directly behind a letter, digit, `_` or `-`. */
export function opensComment(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] === SLASH && at > 1 && ((KINDS[bytes[at - 2] ?? 0] ?? 0) & SEPARATOR) === 0
}
