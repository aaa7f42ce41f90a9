// How much of an agent's traffic has been seen (growth of distinct patterns over sessions, and what is estimated to be
// unseen). Pure functions of incidence counts: how many patterns were seen in exactly one session, in two, and so on. Only
// sessions count, never repetitions inside one.

/** Patterns seen in exactly `sessions` sessions. */
export interface Frequency {
  readonly sessions: number
  readonly keys: number
}

export interface Interval {
  readonly low: number
  readonly high: number
}

function keysIn(frequencies: readonly Frequency[], sessions: number): number {
  return frequencies.find((entry) => entry.sessions === sessions)?.keys ?? 0
}

export function observedKeys(frequencies: readonly Frequency[]): number {
  return frequencies.reduce((sum, {keys}) => sum + keys, 0)
}

/** Pairs of a session and a pattern seen in it. */
export function incidences(frequencies: readonly Frequency[]): number {
  return frequencies.reduce((sum, {sessions, keys}) => sum + sessions * keys, 0)
}

/**
 * Good–Turing: the share of the patterns of a further session that no session so far has shown. It is the share that was
 * missing on average when each session in turn is taken for the further one. 1 when nothing was seen.
 */
export function unseenShare(frequencies: readonly Frequency[]): number {
  const all = incidences(frequencies)
  return all === 0 ? 1 : keysIn(frequencies, 1) / all
}

/** New patterns that a further session is expected to bring. */
export function newPerSession(frequencies: readonly Frequency[], sessions: number): number {
  return sessions === 0 ? 0 : keysIn(frequencies, 1) / sessions
}

export interface UnseenEstimate {
  /** A lower bound of the number of patterns that exist and were not seen. */
  readonly unseen: number
  /** 95 %, log-normal; undefined where there is no basis: no pattern was seen in one session only. */
  readonly interval: Interval | undefined
}

const Z = 1.959963984540054

/** Chao2 with its variance (incidence form), and the bias-corrected form where no pattern was seen in exactly two sessions. */
export function chao2(frequencies: readonly Frequency[], sessions: number): UnseenEstimate {
  const once = keysIn(frequencies, 1)
  const twice = keysIn(frequencies, 2)
  if (sessions < 2 || once === 0) return {unseen: 0, interval: undefined}
  const a = (sessions - 1) / sessions
  if (twice > 0) {
    const ratio = once / twice
    const unseen = (a * once * ratio) / 2
    const variance = twice * ((a / 2) * ratio ** 2 + a ** 2 * ratio ** 3 + (a ** 2 / 4) * ratio ** 4)
    return {unseen, interval: logNormal(unseen, variance)}
  }
  const unseen = (a * once * (once - 1)) / 2
  if (unseen === 0) return {unseen, interval: undefined}
  const total = observedKeys(frequencies) + unseen
  const variance = unseen + (a ** 2 * once * (2 * once - 1) ** 2) / 4 - (a ** 2 * once ** 4) / (4 * total)
  return {unseen, interval: logNormal(unseen, variance)}
}

/** An interval that never goes below zero. */
function logNormal(unseen: number, variance: number): Interval {
  const factor = Math.exp(Z * Math.sqrt(Math.log(1 + variance / unseen ** 2)))
  return {low: unseen / factor, high: unseen * factor}
}

/**
 * Patterns expected after 1, 2, … sessions, averaged over every order of the sessions (sample-based rarefaction, Mao Tau):
 * the luck of the order in which they came does not shape the curve.
 */
export function averagedGrowth(frequencies: readonly Frequency[], sessions: number): readonly number[] {
  const all = observedKeys(frequencies)
  const missing = frequencies.map(() => 1)
  return Array.from({length: sessions}, (_, index) => {
    const taken = index + 1
    let absent = 0
    for (const [i, {sessions: f, keys}] of frequencies.entries()) {
      // C(T−f, h) / C(T, h), one factor further: the chance that none of h sessions is among the f that have the pattern
      const share = Math.max(0, sessions - f - index) / (sessions - index)
      missing[i] = (missing[i] ?? 0) * share
      absent += keys * (missing[i] ?? 0)
    }
    return taken === sessions ? all : all - absent
  })
}
