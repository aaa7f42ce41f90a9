// Whether a phrase can match at all in a part of a text, told from its letters alone and before any engine is asked: every
// word of the phrase in its place, every gap by the letters it may hold. Where the text has two readings both are followed.
// It may let too much through, never too little; its work is linear in the part, whatever the text is made of.
import type {Letters} from '../../lib/letter-folds.js'
import type {Joint, Node} from './phrase.js'
import {beginsLine, filter, hasSign, signWithin} from './place-conditions.js'
import {NOWHERE, put, union, type Condition, type Places, type Scene, type Step} from './places.js'
import {markSign, triggerFold} from './triggers.js'

/** Where matches that begin within letters [from, until) can end, as places between letters. */
export type Sieve = (text: string, letters: Letters, from: number, until: number) => Places

export function makeSieve(tree: Node): Sieve {
  const step = compile(tree)
  return (text, letters, from, until) => step([from, until], {text, letters, until})
}

const WORD_LETTERS = 32

function compile(node: Node): Step {
  switch (node.kind) {
    case 'word': {
      const parts = literals(node)
      const found = sequence(parts.flatMap((part, i) => [...(i > 0 ? [overBar] : []), headed([alone([part])])]))
      return node.stem ? sequence([found, slack(WORD_LETTERS)]) : found
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
      return (places, scene) => steps.reduce<Places>((found, step) => union(found, step(places, scene)), NOWHERE)
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
    return letters.length === 0 ? [] : [{letters, exact: exact ? part : '', signs}]
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

/** undefined where a part does not begin with words. */
function headsOf(node: Node): readonly Head[] | undefined {
  switch (node.kind) {
    case 'word':
    case 'mark': {
      const words = literals(node)
      const one = words.length === 1 && !(node.kind === 'word' && node.stem)
      return one ? [alone(words)] : undefined
    }
    case 'choice': {
      const each = node.options.map(headsOf)
      return each.includes(undefined) ? undefined : merged(each.flatMap((heads) => heads ?? []))
    }
    case 'sequence': {
      const [first, ...after] = node.parts
      if (first === undefined) return undefined
      return headsOf(first)?.map(({words, rest}) => ({words, rest: [...rest, ...after]}))
    }
    default:
      return undefined
  }
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

/** By the pair of letters that they begin with. */
function byPair(heads: readonly Head[]): readonly (readonly Start[] | undefined)[] {
  const pairs: (Start[] | undefined)[] = Array.from({length: 1024}, () => undefined)
  for (const [head, {words}] of heads.entries()) {
    for (const word of words) {
      const [first = 0, second] = word.letters
      const seconds = second === undefined ? Array.from({length: 32}, (_, unit) => unit) : written(second)
      const starting = new Set(written(first).flatMap((one) => seconds.map((two) => pairOf(one, two))))
      for (const pair of starting) (pairs[pair] ??= []).push({word, head})
    }
  }
  return pairs
}

/** The units that may be written for a letter. */
function written(letter: number): readonly number[] {
  return letter === A ? [A, ONE] : letter === L ? [L, ONE, BAR] : [letter]
}

/** The words of all heads, looked for together, and behind each what follows it. */
function headed(heads: readonly Head[], guard: Condition = always): Step {
  const rests = heads.map(({rest}) => sequence(rest.map(compile)))
  // most phrases are never candidates
  let pairs: ReturnType<typeof byPair> | undefined
  return (places, scene) => {
    const {units} = scene.letters
    const starts = (pairs ??= byPair(heads))
    const ends: (number[] | undefined)[] = []
    for (let i = 0; i < places.length; i += 2) {
      const last = Math.min(places[i + 1] ?? 0, scene.until - 1)
      for (let at = places[i] ?? 0; at <= last; at++) {
        const these = starts[pairOf(units[at] ?? 0, units[at + 1] ?? 0)]
        if (these === undefined) continue
        for (const {word, head} of these) {
          if (stands(word, at, scene) && guard(at, scene)) (ends[head] ??= []).push(at + word.letters.length)
        }
      }
    }
    let found = NOWHERE
    for (const [head, at] of ends.entries()) {
      if (at === undefined) continue
      const after: number[] = []
      for (const end of at.sort((a, b) => a - b)) put(after, end, end)
      found = union(found, rests[head]?.(after, scene) ?? NOWHERE)
    }
    return found
  }
}

function stands({letters, exact, signs}: Literal, at: number, scene: Scene): boolean {
  const {units, offsets} = scene.letters
  const n = letters.length
  if (at + n > scene.until) return false
  for (let k = 0; k < n; k++) {
    const wanted = letters[k] ?? 0
    const unit = units[at + k] ?? 0
    if (unit === wanted || (unit === ONE && (wanted === A || wanted === L)) || (unit === BAR && wanted === L)) continue
    return false
  }
  for (let k = 0; k < exact.length; k++) {
    const written = scene.text.charAt(offsets[at + k] ?? 0).toLowerCase()
    if (/[aeiou]/.test(written) && written !== exact.charAt(k)) return false
  }
  return signs === '' || hasSign(scene, at, at + n, signs)
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
