// Where a suppression holds, and above all where it does not.
import {describe, expect, test} from 'vitest'
import {checkGlob, compileGlob} from '../../../../src/lib/glob.js'
import {sections} from '../../../../src/plugins/suppress/config.js'
import {checkPath, compilePath} from '../../../../src/plugins/suppress/match.js'
import {createSuppressions} from '../../../../src/plugins/suppress/suppressions.js'

describe('a path covers', () => {
  test.each([
    // prefix
    ['vendor/', 'vendor/x/y.txt', true],
    ['vendor/', 'src/vendor/x', false],
    ['https://docs.test/guides/', 'https://docs.test/guides/a/b?q=1', true],
    ['https://docs.test/guides/', 'https://docs.test/guidesx', false],
    ['docs.test/guides/', 'https://docs.test/guides/a', true],
    ['docs.test/', 'https://docs.test/anything', true],
    ['docs.test/', 'https://docs.test.evil.test/anything', false],
    // equality, default ports, letter case of the host
    ['https://docs.test:443/a', 'https://docs.test/a', true],
    ['https://Docs.Test/a', 'https://docs.test:443/a', true],
    ['http://docs.test/a', 'https://docs.test/a', false],
    ['https://docs.test:8443/a', 'https://docs.test/a', false],
    ['https://docs.test', 'https://docs.test/', true],
    ['https://docs.test', 'https://docs.test/a', false],
    ['docs.test', 'https://docs.test/', true],
    // stars
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'docs/a/b.md', false],
    ['*.md', 'docs/a/b.md', true],
    ['*.md', 'https://docs.test/a/b.md?x=1', true],
    ['*.md', 'https://docs.test/a?x=b.md', false],
    ['robots.txt', 'https://docs.test/robots.txt', true],
    ['robots.txt', 'https://docs.test/?x=/robots.txt', false],
    ['https://docs.test/*', 'https://docs.test/a/b', true],
    ['https://*.docs.test/*', 'https://a.b.docs.test/x', true],
    ['https://*.docs.test/*', 'https://docs.test/x', false],
    ['*.docs.test*', 'https://a.docs.test/x/y', true],
    ['*.docs.test/*', 'https://a.docs.test/x', true],
    ['*/guides/*', 'src/guides/a', true],
    ['*/guides/*', 'a/b/guides/a', false],
    ['/guides/*', 'https://any.test/guides/a', true],
    // backslashes
    ['vendor\\x\\', 'vendor/x/y', true],
    ['vendor/x/', 'vendor\\x\\y', true],
    ['mcp://files/response', 'mcp://files/response', true],
    ['mcp://files/response', 'mcp://other/response', false],
  ])('%s, of %s: %s', (path, target, covered) => {
    expect(compilePath(path)(target)).toBe(covered)
  })

  test.each([
    ['*.anthropic.com*', 'https://evil.test/?x=.anthropic.com'],
    ['*.anthropic.com*', 'https://evil.test/.anthropic.com'],
    ['*.anthropic.com*', 'https://evil.test/#.anthropic.com'],
    ['*.anthropic.com*', 'https://api.anthropic.com.evil.test/'],
    ['*.anthropic.com', 'https://evil.test/api.anthropic.com'],
    ['https://*.anthropic.com/*', 'https://evil.test/?u=https://api.anthropic.com/x'],
    ['https://api.anthropic.com*', 'https://api.anthropic.community/'],
    ['api.anthropic.com/', 'https://evil.test/api.anthropic.com/'],
    ['https://api.anthropic.com/', 'https://evil.test@api.anthropic.com.evil.test/'],
  ])('%s does not cover %s', (path, target) => {
    expect(compilePath(path)(target)).toBe(false)
  })
})

describe('globs', () => {
  test('are linear on what would make a backtracking matcher explode', () => {
    const pattern = compileGlob(`${'*a'.repeat(50)}*b`, {dialect: 'shell', crosses: true})
    expect(pattern('a'.repeat(20_000))).toBe(false)
    expect(pattern(`${'a'.repeat(20_000)}b`)).toBe(true)
  })

  test.each([
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', '/x', false],
    ['[]]', ']', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['**', 'abc', true],
    ['', '', true],
  ])('%s of %s: %s', (pattern, text, matched) => {
    expect(compileGlob(pattern, {dialect: 'shell', crosses: false})(text)).toBe(matched)
  })

  test('with an open or backward set are refused', () => {
    expect(checkGlob('[a', 'shell')).toMatch(/without/)
    expect(checkGlob('[z-a]', 'shell')).toMatch(/backwards/)
    expect(checkPath('')).toBe('is empty')
    expect(() => compileGlob('[a', {dialect: 'shell', crosses: true})).toThrow(/without/)
  })
})

test('an entry covers its rule in any case, and no other', () => {
  const service = createSuppressions([{rule: 'DAN Mode', path: 'docs.test/', reason: 'an article'}])
  expect(service.find('dan mode', 'https://docs.test/a')?.reason).toBe('an article')
  expect(service.find('DAN', 'https://docs.test/a')).toBeUndefined()
  expect(service.find('DAN Mode', 'https://other.test/a')).toBeUndefined()
})

test('the section refuses rules of the core floor, bad patterns and unknown keys', () => {
  const parse = (value: unknown): boolean => sections.suppress.safeParse(value).success
  expect(parse([{rule: 'DAN Mode', path: 'docs.test/'}])).toBe(true)
  expect(parse([{rule: ' prompt injection ', path: 'docs.test/'}])).toBe(false)
  expect(parse([{rule: 'AWS Access ID', path: 'docs.test/'}])).toBe(false)
  expect(parse([{rule: 'DAN Mode', path: '[a'}])).toBe(false)
  expect(parse([{rule: 'DAN Mode', path: 'a', until: 'x'}])).toBe(false)
  expect(parse([{rule: 'DAN Mode'}])).toBe(false)
})
