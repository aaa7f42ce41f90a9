// Rules whose class rests on prefixes alike: nobody may be told that they are unconfirmed, and each figure says whose it is.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, test} from 'vitest'
import {confirmationOf, distanceText, floorsOf} from '../../../../../src/plugins/learn/compile/confirmation.js'
import {runReview, type ReviewRequest} from '../../../../../src/plugins/learn/review/run.js'
import {statusOf} from '../../../../../src/plugins/learn/status/run.js'
import {alikeRules, supportText} from '../../../../../src/plugins/learn/view/family.js'
import {levelOf, viewsOf, type RuleView} from '../../../../../src/plugins/learn/view/rule-view.js'
import {rulePage} from '../../../../../src/plugins/learn/ratify/wording.js'
import {questionGroups} from '../../../../../src/plugins/learn/ratify/questions.js'
import {compileCaptures, contractOf} from '../../../../support/compiling.js'
import {repositoryCaptures} from '../../../../support/repository-captures.js'

const folder = mkdtempSync(join(tmpdir(), 'family-'))
afterAll(() => rmSync(folder, {recursive: true}))
const compiled = compileCaptures(repositoryCaptures(12), {profile: 'wilson_lb_v3'})
const {body} = contractOf(compiled)
const rules = viewsOf(body).filter((rule) => levelOf(rule) === 'method')
const one = rules.find(({paths}) => paths[0]?.value === '/repos/acme/api/issues/*')
const candidate = join(folder, 'coder.candidate.yaml')
writeFileSync(candidate, compiled.contract)
writeFileSync(join(folder, 'coder.candidate.coverage.json'), compiled.coverage ?? '')

function review(over: Partial<ReviewRequest> = {}): string {
  return runReview({
    candidate,
    layout: 'operator',
    out: undefined,
    redact: false,
    salt: undefined,
    keyOf: () => undefined,
    ...over,
  }).text
}

/** What stands on a page, tags and layout left out. */
const textOf = (page: string): string => page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
const SUPPORT = 'in 4 of 12 sessions here, in 12 of 12 below 6 prefixes alike (/repos/acme/api and 5 others)'

test('the figures of a rule name its own sessions and those of the prefixes', () => {
  expect(one).toMatchObject({confidence: 'stable', sessions: 4})
  expect(one && supportText(one, (prefix) => prefix)).toBe(SUPPORT)
  const rare = {sessions: 1, opportunities: 20, family: {members: 3, prefix: '/p', sessions: 18, prefixSessions: 6}}
  expect(supportText(rare, (prefix) => prefix)).toBe(
    'in 1 of 20 sessions here, in 18 of 20 below 3 prefixes alike (/p and 2 others, any request below it in 6 of 20)',
  )
  expect(supportText({sessions: 3, opportunities: 10}, String)).toBe('3 of 10 sessions')
})

test('confirmed by its family: no distance; not yet confirmed: the distance is that of the family', () => {
  const floors = floorsOf(body)
  if (!one || !floors) throw new Error('the compile left no such rule')
  expect(confirmationOf(one, floors)).toMatchObject({confirmed: true, sessions: 12, more_sessions: 0})
  const family = {members: 6, prefix: '/repos/acme/api', sessions: 4, prefixSessions: 12}
  const low: RuleView = {...one, confidence: 'never_confirmed', sessions: 2, family}
  expect(distanceText(low, floors)).toBe('4 of 6 sessions: 2 more sessions with it would confirm it')
  const [pattern] = statusOf(body).patterns.filter(({rule_id: id}) => id === one.id)
  expect(pattern).toMatchObject({confirmed: true, admits: '* is an integer', distance: `confirmed: ${SUPPORT}`})
})

test('requests below prefixes alike come together, also those that are confirmed by themselves', () => {
  const groups = alikeRules(rules, (rule) => rule)
  const sizes = new Map(groups.map(({items}) => [items[0]?.paths[0]?.value, items.length]))
  expect(sizes.get('/repos/acme/api/issues')).toBe(6)
  expect(sizes.get('/repos/acme/api/issues/*')).toBe(6)
  expect(sizes.get('/user')).toBe(1)
  expect(groups.flatMap(({items}) => items)).toHaveLength(rules.length)
})

describe('what people read', () => {
  test('the review has one row for all prefixes, names them, and says what * is', () => {
    const text = review()
    expect(text).toContain('/issues/*`, the same below 5 other prefixes | an integer | 24 | 4 of 12 | stable |')
    expect(text).toMatch(/- prefixes alike on `git\.example\.com`, each confirmed by itself: `\/repos\/acme\/api`, /)
    expect(text).not.toContain('seen in too few sessions')
    expect(review({all: true})).toContain(
      '| in 4 of 12 sessions here, in 12 of 12 below 6 prefixes alike (`/repos/acme/api` and 5 others) |',
    )
  })

  test('the page and the question of ratify say the same', () => {
    const page = textOf(review({layout: 'html'}))
    expect(page).toContain(`Its class rests on what prefixes alike have in common: ${SUPPORT}`)
    expect(page).toContain('* is an integer')
    expect(page).toContain('/* an integer, 24 values')
    const groups = questionGroups(viewsOf(body), {
      level: 'method',
      acceptLowConfidence: false,
      minEvents: 0,
      everyRule: false,
      forgotten: new Set(),
    })
    const question = groups.flatMap(({questions}) => questions).find(({rule}) => rule.id === one?.id)
    if (!question) throw new Error('no question')
    const asked = rulePage({columns: 400, colour: false}, question, {number: 1, total: 1}, {summary: ''}, undefined)
    expect(asked).toContain(`observed    4 events, ${SUPPORT}, 4 windows`)
    expect(asked).toContain('paths of this form, * is an integer (24 values seen)')
  })

  test('what the origin refused is summed up, listed whole on request, and stands on the page', () => {
    const text = review()
    expect(text).toContain(
      '## Asked, not served\n\n- 7 requests that the origin answered with an error, they support no rule\n',
    )
    expect(text).toContain('- `GET git.example.com/repo/acme/web/issues`: 6 events in 6 sessions')
    expect(review({all: true})).toContain('## Every request that was not served')
    const page = textOf(review({layout: 'html'}))
    expect(page).toContain('Asked, not served The origin answered with an error')
    expect(page).toContain('GET git.example.com/login/ann%40example.com 1 1')
  })

  test('shared, mail addresses in refused requests are hidden, in both layouts', () => {
    for (const layout of ['operator', 'html'] as const) {
      const text = textOf(review({layout, redact: true}))
      expect(text).toContain('GET git.example.com/login/[hidden]')
      expect(text).not.toMatch(/ann(?:@|%40)example/)
    }
  })

  test('shared, an internal host shows neither prefixes nor the letters of identifiers', () => {
    const specs = repositoryCaptures(12, 'http://git.internal').map((spec, i) => ({
      ...spec,
      url: (spec.url ?? '').replace(/issues\/(\d+)$/, (_, number) => `issues/falcon_${String(number)}ab${i}`),
    }))
    const inner = compileCaptures(specs, {profile: 'wilson_lb_v3'})
    writeFileSync(candidate, inner.contract)
    writeFileSync(join(folder, 'coder.candidate.coverage.json'), inner.coverage ?? '')
    expect(review()).toContain('falcon_')
    for (const [layout, all] of [
      ['operator', false],
      ['operator', true],
      ['html', false],
    ] as const) {
      expect(review({layout, all, redact: true})).not.toMatch(/falcon|acme|git\.internal/)
    }
    writeFileSync(candidate, compiled.contract)
    writeFileSync(join(folder, 'coder.candidate.coverage.json'), compiled.coverage ?? '')
  })
})
