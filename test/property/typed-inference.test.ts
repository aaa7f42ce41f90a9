// What docs/formats says of typed inference and of the forms of segments is the whole rule: an implementation that was written
// from the pages alone agrees with the product on arbitrary traffic, also where a minority of the sessions is hostile.
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {admits, formMembers, formOf, parseForm} from '../../src/formats/segment-forms.js'
import {compileCaptures} from '../support/compiling.js'
import {block, page} from '../support/format-pages.js'
import {SecondForms} from '../support/second-forms.js'
import {pathTables, secondMatcher} from '../support/second-paths.js'
import {SECOND_DEFAULTS, secondRules, type SecondEvent} from '../support/second-typed-learning.js'
import {runs} from '../support/thorough.js'
import {Chance, populationOf, specOf} from '../support/typed-populations.js'

const tools = {
  forms: new SecondForms(block(page('segment-forms'), 'languages')),
  matches: secondMatcher(pathTables(page('paths'), block)),
}

const FORMS =
  'year month day date basic_date year_month week integer uuid ulid hex version locale email numbered prefixed token free'
const characters = fc.constantFrom(
  ...'aefgilz019_-.+@~%*$ é字😀',
  'v',
  'w',
  'cus_',
  'issue-',
  '2026',
  '2024-02-29',
  'pt',
)
const text = fc.oneof(
  fc.array(characters, {maxLength: 12}).map((parts) => parts.join('')),
  fc.tuple(characters, fc.integer({min: 1, max: 130})).map(([part, count]) => part.repeat(count)),
)
const chance = fc.integer().map((seed) => new Chance(seed))
/** Values near the edge of each grammar. */
const nearly = fc.tuple(chance, fc.nat(3), text).map(([random, kind, other]) => {
  const value = random.pick(Chance.KINDS)(random)
  const at = random.below(value.length + 1)
  if (kind === 0) return value
  if (kind === 1) return value.slice(0, at) + value.slice(at + 1)
  return value.slice(0, at) + (kind === 2 ? random.pick([...'a0-_.z9g']) : other) + value.slice(at)
})
const segment = fc.oneof(text, nearly)
const hostile = fc.oneof(fc.constantFrom(0, 1, -1, 1.5, '6', '', null, true, NaN), fc.constant(undefined))
const member = fc.oneof(
  fc.integer({min: 0, max: 140}),
  fc.constantFrom(2048, 2049, 1e9, 'issue-', 'Issue-', 'a'.repeat(33) + '-', 'cus_', '9a_', '_', '-.', 'a', '', '!~'),
  fc.boolean(),
  hostile,
)
const form = fc.oneof(
  fc.record(
    {
      form: fc.oneof(
        fc.constantFrom(...FORMS.split(' ')),
        fc.constantFrom('weekday', 'Year', '__proto__', 'constructor', 7, null),
      ),
      prefix: member,
      length: member,
      characters: member,
      other: member,
      min_length: member,
      max_length: member,
      max: member,
    },
    {requiredKeys: ['form']},
  ),
  fc.constantFrom(null, 'integer', ['integer'], 7, {}),
)
const rightForm = fc.oneof(
  fc.constantFrom(...FORMS.split(' ').slice(0, 10), 'version', 'locale', 'email').map((name) => ({form: name})),
  fc.constantFrom(6, 7, 8, 9, 40, 128).map((length) => ({form: 'hex', length})),
  fc.constantFrom('issue-', 'a_', 'cus_', '_', 'a9-').map((prefix) => ({form: 'numbered', prefix})),
  fc
    .tuple(fc.constantFrom('issue-', 'a_', 'cus_', '9a_'), fc.integer({min: 4, max: 20}))
    .map(([prefix, length]) => ({form: 'prefixed', prefix, length})),
  fc.integer({min: 14, max: 130}).map((length) => ({form: 'token', length})),
  fc
    .tuple(fc.constantFrom('', '-', '-.', '._%', '.-', '--', 'a', ' ', 'é'), fc.boolean(), fc.nat(4), fc.nat(20))
    .map(([list, other, min_length, max_length]) => ({form: 'free', characters: list, other, min_length, max_length})),
)
const above = fc.array(fc.oneof(fc.constantFrom('2026', '2024', '2', '02', '12', '13', '1899', '*'), segment), {
  maxLength: 3,
})

test('a form: what it is, and what it admits, is what the page says', () => {
  const outcomes = {none: 0, admitted: 0, refused: 0}
  fc.assert(
    fc.property(fc.oneof(form, rightForm), segment, above, (members, value, segments) => {
      const [product, second] = [parseForm(members), tools.forms.parse(members)]
      expect(product !== undefined).toBe(second !== undefined)
      if (product === undefined || second === undefined) return void outcomes.none++
      const isAdmitted = admits(product, value, segments)
      outcomes[isAdmitted ? 'admitted' : 'refused']++
      expect(tools.forms.admits(second, value, segments)).toBe(isAdmitted)
    }),
    {numRuns: runs(30_000), seed: 7},
  )
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(80)
})

test('the form of a value: it is the one that the page says', () => {
  fc.assert(
    fc.property(segment, (value) => {
      const product = formOf(value)
      expect(tools.forms.formOf(value)).toEqual(product && formMembers(product))
    }),
    {numRuns: runs(30_000), seed: 7},
  )
})

const inferenceOf = (byMachine: boolean, cap: number) => ({
  profile: 'wilson_lb_v3' as const,
  normalization: {cardinality_cap_per_host: cap},
  sessions_per: byMachine ? ('machine' as const) : ('window' as const),
})
const sixDecimals = (number: number): string => Math.max(0, number).toFixed(6)

/** The rules of the product, as texts; without counts of events where requests are repeated. */
function productRules(events: readonly SecondEvent[], byMachine: boolean, cap: number, hasEvents = true) {
  const {inferred} = compileCaptures(events.map(specOf), inferenceOf(byMachine, cap))
  return inferred.rules.map(({family, ...rule}) => {
    const {key, sessions, opportunities, confidence} = rule
    const collapsed = (rule.normalized?.collapsed ?? []).map(({forms, distinct_values, entropy, event_count}) =>
      JSON.stringify([forms, distinct_values, entropy, ...(hasEvents ? [event_count] : [])]),
    )
    const evidence = family && [family.members, family.prefix, family.sessions.size, family.prefixSessions.size]
    const counts = `${hasEvents ? rule.events : ''} ${sessions}/${opportunities}`
    return [key, counts, sixDecimals(rule.lower), confidence, ...collapsed, ...(evidence ?? [])].join(' ')
  })
}

/** The rules of the page, as the same texts. */
function pageRules(events: readonly SecondEvent[], byMachine: boolean, cap: number) {
  return secondRules(events, tools, byMachine, {...SECOND_DEFAULTS, cap}).map(({family, ...rule}) => {
    const {key, sessions, opportunities, confidence} = rule
    const collapsed = rule.collapsed.map(({forms, distinct, entropy, events: passing}) =>
      JSON.stringify([forms, distinct, sixDecimals(entropy), passing]),
    )
    const evidence = family && [family.members, family.prefix, family.sessions, family.prefixSessions]
    const counts = `${rule.events} ${sessions}/${opportunities}`
    return [key, counts, sixDecimals(rule.lower), confidence, ...collapsed, ...(evidence ?? [])].join(' ')
  })
}

test.each([false, true])('traffic: its rules are those of the page, machines count: %s', (byMachine) => {
  const outcomes = {typed: 0, free: 0, family: 0}
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const {events, cap} = populationOf(seed, byMachine)
      const product = productRules(events, byMachine, cap)
      expect(pageRules(events, byMachine, cap)).toEqual(product)
      for (const rule of product) {
        if (/ [0-9]+ \/\S+ [0-9]+ [0-9]+$/.test(rule)) outcomes.family++
        if (rule.includes('"free"')) outcomes.free++
        else if (rule.includes('"form"')) outcomes.typed++
      }
    }),
    {numRuns: runs(75), seed: 7, endOnFailure: true},
  )
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(20)
})

test.each([false, true])('order and repeated requests change no rule, machines count: %s', (byMachine) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const {events, cap} = populationOf(seed, byMachine)
      const random = new Chance(seed)
      const rules = (some: readonly SecondEvent[]) => productRules(some, byMachine, cap, false)
      const shuffled = random.shuffled(events)
      expect(productRules(shuffled, byMachine, cap)).toEqual(productRules(events, byMachine, cap))
      // what is left out beyond the cap depends on events where sessions are equally many
      if (cap === 1000) expect(rules(random.shuffled([...events, ...events, ...events]))).toEqual(rules(events))
    }),
    {numRuns: runs(40), seed: 7, endOnFailure: true},
  )
})
