// Medians and quartiles, and the two ways in which rows are sampled.

/** Quantile by linear interpolation of the sorted samples. */
export function quantile(sorted, q) {
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const high = Math.ceil(at)
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low)
}

export function summary(id, unit, samples, baseline) {
  const sorted = samples.toSorted((a, b) => a - b)
  const median = quantile(sorted, 0.5)
  const result = {id, unit, median, p25: quantile(sorted, 0.25), p75: quantile(sorted, 0.75), n: sorted.length}
  if (baseline === undefined) return result
  const base = Array.isArray(baseline)
    ? quantile(
        baseline.toSorted((a, b) => a - b),
        0.5,
      )
    : baseline
  return {...result, baseline: base, ratio: median / base}
}

/**
 * Samples and baselines that were taken in turn: the ratio is the median of those of the pairs, so that a moment in which
 * the machine was busy with something else moves both sides of one pair and not one side of the result. `best` is that of
 * the best quarter, for machines that are never idle.
 */
export function paired(id, unit, samples, baseline) {
  const ratios = samples.map((sample, i) => sample / baseline[i]).toSorted((a, b) => a - b)
  const best = quantile(ratios, unit === '/s' ? 0.75 : 0.25)
  return {...summary(id, unit, samples, baseline), ratio: quantile(ratios, 0.5), best}
}

/** Microseconds a call of `work(i)`, in `rounds` rounds of about `roundMs`. Inputs are distinct by `i`, so a memo of the last input cannot answer. */
export async function perCall(work, {rounds = 25, roundMs = 60, warmMs = 400} = {}) {
  let i = 0
  const until = async (ms) => {
    const start = process.hrtime.bigint()
    const end = start + BigInt(ms) * 1_000_000n
    let calls = 0
    let now = start
    while (now < end) {
      for (let k = 0; k < 8; k++) {
        const response = work(i++)
        if (response instanceof Promise) await response
      }
      calls += 8
      now = process.hrtime.bigint()
    }
    return Number(now - start) / 1000 / calls
  }
  await until(warmMs)
  const samples = []
  for (let r = 0; r < rounds; r++) samples.push(await until(roundMs))
  return samples
}
