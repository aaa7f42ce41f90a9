// The rules compiled for one engine: each phrase once for every view it takes part in, expressions built when first tried.
import {ownPattern, type Matcher, type RegexEngine} from '../../lib/regex/engine.js'
import {parsePhrase} from './phrase.js'
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
  readonly expressions: Readonly<Partial<Record<Variant, Expression>>>
}

const VARIANTS: readonly Variant[] = ['plain', 'spaced', 'leet', 'vowel', 'optspace', 'skeleton', 'letters']

/** `isKept`: of the rules that are not of the core floor. */
export function compilePhrases(engine: RegexEngine, isKept: (rule: string) => boolean = () => true): readonly Phrase[] {
  const ordered = [...RULES.filter((rule) => rule.core), ...RULES.filter((rule) => !rule.core && isKept(rule.name))]
  return ordered.flatMap(({name, core, mentionable, phrases}, order) =>
    phrases.map(({text, informational = false, check}) => {
      const tree = parsePhrase(text)
      const expressions: Partial<Record<Variant, Expression>> = {}
      for (const variant of VARIANTS) {
        const rendered = render(tree, variant)
        if (rendered === undefined) continue
        expressions[variant] = {matcher: ownPattern(engine, rendered.source), groups: rendered.groups}
      }
      const chain = chainOf(tree)
      return {
        rule: name,
        order,
        core,
        mentionable,
        informational,
        check,
        lone: tree.kind === 'word',
        chain,
        sieve: createSieve(tree),
        latin: isLatin(chain),
        expressions,
      }
    }),
  )
}
