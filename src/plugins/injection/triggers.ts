// What must stand in a text, in which order and how near, for a phrase to match in any view at all: derived from the phrase,
// never written by hand, so that the fast path cannot forget what a rule finds (scanning §16.2 item 4). Letters count as the
// trigger alphabet folds them, and distances in letters, so that no separator, sign or invisible character hides anything.
import {leetFold, vowelFold} from '../../lib/letter-folds.js'
import type {Node} from './phrase.js'

/** One spelling of a trigger word. `sign`: a character that the text must hold there, where letters alone are common. */
export interface TriggerWord {
  readonly letters: string
  readonly sign: string
}

export interface TriggerClass {
  readonly words: readonly TriggerWord[]
  /** Most letters from the end of the class before to the end of this one. */
  readonly reach: number
}

/** Classes that follow each other in every match of the phrase. */
export interface Chain {
  readonly classes: readonly TriggerClass[]
  /** Most letters from the start of a match to the end of the last class, and from there to the end of the match. */
  readonly before: number
  readonly after: number
}

/** The alphabet of triggers: a 1 may be an i or an l, so that l is one of the vowels here. */
export function triggerFold(text: string): string {
  return vowelFold(leetFold(text.toLowerCase())).replaceAll('l', 'a')
}

const KEPT = /[\p{L}\p{N}]/u
const ASCII = /^[\x00-\x7f]*$/
/** Shorter words stand in every line of prose; in scripts without spaces one character is a word. */
const SHORTEST = 4
const SHORTEST_ALONE = 3
const SHORTEST_ELSEWHERE = 1
/** A joint may be one sign that the leet table knows as a letter; a word has at most 64 characters. */
const JOINT_LETTERS = 1
const WORD_LETTERS = 64

export function isLatin({classes}: Chain): boolean {
  return classes.every(({words}) => words.every(({letters}) => ASCII.test(letters)))
}

type Item =
  {readonly kind: 'slack'; readonly letters: number} | {readonly kind: 'class'; readonly words: readonly TriggerWord[]}

export function chainOf(tree: Node): Chain {
  const items = linear(tree, SHORTEST)
  return chain(items.some((item) => item.kind === 'class') ? items : linear(tree, SHORTEST_ALONE))
}

function chain(items: readonly Item[]): Chain {
  const classes: TriggerClass[] = []
  let before = 0
  let slack = 0
  for (const item of items) {
    if (item.kind === 'slack') slack += item.letters
    else {
      const reach = slack + Math.max(...item.words.map(({letters}) => letters.length))
      classes.push({words: item.words, reach})
      before += reach
      slack = 0
    }
  }
  if (classes.length === 0) throw new Error('a phrase without a word of its own')
  return {classes, before, after: slack}
}

function linear(node: Node, shortest: number): readonly Item[] {
  switch (node.kind) {
    case 'word': {
      if (node.stem) return [...literal(node.text, shortest, ''), slack(WORD_LETTERS)]
      return literal(node.text, shortest, node.cased ? node.text.slice(-1) : '')
    }
    case 'mark':
      return literal(node.text, shortest, /[<[./]/.exec(node.text)?.[0] ?? '')
    case 'any':
      return [slack(WORD_LETTERS)]
    case 'line':
      return [slack(0)]
    case 'joint':
      return [slack(JOINT_LETTERS)]
    case 'gap':
      return [slack(node.max)]
    case 'raw':
      return [slack(node.letters)]
    case 'sequence':
      return node.parts.flatMap((part) => linear(part, shortest))
    case 'optional':
      return [slack(longest(node.inner))]
    case 'choice':
      return choice(node.options, shortest)
  }
}

function slack(letters: number): Item {
  return {kind: 'slack', letters}
}

function literal(text: string, shortest: number, sign: string): readonly Item[] {
  // a hyphen in a word may be a space, and that a joining sign
  return text.split('-').flatMap((part, i): readonly Item[] => {
    const letters = kept(part)
    const enough = ASCII.test(part) ? shortest : SHORTEST_ELSEWHERE
    const item: Item = letters.length >= enough ? {kind: 'class', words: [{letters, sign}]} : slack(letters.length)
    return i === 0 ? [item] : [slack(JOINT_LETTERS), item]
  })
}

function kept(text: string): string {
  return [...triggerFold(text)].filter((c) => KEPT.test(c)).join('')
}

/** One class when every option has a word for it: the longest word of each, with what may stand around it. */
function choice(options: readonly Node[], shortest: number): readonly Item[] {
  let before = 0
  let after = 0
  const words: TriggerWord[] = []
  for (const option of options) {
    const items = linear(option, shortest)
    let best = -1
    let length = 0
    for (const [i, item] of items.entries()) {
      if (item.kind !== 'class') continue
      const least = Math.min(...item.words.map(({letters}) => letters.length))
      if (least > length) {
        best = i
        length = least
      }
    }
    const chosen = items[best]
    if (chosen?.kind !== 'class') {
      return shortest > SHORTEST_ALONE ? choice(options, SHORTEST_ALONE) : [slack(Math.max(...options.map(longest)))]
    }
    words.push(...chosen.words)
    before = Math.max(before, sum(items.slice(0, best)))
    after = Math.max(after, sum(items.slice(best + 1)))
  }
  return [slack(before), {kind: 'class', words}, slack(after)]
}

function sum(items: readonly Item[]): number {
  return items.reduce(
    (letters, item) =>
      letters + (item.kind === 'slack' ? item.letters : Math.max(...item.words.map((word) => word.letters.length))),
    0,
  )
}

/** Most letters that a part covers. */
function longest(node: Node): number {
  return node.kind === 'choice' ? Math.max(...node.options.map(longest)) : sum(linearAll(node))
}

function linearAll(node: Node): readonly Item[] {
  switch (node.kind) {
    case 'sequence':
      return node.parts.flatMap(linearAll)
    case 'choice':
    case 'optional':
      return [slack(longest(node.kind === 'choice' ? node : node.inner))]
    default:
      return linear(node, SHORTEST_ELSEWHERE)
  }
}
