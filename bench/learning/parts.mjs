// The parts of a run: each takes the seed and whether to be quick, and answers plain figures.
import {createHash} from 'node:crypto'
import {
  breadth,
  compileSessions,
  countSession,
  endpointScore,
  escapes,
  f1,
  gained,
  holdOut,
  learnCounted,
  learnSessions,
  observed,
  observer,
} from './measure.mjs'
import {POISON, poisoned} from './poison.mjs'
import {nestedOf} from './nested.mjs'
import {populationOf} from './population.mjs'
import {chainOf, learn} from './product.mjs'
import {randomOf} from './random.mjs'

const DEFAULT_BOUND = 0.1

/** How much is measured: everything, what fits a coffee break, and what fits a test. */
export const SCALES = {
  full: {
    stable: {agents: 4, points: [3, 5, 10, 20]},
    mixed: {agents: 2, points: [3, 5, 10, 20, 50, 100]},
    bounds: {bounds: [0, 0.05, 0.1, 0.2, 0.3], points: [3, 5, 10, 20, 50]},
    attacks: 60,
    heldOut: {stable: 10, mixed: 40, nested: 20},
    nested: {agents: 3, points: [5, 10, 30, 100], quarterAfter: 30},
    mixes: ['1/10', '2/10', '4/10', '3/30', '5/50', '5/80', '10/100', '5/10', '12/50'],
  },
  quick: {
    stable: {agents: 2, points: [5, 10]},
    mixed: {agents: 1, points: [5, 10, 20]},
    bounds: {bounds: [0, 0.1, 0.3], points: [5, 10, 20]},
    attacks: 30,
    heldOut: {stable: 5, mixed: 10, nested: 10},
    nested: {agents: 3, points: [5, 10, 30], quarterAfter: 30},
    mixes: ['1/10', '4/10', '5/10'],
  },
  smoke: {
    stable: {agents: 1, points: [10]},
    mixed: {agents: 1, points: [5]},
    bounds: {bounds: [0.1], points: [5]},
    attacks: 10,
    heldOut: {stable: 3, mixed: 3, nested: 2},
    nested: {agents: 1, points: [5], quarterAfter: 5},
    mixes: ['1/10'],
  },
}

const observers = new Map()

/** Populations are observed once for all parts. */
function population(seed, mixed, agents) {
  return observedOnce(`${seed}/${mixed}/${agents}`, () =>
    populationOf(`${seed}/${mixed ? 'mixed' : 'stable'}`, {agents, mixed}),
  )
}

function observedOnce(key, make) {
  let known = observers.get(key)
  if (known === undefined) observers.set(key, (known = make().map(observer)))
  return known
}

/** Figures of all agents of a population after n sessions, summed. */
async function afterSessions(crew, n, bound, {heldOut, attacks, from = n}) {
  const sum = {hold: undefined, kinds: {}, score: zeroScore(), able: zeroScore(), breadth: {learned: 0, truth: 0}}
  for (const {agent, sessions} of crew) {
    const training = await sessions(0, n)
    const candidate = learnSessions(agent, training, {contamination_bound: bound})
    // ratify refuses a candidate without an enforced rule: there is no contract to measure
    if (candidate.enforced.length === 0) return {sessions: n, bound, ratified: false}
    sum.hold = addUp(sum.hold, await holdOut(candidate, agent, training, await sessions(from, heldOut)))
    sum.kinds = addUp(sum.kinds, await escapes(candidate, agent, attacks))
    sum.score = addUp(sum.score, endpointScore(candidate, agent))
    sum.able = addUp(
      sum.able,
      endpointScore(candidate, agent, (endpoint) => endpoint.class === 'stable'),
    )
    sum.breadth = addUp(sum.breadth, breadth(candidate, agent))
  }
  const {hold} = sum
  return {
    sessions: n,
    bound,
    ratified: true,
    requests: hold.requests,
    allow: rate(hold.allowed, hold.requests),
    allowWithNoise: rate(hold.allAllowed, hold.all),
    refused: {unconfirmed: hold.unconfirmed, fresh: hold.fresh, untold: hold.untold},
    mass: hold.mass,
    unknown: hold.unknown,
    escapes: sum.kinds,
    escape: escapeRate(sum.kinds),
    f1: round(f1(sum.score)),
    f1Stable: round(f1(sum.able)),
    endpoints: sum.score,
    breadth: rate(sum.breadth.learned, sum.breadth.truth),
  }
}

const zeroScore = () => ({learned: 0, endpoints: 0, matches: 0})

/** Sums numbers, member by member. */
function addUp(a, b) {
  if (typeof b === 'number') return (a ?? 0) + b
  const out = {...a}
  for (const [name, value] of Object.entries(b)) out[name] = addUp(out[name], value)
  return out
}

const round = (value) => Math.round(value * 1e6) / 1e6
const rate = (part, whole) => (whole === 0 ? 0 : round(part / whole))

/** A word in the place of an identifier is reported apart. */
function escapeRate(kinds) {
  const counted = Object.entries(kinds).filter(([kind]) => kind !== 'word')
  const sum = (name) => counted.reduce((total, [, figures]) => total + figures[name], 0)
  return {tried: sum('tried'), passed: sum('passed'), rate: rate(sum('passed'), sum('tried'))}
}

async function curve({seed, scale, progress}, mixed) {
  const {agents, points} = mixed ? scale.mixed : scale.stable
  const crew = population(seed, mixed, agents)
  const rows = []
  for (const n of points) {
    const row = await afterSessions(crew, n, DEFAULT_BOUND, {
      attacks: scale.attacks,
      heldOut: mixed ? scale.heldOut.mixed : scale.heldOut.stable,
    })
    rows.push(row)
    progress(
      !row.ratified
        ? `${n} sessions: nothing to ratify`
        : `${n} sessions: ${(row.allow * 100).toFixed(2)} % allowed, ${row.escape.passed} escapes`,
    )
  }
  return rows
}

/** Sessions in a quarter of a year: one begins every four hours. */
const QUARTER = 540

async function nested({seed, scale, progress}) {
  const {agents, points, quarterAfter} = scale.nested
  const crew = observedOnce(`${seed}/nested/${agents}`, () => nestedOf(seed, {agents}))
  const rows = []
  for (const [n, from] of [...points.map((point) => [point, point]), [quarterAfter, quarterAfter + QUARTER]]) {
    const options = {attacks: scale.attacks, heldOut: scale.heldOut.nested, from}
    const row = {...(await afterSessions(crew, n, DEFAULT_BOUND, options)), isQuarter: from !== n}
    rows.push(row)
    const when = row.isQuarter ? 'a quarter after ' : ''
    progress(
      `${when}${n} sessions: ${row.ratified ? `${(row.allow * 100).toFixed(2)} % allowed` : 'nothing to ratify'}`,
    )
  }
  return rows
}

async function grid({seed, scale, progress}) {
  const crew = population(seed, true, scale.mixed.agents).slice(0, 1)
  const rows = []
  for (const bound of scale.bounds.bounds) {
    for (const n of scale.bounds.points) {
      const {ratified, allow, escape, f1Stable} = await afterSessions(crew, n, bound, {
        attacks: scale.attacks,
        heldOut: scale.heldOut.mixed,
      })
      rows.push({
        bound,
        sessions: n,
        ratified,
        ...(ratified && {allow, escape: escape.rate, passed: escape.passed, f1Stable}),
      })
    }
    progress(`bound ${bound.toFixed(2)}`)
  }
  return rows
}

/**
 * n sessions of which k are poisoned, at the default bound of 0.10 and a floor of five sessions. The three mixes with
 * `everyAgent` are the ratios at which hostile sessions once widened rules: there each kind is tried alone on every agent.
 */
const MIXES = [
  {n: 10, k: 1, within: true},
  {n: 10, k: 2, within: false},
  {n: 10, k: 4, within: false},
  {n: 30, k: 3, within: true, everyAgent: true},
  {n: 50, k: 5, within: true, everyAgent: true},
  {n: 80, k: 5, within: true, everyAgent: true},
  {n: 100, k: 10, within: true},
  {n: 10, k: 5, within: false},
  {n: 50, k: 12, within: false},
]
/** Among many sessions all floods at once fill the cap of every host, and a candidate of that size is refused. */
const CAP = {normalization: {cardinality_cap_per_host: 250}}
const DEFAULTS = {}
const ARGUMENT = 'MCP argument'
const AT_ONCE = 'all but arguments at once'

const allAtOnce = (agent) => {
  const parts = Object.entries(POISON)
    .filter(([kind]) => kind !== ARGUMENT)
    .map(([, make]) => make(agent))
  return (random) => parts.flatMap((extra) => extra(random))
}

/** Every kind alone where that is measured; among many sessions all at once as well, or in its place. */
function poisonsFor({n, everyAgent}) {
  if (n <= 10) return POISON
  return {...(everyAgent ? POISON : {[ARGUMENT]: POISON[ARGUMENT]}), [AT_ONCE]: allAtOnce}
}

async function poisoning({seed, scale, progress}) {
  const stable = population(seed, false, scale.stable.agents)
  const mixed = population(seed, true, scale.mixed.agents)
  const mixes = MIXES.filter(({n, k}) => scale.mixes.includes(`${k}/${n}`))
  const rows = mixes.map(({n, k, within, everyAgent = false}) => ({
    sessions: n,
    poisoned: k,
    within,
    agents: everyAgent ? stable.length + mixed.length : 1,
    kinds: {},
  }))
  // agent by agent, since the counts of its sessions are kept meanwhile
  for (const [index, {agent, sessions}] of [...stable, ...mixed].entries()) {
    const countsOf = honestCounts(agent)
    for (const [i, mix] of mixes.entries()) {
      if (index > 0 && !mix.everyAgent) continue
      const honest = await sessions(0, mix.n)
      const order = randomOf(`${agent.seed}/hostile/${mix.n}/${mix.k}`).shuffled(honest.map((_, session) => session))
      const hostile = new Set(order.slice(0, mix.k))
      const twins = new Map()
      const twinOf = (settings) => {
        if (!twins.has(settings)) twins.set(settings, learnCounted(agent, honest.map(countsOf), settings))
        return twins.get(settings)
      }
      const nonzero = []
      for (const [kind, make] of Object.entries(poisonsFor(mix))) {
        const settings = kind === AT_ONCE ? CAP : DEFAULTS
        const extra = make(agent)
        const counts = []
        for (const [session, each] of honest.entries()) {
          const random = randomOf(`${agent.seed}/${kind}/${session}`)
          counts.push(
            hostile.has(session)
              ? countSession(agent, await observed(poisoned(each, extra(random)), agent), settings)
              : countsOf(each),
          )
        }
        const figures = gained(learnCounted(agent, counts, settings), twinOf(settings), agent)
        rows[i].kinds[kind] = addUp(rows[i].kinds[kind], figures)
        if (figures.gained + figures.widened > 0) nonzero.push(`${kind} ${figures.gained} + ${figures.widened}`)
      }
      progress(`agent ${index}: ${mix.k} of ${mix.n} sessions: ${nonzero.join(', ') || 'nothing gained'}`)
    }
  }
  return rows
}

/** The counts of honest sessions, made once: neither the cap nor the poison changes them. */
function honestCounts(agent) {
  const counts = new Map()
  return (session) => {
    let known = counts.get(session.index)
    if (known === undefined) counts.set(session.index, (known = countSession(agent, session)))
    return known
  }
}

/** The same captures in another order of files, and again, give the same bytes; another agent's captures change nothing. */
async function determinism({seed, scale}) {
  const out = {compiles: 0, different: 0, foreign: 0}
  for (const {agent, sessions} of population(seed, true, scale.mixed.agents)) {
    const training = await sessions(0, 10)
    const first = digest(compileSessions(agent, training))
    const chains = training.map((session) =>
      chainOf(
        agent,
        session,
        session.requests.filter(({detail}) => detail),
      ),
    )
    const random = randomOf(`${agent.seed}/shuffle`)
    for (let i = 0; i < 3; i++) {
      out.compiles++
      const compiled = learn(agent, i === 0 ? chains : random.shuffled(chains))
      if (digest(compiled) !== first) out.different++
      if (compiled.contract.includes('somebody-else') || compiled.contract.includes('/foreign')) out.foreign++
    }
  }
  return out
}

/** Contract, review and ledger; the manifest lists the files in their order. */
function digest({contract, review, segments}) {
  return createHash('sha256').update(`${contract}\0${review}\0${segments}`).digest('hex')
}

/** One hostile session among ten, with every poison at once: no position may become a wildcard by it, enforced or not. */
async function oneSession({seed, scale}) {
  const out = {agents: 0, positions: 0}
  for (const {agent, sessions} of population(seed, false, scale.stable.agents)) {
    const honest = await sessions(0, 10)
    const random = randomOf(`${agent.seed}/one`)
    const extra = Object.values(POISON).flatMap((make) => make(agent)(random))
    const mixed = [await observed(poisoned(honest[0], extra), agent), ...honest.slice(1)]
    const before = wildcards(compileSessions(agent, honest))
    out.agents++
    for (const position of wildcards(compileSessions(agent, mixed))) if (!before.has(position)) out.positions++
  }
  return out
}

/** Positions that are wildcards in any rule, enforced or not: host and the pattern up to there; methods share their positions. */
function wildcards(compiled) {
  const positions = new Set()
  for (const {host, port, path} of compiled.inferred.rules) {
    const segments = path?.split('/') ?? []
    for (const [i, segment] of segments.entries()) {
      if (segment === '*') positions.add(`${host}:${port}${segments.slice(0, i + 1).join('/')}`)
    }
  }
  return positions
}

export const PARTS = [
  {id: 'stable', title: 'stable populations: allow, escape, endpoints', run: (context) => curve(context, false)},
  {id: 'mixed', title: 'populations with rare, seasonal and growing endpoints', run: (context) => curve(context, true)},
  {id: 'nested', title: 'nested collections, dates in paths, occasional endpoints, unknown paths', run: nested},
  {id: 'bounds', title: 'allow and escape rates by contamination bound and sessions', run: grid},
  {id: 'poisoning', title: 'rules gained or widened by poisoned sessions', run: poisoning},
  {id: 'one-session', title: 'one hostile session with everything', run: oneSession},
  {id: 'determinism', title: 'equal bytes over order and repetition', run: determinism},
]
