// The runs of letters and digits from which rules without a literal start: too many, never too few.
import {ALNUM, DIGIT, KINDS, LETTER} from './byte-kinds.js'
import type {Trigger} from './patterns.js'
import {IBAN_LENGTHS} from './validators.js'

export const TRIGGERS: readonly Trigger[] = [
  'signed',
  'digits8',
  'digits15',
  'ssn',
  'iban',
  'hex32',
  'base58_50',
  'dotted24',
]
export const TRIGGER_ID = Object.fromEntries(TRIGGERS.map((trigger, i) => [trigger, -1 - i])) as Readonly<
  Record<Trigger, number>
>

export interface DigitGroups {
  /** The next run of digits. */
  add(bytes: Buffer, start: number, end: number): void
  finish(bytes: Buffer): void
}

/** Digits with at most one space or dash between two of them: cards and social security numbers. */
export function createDigitGroups(emit: (id: number, at: number) => void): DigitGroups {
  let start = 0
  let last = -9
  let count = 0
  const finish = (bytes: Buffer): void => {
    if (count >= 9) {
      let left = count
      for (let i = start; i < last; i++) {
        const c = bytes[i] ?? 0
        if (c < 0x30) continue
        const first = i === start || (bytes[i - 1] ?? 0) < 0x30
        if (first && left >= 15 && c >= 0x32 && c <= 0x36) emit(TRIGGER_ID.digits15, i)
        // joined to a digit of another value it begins inside a run
        if (bytes[i + 3] === 0x2d && bytes[i + 6] === 0x2d) emit(TRIGGER_ID.ssn, i)
        left--
      }
    }
    last = -9
    count = 0
  }
  return {
    add(bytes, from, to) {
      const gap = bytes[from - 1]
      if (last !== from - 1 || (gap !== 0x20 && gap !== 0x2d)) {
        finish(bytes)
        start = from
      }
      count += to - from
      last = to
    },
    finish,
  }
}

/** `5`, `9`, `K`, `L` or `c` and fifty characters of the Base58 alphabet. */
export function isWalletKey(bytes: Buffer, at: number): boolean {
  const c = bytes[at] ?? 0
  if (c !== 0x35 && c !== 0x4b && c !== 0x4c && c !== 0x39 && c !== 0x63) return false
  for (let i = at + 1; i <= at + 50; i++) {
    const other = bytes[i] ?? 0
    if (other === 0x30 || other === 0x4f || other === 0x49 || other === 0x6c) return false
  }
  return true
}

const COUNTRIES = new Uint8Array(1024)
for (const country of IBAN_LENGTHS.keys()) COUNTRIES[pairOf(country.charCodeAt(0), country.charCodeAt(1))] = 1

/** Of two letters in either case. */
function pairOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31)
}

/** A country and two digits at the start of a run, then eleven more letters or digits with single gaps. */
export function startsIban(bytes: Buffer, at: number): boolean {
  const kindAt = (i: number): number => KINDS[bytes[i] ?? 0] ?? 0
  if (!(kindAt(at) & LETTER && kindAt(at + 1) & LETTER && kindAt(at + 2) & DIGIT && kindAt(at + 3) & DIGIT))
    return false
  if (COUNTRIES[pairOf(bytes[at] ?? 0, bytes[at + 1] ?? 0)] !== 1) return false
  let taken = 0
  for (let i = at + 4; taken < 11; i++) {
    if (kindAt(i) & ALNUM) taken++
    else if ((bytes[i] !== 0x20 && bytes[i] !== 0x2d) || !(kindAt(i - 1) & ALNUM)) return false
  }
  return true
}

/** Characters of a sign with its last one, and of what follows it at least. */
const [MIN_SIGN, MAX_SIGN, MIN_BODY] = [3, 13, 16]
const [UNDERSCORE, DASH] = [0x5f, 0x2d]

/**
 * A sign and a body with digits and letters that change places: `ab_` and at least sixteen characters. In a run of the base64url
 * alphabet, whose first character is at `from`.
 */
export function startsSigned(bytes: Buffer, from: number, to: number): boolean {
  if (to - from < MIN_SIGN + MIN_BODY) return false
  let at = from
  const last = from + MAX_SIGN
  while (at < last && bytes[at] !== UNDERSCORE && bytes[at] !== DASH) at++
  if (at === last || at - from + 1 < MIN_SIGN || to - at <= MIN_BODY) return false
  let digits = 0
  let changes = 0
  let before = 0
  for (let i = at + 1; i < to && i - at <= 64; i++) {
    const isDigit = (KINDS[bytes[i] ?? 0] ?? 0) & DIGIT
    if (isDigit) digits++
    if (isDigit !== before) changes++
    before = isDigit
  }
  return digits >= 2 && changes >= 3
}

/** The first letter with which a bot token may begin; any later one would lead to the same end. */
export function firstBotLetter(bytes: Buffer, from: number, to: number): number {
  for (let i = from; i <= to; i++) {
    const c = bytes[i] ?? 0
    if (c >= 0x4d && c <= 0x4f) return i
  }
  return -1
}
