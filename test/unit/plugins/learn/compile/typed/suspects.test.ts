// What sessions that may be hostile could bring together, and what a rule is left without.
import {expect, test} from 'vitest'
import type {CaptureSpec} from '../../../../../support/captures.js'
import {compileCaptures, type CompileSpec} from '../../../../../support/compiling.js'

const compiled = (specs: readonly CaptureSpec[], more: CompileSpec = {}) =>
  compileCaptures(specs, {profile: 'wilson_lb_v3', ...more}).inferred.rules

/** Sessions a day apart, each with its paths below `/v1/items`. */
const daily = (count: number, valuesOf: (session: number) => readonly string[]): readonly CaptureSpec[] =>
  Array.from({length: count}, (_, i) => {
    const day = new Date(Date.UTC(2026, 2, 2 + i, 9)).toISOString()
    const session = `coder|10.0.0.7|${day.replace(/[-:]|\.\d+/g, '')}|m${i % 20}`
    return valuesOf(i).map((value) => ({session, ts: day, url: `https://api.example.com/v1/items/${value}`}))
  }).flat()

const hasWildcard = (specs: readonly CaptureSpec[], more?: CompileSpec): boolean =>
  compiled(specs, more).some(({path}) => path === '/v1/items/*')

test('four values and a fifth that two of twenty sessions bring together: the values stay', () => {
  const honest = (i: number) => [String(100 + (i % 4))]
  const together = (i: number) => [...honest(i), ...(i > 17 ? ['900'] : [])]
  expect(hasWildcard(daily(20, together))).toBe(false)
  expect(hasWildcard(daily(20, (i) => [String(100 + (i % 5))]))).toBe(true)
  // of twenty machines two may be hostile, with all of their sessions
  const machines = (i: number) => [...honest(Math.floor(i / 20)), ...(i % 20 > 17 ? ['900', '901'] : [])]
  const few = {contamination_bound: 0.1, sessions_per: 'machine'} as const
  expect(hasWildcard(daily(80, machines), few)).toBe(false)
})

test('a date that two of twenty sessions bring together: the constant date stays', () => {
  const constant = (i: number) => ['2026-03-02', ...(i > 17 ? ['2026-03-03', '2026-03-04', '2026-03-05'] : [])]
  expect(hasWildcard(daily(20, constant))).toBe(false)
  expect(hasWildcard(daily(20, (i) => [`2026-03-${String(10 + Math.floor(i / 10)).padStart(2, '0')}`]))).toBe(true)
})

test('lengths that only as many sessions as may be hostile bring, short and long: no wildcard', () => {
  const word = (i: number, j: number): string => `${'bcdfghjklm'[i % 10]}${'aeiou'[j]}${'npqrs'[Math.floor(i / 2) % 5]}`
  const values = (i: number, most: number) =>
    i < most ? [0, 1, 2, 3].map((j) => (i % 2 === 0 ? word(i, j) : word(i, j).repeat(20))) : []
  const specs = (most: number) => [
    ...daily(100, (i) => values(i, most)),
    ...daily(100, () => ['']).map((spec) => ({...spec, url: 'https://api.example.com/'})),
  ]
  const free = compiled(specs(20)).flatMap(({normalized}) => normalized?.collapsed ?? [])
  expect(free).toEqual([])
  const [form] = compiled(specs(40)).flatMap(({normalized}) => normalized?.collapsed[0]?.forms ?? [])
  expect(form).toMatchObject({form: 'free', min_length: 1, max_length: 120})
})

test('blocked requests: the rule of their action stays, however many requests were counted', () => {
  const keysOf = (blocked: number): readonly string[] =>
    compiled([
      ...daily(5, () => ['list']),
      ...Array.from({length: blocked}, (_, i): CaptureSpec => {
        return {session: `b${i}`, action: 'block', url: 'https://api.example.com/v1/items/list', actionClass: `c${i}`}
      }),
    ]).map(({key}) => key)
  const path = 'host=api.example.com;path=/v1/items/list;method=GET'
  for (const blocked of [1, 2, 5]) {
    expect(keysOf(blocked)).toEqual(['host=api.example.com', path, `${path};action=block`])
  }
})
