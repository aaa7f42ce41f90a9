// Every text of a JSON document in document order, with its place: what a scanner has to see of it. Accepts whatever the
// grammar accepts, so that nothing a lenient peer reads is refused unseen or left out: members that stand twice, lone
// surrogates, numbers of any size. One pass without recursion; nesting beyond the limit is a fault.
import {atOnce} from '../slices.js'
import {JsonFault} from './reader.js'

export interface JsonText {
  /** Unescaped; unpaired surrogates as U+FFFD. Numbers as written. */
  readonly text: string
  readonly role: 'key' | 'string' | 'number' | 'word'
  /** Name of the member it is the value of, through arrays; of a key itself: that of the object it stands in. */
  readonly under: string
  /** UTF-16 offsets of the token in the source, quotes included. */
  readonly start: number
  readonly end: number
}

export interface JsonTextOptions {
  /** Deepest nesting of containers, the outermost one counted as 1. */
  readonly maxDepth: number
  /** Several values one after the other are one document (JSON lines, concatenated JSON). */
  readonly sequence?: boolean
}

const EXPECT = {value: 0, firstValue: 1, firstKey: 2, key: 3, after: 4} as const
type Expect = (typeof EXPECT)[keyof typeof EXPECT]

const WORDS = ['true', 'false', 'null'] as const
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Throws JsonFault where the text is no JSON. */
export function readJsonTexts(source: string, options: JsonTextOptions): readonly JsonText[] {
  return atOnce(jsonTextSteps(source, options))
}

/** Texts between two pauses. */
const STEP = 8_192
/** A longer string is read with pauses of its own. */
const LONG = 65_536

/** The same with a pause now and then: documents of many megabytes take long to read. */
export function* jsonTextSteps(source: string, options: JsonTextOptions): Generator<undefined, readonly JsonText[]> {
  const texts: JsonText[] = []
  yield* takeJsonTexts(source, options, (text) => void texts.push(text))
  return texts
}

/** Hands over each text as it is read: a document of millions of them is not held twice. What follows may be a fault. */
export function* takeJsonTexts(
  source: string,
  options: JsonTextOptions,
  take: (text: JsonText) => void,
): Generator<undefined, void> {
  let count = 0
  const taken = (text: JsonText): void => {
    count++
    take(text)
  }
  let pause = STEP
  // one entry for each open container: whether it is an object, and the member name that it stands under
  const objects: boolean[] = []
  const names: string[] = []
  let under = ''
  let expect: Expect = EXPECT.value
  let at = skipSpace(source, source.charCodeAt(0) === 0xfeff ? 1 : 0)
  if (at >= source.length) throw new JsonFault('empty', at, 'the text is empty')

  const fail = (what: string): never => {
    throw new JsonFault('syntax', at, at >= source.length ? 'the text ends too early' : what)
  }

  for (;;) {
    if (count >= pause) {
      pause += STEP
      yield
    }
    const c = source.charCodeAt(at)
    if (expect === EXPECT.after) {
      if (objects.length === 0) {
        if (at >= source.length) return
        if (!options.sequence) throw new JsonFault('trailing', at, 'text after the value')
        expect = EXPECT.value
        continue
      }
      const isObject = objects.at(-1) === true
      if (c === 0x2c) expect = isObject ? EXPECT.key : EXPECT.value
      else if (c === (isObject ? 0x7d : 0x5d)) under = close(objects, names)
      else fail(isObject ? '"," or "}" is expected' : '"," or "]" is expected')
      at = skipSpace(source, at + 1)
      continue
    }
    if (expect === EXPECT.key || expect === EXPECT.firstKey) {
      if (c === 0x7d && expect === EXPECT.firstKey) {
        under = close(objects, names)
        at = skipSpace(source, at + 1)
        expect = EXPECT.after
        continue
      }
      if (c !== 0x22) fail('a member name is expected')
      const end = endOfString(source, at)
      const text = stringAt(source, at, end)
      taken({text, role: 'key', under: names.at(-1) ?? '', start: at, end})
      under = text
      at = skipSpace(source, end)
      if (source.charCodeAt(at) !== 0x3a) fail('":" is expected')
      at = skipSpace(source, at + 1)
      expect = EXPECT.value
      continue
    }
    if (c === 0x22) {
      let end = endBefore(source, at + 1, at + LONG)
      while (end < 0) {
        yield
        end = endBefore(source, -end, LONG - end)
      }
      const text = end - at > LONG ? yield* longStringAt(source, at, end) : stringAt(source, at, end)
      taken({text, role: 'string', under, start: at, end})
      at = end
    } else if (c === 0x7b || c === 0x5b) {
      if (objects.length >= options.maxDepth) {
        throw new JsonFault('depth', at, `more than ${options.maxDepth} nested containers`)
      }
      objects.push(c === 0x7b)
      names.push(under)
      at = skipSpace(source, at + 1)
      expect = c === 0x7b ? EXPECT.firstKey : EXPECT.firstValue
      continue
    } else if (c === 0x5d && expect === EXPECT.firstValue) {
      under = close(objects, names)
      at++
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      NUMBER.lastIndex = at
      const [text] = NUMBER.exec(source) ?? fail('no JSON number')
      const end = at + text.length
      const next = source.charCodeAt(end)
      if ((next >= 0x30 && next <= 0x39) || next === 0x2e) fail('no JSON number')
      taken({text, role: 'number', under, start: at, end})
      at = end
    } else {
      const word = WORDS.find((one) => source.startsWith(one, at)) ?? fail('no JSON value')
      taken({text: word, role: 'word', under, start: at, end: at + word.length})
      at += word.length
    }
    at = skipSpace(source, at)
    expect = EXPECT.after
  }
}

/** Closes the innermost container; what follows stands under the name that it stood under. */
function close(objects: boolean[], names: string[]): string {
  objects.pop()
  return names.pop() ?? ''
}

function skipSpace(source: string, from: number): number {
  let at = from
  for (; at < source.length; at++) {
    const c = source.charCodeAt(at)
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break
  }
  return at
}

/** Offset behind the closing quote. */
function endOfString(source: string, start: number): number {
  return endBefore(source, start + 1, source.length)
}

/** The same, or the negated offset to continue from where the quote does not stand before `limit`. */
function endBefore(source: string, from: number, limit: number): number {
  const to = Math.min(limit, source.length)
  let i = from
  for (; i < to; i++) {
    const c = source.charCodeAt(i)
    if (c === 0x22) return i + 1
    if (c === 0x5c) i++
    else if (c < 0x20) throw new JsonFault('syntax', i, 'a control character stands in a string')
  }
  if (i < source.length) return -i
  throw new JsonFault('syntax', source.length, 'the text ends inside a string')
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x5c, '\\'],
  [0x2f, '/'],
  [0x62, '\b'],
  [0x66, '\f'],
  [0x6e, '\n'],
  [0x72, '\r'],
  [0x74, '\t'],
])

/** In pieces that cut no escape in two; what becomes well-formed is the whole. */
function* longStringAt(source: string, start: number, end: number): Generator<undefined, string> {
  if (!source.slice(start, end).includes('\\')) return source.slice(start + 1, end - 1)
  const pieces: string[] = []
  for (let at = start + 1; at < end - 1;) {
    let to = Math.min(at + LONG, end - 1)
    // an escape has six characters at most, and begins with the first of two backslashes
    const last = source.lastIndexOf('\\', to - 1)
    if (to < end - 1 && last > to - 7 && last >= at) to = escapeStart(source, at, last)
    pieces.push(unescaped(source.slice(at, to), at))
    at = to
    yield
  }
  return pieces.join('').toWellFormed()
}

/** Where to cut before an escape near the end of a piece: in front of all backslashes that stand in a row there. */
function escapeStart(source: string, from: number, last: number): number {
  let at = last
  while (at > from && source.charCodeAt(at - 1) === 0x5c) at--
  // a row of backslashes without an end is cut in pairs
  return at > from ? at : last - ((last - from) % 2)
}

function stringAt(source: string, start: number, end: number): string {
  const raw = source.slice(start + 1, end - 1)
  return raw.includes('\\') ? unescaped(raw, start + 1).toWellFormed() : raw
}

function unescaped(raw: string, offset: number): string {
  let i = raw.indexOf('\\')
  if (i < 0) return raw
  const parts: string[] = []
  let from = 0
  for (; i >= 0; i = raw.indexOf('\\', from)) {
    if (i > from) parts.push(raw.slice(from, i))
    const letter = raw.charCodeAt(i + 1)
    if (letter === 0x75) {
      const hex = raw.slice(i + 2, i + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) {
        throw new JsonFault('syntax', offset + i, '\\u needs four hexadecimal digits')
      }
      parts.push(String.fromCharCode(Number.parseInt(hex, 16)))
      from = i + 6
    } else {
      const plain = ESCAPES.get(letter)
      if (plain === undefined) throw new JsonFault('syntax', offset + i, 'unknown escape')
      parts.push(plain)
      from = i + 2
    }
  }
  parts.push(raw.slice(from))
  return parts.join('')
}

/** The number as a peer would print it, where that differs from how it is written: 4.111e15 is 4111000000000000. */
export function plainNumber(text: string): string | undefined {
  if (!/[.eE]/.test(text)) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  const plain = String(value)
  return plain === text ? undefined : plain
}
