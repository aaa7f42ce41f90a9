// Decides "clean" in one pass (scanning §16.2): the texts of all views in one buffer, a counting loop for rules that have no
// literal, one set call for all others. It may name too many candidates, never too few: the exact judgement follows.
import {compileSet, type PatternSet, type RegexEngine} from '../../lib/regex/engine.js'
import {needleHead, type Needle} from './known-values.js'
import {type Trigger} from './patterns.js'
import type {Rule} from './rules.js'

export interface Candidates {
  readonly rules: readonly Rule[]
  readonly needles: readonly Needle[]
}

export interface Gate {
  /** What may match in one of the texts; `compact` is the whole with its separators deleted, for known values alone. */
  candidates(texts: readonly string[], compact?: string): Candidates
  /** Rules whose literal the texts can only form together, or hold whole, so that a combination may complete them. */
  openRules(values: readonly string[]): readonly Rule[]
  /** What the last word of a value leaves open; undefined when nothing. */
  openEnd(value: string): OpenEnd | undefined
  /** Rules that a value begun so may hold when `next` follows it. */
  continued(end: OpenEnd, next: string): readonly Rule[]
}

/** The literals that the last word of a value holds, and those that it ends inside. */
export interface OpenEnd {
  readonly whole: ReadonlySet<Rule>
  readonly begun: readonly TrieNode[]
}

const NONE: Candidates = {rules: [], needles: []}
const NO_HITS: readonly number[] = []
const NO_RULES: readonly Rule[] = []

const DIGIT = 1
const HEX = 2
const ALNUM = 4
const LETTER = 8
const GAP = 16
const BASE58 = 32
const CLASSES = new Uint8Array(256)
for (let c = 0; c < 128; c++) {
  const character = String.fromCharCode(c)
  CLASSES[c] =
    (/[0-9]/.test(character) ? DIGIT | HEX | ALNUM : 0) |
    (/[A-Fa-f]/.test(character) ? HEX : 0) |
    (/[A-Za-z]/.test(character) ? ALNUM | LETTER : 0) |
    (/[1-9A-HJ-NP-Za-km-z]/.test(character) ? BASE58 : 0) |
    (/[ -]/.test(character) ? GAP : 0)
}

export function makeGate(rules: readonly Rule[], needles: readonly Needle[], engine: RegexEngine): Gate {
  const inSet = rules.filter((rule) => rule.reduced !== undefined)
  const always = rules.filter((rule) => rule.reduced === undefined && rule.triggers.length === 0)
  const triggered = rules.filter((rule) => rule.triggers.length > 0)
  const plain = needles.filter((needle) => !needle.compact)
  const compacted = needles.filter((needle) => needle.compact)
  const set = caselessSet(engine, [...inSet.map((rule) => rule.reduced ?? ''), ...plain.map(needleHead)])
  // A set of its own: in a text without separators every rule that counts runs would fire.
  const compactSet = caselessSet(engine, compacted.map(needleHead))
  const everything: Candidates = {rules, needles}
  // a rule that also matches without its literal cannot be told to be open
  const trie = makeTrie(rules.filter((rule) => rule.triggers.length === 0))
  const tokens = makeTrie(rules.filter((rule) => rule.joinable && rule.triggers.length === 0))
  let buffer = Buffer.allocUnsafe(16_384)

  const write = (text: string): number => {
    if (text.length * 3 > buffer.length) buffer = Buffer.allocUnsafe(text.length * 6)
    return buffer.write(text, 'utf8')
  }

  return {
    candidates(texts, compact) {
      const text = texts.length === 1 ? (texts[0] ?? '') : texts.join('\0')
      const n = write(text)
      const fired = count(buffer, n)
      let hits: readonly number[]
      let compactHits: readonly number[] = NO_HITS
      try {
        hits = set.match(buffer.subarray(0, n))
        if (compact !== undefined && compacted.length > 0) {
          compactHits = compactSet.match(buffer.subarray(0, write(compact)))
        }
      } catch {
        // The engine gave up: then everything has to be looked at.
        return everything
      }
      if (hits.length === 0 && compactHits.length === 0 && fired === 0 && always.length === 0) return NONE
      const wanted = new Set(always)
      const found: Needle[] = []
      for (const hit of hits) {
        const rule = inSet[hit]
        const needle = plain[hit - inSet.length]
        if (rule !== undefined) wanted.add(rule)
        else if (needle !== undefined) found.push(needle)
      }
      for (const hit of compactHits) {
        const needle = compacted[hit]
        if (needle !== undefined) found.push(needle)
      }
      if (fired !== 0) {
        for (const rule of triggered)
          if (rule.triggers.some((trigger) => fired & TRIGGER_BIT[trigger])) wanted.add(rule)
      }
      if (wanted.size === 0 && found.length === 0) return NONE
      // in the order of the table, which is the order of reporting
      return {rules: rules.filter((rule) => wanted.has(rule)), needles: found}
    },

    openRules(values) {
      if (values.length < 3) return NO_RULES
      const open = new Set<Rule>()
      for (const [i, value] of values.entries()) walk(trie, value, values, i, open)
      return open.size === 0 ? NO_RULES : rules.filter((rule) => open.has(rule))
    },

    openEnd(value) {
      const whole = new Set<Rule>()
      const begun: TrieNode[] = []
      const text = value.toLowerCase()
      for (let start = text.search(/[^\s"'<>]*$/); start < text.length; start++) {
        let node: TrieNode | undefined = tokens
        for (let at = start; node !== undefined && at < text.length; at++) {
          node = node.next.get(text.charAt(at))
          if (node !== undefined) for (const rule of node.rules) whole.add(rule)
        }
        if (node !== undefined && node.next.size > 0) begun.push(node)
      }
      return whole.size === 0 && begun.length === 0 ? undefined : {whole, begun}
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

function caselessSet(engine: RegexEngine, sources: readonly string[]): PatternSet {
  return sources.length === 0
    ? {match: () => NO_HITS}
    : compileSet(
        engine,
        sources.map((source) => `(?i)${source}`),
      )
}

const TRIGGER_BIT: Readonly<Record<Trigger, number>> = {
  digits8: 1,
  digits15: 2,
  iban: 4,
  hex32: 8,
  base58_50: 16,
  dotted24: 32,
}

/** One loop over the bytes: the longest runs of the alphabets of rules without a literal. */
function count(bytes: Buffer, n: number): number {
  let fired = 0
  let digits = 0
  let hex = 0
  let alnum = 0
  let base58 = 0
  for (let i = 0; i < n; i++) {
    const c = bytes[i] ?? 0
    const kind = CLASSES[c] ?? 0
    if ((kind & ALNUM) === 0) {
      if (alnum >= 24 && c === 0x2e) fired |= TRIGGER_BIT.dotted24
      if ((kind & GAP) === 0) digits = 0
      alnum = 0
      hex = 0
      base58 = 0
      continue
    }
    alnum++
    if (kind & HEX) {
      if (++hex === 32) fired |= TRIGGER_BIT.hex32
    } else hex = 0
    if (kind & DIGIT) {
      digits++
      if (digits === 8) fired |= TRIGGER_BIT.digits8
      else if (digits === 15) fired |= TRIGGER_BIT.digits15
      if (alnum === 4 && startsIban(bytes, i, n)) fired |= TRIGGER_BIT.iban
    } else digits = 0
    if (kind & BASE58) {
      if (++base58 === 50) fired |= TRIGGER_BIT.base58_50
    } else base58 = 0
  }
  return fired
}

/** Two letters and two digits at the start of a run, then eleven more letters or digits with single gaps. */
function startsIban(bytes: Buffer, at: number, n: number): boolean {
  const kindAt = (i: number): number => CLASSES[bytes[i] ?? 0] ?? 0
  if (!(kindAt(at - 1) & DIGIT && kindAt(at - 2) & LETTER && kindAt(at - 3) & LETTER)) return false
  let taken = 0
  for (let i = at + 1; i < n && taken < 11; i++) {
    const kind = kindAt(i)
    if (kind & ALNUM) taken++
    else if (!(kind & GAP && kindAt(i - 1) & ALNUM)) return false
  }
  return taken >= 11
}

export interface TrieNode {
  readonly next: Map<string, TrieNode>
  readonly rules: Rule[]
}

function makeTrie(rules: readonly Rule[]): TrieNode {
  const root: TrieNode = {next: new Map(), rules: []}
  for (const rule of rules) {
    for (const literal of rule.literals) {
      let node = root
      for (const character of literal) {
        let child = node.next.get(character)
        if (child === undefined) {
          child = {next: new Map(), rules: []}
          node.next.set(character, child)
        }
        node = child
      }
      node.rules.push(rule)
    }
  }
  return root
}

const LONGEST_LITERAL = 32

/** Follows every literal that a value holds whole, or begins at its end and later values complete. */
function walk(root: TrieNode, value: string, values: readonly string[], index: number, open: Set<Rule>): void {
  const text = value.toLowerCase()
  for (let start = 0; start < text.length; start++) {
    let node: TrieNode | undefined = root
    let at = start
    for (; node !== undefined && at < text.length; at++) {
      node = node.next.get(text.charAt(at))
      if (node !== undefined && node.rules.length > 0) for (const rule of node.rules) open.add(rule)
    }
    if (node !== undefined && text.length - start < LONGEST_LITERAL) complete(node, values, index + 1, 3, open)
  }
}

function complete(from: TrieNode, values: readonly string[], first: number, depth: number, open: Set<Rule>): void {
  for (let i = first; i < values.length; i++) {
    const text = (values[i] ?? '').toLowerCase()
    let node: TrieNode | undefined = from
    for (let at = 0; node !== undefined && at < text.length; at++) {
      node = node.next.get(text.charAt(at))
      if (node !== undefined && node.rules.length > 0) for (const rule of node.rules) open.add(rule)
    }
    if (node !== undefined && depth > 1) complete(node, values, i + 1, depth - 1, open)
  }
}
