// The extent of a private key in PEM form, in one text or in a list of its lines.

const END = '-----END'

/** The header alone would leave the key in clear; a block without an end is taken to the end of the text. */
export function endOfKeyBlock(text: string, from: number): number {
  const tail = text.indexOf(END, from)
  if (tail < 0) return text.length
  const close = text.indexOf('-----', tail + END.length)
  return close < 0 ? text.length : close + 5
}

/** A block has begun in this text, and ends in none of its lines. */
export function isOpenBlock(text: string): boolean {
  return text.startsWith('-----BEGIN') && !text.includes(END)
}

/** Lines of a block that has no end are at least this long. */
const MIN_LINE = 16
const LINE = /^(?:[A-Za-z0-9+/=]*|[A-Za-z0-9-]{1,32}: .{0,256})$/

/**
 * How many of the texts belong to a block that was open before the first of them, as in notebooks and logs, where every line
 * is a text of its own.
 */
export function textsOfBlock(texts: Iterable<string>): number {
  let count = 0
  let long = 0
  for (const text of texts) {
    const end = text.indexOf(END)
    const lines = (end < 0 ? text : text.slice(0, end)).split('\n').map((line) => line.trim())
    if (!lines.every((line) => LINE.test(line))) break
    count++
    if (end >= 0) return count
    if (long === count - 1 && lines.every((line) => line === '' || line.length >= MIN_LINE)) long = count
  }
  return long
}
