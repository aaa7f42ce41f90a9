// Lists of character codes in URLs: for core rules, known values and signs of issuers alone, since URLs are full of numbers.
import {describe, expect, test} from 'vitest'
import {parseTarget} from '../../../../src/core/target.js'
import {sections} from '../../../../src/plugins/dlp/config.js'
import {buildScanner} from '../../../../src/plugins/dlp/create.js'
import {EXAMPLES, mixed, upper} from '../../../support/credentials.js'

const scanner = await buildScanner(
  {
    dlp: sections.dlp.parse({}),
    canary_tokens: sections.canary_tokens.parse({tokens: [{name: 'bait', value: 'zephyr-QUARTZ-42'}]}),
  },
  {env: {APP_SECRET: 'f4K9-zQ2x-LmN8-vB7c'}},
)
const match = (raw: string) => {
  const {target} = parseTarget(raw)
  return target && scanner.scanUrl(target).match
}
const codes = (text: string, by = ','): string => [...text].map((c) => String(c.charCodeAt(0))).join(by)
const key = ['AK', 'IA', upper(16)].join('')

// 48 to 57 are the digits: the gate takes them for the beginning of a number of eight
const counters = Array.from({length: 100}, (_, i) => `p${i}=value${i + 1}`).join('&')

describe('character codes in a URL', () => {
  test.each([
    ['a value', `https://x.test/?d=${codes(key)}`],
    ['a value behind a number', `https://x.test/?page=65&d=${codes(key)}`],
    ['an escaped value', `https://x.test/?d=${encodeURIComponent(codes(key))}`],
    ['a value with spaces', `https://x.test/?d=${codes(key, '+')}`],
    ['a key', `https://x.test/?${codes(key)}=1`],
    ['a value behind counters', `https://x.test/v1?${counters}&d=${codes(key)}`],
    ['a value before counters', `https://x.test/v1?d=${codes(key)}&${counters}`],
    ['a value with exponents', `https://x.test/?d=${[...key].map((c) => `${c.charCodeAt(0) / 10}e1`).join(',')}`],
    ['a path segment', `https://x.test/v1/${codes(key, '-')}/x`],
    ['one value each', `https://x.test/?${[...key].map((c) => `c=${c.charCodeAt(0)}`).join('&')}`],
    ['a path, one segment each', `https://x.test/${codes(key, '/')}`],
  ])('%s', (_, raw) => {
    expect(match(raw)).toMatchObject({rule: 'AWS Access Key ID', label: 'core_dlp', inHost: false})
  })

  test('a token with the sign of its issuer that is no part of the floor', () => {
    expect(match(`https://x.test/?d=${codes(EXAMPLES['npm Token']?.()[0] ?? '')}`)?.rule).toBe('npm Token')
  })

  test('labels of a host, which is not shown then', () => {
    expect(match(`https://${codes(key, '.')}.x.test/`)).toMatchObject({rule: 'AWS Access Key ID', inHost: true})
  })

  test.each([
    ['zephyr-QUARTZ-42', 'Canary Token (bait)'],
    ['f4K9-zQ2x-LmN8-vB7c', 'Environment Variable Leak'],
  ])('known values: %s', (value, rule) => {
    expect(match(`https://x.test/?d=${codes(value)}`)?.rule).toBe(rule)
  })

  test.each([
    ['a number without the sign of an issuer', codes(EXAMPLES['Credit Card Number']?.()[0] ?? '')],
    ['ordinary numbers', Array.from({length: 60}, (_, i) => String(i * 7)).join(',')],
    ['text', codes(`a note of ${mixed(4)} and others`)],
    ['counters', counters],
  ])('nothing else: %s', (_, list) => {
    expect(match(`https://x.test/?d=${list}`)).toBeUndefined()
  })

  test('more lists than the budget pays for are refused, with a key behind them or without', () => {
    const gap = '_'.repeat(17)
    const lists = Array.from({length: 700}, (_, i) => codes(`list${1000 + i}`)).join(gap)
    expect(match(`https://x.test/?d=${lists}`)?.rule).toBe('decode_budget_exceeded')
    expect(match(`https://x.test/?d=${lists}${gap}${codes(key)}`)?.rule).toBe('decode_budget_exceeded')
  })
})
