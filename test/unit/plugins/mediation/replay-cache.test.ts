// Accepted signatures: each once, also over a restart, and never forgotten while they are valid.
import {appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {openReplayCache, type ReplayCache} from '../../../../src/plugins/mediation/replay-cache.js'

let folder: string
let path: string
let nowMs = 1_000_000

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'replays-'))
  path = join(folder, 'state', 'replays')
  nowMs = 1_000_000
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const opened = (maxEntries = 100): ReplayCache =>
  openReplayCache({path, maxEntries: () => maxEntries, now: () => nowMs})
const take = (cache: ReplayCache, key: string, expiresMs = nowMs + 1000, createdMs = nowMs) =>
  cache.take(key, expiresMs, {createdMs})

test('a signature is accepted once, until it is no longer valid', () => {
  const cache = opened()
  expect([take(cache, 'a'), take(cache, 'a'), take(cache, 'b')]).toEqual(['taken', 'replay', 'taken'])
  nowMs += 1000
  expect(take(cache, 'a')).toBe('taken')
  cache.close()
})

test('while all entries are valid no other is accepted, and none is forgotten', () => {
  const cache = opened(2)
  expect([take(cache, 'a'), take(cache, 'b', nowMs + 50)]).toEqual(['taken', 'taken'])
  expect(take(cache, 'c')).toBe('replay_capacity')
  expect(take(cache, 'a')).toBe('replay')
  nowMs += 60
  expect([take(cache, 'c'), cache.size]).toEqual(['taken', 2])
  cache.close()
})

test('the same nonce of two keys is two signatures', () => {
  const cache = opened()
  expect([take(cache, 'k1|n'), take(cache, 'k2|n')]).toEqual(['taken', 'taken'])
  cache.close()
})

describe('a restart', () => {
  test('accepts nothing again, and forgets what is over', () => {
    const first = opened()
    take(first, 'a')
    take(first, 'old', nowMs + 10)
    first.close()
    nowMs += 20
    const second = opened()
    expect([take(second, 'a'), second.size]).toEqual(['replay', 1])
    expect(take(second, 'new')).toBe('taken')
    second.close()
    const third = opened()
    expect([take(third, 'a'), take(third, 'new')]).toEqual(['replay', 'replay'])
    third.close()
  })

  test.each<[string, () => void]>([
    ['torn', () => appendFileSync(path, '12345 abc')],
    ['overwritten', () => writeFileSync(path, 'x\n')],
    ['writable by others', () => chmodSync(path, 0o666)],
  ])('with a file that is %s accepts no signature from before it', (_how, damage) => {
    const first = opened()
    take(first, 'a')
    first.close()
    damage()
    nowMs += 5_000
    const second = opened()
    expect(take(second, 'b', nowMs + 1000, nowMs - 4_000)).toBe('replay')
    expect(take(second, 'c', nowMs + 1000, nowMs)).toBe('taken')
    second.close()
  })

  test('after a line without its end the next one has a line of its own', () => {
    const first = opened()
    take(first, 'a')
    first.close()
    writeFileSync(path, readFileSync(path, 'latin1').trimEnd())
    const second = opened()
    take(second, 'b')
    second.close()
    const third = opened()
    expect([take(third, 'a'), take(third, 'b')]).toEqual(['replay', 'replay'])
    third.close()
  })
})

test('a file that cannot be written is reported, and signatures are still accepted once', () => {
  writeFileSync(join(folder, 'state'), '')
  const cache = opened()
  expect([take(cache, 'a'), take(cache, 'a')]).toEqual(['taken', 'replay'])
  expect(cache.problem()).toContain(path)
  cache.close()
})

test('the file is written anew when most of its lines are over', () => {
  const cache = opened(100_000)
  for (let i = 0; i < 20_100; i++) {
    nowMs += 1
    take(cache, `n${i}`, nowMs + 1)
  }
  nowMs += 10
  expect(take(cache, 'last')).toBe('taken')
  cache.close()
  expect(existsSync(path)).toBe(true)
  expect(readFileSync(path, 'latin1').split('\n').length).toBeLessThan(200)
})
