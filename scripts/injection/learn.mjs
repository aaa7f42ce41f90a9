// Logistic regression with L2, by stochastic gradient descent in a fixed order.

/** Park and Miller's generator: small, and the same everywhere. */
export function randomOf(seed) {
  let state = seed % 2147483647
  return () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
}

/**
 * `examples`: `{buckets, norm, label (1 or 0), weight}`. `norm` makes the values of a window a vector of length one, so that
 * short and long windows are alike.
 */
export function learn(examples, {buckets, l2, epochs, rate, seed}) {
  const weights = new Float64Array(buckets)
  const random = randomOf(seed)
  const order = Uint32Array.from(examples, (_, i) => i)
  let factor = 1
  let bias = 0
  let t = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      const one = order[i]
      order[i] = order[j]
      order[j] = one
    }
    for (const index of order) {
      const {buckets: features, norm, label, weight} = examples[index]
      const eta = rate / (1 + rate * l2 * t)
      t++
      let sum = 0
      for (let k = 0; k < features.length; k++) sum += weights[features[k]]
      const z = bias + sum * factor * norm
      const p = 1 / (1 + Math.exp(-z))
      factor *= 1 - eta * l2
      const g = (eta * weight * (label - p) * norm) / factor
      if (Math.abs(g) > 1e-12) for (let k = 0; k < features.length; k++) weights[features[k]] += g
      bias += 0.01 * eta * weight * (label - p)
      if (factor < 1e-6) {
        for (let k = 0; k < buckets; k++) weights[k] *= factor
        factor = 1
      }
    }
  }
  for (let k = 0; k < buckets; k++) weights[k] *= factor
  return {weights, bias}
}

export function scoreOf({weights, bias}, {buckets, norm}) {
  let sum = 0
  for (let k = 0; k < buckets.length; k++) sum += weights[buckets[k]]
  return bias + sum * norm
}
