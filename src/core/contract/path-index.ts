// Paths of rules by their patterns, so that a request costs the depth of its path and not the number of rules.
import {WILDCARD, type Pattern} from '../../formats/path-pattern.js'

interface Node<Entry> {
  readonly literals: Map<string, Node<Entry>>
  wild: Node<Entry> | undefined
  readonly entries: Entry[]
}

function emptyNode<Entry>(): Node<Entry> {
  return {literals: new Map(), wild: undefined, entries: []}
}

export class PathIndex<Entry extends {readonly order: number}> {
  readonly #root: Node<Entry> = emptyNode()

  /** Entries are added in their order. */
  add(pattern: Pattern, entry: Entry): void {
    let node = this.#root
    for (const part of pattern) {
      if (part === WILDCARD) node = node.wild ??= emptyNode()
      else {
        let next = node.literals.get(part)
        if (!next) node.literals.set(part, (next = emptyNode()))
        node = next
      }
    }
    node.entries.push(entry)
  }

  /** Entries with a pattern of this many segments whose literals are those of the path, in their order; wildcards are not judged. */
  candidates(segments: readonly string[]): readonly Entry[] {
    const lists: (readonly Entry[])[] = []
    collect(this.#root, segments, 0, lists)
    const [first = [], ...others] = lists
    // nearly always a path has one pattern
    return others.length === 0 ? first : lists.flat().sort((a, b) => a.order - b.order)
  }
}

function collect<Entry>(
  node: Node<Entry>,
  segments: readonly string[],
  depth: number,
  into: (readonly Entry[])[],
): void {
  if (depth === segments.length) {
    if (node.entries.length > 0) into.push(node.entries)
    return
  }
  const literal = node.literals.get(segments[depth] ?? '')
  if (literal) collect(literal, segments, depth + 1, into)
  if (node.wild) collect(node.wild, segments, depth + 1, into)
}
