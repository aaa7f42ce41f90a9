// The only source of chance in the learning bench: a small counter-based generator (sfc32) seeded by a text, so that a figure
// belongs to its seed and a part of a population can be drawn anew without moving the others.

export function randomOf(seed) {
  let [a, b, c, d] = words(seed)
  const next = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  const int = (n) => Math.floor(next() * n)
  const random = {
    next,
    int,
    /** Inclusive. */
    range: (from, to) => from + int(to - from + 1),
    pick: (list) => list[int(list.length)],
    chance: (p) => next() < p,
    /** Knuth for small means; the sum of two halves for larger ones. */
    poisson(mean) {
      if (mean <= 0) return 0
      if (mean > 30) return random.poisson(mean / 2) + random.poisson(mean / 2)
      const limit = Math.exp(-mean)
      let product = next()
      let count = 0
      while (product > limit) {
        product *= next()
        count++
      }
      return count
    },
    shuffled(list) {
      const out = [...list]
      for (let i = out.length - 1; i > 0; i--) {
        const j = int(i + 1)
        ;[out[i], out[j]] = [out[j], out[i]]
      }
      return out
    },
    text: (alphabet, length) => Array.from({length}, () => alphabet[int(alphabet.length)]).join(''),
    /** Index below n, the r-th with weight 1/(r+1)^s. */
    zipf(n, s = 1) {
      const weights = zipfWeights(n, s)
      let left = next()
      for (let i = 0; i < n; i++) {
        left -= weights[i]
        if (left < 0) return i
      }
      return n - 1
    },
    fork: (name) => randomOf(`${seed}/${name}`),
  }
  return random
}

const known = new Map()

/** Shares that sum to 1. */
export function zipfWeights(n, s) {
  const key = `${n}/${s}`
  let shares = known.get(key)
  if (shares === undefined) {
    const weights = Array.from({length: n}, (_, i) => 1 / (i + 1) ** s)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    shares = weights.map((weight) => weight / sum)
    known.set(key, shares)
  }
  return shares
}

function words(seed) {
  let h = 2166136261
  const out = []
  for (let round = 0; round < 4; round++) {
    for (const c of `${round}${seed}`) h = Math.imul(h ^ c.codePointAt(0), 16777619)
    h ^= h >>> 15
    out.push(h | 0)
  }
  return out
}
