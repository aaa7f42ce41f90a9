// What must stand in a text, in which order and how near, for a phrase to match in any view at all: derived from the phrase,
// never written by hand, so that the fast path cannot forget what a rule finds. Distances are counted
// in letters, so that no separator, sign or invisible character hides anything.
import {leetFold, vowelFold} from './letter-folds.js'
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

export function triggerFold(text: string): string {
  return vowelFold(leetFold(text.toLowerCase()))
}

const KEPT = /[\p{L}\p{N}]/u
const ASCII = /^[\x00-\x7f]*$/
/** Shorter words stand in every line of prose; in scripts without spaces one character is a word. */
const SHORTEST = 4
const SHORTEST_ALONE = 3
/** Spellings of neighbouring words that are made one class. */
const MOST_SPELLINGS = 48
/** A word of the text has at most 32 characters. */
const WORD_LETTERS = 32

type Item =
  {readonly kind: 'slack'; readonly letters: number} | {readonly kind: 'class'; readonly words: readonly TriggerWord[]}

/** `most`: letters of a word that are looked for. Beginnings of words keep the tables of many languages small. */
export function chainOf(tree: Node, most = Infinity): Chain {
  const items = merged(linear(tree))
  const long = demoted(items, SHORTEST)
  return chain(long.filter(isClass).length >= 2 ? long : demoted(items, SHORTEST_ALONE), most)
}

export function isLatin({classes}: Chain): boolean {
  return classes.every(({words}) => words.every(({letters}) => ASCII.test(letters)))
}

function chain(items: readonly Item[], most: number): Chain {
  const classes: TriggerClass[] = []
  let before = 0
  let gap = 0
  for (const item of items) {
    if (item.kind === 'slack') gap += item.letters
    else {
      const words = item.words.map(({letters, sign}) => ({
        letters: ASCII.test(letters) && sign === '' ? letters.slice(0, most) : letters,
        sign,
      }))
      const reach = gap + widest(item)
      classes.push({words, reach})
      before += reach
      // what is not looked for stands behind the place where a word is recognized
      gap = Math.max(...item.words.map(({letters}, i) => letters.length - (words[i]?.letters.length ?? 0)))
    }
  }
  if (classes.length === 0) throw new Error('a phrase without a word of its own')
  return {classes, before, after: gap}
}

function isClass(item: Item): boolean {
  return item.kind === 'class'
}

/** The parts of a phrase in their order, every literal a class. */
function linear(node: Node): readonly Item[] {
  switch (node.kind) {
    case 'word': {
      const items = literal(node.text, node.cased ? node.text.slice(-1) : '')
      return node.stem ? [...items, slack(WORD_LETTERS)] : items
    }
    case 'mark':
      return literal(node.text, markSign(node.text) ?? '')
    case 'any':
      return [slack(WORD_LETTERS)]
    // a joint is no letter
    case 'line':
    case 'joint':
      return []
    case 'gap':
      return [slack(node.max)]
    case 'raw':
      return [slack(node.letters)]
    case 'sequence':
      return node.parts.flatMap((part) => linear(part))
    case 'optional':
      return [slack(longest(node.inner))]
    case 'choice':
      return choice(node.options)
  }
}

function slack(letters: number): Item {
  return {kind: 'slack', letters}
}

function literal(text: string, sign: string): readonly Item[] {
  return text.split('-').flatMap((part): readonly Item[] => {
    const letters = [...triggerFold(part)].filter((c) => KEPT.test(c)).join('')
    const items: readonly Item[] = letters === '' ? [] : [{kind: 'class', words: [{letters, sign}]}]
    return items
  })
}

/** One class when every option has a word for it: the longest word of each, with what may stand around it. */
function choice(options: readonly Node[]): readonly Item[] {
  let before = 0
  let after = 0
  const words: TriggerWord[] = []
  for (const option of options) {
    const items = merged(linear(option))
    let best = -1
    let length = 0
    for (const [i, item] of items.entries()) {
      if (item.kind === 'slack') continue
      const least = Math.min(...item.words.map(({letters}) => letters.length))
      if (least > length) {
        best = i
        length = least
      }
    }
    const chosen = items[best]
    if (chosen?.kind !== 'class') return [slack(Math.max(...options.map((one) => longest(one))))]
    words.push(...chosen.words)
    before = Math.max(before, sum(items.slice(0, best)))
    after = Math.max(after, sum(items.slice(best + 1)))
  }
  return [slack(before), {kind: 'class', words}, slack(after)]
}

/** Neighbouring classes with nothing between them as one, as long as the spellings are few. */
function merged(items: readonly Item[]): readonly Item[] {
  const out: Item[] = []
  for (const item of items) {
    const last = out.at(-1)
    if (item.kind === 'slack') {
      if (item.letters > 0) out.push(item)
    } else if (last?.kind === 'class' && last.words.length * item.words.length <= MOST_SPELLINGS) {
      out[out.length - 1] = {
        kind: 'class',
        words: last.words.flatMap((a) =>
          item.words.map((b) => ({letters: a.letters + b.letters, sign: b.sign === '' ? a.sign : b.sign})),
        ),
      }
    } else out.push(item)
  }
  return out
}

/** Classes with a spelling shorter than `shortest` are no triggers. */
function demoted(items: readonly Item[], shortest: number): readonly Item[] {
  return items.map((item) => {
    if (item.kind === 'slack') return item
    const enough = item.words.every(({letters}) => letters.length >= (ASCII.test(letters) ? shortest : 1))
    return enough ? item : slack(widest(item))
  })
}

function widest(item: Item): number {
  return item.kind === 'slack' ? item.letters : Math.max(...item.words.map(({letters}) => letters.length))
}

function sum(items: readonly Item[]): number {
  return items.reduce((letters, item) => letters + widest(item), 0)
}

/** Most letters that a part covers. */
function longest(node: Node): number {
  switch (node.kind) {
    case 'choice':
      return Math.max(...node.options.map((option) => longest(option)))
    case 'sequence':
      return node.parts.reduce((letters, part) => letters + longest(part), 0)
    default:
      return sum(linear(node))
  }
}

/** The first sign of a literal with punctuation that no folding takes for a letter. */
export function markSign(text: string): string | undefined {
  return /[<[./]/.exec(text)?.[0]
}
