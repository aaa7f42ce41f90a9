// What a contract in force adds to a request: 1,000 rules of one host with typed wildcards, asked in live mode.
import {perCall, summary} from '../lib/stats.mjs'

const dist = (path) => import(new URL(`../../dist/${path}`, import.meta.url))

const RULES = 1_000
const FORMS = [
  {form: 'integer'},
  {form: 'uuid'},
  {form: 'free', characters: '-_.', other: false, min_length: 1, max_length: 80},
]
const UUID = (i) => `f47ac10b-58cc-4372-a567-${String(100_000_000_000 + i)}`
const VALUES = [(i) => String(1000 + i), UUID, (i) => `release-notes-${i}`]

function rule(i) {
  const value = `/v1/collection-${i}/*/parts/*`
  const collapsed = [3, 5].map((index) => ({index, forms: [FORMS[i % 3]]}))
  return {
    rule_id: `r-${i}`,
    rule_kind: 'http_destination',
    lifecycle_state: 'enforce',
    selector: {
      host: {value: 'api.example.com'},
      methods: ['GET'],
      paths: [{value, normalization: {collapsed_segments: collapsed}}],
    },
  }
}

/** `url` makes the i-th request; all of them are allowed, or none is. */
const row = (id, allowed, url) => ({
  id,
  async run() {
    const {activeContracts, evaluate} = await dist('core/contract/evaluate.js')
    const {parseDestination} = await dist('formats/target.js')
    const rules = Array.from({length: RULES}, (_, i) => rule(i))
    const active = activeContracts({manifestHash: 'sha256:m', generation: 1}, [
      {target: {default: true}, selectorId: 'sha256:s', contractHash: 'sha256:c', rules},
    ])
    // the transport has read the request already; its inputs have the shape that contract gates give them
    const requests = Array.from({length: 1_000}, (_, i) => ({
      mode: 'live',
      agent: 'bench',
      subject: {kind: 'http', method: 'GET', destination: parseDestination(url(i))},
      label: 'forward',
      scannerVerdict: 'allow',
      killSwitch: false,
      sources: [],
      gate: true,
    }))
    const judge = (i) => evaluate(active, requests[i % requests.length]).outcome.verdict
    if (requests.some((_, i) => (judge(i) === 'allow') !== allowed)) throw new Error(`${id}: another verdict`)
    return summary(id, 'us', await perCall(judge))
  },
})

export const rows = [
  row('contract.live.1000', true, (i) => {
    const at = (i * 37) % RULES
    const value = VALUES[at % 3]
    return `https://api.example.com/v1/collection-${at}/${value(i)}/parts/${value(i + 1)}?page=2`
  }),
  row('contract.live.1000.denied', false, (i) => `https://api.example.com/v1/collection-${i % RULES}/admin/parts/1`),
]
