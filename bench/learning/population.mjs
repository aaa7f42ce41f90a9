// Agents with a known truth: which endpoints they use, how often, when, and with what identifiers. A population is fixed by
// its name and seed; its sessions come one after another for as long as they are requested.
import {identifierSource, KINDS} from './identifiers.mjs'
import {randomOf, zipfWeights} from './random.mjs'

/** The parameters that docs/learning-quality.md states; nothing else shapes a population. */
export const PARAMETERS = {
  requestsPerSession: 300,
  zipf: 0.9,
  /** A stable endpoint is used so often at least, on average, in every session. */
  stableMinimum: 6,
  hosts: 4,
  collections: [1, 7],
  retryShare: 0.02,
  trailingSlashShare: 0.03,
  queryShare: 0.3,
  oneOffPerSession: 2,
  mistypedPerSession: 1,
  credentialPerSession: 0.5,
  foreignPerSession: 0.5,
  /** Shares of endpoints by class in the mixed population; the rest are stable. */
  mixed: {occasional: 0.15, rare: 0.15, seasonal: 0.08, growing: 0.07},
  occasionalPresence: [0.3, 0.7],
  rarePresence: [0.02, 0.12],
  /** Growing endpoints appear at one of the sessions up to this one. */
  growingUntil: 60,
}

const COLLECTIONS = (
  'projects issues files builds runs threads models messages documents orders invoices tickets customers articles packages ' +
  'releases branches pipelines jobs datasets alerts dashboards teams contacts reports events templates labels users'
).split(' ')
const PARTS = 'comments logs status attachments history members artifacts preview'.split(' ')
const PREFIXES = [['v1'], ['api', 'v2'], ['rest', 'v3'], [], ['v1', 'workspace']]
const TOOLS = ['search_notes', 'read_note', 'write_note', 'list_labels', 'create_task', 'close_task']
const START = Date.UTC(2026, 2, 2, 0)
const HOUR = 3_600_000

/** `mixed` adds endpoints that are occasional, rare, seasonal or grow; otherwise all are stable. */
export function populationOf(seed, {agents, mixed}) {
  return Array.from({length: agents}, (_, index) => agentOf(`${seed}/agent${index}`, index, mixed))
}

function agentOf(seed, index, mixed) {
  const random = randomOf(seed)
  const name = `agent-${index}`
  const endpoints = []
  const kinds = random.shuffled(KINDS)
  let nextKind = 0
  for (let h = 0; h < PARAMETERS.hosts; h++) {
    const isPrivate = h === PARAMETERS.hosts - 1
    const place = {
      scheme: isPrivate ? 'http' : 'https',
      host: isPrivate ? `tracker${index}.corp` : `api${h}.agent${index}.example.com`,
      port: isPrivate ? 8080 : undefined,
    }
    const prefix = random.pick(PREFIXES)
    const [least, most] = PARAMETERS.collections
    for (const noun of random.shuffled(COLLECTIONS).slice(0, random.range(least, most))) {
      const kind = kinds[nextKind++ % kinds.length]
      const id = {kind, draw: identifierSource(kind, random.fork(`${place.host}/${noun}`))}
      endpoints.push(...collectionOf(random, place, [...prefix, noun], id))
    }
  }
  const tunnels = ['git', 'cdn'].map((label) => ({
    method: 'CONNECT',
    scheme: 'https',
    host: `${label}.agent${index}.example.net`,
    port: undefined,
    segments: [],
  }))
  const http = random.shuffled([...endpoints, ...tunnels]).map((endpoint) => ({...endpoint, type: 'http'}))
  const tools = random
    .shuffled(TOOLS)
    .slice(0, 4)
    .map((tool, i) => ({type: 'tool', server: 'notes', tool, constant: i < 2}))
  const things = random.shuffled([...http, ...tools])
  const shares = zipfWeights(things.length, PARAMETERS.zipf)
  const classes = mixed ? classesOf(random, things.length) : []
  return {
    name,
    seed,
    /** Tool arguments stand in clear for every other agent (flight_recorder.redact off). */
    clearArguments: index % 2 === 0,
    endpoints: things.map((thing, i) => ({
      ...thing,
      index: i,
      ...usageOf(random, classes[i] ?? 'stable', shares[i] * PARAMETERS.requestsPerSession),
    })),
  }
}

/** What an API offers below one noun, less what this agent does not use. */
function collectionOf(random, place, path, id) {
  const part = random.pick(PARTS)
  const all = [
    ['GET', path],
    ['GET', [...path, id]],
    ['POST', path],
    ['PATCH', [...path, id]],
    ['GET', [...path, id, part]],
    ['POST', [...path, id, part]],
    ['GET', [...path, 'search']],
  ]
  return all.filter((_, i) => i < 2 || random.chance(0.4)).map(([method, segments]) => ({...place, method, segments}))
}

function classesOf(random, count) {
  const classes = []
  // from the tail of the popularity on: what is rare is not what is used most
  for (const [name, share] of Object.entries(PARAMETERS.mixed)) {
    for (let i = 0; i < Math.round(share * count); i++) classes.push(name)
  }
  const stable = Array.from({length: count - classes.length}, () => 'stable')
  return [...stable, ...random.shuffled(classes)]
}

function usageOf(random, name, mean) {
  const between = ([from, to]) => from + (to - from) * random.next()
  switch (name) {
    case 'occasional':
      return {class: name, presence: between(PARAMETERS.occasionalPresence), mean: Math.max(mean, 2)}
    case 'rare':
      return {class: name, presence: between(PARAMETERS.rarePresence), mean: 1.5}
    case 'seasonal':
      // nightly: about four hours of twenty-four; weekly: one day of seven
      return random.chance(0.5)
        ? {class: name, presence: 1, mean: 6, hours: [1, 4]}
        : {class: name, presence: 1, mean: 6, weekday: random.range(1, 5)}
    case 'growing':
      return {class: name, presence: 0.95, mean: Math.max(mean, 4), from: random.range(5, PARAMETERS.growingUntil)}
    default:
      return {class: name, presence: 1, mean: Math.max(mean, PARAMETERS.stableMinimum)}
  }
}

/** The i-th session: where it stands in time, and its requests in order, each with the endpoint that it belongs to. */
export function sessionOf(agent, i) {
  const random = randomOf(`${agent.seed}/session${i}`)
  const startMs = startOf(agent, i)
  const at = new Date(startMs)
  const intensity = 0.6 + random.next()
  const requests = []
  for (const endpoint of agent.endpoints) {
    if (!isActive(endpoint, i, at, random)) continue
    const sets = new Map()
    const count =
      endpoint.class === 'stable' ? random.poisson(endpoint.mean * intensity) : 1 + random.poisson(endpoint.mean - 1)
    for (let r = 0; r < count; r++) {
      const request = requestOf(endpoint, random, sets, startMs)
      requests.push(request)
      if (random.chance(PARAMETERS.retryShare)) requests.push(request)
    }
  }
  requests.push(...(agent.noise?.(random) ?? noiseOf(agent, random)))
  const ordered = random.shuffled(requests)
  const lengthMs = random.range(25, 110) * 60_000
  return {
    index: i,
    startMs,
    requests: ordered.map((request, r) => ({...request, atMs: startMs + Math.floor((lengthMs * r) / ordered.length)})),
  }
}

const starts = new Map()

/** Two to six hours after the one before: every session begins in a window of its own. */
function startOf(agent, i) {
  let known = starts.get(agent.seed)
  if (known === undefined) starts.set(agent.seed, (known = {random: randomOf(`${agent.seed}/starts`), times: []}))
  const {random, times} = known
  while (times.length <= i)
    times.push((times.at(-1) ?? START) + random.range(2, 6) * HOUR + random.range(-20, 20) * 60_000)
  return times[i]
}

function isActive(endpoint, i, at, random) {
  const lucky = random.chance(endpoint.presence)
  if (endpoint.from !== undefined && i < endpoint.from) return false
  if (endpoint.hours !== undefined && (at.getUTCHours() < endpoint.hours[0] || at.getUTCHours() > endpoint.hours[1]))
    return false
  if (endpoint.weekday !== undefined && at.getUTCDay() !== endpoint.weekday) return false
  return lucky
}

/** A session works on a few things: of its identifiers most come back within it. */
export function requestOf(endpoint, random, sets = new Map(), atMs = undefined) {
  if (endpoint.type === 'tool')
    return {endpoint, tool: {server: endpoint.server, name: endpoint.tool, args: argumentsOf(endpoint, random)}}
  const url = urlOf(
    endpoint,
    endpoint.segments.map((segment, position) => {
      if (typeof segment === 'string') return segment
      const set = sets.get(position) ?? []
      sets.set(position, set)
      if (set.length > 0 && random.chance(0.5)) return random.pick(set)
      const value = encodeURIComponent(segment.draw(random, atMs))
      set.push(value)
      return value
    }),
  )
  if (endpoint.method === 'CONNECT') return {endpoint, method: 'CONNECT', url}
  const slash = random.chance(PARAMETERS.trailingSlashShare) ? '/' : ''
  const query = random.chance(PARAMETERS.queryShare) ? `?page=${random.range(1, 20)}` : ''
  return {endpoint, method: endpoint.method, url: `${url}${slash}${query}`}
}

export function urlOf({scheme, host, port}, segments) {
  return `${scheme}://${host}${port === undefined ? '' : `:${port}`}${segments.map((segment) => `/${segment}`).join('')}`
}

function argumentsOf({constant}, random) {
  const varying = {query: random.text('abcdefghij ', 12), page: random.range(1, 9)}
  return JSON.stringify(constant ? {workspace: 'acme', read_only: true, limit: 20, ...varying} : varying)
}

/** What belongs to no endpoint: pages visited once, mistyped paths, a credential in a URL, another agent's request. */
function noiseOf(agent, random) {
  const requests = []
  const http = agent.endpoints.filter(({type, method}) => type === 'http' && method !== 'CONNECT')
  const word = () => random.text('bcdfghklmnprstvw', 4) + random.text('aeiou', 2)
  for (let i = random.poisson(PARAMETERS.oneOffPerSession); i > 0; i--) {
    requests.push({noise: 'one_off', method: 'GET', url: `https://${word()}.example.net/${word()}/${word()}-${word()}`})
  }
  for (let i = random.poisson(PARAMETERS.mistypedPerSession); i > 0; i--) {
    const {segments, ...endpoint} = random.pick(http)
    const path = segments.map((segment) => (typeof segment === 'string' ? segment : segment.draw(random)))
    const at = random.int(path.length)
    path[at] = `${path[at]}${random.pick('sxz')}`
    requests.push({noise: 'mistyped', method: endpoint.method, url: urlOf(endpoint, path.map(encodeURIComponent))})
  }
  for (let i = random.poisson(PARAMETERS.credentialPerSession); i > 0; i--) {
    const endpoint = random.pick(http)
    const secret = `AK${'IA'}${random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)}`
    requests.push({noise: 'credential', method: 'GET', url: `${urlOf(endpoint, ['callback'])}?state=${secret}`})
  }
  for (let i = random.poisson(PARAMETERS.foreignPerSession); i > 0; i--) {
    requests.push({
      noise: 'foreign',
      agent: 'somebody-else',
      method: 'GET',
      url: `https://${word()}.example.net/foreign`,
    })
  }
  return requests
}
