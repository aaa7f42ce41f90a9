// The syntax of expressions, read in one place: RE2's, as far as both engines accept it, because each binding also
// understands things that the other refuses (the native one translates JavaScript escapes). Checked before either engine
// sees a pattern.

export type Expression = Literal | Named | Class | Group | Repeat | Opaque
export type Member = Literal | Named | Range

/** `size`: about how many instructions it is compiled to. */
type Sized<Kind, Rest> = {readonly kind: Kind; readonly size: number} & Rest

/** One character; `written`: as it stands in the source. */
type Literal = Sized<'literal', {readonly written: string; readonly code: number}>
/** `.`, `\d`, `\pL`, `[:alpha:]`. */
type Named = Sized<'named', {readonly written: string}>
type Range = Sized<'range', {readonly from: Literal; readonly to: Literal}>
type Class = Sized<'class', {readonly negated: boolean; readonly members: readonly Member[]}>
type Repeat = Sized<'repeat', Count & {readonly item: Expression; readonly lazy: boolean}>
type Count = {readonly written: string; readonly min: number; readonly max: number}
/** `flags`: what stands between `(?` and `:`; undefined in a group that captures. */
type Group = Sized<'group', {readonly flags: string | undefined; readonly choices: readonly (readonly Expression[])[]}>
/** Parts whose content no caller needs. */
type Opaque = Sized<'assertion' | 'flags' | 'quoted', unknown>

/** Of an expression that the engines refuse. */
export class SyntaxProblem extends Error {}

/** Throws a SyntaxProblem. */
export function parse(source: string): Group {
  const parser = new Parser(source)
  const group = parser.alternatives(0, '')
  if (parser.at < source.length) parser.fail('unmatched )')
  return group
}

/** A message with a position, or undefined when the pattern is valid. */
export function checkPattern(source: string): string | undefined {
  if (source === '') return 'empty pattern'
  if (source.length > 10_000) return 'pattern longer than 10000 characters'
  try {
    parse(source)
    return undefined
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message
    throw error
  }
}

/** How often the most repeated part of a valid source may stand: Infinity where nothing says. */
export function largestRepeat(source: string): number {
  return largestProduct(parse(source), Infinity)
}

/** Of nested counts; `endless` stands for a count without an end. */
function largestProduct(node: Expression, endless: number): number {
  if (node.kind === 'repeat') return largestProduct(node.item, endless) * times(node, endless)
  if (node.kind !== 'group') return 1
  return Math.max(1, ...node.choices.flat().map((item) => largestProduct(item, endless)))
}

function times({min, max}: Count, endless: number): number {
  return Math.max(1, min, max === Infinity ? endless : max)
}

const MAX_REPEAT = 1000
const MAX_DEPTH = 200
/** About what the native engine's program memory holds. */
const MAX_SIZE = 50_000

const ASCII_SIZE = 4
const WIDE_SIZE = 40
const PROPERTY_SIZE = 600

const CATEGORIES = new Set(
  'L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co Cs'.split(' '),
)
const SCRIPTS = new Set(
  (
    'Any Arabic Armenian Bengali Bopomofo Braille Cherokee Common Coptic Cyrillic Devanagari Ethiopic Georgian Greek ' +
    'Gujarati Gurmukhi Han Hangul Hebrew Hiragana Inherited Kannada Katakana Khmer Lao Latin Malayalam Mongolian ' +
    'Myanmar Ogham Oriya Runic Sinhala Syriac Tamil Telugu Thaana Thai Tibetan Yi'
  ).split(' '),
)
const POSIX = /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/
const CONTROLS = new Map([...'atnvfr'].map((c, i) => [c, [7, 9, 10, 11, 12, 13][i] ?? 0]))

class Parser {
  at = 0
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  fail(message: string, at = this.at): never {
    throw new SyntaxProblem(`${message} at position ${at}`)
  }

  alternatives(depth: number, flags: string | undefined): Group {
    if (depth > MAX_DEPTH) this.fail('groups nested too deeply')
    let items: Expression[] = []
    const choices = [items]
    let size = 1
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++
        size++
        choices.push((items = []))
        continue
      }
      const item = this.quantified(depth)
      items.push(item)
      size += item.size
      if (size > MAX_SIZE) this.fail('pattern too large')
    }
    return {kind: 'group', flags, choices, size}
  }

  private quantified(depth: number): Expression {
    const start = this.at
    const item = this.atom(depth)
    const count = this.count()
    if (count === undefined) return item
    if (count.max < count.min) this.fail('repeat counts out of order')
    const factor = times(count, 1)
    if (factor > MAX_REPEAT) this.fail(`repeat count above ${MAX_REPEAT}`)
    this.at += count.written.length
    const lazy = this.source[this.at] === '?'
    const node: Repeat = {kind: 'repeat', item, ...count, lazy, size: item.size * factor}
    // asked only where the product grows, which is at most ten times from the inside out
    if (factor > 1 && largestProduct(node, 1) > MAX_REPEAT) this.fail(`repeat count above ${MAX_REPEAT}`, start)
    if (node.size > MAX_SIZE) this.fail('pattern too large', start)
    if (lazy) this.at++
    const another = this.count()?.written
    if (another === '+') this.fail('possessive quantifiers are not supported')
    if (another !== undefined) this.fail('repetition of a repetition')
    return node
  }

  /**
   * `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`, which is not passed yet; any other brace is literal text, as in RE2: also one
   * whose number begins with a zero.
   */
  private count(): Count | undefined {
    const match = /^(?:[*+?]|\{(0|[1-9]\d{0,8})(,(0|[1-9]\d{0,8})?)?\})/.exec(this.ahead(24))
    if (match === null) return undefined
    const [written, least, comma, most] = match
    if (least === undefined) return {written, min: written === '+' ? 1 : 0, max: written === '?' ? 1 : Infinity}
    const min = Number(least)
    return {written, min, max: comma === undefined ? min : most === undefined ? Infinity : Number(most)}
  }

  private atom(depth: number): Expression {
    const start = this.at
    const c = this.source.charAt(start)
    if (c === '(') return this.group(depth)
    if (c === '[') return this.bracket()
    if (c === '\\') {
      const sign = this.source.charAt(start + 1)
      if (sign === 'Q') return this.quoted()
      if (sign === '' || !'bBAz'.includes(sign)) return this.escape()
      this.at += 2
      return {kind: 'assertion', size: 1}
    }
    if (this.count() !== undefined) this.fail('nothing to repeat')
    const literal = this.character()
    if (c === '.') return this.named(start, WIDE_SIZE)
    return c === '^' || c === '$' ? {kind: 'assertion', size: 1} : literal
  }

  private group(depth: number): Expression {
    const start = this.at
    this.at++
    let flags: string | undefined
    if (this.source[this.at] === '?') {
      const rest = this.ahead(80)
      if (/^\?<?[=!]/.test(rest)) this.fail('look-around is not supported', start)
      const open = /^\?P?<[A-Za-z_]\w*>/.exec(rest) ?? /^\?([imsU]*(?:-[imsU]+)?)[:)]/.exec(rest)
      if (open === null || open[0] === '?)') this.fail('unknown group', start)
      this.at += open[0].length
      if (open[0].endsWith(')')) return {kind: 'flags', size: 1}
      flags = open[1]
    }
    const group = this.alternatives(depth + 1, flags)
    if (this.source[this.at] !== ')') this.fail('missing )', start)
    this.at++
    return group
  }

  private bracket(): Class {
    const start = this.at
    this.at++
    const negated = this.source[this.at] === '^'
    if (negated) this.at++
    let size = negated ? WIDE_SIZE : ASCII_SIZE
    const members: Member[] = []
    while (this.source[this.at] !== ']' || members.length === 0) {
      if (this.at >= this.source.length) this.fail('missing ]', start)
      const member = this.range()
      members.push(member)
      size += member.size
    }
    this.at++
    return {kind: 'class', negated, members, size}
  }

  /** Or one member; after a named one the dash is literal. */
  private range(): Member {
    const from = this.member()
    if (from.kind === 'named' || !/^-[^\]]/.test(this.ahead(2))) return from
    const dash = this.at
    this.at++
    const to = this.member()
    if (to.kind === 'named' || to.code < from.code) this.fail('bad range', dash)
    return {kind: 'range', from, to, size: 3}
  }

  private member(): Literal | Named {
    const start = this.at
    const posix = POSIX.exec(this.ahead(16))
    if (posix !== null) {
      this.at += posix[0].length
      return this.named(start, ASCII_SIZE)
    }
    if (this.source.startsWith('[:', start)) this.fail('unknown character class')
    return this.source[start] === '\\' ? this.escape() : this.character()
  }

  private character(): Literal {
    const start = this.at
    const code = this.source.codePointAt(start) ?? 0
    if (code >= 0xd800 && code <= 0xdfff) this.fail('lone surrogate')
    this.at += code > 0xffff ? 2 : 1
    return this.literal(start, code)
  }

  /** Those that mean the same in a class and outside. */
  private escape(): Literal | Named {
    const start = this.at
    const c = this.source.charAt(start + 1)
    if (c === '') this.fail('trailing backslash', start)
    this.at += 2
    const code = c < '\x80' && !/[A-Za-z0-9]/.test(c) ? c.charCodeAt(0) : CONTROLS.get(c)
    if (code !== undefined) return this.literal(start, code)
    if ('dsw'.includes(c)) return this.named(start, ASCII_SIZE)
    if ('DSW'.includes(c)) return this.named(start, WIDE_SIZE)
    if (c === 'x') return this.hexEscape(start)
    if (c === 'p' || c === 'P') return this.property(start)
    if (c === '0') {
      const digits = /^[0-7]{0,2}/.exec(this.ahead(2))?.[0] ?? ''
      this.at += digits.length
      return this.literal(start, parseInt(`0${digits}`, 8))
    }
    if (c >= '1' && c <= '9') this.fail('back-references are not supported', start)
    if ('uc'.includes(c)) this.fail(`\\${c} is not supported; write \\x{…}`, start)
    this.fail(`\\${c} is not supported`, start)
  }

  private hexEscape(start: number): Literal {
    const match = /^(?:\{([0-9A-Fa-f]{1,8})\}|([0-9A-Fa-f]{2}))/.exec(this.ahead(10))
    const code = parseInt(match?.[1] ?? match?.[2] ?? '', 16)
    if (match === null || code > 0x10ffff) this.fail('bad \\x escape', start)
    this.at += match[0].length
    return this.literal(start, code)
  }

  private property(start: number): Named {
    const match = /^(?:\{\^?([A-Za-z_]+)\}|([A-Z]))/.exec(this.ahead(40))
    const name = match?.[1] ?? match?.[2]
    if (match === null || name === undefined) this.fail('bad \\p escape', start)
    if (!CATEGORIES.has(name) && !SCRIPTS.has(name)) this.fail(`unknown Unicode property ${name}`, start)
    this.at += match[0].length
    return this.named(start, PROPERTY_SIZE)
  }

  /** `\Q…\E`: literal text up to the mark or the end. */
  private quoted(): Opaque {
    const start = this.at + 2
    const mark = this.source.indexOf('\\E', start)
    const end = mark < 0 ? this.source.length : mark
    this.at = mark < 0 ? end : end + 2
    return {kind: 'quoted', size: Math.max(1, end - start)}
  }

  private literal(start: number, code: number): Literal {
    return {kind: 'literal', written: this.source.slice(start, this.at), code, size: 1}
  }

  private named(start: number, size: number): Named {
    return {kind: 'named', written: this.source.slice(start, this.at), size}
  }

  private ahead(length: number): string {
    return this.source.slice(this.at, this.at + length)
  }
}
