// Batches of contract changes, and the ids of their examples.
import {describe, expect, test} from 'vitest'
import {changeOf, createBatches, exemplarId, type Delta} from '../../../../src/core/contract/deltas.js'

const record = {surface: 'url', method: 'GET', url: 'https://docs.example.com/guide', mcpMethod: '', toolName: ''}

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
  test('every part changes the id', () => {
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
    exemplarId: () => 'sha256:a',
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

  test('show the first three by time, then by id, in any order of arrival', () => {
    const deltas = [
      delta({exemplarId: () => 'late', timeMs: MINUTE + 9}),
      delta({exemplarId: () => 'b', timeMs: MINUTE + 2}),
      delta({exemplarId: () => 'a', timeMs: MINUTE + 2}),
      delta({exemplarId: () => 'first', timeMs: MINUTE + 1}),
      delta({exemplarId: () => 'first', timeMs: MINUTE + 1}),
    ]
    for (const order of [deltas, deltas.toReversed()]) {
      const batches = createBatches()
      for (const each of order) batches.add(each)
      expect(batches.sorted()).toMatchObject([{count: 5, exemplarIds: ['first', 'first', 'a']}])
    }
  })

  test('a flood costs three hashes, not one per request', () => {
    let hashed = 0
    const exemplar = (): string => `id-${++hashed}`
    const batches = createBatches()
    for (let i = 0; i < 50_000; i++) batches.add(delta({exemplarId: exemplar, timeMs: MINUTE + Math.floor(i / 2)}))
    expect(hashed).toBe(4) // two in the first millisecond, two in the second
    expect(batches.size).toBe(1)
    expect(batches.sorted()).toMatchObject([{count: 50_000, exemplarIds: ['id-1', 'id-2', 'id-3']}])
  })
})

test.each([
  ['allow', 'allow', 'unchanged'],
  ['allow', 'block', 'new_block'],
  ['warn', 'block', 'new_block'],
  ['ask', 'fail_closed', 'new_block'],
  ['block', 'allow', 'new_allow'],
  ['warn', 'allow', 'new_allow'],
  ['fail_closed', 'block', 'unchanged'],
])('%s replayed as %s is %s', (original, candidate, change) => expect(changeOf(original, candidate)).toBe(change))
