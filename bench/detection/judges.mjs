// Verdicts of the product's own hooks on one text, with `action: block` and otherwise default settings: as a response, as a
// request body and as a URL, and what rules and classifier find apart. One set for each worker.
import {createClassifier, shortThreshold} from '../../dist/plugins/injection/classifier/classifier.js'
import {builtInModel} from '../../dist/plugins/injection/classifier/model.js'
import {buildScanner} from '../../dist/plugins/injection/create.js'
import {isShort, LEARNED} from '../../dist/plugins/injection/learned.js'
import {matchingText} from '../../dist/plugins/injection/matching-text.js'
import {sections} from '../../dist/plugins/response-scanning/config.js'
import {responseHooks} from '../../dist/plugins/response-scanning/create.js'
import {jsonStrings} from '../../dist/plugins/response-scanning/json-strings.js'
import {createSuppressions} from '../../dist/plugins/suppress/suppressions.js'
import {headUnit} from '../../dist/core/inspection.js'
import {composePolicy} from '../../dist/core/pipeline.js'
import {parseTarget} from '../../dist/core/target.js'
import {atOnce} from '../../dist/lib/slices.js'

const MAX_BYTES = 4 << 20
const silent = () => undefined
const EXCHANGE = {
  id: 'x',
  requestId: 'req-1',
  transport: 'forward',
  purpose: 'request',
  agent: {name: 'a', basis: 'config-default'},
  clientIp: '127.0.0.1',
  rawTarget: 'http://docs.example/page',
  target: parseTarget('http://docs.example/page').target,
  method: 'GET',
  headers: [],
  startedAtMs: 0,
  signal: new AbortController().signal,
}

/** Of the classifier, as configured by default. */
const {threshold} = sections.response_scanning.parse({}).classifier
export const THRESHOLDS = {threshold, short: shortThreshold(threshold)}

/** `judge(bytes, contentType)`: whether a response is refused, and the matches that its scan met, enforced or not. */
export function responseJudge({classifier}) {
  const section = sections.response_scanning.parse({action: 'block', classifier: {enabled: classifier}})
  const scanner = buildScanner({env: {}}, section)
  let matches = []
  const injection = {
    ...scanner,
    *steps(text, options) {
      const verdict = yield* scanner.steps(text, options)
      matches.push(...verdict.matches)
      return verdict
    },
  }
  const hooks = responseHooks(
    {response_scanning: section},
    {
      injection,
      dlp: {text: () => ({matches: []})},
      maxBytes: MAX_BYTES,
      interceptedMaxBytes: MAX_BYTES,
      expressions: [],
      suppress: createSuppressions([]),
      log: {debug: silent, info: silent, warn: silent, error: silent},
      clock: {now: () => 0, monotonic: () => 0},
      warn: silent,
      excuse: silent,
    },
  )
  const policy = composePolicy({
    mode: 'balanced',
    enforce: true,
    generation: 1,
    explainBlocks: false,
    configHash: '',
    policyHash: '',
    hooks: [{plugin: 'response-scanning', hooks}],
    onFault: (_plugin, _hook, error) => {
      throw error
    },
  })
  return async (bytes, contentType) => {
    matches = []
    const unit = {...headUnit('response', [['Content-Type', contentType]], 200), kind: 'body', bytes}
    const {decision} = (await policy.inspect(EXCHANGE, unit, policy.conclude(EXCHANGE, []))).ruling
    const isRefused = decision.action === 'block'
    const rules = [...new Set(matches.map(({rule}) => rule))]
    if (isRefused && rules.length === 0) rules.push(String(decision.cause?.reason ?? 'unknown'))
    return {isRefused, rules, matches: matches.slice(0, 8).map(({rule, pass, text}) => ({rule, pass, text}))}
  }
}

export const isLearnedOnly = ({rules}) => rules.every((rule) => rule === LEARNED)

const normalise = (text) => matchingText(text).text
// every window is needed with its score
const learned = createClassifier(builtInModel(), {threshold: 1e-9, report_threshold: 1e-9}, normalise)

/** Whether the lower threshold of short texts counts. */
export const hasShortThreshold = (text) => isShort(normalise(text))

/** The classifier's score of the worst passage of everything that a scan of a response reads in a text. */
export function scoreOf(text) {
  return Math.max(...viewsOf(text).map((view) => learned.score(normalise(view))))
}

function viewsOf(text) {
  if (!/^\s*[[{"]/.test(text)) return [text]
  const strings = atOnce(jsonStrings(text))
  return typeof strings === 'object' ? [text, strings.joined, strings.lists, strings.values].filter(Boolean) : [text]
}
