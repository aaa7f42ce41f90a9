// The one pass that decides "clean" (scanning §16.2): a dense automaton over the literals of all rules and known values, and
// beside it the runs of letters and digits from which rules without a literal start. It tells where a match could begin,
// never too few places; the exact judgement follows. One step for every character, whatever the text.
import {makeLiteralAutomaton} from '../../lib/literal-automaton.js'
import type {Trigger} from './patterns.js'
import {IBAN_LENGTHS} from './validators.js'

/** What a text has that makes further views of it necessary. */
export const FLAG = {
  /** Control characters with something on both sides. */
  control: 0x100,
  /** `%`, `&` or `\`. */
  escape: 0x200,
  /** A dot inside a word. */
  dotted: 0x400,
  quote: 0x800,
  beyond: 0x1000,
  digit: 0x2000,
  /** Eight short numbers or pairs of hex digits in a row. */
  codes: 0x4000,
  /** Control characters that are no blanks. */
  unseen: 0x8000,
} as const

export interface Sweep {
  /** Looks at a text; what it found stands in the fields below until the next text. */
  run(text: string): void
  /** Nothing but ASCII in it; the next `run` of the same text is the cheaper for it. */
  isAscii(text: string): boolean
  /** The runs of a text alone: start and end alternate. */
  runsOf(text: string): Int32Array
  flags: number
  /** Places: `ids[i]` is the index of a literal, or -1 − the index of a trigger; `at[i]` where it begins. */
  count: number
  ids: Int32Array
  at: Int32Array
  /** Runs of the base64 alphabets that are long enough to hide something: start and end alternate. */
  runCount: number
  runs: Int32Array
  /** Where quotes, dots and control characters stand. */
  breakCount: number
  breaks: Int32Array
}

export const TRIGGERS: readonly Trigger[] = ['digits8', 'digits15', 'ssn', 'iban', 'hex32', 'base58_50', 'dotted24']
const TRIGGER_ID = Object.fromEntries(TRIGGERS.map((trigger, i) => [trigger, -1 - i])) as Readonly<
  Record<Trigger, number>
>

const MIN_RUN = 11
const MIN_ALNUM = 24
const MIN_HEX = 32

const SEPARATOR = 1
const ALNUM = 2
const LETTER = 4
const HEX = 8
const DIGIT = FLAG.digit
const BREAK = 16
const KINDS = new Uint16Array(256)
for (let c = 0; c < 256; c++) {
  const character = String.fromCharCode(c)
  let kind = /[A-Za-z0-9+/_-]/.test(character) ? 0 : SEPARATOR
  if (/[A-Za-z0-9]/.test(character)) kind |= ALNUM
  if (/[A-Za-z]/.test(character)) kind |= LETTER
  if (/[A-Fa-f0-9]/.test(character)) kind |= HEX
  if (/[0-9]/.test(character)) kind |= DIGIT
  if (c < 0x20 || c === 0x7f) kind |= FLAG.control
  if (c < 0x09 || c === 0x0b || c === 0x0c || (c > 0x0d && c < 0x20) || c === 0x7f) kind |= FLAG.unseen
  if (/[%&\\]/.test(character)) kind |= FLAG.escape
  if (/["'`]/.test(character)) kind |= FLAG.quote
  if (c >= 0x80) kind |= FLAG.beyond
  if (character === '.' || kind & (FLAG.control | FLAG.quote)) kind |= BREAK
  KINDS[c] = kind
}

/** `literals`: lower-case ASCII. */
export function makeSweep(literals: readonly string[]): Sweep {
  const {columns, table, accepting, literalsAt} = makeLiteralAutomaton(literals)
  const lengths = literals.map(({length}) => length)
  let bytes = Buffer.alloc(4096)
  let units = Buffer.alloc(8192)

  let written: string | undefined
  let isPlain = true

  /** One byte for each UTF-16 unit, so that offsets are those of the text. */
  const write = (text: string): void => {
    const n = text.length
    if (written === text) return
    written = text
    isPlain = true
    // room for UTF-8, and a zero behind the end that is read as its neighbour
    if (bytes.length <= 3 * n) bytes = Buffer.alloc(6 * n + 1)
    if (n > 48 && bytes.write(text, 'utf8') === n) {
      bytes[n] = 0
      return
    }
    if (n > 48) {
      if (units.length < 2 * n) units = Buffer.alloc(4 * n)
      units.write(text, 'utf16le')
      isPlain = false
      narrow(units, bytes, n)
    } else
      for (let i = 0; i < n; i++) {
        const c = text.charCodeAt(i)
        bytes[i] = c < 0x80 ? c : 0x80
        if (c >= 0x80) isPlain = false
      }
    bytes[n] = 0
  }

  const emit = (id: number, at: number): void => {
    if (sweep.count === sweep.ids.length) {
      sweep.ids = grown(sweep.ids)
      sweep.at = grown(sweep.at)
    }
    sweep.ids[sweep.count] = id
    sweep.at[sweep.count++] = at
  }

  const digits = makeDigitGroups(emit)

  let shortEnd = 0
  let shorts = 0
  /** Short words with digits, one near the other: the sixteen characters between are those of `decodeSeparated`. */
  const countShort = (start: number, end: number): void => {
    shorts = start - shortEnd <= 17 ? shorts + 1 : 1
    shortEnd = end
    if (shorts >= 8) sweep.flags |= FLAG.codes
  }

  /** Looks at every 32nd character, and at those before it only where that is a hex digit. */
  const hexRuns = (start: number, end: number): void => {
    for (let from = start; from + MIN_HEX <= end;) {
      let at = from + MIN_HEX - 1
      while (at >= from && (KINDS[bytes[at] ?? 0] ?? 0) & HEX) at--
      if (at >= from) {
        from = at + 1
        continue
      }
      emit(TRIGGER_ID.hex32, from)
      from += MIN_HEX
      while (from < end && (KINDS[bytes[from] ?? 0] ?? 0) & HEX) from++
    }
  }

  const noteRun = (start: number, end: number): void => {
    if (2 * sweep.runCount === sweep.runs.length) sweep.runs = grown(sweep.runs)
    sweep.runs[2 * sweep.runCount] = start
    sweep.runs[2 * sweep.runCount + 1] = end
    sweep.runCount++
  }

  const noteBreak = (at: number): void => {
    if (sweep.breakCount === sweep.breaks.length) sweep.breaks = grown(sweep.breaks)
    sweep.breaks[sweep.breakCount++] = at
  }

  /** Letters and digits with digits among them. */
  const digitsIn = (from: number, to: number, kinds: number): void => {
    if ((kinds & LETTER) === 0) digits.add(bytes, from, to)
    else {
      // joined texts: letters before or after a number may belong to another value
      let first = from
      while ((bytes[first] ?? 0) <= 0x39) first++
      if (first > from) digits.add(bytes, from, first)
      let last = to
      while ((bytes[last - 1] ?? 0) <= 0x39) last--
      if (last < to) digits.add(bytes, last, to)
      if (to - from >= 4 && startsIban(bytes, from)) emit(TRIGGER_ID.iban, from)
    }
    if (to - from <= 7) countShort(from, to)
    if (bytes[to] === 0x3a) {
      let first = to
      while (first > from && (KINDS[bytes[first - 1] ?? 0] ?? 0) & DIGIT) first--
      if (to - first >= 8 && to - first <= 10) emit(TRIGGER_ID.digits8, first)
    }
  }

  const longWord = (from: number, to: number): void => {
    if (to - from >= MIN_HEX) hexRuns(from, to)
    if (to - from >= 51 && isWalletKey(bytes, from)) emit(TRIGGER_ID.base58_50, from)
    if (bytes[to] === 0x2e) {
      const first = firstBotLetter(bytes, from, to - MIN_ALNUM)
      if (first >= 0) emit(TRIGGER_ID.dotted24, first)
    }
  }

  const sweep: Sweep = {
    flags: 0,
    count: 0,
    ids: new Int32Array(64),
    at: new Int32Array(64),
    runCount: 0,
    runs: new Int32Array(64),
    breakCount: 0,
    breaks: new Int32Array(64),
    isAscii(text) {
      write(text)
      return isPlain
    },
    runsOf(text) {
      write(text)
      const found: number[] = []
      for (let i = 0, start = 0; i <= text.length; i++) {
        if (i < text.length && ((KINDS[bytes[i] ?? 0] ?? 0) & SEPARATOR) === 0) continue
        if (i - start >= MIN_RUN) found.push(start, i)
        start = i + 1
      }
      return Int32Array.from(found)
    },
    run(text) {
      write(text)
      const n = text.length
      const all = bytes
      sweep.count = 0
      sweep.runCount = 0
      sweep.breakCount = 0
      sweep.flags = 0
      shorts = 0
      let flags = 0
      let state = 0
      let start = 0
      let from = 0
      let word = 0
      for (let i = 0; i < n; i++) {
        const c = all[i] ?? 0
        state = table[state + (columns[c] ?? 0)] ?? 0
        if (state >= accepting) for (const id of literalsAt(state)) emit(id, i + 1 - (lengths[id] ?? 0))
        const kind = KINDS[c] ?? 0
        if (kind & ALNUM) {
          word |= kind
          continue
        }
        if (word & DIGIT) digitsIn(from, i, word)
        if (i - from >= MIN_ALNUM) longWord(from, i)
        from = i + 1
        flags |= word | kind
        word = 0
        if ((kind & SEPARATOR) === 0) continue
        if (i - start >= MIN_RUN) noteRun(start, i)
        if (kind & BREAK) {
          noteBreak(i)
          const isDotted = c === 0x2e && i > start && ((KINDS[all[i + 1] ?? 0] ?? 0) & SEPARATOR) === 0
          if (isDotted) flags |= FLAG.dotted
        }
        start = i + 1
      }
      if (word & DIGIT) digitsIn(from, n, word)
      if (n - from >= MIN_ALNUM) longWord(from, n)
      if (n - start >= MIN_RUN) noteRun(start, n)
      sweep.flags |= flags | word
      if (sweep.flags & DIGIT) digits.finish(all)
    },
  }
  return sweep
}

/** From UTF-16 to one byte for each unit. */
function narrow(from: Buffer, to: Buffer, n: number): void {
  for (let i = 0; i < n; i++) {
    const low = from[2 * i] ?? 0
    to[i] = from[2 * i + 1] === 0 && low < 0x80 ? low : 0x80
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(2 * array.length)
  larger.set(array)
  return larger
}

interface DigitGroups {
  /** The next run of digits. */
  add(bytes: Buffer, start: number, end: number): void
  finish(bytes: Buffer): void
}

/** Digits with at most one space or dash between two of them: cards and social security numbers. */
function makeDigitGroups(emit: (id: number, at: number) => void): DigitGroups {
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
function isWalletKey(bytes: Buffer, at: number): boolean {
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
function startsIban(bytes: Buffer, at: number): boolean {
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

/** The first letter with which a bot token may begin; any later one would lead to the same end. */
function firstBotLetter(bytes: Buffer, from: number, to: number): number {
  for (let i = from; i <= to; i++) {
    const c = bytes[i] ?? 0
    if (c >= 0x4d && c <= 0x4f) return i
  }
  return -1
}
