// Typed inference a second time, written from docs/formats/typed-inference.md alone, and the pages that it refers to: events of
// HTTP in, rules out. Made to be read next to the page; it counts everything anew for each position.
import {isLikeLocale, type SecondForm, type SecondForms} from './second-forms.js'
import {secondLower} from './second-learning.js'
import {secondPath, type secondMatcher} from './second-paths.js'

export interface SecondEvent {
  /** Id of the recorder session. */
  readonly session: string
  /** RFC 3339 in UTC. */
  readonly ts: string
  readonly method: string
  readonly url: string
  readonly action: string
  readonly status: string
}

export interface SecondRule {
  readonly key: string
  readonly events: number
  readonly sessions: number
  readonly opportunities: number
  readonly lower: number
  readonly confidence: string
  /** Of the wildcards of its path, from left to right. */
  readonly collapsed: readonly Collapsed[]
  readonly family?: Family
}
interface Collapsed {
  readonly forms: readonly SecondForm[]
  readonly distinct: number
  readonly events: number
  readonly entropy: number
}
interface Family {
  readonly members: number
  readonly prefix: string
  readonly sessions: number
  readonly prefixSessions: number
}

export interface SecondParameters {
  readonly minSessions: number
  readonly minEvents: number
  readonly minWindows: number
  /** ε in millionths. */
  readonly millionths: number
  readonly positionEvents: number
  readonly distinctValues: number
  readonly bits: number
  readonly cap: number
}
export const SECOND_DEFAULTS: SecondParameters = {
  minSessions: 5,
  minEvents: 20,
  minWindows: 3,
  millionths: 100_000,
  positionEvents: 10,
  distinctValues: 5,
  bits: 3,
  cap: 1000,
}

/** All recorder sessions of one window, and of one machine if machines count. */
interface Session {
  readonly window: number
  readonly machine: string
}
type Sessions = ReadonlySet<Session>
/** A distinct combination of session, method, path and action, with the number of its events. */
interface Request {
  readonly session: Session
  readonly method: string
  readonly action: string
  readonly segments: readonly string[]
  readonly events: number
}
/** A node of a decided tree. */
interface Node {
  readonly requests: readonly Request[]
  readonly pattern: readonly string[]
  readonly literals: ReadonlyMap<string, Node>
  readonly wildcard?: {readonly collapsed: Collapsed; readonly node: Node}
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const byCodePoints = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
const sorted = (texts: Iterable<string>): readonly string[] => [...texts].sort(byCodePoints)
const sessionsOf = (requests: readonly Request[]): Sessions => new Set(requests.map(({session}) => session))
const union = <T>(sets: Iterable<ReadonlySet<T>>): ReadonlySet<T> => new Set([...sets].flatMap((set) => [...set]))

function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string | undefined): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key) ?? []
    group.push(item)
    groups.set(key, group)
  }
  return groups
}

/** What each of the sessions, or machines, that bring a value has of it, in millionths. */
const shareOf = (bringing: number, suspects: number): number =>
  bringing > suspects ? 0 : Math.floor(1_000_000 / bringing)

/** Greatest first; what is equal stays in its order. */
const ranked = <T>(items: readonly T[], weight: (item: T) => number): readonly T[] =>
  [...items].sort((a, b) => weight(b) - weight(a))

interface Tools {
  readonly forms: SecondForms
  readonly matches: ReturnType<typeof secondMatcher>
}

export function secondRules(
  events: readonly SecondEvent[],
  tools: Tools,
  byMachine = false,
  parameters = SECOND_DEFAULTS,
): readonly SecondRule[] {
  return new SecondLearner(events, tools, byMachine, parameters).rules()
}

/** Lines of recorder session, time, method, URL, action, status class. */
export function secondEvents(text: string): readonly SecondEvent[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [session = '', ts = '', method = '', url = '', action = '', status = ''] = line.split(' ')
      return {session, ts, method, url, action, status}
    })
}

/** Key, events, k/n, lower bound, class, forms of its wildcards, members of its family. */
export function secondRuleLine(rule: SecondRule): string {
  const {key, events, sessions, opportunities, lower, confidence, collapsed, family} = rule
  const forms = collapsed.map((segment) => JSON.stringify(segment.forms))
  const members = family === undefined ? [] : [`family of ${family.members}`]
  return [key, events, `${sessions}/${opportunities}`, lower.toFixed(6), confidence, ...forms, ...members].join(' ')
}

/** What is left out of k of n sessions, each of a window of its own, with the lower bound and the class. */
export function secondSupport(k: number, n: number, tools: Tools): object {
  const event = (i: number): SecondEvent => {
    const ts = new Date(Date.UTC(2026, 0, 1, i)).toISOString()
    const url = `https://api.example.com/${i < k ? 'some' : 'other'}`
    return {session: `s${i}`, ts, method: 'GET', url, action: 'allow', status: ''}
  }
  const learner = new SecondLearner(
    Array.from({length: n}, (_, i) => event(i)),
    tools,
    false,
    SECOND_DEFAULTS,
  )
  return learner.supportOf(learner.sessions.slice(0, k))
}

class SecondLearner {
  readonly #p: SecondParameters
  readonly #forms: SecondForms
  readonly #isWild: (segment: string) => boolean
  readonly #events: readonly ReturnType<typeof readEvent>[]
  readonly #sessions = new Map<string, Session>()
  readonly #usable: readonly Session[]
  readonly #machines: readonly string[]
  readonly #start: number
  readonly #end: number

  constructor(events: readonly SecondEvent[], tools: Tools, byMachine: boolean, parameters: SecondParameters) {
    this.#p = parameters
    this.#forms = tools.forms
    this.#isWild = (segment) => tools.matches('/*', [segment], [])
    this.#events = events.map(readEvent)
    const windows = this.#events.map(({window}) => window)
    this.#start = Math.min(...windows)
    this.#end = Math.max(...windows) + HOUR
    const all = new Map<string, Session>()
    for (const [id, own] of grouped(this.#events, ({session}) => session)) {
      const window = Math.min(...own.map((event) => event.window))
      const machine = byMachine ? machineOf(id) : ''
      const session = all.get(`${window} ${machine}`) ?? {window, machine}
      all.set(`${window} ${machine}`, session)
      this.#sessions.set(id, session)
    }
    const usable = new Set(this.#events.filter(({kind}) => kind === 'counted').map(({session}) => this.#of(session)))
    this.#usable = [...usable].sort((a, b) => a.window - b.window || byCodePoints(a.machine, b.machine))
    this.#machines = sorted(new Set(this.#usable.map(({machine}) => machine)))
  }

  #of(id: string): Session {
    return this.#sessions.get(id) as Session
  }

  get sessions(): readonly Session[] {
    return this.#usable
  }

  supportOf(sessions: readonly Session[]): object {
    const k = new Set(sessions)
    return {left_out: this.#leftOut(k), lower: this.#lower(k).toFixed(6), class: this.#classOf(k)}
  }

  // Suspects

  get #s(): number {
    return Math.floor((this.#p.millionths * this.#usable.length) / 1_000_000)
  }

  get #t(): number {
    const m = this.#machines.length
    return m > 1 ? Math.floor((this.#p.millionths * m) / 1_000_000) : 0
  }

  #leftOut(k: Sessions): number {
    const perMachine = [...grouped(k, ({machine}) => machine).values()].map(({length}) => length)
    const onMachines = perMachine
      .sort((a, b) => b - a)
      .slice(0, this.#t)
      .reduce((sum, count) => sum + count, 0)
    return Math.max(Math.min(this.#s, k.size), onMachines)
  }

  #isBeyondSuspects(k: Sessions): boolean {
    return k.size - this.#leftOut(k) >= 2
  }

  #lower(k: Sessions): number {
    const out = this.#leftOut(k)
    return secondLower(k.size - out, this.#usable.length - out)
  }

  #classOf(k: Sessions, volume = Infinity): string {
    const out = this.#leftOut(k)
    const perWindow = [...grouped(k, ({window}) => String(window)).values()].map(({length}) => length)
    let windows = perWindow.length
    let left = out
    for (const count of perWindow.sort((a, b) => a - b)) {
      if (count > left) break
      left -= count
      windows--
    }
    if (k.size - out < this.#p.minSessions || windows < this.#p.minWindows || volume < this.#p.minEvents) {
      return 'never_confirmed'
    }
    return this.#lower(k) < 0.5 ? 'brittle' : 'stable'
  }

  #confirms(k: Sessions): boolean {
    return this.#classOf(k) !== 'never_confirmed'
  }

  /** Whether a test holds without the sessions, and also without the machines, that have most of something. */
  #holdsWithout(
    weights: {readonly session: (session: Session) => number; readonly machine?: (session: Session) => number},
    test: (left: (session: Session) => boolean) => boolean,
  ): boolean {
    const sessions = ranked(this.#usable, weights.session).filter((session) => weights.session(session) > 0)
    const suspects = new Set(sessions.slice(0, this.#s))
    const ofMachine = (machine: string): number =>
      this.#usable
        .filter((session) => session.machine === machine)
        .reduce((sum, session) => sum + (weights.machine ?? weights.session)(session), 0)
    const machines = ranked(this.#machines, ofMachine).filter((machine) => ofMachine(machine) > 0)
    const suspectMachines = new Set(machines.slice(0, this.#t))
    return test((session) => !suspects.has(session)) && test((session) => !suspectMachines.has(session.machine))
  }

  /** How many values are left without those that suspects could have brought together, in millionths. */
  #left(values: ReadonlyMap<string, Sessions>): number {
    const leftOf = (blocs: readonly ReadonlySet<string>[], suspects: number): number => {
      const shares = [...union(blocs)].map((bloc) =>
        blocs.filter((own) => own.has(bloc)).reduce((sum, own) => sum + shareOf(own.size, suspects), 0),
      )
      const most = shares.sort((a, b) => b - a).slice(0, suspects)
      return blocs.length * 1_000_000 - most.reduce((sum, share) => sum + share, 0)
    }
    const all = [...values.values()]
    const bySession = all.map((own) => new Set([...own].map(({window, machine}) => `${window} ${machine}`)))
    const byMachine = all.map((own) => new Set([...own].map(({machine}) => machine)))
    return Math.min(leftOf(bySession, this.#s), leftOf(byMachine, this.#t))
  }

  // Paths

  #decide(
    requests: readonly Request[],
    pattern: readonly string[],
    at: number,
    above: readonly string[],
    isRoot: boolean,
  ): Node {
    const values = grouped(requests, ({segments}) => segments[at])
    const forms = this.#positionForms(values, at, above, isRoot)
    const merged = [...values.keys()].filter(
      (value) => this.#isWild(value) && forms.some((form) => this.#forms.admits(form, value, above)),
    )
    const rest = [...values.keys()].filter((value) => !merged.includes(value))
    const literals = new Map(
      rest.map((value) => {
        const own = [...pattern, literalOf(value)]
        return [value, this.#decide(values.get(value) ?? [], own, at + 1, [...above, value], false)]
      }),
    )
    if (merged.length === 0) return {requests, pattern, literals}
    const [only = {form: ''}] = forms.length === 1 ? forms : []
    const standIn = only.form === 'year' ? '2000' : only.form === 'month' ? '01' : '*'
    const below = merged.flatMap((value) => values.get(value) ?? [])
    const counts = sorted(merged).map((value) => sessionsOf(values.get(value) ?? []).size)
    const collapsed = {
      forms,
      distinct: merged.length,
      events: below.reduce((sum, {events}) => sum + events, 0),
      entropy: entropyOf(counts),
    }
    const node = this.#decide(below, [...pattern, '*'], at + 1, [...above, standIn], false)
    return {requests, pattern, literals, wildcard: {collapsed, node}}
  }

  #positionForms(
    all: ReadonlyMap<string, readonly Request[]>,
    at: number,
    above: readonly string[],
    isRoot: boolean,
  ): readonly SecondForm[] {
    const values = new Map([...all].filter(([value]) => this.#isWild(value)))
    const brought = new Map([...values].map(([value, requests]) => [value, sessionsOf(requests)]))
    const {admitted, barred} = this.#admittedForms(brought, above)
    const others = new Map(
      [...values].filter(
        ([value]) => !barred.has(value) && !admitted.some(({form}) => this.#forms.admits(form, value, above)),
      ),
    )
    const free = this.#freeForm(others, brought, at, isRoot)
    const forms = free === undefined ? admitted : [...admitted, free]
    return byText(this.#withoutCovered(forms, brought, above)).map(({form}) => form)
  }

  /** With the values that say nothing of a free form. */
  #admittedForms(
    brought: ReadonlyMap<string, Sessions>,
    above: readonly string[],
  ): {readonly admitted: readonly FormValues[]; readonly barred: ReadonlySet<string>} {
    const groups = [...grouped(brought.keys(), (value) => textOf(this.#forms.formOf(value, above))).values()]
      .map((values): FormValues => ({form: this.#forms.formOf(values[0] ?? '', above) ?? {form: ''}, values}))
      .filter(({form, values}) => this.#counts(form, values, [...brought.keys()]))
    const of = (values: readonly string[]): ReadonlyMap<string, Sessions> =>
      new Map(values.map((value) => [value, brought.get(value) ?? new Set()]))
    const fresh = of(groups.flatMap(({values}) => values)).entries()
    const freshOnes = new Map([...fresh].filter(([, sessions]) => !this.#confirms(sessions)))
    const isOpen =
      this.#confirms(union(freshOnes.values())) && this.#left(freshOnes) >= this.#p.distinctValues * 1_000_000
    const admitted = groups.filter(
      ({form, values}) =>
        (isOpen && this.#isBeyondSuspects(union(of(values).values()))) || this.#isCurrent(form, of(values)),
    )
    return {
      admitted: this.#withoutCovered(byText(admitted), brought, above),
      barred: new Set(
        groups
          .filter(({values}) => union(of(values).values()).size > 1)
          .flatMap(({values}) => values.filter((value) => freshOnes.has(value))),
      ),
    }
  }

  /** In this order, a form is left out unless sessions beyond suspects bring values that no other form that is left admits. */
  #withoutCovered(
    forms: readonly FormValues[],
    brought: ReadonlyMap<string, Sessions>,
    above: readonly string[],
  ): readonly FormValues[] {
    return forms.reduce<readonly FormValues[]>((left, each) => {
      const others = left.filter((other) => other !== each)
      const own = each.values.filter((value) => !others.some(({form}) => this.#forms.admits(form, value, above)))
      const bringing = union(own.map((value) => brought.get(value) ?? new Set<Session>()))
      return this.#isBeyondSuspects(bringing) ? left : others
    }, forms)
  }

  #counts({form, prefix = ''}: SecondForm, values: readonly string[], all: readonly string[]): boolean {
    if (form === 'locale') return values.length >= 0.9 * all.filter(isLikeLocale).length
    if (form !== 'token' && form !== 'prefixed') return true
    const mixed = values.filter((value) => /[a-z][0-9]|[0-9][a-z]/.test(value.slice(prefix.length)))
    return mixed.length >= values.length / 2
  }

  #isCurrent({form}: SecondForm, values: ReadonlyMap<string, Sessions>): boolean {
    const longest = new Map(Object.entries(LONGEST)).get(form)
    if (longest === undefined) return false
    const [from, to] = [this.#start, this.#end].map((time) => new Date(time).getUTCFullYear())
    const isNear = (value: string): boolean => {
      const year = Number(value.slice(0, 4))
      return form === 'month' || form === 'day' || (year >= (from ?? 0) - 1 && year <= (to ?? 0) + 1)
    }
    const near = new Map([...values].filter(([value]) => isNear(value)))
    const isShort = this.#end - this.#start <= longest * DAY
    return this.#confirms(union(near.values())) && (isShort || this.#left(near) >= 2_000_000)
  }

  #freeForm(
    values: ReadonlyMap<string, readonly Request[]>,
    brought: ReadonlyMap<string, Sessions>,
    at: number,
    isRoot: boolean,
  ): FormValues | undefined {
    const of = (value: string): Sessions => brought.get(value) ?? new Set()
    const bring = (some: Iterable<string>): Sessions => union([...some].map(of))
    const features = new Map(
      [...values].map(([value, requests]) => [
        value,
        new Set(
          requests.map(({method, segments}) => {
            const next = segments[at + 1]
            if (next === undefined) return `method ${method}`
            const form = this.#forms.formOf(next)
            return form === undefined ? `segment ${next}` : `form ${form.form}`
          }),
        ),
      ]),
    )
    const featuresOf = (value: string): readonly string[] => [...(features.get(value) ?? [])]
    const fresh = [...values.keys()].filter((value) => !this.#confirms(of(value)))
    const withFeature = (feature: string): Sessions =>
      bring(fresh.filter((value) => featuresOf(value).includes(feature)))
    const every = [...union(features.values())]
    const common = every.filter((feature) => this.#isBeyondSuspects(withFeature(feature)))
    const sure = every.filter((feature) => this.#confirms(withFeature(feature)))
    const f = fresh.filter((value) => featuresOf(value).some((feature) => common.includes(feature)))
    const c = [...values.keys()].filter(
      (value) => !fresh.includes(value) && featuresOf(value).every((feature) => sure.includes(feature)),
    )
    const both = [...f, ...c]

    const pairs = (some: Iterable<string>): number => [...some].reduce((sum, value) => sum + of(value).size, 0)
    const valuesOfF = (session: Session): number => f.filter((value) => of(value).has(session)).length
    const hasShare = (some: readonly string[], share: (own: number, all: number) => boolean): boolean =>
      this.#holdsWithout({session: valuesOfF}, (isLeft) => {
        const left = (values: Iterable<string>): number =>
          [...values].reduce((sum, value) => sum + [...of(value)].filter(isLeft).length, 0)
        return share(left(some), left(brought.keys()))
      })
    if (!hasShare(f, (own, all) => own * 3 > all) || !hasShare(both, (own, all) => own * 2 > all)) return undefined
    if (!this.#confirms(bring(f))) return undefined
    const withTwo = new Set([...bring(f)].filter((session) => f.filter((value) => of(value).has(session)).length > 1))
    if (c.length > 0 && this.#classOf(bring(f)) !== 'stable' && !this.#confirms(withTwo)) return undefined
    const isBelowSegment = sure.some((feature) => !feature.startsWith('method '))
    if (isRoot && !isBelowSegment && !hasShare(both, (own, all) => own * 10 > all * 9)) return undefined
    const confirmed = [...values.keys()].filter((value) => !fresh.includes(value))
    const isAlike = (value: string): boolean => {
      const shared = featuresOf(value).filter((feature) => sure.includes(feature)).length
      return shared * 2 > union([new Set(featuresOf(value)), new Set(sure)]).size
    }
    if (isRoot && confirmed.length > 0 && pairs(confirmed.filter(isAlike)) * 2 <= pairs(confirmed)) return undefined

    const requestsOf = (session: Session, value: string): number =>
      (values.get(value) ?? []).filter((request) => request.session === session).length
    const countsFor = new Map(
      this.#usable.map((session) => {
        const own = both.filter((value) => of(value).has(session)).sort(byCodePoints)
        const most = ranked(own, (value) => requestsOf(session, value))
        return [session, new Set(most.slice(0, Math.max(1, this.#p.distinctValues - 1)))]
      }),
    )
    const counted = (session: Session): ReadonlySet<string> => countsFor.get(session) ?? new Set()
    const counters = (value: string): readonly Session[] => this.#usable.filter((each) => counted(each).has(value))
    const collapses = (isLeft: (session: Session) => boolean): boolean => {
      const counts = sorted(both)
        .map((value) => counters(value).filter(isLeft).length)
        .filter((count) => count > 0)
      return (
        counts.reduce((sum, count) => sum + count, 0) >= this.#p.positionEvents &&
        counts.length > 1 &&
        counts.length >= this.#p.distinctValues &&
        entropyOf(counts) >= this.#p.bits
      )
    }
    const sharesOf = (session: Session, suspects: number, blocOf: (session: Session) => unknown): number =>
      [...counted(session)].reduce(
        (sum, value) => sum + shareOf(new Set(counters(value).map(blocOf)).size, suspects),
        0,
      )
    const shares = {
      session: (session: Session) => sharesOf(session, this.#s, (each) => each),
      machine: (session: Session) => sharesOf(session, this.#t, ({machine}) => machine),
    }
    const inF = (session: Session): number => [...counted(session)].filter((value) => f.includes(value)).length
    if (!this.#holdsWithout(shares, collapses)) return undefined
    if (!this.#holdsWithout({session: inF}, collapses)) return undefined

    const areBeyond = (isOne: (value: string) => boolean): boolean => this.#isBeyondSuspects(bring(both.filter(isOne)))
    const lengthOf = (value: string): number => [...value].length
    const others = union(both.map((value) => new Set([...value].filter((c) => !/[a-z0-9]/.test(c)))))
    const isPrintable = (character: string): boolean => /^[\u0021-\u007e]$/.test(character)
    const characters = sorted(others).filter(
      (character) => isPrintable(character) && areBeyond((value) => value.includes(character)),
    )
    const other = areBeyond((value) => [...value].some((c) => !isPrintable(c)))
    const lengths = both.map(lengthOf).sort((a, b) => a - b)
    const smallest = lengths.find((length) => areBeyond((value) => lengthOf(value) <= length)) ?? 0
    const largest = lengths.findLast((length) => areBeyond((value) => lengthOf(value) >= length)) ?? 0
    const min_length = Math.max(1, Math.floor(smallest / 2))
    const form = {
      form: 'free',
      characters: characters.join(''),
      other,
      min_length,
      max_length: Math.min(2048, 2 * largest),
    }
    return {form, values: both}
  }

  /** The pattern of a path with its wildcards, and the node in which the path ends. */
  #follow(
    tree: Node,
    segments: readonly string[],
  ):
    | {readonly pattern: readonly string[]; readonly collapsed: readonly Collapsed[]; readonly nodes: readonly Node[]}
    | undefined {
    const nodes = [tree]
    const collapsed: Collapsed[] = []
    for (const [at, segment] of segments.entries()) {
      const {literals, wildcard} = nodes.at(-1) as Node
      const isAdmitted =
        wildcard !== undefined &&
        this.#isWild(segment) &&
        wildcard.collapsed.forms.some((form) => this.#forms.admits(form, segment, segments.slice(0, at)))
      const next = literals.get(segment) ?? (isAdmitted ? wildcard.node : undefined)
      if (next === undefined) return undefined
      if (!literals.has(segment) && wildcard) collapsed.push(wildcard.collapsed)
      nodes.push(next)
    }
    return {pattern: (nodes.at(-1) as Node).pattern, collapsed, nodes}
  }

  // Families

  #families(tree: Node): readonly {readonly members: readonly Node[]; readonly below: Node}[] {
    const prefixes: Node[] = []
    const visit = (node: Node): void => {
      for (const child of node.literals.values()) {
        if (child.pattern.length > 8 || !this.#confirms(sessionsOf(child.requests))) continue
        if (belowOf([child]).length > 0) prefixes.push(child)
        visit(child)
      }
      if (node.wildcard) visit(node.wildcard.node)
    }
    visit(tree)
    const clusters = [...grouped(prefixes, ({pattern}) => String(pattern.length)).values()].flatMap((ofDepth) =>
      this.#clusters(ofDepth),
    )
    const textOfFirst = (cluster: readonly Node[]): string => patternText(cluster[0]?.pattern ?? [])
    const order = clusters
      .filter(({length}) => length > 1)
      .sort((a, b) => {
        const deeper = (a[0]?.pattern.length ?? 0) - (b[0]?.pattern.length ?? 0)
        return b.length - a.length || deeper || byCodePoints(textOfFirst(a), textOfFirst(b))
      })
    const families: Node[][] = []
    for (const cluster of order) {
      const isAlong = (a: readonly string[], b: readonly string[]): boolean => {
        const shorter = Math.min(a.length, b.length)
        return patternText(a.slice(0, shorter)) === patternText(b.slice(0, shorter))
      }
      const members = cluster.filter((node) => !families.flat().some(({pattern}) => isAlong(pattern, node.pattern)))
      if (members.length > 1) families.push(members)
    }
    return families.map((members) => ({members, below: this.#decide(belowOf(members), [], 0, [], false)}))
  }

  #clusters(prefixes: readonly Node[]): readonly (readonly Node[])[] {
    const compared = [...prefixes]
      .sort((a, b) => byCodePoints(patternText(a.pattern), patternText(b.pattern)))
      .sort((a, b) => sessionsOf(b.requests).size - sessionsOf(a.requests).size)
      .slice(0, 1024)
    const tree = this.#decide(belowOf(compared), [], 0, [], false)
    const featuresOf = (requests: readonly Request[]): ReadonlyMap<string, Request[]> =>
      grouped(requests, ({method, segments}) => `${method} ${this.#names(tree, segments)}`)
    const all = featuresOf(belowOf(compared))
    const clusters: {members: Node[]; features: ReadonlySet<string>}[] = []
    for (const prefix of compared) {
      const features = new Set(
        [...featuresOf(belowOf([prefix]))]
          .filter(([, own]) => this.#isBeyondSuspects(sessionsOf(own)))
          .map(([feature]) => feature)
          .filter((feature) => this.#confirms(sessionsOf(all.get(feature) ?? []))),
      )
      if (features.size < 2) continue
      const cluster = clusters.find((each) => {
        const shared = [...features].filter((feature) => each.features.has(feature)).length
        return shared >= 2 && shared * 2 >= union([features, each.features]).size
      })
      if (cluster === undefined) clusters.push({members: [prefix], features})
      else {
        cluster.members.push(prefix)
        cluster.features = union([cluster.features, features])
      }
    }
    return clusters.map(({members}) => members)
  }

  /** The pattern of a path of the tree, with each wildcard replaced by the name of its first form that admits the value. */
  #names(tree: Node, segments: readonly string[]): string {
    const {nodes} = this.#follow(tree, segments) ?? {nodes: []}
    const names = segments.map((segment, at) => {
      const {literals, wildcard} = nodes[at] as Node
      if (literals.has(segment)) return `literal ${segment}`
      const forms = wildcard?.collapsed.forms ?? []
      return forms.find((form) => this.#forms.admits(form, segment, segments.slice(0, at)))?.form ?? ''
    })
    return names.join('/')
  }

  // Rules

  rules(): readonly SecondRule[] {
    const rules: SecondRule[] = []
    for (const events of grouped(this.#events, ({host}) => host).values()) rules.push(...this.#rulesOf(events))
    return rules.sort((a, b) => byCodePoints(a.key, b.key))
  }

  #rulesOf(events: readonly ReadEvent[]): readonly SecondRule[] {
    const key = `host=${events[0]?.host ?? ''}`
    const counted = events.filter(({kind}) => kind === 'counted')
    const rules: SecondRule[] = []
    const add = (
      name: string,
      own: readonly ReadEvent[],
      more: {
        readonly volume?: number
        readonly collapsed?: readonly Collapsed[]
        readonly family?: FamilyEvidence
      } = {},
    ): void => {
      if (own.length === 0) return
      const sessions = this.#usableOf(own)
      const {volume, collapsed = [], family} = more
      const base = {
        key: name,
        events: own.length,
        sessions: sessions.size,
        opportunities: this.#usable.length,
        collapsed,
      }
      const rule = {...base, lower: this.#lower(sessions), confidence: this.#classOf(sessions, volume)}
      const resting = family === undefined ? undefined : this.#resting(rule, sessions, family)
      rules.push(resting ?? rule)
    }
    const tunnels = counted.filter(({method}) => method === 'CONNECT')
    add(`${key};method=CONNECT`, tunnels)
    const plain = counted.filter(({method}) => method !== 'CONNECT')
    const volume = new Set(plain.map(({session, method, path}) => JSON.stringify([session, method, path]))).size
    add(key, plain, {volume})

    const tree = this.#decide(this.#requestsOf(plain), [], 0, [], true)
    const families = this.#families(tree)
    const placeOf = (segments: readonly string[]): Place | undefined => {
      const followed = this.#follow(tree, segments)
      for (const {members, below} of families) {
        const walked = this.#walked(tree, segments)
        const member = members.find((each) => walked.includes(each))
        if (member === undefined) continue
        const depth = member.pattern.length
        const rest = this.#follow(below, segments.slice(depth))
        if (rest === undefined) return undefined
        const aboveIt = this.#follow(tree, segments.slice(0, depth))?.collapsed ?? []
        const pattern = patternText([...member.pattern, ...rest.pattern])
        const collapsed = [...aboveIt, ...rest.collapsed]
        return {pattern, collapsed, family: {members, member, below: patternText(rest.pattern), tree: below}}
      }
      return followed && {pattern: patternText(followed.pattern), collapsed: followed.collapsed}
    }
    const withPath = plain.filter(({segments}) => segments !== undefined)
    const placed = withPath.map((event) => ({event, place: placeOf(event.segments ?? []) as Place}))
    const patterns = new Set(placed.map(({place}) => place.pattern))
    const blocked = events
      .filter(({kind, method, segments}) => kind === 'blocked' && method !== 'CONNECT' && segments !== undefined)
      .map((event): Placed => {
        const segments = event.segments ?? []
        const place = placeOf(segments)
        const literal = {pattern: patternText(segments.map(literalOf)), collapsed: []}
        return {event, place: place !== undefined && patterns.has(place.pattern) ? place : literal}
      })
    const kept = this.#keptPatterns(placed, blocked)
    const all = grouped([...placed, ...blocked], ({place}) => place.pattern)
    for (const [pattern, own] of all) {
      if (!kept.has(pattern)) continue
      const ofPath = own.filter(({event}) => event.kind === 'counted')
      const path = `${key};path=${escaped(pattern)}`
      const place = own[0]?.place
      const collapsed = place?.collapsed ?? []
      const family = place?.family
      const eventsOf = (some: readonly Placed[]): readonly ReadEvent[] => some.map(({event}) => event)
      if (new Set(ofPath.map(({event}) => event.method)).size > 1) {
        add(path, eventsOf(ofPath), {collapsed, ...(family && {family: {...family, method: undefined}})})
      }
      for (const [method, ofMethod] of grouped(own, ({event}) => event.method)) {
        const passed = ofMethod.filter(({event}) => event.kind === 'counted')
        const name = `${path};method=${escaped(method)}`
        add(name, eventsOf(passed), {collapsed, ...(family && {family: {...family, method}})})
        for (const [action, ofAction] of grouped(ofMethod, ({event}) => event.action)) {
          const saysTheSame = ofAction.length === passed.length && ofAction.every((each) => passed.includes(each))
          if (!saysTheSame) add(`${name};action=${escaped(action)}`, eventsOf(ofAction), {collapsed})
        }
      }
    }
    return rules
  }

  #walked(tree: Node, segments: readonly string[]): readonly Node[] {
    // as far as the path has nodes: below the members of a family, other patterns hold
    for (let length = segments.length; length >= 0; length--) {
      const followed = this.#follow(tree, segments.slice(0, length))
      if (followed) return followed.nodes
    }
    return []
  }

  #resting(rule: SecondRule, own: Sessions, family: FamilyEvidence): SecondRule | undefined {
    if (own.size <= this.#leftOut(own)) return undefined
    const {members, member, below, tree, method} = family
    const alike = fromNodes(members).filter(
      (request) =>
        (method === undefined || request.method === method) &&
        patternText(this.#follow(tree, request.segments)?.pattern ?? []) === below,
    )
    const [ofFamily, ofPrefix] = [sessionsOf(alike), sessionsOf(member.requests)]
    const weaker = this.#lower(ofFamily) < this.#lower(ofPrefix) ? ofFamily : ofPrefix
    const [lower, confidence] = [this.#lower(weaker), this.#classOf(weaker)]
    if (lower <= rule.lower || CLASSES.indexOf(confidence) < CLASSES.indexOf(rule.confidence)) return undefined
    const evidence = {
      members: members.length,
      prefix: patternText(member.pattern),
      sessions: ofFamily.size,
      prefixSessions: ofPrefix.size,
    }
    return {...rule, lower, confidence, family: evidence}
  }

  #keptPatterns(placed: readonly Placed[], blocked: readonly Placed[]): ReadonlySet<string> {
    const groups = [...grouped(placed, ({place}) => place.pattern)].map(([pattern, own]) => ({
      pattern,
      sessions: this.#usableOf(own.map(({event}) => event)).size,
      events: own.length,
    }))
    const bySupport = groups.sort(
      (a, b) => b.sessions - a.sessions || b.events - a.events || byCodePoints(a.pattern, b.pattern),
    )
    const kept = new Set(bySupport.slice(0, this.#p.cap).map(({pattern}) => pattern))
    const more = [...grouped(blocked, ({place}) => place.pattern)]
      .filter(([pattern]) => !groups.some((group) => group.pattern === pattern))
      .sort(([a, x], [b, y]) => y.length - x.length || byCodePoints(a, b))
    for (const [pattern] of more.slice(0, Math.max(0, this.#p.cap - kept.size))) kept.add(pattern)
    return kept
  }

  #usableOf(events: readonly ReadEvent[]): Sessions {
    const usable = new Set(this.#usable)
    return new Set(events.map(({session}) => this.#of(session)).filter((session) => usable.has(session)))
  }

  #requestsOf(events: readonly ReadEvent[]): readonly Request[] {
    const withPath = events.filter(({segments}) => segments !== undefined)
    const index = new Map(this.#usable.map((session, at) => [session, at]))
    const distinct = grouped(withPath, ({session, method, path, action}) =>
      JSON.stringify([index.get(this.#of(session)), method, path, action]),
    )
    return [...distinct.values()].map((same) => {
      const {session, method, action, segments} = same[0] as ReadEvent
      return {session: this.#of(session), method, action, segments: segments ?? [], events: same.length}
    })
  }
}

interface Place {
  readonly pattern: string
  readonly collapsed: readonly Collapsed[]
  readonly family?: Omit<FamilyEvidence, 'method'>
}
interface FamilyEvidence {
  readonly members: readonly Node[]
  readonly member: Node
  /** The pattern below the member. */
  readonly below: string
  readonly tree: Node
  readonly method: string | undefined
}
interface Placed {
  readonly event: ReadEvent
  readonly place: Place
}
interface FormValues {
  readonly form: SecondForm
  readonly values: readonly string[]
}

const CLASSES = ['never_confirmed', 'brittle', 'stable']
/** Days of observation for which a value of the calendar may stay the same. */
const LONGEST = {year: 731, year_month: 62, month: 62, week: 14, date: 2, basic_date: 2, day: 2}
const textOf = (form: SecondForm | undefined): string | undefined => form && JSON.stringify(form)
const literalOf = (segment: string): string => {
  const text = segment.replaceAll('%', '%25')
  return text === '*' ? '%2A' : text
}
const patternText = (pattern: readonly string[]): string => `/${pattern.join('/')}`
const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll(';', '%3B').replaceAll('=', '%3D')

/** The requests at or below some nodes, without what is above them. */
function fromNodes(nodes: readonly Node[]): readonly Request[] {
  return nodes.flatMap(({requests, pattern}) =>
    requests.map((request) => ({...request, segments: request.segments.slice(pattern.length)})),
  )
}
const belowOf = (nodes: readonly Node[]): readonly Request[] =>
  fromNodes(nodes).filter(({segments}) => segments.length > 0)

const byText = (forms: readonly FormValues[]): readonly FormValues[] =>
  [...forms].sort((a, b) => byCodePoints(JSON.stringify(a.form), JSON.stringify(b.form)))

function entropyOf(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  return counts.reduce((sum, count) => sum - (count / total) * Math.log2(count / total), 0)
}

function machineOf(id: string): string {
  return /\|[0-9]{8}T[0-9]{6}Z\|([a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?)$/.exec(id)?.[1] ?? ''
}

type ReadEvent = ReturnType<typeof readEvent>
function readEvent({session, ts, method, url, action, status}: SecondEvent) {
  const [, scheme = '', authority = '', rawPath = ''] = /^(https?):\/\/([^/?#]*)([^?#]*)/i.exec(url) ?? []
  const {hostname, port} = new URL(`${scheme}://${authority}/`)
  const isRedacted = rawPath === '/[redacted-path]'
  const segments = isRedacted ? undefined : secondPath(rawPath)
  const isBlocked = action === 'block' || action === 'fail_closed'
  return {
    session: session === '' ? '(empty)' : session,
    window: Math.floor(Date.parse(ts) / HOUR) * HOUR,
    host: port === '' ? hostname : `${hostname};port=${port}`,
    method: method.trim().toUpperCase(),
    action: action.trim().toLowerCase(),
    segments: segments as readonly string[] | undefined,
    path: segments === undefined ? undefined : `/${(segments as readonly string[]).join('/')}`,
    kind: isBlocked ? 'blocked' : /^[45]xx$/.test(status) ? 'unserved' : 'counted',
  }
}
