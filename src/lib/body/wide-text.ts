// Text of two or four bytes a character: told by a byte-order mark, by the first characters or by interleaved zero bytes, and
// decoded without ever failing.
const SAMPLE = 4_096
/** Sampled positions of zero bytes that make a text wide. */
const MIN_SHARE = 0.4

export interface Wide {
  readonly size: 2 | 4
  readonly little: boolean
}

/** What the bytes themselves say; undefined where nothing suggests that they are wide. */
export function wideOf(bytes: Buffer): Wide | undefined {
  return wideByMark(bytes) ?? wideByZeros(bytes) ?? wideByStart(bytes)
}

function wideByMark(bytes: Buffer): Wide | undefined {
  const [a, b, c, d] = bytes
  if (a === 0xff && b === 0xfe) return {size: c === 0 && d === 0 ? 4 : 2, little: true}
  if (a === 0xfe && b === 0xff) return {size: 2, little: false}
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return {size: 4, little: false}
  return undefined
}

/** Which of four byte positions are mostly zero tells the width and the order. */
function wideByZeros(bytes: Buffer): Wide | undefined {
  if (bytes.length < 4 || !bytes.includes(0)) return undefined
  const zeros = [0, 0, 0, 0]
  const end = Math.min(bytes.length, SAMPLE) & ~3
  for (let i = 0; i < end; i++) if (bytes[i] === 0) zeros[i & 3] = (zeros[i & 3] ?? 0) + 1
  const [a, b, c, d] = zeros.map((count) => count / (end / 4) >= MIN_SHARE)
  if (!a && b && c && d) return {size: 4, little: true}
  if (a && b && c && !d) return {size: 4, little: false}
  if (!a && b && !c && d) return {size: 2, little: true}
  if (a && !b && c && !d) return {size: 2, little: false}
  return undefined
}

const ASCII_START = /^[\t\n\r\x20-\x7e]$/

/**
 * Readers of JSON and XML go by the first two characters (RFC 4627 section 3, XML 1.0 appendix F), which need not be like the
 * rest of the text.
 */
function wideByStart(bytes: Buffer): Wide | undefined {
  if (bytes.length < 4) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = bytes
  const isLetter = (byte: number): boolean => ASCII_START.test(String.fromCharCode(byte))
  if (isLetter(a) && b === 0 && c === 0 && d === 0) return {size: 4, little: true}
  if (a === 0 && b === 0 && c === 0 && isLetter(d)) return {size: 4, little: false}
  // of the second character either byte may be zero
  if (MARKS.has(a) && b === 0) return {size: 2, little: true}
  if (a === 0 && MARKS.has(b)) return {size: 2, little: false}
  return undefined
}
/** What JSON and markup begin with. */
const MARKS: ReadonlySet<number> = new Set(Buffer.from('{["<'))

/** Bytes decoded between two pauses; of four-byte text each unit is converted by itself. */
const PIECE_BYTES = 131_072

export function* wideSteps(bytes: Buffer, {size, little}: Wide): Generator<undefined, string> {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % size))
  const pieces: string[] = []
  for (let from = 0; from < whole.length; from += PIECE_BYTES) {
    if (from > 0) yield
    const piece = whole.subarray(from, from + PIECE_BYTES)
    if (size === 2) pieces.push((little ? piece : Buffer.from(piece).swap16()).toString('utf16le'))
    else pieces.push(fourByteText(piece, little))
  }
  const text = pieces.join('')
  // a pair may be divided between two pieces
  return (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).toWellFormed()
}

function fourByteText(bytes: Buffer, little: boolean): string {
  // each unit above the last code point, or half a pair, is one that no reader accepts
  const pairs = Buffer.alloc(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i += 4) {
    const point = little ? bytes.readUInt32LE(i) : bytes.readUInt32BE(i)
    if (point > 0xffff && point <= 0x10ffff) {
      length = pairs.writeUInt16LE(0xd7c0 + (point >>> 10), length)
      length = pairs.writeUInt16LE(0xdc00 + (point & 0x3ff), length)
    } else length = pairs.writeUInt16LE(point > 0x10ffff ? 0xfffd : point, length)
  }
  return pairs.toString('utf16le', 0, length)
}
