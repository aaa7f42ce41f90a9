// Seed phrases in text: runs of words of the list, whatever stands between them, with a valid checksum. Only
// as many words are looked up as a run of twelve cannot avoid; the words never leave this file.
import {hasSeedChecksum, seedWordAt} from './bip39.js'

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
  /** The phrases of a text, one for each run of words; `longest`: a run of more words is a list of them. */
  find(text: string, longest?: number): readonly SeedPhrase[]
}

const SIZES = [12, 15, 18, 21, 24]
/** Words of the longest phrase. */
export const LONGEST_PHRASE = 24
const NONE: readonly SeedPhrase[] = []
/** Letters of the shortest words. */
const MIN_WORD = 3
/** Twelve of them, run together. */
const MIN_LENGTH = 12 * MIN_WORD
/** One window of twelve in sixteen has a checksum by chance: a text in which so many have none was made to have none. */
const MAX_CHECKS = 1024

export function createSeedDetector({enabled, min_words, verify_checksum}: SeedConfig): SeedDetector {
  if (!enabled) return {find: () => NONE}
  const sizes = SIZES.filter((size) => size >= min_words)
  const smallest = sizes[0] ?? 24
  return {
    find(text, longest = Infinity) {
      if (text.length < MIN_LENGTH) return NONE
      const results: SeedPhrase[] = []
      let checks = 0
      for (const {starts, ends, words} of runsOf(text, smallest)) {
        if (words.length > longest) continue
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
        if (valid !== undefined) results.push(valid)
        else if (!verify_checksum) results.push(phrase(0, words.length, true))
      }
      return results
    },
  }
}

/**
 * Names of members, lists of options and tables of words are full of words of the list, and one window of twelve in sixteen
 * has a checksum. A phrase of random words hardly repeats any, is not sorted, and is written down with nothing between its words
 * but the separators of a list, or with the same signs all the way: quoted in an array, dashes, capitals.
 */
function isPlausible(text: string, run: Run, from: number, size: number): boolean {
  const {starts, ends, words} = run
  const distinct = new Set<number>()
  let isSorted = true
  for (let i = from; i < from + size; i++) {
    const word = words[i] ?? 0
    distinct.add(word)
    if (i > from && word <= (words[i - 1] ?? 0)) isSorted = false
  }
  if (isSorted) return false
  const gaps: string[] = []
  for (let i = from + 1; i < from + size; i++) {
    gaps.push(
      text
        .slice(ends[i - 1] ?? 0, starts[i] ?? 0)
        .replace(/\d+/g, '')
        .replace(/\s+/g, ' '),
    )
  }
  const isListed = gaps.every((gap) => LIST_SEPARATOR.test(gap))
  // such as the phrases of test vectors; the same words over and over are filler
  if (distinct.size < size * DISTINCT) return words.length <= LONGEST_PHRASE && isListed && isWholeText(text, run)
  if (isListed) return true
  // an array of words, or an identifier made of them: a longer one is a vocabulary
  return words.length <= LONGEST_PHRASE && isRegular(gaps) && (!gaps.every(isGlue) || isApart(text, run))
}

const DISTINCT = 0.75
/** White space, commas, bars, and the signs of numbered or bulleted lists; a slash beside a blank cuts a path in a phrase. */
const LIST_SEPARATOR = /^(?=.*[\s,;|])[\s,;|./)*#\u2022-]*$/

/** The same between all words, or two or three single signs in turn. */
function isRegular(gaps: readonly string[]): boolean {
  const [first] = gaps
  if (gaps.every((gap) => gap === first)) return true
  return (
    gaps.every((gap) => /^[\s._/,-]?$/.test(gap)) &&
    [2, 3].some((period) => gaps.every((gap, i) => gap === gaps[i % period]))
  )
}

/** Capitals or underscores make one identifier of the words. */
function isGlue(gap: string): boolean {
  return gap === '' || gap === '_'
}

/** No identifier continues beside the run. */
function isApart(text: string, {starts, ends}: Run): boolean {
  const before = text.charAt((starts[0] ?? 0) - 1)
  return !/[A-Za-z_]/.test(before + text.charAt(ends.at(-1) ?? 0))
}

/** Nothing else is in the text. */
function isWholeText(text: string, {starts, ends}: Run): boolean {
  return !/[\p{L}\p{N}]/u.test(text.slice(0, starts[0] ?? 0) + text.slice(ends.at(-1) ?? 0))
}

interface Run {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
  readonly words: readonly number[]
}

/** Maximal runs of at least `minimum` words of the list. */
function* runsOf(text: string, minimum: number): Generator<Run> {
  const reach = MIN_WORD * minimum - 1
  for (let at = 0, skip = minimum; ;) {
    at = skip === minimum ? endOfListed(text, at, reach) : endOfWord(text, at, skip)
    if (at < 0) return
    if (skip < minimum && seedWordAt(text, startOfWord(text, at), at) < 0) {
      skip = minimum
      continue
    }
    const starts: number[] = []
    const ends: number[] = []
    const words: number[] = []
    // back from the word that was counted to: a run that holds it holds those before it
    for (let end = at; words.length < minimum;) {
      while (end > 0 && kindOf(text.charCodeAt(end - 1)) === 0) end--
      const start = startOfWord(text, end)
      const word = start === end ? -1 : seedWordAt(text, start, end)
      if (word < 0) break
      starts.unshift(start)
      ends.unshift(end)
      words.unshift(word)
      end = start
    }
    // what ended the run cannot be in another; so many more words are needed to fill one
    if (words.length < minimum) {
      skip = minimum - words.length
      continue
    }
    for (let end = endOfWord(text, at, 1); end >= 0; end = endOfWord(text, at, 1)) {
      at = end
      const start = startOfWord(text, end)
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

/** Where the word ends that is the `count`th behind `at`, -1 where there are fewer; no word continues at `at`. */
function endOfWord(text: string, at: number, count: number): number {
  const n = text.length
  let left = count
  let before = 0
  let i = at
  // the beginning of the next word ends it; no branch on what a character is, since noise is all turns
  for (; i < n; i++) {
    const kind = kindOf(text.charCodeAt(i))
    left -= BEGINS[(before << 2) | kind] ?? 0
    if (left < 0) break
    before = kind
  }
  if (left > 0) return -1
  while (i > at && kindOf(text.charCodeAt(i - 1)) === 0) i--
  return i
}

/**
 * Where a word of the list ends behind `at`, where a run was ended, -1 where there is none. A run that is long enough has a
 * word at the end of its least length, or the gap before one: whatever that word is not, no run before it is.
 */
function endOfListed(text: string, at: number, reach: number): number {
  let end = at
  do end = endOfWordAt(text, end + reach)
  while (end >= 0 && seedWordAt(text, startOfWord(text, end), end) < 0)
  return end
}

/** Where the word ends that stands at a place or next behind it, -1 where there is none. */
function endOfWordAt(text: string, place: number): number {
  const n = text.length
  let at = place
  while (at < n && kindOf(text.charCodeAt(at)) === 0) at++
  if (at >= n) return -1
  for (let before = kindOf(text.charCodeAt(at)); ++at < n;) {
    const kind = kindOf(text.charCodeAt(at))
    if (kind === 0 || kind > before) return at
    before = kind
  }
  return n
}

function startOfWord(text: string, end: number): number {
  let start = end
  for (let after = 0; start > 0; start--) {
    const kind = kindOf(text.charCodeAt(start - 1))
    if (kind === 0 || kind < after) return start
    after = kind
  }
  return start
}

/** Letters; a capital behind a small one begins a word. */
const LOWER = 1
const UPPER = 2
const KINDS = new Uint8Array(128)
for (let c = 0x61; c <= 0x7a; c++) {
  KINDS[c] = LOWER
  KINDS[c - 0x20] = UPPER
}

/** 1 where a word begins: by the kind before and the kind of a character. */
const BEGINS = new Uint8Array(16)
for (const before of [0, LOWER, UPPER])
  for (const kind of [LOWER, UPPER]) if (kind > before) BEGINS[4 * before + kind] = 1

function kindOf(c: number): number {
  return c < 128 ? (KINDS[c] ?? 0) : 0
}
