// The operator's own expressions cannot hold a scan up: those that a sender can slow down are named when they are loaded and
// given a bounded part of a text, and no number of matches in vain makes any of them quadratic.
import type {DlpScanner} from '../../../../src/core/services/dlp.js'
import {describe, expect, test} from 'vitest'
import {openEngine, type RegexEngine} from '../../../../src/lib/regex/engine.js'
import {SLOW_CHARACTERS} from '../../../../src/lib/regex/cost.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {matchBudget, matchesOf} from '../../../../src/plugins/dlp/match.js'
import {compileRules} from '../../../../src/plugins/dlp/rules.js'
import {createScanner} from '../../../../src/plugins/dlp/scanner.js'

const own = (regex: string, more: object = {}) => ({name: 'Own', regex, severity: 'high', ...more})
const configOf = (pattern: object) => ({
  dlp: sections.dlp.parse({patterns: [pattern]}),
  canary_tokens: sections.canary_tokens.parse({}),
})

describe('an expression that is slow on texts made for it', () => {
  /** By a clock that advances by itself, so that every text costs more than can be borne. */
  async function loaded(regex: string): Promise<{readonly scanner: DlpScanner; readonly warnings: readonly string[]}> {
    let looks = 0
    const clock = {now: () => 0, monotonic: () => (looks += 50)}
    const warnings: string[] = []
    const scanner = await buildScanner(configOf(own(regex)), {env: {}, clock}, (field, message) =>
      warnings.push(`${field}: ${message}`),
    )
    return {scanner, warnings}
  }

  test('is named with its place', async () => {
    const {warnings} = await loaded('[a-z]+-[0-9]{2}')
    expect(warnings).toEqual([expect.stringMatching(/^dlp\.patterns\[0\]\.regex: "Own" is slow .* 256 KiB/)])
  })

  test('is followed through so much text, and more is refused', async () => {
    const {scanner} = await loaded('[a-z]+-[0-9]{2}')
    const words = 'some words '.repeat(SLOW_CHARACTERS / 11 - 10)
    expect(scanner.text(`${words} ab-12`, {surface: 'body'}).matches.map(({rule}) => rule)).toEqual(['Own'])
    expect(scanner.text(words, {surface: 'body'}).exhausted).toBe(false)
    expect(scanner.text(words + words, {surface: 'body'})).toMatchObject({matches: [], exhausted: true})
  })

  test('is not measured where it has fixed places to begin at', async () => {
    const {warnings} = await loaded('ticket-[0-9]{6}')
    expect(warnings).toEqual([])
  })

  test('has no limit where it was not found to be slow', async () => {
    const scanner = await buildScanner(configOf(own('[a-z]+-[0-9]{2}')), {env: {}})
    const words = 'some words '.repeat(SLOW_CHARACTERS / 5)
    expect(scanner.text(words, {surface: 'body'}).exhausted).toBe(false)
  })
})

describe('matches in vain', () => {
  const LENGTH = 100_000
  /** An engine that adds up the characters that its expressions may have scanned, and gives up when they are many. */
  function counting(): {readonly engine: RegexEngine; readonly walked: () => number} {
    const inner = openEngine()
    let walked = 0
    const engine: RegexEngine = {
      ...inner,
      compile(source) {
        const {exec, ...rest} = inner.compile(source)
        return {
          ...rest,
          exec(text, from) {
            walked += text.length - from
            // every view may have its own look; one from each character would be 50,000 times the text
            if (walked > 2000 * LENGTH) throw new Error('quadratic')
            return exec(text, from)
          },
        }
      },
    }
    return {engine, walked: () => walked}
  }
  // each begins at every second character at least, and comes to nothing
  test.each([
    ['without an end', '1[0-9x ]*1', 'luhn', '1x 1 '],
    ['with a fixed beginning and no end', 'aaa[a-z]+!', undefined, 'aaaaa'],
    ['with a fixed beginning and a far end', 'aaa[a-z]{1,1000}!', undefined, 'aaaaa'],
  ])('%s are followed no further than the budget goes', (_, regex, validator, unit) => {
    const {engine, walked} = counting()
    const scanner = createScanner(compileRules(configOf(own(regex, {validator})).dlp, engine), [], engine)
    expect(scanner.text(unit.repeat(LENGTH / unit.length), {surface: 'body'})).toMatchObject({
      matches: [],
      exhausted: validator !== undefined,
    })
    expect(walked()).toBeGreaterThan(0)
  })

  test('of a checked expression that has an end count one by one', () => {
    const engine = openEngine()
    const scanner = createScanner(compileRules(configOf(own('[0-9]{16}', {validator: 'luhn'})).dlp, engine), [], engine)
    const numbers = '1234567812345678 '.repeat(3000)
    expect(scanner.text(numbers, {surface: 'body'})).toMatchObject({matches: [], exhausted: false})
  })
})

test('a card is found at the beginning of a long match, and a long match is read once', async () => {
  const scanner = await buildScanner(configOf(own('[0-9][0-9 ]+', {validator: 'luhn'})), {env: {}})
  const rulesIn = (text: string): readonly string[] =>
    scanner.text(text, {surface: 'body', all: true}).matches.map(({rule}) => rule)
  expect(rulesIn('4111111111111111 12 28')).toContain('Own')
  expect(rulesIn('4111 1111 1111 1111')).toContain('Own')
  expect(rulesIn('4111 1111 1111 1112 12 28')).not.toContain('Own')
  expect(rulesIn('41111111111111110')).not.toContain('Own')
})

test('a text full of what a service account begins with is scanned once for the rest', () => {
  const result = compileRules(sections.dlp.parse({}), openEngine()).find(({check}) => check === 'serviceAccount')
  const begun = '"type": "service_account", '
  const walks = (text: string): number => {
    let count = 0
    const rule = result?.walk && {
      ...result,
      walk: (given: string, at: number) => (count++, result.walk?.(given, at) ?? -1),
    }
    const all = rule && [...matchesOf(rule, {text}, [0, begun.length], matchBudget(text.length))]
    expect(all).toHaveLength(text.includes('client_email') ? 2 : 0)
    return count
  }
  expect(walks(begun.repeat(2))).toBe(0)
  expect(walks(`${begun.repeat(2)}"client_email": "a"`)).toBe(2)
})
