// Shannon entropy in bits per code point: H = log2(n) − Σ c·log2(c) / n, with c·log2(c) from a table.

const TABLE_SIZE = 4096
const C_LOG_C = new Float64Array(TABLE_SIZE)
for (let c = 1; c < TABLE_SIZE; c++) C_LOG_C[c] = c * Math.log2(c)

const counts = new Uint32Array(256)

export function entropy(text: string): number {
  const n = text.length
  if (n === 0) return 0
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i)
    if (c > 255) {
      for (let k = 0; k < i; k++) counts[text.charCodeAt(k)] = 0
      return wideEntropy(text)
    }
    counts[c] = (counts[c] ?? 0) + 1
  }
  let sum = 0
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i)
    const count = counts[c] ?? 0
    if (count > 0) {
      sum += cLogC(count)
      counts[c] = 0
    }
  }
  return Math.log2(n) - sum / n
}

function wideEntropy(text: string): number {
  const observed = new Map<string, number>()
  let n = 0
  for (const character of text) {
    observed.set(character, (observed.get(character) ?? 0) + 1)
    n++
  }
  let sum = 0
  for (const count of observed.values()) sum += cLogC(count)
  return Math.log2(n) - sum / n
}

function cLogC(count: number): number {
  return count < TABLE_SIZE ? (C_LOG_C[count] ?? 0) : count * Math.log2(count)
}

/** Characters between two pauses. */
const PIECE = 262_144

/** The same in steps: a text of megabytes takes long to count. */
export function* entropySteps(text: string): Generator<undefined, number> {
  if (text.length <= PIECE) return entropy(text)
  const observed = new Uint32Array(0x110000)
  // summed in the order of their first occurrence, as above: floating point would tell
  const order: number[] = []
  let n = 0
  for (let i = 0; i < text.length; n++) {
    const c = text.codePointAt(i) ?? 0
    i += c > 0xffff ? 2 : 1
    const count = observed[c] ?? 0
    if (count === 0) order.push(c)
    observed[c] = count + 1
    if (n % PIECE === PIECE - 1) yield
  }
  let sum = 0
  for (const c of order) sum += cLogC(observed[c] ?? 0)
  return Math.log2(n) - sum / n
}
