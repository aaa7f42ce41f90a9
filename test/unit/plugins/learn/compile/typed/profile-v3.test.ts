// What contracts of the default profile allow, through whole compiles, the default decisions and the live evaluator.
import {describe, expect, test} from 'vitest'
import {evaluate} from '../../../../../../src/core/contract/evaluate.js'
import {parseDestination} from '../../../../../../src/formats/target.js'
import {assume} from '../../../../../../src/plugins/learn/shadow/assumption.js'
import type {CaptureSpec} from '../../../../../support/captures.js'
import {compileCaptures, contractOf, type CompileSpec} from '../../../../../support/compiling.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const API = 'https://api.example.com'

interface Setting extends CompileSpec {
  readonly everyMs?: number
}

/** Sessions from 2 March 2026 on, six hours apart unless stated otherwise. */
function sessions(
  count: number,
  make: (session: number, day: string) => readonly CaptureSpec[],
  {everyMs = 6 * HOUR_MS}: Setting = {},
): readonly CaptureSpec[] {
  return Array.from({length: count}, (_, s) => {
    const at = Date.UTC(2026, 2, 2, 9) + s * everyMs
    const day = new Date(at).toISOString().slice(0, 10)
    return make(s, day).map((spec, i): CaptureSpec => ({
      session: `s${s}`,
      ts: new Date(at + i * 1000).toISOString(),
      ...spec,
    }))
  }).flat()
}

const get = (path: string, more: CaptureSpec = {}): CaptureSpec => ({url: API + path, ...more})
const answered = (status_class: string): CaptureSpec => ({detail: {status_class}})

function learned(specs: readonly CaptureSpec[], spec: CompileSpec = {}) {
  const compiled = compileCaptures(specs, {profile: 'wilson_lb_v3', ...spec})
  const {enforced} = assume(contractOf(compiled).body, 'enforce', 'method')
  const allows = (path: string, method = 'GET'): boolean => {
    const {outcome} = evaluate(enforced, {
      mode: 'live',
      agent: 'coder',
      subject: {kind: 'http', method, destination: parseDestination(API + path)},
      label: 'forward',
      scannerVerdict: 'allow',
      killSwitch: false,
      sources: [],
      gate: true,
    })
    return outcome.winningSource === 'contract' && outcome.verdict === 'allow'
  }
  return {compiled, allows}
}

describe('typed positions', () => {
  const uuid = (n: number): string => `f47ac10b-58cc-4372-a567-0e02b2c3${String(1000 + n).padStart(4, '0')}`

  test('an identifier of the form is allowed, a word in its place is not', () => {
    const {allows} = learned(sessions(6, (s) => [get(`/v1/orders/${uuid(s)}`)]))
    expect(allows(`/v1/orders/${uuid(500)}`)).toBe(true)
    for (const word of ['export', 'bulk-delete', '42', `${uuid(1)}x`, uuid(1).slice(1)]) {
      expect(allows(`/v1/orders/${word}`), word).toBe(false)
    }
  })

  test('dates of next month are allowed where dates of this month were requested, dates that do not exist are not', () => {
    const {allows} = learned(
      sessions(
        6,
        (_, day) => [get(`/rates/${day}`), get(`/news/${day.replaceAll('-', '/')}/front`), get(`/weeks/2026-w10`)],
        {everyMs: 2 * DAY_MS},
      ),
    )
    expect(allows('/rates/2027-01-31')).toBe(true)
    expect(allows('/rates/2026-02-30')).toBe(false)
    expect(allows('/news/2026/11/30/front')).toBe(true)
    expect(allows('/news/2026/11/31/front')).toBe(false)
    expect(allows('/news/2026/13/01/front')).toBe(false)
    expect(allows('/news/archive/11/30/front')).toBe(false)
    expect(allows('/weeks/2026-w53')).toBe(true)
    expect(allows('/weeks/2025-w53')).toBe(false)
  })

  test('a date that never changes is a name', () => {
    const {allows} = learned(sessions(10, () => [get('/2026-01/products')], {everyMs: 14 * DAY_MS}))
    expect(allows('/2026-01/products')).toBe(true)
    expect(allows('/2026-02/products')).toBe(false)
  })

  test('one version of an API does not become any version', () => {
    const {allows} = learned(sessions(10, () => [get('/v1/models'), get('/v2/models')]))
    expect(allows('/v2/models')).toBe(true)
    expect(allows('/v3/models')).toBe(false)
  })

  test('values of two forms at one position stand for two forms', () => {
    const {allows} = learned(sessions(6, (s) => [get(`/v1/orders/${uuid(s)}`), get(`/v1/orders/${9000 + s}`)]))
    expect(allows(`/v1/orders/${uuid(77)}`)).toBe(true)
    expect(allows('/v1/orders/12')).toBe(true)
    expect(allows('/v1/orders/latest')).toBe(false)
  })

  test('words that are confirmed stay, whatever identifiers stand beside them', () => {
    const {allows} = learned(sessions(6, (s) => [get(`/v1/orders/${100 + s}`), get('/v1/orders/search')]))
    expect(allows('/v1/orders/search')).toBe(true)
    expect(allows('/v1/orders/search', 'POST')).toBe(false)
    expect(allows('/v1/orders/export')).toBe(false)
  })

  test('a position is decided for all methods together', () => {
    const {allows} = learned(
      sessions(10, (s) => [
        get(`/v1/orders/${100 + s}`),
        ...(s < 8 ? [get(`/v1/orders/${200 + s}`, {method: 'DELETE'})] : []),
      ]),
    )
    expect(allows('/v1/orders/1', 'DELETE')).toBe(true)
    expect(allows('/v1/orders/1', 'PATCH')).toBe(false)
  })
})

describe('free positions', () => {
  const slug = (n: number): string =>
    `${['red', 'blue', 'green', 'grey'][n % 4]}-${['fox', 'owl', 'elk'][n % 3]}-${'abcdefgh'[n % 8]}`

  test('a slug is allowed, other characters and much longer words are not', () => {
    const {allows} = learned(sessions(8, (s) => [0, 1, 2].map((i) => get(`/posts/${slug(s * 5 + i * 7)}`))))
    expect(allows('/posts/amber-bat-q')).toBe(true)
    for (const other of ['amber.bat', 'amber_bat', 'amber%20bat', 'caf%C3%A9-bat', 'a'.repeat(60), 'x']) {
      expect(allows(`/posts/${other}`), other).toBe(false)
    }
  })

  test('what a server may read otherwise never matches', () => {
    const {allows} = learned(
      sessions(8, (s) =>
        [0, 1, 2].map((i) => get(`/posts/${encodeURIComponent(`${slug(s * 5 + i * 7)}.é~;`.slice(0, -1))}`)),
      ),
    )
    expect(allows(`/posts/${encodeURIComponent('grey-elk-z.é~')}`)).toBe(true)
    for (const other of [
      '..%3b',
      '.%3b',
      '%5cadmin',
      '%2561dmin',
      'admin.',
      'admin%20',
      '%EF%BD%81dmin',
      'admin%3bx',
    ]) {
      expect(allows(`/posts/${other}`), other).toBe(false)
    }
  })

  test('mistyped words beside the words of an API do not become a wildcard, first position or not', () => {
    const typo = (s: number): string => `u${'abcdefghijklmnopqrst'[s % 20]}er${s % 3}`
    const {allows} = learned(
      sessions(30, (s) => [
        get('/user'),
        get('/repos/acme/web/issues'),
        get('/v1/models'),
        get('/v1/files'),
        get('/v1/runs'),
        get(`/${typo(s)}`),
        get(`/${typo(s + 1)}/acme/web/issues`),
        get(`/v1/${typo(s)}`),
      ]),
    )
    expect(allows('/user')).toBe(true)
    for (const path of ['/graphql', '/anything/acme/web/issues', '/v1/anything']) expect(allows(path), path).toBe(false)
  })

  test('a registry, whose first segment is the package, is learned', () => {
    const {allows} = learned(sessions(8, (s) => [0, 1, 2, 3].map((i) => get(`/${slug(s * 5 + i * 7)}`))))
    expect(allows('/grey-bat-y')).toBe(true)
    expect(allows('/admin')).toBe(false)
  })
})

describe('what the origin answered', () => {
  test.each(['4xx', '5xx'])('requests answered with %s make no rule, no wildcard and no usable session', (status) => {
    const specs = sessions(10, (s) => [
      ...(s < 9 ? [get('/v1/models', answered('2xx'))] : []),
      get(`/v1/guess-${'abcdefghij'[s]}`, answered(status)),
      get('/v1/setting', answered(status)),
    ])
    const {allows, compiled} = learned(specs)
    expect(allows('/v1/models')).toBe(true)
    expect(allows('/v1/setting')).toBe(false)
    expect(compiled.inferred.usableSessions).toBe(9)
    expect(compiled.inferred.rules.some(({path}) => path !== undefined && path !== '/v1/models')).toBe(false)
    expect(compiled.inferred.unservedTraffic).toContainEqual({
      text: 'GET api.example.com/v1/setting',
      events: 10,
      sessions: 10,
    })
  })

  test('captures without a status count, and the older profiles count all', () => {
    const specs = sessions(6, () => [get('/v1/models'), get('/v1/setting', answered('4xx'))])
    expect(learned(specs).allows('/v1/models')).toBe(true)
    expect(learned(specs, {profile: 'wilson_lb_v2'}).allows('/v1/setting')).toBe(true)
  })

  test('a request that was retried until it was served counts once', () => {
    const once = sessions(6, (s) => [get(`/v1/orders/${100 + s}`, answered('2xx'))])
    const retried = sessions(6, (s) => [
      get(`/v1/orders/${100 + s}`, answered('5xx')),
      get(`/v1/orders/${100 + s}`, answered('5xx')),
      ...[0, 1, 2].map(() => get(`/v1/orders/${100 + s}`, answered('2xx'))),
    ])
    const figures = (specs: readonly CaptureSpec[]) =>
      learned(specs).compiled.inferred.rules.map(({key, sessions: k, lower, confidence}) => [key, k, lower, confidence])
    expect(figures(retried)).toEqual(figures(once))
  })
})

describe('families', () => {
  const repositories = ['acme/web', 'acme/infra', 'island/mobile', 'island/docs']
  /** Every session works on every repository; what it does there differs. */
  const work = (s: number): readonly CaptureSpec[] =>
    repositories.flatMap((name, r) => [
      get(`/repos/${name}/issues`),
      ...((s + r) % 2 === 0 ? [get(`/repos/${name}/issues/${100 + s * 9 + r}`)] : []),
      ...((s + r) % 3 === 0 ? [get(`/repos/${name}/issues/${100 + s * 9 + r}/comments`, {method: 'POST'})] : []),
    ])

  test('prefixes that are alike share what confirms a request', () => {
    const {allows} = learned(sessions(6, work))
    for (const name of repositories) {
      expect(allows(`/repos/${name}/issues/4711`), name).toBe(true)
      expect(allows(`/repos/${name}/issues/4711/comments`, 'POST'), name).toBe(true)
    }
  })

  test('a prefix that is not confirmed by itself gets nothing', () => {
    const {allows} = learned(
      sessions(10, (s) => [
        ...work(s),
        ...(s < 3 ? [get('/repos/other/thing/issues'), get(`/repos/other/thing/issues/${s}`)] : []),
      ]),
    )
    expect(allows('/repos/acme/web/issues/4711')).toBe(true)
    expect(allows('/repos/other/thing/issues')).toBe(false)
    expect(allows('/repos/other/thing/issues/4711')).toBe(false)
    expect(allows('/repos/other/new/issues')).toBe(false)
  })

  test('a request that only suspects made below one prefix is not allowed there, though its family has it', () => {
    const merge = (name: string): CaptureSpec => get(`/repos/${name}/merges`, {method: 'POST'})
    const {allows} = learned(
      sessions(10, (s) => [
        ...work(s),
        ...repositories.slice(0, 3).map(merge),
        // one of ten sessions may be hostile
        ...(s === 4 ? Array.from({length: 50}, () => merge('island/docs')) : []),
      ]),
    )
    expect(allows('/repos/acme/web/merges', 'POST')).toBe(true)
    expect(allows('/repos/island/docs/merges', 'POST')).toBe(false)
    expect(allows('/repos/island/docs/issues/4711')).toBe(true)
  })

  test('collections of other identifiers are no family: their forms are not mixed', () => {
    const {allows} = learned(
      sessions(6, (s) => [
        get('/v1/orders'),
        get(`/v1/orders/${100 + s}`),
        get(`/v1/orders/${100 + s}/notes`),
        get('/v1/people'),
        get(`/v1/people/p${s}@example.org`),
        get(`/v1/people/p${s}@example.org/notes`),
      ]),
    )
    expect(allows('/v1/orders/7/notes')).toBe(true)
    expect(allows('/v1/people/new@example.org/notes')).toBe(true)
    expect(allows('/v1/orders/new@example.org')).toBe(false)
    expect(allows('/v1/people/7')).toBe(false)
  })
})

describe('machines', () => {
  /** Ten machines, three hours: each session of one hour on one machine. */
  const fleet = (paths: (machine: number) => readonly string[]): readonly CaptureSpec[] =>
    Array.from({length: 30}, (_, i): readonly CaptureSpec[] => {
      const [machine, hour] = [i % 10, Math.floor(i / 10)]
      const start = `20260302T${String(9 + hour).padStart(2, '0')}0000Z`
      const session = `coder|10.0.0.${machine}|${start}|m${machine}`
      return paths(machine).map((path) =>
        get(path, {session, ts: `2026-03-02T${String(9 + hour).padStart(2, '0')}:00:00Z`}),
      )
    }).flat()

  test('a fleet learns in three hours when sessions count for each machine', () => {
    const specs = fleet(() => ['/v1/models'])
    expect(learned(specs).allows('/v1/models')).toBe(false)
    const {allows, compiled} = learned(specs, {sessions_per: 'machine'})
    expect(allows('/v1/models')).toBe(true)
    expect(compiled.inferred.usableSessions).toBe(30)
  })

  test('one hostile machine of ten teaches nothing, though it has as many sessions as confirm a rule', () => {
    const specs = fleet((machine) => (machine === 3 ? ['/v1/models', '/v1/loot'] : ['/v1/models']))
    const more = Array.from({length: 40}, (_, i): CaptureSpec => {
      const at = new Date(Date.UTC(2026, 2, 2, 12) + i * HOUR_MS).toISOString()
      const start = at.slice(0, 19).replaceAll('-', '').replaceAll(':', '')
      return get('/v1/loot', {session: `coder|10.0.0.3|${start}Z|m3`, ts: at})
    })
    const {allows} = learned([...specs, ...more], {sessions_per: 'machine'})
    expect(allows('/v1/loot')).toBe(false)
  })
})

test('a pin and a split of the base hold in the next compile', () => {
  const specs = sessions(8, (s) => [get(`/v1/orders/${100 + s}`), get(`/v1/teams/${200 + s}`)])
  const base = {
    contractHash: 'sha256:b',
    pins: new Map([['api.example.com\0', new Set(['4711'])]]),
    splits: new Map([['api.example.com\0', [{methods: ['GET'], prefix: '/v1/teams'}]]]),
  }
  const {allows} = learned(specs, {base})
  expect(allows('/v1/orders/4710')).toBe(true)
  expect(allows('/v1/orders/4711')).toBe(false)
  expect(allows('/v1/teams/4710')).toBe(false)
})
