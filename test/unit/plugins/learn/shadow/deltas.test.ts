// Numbers of a replay report: exemplar ids, batches, quarantine advice (learn §13.1, §13.2).
import {describe, expect, test} from 'vitest'
import type {CaptureRecord} from '../../../../../src/plugins/learn/compile/capture-record.js'
import {advise} from '../../../../../src/plugins/learn/shadow/advice.js'
import {createCoverage} from '../../../../../src/plugins/learn/shadow/coverage.js'
import {createBatches, exemplarId, type Delta} from '../../../../../src/plugins/learn/shadow/deltas.js'
import {changeOf, gradeOf} from '../../../../../src/plugins/learn/shadow/replay.js'

const record: CaptureRecord = {
  agent: 'coder',
  surface: 'url',
  actionClass: '',
  effectiveAction: 'allow',
  outcome: 'clean',
  method: 'GET',
  url: 'https://docs.example.com/guide',
  mcpMethod: '',
  mcpServer: '',
  toolName: '',
  toolArgs: undefined,
  payloadBytes: 0,
  scannerBytes: 0,
}

describe('exemplar id', () => {
  test('worked value', () =>
    expect(exemplarId(record, undefined)).toBe(
      'sha256:85f98d82369d83293c79d7b861dfe105bacdc322fc678b5afea47cbfff1ce482',
    ))
  test('a salt makes it an HMAC that depends on the salt', () => {
    const salted = exemplarId(record, Buffer.from('pepper'))
    expect(salted).toMatch(/^hmac:[0-9a-f]{64}$/)
    expect(exemplarId(record, Buffer.from('other'))).not.toBe(salted)
  })
  test('every part counts', () => {
    const variants = [{method: 'PUT'}, {surface: 'dlp'}, {toolName: 't'}, {mcpMethod: 't'}].map((change) =>
      exemplarId({...record, ...change}, undefined),
    )
    expect(new Set([...variants, exemplarId(record, undefined)]).size).toBe(5)
  })
})

describe('batches', () => {
  const MINUTE = Date.UTC(2026, 4, 4, 12, 7)
  const delta = (over: Partial<Delta> = {}): Delta => ({
    ruleId: 'r-1',
    original: 'allow',
    candidate: 'block',
    exemplarId: 'sha256:a',
    timeMs: MINUTE,
    ...over,
  })

  test('hold one minute, rule and pair of verdicts each', () => {
    const batches = createBatches()
    for (const over of [
      {timeMs: MINUTE + 59_999},
      {timeMs: MINUTE + 60_000},
      {ruleId: 'r-0'},
      {original: 'warn'},
      {original: 'block', candidate: 'allow'},
      {},
    ])
      batches.add(delta(over))
    expect(batches.sorted().map((b) => [b.startMs - MINUTE, b.ruleId, b.original, b.candidate, b.count])).toEqual([
      [0, 'r-0', 'allow', 'block', 1],
      [0, 'r-1', 'allow', 'block', 2],
      [0, 'r-1', 'block', 'allow', 1],
      [0, 'r-1', 'warn', 'block', 1],
      [60_000, 'r-1', 'allow', 'block', 1],
    ])
  })

  test('show the first three by time, then by id, whatever order they come in', () => {
    const deltas = [
      delta({exemplarId: 'late', timeMs: MINUTE + 9}),
      delta({exemplarId: 'b', timeMs: MINUTE + 2}),
      delta({exemplarId: 'a', timeMs: MINUTE + 2}),
      delta({exemplarId: 'first', timeMs: MINUTE + 1}),
      delta({exemplarId: 'first', timeMs: MINUTE + 1}),
    ]
    for (const order of [deltas, deltas.toReversed()]) {
      const batches = createBatches()
      for (const each of order) batches.add(each)
      expect(batches.sorted()).toMatchObject([{count: 5, exemplarIds: ['first', 'first', 'a']}])
    }
  })
})

test.each([
  [49, 49, 'clear', 'below_denominator_floor'],
  [50, 0, 'clear', undefined],
  [60, 3, 'clear', undefined],
  [60, 4, 'candidate', 'new_block_rate_above_ceiling'],
  [10_000, 500, 'clear', undefined],
  [10_000, 501, 'candidate', 'new_block_rate_above_ceiling'],
])('advice for %i evaluations with %i new blocks', (evaluations, newBlocks, state, reason) =>
  expect(advise({evaluations, newBlocks, newAllows: 0, unchanged: evaluations - newBlocks})).toEqual({state, reason}),
)

test.each([
  ['allow', 'allow', 'unchanged'],
  ['allow', 'block', 'new_block'],
  ['warn', 'block', 'new_block'],
  ['ask', 'fail_closed', 'new_block'],
  ['block', 'allow', 'new_allow'],
  ['warn', 'allow', 'new_allow'],
  ['fail_closed', 'block', 'unchanged'],
])('%s replayed as %s is %s', (original, candidate, change) => expect(changeOf(original, candidate)).toBe(change))

test.each([
  ['url', false, 'full'],
  ['tool_policy', false, 'full'],
  ['response', false, 'partial'],
  ['response', true, 'full'],
  ['dlp', false, 'partial'],
  ['tool_scan', true, 'full'],
  ['cee', false, 'none'],
  ['cee', true, 'full'],
  ['something', true, 'summary'],
])('grade of %s, sidecar %s: %s', (surface, sidecar, grade) => expect(gradeOf(surface, sidecar)).toBe(grade))

test('destinations chosen by an attacker do not grow the report without bound', () => {
  const coverage = createCoverage([])
  for (let i = 0; i < 10_005; i++) coverage.blocked({host: 'a.example', path: `/${i}`, method: 'GET'})
  coverage.blocked({host: 'a.example', path: '/7', method: 'GET'})
  const unmatched = coverage.unmatched()
  expect(unmatched).toHaveLength(10_001)
  expect(unmatched.slice(0, 2)).toEqual([
    {host: '[other]', path: '[other]', method: '[other]', events: 5},
    {host: 'a.example', path: '/7', method: 'GET', events: 2},
  ])
})
