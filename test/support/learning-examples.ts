// The examples of docs/formats/paths.md, docs/formats/inference.md and docs/formats/evaluation.md, as the product makes them
// from the inputs that the pages show. test/unit/docs-formats-learning.test.ts holds the pages to these texts.
import {activeContracts, evaluate, type LockInput} from '../../src/core/contract/evaluate.js'
import type {LockRule} from '../../src/core/contract/rules.js'
import {parseDestination} from '../../src/formats/target.js'
import {matchesPattern, parsePattern, requestPath, SetApart} from '../../src/formats/path-pattern.js'
import {classifyV1, classifyV2, sixDecimals, wilsonLowerBound} from '../../src/plugins/learn/compile/confidence.js'
import {mergesPosition, suspectsOf} from '../../src/plugins/learn/compile/minority.js'
import {resolveInference} from '../../src/plugins/learn/compile/settings.js'
import {decideSegments} from '../../src/plugins/learn/compile/segments.js'
import {Tally} from '../../src/plugins/learn/compile/tally.js'
import type {CaptureSpec} from './captures.js'
import {compileCaptures} from './compiling.js'

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

// paths

const RAW_PATHS = [
  '',
  '/',
  '/v1/Items/',
  '/v1//items',
  '/v1/items//',
  '/a/./b',
  '/a/%2e%2e/b',
  '/%41dmin',
  '/a%2Fb',
  '/caf%C3%A9',
  '/CAFE\u0301',
  '/50%25',
  '/a/%2A',
  '/a/%zz',
  '/a/%ff',
  '/a/%00',
  'v1',
  '/\u0130stanbul',
  '/\u1e9e',
]

/** Raw path → canonical path or fault. */
export function pathLines(): string {
  return lines(
    RAW_PATHS.map((raw) => {
      const path = requestPath(raw)
      return JSON.stringify(typeof path === 'string' ? {raw, fault: path} : {raw, path: path.canonical})
    }),
  )
}

const MATCHES: readonly (readonly [pattern: string, raw: string, pinned?: readonly string[]])[] = [
  ['/v1/items/*', '/v1/items/42'],
  ['/v1/items/*', '/V1/Items/42/'],
  ['/v1/items/*', '/v1/items'],
  ['/v1/items/*', '/v1/items/42/parts'],
  ['/v1/items/*', '/v1/items/admin'],
  ['/v1/items/*', '/v1/items/%2561dmin'],
  ['/v1/items/*', '/v1/items/admin;v=1'],
  ['/v1/items/*', '/v1/items/ADMIN.'],
  ['/v1/items/*', '/v1/items/\u0430dmin'],
  ['/v1/items/*', '/v1/items/a%5Cb'],
  ['/v1/items/*', '/v1/items/a%252Fb'],
  ['/v1/items/*', '/v1/items/export', ['export']],
  ['/v1/items/*', '/v1/items/exports', ['export']],
  ['/*/parts', '/42/parts'],
  ['/a/%2A', '/a/%2A'],
  ['/a/%2A', '/a/b'],
  ['/a/50%25', '/a/50%25'],
  ['/v1/items/admin', '/v1/items/admin'],
  ['/', ''],
]

/** Pattern and raw path → whether they match. */
export function matchLines(): string {
  return lines(
    MATCHES.map(([pattern, raw, pinned]) => {
      const path = requestPath(raw)
      const parsed = parsePattern(pattern)
      const match =
        parsed !== undefined && typeof path !== 'string' && matchesPattern(parsed, path.segments, new SetApart(pinned))
      return JSON.stringify({pattern, raw, ...(pinned && {pinned}), match})
    }),
  )
}

// inference

/** k of n sessions with their windows, or k of n events. */
const BOUNDS: readonly (readonly [k: number, n: number])[] = [
  [0, 10],
  [4, 5],
  [5, 5],
  [3, 10],
  [8, 10],
  [9, 10],
  [10, 10],
  [5, 20],
  [20, 20],
  [22, 22],
  [23, 33],
  [9, 50],
  [10, 50],
  [15, 100],
  [16, 100],
]

/** Lower bound and the class of each profile where every floor is reached. */
export function boundLines(): string {
  const {floors, contaminationBound} = resolveInference('wilson_lb_v2', {})
  return lines(
    BOUNDS.map(([k, n]) => {
      const lower = sixDecimals(wilsonLowerBound(k, n))
      const all = {events: 1_000, sessions: 1_000, windows: 1_000}
      const v1 = classifyV1({k, n, ...all}, floors)
      const v2 = classifyV2({k, n, windows: 1_000, volume: undefined}, floors, contaminationBound)
      return JSON.stringify({k, n, lower, wilson_lb_v1: v1, wilson_lb_v2: v2})
    }),
  )
}

const POSITIONS: readonly Readonly<Record<string, number>>[] = [
  {a: 4, b: 4, c: 4, d: 4, e: 4, f: 4, g: 4, h: 4, i: 3, j: 3},
  {a: 31, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, j: 1},
  {a: 2, b: 2, c: 2, d: 2, e: 2, f: 2, g: 2, h: 2},
  {a: 2, b: 2, c: 2, d: 2, e: 2, f: 2, g: 2},
  {a: 3, b: 3, c: 3, d: 3},
  {a: 3, b: 3, c: 3},
  {a: 12},
]

/** Counts of values at one position → entropy, or the reason to keep them. */
export function entropyLines(): string {
  const {normalization} = resolveInference('wilson_lb_v2', {})
  return lines(
    POSITIONS.map((counts) => {
      const {collapsed, retained} = decideSegments({1: counts}, normalization)
      return JSON.stringify({
        counts,
        ...(collapsed[0] ? {entropy: collapsed[0].entropy} : {reason: retained[0]?.reason}),
      })
    }),
  )
}

type Sessions = Readonly<Record<string, readonly string[]>>
const own = (count: number, values: number, from = 1): Sessions =>
  Object.fromEntries(
    Array.from({length: count}, (_, i) => [
      `s${from + i}`,
      Array.from({length: values}, (_unused, j) => `v${from + i}${'abcdefgh'[j]}`),
    ]),
  )
const HOUSE = ['about', 'docs', 'home']
const WITH_HOUSE = (sessions: number): Sessions =>
  Object.fromEntries(Array.from({length: sessions}, (_, i) => [`s${i + 1}`, HOUSE]))
const VISITS: readonly Sessions[] = [
  own(1, 8),
  own(3, 4),
  own(4, 4),
  {...WITH_HOUSE(10), s9: [...HOUSE, 'x1', 'x2', 'x3', 'x4'], s10: [...HOUSE, 'y1', 'y2', 'y3', 'y4']},
  {
    ...WITH_HOUSE(10),
    ...Object.fromEntries(
      Array.from({length: 7}, (_, i) => [`s${i + 4}`, ['home', `n${i + 4}a`, `n${i + 4}b`, `n${i + 4}c`]]),
    ),
  },
  // no value belongs to one session alone, yet the position rests on the first session that adds any
  Object.fromEntries(
    ['', '', '', 'abc', 'adg', 'beh', 'cfi', 'dgi', 'ehg', 'fhi'].map((added, i) => [`s${i + 1}`, ['home', ...added]]),
  ),
]

/** Events by value of each session, in the order in which they began → the entropy with which the position collapses. */
export function mergeEntropy(sessions: readonly ReadonlyMap<string, number>[], n: number): number | undefined {
  const {normalization, floors, contaminationBound} = resolveInference('wilson_lb_v2', {})
  const tallies = new Map<string, Tally>()
  for (const [index, events] of sessions.entries()) {
    for (const [value, count] of events) {
      const tally = tallies.get(value) ?? new Tally()
      tally.add(index, count)
      tallies.set(value, tally)
    }
  }
  const values = [...tallies].map(([value, tally]) => ({value, sessions: tally}))
  return mergesPosition(values, {
    normalization,
    suspects: suspectsOf(contaminationBound, n),
    confidenceOf: (k, leftOut = 0) =>
      classifyV2({k: k - leftOut, n: n - leftOut, windows: k - leftOut, volume: undefined}, floors, contaminationBound),
  })
}

/** Values that each of ten usable sessions brought to a position, one event each → whether they become `*`. */
export function mergeLines(): string {
  return lines(
    VISITS.map((sessions) => {
      const brought = Object.values(sessions).map((values) => new Map(values.map((value) => [value, 1])))
      const entropy = mergeEntropy(brought, 10)
      return JSON.stringify({
        sessions,
        ...(entropy === undefined ? {merge: false} : {merge: true, entropy: sixDecimals(entropy)}),
      })
    }),
  )
}

/** Ten sessions, two of which begin in one hour; one request a line: session, time, method, URL, action. */
export function eventLines(): string {
  const events: string[] = []
  for (let i = 0; i < 10; i++) {
    const session = `s${String(i + 1).padStart(2, '0')}`
    const hour = i < 9 ? 9 + i : 9 + 8 // the tenth begins in the hour of the ninth
    const time = (second: number): string =>
      `2026-03-02T${String(hour).padStart(2, '0')}:${i === 9 ? '40' : '00'}:${String(second).padStart(2, '0')}Z`
    const add = (second: number, request: string, action = 'allow'): void =>
      void events.push(`${session} ${time(second)} ${request} ${action}`)
    add(0, `GET https://api.example.com/v1/items/item-${2 * i}`)
    add(1, `GET https://api.example.com/v1/items/item-${2 * i + 1}`)
    add(2, 'GET https://api.example.com/v1/items')
    if (i % 2 === 0 && i < 9) add(3, 'POST https://api.example.com/v1/items')
    if (i < 2) add(4, 'GET https://api.example.com/v1/admin')
    if (i < 6) add(5, 'CONNECT https://registry.example.net:8443')
    if (i === 0) add(6, 'POST https://paste.example.org/new', 'block')
  }
  return lines(events)
}

export function eventSpecs(text: string): readonly CaptureSpec[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [session = '', ts = '', method = '', url = '', action = ''] = line.split(' ')
      return {session, ts, method, url, action}
    })
}

/** Rules of a compile over the events: key, events, k of n sessions, windows, lower bound, class. */
export function ruleLines(events: string, profile: 'wilson_lb_v1' | 'wilson_lb_v2'): string {
  const {inferred} = compileCaptures(eventSpecs(events), {profile})
  return lines(
    inferred.rules.map(
      ({key, events: count, sessions, opportunities, windows, lower, confidence}) =>
        `${key} ${count} ${sessions}/${opportunities} ${windows} ${sixDecimals(lower)} ${confidence}`,
    ),
  )
}

// evaluation

const host = {value: 'api.example.com'}
const enforced = (rule_id: string, selector: LockRule['selector'], rule_kind = 'http_destination'): LockRule => ({
  rule_id,
  rule_kind,
  lifecycle_state: 'enforce',
  selector,
})

const RULES: readonly LockRule[] = [
  enforced('r-items', {host, methods: ['GET'], paths: [{value: '/v1/items/*'}]}),
  enforced('r-port', {host, ports: [8443], methods: ['POST'], paths: [{value: '/v1/jobs'}]}),
  {...enforced('r-notes', {host, paths: [{value: '/v1/notes'}]}), lifecycle_state: 'capture_only'},
  enforced('r-tunnel', {host: {value: 'registry.example.net'}, methods: ['CONNECT']}),
  enforced('r-warned', {host, methods: ['PUT'], paths: [{value: '/v1/jobs'}], effective_action: 'warn'}, 'http_action'),
  enforced('r-search', {host, methods: ['GET'], paths: [{value: '/v1/search'}], parameters: ['a[]', 'q']}),
  enforced(
    'r-read',
    {server: {value: 'files'}, tool: {value: 'read'}, args: [{key: 'depth', value: 1}]},
    'mcp_tool_call',
  ),
]

export function ruleSetLines(): string {
  return lines(RULES.map((rule) => JSON.stringify(rule)))
}

interface Question {
  readonly mode?: string
  readonly agent?: string
  readonly scanner?: string
  readonly kill_switch?: boolean
  readonly method?: string
  readonly url?: string
  readonly server?: string
  readonly tool?: string
  readonly arguments?: object
}

const QUESTIONS: readonly Question[] = [
  {method: 'GET', url: 'https://API.example.com/v1/items/42?x=1'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: 'warn'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: 'block'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', scanner: ''},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', kill_switch: true},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', agent: 'other'},
  {method: 'DELETE', url: 'https://api.example.com/v1/items/42'},
  {method: 'GET', url: 'https://api.example.com/v1/items/admin'},
  {method: 'GET', url: 'https://api.example.com/v1/%2e%2e/items'},
  {method: 'POST', url: 'https://api.example.com:8443/v1/jobs'},
  {method: 'GET', url: 'https://api.example.com:9000/v1/items/42'},
  {method: 'GET', url: 'https://api.example.com/v1/notes'},
  {method: 'GET', url: 'https://other.example.com/'},
  {method: 'PUT', url: 'https://api.example.com/v1/jobs', scanner: 'warn'},
  {method: 'PUT', url: 'https://api.example.com/v1/jobs'},
  {method: 'CONNECT', url: 'https://registry.example.net'},
  {method: 'CONNECT', url: 'https://registry.example.net:8443'},
  {method: 'CONNECT', url: 'https://api.example.com'},
  {method: 'GET', url: 'https://registry.example.net/v2/'},
  {method: 'GET', url: 'https://a@b.example/'},
  {method: 'DELETE', url: 'https://api.example.com/v1/items/42', mode: 'shadow'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', mode: 'shadow'},
  {method: 'GET', url: 'https://a@b.example/', mode: 'capture'},
  {method: 'GET', url: 'https://api.example.com/v1/items/42', mode: 'off'},
  {method: 'GET', url: 'https://api.example.com/v1/search'},
  {method: 'GET', url: 'https://api.example.com/v1/search?q=x&&a%5B%5D=1#debug'},
  {method: 'GET', url: 'https://api.example.com/v1/search?q=x;debug=1'},
  {method: 'GET', url: 'https://api.example.com/v1/search?Q=x'},
  {method: 'GET', url: 'https://api.example.com/v1/search?%2571=x'},
  {server: 'files', tool: 'read', arguments: {depth: 1.0, path: '/tmp'}},
  {server: 'files', tool: 'read', arguments: {depth: '1'}},
  {server: 'files', tool: 'write', arguments: {}},
  {server: '', tool: 'read', arguments: {}},
]

/** Questions to the rules, in mode live for the agent `coder` unless stated, and the decision on each. */
export function decisionLines(): string {
  return lines(QUESTIONS.map((question) => JSON.stringify({...question, decision: decide(RULES, question)})))
}

export function decide(rules: readonly LockRule[], question: Question): object {
  const active = activeContracts({manifestHash: 'sha256:m', generation: 1}, [
    {target: {agent: 'coder'}, selectorId: 'sha256:s', contractHash: 'sha256:c', rules},
  ])
  const {mode = 'live', agent = 'coder', scanner = 'allow', method, url = '', server = '', tool = ''} = question
  const subject: LockInput['subject'] =
    method === undefined
      ? {kind: 'mcp', server, tool, arguments: question.arguments}
      : {kind: 'http', method, destination: parseDestination(url)}
  const {outcome} = evaluate(active, {
    mode,
    agent,
    subject,
    label: method === 'CONNECT' ? 'connect' : 'forward',
    scannerVerdict: scanner,
    killSwitch: question.kill_switch ?? false,
    sources: [],
    gate: true,
  })
  const {verdict, liveVerdict, winningSource, policySources, ruleId, reason} = outcome
  return {
    verdict,
    ...(liveVerdict !== verdict && {live_verdict: liveVerdict}),
    source: winningSource,
    sources: policySources,
    ...(ruleId !== '' && {rule_id: ruleId}),
    ...(reason !== '' && {reason}),
  }
}
