// What an operator's expression costs is told by a clock that the test moves: what is slow on texts that are made for it is
// named, what is slow throughout or only a little is not.
import {describe, expect, test} from 'vitest'
import {createCosts, slowWarning} from '../../../../src/lib/regex/cost.js'
import type {Matcher} from '../../../../src/lib/regex/engine.js'

/** An expression that finds nothing; `ms` is what 64 KiB of a text cost it. */
function costing(ms: (text: string) => number): {
  readonly matcher: Matcher
  readonly now: () => number
  texts: string[]
} {
  const texts: string[] = []
  let now = 0
  const exec = (text: string, from: number): undefined => {
    texts.push(text)
    now += (ms(text) * (text.length - from)) / 65_536
  }
  return {matcher: {source: 'x', exec, groups: exec}, now: () => now, texts}
}
const isHex = (text: string): boolean => /^[0-9a-f]+$/.test(text)

describe.each(['re2', 're2js'] as const)('with %s', (engine) => {
  test.each([
    ['what costs the same everywhere', () => 5, undefined],
    ['what is slow on hex alone', (text: string) => (isHex(text) ? 90 : 0.2), 90],
    ['what is slow behind beginnings alone', (text: string) => (text.includes('tick') ? 90 : 0.2), 90],
    ['what is seven times slower', (text: string) => (isHex(text) ? 70 : 10), undefined],
    ['what is a hundred times slower and not felt', (text: string) => (isHex(text) ? 2 : 0.02), undefined],
    ['what cannot be borne anywhere', () => 200, 200],
  ] as const)('%s', (_, ms, expected) => {
    const {matcher, now} = costing(ms)
    const result = createCosts(engine, ['ticket'], now).slowness(matcher)
    expect(result === undefined ? undefined : Math.round(result)).toBe(expected)
  })

  test('no text is inspected twice, or it would be remembered', () => {
    const {matcher, now, texts} = costing((text) => (text.startsWith('the') ? 100 : 100.1))
    createCosts(engine, [], now).slowness(matcher)
    // the first warms up
    expect(new Set(texts.slice(1)).size).toBe(texts.length - 1)
    expect(texts.length).toBeGreaterThan(20)
  })

  test('once something else had the machine is not enough', () => {
    let first = true
    const {matcher, now} = costing((text) => {
      if (!isHex(text)) return 0.2
      if (!first) return 0.2
      first = false
      return 500
    })
    expect(createCosts(engine, [], now).slowness(matcher)).toBeUndefined()
  })
})

test('the operator is told what, how much and what to do', () => {
  expect(slowWarning('Mine', 188.6)).toMatch(/^"Mine" is slow .*\(189 ms for 64 KiB\).*256 KiB.*repeat less/)
})
