// Where a find is most likely chance: in the middle of a long base64 text. In random base64 every twentieth picture of 256 KB
// holds something that reads `aKiA…` between a `+` and a `/`, and one of 5 MB nearly always does: the two signs are letters of
// that alphabet there and no ends of words, and in the variant with `-` and `_` the prefixes with an underscore come up too.
// What chance does not do is to spell: a key as it was issued, or in one case throughout, is found in the middle of noise as
// anywhere else. Where the sign of a key is so short that chance does spell it, one that was issued has a checksum that
// holds. All that is given up is a key whose letters were put into other cases, or of which something else was changed or
// cut away, and which was then hidden without a mark among 512 characters of base64; whoever can do that can as well add one
// to every letter, and no pattern sees that either. More such matches than chance makes in one text do count.
import {crc32} from 'node:zlib'

const REACH = 512
/** Lines of encoded text are at least so long. */
const MIN_LINE = 48
/** Signs that end a line. */
const MAX_BREAKS = 2
const UPPER = 1
const LOWER = 2
const DIGIT = 4
const SIGN = 8
const BREAK = 16
const KINDS = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  if (/[A-Z]/.test(character)) KINDS[c] = UPPER
  else if (/[a-z]/.test(character)) KINDS[c] = LOWER
  else if (/[0-9]/.test(character)) KINDS[c] = DIGIT
  else if (/[+/=_-]/.test(character)) KINDS[c] = SIGN
  else if (/[\r\n ]/.test(character)) KINDS[c] = BREAK
}

export type Noise = 'none' | 'base64' | 'base64url'

interface Neighbours {
  length: number
  /** Signs of one variant of the alphabet only. */
  urlSigns: number
  otherSigns: number
  upper: number
  lower: number
  digits: number
}

/** What a piece stands in: a run of base64, lines included, that has both cases and digits as random bytes have them. */
export function noiseAround(text: string, start: number, end: number): Noise {
  const observed: Neighbours = {length: 0, urlSigns: 0, otherSigns: 0, upper: 0, lower: 0, digits: 0}
  if (!isEncoded(text, start, end)) return 'none'
  count(text, start - 1, -1, observed)
  count(text, end, 1, observed)
  const {length, urlSigns, otherSigns, upper, lower, digits} = observed
  // of 64 characters 26, 26 and 10
  if (length < REACH || upper <= length / 5 || lower <= length / 5 || digits <= length / 20) return 'none'
  // and two
  return otherSigns === 0 && urlSigns > length / 128 ? 'base64url' : 'base64'
}

/**
 * Whether what is spelled as a key is more of one than its sign: its checksum holds, the noise begins or ends with it, or it
 * stands by itself between `-` and `_`. `end`: where a whole one ends.
 */
export function isWholeInNoise(text: string, start: number, end: number): boolean {
  const left = ended(text, start - 1)
  if (left === 'edge') return true
  const token = text.slice(start, end)
  if (token.length !== end - start || !/^[a-z]+_[A-Za-z0-9]+$/i.test(token)) return false
  const right = ended(text, end)
  return right === 'edge' || (left === 'sign' && right === 'sign') || hasChecksum(token)
}

function ended(text: string, at: number): 'edge' | 'sign' | 'glued' {
  const c = text.charAt(at)
  return c === '-' || c === '_' ? 'sign' : /[A-Za-z0-9]/.test(c) ? 'glued' : 'edge'
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SUM_LENGTH = 6

/** The last six characters are the CRC-32 of what stands between the sign and them, in base 62. */
function hasChecksum(token: string): boolean {
  let sum = 0
  for (const digit of token.slice(-SUM_LENGTH)) sum = sum * 62 + BASE62.indexOf(digit)
  return sum === crc32(token.slice(token.indexOf('_') + 1, -SUM_LENGTH))
}

function isEncoded(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const kind = kindAt(text, i)
    if (kind === 0 || kind === BREAK) return false
  }
  return true
}

/** Up to `REACH` characters on one side. */
function count(text: string, from: number, step: 1 | -1, observed: Neighbours): void {
  let line = MIN_LINE
  let breaks = 0
  for (let i = from, taken = 0; taken < REACH && i >= 0 && i < text.length; i += step) {
    const kind = kindAt(text, i)
    if (kind === 0) return
    if (kind === BREAK) {
      if ((line < MIN_LINE && breaks === 0) || ++breaks > MAX_BREAKS) return
      line = 0
      continue
    }
    breaks = 0
    line++
    taken++
    observed.length++
    if (kind === SIGN) {
      const c = text[i]
      if (c === '-' || c === '_') observed.urlSigns++
      else if (c !== '=') observed.otherSigns++
    } else if (kind === UPPER) observed.upper++
    else if (kind === LOWER) observed.lower++
    else if (kind === DIGIT) observed.digits++
  }
}

function kindAt(text: string, at: number): number {
  const c = text.charCodeAt(at)
  return c < 128 ? (KINDS[c] ?? 0) : 0
}
