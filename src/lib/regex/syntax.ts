// What both engines accept: RE2 syntax, written down once, because each binding also understands things that the other
// refuses (the native one translates JavaScript escapes). Checked before either engine sees a pattern.

/** A message with a position, or undefined when the pattern is valid. */
export function checkPattern(source: string): string | undefined {
  if (source === '') return 'empty pattern'
  if (source.length > 10_000) return 'pattern longer than 10000 characters'
  try {
    const parser = new Parser(source)
    parser.alternatives(0)
    if (parser.at < source.length) parser.fail('unmatched )')
    return undefined
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message
    throw error
  }
}

/** How often the most repeated part of a valid source may stand: Infinity where nothing says. */
export function largestRepeat(source: string): number {
  const parser = new Parser(source)
  const {repeat} = parser.alternatives(0)
  return parser.isUnbounded ? Infinity : repeat
}

class SyntaxProblem extends Error {}

const MAX_REPEAT = 1000
const MAX_DEPTH = 200
/** About what the native engine's program memory holds, in weighted instructions. */
const MAX_SIZE = 50_000

/** Largest product of nested counts below a node, and an estimate of its compiled size. */
interface Shape {
  readonly repeat: number
  readonly size: number
}

const ONE: Shape = {repeat: 1, size: 1}
const ASCII_CLASS: Shape = {repeat: 1, size: 4}
const WIDE_CLASS: Shape = {repeat: 1, size: 40}
const PROPERTY: Shape = {repeat: 1, size: 600}

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

class Parser {
  at = 0
  isUnbounded = false
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  fail(message: string, at = this.at): never {
    throw new SyntaxProblem(`${message} at position ${at}`)
  }

  alternatives(depth: number): Shape {
    if (depth > MAX_DEPTH) this.fail('groups nested too deeply')
    let repeat = 1
    let size = 1
    while (this.at < this.source.length && this.source[this.at] !== ')') {
      if (this.source[this.at] === '|') {
        this.at++
        size++
        continue
      }
      const shape = this.quantified(depth)
      repeat = Math.max(repeat, shape.repeat)
      size += shape.size
      if (size > MAX_SIZE) this.fail('pattern too large')
    }
    return {repeat, size}
  }

  quantified(depth: number): Shape {
    const start = this.at
    const atom = this.atom(depth)
    const quantifier = this.quantifier()
    if (quantifier === undefined) return atom
    const repeat = atom.repeat * Math.max(1, quantifier)
    if (repeat > MAX_REPEAT) this.fail(`repeat count above ${MAX_REPEAT}`, start)
    const size = atom.size * Math.max(1, quantifier)
    if (size > MAX_SIZE) this.fail('pattern too large', start)
    if (this.source[this.at] === '?') this.at++
    const next = this.source[this.at]
    if (next === '*' || next === '+' || next === '?') {
      this.fail(next === '+' ? 'possessive quantifiers are not supported' : 'repetition of a repetition')
    }
    if (next === '{' && this.count(this.at) !== undefined) this.fail('repetition of a repetition')
    return {repeat, size}
  }

  /** The larger count, or undefined when no quantifier follows. */
  quantifier(): number | undefined {
    const c = this.source[this.at]
    if (c === '*' || c === '+' || c === '?') {
      if (c !== '?') this.isUnbounded = true
      this.at++
      return 1
    }
    if (c !== '{') return undefined
    const count = this.count(this.at)
    if (count === undefined) return undefined
    if (this.source[count.end - 2] === ',') this.isUnbounded = true
    if (count.max < count.min) this.fail('repeat counts out of order')
    if (count.max > MAX_REPEAT) this.fail(`repeat count above ${MAX_REPEAT}`)
    this.at = count.end
    return count.max
  }

  /** `{n}`, `{n,}` or `{n,m}`; anything else is literal text, as in RE2. */
  count(at: number): {readonly min: number; readonly max: number; readonly end: number} | undefined {
    const match = /^\{(\d{1,9})(,(\d{0,9}))?\}/.exec(this.source.slice(at, at + 24))
    if (match === null) return undefined
    const min = Number(match[1])
    const max = match[3] === undefined || match[3] === '' ? min : Number(match[3])
    return {min, max, end: at + match[0].length}
  }

  atom(depth: number): Shape {
    const c = this.source.charAt(this.at)
    if (c === '(') return this.group(depth)
    if (c === '[') return this.bracket()
    if (c === '\\') return this.escape(false)
    if (c === '*' || c === '+' || c === '?') this.fail('nothing to repeat')
    if (c === '{' && this.count(this.at) !== undefined) this.fail('nothing to repeat')
    this.next()
    return c === '.' ? WIDE_CLASS : ONE
  }

  next(): void {
    const code = this.source.codePointAt(this.at)
    if (code === undefined) this.fail('unexpected end')
    if (code >= 0xd800 && code <= 0xdfff) this.fail('lone surrogate')
    this.at += code > 0xffff ? 2 : 1
  }

  group(depth: number): Shape {
    const start = this.at
    this.at++
    if (this.source[this.at] === '?') {
      const rest = this.source.slice(this.at, this.at + 80)
      if (/^\?(?:[=!]|<[=!])/.test(rest)) this.fail('look-around is not supported', start)
      const named = /^\?(?:P<|<)([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest)
      const flags = /^\?([imsU]*)(-[imsU]+)?([:)])/.exec(rest)
      if (named !== null) this.at += named[0].length
      else if (flags !== null && flags[0] !== '?)') {
        this.at += flags[0].length
        if (flags[3] === ')') return ONE
      } else this.fail('unknown group', start)
    }
    const shape = this.alternatives(depth + 1)
    if (this.source[this.at] !== ')') this.fail('missing )', start)
    this.at++
    return shape
  }

  bracket(): Shape {
    const start = this.at
    this.at++
    let wide = false
    if (this.source[this.at] === '^') {
      wide = true
      this.at++
    }
    let size = wide ? WIDE_CLASS.size : ASCII_CLASS.size
    let first = true
    while (this.source[this.at] !== ']' || first) {
      if (this.at >= this.source.length) this.fail('missing ]', start)
      first = false
      const from = this.classMember()
      size += from.size
      // after a class the dash is literal
      if (from.code === undefined) continue
      if (this.source[this.at] === '-' && this.at + 1 < this.source.length && this.source[this.at + 1] !== ']') {
        const dash = this.at
        this.at++
        const to = this.classMember()
        size += 2
        if (to.code === undefined || to.code < from.code) this.fail('bad range', dash)
      }
    }
    this.at++
    return {repeat: 1, size}
  }

  classMember(): {readonly code: number | undefined; readonly size: number} {
    const posix = POSIX.exec(this.source.slice(this.at, this.at + 16))
    if (posix !== null) {
      this.at += posix[0].length
      return {code: undefined, size: 4}
    }
    if (this.source.startsWith('[:', this.at)) this.fail('unknown character class')
    const start = this.at
    if (this.source[this.at] === '\\') {
      const shape = this.escape(true)
      return {code: shape === ONE ? this.escapedCode(start) : undefined, size: shape.size}
    }
    const code = this.source.codePointAt(this.at)
    this.next()
    return {code, size: 1}
  }

  escapedCode(start: number): number {
    const text = this.source.slice(start + 1, this.at)
    const hex = /^x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))$/.exec(text)
    if (hex !== null) return parseInt(hex[1] ?? hex[2] ?? '', 16)
    if (/^[0-7]+$/.test(text)) return parseInt(text, 8)
    const control = 'abtnvfr'.indexOf(text)
    if (text.length === 1 && control > 0) return [7, 8, 9, 10, 11, 12, 13][control] ?? 0
    return text === 'a' ? 7 : (text.codePointAt(0) ?? 0)
  }

  escape(inClass: boolean): Shape {
    const start = this.at
    this.at++
    const c = this.source.charAt(this.at)
    if (c === '') this.fail('trailing backslash', start)
    this.at++
    if (c < '\x80' && !/[A-Za-z0-9]/.test(c)) return ONE
    if ('dsw'.includes(c)) return ASCII_CLASS
    if ('DSW'.includes(c)) return WIDE_CLASS
    if ('tnrfva'.includes(c)) return ONE
    if (!inClass && 'bBAz'.includes(c)) return ONE
    if (c === 'x') return this.hexEscape(start)
    if (c === 'p' || c === 'P') return this.property(start)
    if (c === '0') {
      const digits = /^[0-7]{0,2}/.exec(this.source.slice(this.at))
      this.at += digits?.[0].length ?? 0
      return ONE
    }
    if (c >= '1' && c <= '9') this.fail('back-references are not supported', start)
    if ('uc'.includes(c)) this.fail(`\\${c} is not supported; write \\x{…}`, start)
    if (c === 'Q' && !inClass) return this.quoted()
    this.fail(`\\${c} is not supported`, start)
  }

  /** `\Q…\E`: literal text up to the mark or the end. */
  quoted(): Shape {
    const end = this.source.indexOf('\\E', this.at)
    const size = (end < 0 ? this.source.length : end) - this.at
    this.at = end < 0 ? this.source.length : end + 2
    return {repeat: 1, size: Math.max(1, size)}
  }

  hexEscape(start: number): Shape {
    const match = /^(?:\{([0-9A-Fa-f]{1,8})\}|[0-9A-Fa-f]{2})/.exec(this.source.slice(this.at, this.at + 12))
    if (match === null || (match[1] !== undefined && parseInt(match[1], 16) > 0x10ffff)) {
      this.fail('bad \\x escape', start)
    }
    this.at += match[0].length
    return ONE
  }

  property(start: number): Shape {
    const match = /^(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))/.exec(this.source.slice(this.at, this.at + 40))
    const name = match?.[2] ?? match?.[3]
    if (match === null || name === undefined) this.fail('bad \\p escape', start)
    if (!CATEGORIES.has(name) && !SCRIPTS.has(name)) this.fail(`unknown Unicode property ${name}`, start)
    this.at += match[0].length
    return PROPERTY
  }
}
