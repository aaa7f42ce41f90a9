// The rules compiled for one engine. Most phrases are candidates in no text of a process, so that their sieves and expressions
// are made when first tried; and the built-in rules never change, so that one process compiles them once, however often
// its policy is composed.
import {once} from '../../lib/once.js'
import {ownPattern, type Matcher, type RegexEngine} from '../../lib/regex/engine.js'
import {parsePhrase, type Node} from './phrase.js'
import {render, type Group, type Variant} from './render.js'
import type {CheckName} from './rule.js'
import {RULES} from './rules.js'
import {createSieve, type Sieve} from './sieve.js'
import {chainOf, isLatin, type Chain} from './triggers.js'

export interface Expression {
  readonly matcher: Matcher
  readonly groups: readonly Group[]
}

export interface Phrase {
  readonly rule: string
  /** Place of the rule in the order of reporting: the core floor first. */
  readonly order: number
  readonly core: boolean
  readonly mentionable: boolean
  readonly informational: boolean
  readonly check: CheckName | undefined
  /** One word and nothing else. */
  readonly lone: boolean
  readonly chain: Chain
  readonly sieve: Sieve
  /** All of its trigger words are in Latin letters. */
  readonly latin: boolean
  /** undefined: the phrase takes no part in that view. */
  expression(variant: Variant): Expression | undefined
}

const FOLDING: ReadonlySet<Variant> = new Set(['vowel', 'skeleton'])
/** Letters by which the words of the grammar's languages are recognized. */
const BEGINNING = 6
const compiled = new WeakMap<RegexEngine, readonly Phrase[]>()

/** Every built-in phrase, the core floor first; the same array for the same engine. */
export function builtInPhrases(engine: RegexEngine): readonly Phrase[] {
  const known = compiled.get(engine)
  if (known !== undefined) return known
  const ordered = [...RULES.filter((rule) => rule.core), ...RULES.filter((rule) => !rule.core)]
  const phrases = ordered.flatMap(({name, core, mentionable, phrases: of}, order) =>
    of.map(({text, informational = false, check, spelled = false}): Phrase => {
      const tree = parsePhrase(text)
      const chain = chainOf(tree, spelled ? BEGINNING : Infinity)
      const sieve = once(() => createSieve(tree))
      return {
        rule: name,
        order,
        core,
        mentionable,
        informational,
        check,
        lone: tree.kind === 'word',
        chain,
        sieve: (...part) => sieve()(...part),
        latin: isLatin(chain),
        expression: expressionsOf(engine, tree, spelled),
      }
    }),
  )
  compiled.set(engine, phrases)
  return phrases
}

function expressionsOf(engine: RegexEngine, tree: Node, spelled: boolean): Phrase['expression'] {
  const known = new Map<Variant, Expression | undefined>()
  return (variant) => {
    if (known.has(variant)) return known.get(variant)
    const rendered = spelled && FOLDING.has(variant) ? undefined : render(tree, variant)
    const expression = rendered && {matcher: ownPattern(engine, rendered.source), groups: rendered.groups}
    known.set(variant, expression)
    return expression
  }
}
