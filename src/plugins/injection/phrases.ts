// The rules compiled for one engine: each phrase once for every view it takes part in, expressions built when first tried.
import {ownPattern, type Matcher, type RegexEngine} from '../../lib/regex/engine.js'
import {parsePhrase, type Node} from './phrase.js'
import {render, type Variant} from './render.js'
import {RULES, type CheckName} from './rules.js'

export interface Phrase {
  readonly rule: string
  /** Place of the rule in the order of reporting: the core floor first. */
  readonly order: number
  readonly core: boolean
  readonly mentionable: boolean
  readonly informational: boolean
  readonly check: CheckName | undefined
  readonly tree: Node
  readonly matchers: Readonly<Partial<Record<Variant, Matcher>>>
}

const VARIANTS: readonly Variant[] = ['plain', 'leet', 'vowel', 'optspace', 'skeleton']

export function compilePhrases(engine: RegexEngine): readonly Phrase[] {
  const ordered = [...RULES.filter((rule) => rule.core), ...RULES.filter((rule) => !rule.core)]
  return ordered.flatMap(({name, core, mentionable, phrases}, order) =>
    phrases.map(({text, informational = false, check}) => {
      const tree = parsePhrase(text)
      const matchers: Partial<Record<Variant, Matcher>> = {}
      for (const variant of VARIANTS) {
        const source = render(tree, variant)
        if (source !== undefined) matchers[variant] = ownPattern(engine, source)
      }
      return {rule: name, order, core, mentionable, informational, check, tree, matchers}
    }),
  )
}
