// Seed phrases of wallets (BIP-39, English): the words, told apart by their first four letters, and the checksum that
// makes twelve words a key and not twelve words.
import {hash} from 'node:crypto'
import {wordlist} from '@scure/bip39/wordlists/english.js'

const LETTERS = 27

interface Words {
  /** 1 for the first three letters of a word: a table that stays at hand, since most lookups are not words. */
  readonly beginnings: Uint8Array
  /** Word number + 1 by its first four letters, which no two words share. */
  readonly numbers: Int16Array
}
let table: Words | undefined

function createTable(): Words {
  const made = {beginnings: new Uint8Array(LETTERS ** 3), numbers: new Int16Array(LETTERS ** 4)}
  for (const [i, word] of wordlist.entries()) {
    let key = 0
    for (let k = 0; k < 4; k++) key = key * LETTERS + (k < word.length ? word.charCodeAt(k) - 0x60 : 0)
    made.beginnings[Math.floor(key / LETTERS)] = 1
    made.numbers[key] = i + 1
  }
  return made
}

/** The number of the word that stands in a text between two offsets, whole or as its first four letters; -1 for none. */
export function seedWordAt(text: string, start: number, end: number): number {
  const length = end - start
  if (length < 3 || length > 8) return -1
  table ??= createTable()
  let key = 0
  for (let k = 0; k < 4; k++) {
    if (k === 3 && table.beginnings[key] === 0) return -1
    const letter = k < length ? (text.charCodeAt(start + k) | 0x20) - 0x60 : 0
    if (letter < 0 || letter > 26) return -1
    key = key * LETTERS + letter
  }
  const index = (table.numbers[key] ?? 0) - 1
  if (index < 0) return -1
  const word = wordlist[index] ?? ''
  if (length !== word.length) return length === 4 ? index : -1
  for (let k = 4; k < length; k++) if ((text.charCodeAt(start + k) | 0x20) !== word.charCodeAt(k)) return -1
  return index
}

/** Whether the last bits of 12, 15, 18, 21 or 24 word numbers are the first of the digest of the bits before them. */
export function hasSeedChecksum(words: ArrayLike<number>, from: number, count: number): boolean {
  const bytes = Buffer.alloc(33)
  let buffer = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < count; i++) {
    buffer = ((buffer << 11) | (words[from + i] ?? 0)) & 0x7ffff
    bits += 11
    while (bits >= 8) {
      bits -= 8
      bytes[at++] = buffer >> bits
    }
  }
  if (bits > 0) bytes[at] = buffer << (8 - bits)
  const size = (count * 4) / 3
  const width = count / 3
  const digest = hash('sha256', bytes.subarray(0, size), 'buffer')
  return ((digest[0] ?? 0) ^ (bytes[size] ?? 0)) >> (8 - width) === 0
}
