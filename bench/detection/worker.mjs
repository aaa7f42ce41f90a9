// One worker of the bench: judges what the sections send, and returns plain values.
import {parentPort} from 'node:worker_threads'
import {halfOf} from '../../scripts/injection/documents.mjs'
import {bodyScan, headScan, urlScan} from '../lib/request-scans.mjs'
import {tokensIn, typeOf, urlsIn} from './harvest.mjs'
import {hasShortThreshold, isLearnedOnly, responseJudge, scoreOf} from './judges.mjs'
import {credentialTables, PLACES} from './kinds.mjs'

const once = (make) => {
  let value
  return () => (value ??= make())
}
const judge = once(() => responseJudge({classifier: true}))
const rulesJudge = once(() => responseJudge({classifier: false}))
const body = once(() => bodyScan())
const url = once(() => urlScan())
const GENERIC = 'Vendor Token'
/** The form that the generic rule is made for. */
const PREFIX = /^[A-Za-z0-9]{2,12}[_-]\S{16}/
const scansOf = async (keeps) => {
  // a disguise makes a URL longer: it is the credential that is searched for here, not the length
  const [own, head, target] = await Promise.all([
    bodyScan({}, keeps),
    headScan({}, keeps),
    urlScan({monitoring: {max_url_length: 1 << 20}}, keeps),
  ])
  return {body: (text, type) => own(Buffer.from(text), type), head, url: target}
}
const scans = once(() => scansOf())
const genericScans = once(() => scansOf((name) => name === GENERIC))
const tables = once(credentialTables)

const refusalOf = (findings) => {
  const blocking = findings.filter(({action}) => action === 'block')
  return {
    isRefused: blocking.length > 0,
    rules: [...new Set(blocking.flatMap(({rules}) => rules))],
    details: [...new Set(blocking.map(({detail}) => detail))].slice(0, 4),
    warned: [...new Set(findings.filter(({action}) => action === 'warn').map(({rule}) => rule))],
  }
}

const isCredential = ({layer, rules}) => /dlp/.test(layer) || rules.some((rule) => rule === GENERIC)
const finds = (findings) => findings.some((one) => one.action === 'block' && isCredential(one))
/** `found` as a credential, `stopped` for another reason, or `passed`. */
const outcomeOf = (findings) =>
  finds(findings) ? 'found' : findings.some(({action}) => action === 'block') ? 'stopped' : 'passed'

/** One after the other: a judge notes the matches of the text that it reads. */
async function inTurn(list, judgeOne) {
  const out = []
  for (const one of list) out.push(await judgeOne(one))
  return out
}

const TASKS = {
  /** Every document once: as a response, as a body, for its URLs and tokens, and for the classifier where it trained nothing. */
  documents: ({documents, sections}) =>
    inTurn(documents, async ({path, kind, bytes, isJudged}) => {
      const content = Buffer.from(bytes)
      const text = content.toString('utf8')
      const type = typeOf(kind, text)
      const out = {path, kind}
      if (isJudged && sections.includes('responses')) {
        out.response = await judge()(content, type)
        const {isRefused, rules} = out.response
        const byRules = isRefused && !isLearnedOnly({rules}) && (await rulesJudge()(content, type)).isRefused
        if (halfOf(path) === 'measure')
          out.learned = {score: scoreOf(text), short: hasShortThreshold(text), rules: byRules}
      }
      if (isJudged && sections.includes('bodies')) out.body = refusalOf(await (await body())(content, type))
      if (sections.includes('urls')) out.urls = urlsIn(text)
      if (sections.includes('credentials')) out.tokens = tokensIn(text)
      return out
    }),

  urls: async ({urls}) => {
    const scan = await url()
    const out = []
    for (const one of urls) {
      const findings = await scan(one)
      out.push({url: one, ...refusalOf(findings), layers: findings.map(({layer}) => layer)})
    }
    return out
  },

  /** Tokens that are no credentials, in a JSON value and in a path: those in which a credential was found. */
  tokens: async ({tokens}) => {
    const {body: scanBody, url: scanUrl} = await scans()
    const out = []
    for (const token of tokens) {
      const findings = [
        ...(await scanBody(JSON.stringify({id: 7, item: token}), 'application/json')),
        ...(await scanUrl(`https://api.example.com/v1/items/${encodeURIComponent(token)}`)),
      ]
      if (!finds(findings)) continue
      const rules = [...new Set(findings.flatMap((one) => one.rules))]
      out.push({token, rules, isGeneric: rules.includes(GENERIC)})
    }
    return out
  },

  /** Labelled texts, each in the forms of `FORMS`. */
  rows: ({rows}) =>
    inTurn(rows, async ({text, forms, ...row}) => ({
      ...row,
      score: scoreOf(text),
      short: hasShortThreshold(text),
      forms: await inTurn(forms, async ({content, type}) => {
        const bytes = Buffer.from(content)
        const rules = await rulesJudge()(bytes, type)
        const both = await judge()(bytes, type)
        return {rules: rules.isRefused, both: both.isRefused, matches: both.matches}
      }),
    })),

  /** One kind in every place under every disguise; an undefined cell cannot be sent. */
  credentials: async ({kind, text}) => {
    const {disguises} = await tables()
    const [all, generic] = [await scans(), await genericScans()]
    const named = await generic.body(JSON.stringify({id: 7, api_key: text}), 'application/json')
    const out = {kind, hasPrefix: PREFIX.test(text), plain: {}, generic: {}, named: outcomeOf(named), disguised: {}}
    for (const [place, send] of Object.entries(PLACES)) {
      const [own, alone] = [await send(all, text), await send(generic, text)]
      if (own === undefined) continue
      out.plain[place] = outcomeOf(own)
      out.generic[place] = outcomeOf(alone)
    }
    for (const [name, change] of Object.entries(disguises)) {
      const disguised = change(text)
      if (disguised === text) continue
      const row = (out.disguised[name] = {})
      for (const [place, send] of Object.entries(PLACES)) {
        // what is missed as written is counted there, not once more under every disguise
        if (out.plain[place] !== 'found') continue
        const findings = await send(all, disguised)
        if (findings !== undefined) row[place] = outcomeOf(findings)
      }
    }
    return out
  },
}

parentPort.on('message', ({name, input}) => {
  TASKS[name](input).then(
    (result) => parentPort.postMessage(result),
    (error) =>
      setImmediate(() => {
        throw error
      }),
  )
})
