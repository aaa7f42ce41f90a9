// The notation in which rules are written, parsed into a tree that every matcher is derived from: the expressions of all
// passes, and the triggers of the fast path. One source, so that they cannot disagree.
//
//   word          letters, digits, ' and -; word* any ending; word! its vowels never folded, as those of short words are not; "DAN" case-sensitive
//   W             any one word of at most 32 characters
//   space _ , : % a joint: white space | white space and - , ; : . | an optional comma | a colon or = | those or a dash
//   …40 ~40 =40   a gap of at most 40 characters: any | within a sentence | within a line
//   (a|b) x? ()?  alternatives, optional;   ^ the start of a line, after markup of lists and quotations
//   `text`        a literal with punctuation;   «regex» an expression that no folding touches; «9¦regex» with at most 9 letters,
//                 «9@+¦regex» with one of the signs @ and + among them

import {matchingText} from './matching-text.js'

export type Joint = 'space' | 'separator' | 'comma' | 'colon' | 'dash'
export type GapKind = 'any' | 'sentence' | 'line'

export type Node =
  | {
      readonly kind: 'word'
      readonly text: string
      readonly cased: boolean
      readonly stem: boolean
      readonly fold: boolean
    }
  | {readonly kind: 'mark'; readonly text: string}
  | {readonly kind: 'any'}
  | {readonly kind: 'line'}
  | {readonly kind: 'joint'; readonly joint: Joint}
  | {readonly kind: 'gap'; readonly gap: GapKind; readonly max: number}
  /** `letters`: how many units of a skeleton it may cover. */
  | {readonly kind: 'raw'; readonly source: string; readonly letters: number; readonly sign: string}
  | {readonly kind: 'sequence'; readonly parts: readonly Node[]}
  | {readonly kind: 'choice'; readonly options: readonly Node[]}
  | {readonly kind: 'optional'; readonly inner: Node}

const JOINTS: Readonly<Record<string, Joint>> = {' ': 'space', _: 'separator', ',': 'comma', ':': 'colon', '%': 'dash'}
const GAPS: Readonly<Record<string, GapKind>> = {'…': 'any', '~': 'sentence', '=': 'line'}
const WORD = /[\p{L}\p{M}\p{N}'-]+/uy
const COUNT = /\d+/y
const FEW = '4'
const LATIN_WITH_VOWEL = /^(?=.*[aeiou])[\x00-\x7f]+$/
const FOLDED_FROM = 5

/** Throws on a mistake in the notation: rules are part of the program. */
export function parsePhrase(source: string): Node {
  let at = 0
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at} in ${JSON.stringify(source)}`)
  }
  const read = (expression: RegExp): string => {
    expression.lastIndex = at
    const text = expression.exec(source)?.[0] ?? fail('nothing to read')
    at += text.length
    return text
  }
  const until = (closing: string): string => {
    const end = source.indexOf(closing, at + 1)
    if (end < 0) fail(`no ${closing}`)
    const text = source.slice(at + 1, end)
    at = end + closing.length
    return text
  }

  const choice = (): Node => {
    const options: Node[] = []
    for (;;) {
      options.push(sequence())
      if (source[at] !== '|') break
      at++
    }
    const [only] = options
    return only !== undefined && options.length === 1 ? only : {kind: 'choice', options}
  }

  const sequence = (): Node => {
    const parts: Node[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const part = single()
      if (source[at] === '?') {
        at++
        parts.push({kind: 'optional', inner: part})
      } else parts.push(part)
    }
    const [only] = parts
    return only !== undefined && parts.length === 1 ? only : {kind: 'sequence', parts}
  }

  const single = (): Node => {
    const c = source[at] ?? fail('the end')
    if (c === '(') {
      at++
      const inner = choice()
      if (source[at] !== ')') fail('no )')
      at++
      return inner
    }
    if (c === '`') return {kind: 'mark', text: until('`')}
    if (c === '«') {
      const [, letters = FEW, sign = '', expression = ''] = /^(?:(\d+)([^\w¦]*)¦)?([^]*)$/.exec(until('»')) ?? []
      return {kind: 'raw', source: expression, letters: Number(letters), sign}
    }
    if (c === '"') return {kind: 'word', text: until('"'), cased: true, stem: false, fold: true}
    if (c === '^') {
      at++
      return {kind: 'line'}
    }
    const gap = GAPS[c]
    if (gap !== undefined) {
      at++
      return {kind: 'gap', gap, max: Number(read(COUNT))}
    }
    const joint = JOINTS[c]
    if (joint !== undefined) {
      at++
      return {kind: 'joint', joint}
    }
    // literals in the form that texts are brought to: letters without marks, look-alikes folded
    const text = matchingText(read(WORD)).text
    if (text === 'W') return {kind: 'any'}
    const stem = source[at] === '*'
    const isExact = source[at] === '!'
    if (stem || isExact) at++
    return {kind: 'word', text, cased: false, stem, fold: !isExact && !isShort(text)}
  }

  /** With other vowels most short words are other words. */
  const isShort = (word: string): boolean => LATIN_WITH_VOWEL.test(word) && word.length < FOLDED_FROM

  const tree = choice()
  if (at < source.length) fail('unexpected text')
  return tree
}
