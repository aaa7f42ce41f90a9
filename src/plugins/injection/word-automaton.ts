// Many words in one pass over a stream of symbols (Aho–Corasick, every transition in one dense table). Symbols are small
// numbers that the caller's alphabet gives; 0 is no symbol.

export interface WordAutomaton {
  /** Bits by which a state is shifted before a symbol is added. */
  readonly shift: number
  /** `next[(state << shift) | symbol]`; state 0 is the start. */
  readonly next: Uint16Array
  /** Index into `outputs` by state, 0 where no word ends. */
  readonly output: Uint16Array
  /** Words (by their index) that end in a state. */
  readonly outputs: readonly Int32Array[]
}

const MAX_STATES = 0xffff

/** Throws when the words need more states than a table of 16 bits can name. */
export function wordAutomaton(words: readonly (readonly number[])[]): WordAutomaton {
  const largest = Math.max(1, ...words.map((word) => Math.max(0, ...word)))
  const shift = Math.ceil(Math.log2(largest + 1))
  const width = 1 << shift
  const total = words.reduce((sum, word) => sum + word.length, 1)
  if (total > MAX_STATES) throw new Error(`${total} letters do not fit one table`)
  const next = new Uint16Array(total * width)
  const ending: number[][] = [[]]
  let states = 1
  for (const [index, word] of words.entries()) {
    let state = 0
    for (const symbol of word) {
      const at = (state << shift) | symbol
      let child = next[at] ?? 0
      if (child === 0) {
        child = states++
        next[at] = child
        ending.push([])
      }
      state = child
    }
    ending[state]?.push(index)
  }
  // breadth first: the failure state of a state is complete before its children are
  const failure = new Uint16Array(states)
  const queue: number[] = []
  for (let symbol = 1; symbol < width; symbol++) {
    const child = next[symbol] ?? 0
    if (child !== 0) queue.push(child)
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at] ?? 0
    const fallback = failure[state] ?? 0
    ending[state]?.push(...(ending[fallback] ?? []))
    for (let symbol = 1; symbol < width; symbol++) {
      const place = (state << shift) | symbol
      const child = next[place] ?? 0
      const other = next[(fallback << shift) | symbol] ?? 0
      if (child === 0) next[place] = other
      else {
        failure[child] = other
        queue.push(child)
      }
    }
  }
  const output = new Uint16Array(states)
  const outputs: Int32Array[] = [new Int32Array(0)]
  for (const [state, indexes] of ending.entries()) {
    if (indexes.length === 0) continue
    output[state] = outputs.length
    outputs.push(Int32Array.from(new Set(indexes)))
  }
  return {shift, next: next.slice(0, states << shift), output, outputs}
}
