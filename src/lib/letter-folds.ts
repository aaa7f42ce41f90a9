// Foldings that keep the length of a text: digits and signs written for letters, and all vowels as one.

const LEET_PAIRS = '0o1i3e4a5s7t8b9g6g@a$s!i|l+t(c'
const LEET = new Map<string, string>()
for (let i = 0; i < LEET_PAIRS.length; i += 2) LEET.set(LEET_PAIRS.charAt(i), LEET_PAIRS.charAt(i + 1))

const HAS_LEET = /[013456789@$!|+(]/
// punctuation is a letter only where a word continues after it; else "rules!" would be another word than "rules"
const LEET_SIGNS = /[013456789@$]|[!|+](?=[a-zA-Z0-9])|(?<=[a-zA-Z0-9])\((?=[a-zA-Z0-9])/g
const VOWELS = /[aeiou]/gi
const ASCII = /^[\x00-\x7f]*$/

const VOWEL_TABLE = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  VOWEL_TABLE[c] = /[aeiou]/.test(String.fromCharCode(c)) ? 0x61 : /[AEIOU]/.test(String.fromCharCode(c)) ? 0x41 : c
}

export function leetFold(text: string): string {
  return HAS_LEET.test(text) ? text.replace(LEET_SIGNS, (c) => LEET.get(c) ?? c) : text
}

export function vowelFold(text: string): string {
  if (!ASCII.test(text)) return text.replace(VOWELS, (c) => (c < 'a' ? 'A' : 'a'))
  const bytes = Buffer.from(text, 'latin1')
  for (let i = 0; i < bytes.length; i++) bytes[i] = VOWEL_TABLE[bytes[i] ?? 0] ?? 0
  return bytes.toString('latin1')
}

export interface Skeleton {
  readonly text: string
  /** Offset in the folded text of each unit, and its length at the end. */
  readonly offsets: Uint32Array
}

const KEPT = /[\p{L}\p{N}]/u

const SIGNS = '!|+('
const BRACKET = 0x28
const ALPHANUMERIC = new Uint8Array(128)
for (let c = 0; c < 128; c++) ALPHANUMERIC[c] = /[a-zA-Z0-9]/.test(String.fromCharCode(c)) ? 1 : 0

/** Whether punctuation that may be written for a letter is one in this place; `step` -1 for a text read backwards. */
export function signIsLetter(text: string, at: number, step: 1 | -1 = 1): boolean {
  return alphanumeric(text, at + step) && (text.charCodeAt(at) !== BRACKET || alphanumeric(text, at - step))
}

function alphanumeric(text: string, at: number): boolean {
  return (ALPHANUMERIC[text.charCodeAt(at)] ?? 0) === 1
}

/** A sign that is a letter in some places. */
const SIGN = 0x100
/** Units of ASCII as they stand in a skeleton; 0: left out. */
const SKELETON = new Uint16Array(128)
for (let c = 0; c < 128; c++) {
  const letter = String.fromCharCode(c)
  const folded = vowelFold((LEET.get(letter) ?? letter).toLowerCase())
  SKELETON[c] = (/[a-z0-9]/.test(folded) ? folded.charCodeAt(0) : 0) | (SIGNS.includes(letter) ? SIGN : 0)
}
/** The same, with the two signs that have two readings as they are written: 1 is an i or an l, | an l or nothing. */
const LETTERS = SKELETON.slice()
for (const open of '1|') LETTERS[open.charCodeAt(0)] = open.charCodeAt(0) | (open === '|' ? SIGN : 0)

/** What a text has for letters, folded; `count` of them. */
export interface Letters {
  readonly units: Uint16Array
  /** Offset in the text of each unit, and the length of the text behind the last. */
  readonly offsets: Uint32Array
  readonly count: number
}

/** Lower case, leet and vowels folded, everything but letters and digits left out; what has two readings stays. */
export function lettersOf(text: string): Letters {
  return kept(text, LETTERS)
}

/** Lower case, leet and vowels folded, everything but letters and digits left out. */
export function skeletonOf(text: string): Skeleton {
  return textOf(kept(text, SKELETON))
}

function textOf({units, offsets, count}: Letters): Skeleton {
  return {text: Buffer.from(units.buffer, 0, count * 2).toString('utf16le'), offsets: offsets.subarray(0, count + 1)}
}

/** Letters in lower case and digits as they are written, everything else left out. */
const WRITTEN = new Uint16Array(128)
for (let c = 0; c < 128; c++)
  WRITTEN[c] = ALPHANUMERIC[c] === 1 ? String.fromCharCode(c).toLowerCase().charCodeAt(0) : 0

/** What a text says when it is read for its letters alone, none of them folded. */
export function writtenLetters(text: string): Skeleton {
  return textOf(kept(text, WRITTEN))
}

function kept(text: string, table: Uint16Array): Letters {
  const units = new Uint16Array(text.length)
  const offsets = new Uint32Array(text.length + 1)
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    let unit: number
    if (code < 128) {
      unit = table[code] ?? 0
      if (unit >= SIGN) unit = signIsLetter(text, i) ? unit - SIGN : 0
    } else unit = KEPT.test(text.charAt(i)) ? lowered(text, i, code) : 0
    if (unit === 0) continue
    units[count] = unit
    offsets[count++] = i
  }
  offsets[count] = text.length
  return {units, offsets, count}
}

function lowered(text: string, at: number, code: number): number {
  const lower = text.charAt(at).toLowerCase()
  return lower.length === 1 ? lower.charCodeAt(0) : code
}

const LATIN = /[a-z]/gi

/** ROT13: each Latin letter by the one 13 places on. */
export function rotate(text: string): string {
  return text.replace(LATIN, (c) => {
    const base = c < 'a' ? 0x41 : 0x61
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base)
  })
}
