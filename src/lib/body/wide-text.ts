// Bytes as every text that a peer may read in them: UTF-8 always, and UTF-16 or UTF-32 where a mark, the declared character
// set or interleaved zero bytes say so (scanning §5.2). A declaration never replaces the plain reading: peers ignore it.
import {isUtf8} from 'node:buffer'
import {byteOrderMark, charsetOf} from '../charset.js'

/** Sampled positions of zero bytes that make a text wide. */
const SAMPLE = 4_096
const MIN_SHARE = 0.4

/** The likeliest reading first; never empty. Invalid sequences are U+FFFD. */
export function readingsOf(bytes: Buffer, contentType: string): readonly string[] {
  const found: string[] = []
  const add = (text: string): void => {
    if (!found.includes(text)) found.push(text)
  }
  const declared = charsetOf(contentType)?.toLowerCase()
  const guessed = wideByMark(bytes) ?? wideByZeros(bytes)
  if (guessed !== undefined) add(decodeWide(bytes, guessed))
  if (declared !== undefined && /^utf-?(?:16|32)|^ucs-?[24]/.test(declared) && guessed === undefined) {
    const size = /32|4/.test(declared) ? 4 : 2
    for (const little of /be$/.test(declared) ? [false] : /le$/.test(declared) ? [true] : [true, false]) {
      add(decodeWide(bytes, {size, little}))
    }
  }
  const plain = byteOrderMark(bytes) === 'utf-8' ? bytes.toString('utf8', 3) : bytes.toString('utf8')
  add(isUtf8(bytes) ? plain : withoutNoise(plain))
  // of the other sets only letters beyond ASCII, and escape sequences of stateful ones, read differently
  if (declared !== undefined && !/^utf-?\d|^us-ascii$/.test(declared)) {
    const text = decodeDeclared(bytes, declared)
    if (text !== undefined) add(text)
  }
  return found
}

interface Wide {
  readonly size: 2 | 4
  readonly little: boolean
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

function decodeWide(bytes: Buffer, {size, little}: Wide): string {
  const whole = bytes.subarray(0, bytes.length - (bytes.length % size))
  let text: string
  if (size === 2) text = (little ? whole : Buffer.from(whole).swap16()).toString('utf16le')
  else {
    // each unit above the last code point, or half a pair, is one that no reader accepts
    const pairs = Buffer.alloc(whole.length)
    let length = 0
    for (let i = 0; i < whole.length; i += 4) {
      const point = little ? whole.readUInt32LE(i) : whole.readUInt32BE(i)
      if (point > 0xffff && point <= 0x10ffff) {
        length = pairs.writeUInt16LE(0xd7c0 + (point >>> 10), length)
        length = pairs.writeUInt16LE(0xdc00 + (point & 0x3ff), length)
      } else length = pairs.writeUInt16LE(point > 0x10ffff ? 0xfffd : point, length)
    }
    text = pairs.toString('utf16le', 0, length)
  }
  return (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).toWellFormed()
}

function decodeDeclared(bytes: Buffer, label: string): string | undefined {
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    return undefined // a label that nobody knows
  }
}

const INVALID = '\ufffd'
/** Share of invalid sequences that makes bytes no text. */
const NOISE_SHARE = 0.1
const MIN_TEXT = 6
/** Shorter bodies are looked at as they are. */
const MIN_NOISE = 1_024

/**
 * Of bytes that are mostly no text what could be words: nothing that is looked for stands across an invalid sequence, and
 * between two of them chance leaves a few characters, which would cost more to look at than all real text.
 */
function withoutNoise(text: string): string {
  if (text.length < MIN_NOISE) return text
  const parts = text.split(INVALID)
  if (parts.length < text.length * NOISE_SHARE) return text
  return parts.filter((part) => part.length >= MIN_TEXT).join(INVALID)
}
