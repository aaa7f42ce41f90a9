// What sessions can and cannot do to a path position, and the cap on paths, through whole compiles.
import {expect, test} from 'vitest'
import {hourly, type CaptureSpec} from '../../../../support/captures.js'
import {compileCaptures, ruleNamed, rulesOf, type CompileSpec} from '../../../../support/compiling.js'
import {sampled} from '../../../../support/thorough.js'
import {classifyV2} from '../../../../../src/plugins/learn/compile/confidence.js'
import type {Compiled} from '../../../../../src/plugins/learn/compile/compile.js'

const HOST = 'https://api.example.com'
const FLOORS = {sessions: 5, events: 20, windows: 3}

/** One event each, all of session n in its own hour. */
const session = (n: number, ...paths: readonly string[]): readonly CaptureSpec[] =>
  paths.map((path, i) => ({url: `${HOST}${path}`, session: `s${n}`, ts: hourly(n, i)}))

const patterns = (compiled: Compiled): readonly string[] =>
  [...new Set(rulesOf(compiled).flatMap((rule) => listOf(rule.selector?.['paths'])))].sort()

function listOf(paths: unknown): string[] {
  return Array.isArray(paths) ? paths.map((path: {value: string}) => path.value) : []
}

const values = (n: number, prefix = 'v') => Array.from({length: n}, (_, i) => `/export/${prefix}${i}`)

test('one session cannot collapse a position, however many events it makes', () => {
  const one = session(0, ...values(8), ...values(8))
  expect(patterns(compileCaptures(one))).toEqual(values(8).sort())
})

test('three sessions with four values of their own each collapse it', () => {
  const three = [0, 1, 2].flatMap((n) => session(n, ...values(4, `s${n}v`)))
  const compiled = compileCaptures(three)
  expect(patterns(compiled)).toEqual(['/export/*'])
  const rule = ruleNamed(compiled, 'api_example_com_export_*_GET')
  expect(rule.selector?.['paths']).toEqual([
    {
      value: '/export/*',
      data_class: 'public',
      normalization: {
        algorithm: 'frequency_weighted_entropy_v1',
        bucket: {host: 'api.example.com', method: 'GET', parent_prefix: '/export'},
        collapsed_segments: [
          {
            index: 2,
            distinct_values: 12,
            event_count: 12,
            entropy: '3.584963',
            reason: 'high_entropy_identifier_segment',
          },
        ],
      },
    },
  ])
  expect(JSON.parse(compiled.segments ?? '')).toMatchObject({
    contract_hash: compiled.contractHash,
    rules: {
      [rule.rule_id]: [{index: 2, path_index: 0, values: expect.arrayContaining([{event_count: 1, value: 's0v0'}])}],
    },
  })
})

test('three sessions with the same four values do not', () => {
  const same = [0, 1, 2].flatMap((n) => session(n, ...values(4)))
  expect(patterns(compileCaptures(same))).toEqual(values(4))
})

test('a minority cannot merge what the other sessions do every day, however many values it brings', () => {
  const usual = (n: number) => session(n, '/v1/models', '/v1/files', '/v1/threads')
  const hostile = (n: number) => {
    const fresh = Array.from({length: 4}, (_, i) => `/v1/s${n}v${i}`)
    return session(n, ...Array.from({length: 10}, () => fresh).flat())
  }
  const sessions = (hostiles: number) =>
    Array.from({length: 10}, (_, n) => [...usual(n), ...(n < hostiles ? hostile(n) : [])]).flat()
  for (const hostiles of [1, 2, 3, 4, 5]) {
    expect(patterns(compileCaptures(sessions(hostiles))).some((pattern) => pattern.includes('*'))).toBe(false)
  }
  // six of ten are no minority any more: without the one that the bound allows they would confirm a rule of their own
  expect(patterns(compileCaptures(sessions(6)))).toEqual(['/v1/*'])
  // a mistyped path in other sessions lends them nothing
  const mistyped = session(9, '/v1/modelz')
  expect(patterns(compileCaptures([...sessions(5), ...mistyped]))).not.toContain('/v1/*')
})

test.each([
  {hostiles: 1, of: 10},
  {hostiles: 3, of: 30},
  {hostiles: 5, of: 50},
  {hostiles: 5, of: 80},
])('$hostiles hostile sessions of $of lend nothing to the merge of a position', ({hostiles, of}) => {
  // seven daily paths, of which each session has favourites: near to the entropy of identifiers
  const words = ['models', 'files', 'threads', 'runs', 'jobs', 'tags', 'teams'].map((word) => `/v1/${word}`)
  const favourites = (n: number) => [0, 1, 2, 3].map((i) => words[(n + i) % words.length] ?? '')
  const confirms = (k: number) =>
    classifyV2({k, n: of - hostiles, windows: k, volume: undefined}, FLOORS, 0.1) !== 'never_confirmed'
  const hostile = (n: number) =>
    session(n, ...Array.from({length: 5}, () => [0, 1, 2, 3].map((i) => `/v1/new${n}x${i}`)).flat())
  // honest sessions that bring two odd values each, from too few to enough
  const tooFew: number[] = []
  while (!confirms(tooFew.length)) tooFew.push(tooFew.length)
  for (const odd of sampled(tooFew, 4)) {
    const honest = (n: number) =>
      session(
        n,
        ...words,
        ...favourites(n),
        ...(n < odd
          ? (Array(3)
              .fill([`/v1/odd${n}`, `/v1/rare${n}`])
              .flat() as string[])
          : []),
      )
    const all = Array.from({length: of}, (_, n) => [...honest(n), ...(n >= of - hostiles ? hostile(n) : [])]).flat()
    expect([odd, patterns(compileCaptures(all)).includes('/v1/*')]).toEqual([odd, false])
  }
})

test('what a few sessions bring is not merged with what too few others brought', () => {
  // nine sessions with one value each would not make the position; the one hostile session must not either
  const honest = Array.from({length: 9}, (_, n) => session(n, '/v1/models', `/v1/jobs/${n}`)).flat()
  const idle = session(10, '/v1/models')
  const hostile = session(9, '/v1/models', '/v1/jobs/x0', '/v1/jobs/x1', '/v1/jobs/x2', '/v1/jobs/x3')
  expect(patterns(compileCaptures([...honest, ...idle, ...hostile]))).not.toContain('/v1/jobs/*')
})

test('a value that no wildcard would match keeps a rule of its own beside the wildcard', () => {
  const sessions = [0, 1, 2].flatMap((n) => session(n, ...values(4, `s${n}v`), '/v1/matrix;row=1'))
  const results = patterns(compileCaptures(sessions))
  expect(results).toContain('/v1/matrix;row=1')
})

test('one session does not tip a position that the others bring near to it', () => {
  const usual = (n: number) => session(n, '/v1/models', '/v1/files', '/v1/threads', `/v1/odd${n}`)
  const others = Array.from({length: 9}, (_, n) => usual(n)).flat()
  const fresh = Array.from({length: 4}, (_, i) => `/v1/fresh${i}`)
  const hostile = session(9, ...Array.from({length: 10}, () => fresh).flat())
  expect(patterns(compileCaptures(others)).some((pattern) => pattern.includes('*'))).toBe(false)
  expect(patterns(compileCaptures([...others, ...hostile])).some((pattern) => pattern.includes('*'))).toBe(false)
})

test('a word that every session asks for does not keep identifiers beside it from being merged', () => {
  const one = (n: number) => session(n, '/v1/items/search', `/v1/items/${1000 + n}`)
  expect(patterns(compileCaptures(Array.from({length: 20}, (_, n) => one(n)).flat()))).toEqual(['/v1/items/*'])
})

test('recorder sessions that begin in one hour are one session', () => {
  const three = [0, 1, 2].flatMap((n) =>
    session(n, ...values(4, `s${n}v`)).map((spec) => ({...spec, ts: hourly(0, n)})),
  )
  expect(patterns(compileCaptures(three))).toHaveLength(12)
})

test('a reserved name is neither merged nor an obstacle, and extras and siblings are pinned', () => {
  const three = [0, 1, 2].flatMap((n) => session(n, ...values(4, `s${n}v`)))
  const spec: CompileSpec = {normalization: {reserved_segments_extra: ['Ledger'], high_risk_siblings: ['audit']}}
  const compiled = compileCaptures([...three, ...session(3, '/export/admin', '/export/ledger')], spec)
  expect(patterns(compiled)).toEqual(['/export/*', '/export/admin', '/export/ledger'])
  const [path] = ruleNamed(compiled, 'api_example_com_export_*').selector?.['paths'] as {normalization: unknown}[]
  expect(path?.normalization).toMatchObject({
    pinned_segments: [
      {value: 'audit', reason: 'reserved_segment'},
      {value: 'ledger', reason: 'reserved_segment'},
    ],
  })
})

test('a literal asterisk and a literal percent sign stay literals', () => {
  const compiled = compileCaptures(session(0, '/a/%2A', '/a/50%25'))
  expect(patterns(compiled)).toEqual(['/a/%2A', '/a/50%25'])
})

test('a blocked event takes the pattern that matches it, but supports no destination', () => {
  const three = [0, 1, 2].flatMap((n) => session(n, ...values(4, `s${n}v`)))
  const blocked: CaptureSpec = {url: `${HOST}/export/new`, session: 's0', ts: hourly(0, 9), action: 'block'}
  const compiled = compileCaptures([...three, blocked])
  expect(ruleNamed(compiled, 'api_example_com_export_*_GET_block').observation).toMatchObject({events_observed: 1})
  expect(ruleNamed(compiled, 'api_example_com_export_*_GET').observation).toMatchObject({events_observed: 12})
  expect(compiled.review).toContain('- `GET api.example.com/export/*`: 1 events in 1 sessions')
})

test('beyond the cap there are no rules; the tail leaves out the one session with most of it', () => {
  const usual = [0, 1, 2, 3].flatMap((n) => session(n, '/a', '/b'))
  const rare = [...session(0, '/x'), ...session(1, '/y')]
  const flood = session(2, '/f1', '/f2', '/f3', '/f4')
  const spec: CompileSpec = {normalization: {cardinality_cap_per_host: 2}}
  const compiled = compileCaptures([...usual, ...rare, ...flood], spec)
  expect(patterns(compiled)).toEqual(['/a', '/b'])
  const {observation} = ruleNamed(compiled, 'api_example_com')
  expect(observation).toMatchObject({
    tail_events: 6,
    tail_pairs: 2,
    pairs_observed: 10,
    tail_pct: '20.00',
    tail_promotion_block: true,
  })
  const accepted = compileCaptures([...usual, ...rare, ...flood], {...spec, acceptTail: true})
  expect(ruleNamed(accepted, 'api_example_com').observation).toMatchObject({
    tail_promotion_block: false,
    tail_accepted_by: 'harness-contract-compile',
  })
})

test('one session alone never blocks promotion', () => {
  const usual = [0, 1, 2, 3].flatMap((n) => session(n, '/a', '/b'))
  const flood = session(2, ...values(30))
  const {observation} = ruleNamed(
    compileCaptures([...usual, ...flood], {normalization: {cardinality_cap_per_host: 2}}),
    'api_example_com',
  )
  expect(observation).toMatchObject({tail_events: 30, tail_pairs: 0, tail_pct: '0.00', tail_promotion_block: false})
})

test('a flood over many hosts makes no candidate that no command reads', () => {
  // long paths, so that fewer rules are too large a file
  const flood = Array.from({length: 900}, (_, i) => ({
    url: `https://h${i % 5}.example.com/a${i}/${'x'.repeat(1500)}`,
    session: 's0',
    ts: hourly(0),
  }))
  expect(() => compileCaptures(flood)).toThrow(/the candidate would have 2705 rules in more than 8388608 bytes/)
  expect(rulesOf(compileCaptures(flood, {normalization: {cardinality_cap_per_host: 10}}))).toHaveLength(155)
})
