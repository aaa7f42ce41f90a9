// Labelled texts as responses with default settings: what rules, classifier and both find, by source, kind, variant and
// language, with the curve of the classifier's threshold. The corpus is read from PIPELOCK_CONFORMANCE and never copied.
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {rowsOf} from '../../scripts/injection/corpus.mjs'
import {batches} from '../lib/pool.mjs'
import {digestOf} from './harvest.mjs'

/** Forms without any mark of an injection: an order that could as well be addressed to a person. */
const BARE = new Set(['naive', 'escape'])
/** The source whose attacks stand inside documents. */
const PLACED = 'asb'
const THRESHOLDS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98]

export function corpusFolder() {
  const root = process.env.PIPELOCK_CONFORMANCE ?? join(import.meta.dirname, '../../../shared/conformance')
  const folder = join(root, 'injection-corpus/dev')
  return existsSync(folder) ? folder : undefined
}

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[c])
const isMarkup = (text) => /^\s*<(?:!doctype|html|head|body|div|p|table|!--)/i.test(text)
const isJson = (text) => {
  try {
    return /^\s*[[{]/.test(text) && JSON.parse(text) !== undefined
  } catch {
    return false
  }
}

/** How a text can come back; the first is the type that it looks like. */
const FORMS = {
  'as it stands': (text) => ({
    content: text,
    type: isMarkup(text) ? 'text/html' : isJson(text) ? 'application/json' : 'text/plain',
  }),
  HTML: (text) => ({
    content: isMarkup(text)
      ? text
      : `<!doctype html><html><head><title>Page</title></head><body><p>${escaped(text).replace(/\n{2,}/g, '</p><p>')}</p></body></html>`,
    type: 'text/html',
  }),
  plain: (text) => ({content: text, type: 'text/plain'}),
  'JSON tool result': (text) => ({
    content: JSON.stringify({jsonrpc: '2.0', id: 1, result: {content: [{type: 'text', text}]}}),
    type: 'application/json',
  }),
}

async function judged({pool, rows, names}) {
  const out = []
  const inputs = (function* () {
    for (const part of batches(rows, 10)) {
      yield {rows: part.map((row) => ({...row, forms: names.map((name) => FORMS[name](row.text))}))}
    }
  })()
  await pool.run('rows', inputs, (results) => out.push(...results))
  return out
}

const METHODS = {
  rules: ({forms}) => forms[0].rules,
  classifier: ({score, short}, thresholds) => score >= (short ? thresholds.short : thresholds.threshold),
  both: ({forms}) => forms[0].both,
}

function shares(part, thresholds) {
  const count = (method) => part.filter((one) => METHODS[method](one, thresholds)).length
  return {n: part.length, rules: count('rules'), classifier: count('classifier'), both: count('both')}
}

function grouped(list, key, thresholds) {
  const groups = new Map()
  for (const one of list) (groups.get(key(one)) ?? groups.set(key(one), []).get(key(one))).push(one)
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([name, part]) => [name, shares(part, thresholds)]))
}

const isBare = ({variant}) => BARE.has(variant)
const isPlaced = ({file}) => file === PLACED

/** The development sets, and the ordinary documents that trained nothing beside them. */
export async function corpora({pool, folder, thresholds, documents, scale, seed, list}) {
  const rows = rowsOf(folder)
    .map((row, i) => ({...row, i, order: digestOf(`${seed} ${row.file} ${i}`)}))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, scale.rows)
    .map(({text, file, kind, label, lang, variant, i}) => ({text, file, kind, label, lang, variant, i}))
  const outcomes = await judged({pool, rows, names: ['as it stands']})
  for (const {file, i, label, score, forms} of outcomes) {
    const [{both, matches}] = forms
    if (both !== (label === 'injection'))
      list({section: 'corpora', file, row: i, label, score: rounded(score), rules: matches.map(({rule}) => rule)})
  }
  const attacks = outcomes.filter(({label}) => label === 'injection')
  const benign = outcomes.filter(({label}) => label === 'benign')
  const marked = attacks.filter((one) => !isBare(one))
  const parts = {
    'attacks in documents, bare orders apart': marked.filter(isPlaced),
    'attacks in documents, bare orders': attacks.filter(isBare),
    'plain attacks': marked.filter((one) => !isPlaced(one)),
    'benign rows': benign,
  }
  const ordinary = documents.map(({score, short, rules, both}) => ({score, short, forms: [{rules, both}]}))
  return {
    threshold: thresholds.threshold,
    shortThreshold: rounded(thresholds.short),
    groups: {
      ...Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, shares(part, thresholds)])),
      ...(ordinary.length > 0 && {'ordinary documents that trained nothing': shares(ordinary, thresholds)}),
    },
    auc: {
      'classifier, bare orders apart': auc(marked, benign),
      'classifier, all attacks': auc(attacks, benign),
      'rules and classifier, bare orders apart': auc(marked.map(topped), benign.map(topped)),
      'rules and classifier, all attacks': auc(attacks.map(topped), benign.map(topped)),
    },
    sources: grouped(outcomes, ({file, label}) => `${file}, ${label}`, thresholds),
    kinds: grouped(outcomes, ({kind}) => kind, thresholds),
    variants: grouped(
      attacks.filter(({variant}) => variant !== undefined),
      ({file, variant}) => `${file}, ${variant}`,
      thresholds,
    ),
    languages: grouped(outcomes, ({lang, label}) => `${lang}, ${label}`, thresholds),
    curve: THRESHOLDS.map((at) => ({
      threshold: at,
      placed: over(parts['attacks in documents, bare orders apart'], at),
      plain: over(parts['plain attacks'], at),
      benign: over(benign, at),
      documents: over(documents, at),
    })),
  }
}

/** A set that was never measured before: `file` is JSON lines of `{id, label, kind, lang, text, subtle?}`. */
export async function fresh({pool, file, thresholds, version, list}) {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line))
  for (const [i, {label, text}] of rows.entries()) {
    if (!['injection', 'benign'].includes(label) || typeof text !== 'string')
      throw new Error(`${file}, row ${i + 1}: a row has a label (injection or benign) and a text`)
  }
  const names = Object.keys(FORMS)
  const outcomes = await judged({
    pool,
    rows: rows.map(({id, label, kind, lang, text, subtle}) => ({id, label, kind, lang, text, subtle: subtle === true})),
    names,
  })
  for (const {id, label, score, forms} of outcomes) {
    const missed = names.filter((_, i) => forms[i].both !== (label === 'injection'))
    if (missed.length > 0) list({section: 'fresh', id, label, forms: missed, score: rounded(score)})
  }
  const attacks = outcomes.filter(({label}) => label === 'injection')
  const benign = outcomes.filter(({label}) => label === 'benign')
  const parts = {
    'injections, subtle ones apart': attacks.filter(({subtle}) => !subtle),
    'injections, subtle': attacks.filter(({subtle}) => subtle),
    'benign texts, subtle ones apart': benign.filter(({subtle}) => !subtle),
    'benign texts, subtle': benign.filter(({subtle}) => subtle),
  }
  const present = Object.entries(parts).filter(([, part]) => part.length > 0)
  const inForm = (at) => (one) => ({...one, forms: [one.forms[at]]})
  return {
    version,
    threshold: thresholds.threshold,
    shortThreshold: rounded(thresholds.short),
    groups: Object.fromEntries(present.map(([name, part]) => [name, shares(part, thresholds)])),
    forms: Object.fromEntries(
      present.map(([name, part]) => [
        name,
        Object.fromEntries(names.map((form, at) => [form, shares(part.map(inForm(at)), thresholds)])),
      ]),
    ),
    auc: {'rules and classifier': auc(attacks.map(topped), benign.map(topped)), classifier: auc(attacks, benign)},
    kinds: grouped(outcomes, ({kind, label}) => `${kind}, ${label}`, thresholds),
    languages: grouped(outcomes, ({lang, label}) => `${lang}, ${label}`, thresholds),
  }
}

const rounded = (value) => Number(value.toFixed(4))
const over = (part, at) => ({n: part.length, found: part.filter(({score}) => score >= at).length})
const topped = (one) => ({...one, score: one.forms[0].rules ? 1 : one.score})

/** The area under the curve by ranks, ties shared; undefined where one side is empty. */
function auc(positives, negatives) {
  if (positives.length === 0 || negatives.length === 0) return undefined
  const all = [...positives.map(({score}) => [score, 1]), ...negatives.map(({score}) => [score, 0])]
  all.sort((a, b) => a[0] - b[0])
  let ranks = 0
  for (let i = 0; i < all.length;) {
    let j = i
    while (j < all.length && all[j][0] === all[i][0]) j++
    for (let k = i; k < j; k++) if (all[k][1] === 1) ranks += (i + j + 1) / 2
    i = j
  }
  const area = (ranks - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length)
  return rounded(area)
}
