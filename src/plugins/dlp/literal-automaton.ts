// Finds many literals in one pass over bytes (Aho and Corasick), letters without regard to case. A dense table: one step for
// every byte, whatever the text, so that no input makes it slow. Texts are ASCII; every other byte is like any that no
// literal holds.

export interface LiteralAutomaton {
  /** Column of a byte; premultiplied rows make a step `table[state + columns[byte]]`. */
  readonly columns: Uint8Array
  readonly table: Uint16Array | Int32Array
  /** States from here on end a literal. The first state is 0. */
  readonly accepting: number
  /** Indexes of the literals that end in an accepting state, longest first. */
  literalsAt(state: number): readonly number[]
}

interface Node {
  readonly next: Map<number, Node>
  readonly ends: number[]
  fail: Node | undefined
  state: number
}

/** `literals`: lower case, printable ASCII, not empty. */
export function createLiteralAutomaton(literals: readonly string[]): LiteralAutomaton {
  const columns = new Uint8Array(256)
  let width = 1
  const columnOf = (c: number): number => {
    if (columns[c] === 0) {
      columns[c] = width
      if (c >= 0x61 && c <= 0x7a) columns[c - 0x20] = width
      width++
    }
    return columns[c] ?? 0
  }
  const root: Node = {next: new Map(), ends: [], fail: undefined, state: 0}
  for (const [i, literal] of literals.entries()) {
    let node = root
    for (let k = 0; k < literal.length; k++) {
      const column = columnOf(literal.charCodeAt(k))
      let child = node.next.get(column)
      if (child === undefined) {
        child = {next: new Map(), ends: [], fail: undefined, state: 0}
        node.next.set(column, child)
      }
      node = child
    }
    node.ends.push(i)
  }
  const nodes = breadthFirst(root)
  const stride = width
  const quiet = nodes.filter(({ends}) => ends.length === 0)
  const ordered = [...quiet, ...nodes.filter(({ends}) => ends.length > 0)]
  for (const [i, node] of ordered.entries()) node.state = i * stride
  // half the size where it can be: the rows that ordinary text visits then stay in the nearest cache
  const size = ordered.length * stride
  const table = size < 65_536 ? new Uint16Array(size) : new Int32Array(size)
  // by depth: a row copies that of its fallback, which is complete by then
  for (const node of nodes) {
    const {fail} = node
    if (fail !== undefined) table.copyWithin(node.state, fail.state, fail.state + stride)
    for (const [column, child] of node.next) table[node.state + column] = child.state
  }
  const ends = ordered.slice(quiet.length).map((node) => node.ends)
  const accepting = quiet.length * stride
  const none: readonly number[] = []
  return {columns, table, accepting, literalsAt: (state) => ends[(state - accepting) / stride] ?? none}
}

/** Every node after those that are nearer to the root, with its fallback and the literals that end there too. */
function breadthFirst(root: Node): readonly Node[] {
  const nodes = [root]
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]
    if (node === undefined) break
    for (const [column, child] of node.next) {
      let fail = node.fail
      while (fail !== undefined && !fail.next.has(column)) fail = fail.fail
      child.fail = fail?.next.get(column) ?? root
      child.ends.push(...child.fail.ends)
      nodes.push(child)
    }
  }
  return nodes
}
