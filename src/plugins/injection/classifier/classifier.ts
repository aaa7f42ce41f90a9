// What the learned classifier says of one text: the windows that read like instructions to a model, each with its score and
// the strongest of its features.
import {lowerOf} from './letters.js'
import type {Model} from './model.js'
import {Walker, type Feature, type Sums} from './walk.js'

/** Between 0 and 1, like the scores themselves. */
export interface Thresholds {
  readonly threshold: number
  readonly report_threshold: number
}

export interface ScoredWindow {
  /** Of its worst window. */
  readonly score: number
  /** In the text; windows that overlap are one. */
  readonly start: number
  readonly end: number
  /** The worst window alone. */
  readonly worst: {readonly start: number; readonly end: number}
}

export interface Classifier {
  readonly thresholds: Thresholds
  /** Windows with at least the report threshold, in the order of the text. */
  windows(text: string): readonly ScoredWindow[]
  /** Score of the worst window; 0 for a text without words. */
  score(text: string): number
  /** Up to five of the strongest features of a window, as the training texts wrote them. */
  strongest(window: string): readonly string[]
}

const MOST_NAMED = 5

export function createClassifier(
  {bias, scale, weights, names}: Model,
  thresholds: Thresholds,
  normalise: (text: string) => string,
): Classifier {
  const walker = new Walker(weights, normalise)
  const score = ({sum, count}: Sums): number => 1 / (1 + Math.exp(-(bias + (scale * sum) / Math.sqrt(count))))

  return {
    thresholds,

    windows(text) {
      const least = Math.min(thresholds.report_threshold, shortThreshold(thresholds.threshold))
      const windows: ScoredWindow[] = []
      walker.walk(text, (sums) => {
        const one = score(sums)
        if (one < least) return
        const {start, end} = sums
        const last = windows.at(-1)
        if (last === undefined || last.end <= start) windows.push({score: one, start, end, worst: {start, end}})
        else {
          const worst = one > last.score ? {start, end} : last.worst
          windows[windows.length - 1] = {
            score: Math.max(one, last.score),
            start: Math.min(last.start, start),
            end,
            worst,
          }
        }
      })
      return windows
    },

    score(text) {
      let most = 0
      walker.walk(text, (sums) => {
        most = Math.max(most, score(sums))
      })
      return most
    },

    strongest(window) {
      const byBucket = new Map<number, {readonly name: string; readonly weight: number}>()
      const feature = ({bucket, value}: Feature): void => {
        const weight = (weights[bucket] ?? 0) * value
        const name = names.get(bucket)
        if (weight > 0 && name !== undefined) byBucket.set(bucket, {name, weight})
      }
      walker.walk(window, () => undefined, {feature, block: () => undefined})
      const strongest = [...byBucket.values()].sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
      return [...new Set(strongest.map(({name}) => name))].slice(0, MOST_NAMED)
    },
  }
}

/** Odds that longer texts need, over those of short ones: with each further window, a high score by chance is likelier. */
const ODDS = 7 / 3

/** The threshold of texts with one or two windows: 0.5 where that of longer ones is 0.7. */
export function shortThreshold(threshold: number): number {
  return threshold / (threshold + ODDS * (1 - threshold))
}

/** How an explanation writes a feature: words in quotation marks, classes joined by `+`. */
export function nameOf(text: string, {start, end, classes}: Feature): string {
  if (classes !== undefined) return classes.join('+')
  let letters = ''
  for (let i = start; i < end; i++) letters += String.fromCharCode(lowerOf(text.charCodeAt(i)))
  return JSON.stringify(letters.replace(/\s+/g, ' '))
}
