// Targets and patterns in evidence: dirty parts go, clean ones stay byte for byte.
import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {hideTarget, sanitisePattern, sanitiseTarget} from '../../../src/formats/sanitise.js'

/** Like the scanner, it sees through percent-encoding. */
const isClean = (text: string): boolean => !text.replaceAll('%52', 'R').includes('SECRET')

describe('a target', () => {
  test.each([
    ['https://a.example/x?y=1#f', 'https://a.example/x?y=1#f'],
    ['https://user:pw@a.example:8443/x', 'https://a.example:8443/x'],
    ['https://a@b@a.example/x', 'https://a.example/x'],
    ['https://a.example/x?u=me@b.example', 'https://a.example/x?u=me@b.example'],
    ['https://a.example?u=me@b.example', 'https://a.example?u=me@b.example'],
    ['https://a.example/x?k=SECRET&b=2&k=3', 'https://a.example/x?k=[redacted-value]&b=2&k=3'],
    ['https://a.example/x?k=SEC%52ET&b', 'https://a.example/x?k=[redacted-value]&b'],
    ['https://a.example/x?SECRET=1', 'https://a.example/x'],
    ['https://a.example/x#SECRET', 'https://a.example/x'],
    ['https://a.example:8443/SECRET/x?b=2', 'https://a.example:8443/[redacted-path]'],
    ['https://SECRET.example/x', '[redacted-target]'],
    ['a.example:443', 'a.example:443'],
    ['SECRET.example:443', '[redacted-target]'],
  ])('%s becomes %s', (given, shown) => {
    expect(sanitiseTarget(given, isClean)).toBe(shown)
  })

  test('of very many values, none is judged by itself: the query goes', () => {
    const url = (count: number): string => `https://a.example/x?k=SECRET${'&k=1'.repeat(count - 1)}`
    expect(sanitiseTarget(url(256), isClean)).toBe(url(256).replace('SECRET', '[redacted-value]'))
    let judged = 0
    const counted = (text: string): boolean => ++judged > 0 && isClean(text)
    expect(sanitiseTarget(url(257), counted)).toBe('https://a.example/x')
    expect(judged).toBeLessThanOrEqual(4)
  })

  test('of a very long URL the query goes, and where that is not enough the path: neither is inspected', () => {
    const looked: number[] = []
    const lengthOf = (text: string): boolean => looked.push(text.length) > 0
    const query = `https://user:pw@a.example/x?${'a=b&'.repeat(1_100)}`
    expect(sanitiseTarget(query, lengthOf)).toBe('https://a.example/x')
    expect(sanitiseTarget(`https://a.example/${'x/'.repeat(2_100)}?a=b`, lengthOf)).toBe(
      'https://a.example/[redacted-path]',
    )
    expect(Math.max(...looked)).toBeLessThanOrEqual(100)
    const whole = `https://a.example/x?${'a'.repeat(4_096 - 20)}`
    expect(sanitiseTarget(whole, lengthOf)).toBe(whole)
    expect(sanitiseTarget(`${whole}a`, lengthOf)).toBe('https://a.example/x')
  })

  test('never shows dirty text, in any form', () => {
    const piece = fc.constantFrom('SECRET', 'a', '/', '?', '#', '&', '=', '@', ':', '%', '.', '\\', 'SEC%52ET')
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 14}), (pieces) => {
        for (const target of [`https://${pieces.join('')}`, pieces.join('')]) {
          expect(sanitiseTarget(target, isClean)).not.toContain('SECRET')
          expect(hideTarget(target, isClean)).not.toContain('SECRET')
        }
      }),
    )
  })

  test('shows no userinfo', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9:@.]{0,12}$/), (info) => {
        expect(sanitiseTarget(`https://${info}@host.example/p`, () => true)).toBe('https://host.example/p')
      }),
    )
  })
})

test('a dirty pattern is replaced whole', () => {
  expect(sanitisePattern('blocked: SECRET', isClean)).toBe('[redacted-target]')
  expect(sanitisePattern('AWS Access Key', isClean)).toBe('AWS Access Key')
})
