// What docs/formats says of paths, of the guard against minorities and of live evaluation is the whole rule: implementations that were written from
// the pages alone agree with the product on arbitrary input.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {matchesPattern, parsePattern, requestPath, SetApart} from '../../src/formats/path-pattern.js'
import {block, page} from '../support/format-pages.js'
import {decide, mergeEntropy} from '../support/learning-examples.js'
import {secondDecide} from '../support/second-evaluation.js'
import {secondMerge} from '../support/second-learning.js'
import {pathTables, secondMatcher, secondPath} from '../support/second-paths.js'
import {runs} from '../support/thorough.js'

const COMMON = Array.from({length: 14}, (_, i) => `c${String.fromCharCode(97 + i)}`)
const SHARED = Array.from({length: 10}, (_, i) => `x${i}`)

/** What a session of each kind brings besides the values that most bring. */
const KINDS = {
  plain: () => [],
  one: (i: number) => [`o${i}`],
  several: (i: number, count: number) => Array.from({length: 1 + count}, (_, j) => `s${i}.${j}`),
  together: (_i: number, count: number) => SHARED.slice(0, 2 + count),
} as const

const visit = fc.record({
  kind: fc.constantFrom('plain', 'plain', 'plain', 'one', 'several', 'together'),
  common: fc.subarray(COMMON, {maxLength: 5}),
  more: fc.integer({min: 0, max: 8}),
  events: fc.array(fc.integer({min: 1, max: 3}), {minLength: 16, maxLength: 16}),
})

const position = fc.record({
  // few values that everybody brings, or many of which everybody brings some
  usual: fc.option(fc.subarray(COMMON, {minLength: 1, maxLength: 4}), {nil: undefined}),
  visits: fc.array(visit, {minLength: 1, maxLength: 30}),
  only: fc.constantFrom(undefined, 'one', 'together', 'several'),
  idle: fc.integer({min: 0, max: 3}),
})

test('a position: it collapses exactly when the page says so', () => {
  const outcomes = {merged: 0, kept: 0}
  fc.assert(
    fc.property(position, ({usual, visits, only, idle}) => {
      const sessions = visits.map(({kind, common, more, events}, i) => {
        const odd = KINDS[kind === 'plain' ? kind : (only ?? kind)](i, more)
        return new Map([...new Set([...(usual ?? common), ...odd])].map((value, at) => [value, events[at] ?? 1]))
      })
      const n = sessions.length + idle
      const product = mergeEntropy(sessions, n)
      outcomes[product === undefined ? 'kept' : 'merged']++
      expect(secondMerge(sessions, n)?.toFixed(9)).toBe(product?.toFixed(9))
    }),
    {numRuns: runs(4000), seed: 7},
  )
  expect(Math.min(outcomes.merged, outcomes.kept)).toBeGreaterThan(100)
})

test('a path and a pattern: canonical form, fault and match are those of the page', () => {
  const matches = secondMatcher(pathTables(page('paths'), block))
  const part = fc.oneof(
    fc.constantFrom('admin', 'users', 'items', 'ca', '42', '..', '.', '', '*', 'export'),
    fc.constantFrom(
      '%2e',
      '%2F',
      '%25',
      '%2561',
      '%3B',
      ';',
      '%u0061',
      '%EF%BC%85',
      '%C3%A9',
      '%zz',
      '%00',
      '+',
      '%20',
    ),
    fc.string({maxLength: 3, unit: 'binary'}),
  )
  const segment = fc.array(part, {minLength: 1, maxLength: 3}).map((parts) => parts.join(''))
  const raw = fc.array(segment, {maxLength: 3}).map((segments) => segments.map((each) => `/${each}`).join(''))
  const patterns = ['/*', '/items/*', '/*/items', '/admin', '/%2A', '/*/*', '/']
  fc.assert(
    fc.property(raw, fc.constantFrom(...patterns), fc.subarray(['export', 'a;b']), (path, pattern, pinned) => {
      const product = requestPath(path)
      const second = secondPath(path)
      expect(typeof second === 'string' ? second : `/${second.join('/')}`).toBe(
        typeof product === 'string' ? product : product.canonical,
      )
      if (typeof product === 'string' || typeof second === 'string') return
      const isMatch = matchesPattern(parsePattern(pattern) ?? [], product.segments, new SetApart(pinned))
      expect(matches(pattern, second, pinned)).toBe(isMatch)
    }),
    {numRuns: runs(5000), seed: 7},
  )
})

const host = fc.constantFrom('api.example.com', 'API.example.com.', 'other.example.com').map((name) => ({value: name}))
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, {nil: undefined})
const defined = (object: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([, member]) => member !== undefined))
const METHODS = ['GET', 'post', 'CONNECT'] as const
const httpRule = fc
  .record({
    kind: fc.constantFrom('http_destination', 'http_destination', 'http_action'),
    selector: fc
      .record({
        host,
        ports: maybe(fc.subarray([443, 8443])),
        methods: maybe(fc.subarray([...METHODS])),
        paths: maybe(fc.subarray(['/', '/items', '/items/*', '/*']).map((list) => list.map((value) => ({value})))),
        parameters: maybe(fc.subarray(['a', 'b c', 'x', 'a=b', '%61', 'ü'])),
        effective_action: maybe(fc.constantFrom('allow', 'forward', 'connect', '')),
      })
      .map(defined),
  })
  .map(({kind, selector}) => ({rule_kind: kind, selector}))
const toolRule = fc
  .record({
    server: fc.constantFrom('files', 'web').map((value) => ({value})),
    tool: fc.constantFrom('read', 'write').map((value) => ({value})),
    args: maybe(
      fc.subarray([
        {key: 'depth', value: 1},
        {key: 'name', value: 'x'},
      ]),
    ),
  })
  .map((selector) => ({rule_kind: 'mcp_tool_call', selector: defined(selector)}))
const ruleList = fc
  .array(fc.tuple(fc.oneof(httpRule, toolRule), fc.constantFrom('enforce', 'enforce', 'capture_only')), {maxLength: 5})
  .map((list) => list.map(([rule, state], i) => ({rule_id: `r-${i}`, lifecycle_state: state, ...rule})))
const common = {
  mode: fc.constantFrom('live', 'live', 'shadow', 'capture', 'off'),
  agent: fc.constantFrom('coder', 'coder', 'coder', 'other'),
  scanner: fc.constantFrom('allow', 'allow', 'warn', 'strip', 'block', ''),
  kill_switch: fc.constantFrom(false, false, false, true),
}
const queryPart = fc.oneof(
  fc.constantFrom('a', '%61', 'b+c', 'b%20c', 'x', 'a%3Db', '%2561', '%C3%BC', '%FF', '%00', 'A', '%zz', 'u%CC%88'),
  fc.constantFrom('&', ';', '=', '?', '#', '&a=1', 'ü', '\ud800'),
)
const query = fc.array(queryPart, {maxLength: 5}).map((parts) => `?${parts.join('')}`)
const action = fc.oneof(
  fc.record({
    ...common,
    method: fc.constantFrom(...METHODS),
    url: fc
      .tuple(
        fc.constantFrom(
          'https://api.example.com',
          'https://api.example.com:8443',
          'http://other.example.com',
          'ftp://x',
          'https://u@api.example.com',
        ),
        fc.constantFrom('', '/', '/items', '/items/7', '/items/admin', '/items/../x', '/a b', '/items?x=/y'),
        fc.oneof(fc.constant(''), query),
      )
      .map((parts) => parts.join('')),
  }),
  fc.record({
    ...common,
    server: fc.constantFrom('files', ' files ', ''),
    tool: fc.constantFrom('read', 'write'),
    arguments: fc.constantFrom({}, {depth: 1}, {depth: 1, name: 'x'}, {depth: '1'}, {name: null}),
  }),
)

test('an action under rules: the decision is that of the page', () => {
  const matches = secondMatcher(pathTables(page('paths'), block))
  fc.assert(
    fc.property(ruleList, action, (rules, question) => {
      expect(secondDecide(rules, question, matches)).toEqual(decide(rules, question))
    }),
    {numRuns: runs(10_000), seed: 7},
  )
})
