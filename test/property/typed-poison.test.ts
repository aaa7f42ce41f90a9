// A hostile tenth of the sessions, or of the machines, adds what it likes to its requests, as much as it likes: nothing becomes
// allowed that the requests of the honest sessions would not allow without it.
import {expect, test, vi} from 'vitest'
import {evaluate} from '../../src/core/contract/evaluate.js'
import {parseDestination} from '../../src/formats/target.js'
import type {TypedElectorate} from '../../src/plugins/learn/compile/electorate.js'
import {assume} from '../../src/plugins/learn/shadow/assumption.js'
import type {CaptureSpec} from '../support/captures.js'
import {compileCaptures, contractOf} from '../support/compiling.js'
import type {SecondEvent} from '../support/second-typed-learning.js'
import {runs} from '../support/thorough.js'
import {addedOf, KINDS, urlOf, type Added} from '../support/typed-poison.js'
import {Chance, populationOf, specOf} from '../support/typed-populations.js'

type Subject = Parameters<typeof evaluate>[1]['subject']

/**
 * The honest sessions alone are compiled with nobody suspected, and with as many suspects. Neither is all that they allow:
 * hostile sessions take the place of honest ones among the suspects, and with suspects a value needs more sessions to be a
 * name, and prefixes to be a family. So they are also compiled with nobody left out but names as with suspects, with and
 * without families.
 */
const reference = vi.hoisted(() => ({isAsked: false, hasFamilies: true}))

vi.mock('../../src/plugins/learn/compile/electorate.js', async (original) => {
  const {TypedElectorate: Product} = await original<typeof import('../../src/plugins/learn/compile/electorate.js')>()
  class Reference extends Product {
    readonly #bounded: TypedElectorate | undefined

    constructor(...[inference, ...others]: ConstructorParameters<typeof Product>) {
      super(reference.isAsked ? {...inference, contaminationBound: 0} : inference, ...others)
      this.#bounded = reference.isAsked ? new Product(inference, ...others) : undefined
    }

    override isKnown(...args: Parameters<TypedElectorate['isKnown']>): boolean {
      return this.#bounded?.isKnown(...args) ?? super.isKnown(...args)
    }
  }
  return {TypedElectorate: Reference}
})

vi.mock('../../src/plugins/learn/compile/families.js', async (original) => {
  const {familiesOf} = await original<typeof import('../../src/plugins/learn/compile/families.js')>()
  return {
    familiesOf: (...args: Parameters<typeof familiesOf>) => (reference.hasFamilies ? familiesOf(...args) : []),
  }
})

type Lock = (subject: Subject) => boolean

/** What the honest sessions alone allow. */
function honestLock(specs: readonly CaptureSpec[], byMachine: boolean): Lock {
  const asked = (hasFamilies: boolean): Lock => {
    Object.assign(reference, {isAsked: true, hasFamilies})
    const lock = lockOf(specs, 0.1, byMachine)
    Object.assign(reference, {isAsked: false, hasFamilies: true})
    return lock
  }
  const made: Lock[] = []
  const makers = [
    () => lockOf(specs, 0, byMachine),
    () => lockOf(specs, 0.1, byMachine),
    () => asked(true),
    () => asked(false),
  ]
  return (subject) => makers.some((make, i) => (made[i] ??= make())(subject))
}

/** What the contract of some captures allows, enforced by the default decisions. */
function lockOf(specs: readonly CaptureSpec[], contamination_bound: number, byMachine = false): Lock {
  const compiled = compileCaptures(specs, {
    profile: 'wilson_lb_v3',
    contamination_bound,
    sessions_per: byMachine ? 'machine' : 'window',
  })
  const {enforced} = assume(contractOf(compiled).body, 'enforce', 'method')
  return (subject) => {
    const {outcome} = evaluate(enforced, {
      mode: 'live',
      agent: 'coder',
      subject,
      label: 'allow',
      scannerVerdict: 'allow',
      killSwitch: false,
      sources: [],
      gate: false,
    })
    return outcome.winningSource === 'contract' && outcome.reason === ''
  }
}

const MOST_ENDPOINTS = 6

/** Requests that a hostile tenth of the sessions won, by kind of what it added. */
function gainsOf(seed: number, n: number, byMachine: boolean, kinds: readonly string[]): readonly string[] {
  const {events} = populationOf(seed, byMachine, {sessions: byMachine ? 2 * n : n, machines: byMachine ? n : 0})
  const random = new Chance(seed * 31 + n)
  const plain = events.filter(({method}) => method !== 'CONNECT').map(addedOf)
  const shapes = new Map(
    plain.map((each) => [`${each.method} ${each.host} ${each.segments.slice(0, 2).join('/')}`, each]),
  )
  const endpoints = random.shuffled([...shapes.values()].filter(({segments}) => segments.length > 0))
  const list = endpoints.slice(0, MOST_ENDPOINTS)
  // the bound counts what takes part in learning: sessions with a served request, those that begin in one hour as one
  const served = events.filter(({action, status}) => action !== 'block' && status !== '4xx' && status !== '5xx')
  const ids = [...new Set(events.map(({session}) => session))]
  const hourOf = (id: string): string =>
    events
      .filter(({session}) => session === id)
      .reduce((first, {ts}) => (ts < first ? ts : first), '9')
      .slice(0, 13)
  const machineOf = (id: string): string => /\|m([0-9]+)$/.exec(id)?.[1] ?? ''
  const blocOf = byMachine ? machineOf : hourOf
  const usable = new Set(served.map(({session}) => blocOf(session)))
  const blocs = random.shuffled([...new Set(ids.map(blocOf))]).slice(0, Math.floor(usable.size / 10))
  // of a window one recorder session is enough; of a machine all are hostile
  const hostile = byMachine
    ? ids.filter((id) => blocs.includes(blocOf(id)))
    : blocs.map((bloc) => random.pick(ids.filter((id) => blocOf(id) === bloc)))
  const known = new Set(events.map(({method, url}) => `${method} ${url}`))
  const honest = honestLock(events.map(specOf), byMachine)

  return kinds.flatMap((name) => {
    const kind = KINDS[name] ?? (() => [])
    const added = hostile.flatMap((session) => {
      const first = events.find((event) => event.session === session) as SecondEvent
      return kind(list, random, new Chance(seed)).map((each) => {
        const event = {...first, method: each.method, url: urlOf(each), action: 'allow', status: '2xx'}
        return {each, events: [event, event]}
      })
    })
    const others = [kind, ...['ids', 'words'].map((other) => KINDS[other] ?? kind)].flatMap((draw) =>
      draw(list, new Chance(seed + 1), new Chance(seed + 2)),
    )
    const poisoned = lockOf([...events, ...added.flatMap((each) => each.events)].map(specOf), 0.1, byMachine)
    const isGained = (request: Added): boolean => {
      const destination = parseDestination(urlOf(request))
      if (destination === undefined || known.has(`${request.method} ${urlOf(request)}`)) return false
      const subject = {kind: 'http', method: request.method, destination} as const
      return poisoned(subject) && !honest(subject)
    }
    const tried = [...added.map(({each}) => each), ...others]
    return tried.filter(isGained).map((request) => `${name}: ${request.method} ${urlOf(request)}`)
  })
}

const names = Object.keys(KINDS)
test.each([10, 20, 30, 50, 80, 100].flatMap((n) => [[n, false] as const, [n, true] as const]))(
  'a hostile tenth of %i wins no request, machines count: %s',
  (n, byMachine) => {
    const seeds = Math.max(1, Math.floor(runs(n < 30 ? 200 : 60) / (n < 50 ? 10 : 20)))
    for (let i = 0; i < seeds; i++) {
      // each kind once in two populations, so that a run stays short
      const kinds = names.filter((_, at) => (at + i) % 2 === 0)
      expect(gainsOf(100 * n + i, n, byMachine, kinds)).toEqual([])
    }
  },
)

test.each([10, 20, 30, 50, 80, 100])('tools: a hostile tenth of %i sessions frees no argument', (n) => {
  const call = (i: number, args: object): CaptureSpec => ({
    session: `s${i}`,
    ts: new Date(Date.UTC(2026, 2, 2 + i, 9)).toISOString(),
    tool: {server: 'files', name: 'read', args: JSON.stringify(args)},
  })
  const honest = Array.from({length: n}, (_, i) =>
    [1, 2].map((file) => call(i, {read_only: true, root: 'work', path: `${i}-${file}`})),
  ).flat()
  const attempts = [
    {read_only: false, root: 'work'},
    {read_only: true, root: 'home'},
    {root: 'work'},
    {read_only: 'true', root: 'work'},
    {read_only: true, root: 'work', planted: 'x'},
  ]
  const subject = (args: object): Subject => ({kind: 'mcp', server: 'files', tool: 'read', arguments: args as never})
  const twin = lockOf(honest, 0.1)
  for (const each of attempts) {
    const added = Array.from({length: Math.floor(n / 10)}, (_, i) => Array.from({length: 20}, () => call(i, each)))
    const poisoned = lockOf([...honest, ...added.flat()], 0.1)
    for (const tried of attempts) expect(poisoned(subject(tried))).toBe(twin(subject(tried)))
  }
  expect(twin(subject({read_only: true, root: 'work', path: 'other'}))).toBe(true)
  expect(twin(subject({read_only: false, root: 'work', path: 'other'}))).toBe(false)
})

test('a flood of new paths blocks no contract and takes no pattern from it', () => {
  const session = (i: number) => ({session: `s${i}`, ts: new Date(Date.UTC(2026, 2, 2 + i, 9)).toISOString()})
  const honest = Array.from({length: 20}, (_, i) =>
    ['list', 'status', `items/${100 + i}`].map((path) => ({...session(i), url: `https://api.example.com/v1/${path}`})),
  ).flat()
  const random = new Chance(7)
  const flood = [0, 1].flatMap((i) =>
    Array.from({length: 1500}, () => ({...session(i), url: `https://api.example.com/v1/${random.word()}/x`})),
  )
  const contract = (specs: readonly CaptureSpec[]) => compileCaptures(specs, {profile: 'wilson_lb_v3'}).inferred.rules
  const confirmed = (specs: readonly CaptureSpec[]) =>
    contract(specs).flatMap(({key, confidence}) => (confidence === 'never_confirmed' ? [] : [key]))
  expect(confirmed([...honest, ...flood])).toEqual(confirmed(honest))
  expect(contract([...honest, ...flood]).some(({tail}) => tail?.block === true)).toBe(false)
})
