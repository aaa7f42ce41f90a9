// The parts of a run: each takes the seed and whether to be quick, and answers plain figures.
import {createHash} from 'node:crypto'
import {KINDS} from './attacks.mjs'
import {
  breadth,
  compileSessions,
  endpointScore,
  escapes,
  f1,
  gained,
  holdOut,
  learnSessions,
  observed,
  observer,
} from './measure.mjs'
import {POISON, poisoned} from './poison.mjs'
import {populationOf, PARAMETERS} from './population.mjs'
import {candidateOf, chainOf, learn} from './product.mjs'
import {randomOf} from './random.mjs'

const BOUNDS = [0, 0.05, 0.1, 0.2, 0.3]
const DEFAULT_BOUND = 0.1

const observers = new Map()

/** Populations are observed once for all parts. */
function population(seed, mixed, agents) {
  const key = `${seed}/${mixed}/${agents}`
  let known = observers.get(key)
  if (known === undefined) {
    known = populationOf(`${seed}/${mixed ? 'mixed' : 'stable'}`, {agents, mixed}).map(observer)
    observers.set(key, known)
  }
  return known
}

/** Figures of all agents of a population after n sessions, summed. */
async function afterSessions(crew, n, bound, {heldOut, attacks}) {
  const sum = {hold: undefined, kinds: {}, score: zeroScore(), able: zeroScore(), breadth: {learned: 0, truth: 0}}
  for (const {agent, sessions} of crew) {
    const training = await sessions(0, n)
    const candidate = learnSessions(agent, training, {contamination_bound: bound})
    sum.hold = addUp(sum.hold, await holdOut(candidate, agent, training, await sessions(n, heldOut)))
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
    requests: hold.requests,
    allow: rate(hold.allowed, hold.requests),
    allowWithNoise: rate(hold.allAllowed, hold.all),
    refused: {unconfirmed: hold.unconfirmed, fresh: hold.fresh, untold: hold.untold},
    mass: hold.mass,
    escapes: sum.kinds,
    escape: escapeRate(sum.kinds),
    f1: round(f1(sum.score)),
    f1Stable: round(f1(sum.able)),
    endpoints: sum.score,
    breadth: rate(sum.breadth.learned, sum.breadth.truth),
  }
}

const zeroScore = () => ({learned: 0, endpoints: 0, hits: 0})

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

async function curve(context, mixed) {
  const {seed, quick, progress} = context
  const points = quick ? [3, 5, 10, 20] : [3, 5, 10, 20, 50, 100]
  const crew = population(seed, mixed, quick ? 2 : mixed ? 3 : 4)
  const rows = []
  for (const n of points) {
    if (!mixed && n > 20) continue
    rows.push(await afterSessions(crew, n, DEFAULT_BOUND, {heldOut: n >= 50 ? 20 : 10, attacks: quick ? 30 : 60}))
    progress(`${n} sessions: ${(rows.at(-1).allow * 100).toFixed(2)} % allowed, ${rows.at(-1).escape.passed} escapes`)
  }
  return rows
}

async function grid({seed, quick, progress}) {
  const crew = population(seed, true, quick ? 2 : 3).slice(0, 1)
  const rows = []
  for (const bound of BOUNDS) {
    for (const n of quick ? [5, 10, 20] : [3, 5, 10, 20, 50]) {
      const {allow, escape, f1Stable} = await afterSessions(crew, n, bound, {heldOut: 10, attacks: quick ? 20 : 40})
      rows.push({bound, sessions: n, allow, escape: escape.rate, passed: escape.passed, f1Stable})
    }
    progress(`bound ${bound.toFixed(2)}`)
  }
  return rows
}

/** n sessions of which k are poisoned, at the default bound of 0.10 and a floor of five sessions. */
const MIXES = [
  {n: 10, k: 1, within: true, why: 'one session'},
  {n: 10, k: 2, within: true, why: 'below the floor'},
  {n: 10, k: 4, within: true, why: 'below the floor, four times the bound'},
  {n: 50, k: 5, within: true, why: 'at the bound'},
  {n: 100, k: 10, within: true, why: 'at the bound'},
  {n: 10, k: 5, within: false, why: 'at the floor, five times the bound'},
  {n: 50, k: 12, within: false, why: 'above the bound'},
]

async function poisoning({seed, quick, progress}) {
  const mixes = quick ? MIXES.filter(({n}) => n === 10) : MIXES
  const rows = []
  for (const {n, k, within, why} of mixes) {
    const crew = population(seed, false, quick ? 2 : 4).slice(0, n > 10 || quick ? 1 : 2)
    const kinds = {}
    for (const {agent, sessions} of crew) {
      const honest = await sessions(0, n)
      const twin = learnSessions(agent, honest)
      const hostile = new Set(
        randomOf(`${agent.seed}/hostile/${n}/${k}`)
          .shuffled(honest.map((_, i) => i))
          .slice(0, k),
      )
      for (const [kind, make] of Object.entries(POISON)) {
        const extra = make(agent)
        const mixed = []
        for (const [i, session] of honest.entries()) {
          if (!hostile.has(i)) mixed.push(session)
          else mixed.push(await observed(poisoned(session, extra(randomOf(`${agent.seed}/${kind}/${i}`))), agent))
        }
        kinds[kind] = addUp(kinds[kind], gained(learnSessions(agent, mixed), twin))
      }
    }
    rows.push({sessions: n, poisoned: k, within, why, kinds})
    progress(`${k} of ${n} sessions`)
  }
  return rows
}

/** The same captures in another order of files, and again, give the same bytes; another agent's captures change nothing. */
async function determinism({seed, quick}) {
  const out = {compiles: 0, different: 0, foreign: 0}
  for (const {agent, sessions} of population(seed, true, quick ? 2 : 3)) {
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

/** One hostile session among ten, with every poison at once: no rule that is enforced may have a wildcard more. */
async function oneSession({seed, quick}) {
  const out = {agents: 0, positions: 0}
  for (const {agent, sessions} of population(seed, false, quick ? 2 : 4)) {
    const honest = await sessions(0, 10)
    const random = randomOf(`${agent.seed}/one`)
    const extra = Object.values(POISON).flatMap((make) => make(agent)(random))
    const mixed = [await observed(poisoned(honest[0], extra), agent), ...honest.slice(1)]
    const before = wildcards(compileSessions(agent, honest))
    out.agents++
    for (const pattern of wildcards(compileSessions(agent, mixed))) if (!before.has(pattern)) out.positions++
  }
  return out
}

/** Patterns with a wildcard among all rules, enforced or not. */
function wildcards(compiled) {
  return new Set(
    compiled.inferred.rules
      .filter(({path}) => path?.split('/').includes('*'))
      .map(({host, port, path}) => `${host}:${port}${path}`),
  )
}

export const PARTS = [
  {id: 'stable', title: 'stable populations: allow, escape, endpoints', run: (context) => curve(context, false)},
  {id: 'mixed', title: 'populations with rare, seasonal and growing endpoints', run: (context) => curve(context, true)},
  {id: 'bounds', title: 'allow and escape rates by contamination bound and sessions', run: grid},
  {id: 'poisoning', title: 'rules gained or widened by poisoned sessions', run: poisoning},
  {id: 'one-session', title: 'one hostile session with everything', run: oneSession},
  {id: 'determinism', title: 'equal bytes over order and repetition', run: determinism},
]

export {candidateOf, KINDS, PARAMETERS}
