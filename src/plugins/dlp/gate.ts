// What a text could hold: asks the sweep, and turns its places into rules and known values to judge. It may
// name too many candidates, never too few. Beside it the literals as a tree, for what several values only hold together.
import {createLiteralAutomaton} from './literal-automaton.js'
import type {Edit} from '../../lib/text/rewritten.js'
import {withoutSeparators, isSeparator, type Needle} from './known-values.js'
import {lastWord, LONGEST_LITERAL, createTrie, walkTrie, type TrieNode} from './literal-trie.js'
import {readInVain} from './match.js'
import type {Rule} from './rules.js'
import type {SeedDetector} from './seed-phrases.js'
import {signsOf} from './rebuilt.js'
import {createSweep, STANDS, UNJUDGED, type Sweep, type SweepResult} from './sweep.js'
import {TRIGGERS} from './triggers.js'

export interface Candidates {
  readonly rules: readonly Rule[]
  readonly needles: readonly Needle[]
}

export interface NeedlePlace {
  readonly needle: Needle
  readonly start: number
  readonly end: number
}

/** What one text could hold, with the places. */
export interface CandidatePlaces {
  /** In the order of the table, which is the order of reporting. */
  readonly rules: ReadonlyMap<Rule, readonly number[]>
  /** Known values that are there. */
  readonly needles: readonly NeedlePlace[]
}

export interface Change {
  readonly before: SweepResult
  readonly edits: readonly Edit[]
}

export interface Gate {
  /** What may match in one of the texts; `compact` is the whole as written, for values split by separators. */
  candidates(texts: readonly string[], compact?: string): Candidates
  /**
   * The same of one text, with places; undefined when there is nothing. Flags and runs stand in `sweep` afterwards.
   * `judged`: the same length of text in which the places will be judged; only those where the grammar holds are named.
   * `change`: how the text was made from an inspected one, so that only its new parts are inspected.
   */
  look(text: string, judged?: (flags: number) => string, change?: Change): CandidatePlaces | undefined
  /** Known values in a text whose separators are skipped. */
  lookCompact(text: string): readonly NeedlePlace[]
  readonly sweep: Sweep
  readonly seeds: SeedDetector
  /** Rules whose literal the texts can only form together, or hold whole, so that a combination may complete them. */
  openRules(values: readonly string[]): readonly Rule[]
  /** What the last word of a value leaves open; undefined when nothing. */
  openEnd(value: string): OpenEnd | undefined
  /** Rules that a value begun so may hold when `next` follows it. */
  continued(end: OpenEnd, next: string): readonly Rule[]
}

/** The literals that the last word of a value holds, and those that it ends inside. */
export interface OpenEnd {
  /** Characters of the longest literal that is there, whole or begun. */
  readonly length: number
  readonly whole: ReadonlySet<Rule>
  readonly begun: readonly TrieNode[]
}

const NONE: Candidates = {rules: [], needles: []}
const NO_RULES: readonly Rule[] = []
const NO_NEEDLES: readonly NeedlePlace[] = []
const NO_HELD: readonly Needle[] = []
const NO_PLACES: readonly number[] = []

const NO_SEEDS: SeedDetector = {find: () => []}

export function createGate(rules: readonly Rule[], needles: readonly Needle[], seeds: SeedDetector = NO_SEEDS): Gate {
  const literals: string[] = []
  const owners: Rule[][] = []
  const indexes = new Map<string, number>()
  for (const rule of rules) {
    for (const literal of rule.literals) {
      const index = indexes.get(literal) ?? literals.push(literal) - 1
      indexes.set(literal, index)
      ;(owners[index] ??= []).push(rule)
    }
  }
  const byTrigger = TRIGGERS.map((trigger) => rules.filter((rule) => rule.triggers.includes(trigger)))
  const always = rules.filter((rule) => rule.literals.length === 0 && rule.triggers.length === 0)
  const rank = new Map(rules.map((rule, i) => [rule, i]))
  const plain = anchored(needles.filter((needle) => !needle.compact))
  const compacted = anchored(needles.filter((needle) => needle.compact))
  const firstNeedle = literals.length
  const sweep = createSweep(
    [...literals, ...plain.anchors.map(({text}) => text)],
    rules.length === 0 ? [] : signsOf(rules),
  )
  // of its own: it runs over texts as they are without their separators
  const compactAutomaton = createLiteralAutomaton(compacted.anchors.map(({text}) => text))
  // a rule that also matches without its literal cannot be told to be open
  const trie = createTrie(rules.filter((rule) => rule.triggers.length === 0))
  const tokens = createTrie(rules.filter((rule) => rule.joinable && rule.triggers.length === 0))

  const rankOf = (rule: Rule): number => rank.get(rule) ?? 0
  const ownRanks = owners.map((own) => own.map(rankOf))
  const triggerRanks = byTrigger.map((own) => own.map(rankOf))
  /** Rules by their place in the table, which is the order of reporting. */
  const ranksOf = (id: number): readonly number[] => (id < 0 ? triggerRanks[-1 - id] : ownRanks[id]) ?? NO_PLACES

  /** Tries the grammars of a place; the rules that stand there by it. What was read in vain is kept with the place. */
  const standing = (i: number, text: string): readonly number[] => {
    const ranks = ranksOf(sweep.ids[i] ?? 0)
    const at = sweep.at[i] ?? 0
    let from = at
    let reach = ranks.length === 0 ? STANDS : UNJUDGED
    let results = NO_PLACES
    for (const rank of ranks) {
      const rule = rules[rank]
      if (rule === undefined) continue
      const end = readInVain(rule, text, at)
      if (end === Infinity) results = [...results, rank]
      reach = Math.max(reach, end === Infinity || rule.starts === 'segment' ? STANDS : end)
      from = Math.min(from, at - rule.back)
    }
    sweep.from[i] = from
    sweep.reach[i] = reach
    return results
  }

  const look = (text: string, judged?: (flags: number) => string, change?: Change): CandidatePlaces | undefined => {
    if (change === undefined) sweep.run(text)
    else sweep.again(text, change.edits, change.before)
    if (sweep.count === 0 && always.length === 0 && plain.odd.length === 0) return undefined
    const places: (number[] | undefined)[] = []
    const held: NeedlePlace[] = []
    let lower: string | undefined
    const exact = judged?.(sweep.flags)
    for (let i = 0; i < sweep.count; i++) {
      const reach = sweep.reach[i]
      if (reach !== UNJUDGED && reach !== STANDS) continue
      const id = sweep.ids[i] ?? 0
      const at = sweep.at[i] ?? 0
      for (const place of exact === undefined ? ranksOf(id) : standing(i, exact)) {
        const own = places[place]
        if (own === undefined) places[place] = [at]
        else own.push(at)
      }
      // most are literals of rules, and an index below zero is looked up by name, which is slow
      if (id < firstNeedle) continue
      for (const {needle, offset} of plain.anchors[id - firstNeedle]?.needles ?? []) {
        lower ??= text.toLowerCase()
        const start = at - offset
        if (lower.startsWith(needle.text, start)) held.push({needle, start, end: start + needle.text.length})
      }
    }
    for (const needle of plain.odd) {
      lower ??= text.toLowerCase()
      const start = lower.indexOf(needle.text)
      if (start >= 0) held.push({needle, start, end: start + needle.text.length})
    }
    if (places.length + held.length + always.length === 0) return undefined
    for (const rule of always) places[rankOf(rule)] = []
    const results = new Map<Rule, readonly number[]>()
    for (const [i, own] of places.entries()) {
      const rule = rules[i]
      // places that were kept come before those that are new
      if (own !== undefined && rule !== undefined)
        results.set(rule, change === undefined ? own : own.sort((a, b) => a - b))
    }
    if (change !== undefined) held.sort((a, b) => a.start - b.start)
    return {rules: results, needles: held}
  }

  const lookCompact = (text: string): readonly NeedlePlace[] => {
    if (compacted.anchors.length + compacted.odd.length === 0) return NO_NEEDLES
    const {columns, table, accepting, literalsAt} = compactAutomaton
    const held: NeedlePlace[] = []
    let state = 0
    let short: {readonly lower: string; readonly at: readonly number[]} | undefined
    for (let i = 0, kept = 0; i < text.length; i++) {
      const c = text.charCodeAt(i)
      if (isSeparator(c)) continue
      kept++
      state = table[state + (c < 128 ? (columns[c] ?? 0) : 0)] ?? 0
      if (state < accepting) continue
      short ??= shortened(text)
      for (const id of literalsAt(state)) {
        const anchor = compacted.anchors[id]
        for (const {needle, offset} of anchor?.needles ?? []) {
          const start = kept - (anchor?.text.length ?? 0) - offset
          const end = start + needle.text.length
          if (!short.lower.startsWith(needle.text, start)) continue
          held.push({needle, start: short.at[start] ?? 0, end: (short.at[end - 1] ?? 0) + 1})
        }
      }
    }
    if (compacted.odd.length > 0) {
      const {lower} = (short ??= shortened(text))
      for (const needle of compacted.odd) if (lower.includes(needle.text)) held.push({needle, start: -1, end: -1})
    }
    return held
  }

  return {
    sweep,
    seeds,
    look,
    lookCompact,

    candidates(texts, compact) {
      const candidates = look(texts.length === 1 ? (texts[0] ?? '') : texts.join('\0'))
      const split = compact === undefined ? NO_NEEDLES : lookCompact(compact)
      if (candidates === undefined && split.length === 0) return NONE
      const held = new Set([...(candidates?.needles ?? NO_NEEDLES), ...split].map(({needle}) => needle))
      return {
        rules: candidates === undefined ? NO_RULES : [...candidates.rules.keys()],
        needles: held.size === 0 ? NO_HELD : needles.filter((needle) => held.has(needle)),
      }
    },

    openRules(values) {
      if (values.length < 3) return NO_RULES
      const open = new Set<Rule>()
      for (const [i, value] of values.entries()) walkTrie(trie, value, values, i, open)
      return open.size === 0 ? NO_RULES : rules.filter((rule) => open.has(rule))
    },

    openEnd(value) {
      const whole = new Set<Rule>()
      const begun: TrieNode[] = []
      let length = 0
      const text = value.toLowerCase()
      for (let start = lastWord(text); start < text.length; start++) {
        let node: TrieNode | undefined = tokens
        for (let at = start; node !== undefined && at < text.length; at++) {
          node = node.next.get(text.charAt(at))
          if (node === undefined || node.rules.length === 0) continue
          length = Math.max(length, at + 1 - start)
          for (const rule of node.rules) whole.add(rule)
        }
        if (node === undefined || node.next.size === 0) continue
        length = Math.max(length, text.length - start)
        begun.push(node)
      }
      return whole.size === 0 && begun.length === 0 ? undefined : {whole, begun, length}
    },

    continued({whole, begun}, next) {
      const open = new Set<Rule>()
      const text = next.slice(0, LONGEST_LITERAL).toLowerCase()
      if (/^[a-z0-9_+/=.-]/.test(text)) for (const rule of whole) open.add(rule)
      for (const first of begun) {
        let node: TrieNode | undefined = first
        for (let at = 0; node !== undefined && at < text.length; at++) {
          node = node.next.get(text.charAt(at))
          if (node !== undefined) for (const rule of node.rules) open.add(rule)
        }
      }
      return open.size === 0 ? NO_RULES : rules.filter((rule) => open.has(rule))
    },
  }
}

/** The places of a rule in a text for which the sweep says nothing. */
export function placesIn(candidates: CandidatePlaces | undefined, rule: Rule): readonly number[] {
  return candidates?.rules.get(rule) ?? NO_PLACES
}

interface Anchors {
  /** A piece of printable ASCII of one or more known values. */
  readonly anchors: readonly {
    readonly text: string
    readonly needles: readonly {readonly needle: Needle; readonly offset: number}[]
  }[]
  /** Values without such a piece. */
  readonly odd: readonly Needle[]
}

const MIN_ANCHOR = 4

/** The more values, the shorter the pieces: the table stays small enough for the cache. */
function anchored(needles: readonly Needle[]): Anchors {
  const length = needles.length > 4000 ? 5 : needles.length > 1000 ? 6 : 10
  const results = new Map<string, {needle: Needle; offset: number}[]>()
  const odd: Needle[] = []
  for (const needle of needles) {
    const piece = /[!-~]{4,}/.exec(needle.text)
    if (piece === null || piece[0].length < MIN_ANCHOR) odd.push(needle)
    else {
      const text = piece[0].slice(0, length)
      const own = results.get(text) ?? []
      results.set(text, own)
      own.push({needle, offset: piece.index})
    }
  }
  return {anchors: [...results].map(([text, own]) => ({text, needles: own})), odd}
}

/** Without separators, and where each character stood. */
function shortened(text: string): {readonly lower: string; readonly at: readonly number[]} {
  const at: number[] = []
  for (let i = 0; i < text.length; i++) if (!isSeparator(text.charCodeAt(i))) at.push(i)
  return {lower: withoutSeparators(text).toLowerCase(), at}
}
