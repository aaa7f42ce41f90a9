// Routes that cannot work are errors of the configuration: each with its place. Those that only partly work are warnings.
import {describe, expect, test} from 'vitest'
import {loadSource} from '../../../../src/host/config/load.js'
import {sections} from '../../../../src/plugins/routes/config.js'
import {doubtsOf} from '../../../../src/plugins/routes/check.js'
import {shadowsOf} from '../../../../src/plugins/routes/shadow.js'

const LIFTS = 'owner: a\n    reason: b'

async function problemsOf(...routes: readonly string[]): Promise<string> {
  const text = `routes:\n${routes.map((route, i) => `  - name: r${i}\n    ${route}\n`).join('')}`
  return loadSource({kind: 'text', text, directory: '/'}, {home: '/'}).then(
    () => 'none',
    (error: unknown) => String(error),
  )
}

describe('is refused', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['without hosts', ['match: {}'], /routes\[0\]\.match\.hosts: is required/],
    ['over all hosts', ["match: {hosts: ['*']}"], /routes\[0\]\.match\.hosts\[0\]/],
    ['with two paths', ['match: {hosts: [a.test], path: {exact: /a, prefix: /b}}'], /needs one of exact/],
    [
      'with an open path',
      ['match: {hosts: [a.test], path: {prefix: /a/../b}}'],
      /path\.prefix: can be read in two ways/,
    ],
    ['with a broken expression', ["match: {hosts: [a.test], path: {regex: '('}}"], /routes\[0\]\.match\.path\.regex/],
    ['with a broken header', ["match: {hosts: [a.test], headers: [{name: A, regex: '['}]}"], /headers\[0\]\.regex/],
    ['with a small method', ['match: {hosts: [a.test], methods: [get]}'], /must be a method in capitals/],
    [
      'that streams for nobody',
      ['match: {hosts: [a.test]}\n    responses: {body: stream}'],
      /owner: is required, since the route has responses\.body: stream/,
    ],
    ['that allows for nobody', ['match: {hosts: [a.test]}\n    allow: true\n    owner: a'], /reason: is required/],
    [
      'that exempts the core floor',
      ['match: {hosts: [a.test]}\n    exemptions: [{rule: github token, owner: a, reason: b, expires: 2030-01-01}]'],
      /core floor/,
    ],
    [
      'that exempts for ever',
      ['match: {hosts: [a.test]}\n    exemptions: [{rule: x, owner: a, reason: b}]'],
      /expires: is required/,
    ],
    ['with an impossible date', ['match: {hosts: [a.test]}\n    expires: 2030-02-30'], /must be a date/],
    [
      'that decides tunnels by path',
      [`match: {hosts: [a.test], path: {prefix: /a}}\n    tunnel: passthrough\n    ${LIFTS}`],
      /tunnel: needs a match of hosts and ports alone/,
    ],
    [
      'that opens tunnels without an authority',
      ['match: {hosts: [a.test]}\n    tunnel: intercept'],
      /needs tls_interception\.enabled/,
    ],
    [
      'behind one that covers it',
      ['match: {hosts: ["*.a.test"]}', 'match: {hosts: [x.a.test]}'],
      /routes\[1\]\.match: matches nothing: r0 before it/,
    ],
  ])('a route %s', async (_, routes, problem) => {
    expect(await problemsOf(...routes)).toMatch(problem)
  })

  test('a name that two routes have', async () => {
    const text = 'routes:\n  - {name: a, match: {hosts: [a.test]}}\n  - {name: a, match: {hosts: [b.test]}}\n'
    await expect(loadSource({kind: 'text', text, directory: '/'}, {home: '/'})).rejects.toThrow(/routes\[1\]\.name/)
  })
})

const parse = (matches: readonly object[], more: readonly object[] = []) =>
  sections.routes.parse(matches.map((match, i) => ({name: `r${i}`, match, ...more[i]})))

describe('a route is covered', () => {
  test.each<[string, readonly object[], boolean]>([
    ['by the same hosts', [{hosts: ['a.test']}, {hosts: ['a.test'], methods: ['GET']}], true],
    ['by two that share its hosts', [{hosts: ['a.test']}, {hosts: ['b.test']}, {hosts: ['a.test', 'b.test']}], true],
    [
      'by two that share its methods',
      [
        {hosts: ['a.test'], methods: ['GET']},
        {hosts: ['a.test'], methods: ['PUT']},
        {hosts: ['a.test'], methods: ['GET', 'PUT']},
      ],
      true,
    ],
    [
      'by a prefix',
      [
        {hosts: ['a.test'], path: {prefix: '/a'}},
        {hosts: ['a.test'], path: {template: '/a/{x}'}},
      ],
      true,
    ],
    [
      'by a template',
      [
        {hosts: ['a.test'], path: {template: '/a/{x}/**'}},
        {hosts: ['a.test'], path: {exact: '/a/b/c'}},
      ],
      true,
    ],
    [
      'by the same expression',
      [
        {hosts: ['a.test'], path: {regex: '/a.*'}},
        {hosts: ['a.test'], path: {regex: '/a.*'}},
      ],
      true,
    ],
    [
      'by a wider type',
      [
        {hosts: ['a.test'], media_types: ['image/*']},
        {hosts: ['a.test'], media_types: ['image/png']},
      ],
      true,
    ],
    ['not by another port', [{hosts: ['a.test'], ports: [80]}, {hosts: ['a.test']}], false],
    ['not by fewer methods', [{hosts: ['a.test'], methods: ['GET']}, {hosts: ['a.test']}], false],
    ['not by a longer name', [{hosts: ['x.a.test']}, {hosts: ['a.test']}], false],
    [
      'not by a neighbour',
      [
        {hosts: ['a.test'], path: {prefix: '/a'}},
        {hosts: ['a.test'], path: {prefix: '/ab'}},
      ],
      false,
    ],
    [
      'not by a longer path',
      [
        {hosts: ['a.test'], path: {prefix: '/a/b'}},
        {hosts: ['a.test'], path: {template: '/a/{x}'}},
      ],
      false,
    ],
    [
      'not by one that needs a header',
      [{hosts: ['a.test'], headers: [{name: 'A', equals: 'b'}]}, {hosts: ['a.test']}],
      false,
    ],
  ])('%s', (_, matches, covered) => {
    const last = matches.length - 1
    expect(shadowsOf(parse(matches)).some(({at, hosts}) => at === last && hosts === undefined)).toBe(covered)
  })

  test('not by one that ends before it, and partly where some hosts are left', () => {
    const hosts = {hosts: ['a.test']}
    expect(shadowsOf(parse([hosts, hosts], [{expires: '2030-01-01'}]))).toEqual([])
    expect(shadowsOf(parse([hosts, {hosts: ['a.test', 'b.test']}]))).toEqual([{at: 1, by: ['r0'], hosts: ['a.test']}])
  })
})

test('a route that ended, or does less than it seems to, is a warning', () => {
  const routes = parse(
    [{hosts: ['a.test'], path: {prefix: '/a'}}, {hosts: ['b.test']}],
    [
      {expires: '2020-01-01'},
      {allow_methods: ['GET'], responses: {body: 'stream', decode: true}, owner: 'a', reason: 'b'},
    ],
  )
  const settings = () => ({enabled: false, passthrough: [], maxResponseBytes: 1}) as never
  expect(doubtsOf(routes, settings, Date.parse('2026-01-01')).map(({field}) => field)).toEqual([
    'routes[0].expires',
    'routes[0].match.path',
    'routes[1].allow_methods',
    'routes[1].responses.body',
  ])
})
