// The literals of rules as a tree, for what several values only hold together: which of them a value holds whole, and which
// it begins and another completes.
import type {Rule} from './rules.js'

export interface TrieNode {
  readonly next: Map<string, TrieNode>
  readonly rules: Rule[]
}

export function createTrie(rules: readonly Rule[]): TrieNode {
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

export const LONGEST_LITERAL = 32

/** Follows every literal that a value holds whole, or begins at its end and later values complete. */
export function walkTrie(
  root: TrieNode,
  value: string,
  values: readonly string[],
  index: number,
  open: Set<Rule>,
): void {
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

/** Where the last word of a text begins; from its end, or every earlier word would be tried. */
export function lastWord(text: string): number {
  let at = text.length
  while (at > 0 && !/[\s"'<>]/.test(text.charAt(at - 1))) at--
  return at
}
