// What compile writes about growth, and what the page refuses to believe of it.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {PipelockError} from '../../../../../src/core/errors.js'
import {coverageOf} from '../../../../../src/plugins/learn/page/coverage-record.js'
import {captureLines, type CaptureSpec, hourly} from '../../../../support/captures.js'
import {compileCaptures, compileChains, memoryChain} from '../../../../support/compiling.js'

const at = (hour: number, ...specs: readonly CaptureSpec[]): readonly CaptureSpec[] =>
  specs.map((spec, i) => ({session: `s${hour}`, ts: hourly(hour, i), ...spec}))
const A = {url: 'https://a.example/a'}
const B = {url: 'https://a.example/b'}
const POST = {...B, method: 'POST'}
const TUNNEL = {url: 'https://b.example', method: 'CONNECT'}
const TOOL = {tool: {server: 'files', name: 'read'}}
const BLOCKED = {url: 'https://evil.example/x', action: 'block'}

const SESSIONS = [at(0, A, A, B, A), at(2, A, TUNNEL), at(3, BLOCKED), at(5, A, POST, TOOL, TOOL, BLOCKED)]
const all = SESSIONS.flat()

test('what each session added, in the order of time; only usable sessions, only what was let through', () => {
  const {coverage = '', contractHash} = compileCaptures(all)
  expect(JSON.parse(coverage)).toEqual({
    all_events: 12,
    blocked: [{events: 2, sessions: 2, text: 'GET evil.example/x'}],
    blocked_more: 0,
    contract_hash: contractHash,
    coverage_version: 1,
    events: 10,
    frequencies: [
      {keys: 4, sessions: 1},
      {keys: 1, sessions: 3},
    ],
    keys: 5,
    sessions: [
      {keys: 2, new: 2, start: '2026-05-04T00:00:00Z', total: 2},
      {keys: 2, new: 1, start: '2026-05-04T02:00:00Z', total: 3},
      {keys: 3, new: 2, start: '2026-05-04T05:00:00Z', total: 5},
    ],
    singleton_events: 5,
    unclassified_events: 0,
  })
})

test('sessions that begin in one hour are one, and identifiers under a wildcard are one pattern', () => {
  const specs = Array.from({length: 6}, (_, hour) =>
    ['x', 'y'].flatMap((name, k) =>
      Array.from({length: 4}, (_unused, i): CaptureSpec => ({
        session: `s${hour}${name}`,
        ts: hourly(hour, 10 * k + i),
        url: `https://a.example/items/${1000 * hour + 10 * k + i}`,
      })),
    ),
  ).flat()
  const record = JSON.parse(compileCaptures(specs).coverage ?? '') as {keys: number; sessions: unknown[]}
  expect(record.keys).toBe(1)
  expect(record.sessions).toHaveLength(6)
})

test('the order of files never shows', () => {
  const chains = SESSIONS.map((specs) => memoryChain(captureLines(specs)))
  const first = compileChains(chains).coverage
  expect(compileChains(chains.toReversed()).coverage).toBe(first)
  expect(compileChains(chains, {profile: 'wilson_lb_v1'}).coverage).toBeUndefined()
})

describe('beside a candidate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coverage-'))
  afterAll(() => rmSync(folder, {recursive: true}))
  const candidate = join(folder, 'c.candidate.yaml')
  const {coverage = '', contractHash} = compileCaptures(all)
  const read = (text: string, hashes = {contract: contractHash, prior: undefined as string | undefined}) => {
    writeFileSync(join(folder, 'c.candidate.coverage.json'), text)
    return coverageOf(candidate, hashes)
  }
  const codeOf = (text: string): string => {
    try {
      return read(text).kind
    } catch (error) {
      if (error instanceof PipelockError) return error.code
      throw error
    }
  }

  test('found, of an earlier version, of another contract, absent', () => {
    expect(coverageOf(join(folder, 'none.yaml'), {contract: contractHash, prior: undefined})).toEqual({kind: 'absent'})
    expect(read(coverage)).toMatchObject({kind: 'found', earlier: false, record: {keys: 5}})
    expect(read(coverage, {contract: 'sha256:x', prior: contractHash})).toMatchObject({kind: 'found', earlier: true})
    expect(read(coverage, {contract: 'sha256:x', prior: 'sha256:y'})).toEqual({kind: 'other'})
  })

  test('refused when its figures disagree', () => {
    const edit = (change: (record: Record<string, unknown>) => void): string => {
      const record = JSON.parse(coverage) as Record<string, unknown>
      change(record)
      return JSON.stringify(record)
    }
    expect(codeOf(edit(() => {}))).toBe('found')
    for (const change of [
      (record: Record<string, unknown>) => (record['coverage_version'] = 2),
      (record: Record<string, unknown>) => (record['keys'] = 6),
      (record: Record<string, unknown>) => (record['events'] = -1),
      (record: Record<string, unknown>) => (record['singleton_events'] = 11),
      (record: Record<string, unknown>) => (record['frequencies'] = [{keys: 5, sessions: 1}]),
      (record: Record<string, unknown>) => (record['frequencies'] = [{keys: 5, sessions: 9}]),
      (record: Record<string, unknown>) => (record['sessions'] = []),
      (record: Record<string, unknown>) => (record['keys'] = 2 ** 60),
    ]) {
      expect(codeOf(edit(change))).toBe('invalid_field')
    }
    expect(codeOf(edit((record) => (record['x'] = 1)))).toBe('unknown_field')
    expect(codeOf('{')).toBe('malformed_json')
  })
})

describe('wilson_lb_v3', () => {
  const V3 = {profile: 'wilson_lb_v3'} as const
  const REFUSED = {url: 'https://a.example/gone', detail: {status_class: '4xx'}}

  test('lists what the origin refused, which is no pattern and makes no session usable', () => {
    const specs = [...all, ...at(6, A, REFUSED, REFUSED), ...at(7, REFUSED)]
    const record = JSON.parse(compileCaptures(specs, V3).coverage ?? '') as Record<string, unknown>
    expect(record).toMatchObject({
      blocked: [{events: 2, sessions: 2, text: 'GET evil.example/x'}],
      unserved: [{events: 3, sessions: 2, text: 'GET a.example/gone'}],
      unserved_more: 0,
      events: 11,
      keys: 5,
      all_events: 16,
    })
    expect(record['sessions']).toHaveLength(4)
    const older = JSON.parse(compileCaptures(specs).coverage ?? '') as Record<string, unknown>
    expect(Object.keys(older)).not.toContain('unserved')
    expect(older['keys']).toBe(6)
  })

  test('is bounded, and counts what it leaves out', () => {
    const specs = Array.from({length: 230}, (_, i) => at(0, {...REFUSED, url: `https://a.example/gone/w${i}x`})).flat()
    const record = JSON.parse(compileCaptures([...specs, ...at(1, A)], V3).coverage ?? '') as Record<string, unknown>
    expect(record['unserved']).toHaveLength(200)
    expect(record['unserved_more']).toBe(30)
  })

  test('sessions of two machines in one hour are two where machines count, in the order of time', () => {
    const specs = [3, 1, 2].flatMap((hour) =>
      ['blue', 'red'].map((machine, k): CaptureSpec => ({
        ...(k === 0 ? A : B),
        session: `coder|127.0.0.1|20260504T0${hour}0000Z|${machine}`,
        ts: hourly(hour, k),
      })),
    )
    const sessionsOf = (per: 'window' | 'machine') => {
      const {coverage: text = ''} = compileCaptures(specs, {...V3, sessions_per: per})
      return (JSON.parse(text) as {sessions: readonly {readonly start: string; readonly total: number}[]}).sessions
    }
    expect(sessionsOf('window').map(({total}) => total)).toEqual([2, 2, 2])
    expect(sessionsOf('machine').map(({start, total}) => [start.slice(11, 13), total])).toEqual([
      ['01', 1],
      ['01', 2],
      ['02', 2],
      ['02', 2],
      ['03', 2],
      ['03', 2],
    ])
  })

  test('a file of an older profile is read without these members', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coverage-v3-'))
    try {
      const {coverage: text = '', contractHash: contract} = compileCaptures([...at(0, A, REFUSED)], V3)
      const read = (content: string) => {
        writeFileSync(join(folder, 'c.candidate.coverage.json'), content)
        return coverageOf(join(folder, 'c.candidate.yaml'), {contract, prior: undefined})
      }
      expect(read(text)).toMatchObject({record: {unserved: [{text: 'GET a.example/gone'}], unservedMore: 0}})
      const {unserved, unserved_more, ...older} = JSON.parse(text) as Record<string, unknown>
      expect([unserved, unserved_more]).toHaveLength(2)
      expect(read(JSON.stringify(older))).toMatchObject({record: {unserved: [], unservedMore: 0}})
    } finally {
      rmSync(folder, {recursive: true})
    }
  })
})
