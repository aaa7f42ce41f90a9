// Streams of gzip and zlib in base64 or hex are unpacked within a budget; what only begins like one costs a try.
import {deflateSync, gzipSync} from 'node:zlib'
import {describe, expect, test} from 'vitest'
import {compressedRuns} from '../../../src/lib/text/compressed-runs.js'

const NOTE = 'a note that is written down and packed'
const ample = () => ({attempts: 100, bytes: 1 << 20})

/** Start and end of runs of the base64 alphabets. */
function runsOf(text: string): readonly number[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{11,}/g)].flatMap(({index, 0: run}) => [index, index + run.length])
}
const unpacked = (text: string, budget = ample()) => compressedRuns(text, runsOf(text), budget)

const SPELLINGS: Readonly<Record<string, (packed: Buffer) => string>> = {
  base64: (packed) => packed.toString('base64'),
  base64url: (packed) => packed.toString('base64url'),
  hex: (packed) => packed.toString('hex'),
  'hex in capitals': (packed) => packed.toString('hex').toUpperCase(),
}

describe.each(Object.entries(SPELLINGS))('in %s', (_, spell) => {
  test.each([
    ['gzip', gzipSync(NOTE)],
    ['gzip, fast', gzipSync(NOTE, {level: 1})],
    ['zlib', deflateSync(NOTE)],
    ['zlib, best', deflateSync(NOTE, {level: 9})],
    ['zlib, stored', deflateSync(NOTE, {level: 0})],
    ['gzip, with something behind it', Buffer.concat([gzipSync(NOTE), Buffer.from('trailing')])],
  ])('%s', (__, packed) => {
    const text = `{"data":"${spell(packed)}"}`
    const [run] = unpacked(text)
    expect(run?.text).toBe(NOTE)
    expect(text.slice(run?.start, run?.end)).toBe(spell(packed).replace(/=+$/, ''))
  })
})

test('one that was cut short is read as far as it goes', () => {
  const packed = gzipSync(Array.from({length: 200}, (_, i) => `${NOTE} ${i * 7919}`).join('\n'))
  expect(unpacked(packed.subarray(0, packed.length >> 1).toString('base64'))[0]?.text.startsWith(NOTE)).toBe(true)
})

test('one that unpacks to more than the budget is read at its beginning', () => {
  const long = Array.from({length: 4000}, (_, i) => `${NOTE} ${i * 7919}`).join('\n')
  const budget = {attempts: 10, bytes: 60_000}
  const [run] = unpacked(gzipSync(long).toString('base64'), budget)
  expect(run?.text.startsWith(NOTE)).toBe(true)
  expect(run?.text.length).toBeLessThanOrEqual(60_000)
  expect(budget.bytes).toBe(60_000 - (run?.text.length ?? 0))
})

test.each([
  ['a word that begins alike', 'eJust-a-name-of-a-thing and 789cafe0123456789'],
  ['the sign and noise', `H4sI${'Zm9vYmFy'.repeat(8)}`],
  ['the sign outside a run', 'H4sI and more'],
  ['a stream that is too short', 'eJwDAAAAAAE'],
])('%s is none', (_, text) => {
  expect(unpacked(text)).toEqual([])
})

test('decoys are tried up to a number', () => {
  const budget = ample()
  unpacked('eJust-a-name-of-a-thing '.repeat(99), budget)
  expect(budget.attempts).toBe(100 - 32)
})
