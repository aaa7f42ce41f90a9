// Expressions that need no engine: where every repetition ends where its class ends, a match at a given place is found by
// walking (most credential grammars: a prefix and a run of one alphabet). What is not plainly of this kind is refused, and
// goes to RE2. Same answers as RE2 with case folding, on text without U+017F and U+212A; held to it by a property test.
// Measured against the native engine at the same places: a text of 10 KiB made of beginnings takes a quarter of the time, a
// short text with one credential half, prose the same.
import {parse, SyntaxProblem, type Expression, type Member} from './syntax.js'

/** The end of the leftmost-first match that begins at `at`; where there is none, -1 less the last place that was read. */
export type Walk = (text: string, at: number) => number

/** undefined where the expression is not of this kind. */
export function onePass(source: string): Walk | undefined {
  // `(?i)` binds to the end of the group, alternatives included: only plain as the first thing of all
  const flag = /^\(\?(-?)i\)/.exec(source)
  if (flag !== null && source.includes('|')) return undefined
  try {
    const node = translate(parse(source.slice(flag?.[0].length ?? 0)), flag?.[1] !== '-')
    return isOnePass(node, undefined, false) ? compile(node, (_text, at) => at) : undefined
  } catch (error) {
    if (error instanceof NotOnePass || error instanceof SyntaxProblem) return undefined
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

/** `fold`: both cases of a letter are one. */
function translate(expression: Expression, fold: boolean): Node {
  switch (expression.kind) {
    case 'literal':
    case 'named':
      // a brace that counts nothing
      if ('{}'.includes(expression.written)) throw new NotOnePass()
      return {kind: 'class', class: folded(charactersOf(expression), fold)}
    case 'class': {
      const own = folded(expression.members.map(charactersOf).reduce(joined), fold)
      return {kind: 'class', class: expression.negated ? negated(own) : own}
    }
    case 'group': {
      const {flags, choices} = expression
      if (flags !== '' && flags !== 'i' && flags !== '-i') throw new NotOnePass()
      const folding = flags === '' ? fold : flags === 'i'
      const items = choices.map((choice): Node => ({
        kind: 'sequence',
        items: choice.map((item) => translate(item, folding)),
      }))
      const [only] = items
      return items.length === 1 && only !== undefined ? only : {kind: 'choice', items}
    }
    case 'repeat': {
      const {written, lazy, min, max} = expression
      if (lazy) throw new NotOnePass()
      const item = translate(expression.item, fold)
      if (written === '?') return {kind: 'choice', items: [item, {kind: 'sequence', items: []}]}
      return {kind: 'repeat', item, min, max}
    }
    default:
      throw new NotOnePass()
  }
}

/** Of a member of a class. */
function charactersOf(member: Member): Class {
  if (member.kind === 'named') {
    const named = NAMED.get(member.written)
    if (named === undefined) throw new NotOnePass()
    return named
  }
  const [from, to] = member.kind === 'range' ? [member.from, member.to] : [member, member]
  // written as it is, or with a backslash that says nothing or one of the plainest control characters
  for (const {code, written} of [from, to]) {
    if (code >= 0x80 || !/^(?:.|\\[^A-Za-z0-9]|\\[tnrf])$/s.test(written)) throw new NotOnePass()
  }
  return {ascii: new Uint8Array(128).fill(1, from.code, to.code + 1), beyond: false}
}

const DIGITS = '0123456789'
const NAMED: ReadonlyMap<string, Class> = new Map([
  ['.', negated(classOf('\n'))],
  ['\\d', classOf(DIGITS)],
  ['\\s', classOf('\t\n\f\r ')],
  ['\\w', classOf(`${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz`)],
])

const NONE = classOf('')

function joined(a: Class, b: Class): Class {
  return {ascii: a.ascii.map((member, i) => member | (b.ascii[i] ?? 0)), beyond: a.beyond || b.beyond}
}

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

interface First extends Class {
  /** The node may be empty: what follows it may come first as well. */
  readonly empty: boolean
}

/** Characters with which a node may begin. */
function firstOf(node: Node): First {
  switch (node.kind) {
    case 'class':
      return {...node.class, empty: false}
    case 'repeat': {
      const first = firstOf(node.item)
      return {...first, empty: first.empty || node.min === 0}
    }
    case 'choice': {
      const firsts = node.items.map(firstOf)
      return {...firsts.reduce(joined, NONE), empty: firsts.some(({empty}) => empty)}
    }
    case 'sequence': {
      let all: First = {...NONE, empty: true}
      for (const item of node.items) {
        if (!all.empty) break
        const first = firstOf(item)
        all = {...joined(all, first), empty: first.empty}
      }
      return all
    }
  }
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

function overlap(a: Class, b: Class): boolean {
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
