// What the rules, the learned classifier and both find in the development sets of the injection corpus, and what they stop of
// the ordinary documents that trained nothing.
//
//   npm run bench:classifier [-- --json FILE] [-- --documents N] [-- --verbose]
import {existsSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {createClassifier} from '../../dist/plugins/injection/classifier/classifier.js'
import {builtInModel} from '../../dist/plugins/injection/classifier/model.js'
import {createInjectionScanner} from '../../dist/plugins/injection/scanner.js'
import {jsonStrings} from '../../dist/plugins/response-scanning/json-strings.js'
import {sections} from '../../dist/plugins/response-scanning/config.js'
import {matchingText} from '../../dist/plugins/injection/matching-text.js'
import {openEngine} from '../../dist/lib/regex/engine.js'
import {atOnce} from '../../dist/lib/slices.js'
import {rowsOf} from '../../scripts/injection/corpus.mjs'
import {documentsOf, textOf} from '../../scripts/injection/documents.mjs'

const ROOT = join(import.meta.dirname, '../..')
/** Forms without any mark of an injection: an order that could as well be addressed to a person. */
const BARE = new Set(['naive', 'escape'])

const {values: flags} = parseArgs({
  options: {json: {type: 'string'}, documents: {type: 'string', default: '4000'}, verbose: {type: 'boolean'}},
})
const corpus = join(process.env.PIPELOCK_CONFORMANCE ?? join(ROOT, '../shared/conformance'), 'injection-corpus/dev')
if (!existsSync(corpus)) {
  process.stdout.write(`${corpus}: no development sets; nothing is measured\n`)
  process.exit(0)
}
process.chdir(ROOT)
const {threshold, report_threshold} = sections.response_scanning.parse({}).classifier
const normalise = (text) => matchingText(text).text
const engine = openEngine(process.env.PIPELOCK_REGEX)
const rules = createInjectionScanner(engine)
// every window is wanted with its score
const learned = createClassifier(builtInModel(), {threshold: 1e-9, report_threshold: 1e-9}, normalise)

/** Everything that a scan of a response reads in a text. */
function viewsOf(text) {
  if (!/^\s*[[{"]/.test(text)) return [text]
  const strings = atOnce(jsonStrings(text))
  return typeof strings === 'object' ? [text, strings.joined, strings.lists, strings.values].filter(Boolean) : [text]
}

function judge(text) {
  const views = viewsOf(text)
  return {
    rules: views.some((view) => rules.scan(view, {source: 'http_response'}).matches.length > 0),
    score: Math.max(...views.map((view) => learned.score(normalise(view)))),
  }
}

const outcomes = rowsOf(corpus).map(({text, ...row}) => ({...row, text, ...judge(text)}))
const documents = documentsOf('measure', Number(flags.documents)).flatMap((file) => {
  const text = textOf(file)
  return text === undefined ? [] : [{...file, ...judge(text)}]
})

const isLearned = ({score}) => score >= threshold
const METHODS = {
  rules: (one) => one.rules,
  classifier: isLearned,
  both: (one) => one.rules || isLearned(one),
}
const share = (part, method) => (part.length === 0 ? 0 : part.filter(METHODS[method]).length / part.length)
const shares = (part) => ({
  n: part.length,
  ...Object.fromEntries(Object.keys(METHODS).map((method) => [method, share(part, method)])),
})
const attacks = outcomes.filter(({label}) => label === 'injection')
const benign = outcomes.filter(({label}) => label === 'benign')
const isPlaced = ({file}) => file === 'asb'

const report = {
  threshold,
  report_threshold,
  targets: {
    'attacks in documents, bare orders apart': shares(attacks.filter((one) => isPlaced(one) && !BARE.has(one.variant))),
    'attacks in documents, bare orders': shares(attacks.filter((one) => isPlaced(one) && BARE.has(one.variant))),
    'plain attacks': shares(attacks.filter((one) => !isPlaced(one))),
    'benign rows': shares(benign),
    'ordinary documents': shares(documents),
  },
  auc: {
    all: auc(attacks, benign),
    'bare orders apart': auc(
      attacks.filter(({variant}) => !BARE.has(variant)),
      benign,
    ),
    'bare orders apart, rules as score 1': auc(
      attacks.filter(({variant}) => !BARE.has(variant)).map(topped),
      benign.map(topped),
    ),
  },
  sets: grouped(outcomes, ({file, label}) => `${file} ${label}`),
  variants: grouped(attacks, ({file, variant}) => `${file} ${variant ?? '-'}`),
  kinds: grouped(outcomes, ({kind}) => kind),
  languages: grouped(outcomes, ({lang, label}) => `${lang} ${label}`),
  documents: grouped(documents, ({group}) => group),
  curve: [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98].map((at) => curveAt(at)),
}

function topped(one) {
  return {...one, score: one.rules ? 1 : one.score}
}

function grouped(list, key) {
  const groups = new Map()
  for (const one of list) (groups.get(key(one)) ?? groups.set(key(one), []).get(key(one))).push(one)
  return Object.fromEntries(
    [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, part]) => [name, shares(part)]),
  )
}

function curveAt(at) {
  const over = (list) => (list.length === 0 ? 0 : list.filter(({score}) => score >= at).length / list.length)
  return {
    threshold: at,
    placed: over(attacks.filter((one) => isPlaced(one) && !BARE.has(one.variant))),
    plain: over(attacks.filter((one) => !isPlaced(one))),
    benign: over(benign),
    documents: over(documents),
  }
}

function auc(positives, negatives) {
  const all = [...positives.map(({score}) => [score, 1]), ...negatives.map(({score}) => [score, 0])]
  all.sort((a, b) => a[0] - b[0])
  let ranks = 0
  for (let i = 0; i < all.length;) {
    let j = i
    while (j < all.length && all[j][0] === all[i][0]) j++
    for (let k = i; k < j; k++) if (all[k][1] === 1) ranks += (i + j + 1) / 2
    i = j
  }
  return (ranks - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length)
}

const percent = (value) => `${(100 * value).toFixed(value < 0.01 ? 3 : 1)} %`
function table(title, rows) {
  process.stdout.write(
    `\n${title.padEnd(46)}${'n'.padStart(7)}${'rules'.padStart(10)}${'learned'.padStart(10)}${'both'.padStart(10)}\n`,
  )
  for (const [name, {n, rules: byRules, classifier, both}] of Object.entries(rows)) {
    process.stdout.write(
      `${name.padEnd(46)}${String(n).padStart(7)}${percent(byRules).padStart(10)}${percent(classifier).padStart(10)}${percent(both).padStart(10)}\n`,
    )
  }
}
process.stdout.write(`threshold ${threshold}, reported from ${report_threshold}\n`)
for (const [name, value] of Object.entries(report.auc)) process.stdout.write(`AUC, ${name}: ${value.toFixed(4)}\n`)
table('targets', report.targets)
table('set', report.sets)
table('variant of the attacks', report.variants)
if (flags.verbose) table('kind', report.kinds)
table('language', report.languages)
table('ordinary documents', report.documents)
process.stdout.write(
  `\n${'threshold'.padEnd(12)}${'placed'.padStart(10)}${'plain'.padStart(10)}${'benign'.padStart(10)}${'documents'.padStart(11)}\n`,
)
for (const {threshold: at, ...values} of report.curve) {
  process.stdout.write(
    `${String(at).padEnd(12)}${Object.values(values)
      .map((value) => percent(value).padStart(10))
      .join(' ')}\n`,
  )
}
if (flags.verbose) {
  for (const {path, score} of documents.filter(isLearned)) process.stdout.write(`${score.toFixed(3)} ${path}\n`)
}
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(report, undefined, 2)}\n`)
