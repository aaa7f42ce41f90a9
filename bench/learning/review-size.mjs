// How much an operator has to read: `node bench/learning/review-size.mjs [AGENT…]` compiles a hundred sessions of each agent and
// prints one line of JSON: endpoints, rules, lines and words of the review before its appendix, minutes to read it, bytes of its page.
import {compileSessions, observer} from './measure.mjs'
import {nestedOf} from './nested.mjs'
import {populationOf} from './population.mjs'
import {reviewSize} from './product.mjs'

const SEED = 'pipelock'
const SESSIONS = 100
const ENDPOINTS = 15
/** Of ordinary prose; rows of a table are skimmed. */
const WORDS_A_MINUTE = 200

/** Every so many endpoints, so that what is left is of each host and of each popularity. */
function smaller(agent) {
  const {endpoints} = agent
  const step = endpoints.length / ENDPOINTS
  return {...agent, endpoints: Array.from({length: ENDPOINTS}, (_, i) => endpoints[Math.floor(i * step)])}
}

const stable = () => populationOf(`${SEED}/stable`, {agents: 1, mixed: false})[0]
const mixed = () => populationOf(`${SEED}/mixed`, {agents: 1, mixed: true})[0]
const nested = (i) => nestedOf(`${SEED}/nested`, {agents: 3})[i]

const AGENTS = {
  'stable, 15 endpoints': () => smaller(stable()),
  'mixed, 15 endpoints': () => smaller(mixed()),
  'nested 0': () => nested(0),
  'nested 1': () => nested(1),
  'nested 2': () => nested(2),
  stable,
  mixed,
}

const names = process.argv.slice(2)
for (const name of names.length === 0 ? Object.keys(AGENTS) : names) {
  const agent = AGENTS[name]()
  const sessions = await observer(agent).sessions(0, SESSIONS)
  const compiled = compileSessions(agent, sessions, {})
  const rules = compiled.inferred.rules.length
  const size = reviewSize(compiled)
  const minutes = Number((size.words / WORDS_A_MINUTE).toFixed(1))
  console.log(JSON.stringify({agent: name, endpoints: agent.endpoints.length, rules, ...size, minutes}))
}
