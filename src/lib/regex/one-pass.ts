// Expressions that need no engine: where every repetition ends where its class ends, a match at a given place is found by
// walking (most credential grammars: a prefix and a run of one alphabet). What is not plainly of this kind is refused, and
// goes to RE2. Same answers as RE2 with case folding, on text without U+017F and U+212A; held to it by a property test.

/** The end of the leftmost-first match that begins at `at`; where there is none, -1 less the last place that was read. */
export type Walk = (text: string, at: number) => number

/** undefined where the expression is not of this kind. */
export function onePass(source: string): Walk | undefined {
  try {
    const parser = new Parser(source)
    const node = parser.alternatives(true)
    if (parser.at < source.length || !isOnePass(node, undefined, false)) return undefined
    const step = compile(node, (_text, at) => at)
    return step
  } catch (error) {
    if (error instanceof NotOnePass) return undefined
    throw error
  }
}

class NotOnePass extends Error {}

/** Membership of ASCII, and of everything beyond it as one. */
interface Class {
  readonly ascii: Uint8Array
  readonly beyond: boolean
}

type Node =
  | {readonly kind: 'class'; readonly class: Class}
  | {readonly kind: 'sequence'; readonly items: readonly Node[]}
  | {readonly kind: 'choice'; readonly items: readonly Node[]}
  | {readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number}

const MAX_COUNT = 1000

class Parser {
  at = 0
  private readonly source: string

  constructor(source: string) {
    this.source = source
  }

  alternatives(fold: boolean): Node {
    const items = [this.sequence(fold)]
    while (this.source[this.at] === '|') {
      this.at++
      items.push(this.sequence(fold))
    }
    const [only] = items
    return items.length === 1 && only !== undefined ? only : {kind: 'choice', items}
  }

  private sequence(fold: boolean): Node {
    const items: Node[] = []
    let folding = fold
    while (this.at < this.source.length && !'|)'.includes(this.source.charAt(this.at))) {
      const flag = /^\(\?(-?)i\)/.exec(this.source.slice(this.at, this.at + 6))
      if (flag !== null) {
        // binds to the end of the group, alternatives included: only plain as the first thing of all
        if (this.at !== 0) throw new NotOnePass()
        folding = flag[1] === ''
        this.at += flag[0].length
        if (this.source.includes('|')) throw new NotOnePass()
        continue
      }
      items.push(this.quantified(folding))
    }
    return {kind: 'sequence', items}
  }

  private quantified(fold: boolean): Node {
    const item = this.atom(fold)
    const match = /^(?:[*+?]|\{(\d{1,4})(,(\d{0,4}))?\})/.exec(this.source.slice(this.at, this.at + 12))
    if (match === null) {
      if (this.source[this.at] === '{') throw new NotOnePass()
      return item
    }
    this.at += match[0].length
    if ('?+*'.includes(this.source.charAt(this.at) || ' ')) throw new NotOnePass()
    const sign = match[0]
    if (sign === '?') return {kind: 'choice', items: [item, {kind: 'sequence', items: []}]}
    if (sign === '*') return {kind: 'repeat', item, min: 0, max: Infinity}
    if (sign === '+') return {kind: 'repeat', item, min: 1, max: Infinity}
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === '' ? Infinity : Number(match[3])
    if (min > MAX_COUNT || (max !== Infinity && (max > MAX_COUNT || max < min))) throw new NotOnePass()
    return {kind: 'repeat', item, min, max}
  }

  private atom(fold: boolean): Node {
    const c = this.source.charAt(this.at)
    if (c === '(') return this.group(fold)
    if (c === '[') return {kind: 'class', class: this.bracket(fold)}
    if ('^$*+?{}'.includes(c) || c >= '\x80') throw new NotOnePass()
    this.at++
    if (c === '.') return {kind: 'class', class: negated(classOf('\n'))}
    if (c !== '\\') return {kind: 'class', class: folded(classOf(c), fold)}
    return {kind: 'class', class: folded(this.escape(), fold)}
  }

  private group(fold: boolean): Node {
    const match = /^\(\?(-i|i)?:/.exec(this.source.slice(this.at, this.at + 6))
    if (match === null) throw new NotOnePass()
    this.at += match[0].length
    const node = this.alternatives(match[1] === undefined ? fold : match[1] === 'i')
    if (this.source[this.at] !== ')') throw new NotOnePass()
    this.at++
    return node
  }

  private escape(): Class {
    const c = this.source.charAt(this.at++)
    if (c === 'd') return classOf(DIGITS)
    if (c === 's') return classOf('\t\n\f\r ')
    if (c === 'w') return classOf(WORD)
    const control = 'tnrf'.indexOf(c)
    if (c !== '' && control >= 0) return classOf('\t\n\r\f'.charAt(control))
    if (c === '' || /[A-Za-z0-9]/.test(c) || c >= '\x80') throw new NotOnePass()
    return classOf(c)
  }

  private bracket(fold: boolean): Class {
    this.at++
    const negate = this.source[this.at] === '^'
    if (negate) this.at++
    const ascii = new Uint8Array(128)
    for (let first = true; this.source[this.at] !== ']' || first; first = false) {
      const from = this.member()
      const next = this.source[this.at + 1]
      if (from.length === 1 && this.source[this.at] === '-' && next !== ']' && next !== undefined) {
        this.at++
        const to = this.member()
        if (to.length !== 1 || to < from) throw new NotOnePass()
        for (let c = from.charCodeAt(0); c <= to.charCodeAt(0); c++) ascii[c] = 1
      } else for (let i = 0; i < from.length; i++) ascii[from.charCodeAt(i)] = 1
    }
    this.at++
    const own = folded({ascii, beyond: false}, fold)
    return negate ? negated(own) : own
  }

  /** One character, or those of a class escape. */
  private member(): string {
    const c = this.source.charAt(this.at)
    if (c === '' || c >= '\x80' || this.source.startsWith('[:', this.at)) throw new NotOnePass()
    this.at++
    if (c !== '\\') return c
    const {ascii} = this.escape()
    let all = ''
    for (let i = 0; i < 128; i++) if (ascii[i] === 1) all += String.fromCharCode(i)
    return all
  }
}

const DIGITS = '0123456789'
const WORD = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz`

function classOf(characters: string): Class {
  const ascii = new Uint8Array(128)
  for (let i = 0; i < characters.length; i++) ascii[characters.charCodeAt(i)] = 1
  return {ascii, beyond: false}
}

function folded({ascii, beyond}: Class, fold: boolean): Class {
  if (!fold) return {ascii, beyond}
  const both = Uint8Array.from(ascii)
  for (let c = 0x61; c <= 0x7a; c++) {
    if (ascii[c] === 1) both[c - 0x20] = 1
    if (ascii[c - 0x20] === 1) both[c] = 1
  }
  return {ascii: both, beyond}
}

function negated({ascii, beyond}: Class): Class {
  return {ascii: ascii.map((member) => 1 - member), beyond: !beyond}
}

/** Characters with which a node may begin, joined with those of what follows where it may be empty. */
function firstOf(node: Node): {readonly ascii: Uint8Array; readonly beyond: boolean; readonly empty: boolean} {
  const ascii = new Uint8Array(128)
  let beyond = false
  let empty = false
  const add = (other: {readonly ascii: Uint8Array; readonly beyond: boolean}): void => {
    for (let i = 0; i < 128; i++) if (other.ascii[i] === 1) ascii[i] = 1
    beyond ||= other.beyond
  }
  switch (node.kind) {
    case 'class':
      add(node.class)
      break
    case 'repeat': {
      const first = firstOf(node.item)
      add(first)
      empty = first.empty || node.min === 0
      break
    }
    case 'choice':
      for (const item of node.items) {
        const first = firstOf(item)
        add(first)
        empty ||= first.empty
      }
      break
    case 'sequence':
      empty = true
      for (const item of node.items) {
        if (!empty) break
        const first = firstOf(item)
        add(first)
        empty = first.empty
      }
  }
  return {ascii, beyond, empty}
}

/** No repetition could stop earlier than where its class ends and still lead to a match. */
function isOnePass(node: Node, rest: Node | undefined, repeated: boolean): boolean {
  switch (node.kind) {
    case 'class':
      return true
    case 'choice':
      // a repetition asks its item alone, so that a choice in it has to be plain from its first character
      return (!repeated || areApart(node.items, rest)) && node.items.every((item) => isOnePass(item, rest, repeated))
    case 'sequence':
      return node.items.every((item, i) => {
        const items = [...node.items.slice(i + 1), ...(rest === undefined ? [] : [rest])]
        return isOnePass(item, items.length === 0 ? undefined : {kind: 'sequence', items}, repeated)
      })
    case 'repeat': {
      const own = firstOf(node.item)
      if (own.empty) return false
      if (node.min !== node.max && rest !== undefined) {
        if (overlap(own, firstOf(rest))) return false
      }
      if (node.item.kind === 'class') return true
      // a group repeats itself: what follows it may be itself or the rest
      return isOnePass(node.item, {kind: 'choice', items: rest === undefined ? [node.item] : [node.item, rest]}, true)
    }
  }
}

function areApart(items: readonly Node[], rest: Node | undefined): boolean {
  const after = rest === undefined ? undefined : firstOf(rest)
  const firsts = items.map((item) => {
    const first = firstOf(item)
    return first.empty ? (after ?? first) : first
  })
  return firsts.every((first, i) => firsts.slice(i + 1).every((other) => !overlap(first, other)))
}

type First = Pick<ReturnType<typeof firstOf>, 'ascii' | 'beyond'>

function overlap(a: First, b: First): boolean {
  return (a.beyond && b.beyond) || a.ascii.some((member, i) => member === 1 && b.ascii[i] === 1)
}

/** `next`: the rest of the expression. Choices are tried in order, repetitions take all they can. */
function compile(node: Node, next: Walk): Walk {
  switch (node.kind) {
    case 'class': {
      const {ascii, beyond} = node.class
      return (text, at) => {
        if (at >= text.length) return -1 - at
        const c = text.charCodeAt(at)
        if (c < 128) return ascii[c] === 1 ? next(text, at + 1) : -1 - at
        return beyond ? next(text, at + sizeAt(text, at)) : -1 - at
      }
    }
    case 'sequence':
      return compileItems(node.items, next)
    case 'choice': {
      const choices = node.items.map((item) => compile(item, next))
      return (text, at) => {
        let failed = -1
        for (const choice of choices) {
          const end = choice(text, at)
          if (end >= 0) return end
          if (end < failed) failed = end
        }
        return failed
      }
    }
    case 'repeat': {
      const {min, max} = node
      if (node.item.kind === 'class') return repeatClass(node.item.class, min, max, next)
      const once = compile(node.item, (_text, at) => at)
      return (text, at) => {
        let count = 0
        let position = at
        let failed = -1
        while (count < max) {
          const end = once(text, position)
          if (end < 0) {
            failed = end
            break
          }
          position = end
          count++
        }
        const end = count < min ? failed : next(text, position)
        return end < 0 && failed < end ? failed : end
      }
    }
  }
}

/** From the last item to the first; characters in a row are one step. */
function compileItems(items: readonly Node[], next: Walk): Walk {
  let rest = next
  for (let end = items.length; end > 0;) {
    const last = items[end - 1]
    if (last === undefined) break
    let start = end
    while (start > 0 && items[start - 1]?.kind === 'class') start--
    if (end - start < 2) {
      rest = compile(last, rest)
      end--
      continue
    }
    const classes = items.slice(start, end).flatMap((item) => (item.kind === 'class' ? [item.class] : []))
    rest = classes.some(({beyond}) => beyond)
      ? classes.reduceRight<Walk>((after, own) => compile({kind: 'class', class: own}, after), rest)
      : compileCharacters(classes, rest)
    end = start
  }
  return rest
}

/** Of ASCII alone. */
function compileCharacters(classes: readonly Class[], next: Walk): Walk {
  const count = classes.length
  const table = new Uint8Array(128 * count)
  for (const [i, {ascii}] of classes.entries()) table.set(ascii, 128 * i)
  return (text, at) => {
    for (let i = 0; i < count; i++) {
      const c = at + i < text.length ? text.charCodeAt(at + i) : 128
      if (c >= 128 || table[128 * i + c] !== 1) return -1 - at - i
    }
    return next(text, at + count)
  }
}

function repeatClass({ascii, beyond}: Class, min: number, max: number, next: Walk): Walk {
  return (text, at) => {
    let count = 0
    let position = at
    while (count < max && position < text.length) {
      const c = text.charCodeAt(position)
      if (c < 128 ? ascii[c] !== 1 : !beyond) break
      position += c < 128 ? 1 : sizeAt(text, position)
      count++
    }
    return count < min ? -1 - position : next(text, position)
  }
}

/** A pair of surrogates is one character, as it is for the engines. */
function sizeAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
