// Makes a model out of labelled rows and ordinary documents. Everything happens in a fixed order with fixed seeds: the same
// texts give the same bytes.
import {BUCKETS, Walker} from '../../dist/plugins/injection/classifier/walk.js'
import {nameOf} from '../../dist/plugins/injection/classifier/classifier.js'
import {matchingText} from '../../dist/plugins/injection/matching-text.js'
import {learn, scoreOf} from './learn.mjs'
import {windowsOf} from './vectors.mjs'

export const normalise = (text) => matchingText(text).text

export const DEFAULTS = {l2: 1e-5, epochs: 6, rate: 1, seed: 7, rounds: 4, every: 40, hard: -2, mostHard: 6}

/** By the kind of a row. */
const WEIGHTS = {direct: 2, exfiltration: 2, tool: 2, jailbreak: 0.7, invented: 1.3}

/** Names that a model keeps for its explanations, and the largest weight that is stored exactly (a share of all weights). */
const NAMES = 3_000
const EXACT = 0.9995

/**
 * `rows`: `{text, label, kind, payload?}`. `documents`: ordinary texts. Returns what `encodeModel` takes; `training` is
 * written into the header.
 */
export function train(rows, documents, {training = {}, log = () => {}, ...options} = {}) {
  const parameters = {...DEFAULTS, ...options}
  const blank = new Walker(new Int8Array(BUCKETS), normalise)
  const labelled = rows
    .map(({text, label, kind, payload}) => ({label, kind, payload, windows: windowsOf(blank, normalise(text))}))
    .filter(({windows}) => windows.length > 0)
  const ordinary = documents.map(normalise)
  const negatives = sample(blank, ordinary, parameters.every)
  let model
  for (let round = 0; round < parameters.rounds; round++) {
    const examples = examplesOf(labelled, negatives, model)
    model = learn(examples, {buckets: BUCKETS, ...parameters})
    log(
      `round ${round + 1}: ${examples.length} windows, ${examples.filter(({label}) => label === 1).length} injections`,
    )
    if (round === parameters.rounds - 1) break
    const hard = mine(blank, ordinary, model, parameters)
    log(`round ${round + 1}: ${hard.length} windows of ordinary documents were hard`)
    negatives.push(...hard)
  }
  const {weights, scale} = quantised(model.weights)
  const names = namesOf(blank, rows, weights)
  return {bias: model.bias, scale, weights, names, training: {...training, parameters}}
}

/** One window in so many, of documents that are not long. */
function sample(blank, texts, every) {
  const windows = []
  let index = 0
  for (const text of texts) {
    if (text.length > 20_000) continue
    for (const window of windowsOf(blank, text)) if (index++ % every === 0) windows.push(window)
  }
  return windows
}

/**
 * Of a long document with an attack in it, the windows that hold the attack are injections: those that are known to, else
 * those that the model of the round before takes for one, and its likeliest.
 */
function examplesOf(labelled, negatives, model) {
  const examples = negatives.map(({buckets, norm}) => ({buckets, norm, label: 0, weight: 1}))
  for (const {label, kind, payload, windows} of labelled) {
    if (label === 'benign') {
      for (const {buckets, norm} of windows) examples.push({buckets, norm, label: 0, weight: 1})
      continue
    }
    let own = windows
    if (payload !== undefined && windows.length > 1) {
      const shared = (window) => Math.min(payload.end, window.end) - Math.max(payload.start, window.start)
      const most = Math.max(...windows.map(shared))
      own = windows.filter((window) => shared(window) >= 0.8 * most)
    } else if (kind === 'indirect' && windows.length > 1) {
      if (model === undefined) continue
      const scores = windows.map((window) => scoreOf(model, window))
      const most = Math.max(...scores)
      own = windows.filter((_, i) => scores[i] === most || scores[i] > 0)
    }
    // long role plays are not to outweigh short orders, of which there are few windows
    const weight = (WEIGHTS[kind] ?? 1) * Math.min(1, 3 / own.length)
    for (const {buckets, norm} of own) examples.push({buckets, norm, label: 1, weight})
  }
  return examples
}

/** Windows of ordinary documents that the model nearly takes for injections, the worst of each document. */
function mine(blank, texts, model, {hard, mostHard}) {
  const walker = scorer(model)
  return texts.flatMap((text) =>
    walker(text) <= hard
      ? []
      : windowsOf(blank, text)
          .map((window) => ({window, score: scoreOf(model, window)}))
          .filter(({score}) => score > hard)
          .sort((a, b) => b.score - a.score)
          .slice(0, mostHard)
          .map(({window}) => window),
  )
}

function scorer({weights, bias}) {
  const scale = largest(weights) / 32_767 || 1
  const walker = new Walker(
    Int16Array.from(weights, (weight) => Math.round(weight / scale)),
    normalise,
  )
  return (text) => {
    let most = -Infinity
    walker.walk(text, ({sum, count}) => {
      most = Math.max(most, bias + (scale * sum) / Math.sqrt(count))
    })
    return most
  }
}

function largest(weights) {
  let most = 0
  for (const weight of weights) most = Math.max(most, Math.abs(weight))
  return most
}

/** Eight bits each; the very largest are cut. */
function quantised(weights) {
  const sizes = Float64Array.from(weights, Math.abs)
    .filter((size) => size > 0)
    .sort()
  const scale = (sizes[Math.floor(sizes.length * EXACT)] ?? 1) / 127
  return {
    scale,
    weights: Int8Array.from(weights, (weight) => Math.max(-127, Math.min(127, Math.round(weight / scale)))),
  }
}

/** Letters inside a word say nothing to a reader. */
function isPart(text, {start, end, classes}) {
  if (classes !== undefined) return false
  return /[\p{L}\p{N}]/u.test(text.charAt(end)) || /[\p{L}\p{N}]/u.test(text.charAt(start - 1))
}

/** What the strongest buckets most often stand for in the attacks. */
function namesOf(blank, rows, weights) {
  const counts = new Map()
  for (const {text, label} of rows) {
    if (label === 'benign') continue
    const normal = normalise(text)
    blank.walk(normal, () => {}, {
      feature(feature) {
        if (weights[feature.bucket] < 8 || isPart(normal, feature)) return
        const names = counts.get(feature.bucket) ?? counts.set(feature.bucket, new Map()).get(feature.bucket)
        const name = nameOf(normal, feature)
        names.set(name, (names.get(name) ?? 0) + 1)
      },
      block() {},
    })
  }
  const named = [...counts].map(([bucket, names]) => {
    const [[name, count]] = [...names].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    return {bucket, name, count}
  })
  return new Map(
    named
      .filter(({count, name}) => count >= 3 && name.length <= 40 && !/\d/.test(name))
      .sort((a, b) => weights[b.bucket] - weights[a.bucket] || a.bucket - b.bucket)
      .slice(0, NAMES)
      .map(({bucket, name}) => [bucket, name]),
  )
}
