// One pass over a text that gives the sum of weights of every window. A window is a block of about thirty words, or two
// neighbouring ones. A feature counts once in a window: what the first block already holds adds nothing in the second, so
// that two sums for each block are enough and no window is put together as a text.
import {randomBytes} from 'node:crypto'
import {UnitBuffer} from '../../../lib/text/units.js'
import {CLASSES} from './lexicon.js'
import {classOf, lowerOf, UNIT, unitOf} from './letters.js'

export const BUCKETS = 1 << 18
/** Changes whenever the same text would give other buckets: a model belongs to one version of its features. */
export const FEATURES = 1

/** Thirty words; a word counts twice, a Chinese or Japanese character once. */
const BLOCK = 60
/** Longer words are cut: what follows in Latin letters is an identifier or encoded, and says nothing in words. */
const MOST_LETTERS = 24
/** Words between two of a class that still stand near each other. */
const NEAR = 8
const CLOSE = 2

const SHIFT = 32 - 18
const SEED = 0x2f0b4c47
/** Kinds of features, so that equal letters of two kinds are two features. */
const KIND = {word: 1, two: 2, three: 3, letters: 4, capitals: 5, pair: 6, triple: 7} as const

function step(hash: number, by: number): number {
  return Math.imul(hash ^ by, 0x01000193)
}

function bucketOf(hash: number, kind: number): number {
  let h = Math.imul(hash ^ Math.imul(kind, 0x5bd1e995), 0x85ebca6b)
  h ^= h >>> 13
  return Math.imul(h, 0xc2b2ae35) >>> SHIFT
}

/** Places in the normal form of the text, of its first word and after its last. */
export interface Sums {
  readonly sum: number
  readonly count: number
  readonly start: number
  readonly end: number
}

/** Every feature of a window, where somebody wants to know: training and explanations. */
export interface Feature {
  readonly bucket: number
  readonly value: number
  /** Parts of an instruction in the order in which they stand; undefined: the letters from `start` to `end`. */
  readonly classes: readonly string[] | undefined
  readonly start: number
  readonly end: number
  /** Already in the block before. */
  readonly isRepeated: boolean
}

export interface Observer {
  feature(feature: Feature): void
  /** A block is complete. `isWhole`: as long as blocks are; only the last may be shorter. */
  block(start: number, end: number, isWhole: boolean): void
}

/**
 * Values of features: what words stand for carries over to other words and languages, their letters least. The squares are
 * summed up as the count of a window.
 */
const VALUE = {letters: 1, words: 2, classes: 3} as const

/** Words of the scan so far; half of them stay free. */
const MEMO = 8192
/** Sums do not depend on it; without it a text could be made of words that all ask for one place. */
const SALT = randomBytes(4).readInt32LE()
const START_CLASS = CLASSES.length
/** A word has at most three classes and may begin a clause. */
const RECENT = 64

interface ClassTable {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly bits: Int32Array
}

const TABLE = 4096

/** Words are normalised as the texts are. */
function classTable(normalise: (text: string) => string): ClassTable {
  const table = {first: new Int32Array(TABLE), second: new Int32Array(TABLE), bits: new Int32Array(TABLE)}
  for (const [i, {words}] of CLASSES.entries()) {
    for (const word of words.split(/\s+/)) {
      let [first, second] = [SEED, SEED]
      const text = normalise(word)
      for (let k = 0; k < Math.min(text.length, MOST_LETTERS); k++) {
        const unit = lowerOf(text.charCodeAt(k))
        first = step(first, unit)
        second = stepSecond(second, unit)
      }
      let slot = first & (TABLE - 1)
      while (table.bits[slot] !== 0 && (table.first[slot] !== first || table.second[slot] !== second)) {
        slot = (slot + 1) & (TABLE - 1)
      }
      table.first[slot] = first
      table.second[slot] = second
      table.bits[slot] = (table.bits[slot] ?? 0) | (1 << i)
    }
  }
  return table
}

function memoSlot(first: number, second: number): number {
  const h = Math.imul(first ^ SALT, 0x85ebca6b) ^ Math.imul(second, SALT | 1)
  return (h ^ (h >>> 15)) & (MEMO - 1)
}

function stepSecond(hash: number, by: number): number {
  const h = Math.imul(hash + by, 0x9e3779b1)
  return h ^ (h >>> 15)
}

/** Bits above the classes of a feature. */
const [A_CLASS, THREE, CLOSE_BY] = [1 << 20, 1 << 21, 1 << 22]
const CLASS_NAMES = [...CLASSES.map(({name}) => name), 'clause']

function classesOf(code: number): readonly string[] | undefined {
  if (code === 0) return undefined
  const classes = (code & THREE) === 0 ? [code >> 5, code] : [code >> 10, code >> 5, code]
  return classes.map((one) => CLASS_NAMES[one & 31] ?? '')
}

export class Walker {
  readonly #weights: Int8Array | Int16Array
  readonly #classes: ClassTable
  /** The last block that held a bucket. */
  readonly #stamps = new Int32Array(BUCKETS)
  readonly #first = new Int32Array(MEMO)
  readonly #second = new Int32Array(MEMO)
  readonly #epochs = new Int32Array(MEMO)
  readonly #lastBlock = new Int32Array(MEMO)
  readonly #sums = new Int32Array(MEMO)
  readonly #counts = new Uint8Array(MEMO)
  readonly #bits = new Int32Array(MEMO)
  readonly #letters = new Uint16Array(MOST_LETTERS + 2)
  readonly #text = new UnitBuffer()
  /** Classes met last, and at which word. */
  readonly #near = new Uint8Array(RECENT)
  readonly #nearAt = new Int32Array(RECENT)
  #epoch = 0
  #known = 0
  #block = 1
  // sums of the current block: whole, and without what the block before holds
  #own = 0
  #ownCount = 0
  #added = 0
  #addedCount = 0
  #observer: Observer | undefined

  constructor(weights: Int8Array | Int16Array, normalise: (text: string) => string) {
    this.#weights = weights
    this.#classes = classTable(normalise)
  }

  /** Calls `visit` with the sums of every window, in the order of the text. */
  walk(text: string, visit: (sums: Sums) => void, observer?: Observer): void {
    this.#begin(observer)
    const letters = this.#letters
    const near = this.#near
    const nearAt = this.#nearAt
    let recent = 0
    let [previous, beforeThat] = [0, 0]
    let [lastClass, classBefore, lastClassAt] = [-1, -1, 0]
    let words = 0
    let units = 0
    let [blockStart, blockEnd] = [-1, 0]
    let [priorSum, priorCount, priorStart] = [0, 0, -1]
    let blocks = 0
    let gap = UNIT.line as number
    // the two words before are remembered by their places too
    let [previousStart, beforeStart] = [0, 0]
    const {length} = text
    const source = this.#text.load(text)

    for (let i = 0; i < length;) {
      const kind = classOf(source[i] ?? 0)
      if (kind !== UNIT.word && kind !== UNIT.ideograph) {
        if (kind > gap) gap = kind
        i++
        continue
      }
      const start = i
      let first = SEED
      let second = SEED
      let count = 0
      let capitals = 0
      if (kind === UNIT.ideograph) {
        const unit = source[i++] ?? 0
        first = step(first, unit)
        second = stepSecond(second, unit)
        letters[1] = unit
        count = 1
      } else {
        let isAscii = true
        for (; i < length; i++) {
          const raw = source[i] ?? 0
          const of = unitOf(raw)
          if ((of & 7) !== UNIT.word) break
          if (count === MOST_LETTERS) {
            if (!isAscii) break
            continue
          }
          if (raw > 0x7f) isAscii = false
          else if (raw < 0x5b && raw > 0x40) capitals++
          const unit = of >> 3
          letters[++count] = unit
          first = step(first, unit)
          second = stepSecond(second, unit)
        }
      }

      if (gap >= UNIT.stop) {
        // a clause begins: an imperative stands there
        beforeThat = gap === UNIT.stop ? previous : 0
        previous = gap
        beforeStart = previousStart
        previousStart = start
        near[recent & (RECENT - 1)] = START_CLASS
        nearAt[recent++ & (RECENT - 1)] = words
        gap = UNIT.gap
      }
      if (blockStart < 0) blockStart = start

      const slot = this.#word(first, second, count, kind === UNIT.ideograph)
      if (this.#lastBlock[slot] !== this.#block) this.#countWord(slot, first, count, kind === UNIT.ideograph, start, i)
      if (previous !== 0) {
        const two = step(first, previous)
        this.#feature(bucketOf(two, KIND.two), previousStart, i)
        if (beforeThat !== 0) this.#feature(bucketOf(step(two, beforeThat), KIND.three), beforeStart, i)
      }
      if (capitals > 1 && capitals === count) this.#feature(bucketOf(first, KIND.capitals), start, i)

      let bits = this.#bits[slot] ?? 0
      if (kind === UNIT.ideograph && previousStart === start - 1) {
        bits |= this.#classBits(
          step(step(SEED, source[start - 1] ?? 0), source[start] ?? 0),
          stepSecond(stepSecond(SEED, source[start - 1] ?? 0), source[start] ?? 0),
        )
      }
      words++
      while (bits !== 0) {
        const one = 31 - Math.clz32(bits)
        bits ^= 1 << one
        // the last word of each class, the nearest first
        let known = 1 << one
        for (let k = recent - 1; k >= 0 && k > recent - RECENT; k--) {
          const other = near[k & (RECENT - 1)] ?? 0
          const distance = words - (nearAt[k & (RECENT - 1)] ?? 0)
          if (distance > NEAR) break
          if ((known & (1 << other)) !== 0) continue
          known |= 1 << other
          const code = A_CLASS | (other << 5) | one
          this.#feature(bucketOf(code, KIND.pair), start, i, code)
          if (distance <= CLOSE) this.#feature(bucketOf(code | CLOSE_BY, KIND.pair), start, i, code)
        }
        if (lastClass >= 0 && lastClass !== one && words - lastClassAt <= NEAR) {
          if (classBefore >= 0) {
            const code = A_CLASS | THREE | (classBefore << 10) | (lastClass << 5) | one
            this.#feature(bucketOf(code, KIND.triple), start, i, code)
          }
          classBefore = lastClass
        } else if (lastClass !== one) classBefore = -1
        lastClass = one
        lastClassAt = words
        near[recent & (RECENT - 1)] = one
        nearAt[recent++ & (RECENT - 1)] = words
      }

      beforeThat = previous
      beforeStart = previousStart
      previous = first
      previousStart = start
      blockEnd = i
      units += kind === UNIT.ideograph ? 1 : 2
      if (units >= BLOCK) {
        visit({sum: this.#own, count: this.#ownCount, start: blockStart, end: blockEnd})
        if (blocks > 0) visit(this.#pair(priorSum, priorCount, priorStart, blockEnd))
        observer?.block(blockStart, blockEnd, true)
        blocks++
        priorSum = this.#own
        priorCount = this.#ownCount
        priorStart = blockStart
        this.#next()
        blockStart = -1
        units = 0
      }
    }
    if (blockStart < 0) return
    // the last words of a longer text are judged with those before them
    if (blocks > 0) visit(this.#pair(priorSum, priorCount, priorStart, blockEnd))
    else visit({sum: this.#own, count: this.#ownCount, start: blockStart, end: blockEnd})
    observer?.block(blockStart, blockEnd, false)
  }

  #pair(sum: number, count: number, start: number, end: number): Sums {
    return {sum: sum + this.#added, count: count + this.#addedCount, start, end}
  }

  #begin(observer: Observer | undefined): void {
    this.#observer = observer
    // what the scan before stamped is two blocks behind
    this.#block += 2
    if (this.#block > 0x3fffffff) {
      this.#stamps.fill(0)
      this.#lastBlock.fill(0)
      this.#block = 3
    }
    this.#epoch = (this.#epoch + 1) | 0
    this.#known = 0
    this.#own = this.#ownCount = this.#added = this.#addedCount = 0
  }

  #next(): void {
    this.#block++
    this.#own = this.#ownCount = this.#added = this.#addedCount = 0
  }

  #feature(bucket: number, start: number, end: number, code = 0): void {
    const last = this.#stamps[bucket] ?? 0
    if (last === this.#block) return
    this.#stamps[bucket] = this.#block
    const value = code === 0 ? VALUE.words : VALUE.classes
    const weight = (this.#weights[bucket] ?? 0) * value
    this.#own += weight
    this.#ownCount += value * value
    const isRepeated = last === this.#block - 1
    if (!isRepeated) {
      this.#added += weight
      this.#addedCount += value * value
    }
    this.#observer?.feature({bucket, start, end, isRepeated, value, classes: classesOf(code)})
  }

  /** The slot of a word; the sum of its own weights is made when the scan meets it for the first time. */
  #word(first: number, second: number, count: number, isIdeograph: boolean): number {
    let slot = memoSlot(first, second)
    while (this.#epochs[slot] === this.#epoch) {
      if (this.#first[slot] === first && this.#second[slot] === second) return slot
      slot = (slot + 1) & (MEMO - 1)
    }
    if (++this.#known > MEMO / 2) {
      // a long text of ever new words: they are counted anew, which depends on the text alone
      this.#epoch = (this.#epoch + 1) | 0
      this.#known = 1
      slot = memoSlot(first, second)
    }
    this.#epochs[slot] = this.#epoch
    this.#first[slot] = first
    this.#second[slot] = second
    this.#lastBlock[slot] = 0
    this.#bits[slot] = this.#classBits(first, second)
    const weights = this.#weights
    let sum = (weights[bucketOf(first, KIND.word)] ?? 0) * VALUE.words
    let features = VALUE.words * VALUE.words
    if (!isIdeograph) {
      const letters = this.#letters
      letters[0] = 1
      letters[count + 1] = 2
      for (let k = 0; k + 2 <= count + 1; k++) {
        let h = step(step(step(SEED, letters[k] ?? 0), letters[k + 1] ?? 0), letters[k + 2] ?? 0)
        sum += weights[bucketOf(h, KIND.letters)] ?? 0
        features++
        if (k + 3 > count + 1) continue
        h = step(h, letters[k + 3] ?? 0)
        sum += weights[bucketOf(h, KIND.letters)] ?? 0
        features++
        if (k + 4 > count + 1) continue
        h = step(h, letters[k + 4] ?? 0)
        sum += weights[bucketOf(h, KIND.letters)] ?? 0
        features++
      }
    }
    this.#sums[slot] = sum
    this.#counts[slot] = features
    return slot
  }

  #countWord(slot: number, first: number, count: number, isIdeograph: boolean, start: number, end: number): void {
    const isRepeated = this.#lastBlock[slot] === this.#block - 1
    this.#lastBlock[slot] = this.#block
    const sum = this.#sums[slot] ?? 0
    const features = this.#counts[slot] ?? 0
    this.#own += sum
    this.#ownCount += features
    if (!isRepeated) {
      this.#added += sum
      this.#addedCount += features
    }
    const observer = this.#observer
    if (observer === undefined) return
    const value = VALUE.words
    observer.feature({bucket: bucketOf(first, KIND.word), start, end, isRepeated, value, classes: undefined})
    if (isIdeograph) return
    const letters = this.#letters
    letters[0] = 1
    letters[count + 1] = 2
    for (let k = 0; k + 2 <= count + 1; k++) {
      let h = step(step(SEED, letters[k] ?? 0), letters[k + 1] ?? 0)
      for (let n = 2; n < 5 && k + n <= count + 1; n++) {
        h = step(h, letters[k + n] ?? 0)
        observer.feature({
          bucket: bucketOf(h, KIND.letters),
          start: Math.max(start, start + k - 1),
          end: Math.min(end, start + k + n),
          isRepeated,
          value: VALUE.letters,
          classes: undefined,
        })
      }
    }
  }

  #classBits(first: number, second: number): number {
    const {first: firsts, second: seconds, bits} = this.#classes
    let slot = first & (TABLE - 1)
    while (bits[slot] !== 0) {
      if (firsts[slot] === first && seconds[slot] === second) return bits[slot] ?? 0
      slot = (slot + 1) & (TABLE - 1)
    }
    return 0
  }
}
