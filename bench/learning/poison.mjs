// What a hostile agent adds to some of its own sessions, by kind: everything repeated often, since repetition is free.
import {urlOf} from './population.mjs'
import {attacksOf, truthOf} from './attacks.mjs'
import {randomOf} from './random.mjs'

const REPEATED = 5
const same = (kind) => (agent) => {
  // the same few requests in every poisoned session: what is to be learned must come back
  const random = randomOf(`${agent.seed}/poison/${kind}`)
  const few = attacksOf(agent, kind, 6, random).filter(({url = ''}) => url.length < 1500)
  return () => few.flatMap((request) => Array.from({length: REPEATED}, () => request))
}

/** New values below every literal node of the most used hosts, each requested more often than anything honest. */
const widening = (times, values, make) => (agent) => {
  const nodes = new Map()
  for (const {segments, ...endpoint} of truthOf(agent).requests) {
    for (let i = 1; i <= segments.length; i++) {
      const above = segments.slice(0, i - 1)
      if (above.some((segment) => typeof segment !== 'string') || typeof segments[i - 1] !== 'string') continue
      const rest = segments.slice(i)
      if (rest.some((segment) => typeof segment !== 'string')) continue
      nodes.set(`${endpoint.method} ${urlOf(endpoint, above)}/?/${rest.join('/')}`, {endpoint, above, rest})
    }
  }
  return (random) =>
    [...nodes.values()].flatMap(({endpoint, above, rest}) =>
      Array.from({length: values}, () => ({
        method: endpoint.method,
        url: urlOf(endpoint, [...above, make(random), ...rest]),
      })).flatMap((request) => Array.from({length: times}, () => request)),
    )
}

/** One path of an enforced host, flooded: thousands of paths never seen before. */
const flood = (agent) => {
  const {endpoint} = {endpoint: truthOf(agent).requests[0]}
  return (random) =>
    Array.from({length: 1200}, () => ({
      method: 'GET',
      url: urlOf(endpoint, [
        ...endpoint.segments.slice(0, 1).filter((s) => typeof s === 'string'),
        random.text('bcdfghklm', 10),
      ]),
    }))
}

const HEX = '0123456789abcdef'
/** What is an identifier at first sight. */
const FORMS = [
  (random) => String(random.range(1, 99_999)),
  (random) => `2026-0${random.range(1, 9)}-1${random.int(10)}`,
  (random) => `v${random.range(1, 9)}.${random.range(0, 9)}.${random.range(0, 9)}`,
  (random) => random.text(HEX, 40),
  (random) => `cus_${random.text(HEX, 14)}`,
  (random) => `${random.text('abcdef', 5)}@example.org`,
]

export const POISON = {
  host: same('host'),
  method: same('method'),
  'reserved noun': same('reserved'),
  'sibling path': same('sibling'),
  'deeper path': same('deeper'),
  port: same('port'),
  CONNECT: same('connect'),
  'MCP tool': same('tool'),
  'MCP argument': same('argument'),
  'flood of new paths': flood,
  widening: widening(25, 4, (random) => random.text('bcdfghklmnpqrst', 9)),
  'identifiers of a form': widening(5, 6, (random) => random.pick(FORMS)(random)),
}

/** The poisoned twin of a session: its honest requests and what was added, spread over the same time. */
export function poisoned(session, extra) {
  const last = session.requests.at(-1)?.atMs ?? session.startMs
  const span = last - session.startMs
  const added = extra.map((request, i) => ({...request, atMs: session.startMs + Math.floor((span * i) / extra.length)}))
  return {...session, requests: [...session.requests, ...added].sort((a, b) => a.atMs - b.atMs)}
}
