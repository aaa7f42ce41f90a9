// Every text of a JSON document in document order, with its place: what a scanner has to see of it. Accepts whatever the
// grammar accepts, so that nothing a lenient peer reads is refused unseen or left out: members that stand twice, lone
// surrogates, numbers of any size. One pass without recursion; nesting beyond the limit is a fault.
import {
  closingQuote,
  isNumberStart,
  JsonFault,
  numberEnd,
  plainQuote,
  skipSpace,
  unescape,
  unescapeSteps,
  wordAt,
} from './lexer.js'

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

/** Tokens between two pauses: a document of brackets alone has no texts. */
const STEP = 16_384
/** A longer string is read with pauses of its own. */
const LONG = 65_536

/**
 * Hands over each text as it is read, in steps: documents of many megabytes take long to read, and a document of millions
 * of texts is not held twice. What follows may be a fault: throws JsonFault where the source is no JSON.
 */
export function* takeJsonTexts(
  source: string,
  options: JsonTextOptions,
  take: (text: JsonText) => void,
): Generator<undefined, void> {
  let tokens = 0
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
    if (++tokens % STEP === 0) yield
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
      const plain = plainQuote(source, at + 1)
      const end = 1 + (plain < 0 ? closingQuote(source, at + 1) : plain)
      const text = plain < 0 ? unescape(source, at + 1, end - 1).toWellFormed() : source.slice(at + 1, plain)
      take({text, role: 'key', under: names.at(-1) ?? '', start: at, end})
      under = text
      at = skipSpace(source, end)
      if (source.charCodeAt(at) !== 0x3a) fail('":" is expected')
      at = skipSpace(source, at + 1)
      expect = EXPECT.value
      continue
    }
    if (c === 0x22) {
      const plain = plainQuote(source, at + 1, at + LONG)
      let quote = plain < 0 ? closingQuote(source, at + 1, at + LONG) : plain
      while (quote < 0) {
        yield
        quote = closingQuote(source, -quote, LONG - quote)
      }
      const end = quote + 1
      let text: string
      if (plain >= 0) text = source.slice(at + 1, plain)
      else if (end - at > LONG) text = (yield* unescapeSteps(source, at + 1, quote, LONG)).toWellFormed()
      else text = unescape(source, at + 1, quote).toWellFormed()
      take({text, role: 'string', under, start: at, end})
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
    } else if (isNumberStart(c)) {
      const end = numberEnd(source, at)
      take({text: source.slice(at, end), role: 'number', under, start: at, end})
      at = end
    } else {
      const word = wordAt(source, at)
      take({text: word, role: 'word', under, start: at, end: at + word.length})
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

/** The number as a peer would print it, where that differs from how it is written: 4.111e15 is 4111000000000000. */
export function plainNumber(text: string): string | undefined {
  if (!/[.eE]/.test(text)) return undefined
  const value = Number(text)
  if (!Number.isFinite(value)) return undefined
  const plain = String(value)
  return plain === text ? undefined : plain
}
