// Whether a phrase can match at all in a part of a text, told from its letters alone and before any engine is asked: every
// word of the phrase in its place, every gap by the letters it may hold. Where the text has two readings both are followed.
// It may let too much through, never too little; its work is linear in the part, whatever the text is made of.
import {once} from '../../lib/once.js'
import type {Letters} from './letter-folds.js'
import type {Joint, Node} from './phrase.js'
import {beginsLine, filter, hasSign, signWithin} from './place-conditions.js'
import {NOWHERE, put, union, type Condition, type Places, type Scene, type Step} from './places.js'
import {markSign, triggerFold} from './triggers.js'

/** Where matches that begin within letters [from, until) can end, as places between letters. */
export type Sieve = (text: string, letters: Letters, from: number, until: number) => Places

export function createSieve(tree: Node): Sieve {
  // most phrases are never candidates
  const compiled = once(() => ({step: compile(tree), tail: tailOf(tree), least: leastLetters(tree)}))
  return (text, letters, from, until) => {
    const {step, tail, least} = compiled()
    if (until - from < least) return NOWHERE
    const scene = {text, letters, until}
    const anywhere = [from, until]
    return tail !== undefined && tail(anywhere, scene).length === 0 ? NOWHERE : step(anywhere, scene)
  }
}

/** The letters that a match has at least: a greeting alone has too few for the order that follows it. */
function leastLetters(node: Node): number {
  switch (node.kind) {
    case 'word':
    case 'mark':
      return literals(node).reduce((sum, {letters}) => sum + letters.length, 0)
    case 'sequence':
      return node.parts.reduce((sum, part) => sum + leastLetters(part), 0)
    case 'choice':
      return Math.min(...node.options.map(leastLetters))
    default:
      return 0
  }
}

/**
 * A last part with alternatives is rarer than what leads to it, which the trigger words are part of: where none of them stands,
 * nothing else is asked.
 */
function tailOf(tree: Node): Step | undefined {
  const last = tree.kind === 'sequence' ? tree.parts.at(-1) : undefined
  return last?.kind === 'choice' ? compile(last) : undefined
}

const WORD_LETTERS = 32

function compile(node: Node): Step {
  switch (node.kind) {
    case 'word': {
      const parts = literals(node)
      const result = sequence(parts.flatMap((part, i) => [...(i > 0 ? [overBar] : []), headed([alone([part])])]))
      return node.stem ? sequence([result, slack(WORD_LETTERS)]) : result
    }
    case 'mark': {
      const [only] = literals(node)
      return only === undefined ? slack(1) : headed([alone([only])])
    }
    case 'any':
      return slack(WORD_LETTERS)
    case 'line':
      return filter(beginsLine)
    case 'joint':
      return JOINTS[node.joint] === always ? overBar : sequence([filter(JOINTS[node.joint]), overBar])
    case 'gap':
      // a sign before the word that ends a gap may be a letter
      return slack(node.max + 1)
    case 'raw': {
      const {sign, letters} = node
      return sign === '' ? slack(letters) : sequence([signWithin(letters, sign), slack(letters)])
    }
    case 'sequence': {
      const [first, ...rest] = node.parts
      const guard = first === undefined ? undefined : guardOf(first)
      const heads = guard === undefined ? undefined : headsOf({kind: 'sequence', parts: rest})
      // words are rarer than the places where one may begin
      return heads === undefined ? sequence(node.parts.map(compile)) : headed(heads, guard)
    }
    case 'optional': {
      const inner = compile(node.inner)
      return (places, scene) => union(places, inner(places, scene))
    }
    case 'choice': {
      const groups = node.options.flatMap((option) => headsOf(option) ?? [])
      const steps = node.options.filter((option) => headsOf(option) === undefined).map(compile)
      if (groups.length > 0) steps.push(headed(merged(groups)))
      return (places, scene) => steps.reduce<Places>((existing, step) => union(existing, step(places, scene)), NOWHERE)
    }
  }
}

const always: Condition = () => true

/** What a part without letters asks of the place before a word. */
function guardOf(node: Node): Condition | undefined {
  if (node.kind === 'line') return beginsLine
  if (node.kind !== 'raw' || node.letters > 0 || node.sign === '') return undefined
  return (at, scene) => hasSign(scene, at, at, node.sign)
}

function sequence(steps: readonly Step[]): Step {
  return (places, scene) => {
    let now = places
    for (const step of steps) {
      if (now.length === 0) return NOWHERE
      now = step(now, scene)
    }
    return now
  }
}

/** Up to so many letters of anything. */
function slack(most: number): Step {
  return (places, {until}) => {
    const out: number[] = []
    for (let i = 0; i < places.length; i += 2) {
      put(out, places[i] ?? 0, Math.min(until, (places[i + 1] ?? 0) + most))
    }
    return out
  }
}

interface Literal {
  readonly letters: readonly number[]
  /** The word, where no other vowels stand for its own. */
  readonly exact: string
  /** One of them must stand at it. */
  readonly signs: string
  /** Letters of the first of two words, between which a bar may stand for nothing; 0: it is one word. */
  readonly bar: number
}

const A = 0x61
const L = 0x6c
const ONE = 0x31
const BAR = 0x7c
const KEPT = /[\p{L}\p{N}]/u
/** The parts of a word between hyphens or spaces, or the letters of a mark. */
function literals(node: Node & {kind: 'word' | 'mark'}): readonly Literal[] {
  const parts = node.kind === 'word' ? node.text.split(/[- ]/) : [node.text]
  const exact = node.kind === 'word' && !node.fold && !node.cased
  const signs = node.kind === 'mark' ? (markSign(node.text) ?? '') : ''
  return parts.flatMap((part) => {
    const letters = [...triggerFold(part)].filter((c) => KEPT.test(c)).map((c) => c.charCodeAt(0))
    // an apostrophe is no letter: "t'a dit"
    const spelled = exact ? [...part].filter((c) => KEPT.test(c)).join('') : ''
    return letters.length === 0 ? [] : [{letters, exact: spelled, signs, bar: 0}]
  })
}

/** Words that begin a part, and what follows any of them. */
interface Head {
  readonly words: readonly Literal[]
  readonly rest: readonly Node[]
}

function alone(words: readonly Literal[]): Head {
  return {words, rest: []}
}

type Word = Node & {kind: 'word'}

/** The first word of several, or a stem, and what follows it; without parts where one of them has no letters. */
function partsOf(node: Word): readonly [] | readonly [Word, ...Node[]] {
  const [first, ...after] = node.text.split(/[- ]/).map((text): Word => ({...node, text, stem: false}))
  if (first === undefined || literals(node).length !== after.length + 1) return []
  const ending: readonly Node[] = node.stem ? [{kind: 'any'}] : []
  return [first, ...after.flatMap((word): readonly Node[] => [{kind: 'joint', joint: 'space'}, word]), ...ending]
}

/** undefined where a part does not begin with words. */
function headsOf(node: Node): readonly Head[] | undefined {
  switch (node.kind) {
    case 'word':
    case 'mark': {
      const [first, ...after] = node.kind === 'word' ? partsOf(node) : [node]
      const words = first === undefined ? [] : literals(first)
      return words.length === 1 ? [{words, rest: after}] : undefined
    }
    case 'choice': {
      const each = node.options.map(headsOf)
      return each.includes(undefined) ? undefined : merged(each.flatMap((heads) => heads ?? []))
    }
    case 'sequence': {
      const [first, ...after] = node.parts
      if (first === undefined) return undefined
      const heads = headsOf(first)?.map(({words, rest}) => ({words, rest: [...rest, ...after]}))
      return heads?.flatMap(lengthened)
    }
    default:
      return undefined
  }
}

/** Words so short stand in every line of anything. */
const SHORT = 3

/** Short words with those that follow them: "in your" is rarer than "in". */
function lengthened(head: Head): readonly Head[] {
  const [joint, next, ...after] = head.rest
  if (joint?.kind !== 'joint' || JOINTS[joint.joint] !== always || next === undefined) return [head]
  const isShort = ({letters, exact, signs}: Literal): boolean =>
    letters.length > 1 && letters.length <= SHORT && exact === '' && signs === ''
  // a bar before an l may be either
  const canFollow = ({letters, exact, signs}: Literal): boolean => exact === '' && signs === '' && letters[0] !== L
  const follow = headsOf(next)
  if (follow === undefined || !head.words.every(isShort)) return [head]
  if (!follow.every(({words}) => words.every((word) => word.bar === 0 && canFollow(word)))) return [head]
  return follow.map(({words, rest}) => ({
    words: head.words.flatMap((one) =>
      words.map(({letters}) => ({
        letters: [...one.letters, ...letters],
        exact: '',
        signs: '',
        bar: one.letters.length,
      })),
    ),
    rest: [...rest, ...after],
  }))
}

/** Heads that nothing follows as one. */
function merged(heads: readonly Head[]): readonly Head[] {
  const bare = heads.filter(({rest}) => rest.length === 0).flatMap(({words}) => words)
  const longer = heads.filter(({rest}) => rest.length > 0)
  return bare.length === 0 ? longer : [alone(bare), ...longer]
}

interface Start {
  readonly word: Literal
  readonly head: number
}

/** Two letters as one number; of different letters outside Latin some are the same. */
function pairOf(first: number, second: number): number {
  return ((first & 31) << 5) | (second & 31)
}

/** Words by the letters that they begin with. */
interface Starts {
  /** By the pair of the first two: a bit for each letter that may be the third. */
  readonly thirds: Int32Array
  readonly words: readonly (readonly Start[] | undefined)[]
}

const ANY = -1

function startsOf(heads: readonly Head[]): Starts {
  const thirds = new Int32Array(1024)
  const words: (Start[] | undefined)[] = Array.from({length: 1024}, () => undefined)
  for (const [head, {words: of}] of heads.entries()) {
    for (const word of of) {
      const [first = 0, second, third] = word.letters
      const seconds = second === undefined ? Array.from({length: 32}, (_, unit) => unit) : written(second)
      // behind two letters of a word a bar may stand
      const open = word.bar === 2 ? bitOf(BAR) : 0
      const bits = third === undefined ? ANY : written(third).reduce((all, unit) => all | bitOf(unit), open)
      const starting = new Set(written(first).flatMap((one) => seconds.map((two) => pairOf(one, two))))
      for (const pair of starting) {
        ;(words[pair] ??= []).push({word, head})
        thirds[pair] = (thirds[pair] ?? 0) | bits
      }
    }
  }
  return {thirds, words}
}

function bitOf(letter: number): number {
  return 1 << (letter & 31)
}

/** The units that may be written for a letter. */
function written(letter: number): readonly number[] {
  return letter === A ? [A, ONE] : letter === L ? [L, ONE, BAR] : [letter]
}

const NO_STARTS: readonly Start[] = []

/** The words of all heads, looked for together, and behind each what follows it. */
function headed(heads: readonly Head[], guard: Condition = always): Step {
  const rests = heads.map(({rest}) => sequence(rest.map(compile)))
  // most phrases are never candidates
  let starts: Starts | undefined
  return (places, scene) => {
    const {units} = scene.letters
    const {thirds, words} = (starts ??= startsOf(heads))
    let ends: (number[] | undefined)[] | undefined
    for (let i = 0; i < places.length; i += 2) {
      const first = places[i] ?? 0
      const last = Math.min(places[i + 1] ?? 0, scene.until - 1)
      let pair = pairOf(0, units[first] ?? 0)
      for (let at = first; at <= last; at++) {
        pair = pairOf(pair, units[at + 1] ?? 0)
        const bits = thirds[pair] ?? 0
        if (bits === 0 || (bits & bitOf(units[at + 2] ?? 0)) === 0) continue
        for (const {word, head} of words[pair] ?? NO_STARTS) {
          const end = endOf(word, at, scene)
          if (end > 0 && guard(at, scene)) ((ends ??= [])[head] ??= []).push(end)
        }
      }
    }
    // as nearly always
    if (ends === undefined) return NOWHERE
    let result = NOWHERE
    for (let head = 0; head < ends.length; head++) {
      const at = ends[head]
      if (at === undefined) continue
      const after: number[] = []
      for (const end of at.length === 1 ? at : at.sort((a, b) => a - b)) put(after, end, end)
      result = union(result, rests[head]?.(after, scene) ?? NOWHERE)
    }
    return result
  }
}

/** Where a word that stands at a place ends; 0: it does not stand there. */
function endOf({letters, exact, signs, bar}: Literal, at: number, scene: Scene): number {
  const {units, offsets} = scene.letters
  let end = at
  for (let k = 0; k < letters.length; k++) {
    const requested = letters[k] ?? 0
    if (k === bar && k > 0 && units[end] === BAR) end++
    const unit = units[end] ?? 0
    if (
      unit !== requested &&
      !(unit === ONE && (requested === A || requested === L)) &&
      !(unit === BAR && requested === L)
    )
      return 0
    end++
  }
  if (end > scene.until) return 0
  for (let k = 0; k < exact.length; k++) {
    const written = scene.text.charAt(offsets[at + k] ?? 0).toLowerCase()
    if (/[aeiou]/.test(written) && written !== exact.charAt(k)) return 0
  }
  return signs === '' || hasSign(scene, at, end, signs) ? end : 0
}

const COLONS = ':='
const DASHES = ':=-–—'
const JOINTS: Readonly<Record<Joint, Condition>> = {
  space: always,
  separator: always,
  comma: always,
  colon: (at, scene) => hasSign(scene, at, at, COLONS),
  dash: (at, scene) => hasSign(scene, at, at, DASHES),
}

/** A bar between two words may be nothing. */
const overBar: Step = (places, {letters: {units}, until}) => {
  const out: number[] = []
  for (let i = 0; i < places.length; i += 2) {
    const last = places[i + 1] ?? 0
    put(out, places[i] ?? 0, last < until && units[last] === BAR ? last + 1 : last)
  }
  return out
}
