// The figures: what held-out sessions of the same agent meet, what attacks meet, how near the learned rules are to the truth.
import {attacksOf, KINDS, truthOf} from './attacks.mjs'
import {
  allows,
  candidateOf,
  chainOf,
  countChain,
  enforcedOf,
  isListed,
  learn,
  learnCounts,
  matchesPattern,
  observe,
  parseDestination,
  parsePattern,
  requestPath,
  WILDCARD,
} from './product.mjs'
import {sessionOf} from './population.mjs'
import {randomOf} from './random.mjs'

const HELD_OUT_FROM = 10_000

/** Observes an agent's sessions once each. Held-out sessions follow the training in time. */
export function observer(agent) {
  const sessions = new Map()
  return {
    agent,
    async sessions(from, count) {
      const out = []
      for (let i = from; i < from + count; i++) {
        let known = sessions.get(i)
        if (known === undefined) sessions.set(i, (known = await observed(sessionOf(agent, i), agent)))
        out.push(known)
      }
      return out
    },
  }
}

export async function observed(session, agent) {
  const requests = []
  const known = new Map()
  for (const [i, request] of session.requests.entries()) {
    if (request.action !== undefined) {
      // an honest request of a session that is poisoned: judged before
      requests.push({...request, trace: `r${i}`})
      continue
    }
    // the same request has the same result: nothing of one request reaches the next
    const key = request.tool
      ? `${request.tool.name} ${request.tool.args}`
      : `${request.method} ${request.url} ${request.agent ?? ''}`
    let result = known.get(key)
    if (result === undefined) known.set(key, (result = await observe(request, agent)))
    requests.push({...request, ...result, trace: `r${i}`})
  }
  return {...session, requests}
}

export function compileSessions(agent, sessions, settings) {
  return learn(
    agent,
    sessions.map((session) => chainOfSession(agent, session)),
    settings,
  )
}

function chainOfSession(agent, session) {
  return chainOf(
    agent,
    session,
    session.requests.filter(({detail}) => detail !== undefined),
  )
}

/** The counts of one observed session, for many compiles. */
export function countSession(agent, session, settings) {
  return countChain(agent, chainOfSession(agent, session), settings)
}

/** Enforced rules only. */
export function learnCounted(agent, counts, settings) {
  return enforcedOf(learnCounts(agent, counts, settings))
}

export function learnSessions(agent, sessions, settings) {
  return candidateOf(compileSessions(agent, sessions, settings))
}

/**
 * Requests of true endpoints that pass the scanners, how many the contract lets pass, and whether the review had told of
 * every refused one: as a rule seen in too few sessions, or as something that no session had.
 */
export async function holdOut(candidate, agent, training, sessions) {
  const figures = {
    requests: 0,
    allowed: 0,
    all: 0,
    allAllowed: 0,
    unconfirmed: 0,
    fresh: 0,
    untold: 0,
    mass: {},
    unknown: {requests: 0, allowed: 0},
  }
  const known = shapesOf(training, agent)
  const verdicts = new Map()
  for (const request of sessions.flatMap((session) => session.requests)) {
    if (request.noise === 'foreign' || request.action === 'block') continue
    const key = request.tool ? `${request.tool.name} ${request.tool.args}` : `${request.method} ${request.url}`
    let passed = verdicts.get(key)
    if (passed === undefined) verdicts.set(key, (passed = await allows(candidate, agent, request, request.action)))
    figures.all++
    if (passed) figures.allAllowed++
    if (!passed) {
      if (isListed(candidate, agent, request)) figures.unconfirmed++
      else if (!known.has(shapeOf(request))) figures.fresh++
      else figures.untold++
    }
    if (request.noise === 'unknown') count(figures.unknown, passed)
    if (request.noise !== undefined) continue
    count(figures, passed)
    count((figures.mass[request.endpoint.class] ??= {requests: 0, allowed: 0}), passed)
  }
  return figures
}

function count(of, passed) {
  of.requests++
  if (passed) of.allowed++
}

function shapesOf(sessions, agent) {
  const shapes = new Set()
  for (const {requests} of sessions) {
    for (const request of requests) {
      if (request.action !== 'block' && (request.agent ?? agent.name) === agent.name) shapes.add(shapeOf(request))
    }
  }
  return shapes
}

/** What compile tells requests apart by. */
function shapeOf({tool, method, url}) {
  if (tool !== undefined) return `tool ${tool.server} ${tool.name}`
  const to = parseDestination(url)
  if (to === undefined) return 'malformed'
  const path = requestPath(to.rawPath)
  return `${method} ${to.host}:${to.port} ${typeof path === 'string' ? path : path.canonical}`
}

/** Attacks by kind: tried and let through. */
export async function escapes(candidate, agent, each) {
  const counts = {}
  for (const kind of Object.keys(KINDS)) {
    const attacks = attacksOf(agent, kind, each, randomOf(`${agent.seed}/attacks/${kind}`))
    let passed = 0
    for (const attack of attacks) if (await allows(candidate, agent, attack)) passed++
    counts[kind] = {tried: attacks.length, passed}
  }
  return counts
}

/** Enforced rules against true endpoints; `isLearnable` says which endpoints a contract could have learned. */
export function endpointScore(candidate, agent, isLearnable = () => true) {
  const truth = new Map()
  for (const endpoint of agent.endpoints) truth.set(truthKey(endpoint), endpoint)
  const learned = candidate.enforced.map(ruleKey)
  const matches = new Set(learned.filter((key) => truth.has(key)))
  const possible = [...truth].filter(([key, endpoint]) => isLearnable(endpoint) || matches.has(key)).length
  return {learned: learned.length, endpoints: possible, matches: matches.size}
}

export function f1({learned, endpoints, matches}) {
  return learned + endpoints === 0 ? 0 : (2 * matches) / (learned + endpoints)
}

function truthKey({type, server, tool, method, host, port, segments}) {
  if (type === 'tool') return `tool ${server}/${tool}`
  if (method === 'CONNECT') return `CONNECT ${host}:${port ?? ''}`
  return `${method} ${host}:${port ?? ''}/${segments.map((s) => (typeof s === 'string' ? s : '*')).join('/')}`
}

export function ruleKey({level, server, tool, method, host, port, pattern}) {
  if (level === 'tool') return `tool ${server}/${tool}`
  if (level === 'tunnel') return `CONNECT ${host}:${port ?? ''}`
  return `${method} ${host}:${port ?? ''}${pattern}`
}

const VALUES = 1000

/** Requests admitted when every wildcard takes a thousand values, per those of the truth: 1 is exact, more is too wide. */
export function breadth(candidate, agent) {
  const sizeOf = (pattern) => VALUES ** pattern.filter((part) => part === WILDCARD).length
  const truth = truthOf(agent).requests.reduce((sum, {pattern}) => sum + sizeOf(pattern), 0)
  const rules = candidate.enforced.filter(({level}) => level === 'method')
  const learned = rules.reduce((sum, {pattern}) => sum + sizeOf(parsePattern(pattern)), 0)
  return {learned, truth}
}

/**
 * Enforced rules of one contract that another, learned without the poison, does not have, and those among them that are
 * wider. A rule that is exactly a true endpoint counts apart: honest sessions did it, and hostile ones made up what was
 * missing to confirm it.
 */
export function gained(candidate, twin, agent) {
  const withArgs = (rule) => `${ruleKey(rule)} ${rule.args.join(' ')}`
  const before = new Set(twin.enforced.map(withArgs))
  const truth = new Set(agent.endpoints.map(truthKey))
  const fresh = candidate.enforced.filter((rule) => !before.has(withArgs(rule)))
  const known = new Map(twin.enforced.map((rule) => [withArgs(rule), rule]))
  const looser = candidate.enforced.filter((rule) => {
    const old = known.get(withArgs(rule))
    return old !== undefined && rule.forms.some((form) => !old.forms.some((each) => isWithin(form, each)))
  })
  const untrue = fresh.filter((rule) => rule.level === 'tool' || !truth.has(ruleKey(rule)))
  const wider = untrue.filter((rule) => twin.enforced.some((old) => covers(rule, old)))
  return {
    gained: untrue.length - wider.length,
    widened: wider.length + looser.length,
    confirmed: fresh.length - untrue.length,
  }
}

/** True when one form admits nothing of which another does not admit the kind: lengths apart, which honest values stretch too. */
function isWithin(one, other) {
  if (one.index !== other.index || one.form.form !== other.form.form) return false
  if (one.form.form !== 'free') return JSON.stringify(one.form) === JSON.stringify(other.form)
  return (
    [...one.form.characters].every((c) => other.form.characters.includes(c)) && (!one.form.other || other.form.other)
  )
}

function covers(rule, old) {
  if (rule.level === 'tool') return ruleKey(rule) === ruleKey(old)
  if (rule.level !== 'method' || old.level !== 'method') return false
  if (rule.host !== old.host || rule.port !== old.port || rule.method !== old.method) return false
  const [wide, narrow] = [parsePattern(rule.pattern), parsePattern(old.pattern)]
  return wide.length === narrow.length && wide.every((part, i) => part === WILDCARD || part === narrow[i])
}

export {HELD_OUT_FROM, matchesPattern}
