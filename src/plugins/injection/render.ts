// A phrase as an expression, once for each view in which it is looked for (scanning §7.2). Text and literals are folded by
// the same tables; quantifiers, classes and raw parts are not touched.
import {leetFold, vowelFold} from '../../lib/letter-folds.js'
import type {GapKind, Joint, Node} from './phrase.js'

export type Variant = 'plain' | 'leet' | 'vowel' | 'optspace' | 'skeleton'

const JOINT_CLASSES: Readonly<Record<Joint, {readonly needed: string; readonly free: string}>> = {
  space: {needed: '\\s+', free: '\\s*'},
  separator: {needed: '[\\s,;:.\\-]+', free: '[\\s,;:.\\-]*'},
  comma: {needed: '\\s*,?\\s+', free: '\\s*,?\\s*'},
  colon: {needed: '\\s*[:=]\\s*', free: '\\s*[:=]\\s*'},
  dash: {needed: '\\s*[:=\\-–—]+\\s*', free: '\\s*[:=\\-–—]+\\s*'},
}

// A full stop within a name, an address or a path ends no sentence; a line end within a paragraph neither.
const SENTENCE = '(?:[^.!?\\n]|[.!?\\n]\\b|\\.{1,2}/)'
const GAP_CLASSES: Readonly<Record<GapKind, string>> = {any: '[\\s\\S]', sentence: SENTENCE, line: '[^\\n]'}

// Letters of other scripts by range: a Unicode class repeated 64 times is a program of tens of thousands of instructions.
const WORD_CHARACTER = "[\\w'\\-\\x{80}-\\x{10FFFF}]"

/** The expression, or undefined when the phrase takes no part in the view. Joints and gaps are groups in the last two. */
export function render(node: Node, variant: Variant): string | undefined {
  const body = part(node, variant, words(node))
  return body === undefined ? undefined : `(?i)${body}`
}

/** `company`: how many words the phrase has at least. */
function part(node: Node, variant: Variant, company: number): string | undefined {
  switch (node.kind) {
    case 'word':
      return word(node, variant, company)
    case 'mark':
      return variant === 'skeleton' ? undefined : escaped(foldText(node.text, variant), variant, true)
    case 'raw':
      return variant === 'skeleton' ? undefined : node.source
    case 'any':
      return variant === 'skeleton'
        ? '.{1,24}?'
        : variant === 'optspace'
          ? `${WORD_CHARACTER}{1,64}?`
          : `${WORD_CHARACTER}{1,64}`
    case 'joint': {
      const {needed, free} = JOINT_CLASSES[node.joint]
      return variant === 'skeleton' ? '()' : variant === 'optspace' ? `(${free})` : needed
    }
    case 'gap': {
      const gap = `${variant === 'skeleton' ? '.' : GAP_CLASSES[node.gap]}{0,${node.max}}?`
      return variant === 'skeleton' || variant === 'optspace' ? `(${gap})` : gap
    }
    case 'sequence': {
      const parts = node.parts.map((inner) => part(inner, variant, company))
      return parts.includes(undefined) ? undefined : parts.join('')
    }
    case 'choice': {
      const options = node.options.flatMap((option) => part(option, variant, company) ?? [])
      return options.length === 0 ? undefined : `(?:${options.join('|')})`
    }
    case 'optional': {
      const inner = part(node.inner, variant, company)
      return inner === undefined ? '' : `(?:${inner})?`
    }
  }
}

const COMPANY = 3

function word(node: Node & {kind: 'word'}, variant: Variant, company: number): string | undefined {
  const {text, cased, stem, fold} = node
  if (!fold && (variant === 'vowel' || variant === 'skeleton')) return undefined
  if (cased) {
    if (variant === 'vowel' || variant === 'skeleton') return undefined
    // alone, without its boundaries, it would stand in ordinary words
    if (variant === 'optspace') return company < COMPANY ? undefined : `(?-i:${text})`
    return `\\b(?-i:${variant === 'leet' ? text.replace(/[OIEASTBGLC]/g, (c) => `[${c}${c.toLowerCase()}]`) : text})\\b`
  }
  const literal = escaped(foldText(text, variant), variant)
  if (variant === 'skeleton' || variant === 'optspace') return literal
  const left = /^\w/.test(text) ? '\\b' : ''
  const right = stem ? '\\w*' : /\w$/.test(text) ? '\\b' : ''
  return left + literal + right
}

function foldText(text: string, variant: Variant): string {
  if (variant === 'leet') return leetFold(text)
  if (variant === 'vowel') return vowelFold(text)
  if (variant === 'skeleton') return vowelFold(leetFold(text.toLowerCase())).replace(/[^\p{L}\p{N}]/gu, '')
  return text
}

function escaped(text: string, variant: Variant, exact = false): string {
  let out = ''
  for (const c of text) {
    if (c === "'" && !exact) out += "['’]?"
    else if (c === '-' && !exact) out += '[\\s\\-]*'
    // a written 1 may be an l as well as an i
    else if (c === 'l' && variant === 'leet') out += '[li]'
    else if (c === 'l' && variant === 'skeleton') out += '[la]'
    else out += /[\p{L}\p{N}_ ]/u.test(c) ? c : `\\${c}`
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
