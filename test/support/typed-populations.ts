// Random traffic of an agent for typed inference: templates of paths with ids of many forms, calendars, families of repositories,
// mistyped and refused requests, and a minority of sessions that brings whatever widens most. The same seed gives the same traffic.
import type {CaptureSpec} from './captures.js'
import type {SecondEvent} from './second-typed-learning.js'

const LETTERS = 'bcdfghjklmnpqrstvwxz'
const HEX = '0123456789abcdef'
const DAY = 86_400_000

type Draw = (random: Chance) => string

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  is(share: number): boolean {
    return this.next() < share
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    const order = items.map((item) => ({item, at: this.next()}))
    return order.sort((a, b) => a.at - b.at).map(({item}) => item)
  }

  text(letters: string, length: number): string {
    return Array.from({length}, () => this.pick([...letters])).join('')
  }

  word(): string {
    const [l, v] = [LETTERS, 'aeiou']
    return [l, v, l, v, l].map((set) => this.text(set, 1)).join('') + this.text(l, this.below(4))
  }

  static readonly KINDS: readonly Draw[] = [
    (r) => String(r.between(1, 400)),
    (r) => String(r.between(1890, 2110)),
    (r) => `0${r.between(100, 99_999)}`,
    (r) => [8, 4, 4, 4, 12].map((length) => r.text(HEX, length)).join('-'),
    (r) => r.text(HEX, r.pick([7, 8, 10, 12, 16, 32, 40])),
    (r) => `${r.below(9)}${r.text('0123456789abcdefghjkmnpqrstvwxyz', 25)}`,
    (r) =>
      r.pick(['v', '']) +
      r.pick([`${r.below(30)}`, `${r.below(9)}.${r.below(30)}.${r.below(9)}`, '1.2rc1', '1.0.0-beta.2']),
    (r) => r.pick(['de', 'en', 'fr', 'pt-br', 'zh_hant_tw', 'es-419', 'qq', 'xx', 'ui', 'ja']),
    (r) => `${r.word()}@${r.word()}.example`,
    (r) => `${r.pick(['issue-', 'task_'])}${r.between(1, 999)}`,
    (r) => `${r.pick(['cus_', 'sub_', 'in-'])}${r.text(`${LETTERS}0123456789`, r.pick([11, 11, 14]))}`,
    (r) => r.text(`${LETTERS}0123456789_-`, r.pick([18, 22])),
    (r) => r.word(),
    (r) => `${r.word()}-${r.word()}`,
    (r) => `${r.word()}.${r.word()}`,
    (r) => `${r.word()}é${r.is(0.3) ? '字' : ''}`,
  ]
}

/** A path of a template in one session, given the day of the session. */
type Template = (random: Chance, day: Date) => readonly string[]
interface Use {
  readonly template: Template
  readonly method: string
  readonly action: string
  readonly share: number
  readonly most: number
  readonly isRefused: boolean
}

const fixed =
  (words: readonly string[]): Template =>
  () =>
    words
const pad = (n: number): string => String(n).padStart(2, '0')
const dateOf = (date: Date): readonly string[] => [
  String(date.getUTCFullYear()),
  pad(date.getUTCMonth() + 1),
  pad(date.getUTCDate()),
]
const CALENDARS: readonly ((date: Date) => readonly string[])[] = [
  dateOf,
  (date) => dateOf(date).slice(0, 2),
  (date) => dateOf(date).slice(0, 1),
  (date) => [dateOf(date).join('-')],
  (date) => [dateOf(date).join('')],
  (date) => [dateOf(date).slice(0, 2).join('-')],
  (date) => [`${date.getUTCFullYear()}-w${pad(Math.floor(date.getUTCDate() / 7) + 4 * date.getUTCMonth() + 1)}`],
]
const SETTINGS = ['settings', 'admin', 'login', 'integer', 'year', 'list', 'items', 'files', 'search', 'status']

function templatesOf(random: Chance): readonly Template[] {
  const some = (most: number): readonly string[] => Array.from({length: 1 + random.below(most)}, () => random.word())
  const above = random.is(0.25) ? [] : [random.pick([random.word(), 'v1', ...SETTINGS])]
  const draw = random.pick(Chance.KINDS)
  const pool = Array.from({length: random.between(2, 40)}, () => draw(random))
  const value: Draw = random.is(0.5) ? draw : (r) => r.pick(pool)
  const below = random.is(0.4) ? some(2) : []
  const kind = random.below(6)
  if (kind === 0) return [fixed([...above, ...some(2)])]
  if (kind === 1) {
    const calendar = random.pick(CALENDARS)
    const back = random.pick([0, 0, 3, 400])
    const constant = random.is(0.15) ? new Date(Date.UTC(2026, 2, 3)) : undefined
    return [
      (r, day) => [...above, ...calendar(constant ?? new Date(day.getTime() - r.between(0, back) * DAY)), ...below],
    ]
  }
  if (kind === 2) {
    // owners with repositories, each with the same places below
    const names = Array.from({length: random.between(2, 7)}, () => [
      ...(random.is(0.5) ? some(1) : ['acme']),
      random.word(),
    ])
    const id = random.pick(Chance.KINDS)
    const places: readonly Template[] = [
      fixed(['issues']),
      (r) => ['issues', id(r)],
      (r) => ['issues', id(r), 'comments'],
      fixed(['branches', 'main']),
      (r) => ['files', r.word()],
    ]
    const taken = places.slice(0, random.between(2, 5))
    return taken.map((place): Template => (r, day) => [...above, ...r.pick(names), ...place(r, day)])
  }
  const more = random.is(0.3) ? [random.word(), random.pick(SETTINGS)] : []
  const at: Template = (r) => [...above, r.is(0.9) || more.length === 0 ? value(r) : r.pick(more)]
  if (kind === 3) return [at, (r, day) => [...at(r, day), ...below], fixed([...above, ...some(1)])]
  if (kind === 4) return [(r, day) => [...at(r, day), ...below, value(r)], fixed(above)]
  return [at]
}

export interface Population {
  readonly events: readonly SecondEvent[]
  readonly cap: number
}

/** `honest`: so many sessions, of so many machines if any, and none of them hostile. */
export function populationOf(
  seed: number,
  byMachine: boolean,
  honest?: {readonly sessions: number; readonly machines: number},
): Population {
  const random = new Chance(seed)
  const drawn = byMachine ? random.between(10, 60) : random.between(5, 30)
  const count = honest?.sessions ?? drawn
  const machines = honest?.machines ?? (byMachine ? random.between(1, 12) : 0)
  const step = random.pick([1, 1, 0.04, 7, 20])
  const first = random.pick([Date.UTC(2026, 2, 2, 9), Date.UTC(2025, 11, 20, 23)])
  const hosts = random.is(0.6) ? ['api.example.com'] : ['api.example.com', 'git.example.com:8443']
  const uses = hosts.map(() =>
    Array.from({length: random.between(1, 4)}, () => templatesOf(random)).flatMap((templates) =>
      templates.flatMap((template): readonly Use[] => {
        const share = random.pick([1, 1, 0.8, 0.5, 0.3, 0.1])
        const most = random.pick([1, 1, 2, 4, 9])
        const use = {template, share, most, method: 'GET', action: 'allow', isRefused: random.is(0.07)}
        const other = {...use, share: random.next(), method: random.pick(['POST', 'DELETE', 'GET']), most: 1}
        return random.is(0.3) ? [use, {...other, action: random.pick(['allow', 'warn', 'block'])}] : [use]
      }),
    ),
  )
  const hostile = random.is(0.5) && honest === undefined ? Math.floor(count / 10) : 0
  const hostileMachines = random.is(0.5) && honest === undefined ? Math.floor(machines / 10) : 0
  const events: SecondEvent[] = []
  for (let i = 0; i < count; i++) {
    const started = new Date(first + Math.floor(i * step * 24) * 3_600_000 + random.below(1800) * 1000)
    const machine = honest !== undefined ? i % Math.max(1, machines) : machines > 0 ? random.below(machines + 1) : 0
    const id = `coder|10.0.0.7|${started.toISOString().replace(/[-:]|\.\d+/g, '')}`
    const session = byMachine ? `${id}${machine === 0 ? '' : `|m${machine}`}` : `s${i}`
    const add = (
      host: string,
      segments: readonly string[],
      use: Pick<Use, 'method' | 'action'>,
      status: string,
    ): void => {
      const url = `https://${host}/${segments.map(encodeURIComponent).join('/')}`
      const ts = new Date(started.getTime() + random.below(1500) * 1000).toISOString().replace('.000', '')
      events.push({session, ts, url, method: use.method, action: use.action, status})
    }
    const made: (readonly [string, readonly string[], Use])[] = []
    for (const [h, host] of hosts.entries()) {
      for (const use of uses[h] ?? []) {
        if (!random.is(use.share)) continue
        for (let n = random.between(1, use.most); n > 0; n--) made.push([host, use.template(random, started), use])
      }
    }
    for (const [host, segments, use] of made) {
      add(host, segments, use, use.isRefused ? '4xx' : random.pick(['2xx', '2xx', '3xx', '']))
      if (random.is(0.05)) add(host, segments, use, '5xx')
      if (random.is(0.05)) add(host, [...segments.slice(0, -1), random.word()], use, '4xx')
      if (random.is(0.1)) add(host, segments, use, '2xx')
      if (random.is(0.02)) add(host, segments, {...use, action: 'block'}, '')
    }
    if (i < hostile || (machine > 0 && machine <= hostileMachines)) {
      for (const [host, segments, use] of made.filter(([, {length}]) => length > 0).slice(0, 12)) {
        const at = random.below(segments.length)
        const draw = random.pick(Chance.KINDS)
        for (let n = 0; n < 6; n++) add(host, segments.with(at, draw(random)), use, '2xx')
      }
    }
    if (random.is(0.1)) add('tunnel.example.com', [], {method: 'CONNECT', action: 'allow'}, '')
  }
  return {events, cap: random.is(0.1) ? 12 : 1000}
}

/** The capture of an event. */
export function specOf({session, ts, method, url, action, status}: SecondEvent): CaptureSpec {
  return {
    session,
    ts,
    method,
    url,
    action,
    detail: status === '' ? {} : {status_class: status},
  }
}
