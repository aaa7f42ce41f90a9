// The extent of a private key in PEM form.

/** The header alone would leave the key in clear; a block without an end is taken to the end of the text. */
export function endOfKeyBlock(text: string, from: number): number {
  const tail = text.indexOf('-----END', from)
  if (tail < 0) return text.length
  const close = text.indexOf('-----', tail + 8)
  return close < 0 ? text.length : close + 5
}
