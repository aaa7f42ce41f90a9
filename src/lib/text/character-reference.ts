// Numeric character references of HTML (standard, "numeric character reference end state"): any number of digits counts, so
// that leading zeros hide nothing.

/** What browsers read in the place of C1 controls: the letters of windows-1252. */
const C1 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const INVALID = '\ufffd'

/**
 * Half a surrogate pair stays what it is, where a parser of HTML reads U+FFFD: other readers make one character of two of them.
 */
export function referenced(digits: string, base: 10 | 16): string {
  const code = Number.parseInt(digits, base)
  if (code === 0 || code > 0x10ffff) return INVALID
  if (code >= 0x80 && code <= 0x9f) return C1.charAt(code - 0x80)
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code)
}
