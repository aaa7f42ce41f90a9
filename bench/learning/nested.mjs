// Agents whose APIs nest: owners with repositories, namespaces, tenants, paths with a date in them, endpoints that are used in
// every other session, paths that the origin does not know. Each repository, namespace and tenant is at work in every
// session; which of its endpoints are used differs from session to session.
import {identifierSource} from './identifiers.mjs'
import {urlOf} from './population.mjs'
import {randomOf} from './random.mjs'

/** The parameters that docs/learning-quality.md states; nothing else shapes these agents. */
export const NESTED = {
  /** Share of the sessions in which an endpoint of a repository, namespace or tenant is used; its first one is in all. */
  endpointPresence: [0.4, 0.7],
  occasionalPresence: [0.45, 0.5],
  meanRequests: 6,
  nestedRequests: 3,
  /** Requests a session for paths that the origin does not know; half of them are habits, the first the most frequent. */
  unknownPerSession: 3,
  habits: 8,
  /** Days back that paths with a date reach. */
  daysBack: 3,
}

const DAY = 86_400_000
const OWNERS = ['acme', 'island-org', 'northwind', 'contoso']
const REPOSITORIES = ['web', 'billing-api', 'infra', 'mobile']
const NAMESPACES = ['default', 'kube-system', 'payments', 'search', 'monitoring']
const TENANTS = ['globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne']
// none of them is a segment of an endpoint below
const UNKNOWN =
  'userinfo account wiki release setting branche download metric dashboard profile search-all export'.split(' ')

/** `kind` as in identifiers.mjs, one source for each place, so that pools differ. */
const id = (kind) => (random, place) => ({kind, draw: identifierSource(kind, random.fork(`${place}/${kind}`))})

/** Drawn from the time of the request, some days back at most. */
const calendar = (kind, text) => () => ({
  kind,
  draw: (random, atMs = Date.UTC(2026, 2, 2)) =>
    text(new Date(atMs - random.int(NESTED.daysBack + 1) * DAY).toISOString(), random),
})

const YEAR = calendar('year', (iso) => iso.slice(0, 4))
const MONTH = calendar('month', (iso) => iso.slice(5, 7))
const DAY_OF_MONTH = calendar('day', (iso) => iso.slice(8, 10))
const YEAR_MONTH = calendar('year-month', (iso) => iso.slice(0, 7))
const DATE = calendar('date', (iso) => iso.slice(0, 10))
const WEEK = calendar('week', (iso) => weekOf(new Date(iso)))

/** ISO 8601: the week of the Thursday. */
function weekOf(date) {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY))
  return `${year}-w${String(week).padStart(2, '0')}`
}

/** Below a repository, a namespace, a tenant; alike for all of them. */
const REPOSITORY = [
  ['GET', ['issues']],
  ['GET', ['issues', id('decimal')]],
  ['POST', ['issues', id('decimal'), 'comments']],
  ['GET', ['pulls', id('decimal'), 'files']],
  ['GET', ['contents', 'package.json']],
  ['GET', ['commits', id('hash')]],
]
const NAMESPACE = [
  ['GET', ['pods']],
  ['GET', ['pods', id('slug')]],
  ['GET', ['pods', id('slug'), 'log']],
  ['PATCH', ['deployments', id('slug')]],
]
const TENANT = [
  ['GET', ['v2', 'orders']],
  ['GET', ['v2', 'orders', id('uuid')]],
  ['POST', ['v2', 'orders', id('uuid'), 'notes']],
  ['GET', ['v2', 'invoices', id('prefixed')]],
]
const CALENDAR = [
  ['GET', ['news', YEAR, MONTH, DAY_OF_MONTH, id('slug')]],
  ['GET', ['reports', YEAR_MONTH, 'summary']],
  ['GET', ['exchange-rates', DATE]],
  ['GET', ['timesheets', WEEK]],
  ['GET', ['archive', YEAR, 'index']],
]
const PLAIN = [
  ['GET', ['v1', 'user']],
  ['GET', ['v1', 'notifications']],
  ['GET', ['v1', 'models']],
  ['POST', ['v1', 'search']],
]
const OCCASIONAL = [
  ['GET', ['v1', 'releases']],
  ['GET', ['v1', 'licenses', id('decimal')]],
  ['POST', ['v1', 'exports']],
  ['GET', ['v1', 'audit', id('ulid')]],
]

/** Agents of three trades in turn: who works on repositories, on a cluster, for tenants. All read calendars. */
export function nestedOf(seed, {agents}) {
  return Array.from({length: agents}, (_, index) => agentOf(`${seed}/nested${index}`, index))
}

function agentOf(seed, index) {
  const random = randomOf(seed)
  const host = (name) => ({scheme: 'https', host: `${name}.agent${index}.example.com`, port: undefined})
  const code = OWNERS.flatMap((owner) => REPOSITORIES.map((name) => ['repos', owner, name]))
  const trades = [
    {place: host('git'), prefixes: random.shuffled(code).slice(0, 6), below: REPOSITORY},
    {place: host('k8s'), prefixes: NAMESPACES.map((name) => ['api', 'v1', 'namespaces', name]), below: NAMESPACE},
    {place: host('shop'), prefixes: TENANTS.map((name) => ['t', name]), below: TENANT},
  ]
  const {place, prefixes, below} = trades[index % trades.length]
  const always = {class: 'stable', presence: 1, mean: NESTED.meanRequests}
  const endpoints = []
  const add = (at, prefix, list, usage) => {
    for (const [method, parts] of list) {
      const segments = parts.map((part) =>
        typeof part === 'string'
          ? part
          : part(random, `${at.host}/${parts.filter((p) => typeof p === 'string').join('/')}`),
      )
      endpoints.push({type: 'http', ...at, method, segments: [...prefix, ...segments], ...usage()})
    }
  }
  const between = ([from, to]) => from + (to - from) * random.next()
  const nested = (presence) => ({class: 'nested', presence, mean: NESTED.nestedRequests})
  for (const prefix of prefixes) {
    const [first, ...others] = below
    add(place, prefix, [first], () => nested(1))
    add(place, prefix, others, () => nested(between(NESTED.endpointPresence)))
  }
  add(host('press'), [], CALENDAR, () => ({class: 'calendar', presence: 1, mean: NESTED.meanRequests}))
  add(host('api'), [], PLAIN, () => always)
  add(host('api'), [], OCCASIONAL, () => ({class: 'occasional', presence: between(NESTED.occasionalPresence), mean: 2}))
  endpoints.push(
    {type: 'http', ...host('registry'), method: 'CONNECT', segments: [], ...always},
    {type: 'tool', server: 'notes', tool: 'search_notes', constant: false, ...always},
  )
  return {
    name: `nested-${index}`,
    seed,
    clearArguments: false,
    endpoints: endpoints.map((endpoint, i) => ({...endpoint, index: i})),
    /** What the origin answers where a request does not say otherwise. */
    status: 200,
    noise: mistakesOf(endpoints, random.fork('mistakes')),
  }
}

/** A path that somebody thought would be there: a literal of a true one mistyped, or a word that the API does not have. */
function mistakeIn(endpoints, random) {
  const {segments, ...endpoint} = random.pick(endpoints)
  const path = segments.map((segment) => (typeof segment === 'string' ? segment : segment.draw(random)))
  const literals = segments.flatMap((segment, at) => (typeof segment === 'string' ? [at] : []))
  const at = random.pick(literals)
  path[at] = random.chance(0.5) ? random.pick(UNKNOWN) : `${path[at]}${random.pick('sxz')}`
  const end = random.chance(0.5) ? at + 1 : path.length
  const url = urlOf(endpoint, path.slice(0, end).map(encodeURIComponent))
  return {noise: 'unknown', status: 404, method: endpoint.method, url}
}

/** What a session asks for in vain: an agent that was told a wrong path tries it again and again, others are made once. */
function mistakesOf(endpoints, random) {
  const withPath = endpoints.filter(({type, segments}) => type === 'http' && segments.length > 0)
  const habits = Array.from({length: NESTED.habits}, () => mistakeIn(withPath, random))
  return (draw) =>
    Array.from({length: draw.poisson(NESTED.unknownPerSession)}, () =>
      draw.chance(0.5) ? habits[draw.zipf(habits.length)] : mistakeIn(withPath, draw),
    )
}
