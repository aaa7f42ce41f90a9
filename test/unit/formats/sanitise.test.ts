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
    for (const [count, shown] of [
      [256, '/x?k=[redacted-value]&k=1'],
      [257, '/x'],
    ] as const) {
      let judged = 0
      const target = sanitiseTarget(`https://a.example/x?k=SECRET${'&k=1'.repeat(count - 1)}`, (text) => {
        judged++
        return isClean(text)
      })
      expect(target.slice('https://a.example'.length, 'https://a.example'.length + shown.length)).toBe(shown)
      expect(judged <= 4 || count <= 256).toBe(true)
    }
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
