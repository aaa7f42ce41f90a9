// The one pass that decides "clean": a dense automaton over the literals of all rules and known values, and
// beside it the runs of letters and digits from which rules without a literal start. It tells where a match could begin,
// never too few places; the exact judgement follows. One step for every character, whatever the text.
import {createLiteralAutomaton} from './literal-automaton.js'
import {HINT, MAX_SEPARATOR, type Hints} from '../../lib/text/rebuilt-runs.js'
import type {Edit} from '../../lib/text/rewritten.js'
import * as byte from './byte-kinds.js'
import {createDigitGroups, firstBotLetter, isWalletKey, startsIban, startsSigned, TRIGGER_ID} from './triggers.js'
import {windowsOf, type Window} from './windows.js'

/** The matches of one text, kept while others are inspected. */
export interface SweepResult extends Pick<Sweep, 'flags' | 'ids' | 'at' | 'from' | 'reach' | 'breaks' | 'shorts'> {
  readonly text: string
}

export interface Sweep {
  /** Looks at a text; what it found stands in the fields below until the next text. */
  run(text: string): void
  /** The same of a text that was made from another by edits, looking only around them; of runs it names only those there. */
  again(text: string, edits: readonly Edit[], before: SweepResult): void
  kept(text: string): SweepResult
  /** Nothing but ASCII in it; the next `run` of the same text is the cheaper for it. */
  isAscii(text: string): boolean
  /** The same text, in one piece and of one byte a character where it can be: what was put together is read slowly. */
  flat(text: string): string
  /** The runs of a text alone: start and end alternate. */
  runsOf(text: string): Int32Array
  flags: number
  /** Places: `ids[i]` is the index of a literal, or -1 − the index of a trigger; `at[i]` where it begins. */
  count: number
  ids: Int32Array
  at: Int32Array
  /** The piece that a place was judged by, where that was in vain; see `UNJUDGED` and `STANDS`. */
  from: Int32Array
  reach: Int32Array
  /** Runs of the base64 alphabets that are long enough to hide something: start and end alternate. */
  runCount: number
  runs: Int32Array
  /** Where quotes, dots and control characters stand. */
  breakCount: number
  breaks: Int32Array
  /** Short words with digits: start and end alternate. */
  shortCount: number
  shorts: Int32Array
  /** Where a disguise may begin that src/lib/text/rebuilt-runs.ts sees through: three numbers each, as `Hints` has them. */
  hintCount: number
  hints: Int32Array
}

/** A copy, which stays as it is while other texts are inspected. */
export function hintsOf({hintCount, hints}: Sweep): Hints {
  return hints.slice(0, 3 * hintCount)
}

/** In `reach`: nobody has looked yet; the grammar holds, or may with other surroundings. */
export const UNJUDGED = 0
export const STANDS = 0x7fffffff

// constants of this file, since imported ones are looked up anew in every step
const {ALNUM, BREAK, DIGIT, FLAG, HEX, KINDS, LETTER, OPENS, SEPARATOR} = byte

/** By the length of a piece, how many more than two at one distance are worth a hint: words hardly ever make sixteen characters. */
const PIECES = Uint8Array.of(0, 8, 6, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
const LONGEST_PIECE = PIECES.length - 1
/** Visible characters of the shortest token in base 85. */
const MIN_85 = 20
const MIN_BINARY = 64

/** So few characters are written faster one by one. */
const SHORT = 48
const MIN_RUN = 11
const MIN_ALNUM = 24
const MIN_HEX = 32
const MIN_SIGNED = 19
/** A longer run is an encoded text. */
const MAX_SIGNED = 2_048

/** A text that hints at a disguise where it stands in this case. */
export interface Sign {
  readonly text: string
  readonly kind: number
}

/** `literals`: lower-case ASCII. */
export function createSweep(literals: readonly string[], signs: readonly Sign[] = []): Sweep {
  const firstSign = literals.length
  const {columns, table, accepting, literalsAt} = createLiteralAutomaton([
    ...literals,
    ...signs.map(({text}) => text.toLowerCase()),
  ])
  const lengths = literals.map(({length}) => length)
  let bytes = Buffer.alloc(4096)
  let units = Buffer.alloc(8192)

  let written: string | undefined
  let isPlain = true

  const writeAscii = (text: string): boolean => {
    const n = text.length
    // room for UTF-8, and a zero behind the end that is read as its neighbour
    if (bytes.length <= 3 * n) bytes = Buffer.alloc(6 * n + 1)
    isPlain = bytes.write(text, 'utf8') === n
    written = isPlain ? text : undefined
    if (isPlain) bytes[n] = 0
    return isPlain
  }

  /** One byte for each UTF-16 unit, so that offsets are those of the text. */
  const write = (text: string): void => {
    if (written === text) return
    const n = text.length
    if (n > SHORT) {
      if (writeAscii(text)) return
      if (units.length < 2 * n) units = Buffer.alloc(4 * n)
      units.write(text, 'utf16le')
      narrow(units, bytes, n)
    } else {
      isPlain = true
      for (let i = 0; i < n; i++) {
        const c = text.charCodeAt(i)
        bytes[i] = c < 0x80 ? c : 0x80
        if (c >= 0x80) isPlain = false
      }
    }
    written = text
    bytes[n] = 0
  }

  const growPlaces = (): void => {
    for (const name of ['ids', 'at', 'from', 'reach'] as const) sweep[name] = grown(sweep[name])
  }

  const emit = (id: number, at: number): void => {
    if (sweep.count === sweep.ids.length) growPlaces()
    sweep.ids[sweep.count] = id
    sweep.at[sweep.count] = at
    sweep.reach[sweep.count++] = UNJUDGED
  }

  const noteHint = (kind: number, at: number, size: number): void => {
    if (3 * sweep.hintCount + 3 > sweep.hints.length) sweep.hints = grown(sweep.hints)
    sweep.hints[3 * sweep.hintCount] = kind
    sweep.hints[3 * sweep.hintCount + 1] = at
    sweep.hints[3 * sweep.hintCount++ + 2] = size
  }

  const noteChain = (at: number, stride: number, length: number): void => {
    if (stride - length <= MAX_SEPARATOR) noteHint(HINT.chain, at, (stride << 8) | length)
  }

  const noteSign = (id: number, end: number): void => {
    const {text, kind} = signs[id - firstSign] ?? NO_SIGN
    const at = end - text.length
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return
    noteHint(kind, at, text.length)
  }

  const emitLiterals = (state: number, end: number): void => {
    for (const id of literalsAt(state)) {
      if (id >= firstSign) noteSign(id, end)
      else emit(id, end - (lengths[id] ?? 0))
    }
  }

  const digits = createDigitGroups(emit)

  let shortEnd = 0
  let near = 0
  /** Short words with digits, one near the other: the sixteen characters between are those of `decodeSeparated`. */
  const countShort = (start: number, end: number): void => {
    near = start - shortEnd <= 17 ? near + 1 : 1
    shortEnd = end
    if (near >= 8) sweep.flags |= FLAG.codes
    if (2 * sweep.shortCount === sweep.shorts.length) sweep.shorts = grown(sweep.shorts)
    sweep.shorts[2 * sweep.shortCount] = start
    sweep.shorts[2 * sweep.shortCount + 1] = end
    sweep.shortCount++
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

  /** Tokens with a sign: a run holds the slashes of a path, and a token ends there. */
  const signedIn = (start: number, end: number): void => {
    for (let from = start, at = start; at <= end; at++) {
      if (at < end && bytes[at] !== 0x2f && bytes[at] !== 0x2b) continue
      if (startsSigned(bytes, from, at)) emit(TRIGGER_ID.signed, from)
      from = at + 1
    }
  }

  const noteRun = (start: number, end: number): void => {
    if (end - start >= MIN_SIGNED && end - start <= MAX_SIGNED) signedIn(start, end)
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

  const longWord = (from: number, to: number, kinds: number): void => {
    if (to - from >= MIN_BINARY && (kinds & LETTER) === 0) noteHint(HINT.binary, from, 0)
    if (to - from >= MIN_HEX) hexRuns(from, to)
    if (to - from >= 51 && isWalletKey(bytes, from)) emit(TRIGGER_ID.base58_50, from)
    if (bytes[to] === 0x2e) {
      const first = firstBotLetter(bytes, from, to - MIN_ALNUM)
      if (first >= 0) emit(TRIGGER_ID.dotted24, first)
    }
  }

  const begin = (text: string, flags: number): void => {
    write(text)
    sweep.count = 0
    sweep.runCount = 0
    sweep.breakCount = 0
    sweep.shortCount = 0
    sweep.hintCount = 0
    sweep.flags = flags
    near = 0
  }

  /** Nothing reaches into the piece from outside. */
  const look = (first: number, end: number): void => {
    const all = bytes
    let flags = 0
    let state = 0
    let start = first
    let from = first
    let word = 0
    // tags between words take no letter from them: most pages have no others
    let isTagInWord = false
    // words, and runs of the base64 alphabet, at one distance from another; where visible characters begin
    let last = first - LONGEST_PIECE
    let stride = 0
    let alike = 0
    let wordLength = 0
    let lastRun = last
    let runStride = 0
    let alikeRuns = 0
    let runLength = 0
    let visible = first
    for (let i = first; i < end; i++) {
      const c = all[i] ?? 0
      state = table[state + (columns[c] ?? 0)] ?? 0
      if (state >= accepting) emitLiterals(state, i + 1)
      const kind = KINDS[c] ?? 0
      if (kind & ALNUM) {
        word |= kind
        continue
      }
      if (word & DIGIT) digitsIn(from, i, word)
      const length = i - from
      if (length >= MIN_ALNUM) longWord(from, i, word)
      flags |= word | kind
      word = 0
      if ((kind & SEPARATOR) === 0) {
        if (length > 0) {
          if (from - last !== stride) {
            stride = from - last
            alike = 0
          } else if (++alike === PIECES[wordLength]) noteChain(from, stride, wordLength)
          last = from
          wordLength = length
        }
        from = i + 1
        continue
      }
      from = i + 1
      if (i > start) {
        if (start - lastRun !== runStride) {
          runStride = start - lastRun
          alikeRuns = 0
        } else if (++alikeRuns === PIECES[runLength]) noteChain(start, runStride, runLength)
        lastRun = start
        runLength = i - start
      }
      if (c <= 0x20) {
        if (i - visible >= MIN_85) noteHint(HINT.long, visible, 0)
        visible = i + 1
      }
      if (kind & OPENS) {
        if (c === byte.LESS) isTagInWord = byte.opensInWord(all, i, isTagInWord)
        else if (c === byte.MORE) flags |= isTagInWord && byte.continuesWord(all, i) ? FLAG.tag : 0
        else if (c === byte.EQUALS) {
          if (byte.opensMail(all, i)) flags |= FLAG.mail
          else if (byte.opensAttribute(all, i)) noteHint(HINT.attribute, i + 2, 0)
        } else if (c === byte.STAR) {
          if (byte.opensComment(all, i)) noteHint(HINT.comment, i - 1, 0)
        } else flags |= FLAG.terminal
      }
      if (i - start >= MIN_RUN) noteRun(start, i)
      if (kind & BREAK) {
        noteBreak(i)
        const isDotted = c === 0x2e && i > start && ((KINDS[all[i + 1] ?? 0] ?? 0) & SEPARATOR) === 0
        if (isDotted) flags |= FLAG.dotted
      }
      start = i + 1
    }
    if (word & DIGIT) digitsIn(from, end, word)
    if (start < end && start - lastRun === runStride && alikeRuns + 1 === PIECES[runLength])
      noteChain(start, runStride, runLength)
    if (end - from >= MIN_ALNUM) longWord(from, end, word)
    if (end - visible >= MIN_85) noteHint(HINT.long, visible, 0)
    if (end - start >= MIN_RUN) noteRun(start, end)
    sweep.flags |= flags | word
  }

  /** Nothing that is looked for holds it or reaches over it; groups of digits reach over spaces. */
  const isHard = (at: number): boolean => {
    const c = bytes[at] ?? 0
    return columns[c] === 0 && c !== 0x20 && ((KINDS[c] ?? 0) & SEPARATOR) !== 0
  }

  /** Places between windows, and which of them were judged in vain by what stands there still. */
  const keepPlaces = ({ids, at, from, reach}: SweepResult, windows: readonly Window[]): void => {
    for (let i = 0, next = 0; i < ids.length; i++) {
      const place = at[i] ?? 0
      const id = ids[i] ?? 0
      while (next > 0 && (windows[next - 1]?.inStart ?? 0) > place) next--
      while (next < windows.length && (windows[next]?.inStart ?? 0) <= place) next++
      const last = windows[next - 1]
      const limit = windows[next]?.inStart ?? Infinity
      if ((last !== undefined && place < last.inEnd) || place + (lengths[id] ?? 1) > limit) continue
      const shift = last === undefined ? 0 : last.end - last.inEnd
      emit(id, place + shift)
      const to = reach[i] ?? 0
      if (to === UNJUDGED || to === STANDS || to > limit || (last !== undefined && (from[i] ?? 0) < last.inEnd))
        continue
      sweep.from[sweep.count - 1] = (from[i] ?? 0) + shift
      sweep.reach[sweep.count - 1] = to + shift
    }
  }

  const sweep: Sweep = {
    flags: 0,
    count: 0,
    ids: new Int32Array(64),
    at: new Int32Array(64),
    from: new Int32Array(64),
    reach: new Int32Array(64),
    runCount: 0,
    runs: new Int32Array(64),
    breakCount: 0,
    breaks: new Int32Array(64),
    shortCount: 0,
    shorts: new Int32Array(64),
    hintCount: 0,
    hints: new Int32Array(96),
    isAscii(text) {
      if (text.length > SHORT && written !== text) return writeAscii(text)
      write(text)
      return isPlain
    },
    flat(text) {
      if (text.length <= SHORT || !writeAscii(text)) return text
      return (written = bytes.toString('latin1', 0, text.length))
    },
    runsOf(text) {
      const results: number[] = []
      for (let i = 0, start = 0; i <= text.length; i++) {
        const c = i < text.length ? text.charCodeAt(i) : 0
        if (c < 0x80 && ((KINDS[c] ?? 0) & SEPARATOR) === 0) continue
        if (i - start >= MIN_RUN) results.push(start, i)
        start = i + 1
      }
      return Int32Array.from(results)
    },
    kept: (text) => ({
      text,
      flags: sweep.flags,
      ids: sweep.ids.slice(0, sweep.count),
      at: sweep.at.slice(0, sweep.count),
      from: sweep.from.slice(0, sweep.count),
      reach: sweep.reach.slice(0, sweep.count),
      breaks: sweep.breaks.slice(0, sweep.breakCount),
      shorts: sweep.shorts.slice(0, 2 * sweep.shortCount),
    }),
    run(text) {
      begin(text, 0)
      look(0, text.length)
      if (sweep.flags & DIGIT) digits.finish(bytes)
    },
    again(text, edits, before) {
      begin(text, before.flags & ~FLAG.codes)
      const windows = windowsOf({text, before: before.text, edits, isHard})
      keepPlaces(before, windows)
      const {breaks, shorts} = before
      let k = 0
      let m = 0
      let shift = 0
      const keepUpTo = (end: number): void => {
        for (; k < breaks.length && (breaks[k] ?? 0) < end; k++) noteBreak((breaks[k] ?? 0) + shift)
        for (; m < shorts.length && (shorts[m] ?? 0) < end; m += 2) {
          countShort((shorts[m] ?? 0) + shift, (shorts[m + 1] ?? 0) + shift)
        }
      }
      for (const {start, end, inStart, inEnd, isGap} of windows) {
        keepUpTo(inStart)
        while (k < breaks.length && (breaks[k] ?? 0) < inEnd) k++
        while (m < shorts.length && (shorts[m] ?? 0) < inEnd) m += 2
        if (!isGap) look(start, end)
        shift = end - inEnd
      }
      keepUpTo(Infinity)
      digits.finish(bytes)
    },
  }
  return sweep
}

const NO_SIGN: Sign = {text: '', kind: 0}

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
