// A phrase as an expression, once for each view in which it is looked for. Text and literals are folded by
// the same tables; quantifiers, classes and raw parts are not touched.
import {leetFold, vowelFold} from './letter-folds.js'
import type {GapKind, Joint, Node} from './phrase.js'

/** `letters`: a skeleton whose letters are not folded. */
export type Variant = 'plain' | 'spaced' | 'leet' | 'vowel' | 'optspace' | 'skeleton' | 'letters'

/** What a group of the expression stands for; plain and leet expressions have none. */
export type Group =
  | {readonly kind: 'joint'; readonly joint: Joint}
  | {readonly kind: 'gap'; readonly gap: GapKind; readonly max: number}
  /** A literal whose signs, which a skeleton leaves out, must stand in the text. */
  | {readonly kind: 'mark'; readonly signs: string}
  | {readonly kind: 'line'}
  | {readonly kind: 'any'}
  /** A word that is found as it is written only: with another vowel it is an ordinary word. */
  | {readonly kind: 'exact'; readonly text: string}

export interface Rendered {
  readonly source: string
  readonly groups: readonly Group[]
}

// A sign that joins words may stand where a space would: "on,.you".
const AFTER = '(?:\\s+|[.\\-])'
const JOINT_CLASSES: Readonly<Record<Joint, {readonly needed: string; readonly free: string}>> = {
  space: {needed: '\\s+', free: '\\s*'},
  separator: {needed: '[\\s,;:.\\-]+', free: '[\\s,;:.\\-]*'},
  comma: {needed: `\\s*[,;:]?${AFTER}`, free: `\\s*[,;:]?${AFTER}?`},
  colon: {needed: `\\s*[:=]${AFTER}?`, free: `\\s*[:=]${AFTER}?`},
  dash: {needed: '\\s*[:=\\-–—]+[\\s.\\-]*', free: '\\s*[:=\\-–—]+[\\s.\\-]*'},
}

// A full stop within a name, an address or a path ends no sentence, nor does a line end within a paragraph.
const SENTENCE = '(?:[^.!?\\n]|[.!?\\n]\\b|\\n[\\x{80}-\\x{10FFFF}]|\\.{1,2}[/~$])'
const GAP_CLASSES: Readonly<Record<GapKind, string>> = {any: '[\\s\\S]', sentence: SENTENCE, line: '[^\\n]'}
const LINE_START = '(?:^|\\n)[ \\t>*]*'
/** What comes straight before a word belongs to it, not to a sentence that ends. */
const GAP_ENDS: Readonly<Record<GapKind, string>> = {any: '', sentence: '[.!?\\n]?', line: ''}

// Letters of other scripts by range: a Unicode class repeated 32 times is a program of tens of thousands of instructions.
const WORD_CHARACTER = "[\\w'\\-\\x{80}-\\x{10FFFF}]"

const ASCII = /^[\x00-\x7f]*$/
const COMPANY = 3
/** Signs that may join words, escaped, after a letter. */
const JOINING = /(?<=[a-z0-9])(?:\\[./|*~-]|_)/gi

/** The expression, or undefined when the phrase takes no part in the view. */
export function render(node: Node, variant: Variant): Rendered | undefined {
  const groups: Group[] = []
  const bare = variant === 'skeleton' || variant === 'letters'
  const loose = bare || variant === 'optspace'
  const company = words(node)

  const word = ({text, cased, stem, fold}: Node & {kind: 'word'}): string | undefined => {
    if (cased) {
      if (variant === 'vowel' || bare) return undefined
      // alone, without its boundaries, it would stand in ordinary words
      if (variant === 'optspace') return company < COMPANY ? undefined : `(?-i:${text})`
      return `\\b(?-i:${variant === 'leet' ? text.replace(/[OIEASTBGLC]/g, (c) => `[${c}${c.toLowerCase()}]`) : text})\\b`
    }
    const literal = escaped(foldText(text, variant), variant)
    // "run" is "ran" in every other story
    if (!fold && variant === 'skeleton') return group({kind: 'exact', text}, `(${literal})`)
    if (loose) return literal
    if (!fold && variant === 'vowel') return group({kind: 'exact', text}, `\\b(${literal})\\b`)
    const left = /^\w/.test(text) ? '\\b' : ''
    const right = stem ? (ASCII.test(text) ? '\\w{0,32}' : `${WORD_CHARACTER}{0,32}`) : /\w$/.test(text) ? '\\b' : ''
    return left + literal + right
  }

  const group = (of: Group, source: string): string => {
    groups.push(of)
    return source
  }

  const part = (inner: Node): string | undefined => {
    switch (inner.kind) {
      case 'word':
        return word(inner)
      case 'mark':
        // a path within the row lost the signs between its names with the others
        if (variant === 'spaced') return escaped(inner.text, variant, true).replace(JOINING, '[$& ]')
        if (!bare) return escaped(foldText(inner.text, variant), variant, true)
        return group({kind: 'mark', signs: signsOf(inner.text)}, `(${escaped(foldText(inner.text, variant), variant)})`)
      case 'line':
        return bare ? group({kind: 'line'}, '()') : LINE_START
      case 'raw':
        return bare ? undefined : inner.source
      case 'any':
        if (bare) return group({kind: 'any'}, '(.{1,32}?)')
        return `${WORD_CHARACTER}{1,32}${loose ? '?' : ''}`
      case 'joint': {
        const {needed, free} = JOINT_CLASSES[inner.joint]
        if (!loose) return needed
        return group({kind: 'joint', joint: inner.joint}, bare ? '()' : `(${free})`)
      }
      case 'gap': {
        const gap = bare ? `.{0,${inner.max}}?` : `${GAP_CLASSES[inner.gap]}{0,${inner.max}}?${GAP_ENDS[inner.gap]}`
        return loose ? group({kind: 'gap', gap: inner.gap, max: inner.max}, `(${gap})`) : gap
      }
      case 'sequence':
        return sequence(inner.parts)
      case 'choice': {
        const options: string[] = []
        // without boundaries the longer of two words must be tried first, or a hit ends within it
        for (const option of bare ? longestFirst(inner.options) : inner.options) {
          const source = attempt(option)
          if (source !== undefined) options.push(source)
        }
        return options.length === 0 ? undefined : `(?:${options.join('|')})`
      }
      case 'optional': {
        const source = attempt(inner.inner)
        return source === undefined ? '' : `(?:${source})?`
      }
    }
  }

  const sequence = (parts: readonly Node[]): string | undefined => {
    let out = ''
    for (const inner of parts) {
      const source = part(inner)
      if (source === undefined) return undefined
      out += source
    }
    return out
  }

  /** Groups of a part that comes to nothing are taken back. */
  const attempt = (inner: Node): string | undefined => {
    const before = groups.length
    const source = part(inner)
    if (source === undefined) groups.length = before
    return source
  }

  const source = attempt(node)
  return source === undefined ? undefined : {source: `(?i)${source}`, groups}
}

function longestFirst(options: readonly Node[]): readonly Node[] {
  const length = (node: Node): number => (node.kind === 'word' ? node.text.length : 0)
  return options.every(({kind}) => kind === 'word') ? [...options].sort((a, b) => length(b) - length(a)) : options
}

const NO_LETTER = /[^\p{L}\p{N}]/gu

function foldText(text: string, variant: Variant): string {
  if (variant === 'leet') return leetFold(text)
  if (variant === 'vowel') return vowelFold(text)
  if (variant === 'skeleton') return vowelFold(leetFold(text.toLowerCase())).replace(NO_LETTER, '')
  if (variant === 'letters') return text.toLowerCase().replace(NO_LETTER, '')
  return text
}

/** What a skeleton leaves out of a literal. */
function signsOf(text: string): string {
  return leetFold(text).replace(/[\p{L}\p{N}!|+(]/gu, '')
}

const EITHER: Readonly<Record<string, string>> = {'(': '[(c]', '!': '[!i]', '|': '[|li]', '+': '[+t]'}

function escaped(text: string, variant: Variant, exact = false): string {
  let out = ''
  for (const c of text) {
    if (c === "'" && !exact) out += "['’]?"
    else if (c === '-' && !exact) out += '[\\s\\-]*'
    // a written 1 may be an l as well as an i
    else if (c === 'l' && variant === 'leet') out += '[li]'
    else if (c === 'l' && variant === 'skeleton') out += '[la]'
    // at its edge a sign may be part of a word of the text or not
    else if (variant === 'leet' && EITHER[c] !== undefined) out += EITHER[c]
    else out += /[\p{L}\p{M}\p{N}_ ]/u.test(c) ? c : `\\${c}`
  }
  return out
}

/** Words that every reading of the phrase has. */
function words(node: Node): number {
  switch (node.kind) {
    case 'word':
    case 'any':
      return 1
    case 'sequence':
      return node.parts.reduce((sum, inner) => sum + words(inner), 0)
    case 'choice':
      return Math.min(...node.options.map(words))
    default:
      return 0
  }
}
