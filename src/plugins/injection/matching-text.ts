// The normal form in which phrases are looked for, with the way back: every character
// of the result knows where in the input it came from, so that a hit can be named, stripped and judged in its place.
// One pass; what one code point becomes does not depend on its neighbours, but for the composition of Hangul and kana.
import {foldConfusables} from '../../lib/text/confusables.js'
import {EXOTIC_SPACE, INVISIBLE} from '../../lib/text/normalise.js'

export interface MatchingText {
  readonly text: string
  /** Offset in the input of every UTF-16 unit of `text`, and the input's length at the end; undefined: the same offsets. */
  readonly offsets: Uint32Array | undefined
  /** Invisible or control characters were removed or replaced, or signs stand for letters. */
  readonly hidden: boolean
  /** It would be longer than allowed, and ends there. */
  readonly isCut?: true
}

/** White space, line ends and printable ASCII, which nothing here changes. */
const PLAIN = /^[\t\n\x20-\x7e]*$/
/** Marks on letters and signs around them, which no reader takes for other letters. */
const MARK = /^(?![\u3099\u309a])[\p{Mn}\p{Me}]$/u
/** Letters that are signs of their own: one before a word may be part of it or no letter at all. */
const SIGN_LETTER = /^[\u249c-\u24e9\u{1f110}-\u{1f189}\u{1f1e6}-\u{1f1ff}]$/u
const ONE_INVISIBLE = new RegExp(
  `^(?:${INVISIBLE.source}|[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f])$`,
  'u',
)
const ONE_SPACE = new RegExp(`^${EXOTIC_SPACE.source}$`)
/** A parser that sees a line end where this program sees a space would read another document. */
const LINE_ENDS = new Set(['\r', '\x85', '\u2028', '\u2029'])
/** Vowel and final jamo, and the two kana marks, which join what stands before them. */
const JOINING = /^[\u1161-\u1175\u11a8-\u11c2\u3099\u309a]$/

/**
 * `invisible`: deleted (a character within a word), or a space (a character instead of one). `most`: units of the result,
 * since one letter may unfold to 18 (U+FDFA).
 */
export function matchingText(
  input: string,
  invisible: 'delete' | 'space' = 'delete',
  most = Number.POSITIVE_INFINITY,
): MatchingText {
  if (PLAIN.test(input)) return {text: input, offsets: undefined, hidden: false}
  const out = new Output(input)
  let hidden = false
  for (let i = 0; i < input.length;) {
    const plain = out.copyPlain(i)
    i += plain
    if (plain > 0) continue
    const code = input.codePointAt(i) ?? 0
    const folded = foldCharacter(code)
    if (folded === undefined) {
      hidden = true
      if (invisible === 'space') out.put(' ', i)
    } else if (isSignLetter(code)) {
      hidden = true
      out.put(invisible === 'space' ? ' ' : folded, i)
    } else if (folded !== '') {
      const before = folded >= '\u0080' && JOINING.test(folded) ? out.last() : ''
      const joined = before === '' ? '' : (before + folded).normalize('NFC')
      if (before !== '' && joined.length === 1) out.replaceLast(joined)
      else out.put(folded, i)
    }
    i += code > 0xffff ? 2 : 1
    if (out.length > most) return {...out.done(), hidden, isCut: true}
  }
  return {...out.done(), hidden}
}

/** Units of the normal form, each with its place in the input. */
class Output {
  readonly #input: string
  #units: Uint16Array
  #offsets: Uint32Array
  #length = 0

  constructor(input: string) {
    this.#input = input
    this.#units = new Uint16Array(input.length + 16)
    this.#offsets = new Uint32Array(input.length + 16)
  }

  put(piece: string, from: number): void {
    if (this.#length + piece.length >= this.#units.length) this.#grow(piece.length)
    for (let k = 0; k < piece.length; k++) {
      this.#units[this.#length] = piece.charCodeAt(k)
      this.#offsets[this.#length++] = from
    }
  }

  get length(): number {
    return this.#length
  }

  last(): string {
    return this.#length === 0 ? '' : String.fromCharCode(this.#units[this.#length - 1] ?? 0)
  }

  replaceLast(by: string): void {
    this.#units[this.#length - 1] = by.charCodeAt(0)
  }

  /** How many characters from a place on stay as they are; they are copied as far as there is room. */
  copyPlain(from: number): number {
    const input = this.#input
    const units = this.#units
    const offsets = this.#offsets
    const at = this.#length
    const most = Math.min(input.length - from, units.length - at - 1)
    let k = 0
    for (; k < most; k++) {
      const unit = input.charCodeAt(from + k)
      if (!isPlain(unit)) break
      units[at + k] = unit
      offsets[at + k] = from + k
    }
    this.#length += k
    return k
  }

  done(): Pick<MatchingText, 'text' | 'offsets'> {
    const length = this.#length
    this.put('\0', this.#input.length)
    const text = Buffer.from(this.#units.buffer, 0, length * 2).toString('utf16le')
    return {text, offsets: this.#offsets}
  }

  #grow(by: number): void {
    const size = 2 * (this.#length + by)
    const [units, offsets] = [new Uint16Array(size), new Uint32Array(size)]
    units.set(this.#units)
    offsets.set(this.#offsets)
    this.#units = units
    this.#offsets = offsets
  }
}

function isSignLetter(code: number): boolean {
  return code > 0x249b && SIGN_LETTER.test(String.fromCodePoint(code))
}

function isPlain(code: number): boolean {
  return (code > 0x1f && code < 0x7f) || code === 0x0a || code === 0x09
}

/** Where a span of the normal form stands in the input. */
export function originalSpan(view: MatchingText, start: number, end: number): {start: number; end: number} {
  const {offsets} = view
  if (offsets === undefined) return {start, end}
  const from = offsets[start] ?? 0
  // one character of the input may have become several: the span ends after all of it
  let after = end
  while (after < view.text.length && offsets[after] === offsets[after - 1]) after++
  return {start: from, end: Math.max(offsets[after] ?? from, from)}
}

/** Each code point is folded once in the life of the process; the table is bounded by what Unicode has. */
const folded = new Map<number, string | undefined>()

/** What a code point becomes; '' for a mark; undefined for an invisible or control character. */
function foldCharacter(code: number): string | undefined {
  const known = folded.get(code)
  if (known !== undefined || folded.has(code)) return known
  const result = computeFold(String.fromCodePoint(code))
  folded.set(code, result)
  return result
}

function computeFold(character: string): string | undefined {
  if (character === '\t' || character === '\n') return character
  if (LINE_ENDS.has(character)) return '\n'
  if (ONE_INVISIBLE.test(character)) return undefined
  if (ONE_SPACE.test(character)) return ' '
  if (character >= '\ud800' && character <= '\udfff' && character.length === 1) return '\ufffd'
  let out = ''
  // folded before and after the marks are gone: a letter with a dieresis may stand for one without
  // and before compatibility, which takes some of them for what they do not look like
  for (const part of foldConfusables(foldConfusables(character).normalize('NFKC')).normalize('NFD'))
    if (!MARK.test(part)) out += part
  return foldConfusables(out.normalize('NFC'))
}
