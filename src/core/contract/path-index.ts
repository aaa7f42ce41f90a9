// Rules by the patterns of their paths, so that a request costs the depth of its path and not the number of rules.
import {WILDCARD, type Pattern} from '../../formats/path-pattern.js'

interface Node<Rule> {
  readonly literals: Map<string, Node<Rule>>
  wild: Node<Rule> | undefined
  readonly rules: Rule[]
}

function emptyNode<Rule>(): Node<Rule> {
  return {literals: new Map(), wild: undefined, rules: []}
}

export class PathIndex<Rule extends {readonly order: number}> {
  readonly #root: Node<Rule> = emptyNode()

  add(pattern: Pattern, rule: Rule): void {
    let node = this.#root
    for (const part of pattern) {
      if (part === WILDCARD) node = node.wild ??= emptyNode()
      else {
        let next = node.literals.get(part)
        if (!next) node.literals.set(part, (next = emptyNode()))
        node = next
      }
    }
    node.rules.push(rule)
  }

  /** Rules with a pattern of this many segments whose literals are those of the path, in their order; wildcards are not judged. */
  candidates(segments: readonly string[]): readonly Rule[] {
    const rules: Rule[] = []
    collect(this.#root, segments, 0, rules)
    return rules.length < 2 ? rules : [...new Set(rules)].sort((a, b) => a.order - b.order)
  }
}

function collect<Rule>(node: Node<Rule>, segments: readonly string[], depth: number, into: Rule[]): void {
  if (depth === segments.length) {
    into.push(...node.rules)
    return
  }
  const literal = node.literals.get(segments[depth] ?? '')
  if (literal) collect(literal, segments, depth + 1, into)
  if (node.wild) collect(node.wild, segments, depth + 1, into)
}
