// Seed phrases in text (scanning §6.5): runs of words of the list, whatever stands between them, with a valid checksum. Only
// every twelfth word is looked up, since a run of twelve holds one of those; the words never leave this file.
import {hasSeedChecksum, seedWordAt} from '../../lib/bip39.js'

export interface SeedConfig {
  readonly enabled: boolean
  readonly min_words: number
  readonly verify_checksum: boolean
}

export interface SeedPhrase {
  readonly start: number
  readonly end: number
  /** Twelve words or more of the list in a row, without a checksum. */
  readonly informational: boolean
}

export interface SeedDetector {
  /** The phrases of a text, one for each run of words. */
  find(text: string): readonly SeedPhrase[]
}

const SIZES = [12, 15, 18, 21, 24]
const NONE: readonly SeedPhrase[] = []
/** Twelve words of three letters, run together. */
const MIN_LENGTH = 36
/** One window of twelve in sixteen has a checksum by chance: a text in which so many have none was made to have none. */
const MAX_CHECKS = 1024

export function makeSeedDetector({enabled, min_words, verify_checksum}: SeedConfig): SeedDetector {
  if (!enabled) return {find: () => NONE}
  const sizes = SIZES.filter((size) => size >= min_words)
  const smallest = sizes[0] ?? 24
  return {
    find(text) {
      if (text.length < MIN_LENGTH) return NONE
      const found: SeedPhrase[] = []
      let checks = 0
      for (const {starts, ends, words} of runsOf(text, smallest)) {
        const phrase = (from: number, count: number, informational: boolean): SeedPhrase => ({
          start: starts[from] ?? 0,
          end: ends[from + count - 1] ?? 0,
          informational,
        })
        let valid: SeedPhrase | undefined
        for (let from = 0; from + smallest <= words.length && valid === undefined; from++) {
          for (const size of sizes) {
            if (from + size > words.length) break
            if (!isPlausible(text, {starts, ends, words}, from, size)) continue
            if (++checks > MAX_CHECKS || hasSeedChecksum(words, from, size)) {
              valid = phrase(from, size, false)
              break
            }
          }
        }
        if (valid !== undefined) found.push(valid)
        else if (!verify_checksum) found.push(phrase(0, words.length, true))
      }
      return found
    },
  }
}

/**
 * Program text repeats a few words of the list with ever other signs between them, and one window of it in sixteen has a
 * checksum. A phrase of random words hardly repeats any; one that does is still written with one kind of separator.
 */
function isPlausible(text: string, {starts, ends, words}: Run, from: number, size: number): boolean {
  const distinct = new Set<number>()
  for (let i = from; i < from + size; i++) distinct.add(words[i] ?? 0)
  if (size - distinct.size <= size / 6) return true
  const between = new Set<string>()
  for (let i = from + 1; i < from + size; i++) {
    between.add(text.slice(ends[i - 1] ?? 0, starts[i] ?? 0).replace(/\d+/g, ''))
    // the end of a line, and one sign beside it
    if (between.size > 2) return false
  }
  return true
}

interface Run {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly words: readonly number[]
}

/** Maximal runs of at least `minimum` words of the list. */
function* runsOf(text: string, minimum: number): Generator<Run> {
  const n = text.length
  // the last words passed over, to go back to
  const pastStarts = new Int32Array(minimum)
  const pastEnds = new Int32Array(minimum)
  let slot = 0
  let at = 0
  const next = (): boolean => {
    let i = at
    while (i < n && kindOf(text.charCodeAt(i)) === 0) i++
    if (i >= n) return false
    const start = i
    let before = UPPER
    for (; i < n; i++) {
      const kind = kindOf(text.charCodeAt(i))
      if (kind === 0 || kind > before) break
      before = kind
    }
    at = i
    pastStarts[slot] = start
    pastEnds[slot] = i
    slot = slot + 1 === minimum ? 0 : slot + 1
    return true
  }
  /** Of the word passed over `back` words ago. */
  const past = (back: number): readonly [number, number] => {
    const i = (slot - 1 - back + 2 * minimum) % minimum
    return [pastStarts[i] ?? 0, pastEnds[i] ?? 0]
  }
  for (let skip = minimum; ;) {
    for (let k = 0; k < skip; k++) if (!next()) return
    const starts: number[] = []
    const ends: number[] = []
    const words: number[] = []
    for (let back = 0; back < minimum; back++) {
      const [start, end] = past(back)
      const word = seedWordAt(text, start, end)
      if (word < 0) break
      starts.unshift(start)
      ends.unshift(end)
      words.unshift(word)
    }
    // what ended the run cannot be in another; so many more words are needed to fill one
    if (words.length < minimum) {
      skip = minimum - words.length
      continue
    }
    while (next()) {
      const [start, end] = past(0)
      const word = seedWordAt(text, start, end)
      if (word < 0) break
      starts.push(start)
      ends.push(end)
      words.push(word)
    }
    yield {starts, ends, words}
    skip = minimum
  }
}

/** Letters; a capital behind a small one begins a word. */
const LOWER = 1
const UPPER = 2
const KINDS = new Uint8Array(128)
for (let c = 0x61; c <= 0x7a; c++) {
  KINDS[c] = LOWER
  KINDS[c - 0x20] = UPPER
}

function kindOf(c: number): number {
  return c < 128 ? (KINDS[c] ?? 0) : 0
}
